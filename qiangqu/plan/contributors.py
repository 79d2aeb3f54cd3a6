"""Which enterprises and industries make up a target's present value: the rows behind it, gathered by holder
and by industry.

Reading the rows of one number takes tenths of a second, so pages ask for this apart, and what was found is
kept while no value changes.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qiangqu.base.periods import parse_period
from qiangqu.base.visibility import reach
from qiangqu.formulas.explain import Explanation, Input, explain, used_part
from qiangqu.formulas.inputs import Inputs
from qiangqu.formulas.models import EvaluationState
from qiangqu.formulas.rows import MAX_PAGE, Row
from qiangqu.formulas.spells import month_of
from qiangqu.registry.models import Area, Industry, Organisation, OrganisationKind, Parcel, Project
from qiangqu.registry.subjects import ORGANISATION, PROJECT

from .track import TargetStatus

SHOWN = 12
KEPT = 128


@dataclass(frozen=True, slots=True)
class Share:
    """One enterprise's or industry's part. ``value`` in the unit of the rows (or a number of rows), ``share``
    in % of all rows together.
    """

    name: str
    value: float
    share: float | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Contributors:
    """``what`` the rows are of (a ratio's rows are those of its numerator); ``gathered`` of ``total`` rows
    were read, the largest first.
    """

    what: str = ""
    unit: str = ""
    enterprises: tuple[Share, ...] = ()
    industries: tuple[Share, ...] = ()
    gathered: int = 0
    total: int = 0
    simulated: bool = False


_kept: OrderedDict[tuple[Any, ...], Contributors] = OrderedDict()
_lock = Lock()


def contributors(one: TargetStatus, area: Any, viewer: Any) -> Contributors:
    """The largest enterprises and the industries behind the target's present value in ``area``; nothing where
    its rows are published figures.

    Raises NotFoundError for an area outside the viewer's.
    """
    current = one.verdict.current
    if current is None or not one.indicator_code:
        return Contributors()
    state = EvaluationState.objects.values_list("version", "refreshed_at").first()
    # who has moved since is not named any more: each move is a version of a register
    moved = [model.history.aggregate(last=Max("history_id"))["last"] for model in (Area, Organisation, Project, Parcel)]
    key = (one.indicator_code, area.pk, current.period.key, reach(viewer), state, *moved, get_language())
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = gather(explain(one.indicator_code, area.code, current.period, viewer, size=MAX_PAGE))
    with _lock:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def gather(explained: Explanation) -> Contributors:
    """Rows by enterprise and by the industry in which it was then; rows that are of no enterprise (published
    figures of areas, parcels) are left out."""
    page = explained.rows
    if page is None:
        return Contributors()
    part = used_part(explained.root, explained.rows_node)
    holders = _holders((row for row in page.rows if row.counts), part.period if part else explained.period)
    if not holders:
        return Contributors()
    counted = all(row.value is None for row, _holder, _sector in holders)
    by_holder: dict[int, float] = defaultdict(float)
    by_sector: dict[str, float] = defaultdict(float)
    names: dict[int, str] = {}
    for row, holder, sector in holders:
        amount = 1.0 if counted else row.value or 0.0
        by_sector[sector] += amount
        if holder is not None:
            by_holder[holder.pk] += amount
            names[holder.pk] = holder.name
    whole = page.sum if page.sum and not counted else float(page.total)
    rest = whole - sum(by_sector.values())
    industries = _ranked(((name, value, "") for name, value in by_sector.items()), whole)
    others = page.total - len(page.rows) + sum(row.counts and not row.id for row in page.rows)
    if others and rest > 0:
        industries.append(Share(_("其余%(n)s条") % {"n": others}, rest, _percent(rest, whole)))
    enterprises = _ranked(
        ((names[pk], value, reverse("organisations-detail", args=[pk])) for pk, value in by_holder.items()), whole
    )
    return Contributors(
        what=_label(explained.root, explained.rows_node) or explained.name,
        unit=page.unit,
        enterprises=tuple(enterprises[:SHOWN]),
        industries=tuple(industries),
        gathered=len(page.rows),
        total=page.total,
        simulated=any(row.simulated for row, _holder, _sector in holders),
    )


def _holders(rows: Iterable[Row], period: str) -> list[tuple[Row, Organisation | None, str]]:
    """Each row with the enterprise that it is about and its industry at the end of the row's period (of
    ``period`` for a row without one); rows about neither an enterprise nor a project are dropped."""
    listed = list(rows)
    codes = {row.code for row in listed if row.code}
    enterprises = Organisation.objects.filter(code__in=codes, kind=OrganisationKind.ENTERPRISE)
    holders = {one.code: one for one in enterprises}
    projects = {p.code: p for p in Project.objects.filter(Q(code__in=codes - holders.keys())).select_related("owner")}
    inputs, names = Inputs(kept=True), dict(Industry.objects.values_list("code", "name"))
    sectors = {kind.number: inputs.sectors(kind) for kind in (ORGANISATION, PROJECT)}
    found: list[tuple[Row, Organisation | None, str]] = []
    for row in listed:
        if row.code in holders:
            holder: Organisation | None = holders[row.code]
            spells = sectors[ORGANISATION.number][holders[row.code].pk]
        elif row.code in projects:
            holder = projects[row.code].owner
            spells = sectors[PROJECT.number][projects[row.code].pk]
        else:
            continue
        month = month_of(parse_period(row.period or period).end)
        sector = next(code for first, last, code in spells if first <= month <= last)
        found.append((row, holder, names.get(sector) or _("其他产业")))
    return found


def _ranked(parts: Iterable[tuple[str, float, str]], whole: float) -> list[Share]:
    ordered = sorted(parts, key=lambda part: (-part[1], part[0]))
    return [Share(name, value, _percent(value, whole), url) for name, value, url in ordered]


def _percent(value: float, whole: float) -> float | None:
    return value / whole * 100 if whole else None


def _label(part: Input, node: int | None) -> str:
    """The words of the part of the formula whose rows these are."""
    if part.node == node:
        return part.label
    return next((label for child in part.inputs if (label := _label(child, node))), "")
