"""Who supervises safety of which trade 三管三必须: of each trade that enterprises of an area are in, and of each new trade,
which of the three duties nobody has (gap), and which several have (overlap).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from qiangqu.base.visibility import seen
from qiangqu.registry.models import Organisation, OrganisationKind
from qiangqu.registry.models.history import alive_on

from .models.duties import Duty
from .terms import DutyKind


@dataclass(frozen=True, slots=True)
class Line:
    """One duty as it is entered: ``area`` is the path of its area, ``supervisor`` "" for nobody."""

    area: str
    trade: str
    title: str
    new_trade: bool
    kind: str
    supervisor: str


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade in the table: how many enterprises are in it, who has which duty (by kind), gaps and overlaps."""

    trade: str
    title: str
    new_trade: bool
    firms: int
    holders: dict[str, tuple[str, ...]]

    @property
    def gaps(self) -> list[str]:
        """Kinds of duty that nobody has."""
        return [kind for kind in DutyKind.values if not self.holders.get(kind)]

    @property
    def overlaps(self) -> list[str]:
        """Kinds of duty that several have."""
        return [kind for kind in DutyKind.values if len(self.holders.get(kind, ())) > 1]


def holders(lines: Iterable[Line], code: str, path: str) -> dict[str, tuple[str, ...]]:
    """Who has which duty for enterprises of the trade ``code`` in the area at ``path``: of each kind the lines with the
    longest leading digits count, and of these all areas above together.

    >>> told = [Line("/R/", "26", "化工", False, "trade", "工信局"), Line("/R/", "2614", "有机", False, "trade", "应急局")]
    >>> holders(told, "2614", "/R/Z/"), holders(told, "2611", "/R/Z/"), holders(told, "31", "/R/Z/")
    ({'trade': ('应急局',)}, {'trade': ('工信局',)}, {})
    """
    best: dict[str, tuple[int, list[str]]] = {}
    for line in lines:
        fits = code == line.trade if line.new_trade else code.startswith(line.trade)
        if not fits or not path.startswith(line.area) or not line.supervisor:
            continue
        long, named = best.get(line.kind, (-1, []))
        if len(line.trade) > long:
            best[line.kind] = (len(line.trade), [line.supervisor])
        elif len(line.trade) == long and line.supervisor not in named:
            named.append(line.supervisor)
    return {kind: tuple(named) for kind, (_long, named) in best.items()}


def table(lines: Sequence[Line], firms: Iterable[tuple[str, str]]) -> list[TradeRow]:
    """The table of the trades that enterprises are in, two digits each, and of all new trades. ``firms`` are (code of the
    industry, path of the area); enterprises of one trade whose duties lie otherwise (a longer code, another area) are
    rows of their own, and those without a code one row.
    """
    titles = {line.trade: line.title for line in lines}
    counted: Counter[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]] = Counter()
    for (code, path), many in Counter(firms).items():
        found = holders(lines, code, path) if code else {}
        counted[code[:2], tuple(sorted(found.items()))] += many
    rows = [
        TradeRow(trade, titles.get(trade, ""), False, many, dict(found)) for (trade, found), many in counted.items()
    ]
    new = {line.trade: line for line in lines if line.new_trade}
    rows += [TradeRow(trade, line.title, True, 0, _of_new(lines, trade)) for trade, line in new.items()]
    return sorted(rows, key=lambda row: (not row.gaps, not row.overlaps, row.new_trade, row.trade, -row.firms))


def _of_new(lines: Iterable[Line], trade: str) -> dict[str, tuple[str, ...]]:
    mine = [line for line in lines if line.new_trade and line.trade == trade and line.supervisor]
    return {
        kind: tuple(dict.fromkeys(line.supervisor for line in mine if line.kind == kind))
        for kind in {line.kind for line in mine}
    }


def table_for(user: Any, area: Any, day: dt.date) -> list[TradeRow]:
    """The table of what the user sees, in ``area`` (None: wherever), on a day."""
    duties = alive_on(Duty.objects.select_related("area", "supervisor"), day)
    # a duty of an area above holds below it: the lines are read without regard to where the user stands
    lines = [
        Line(one.area.path, one.trade, one.title, one.new_trade, one.kind, str(one.supervisor or "")) for one in duties
    ]
    if area is not None:
        lines = [one for one in lines if area.path.startswith(one.area) or one.area.startswith(area.path)]
    enterprises = seen(Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE), user, area)
    firms = alive_on(enterprises, day).values_list("industry_code", "area__path")
    return table(lines, [(code.strip(), path) for code, path in firms])
