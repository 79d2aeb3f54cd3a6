"""Major hazard sources 危险化学品重大危险源 by GB 18218-2018, computed step by step. The values are rows of ``data/``,
each with its source; what no row has is said to be missing, never filled in.

S = sum of q/Q (a source is major from 1 on); R = alpha x sum of beta x q/Q; the level follows from R.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

DATA = Path(__file__).parent / "data"
EDITION = "GB 18218-2018"


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["looked_up"] == "true"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of table 1: critical quantity in tonnes."""

    number: int
    name: str
    cas: str
    critical: float
    note: str


@dataclass(frozen=True, slots=True)
class HazardClass:
    """A row of tables 2 and 4: critical quantity in tonnes, correction factor."""

    symbol: str
    name: str
    critical: float
    beta: float


TABLE_1 = {
    int(row["no"]): Listed(int(row["no"]), row["name_zh"], row["cas"], float(row["critical_quantity"]), row["note"])
    for row in _rows("gb18218_table1.csv")
}
CLASSES = {
    row["symbol"]: HazardClass(
        row["symbol"],
        f"{row['hazard_class_zh']} {row['category_zh']}",
        float(row["critical_quantity"]),
        float(row["beta"]),
    )
    for row in _rows("gb18218_table2_4.csv")
}
#: beta of toxic gases (table 3) by CAS number
TOXIC = {row["cas"]: float(row["beta"]) for row in _rows("gb18218_table3_beta.csv")}
_ALPHA = [(int(row["exposed_persons_min"]), float(row["alpha"])) for row in _rows("gb18218_alpha.csv")]
_LEVELS = [(row["level"], float(row["r_min_incl"] or 0)) for row in _rows("gb18218_levels.csv")]


@dataclass(frozen=True, slots=True)
class Held:
    """So many tonnes of a chemical: its number in table 1 (None: not listed), its class ("": unknown)."""

    name: str
    tonnes: float
    listed: int | None = None
    hazard_class: str = ""
    cas: str = ""


@dataclass(frozen=True, slots=True)
class Addend:
    """One chemical's part of S and R; ``beta`` None: no table has one for it. ``critical_from`` and ``beta_from`` name
    the rows."""

    name: str
    tonnes: float
    critical: float
    critical_from: str
    beta: float | None
    beta_from: str

    @property
    def ratio(self) -> float:
        """q/Q."""
        return self.tonnes / self.critical

    @property
    def corrected(self) -> float | None:
        """beta x q/Q."""
        return None if self.beta is None else self.beta * self.ratio


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a unit comes to. ``r`` and ``level`` are None and "" where it is no major source, or where something is
    ``missing`` (said in words)."""

    addends: tuple[Addend, ...]
    s: float
    alpha: float | None
    r: float | None
    level: str
    missing: tuple[str, ...]

    @property
    def major(self) -> bool:
        return self.s >= 1

    @property
    def s_worked(self) -> str:
        """The sum as it is worked out."""
        return " + ".join(f"{one.tonnes:g}/{one.critical:g}" for one in self.addends) or "0"

    @property
    def r_worked(self) -> str:
        if self.alpha is None or any(one.beta is None for one in self.addends):
            return ""
        inner = " + ".join(f"{one.beta:g}×{one.ratio:.4g}" for one in self.addends)
        return f"{self.alpha:g} × ({inner})"


def alpha_of(exposed: int | None) -> float | None:
    """Table 5: correction by the people within 500 m; None when their number is not known.

    >>> [alpha_of(n) for n in (0, 1, 29, 30, 49, 50, 99, 100, 5000)], alpha_of(None)
    ([0.5, 1.0, 1.0, 1.2, 1.2, 1.5, 1.5, 2.0, 2.0], None)
    """
    if exposed is None:
        return None
    return max((least, alpha) for least, alpha in _ALPHA if least <= exposed)[1]


def level_of(r: float) -> str:
    """Table 6.

    >>> [level_of(r) for r in (100, 99.9, 50, 10, 9.9, 0.3)]
    ['一级', '二级', '二级', '三级', '四级', '四级']
    """
    return max((least, level) for level, least in _LEVELS if least <= r)[1]


def addend_of(held: Held) -> Addend:
    """Critical quantity (table 1 before table 2) and beta (table 3 before table 4) of what is held. Raises InputError
    for a quantity that is none, and for a chemical without a critical quantity."""
    if not 0 <= held.tonnes < 1e9:
        raise InputError(_("存量应是不小于 0 的吨数"), where=held.name)
    row = TABLE_1.get(held.listed) if held.listed is not None else None
    group = CLASSES.get(held.hazard_class)
    if row is not None:
        critical, critical_from = row.critical, f"表1 第{row.number}项"
    elif group is not None:
        critical, critical_from = group.critical, f"表2 {group.symbol}"
    else:
        raise InputError(_("没有临界量：请登记表1 序号或表2 类别"), where=held.name)
    cas = row.cas if row is not None and row.cas else held.cas
    if cas in TOXIC:
        return Addend(held.name, held.tonnes, critical, critical_from, TOXIC[cas], "表3")
    if group is not None:
        return Addend(held.name, held.tonnes, critical, critical_from, group.beta, f"表4 {group.symbol}")
    return Addend(held.name, held.tonnes, critical, critical_from, None, "")


def assess(held: Iterable[Held], exposed: int | None) -> Assessment:
    """S, and where S is 1 or more R and the level. What is missing for R is said, and R then not given.

    >>> found = assess([Held("氨", 12, listed=1), Held("甲醇", 250, hazard_class="W5.3")], 60)
    >>> found.s_worked, round(found.s, 4), found.r_worked, round(found.r, 4), found.level
    ('12/10 + 250/1000', 1.45, '1.5 × (2×1.2 + 1×0.25)', 3.975, '四级')
    """
    addends = tuple(addend_of(one) for one in held)
    s = sum(one.ratio for one in addends)
    alpha = alpha_of(exposed)
    missing = [
        _("%(name)s没有校正系数 β：表3 没有它，请登记表2 类别符号") % {"name": one.name}
        for one in addends
        if one.beta is None
    ]
    if alpha is None:
        missing.append(_("没有登记厂界外 500 米常住人口，无法确定 α"))
    if s < 1 or missing:
        return Assessment(addends, s, alpha, None, "", tuple(missing) if s >= 1 else ())
    assert alpha is not None
    r = alpha * sum(one.corrected or 0.0 for one in addends)
    return Assessment(addends, s, alpha, r, level_of(r), ())
