"""What the twin stands on: the pack's areas, elements, kinds and published figures, and the months that are
simulated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Pack
from qiangqu.base.periods import Period, cumulative, month, parse_period, year
from qiangqu.base.units import factor
from qiangqu.facts.cellvalues import PRECEDENCE

from .arrays import Ints
from .parameters import FILE, Parameters


@dataclass(frozen=True)
class Window:
    """The simulated months, ``first`` and ``last`` as year * 12 + month - 1."""

    first: int
    months: int

    @property
    def last(self) -> int:
        return self.first + self.months - 1

    @cached_property
    def years_of(self) -> Ints:
        """Calendar year of each month, shape (months,)."""
        return np.arange(self.first, self.last + 1) // 12

    @cached_property
    def month_of(self) -> Ints:
        """Month 1–12 of each month, shape (months,)."""
        return np.arange(self.first, self.last + 1) % 12 + 1

    @cached_property
    def full_years(self) -> list[int]:
        """Calendar years of which all twelve months are simulated."""
        return [int(y) for y in np.unique(self.years_of) if (self.years_of == y).sum() == 12]

    def year_to_date(self, year_: int) -> Period:
        """The year, or January to the window's last month when the window ends within it."""
        return cumulative(year_, self.last % 12 + 1) if year_ == self.last // 12 else year(year_)

    def slots(self, period: Period) -> Ints | None:
        """Positions of the period's months, or None when not all of them are simulated."""
        at = np.array([p.year * 12 + p.index - 1 - self.first for p in period.months()])
        return at if at[0] >= 0 and at[-1] < self.months else None

    @cached_property
    def keys(self) -> Ints:
        """Period key of each month, shape (months,)."""
        return np.array([month(int(y), int(m)).key for y, m in zip(self.years_of, self.month_of, strict=True)])


def window(until: Period, months: int) -> Window:
    """``months`` months that end with the month ``until``."""
    return Window(until.year * 12 + until.last_month - 1 - months + 1, months)


@dataclass(frozen=True)
class ElementInfo:
    unit: str
    decimals: int


@dataclass(frozen=True)
class TitleInfo:
    """A kind of recognition: years of validity (None: without end) and who holds it (enterprise, committee,
    government, department).
    """

    name: str
    validity_years: int | None
    holder: str


@dataclass(frozen=True)
class Agency:
    """A unit of the pack that can hold a title or run a project."""

    code: str
    short_name: str
    kind: str
    area: str


@dataclass(frozen=True)
class Published:
    """A published figure in its element's unit."""

    element: str
    area: str
    period: Period
    value: float
    date: str


@dataclass(frozen=True)
class Frame:
    """``zones`` are codes in the pack's order; ``group_of`` the area right below the region that each zone
    lies in (or is).
    """

    region: str
    zones: tuple[str, ...]
    zone_names: tuple[str, ...]
    groups: tuple[str, ...]
    group_names: tuple[str, ...]
    group_of: Ints
    elements: dict[str, ElementInfo]
    chains: dict[str, str | None]
    titles: dict[str, TitleInfo]
    project_kinds: dict[str, str]
    agencies: tuple[Agency, ...]
    published: tuple[Published, ...]

    def groups_in(self, area: str) -> list[int]:
        """Groups whose zones make up ``area`` (the region, or a group). Raises InputError for another
        area.
        """
        if area == self.region:
            return list(range(len(self.groups)))
        if area in self.groups:
            return [self.groups.index(area)]
        raise InputError("校准只能用自治区（省）、地级市或直属园区的数", where=area)


def read_frame(pack: Pack, parameters: Parameters) -> Frame:
    """The frame from the pack's files. Raises InputError when ``simulation.yaml`` names what the pack does
    not have, or the reverse.
    """
    areas = {row["code"]: row for row in pack.rows("areas.csv", ("code", "parent", "level", "short_name"))}
    roots = [code for code, row in areas.items() if row["level"] == "region"]
    if len(roots) != 1:
        raise InputError("应恰有一个 level 为 region 的区域", where="areas.csv")
    region = roots[0]
    zones = tuple(code for code, row in areas.items() if row["level"] == "zone")
    if set(zones) != set(parameters.zones):
        different = sorted(set(zones) ^ set(parameters.zones))
        raise InputError(f"园区与 areas.csv 不一致：{'、'.join(different)}", where=f"{FILE} zones")

    def group(code: str) -> str:
        for _ in range(8):
            if areas[code]["parent"] == region:
                return code
            code = areas[code]["parent"]
        raise InputError("不在自治区（省）之下", where=f"areas.csv {code}")

    top = {code: group(code) for code in zones}
    groups = tuple(code for code in areas if code in set(top.values()))
    elements = {
        str(row["code"]): ElementInfo(str(row["unit"]), int(row["decimals"])) for row in pack.yaml("elements.yaml")
    }
    chains = {row["code"]: row["parent"] or None for row in pack.rows("industries.csv", ("code", "parent"))}
    for activity in parameters.activities:
        if activity.chain and activity.chain not in chains:
            raise InputError(f"没有产业链 {activity.chain}", where=f"{FILE} activities {activity.code}")
    titles = {
        str(row["code"]): TitleInfo(str(row["name"]), row.get("validity_years"), str(row.get("holder") or "enterprise"))
        for row in pack.yaml("recognitions.yaml")
    }
    kinds = {str(row["code"]): str(row["name"]) for row in pack.yaml("project_kinds.yaml")}
    named = {name for kind in parameters.projects.kinds.values() for name in kind.facts}
    named |= {parameters.capacity.renewable.published, *parameters.reporting.corrected_together}
    for rule in parameters.calibration.rules:
        named |= {rule.element, *(r.published for r in rule.growth), *(r.published for r in rule.level)}
    if named - set(elements):
        raise InputError(
            f"没有统计要素 {'、'.join(sorted(named - set(elements)))}", where=f"{FILE} calibration/projects"
        )
    _same("recognitions.kinds", parameters.recognitions.kinds, titles)
    _same("projects.kinds", parameters.projects.kinds, kinds)
    agencies = tuple(
        Agency(row["code"], row["short_name"] or row["name"], row["kind"], row["area"])
        for row in pack.rows("units.csv", ("code", "name", "short_name", "kind", "area"))
        if row["kind"] in ("committee", "government", "department")
    )
    return Frame(
        region=region,
        zones=zones,
        zone_names=tuple(areas[code]["short_name"] for code in zones),
        groups=groups,
        group_names=tuple(areas[code]["short_name"] for code in groups),
        group_of=np.array([groups.index(top[code]) for code in zones]),
        elements=elements,
        chains=chains,
        titles=titles,
        project_kinds=kinds,
        agencies=agencies,
        published=_published(pack, elements),
    )


def _same(section: str, given: Iterable[str], known: Iterable[str]) -> None:
    missing = sorted(set(given) - set(known))
    if missing:
        raise InputError(f"数据包没有这些类别：{'、'.join(missing)}", where=f"{FILE} {section}")


def _published(pack: Pack, elements: dict[str, ElementInfo]) -> tuple[Published, ...]:
    """The published figure of each (element, area, period) that counts: what ``preferred`` says, then the
    newest.
    """
    counting: dict[tuple[str, str, int], tuple[tuple[int, str], Published]] = {}
    columns = ("element", "area", "period", "value", "unit", "source_date")
    for row in pack.rows("published.csv", columns):
        element = row["element"]
        if element not in elements:
            continue
        period = parse_period(row["period"])
        value = float(row["value"]) * factor(row["unit"], elements[element].unit)
        figure = Published(element, row["area"], period, value, row["source_date"])
        key = (element, row["area"], period.key)
        rank = (PRECEDENCE.get(row.cells.get("preferred", ""), 0), figure.date)
        if key not in counting or counting[key][0] <= rank:
            counting[key] = rank, figure
    return tuple(figure for _rank, figure in counting.values())
