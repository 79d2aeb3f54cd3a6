"""Figures per mu by zone, industry, enterprise and parcel; and which parcels close the gap to the plan's target."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.periods import Period, year
from qiangqu.base.visibility import seen, visible
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.formulas.templatetags.indicators import open_url
from qiangqu.plan.models import Plan, Target
from qiangqu.plan.track import current_plan, status
from qiangqu.registry.models import Area, Parcel
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.models.parcel import ParcelStatus

from .idle import rule, unused
from .models import Clue
from .models.use import OPEN
from .potential import Measure, PerMu, now

#: land that stands in the denominator of a zone's figures
USED = (ParcelStatus.BUILT, ParcelStatus.LOW_USE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of figures: ``value`` per mu, over ``mu`` of land of ``many`` parcels; ``amount`` is both multiplied, in
    10,000 yuan; ``url`` opens the value, ``inside`` leads to what it is made of."""

    name: str
    note: str
    value: float | None
    mu: float
    many: int
    url: str = ""
    inside: str = ""
    simulated: bool = False

    @property
    def amount(self) -> float | None:
        return None if self.value is None else self.value * self.mu


@dataclass(frozen=True, slots=True)
class Held:
    """A parcel with what the figures need of it."""

    pk: int
    code: str
    zone: int
    place: str
    holder: int | None
    holder_code: str
    holder_name: str
    sector: int | None
    sector_name: str
    status: str
    mu: float
    simulated: bool


_FIELDS = (
    "pk", "code", "area_id", "area__short_name", "holder_id", "holder__code", "holder__name", "holder__sector_id", "holder__sector__name",
    "status", "land_area", "simulated",
)  # fmt: skip


def land_in(user: Any, area: Any, day: dt.date) -> list[Held]:
    """The parcels that the user sees in an area (None: everywhere) as they stand on a day."""
    rows = alive_on(seen(Parcel.objects.all(), user, area), day).order_by("code").values_list(*_FIELDS)
    return [
        Held(pk, code, zone, place, holder, h_code or "", h_name or "", sector, s_name or "", state, mu, simulated)
        for pk, code, zone, place, holder, h_code, h_name, sector, s_name, state, mu, simulated in rows
    ]


def opened(measure: Measure, known: PerMu, one: Held) -> str:
    """The address that opens what a parcel makes of a mu, down to the facts."""
    code = one.code if measure.of == "parcel" else one.holder_code
    return open_url(measure.each, code, known.period, measure.of) if code and known.period else ""


def by_parcel(measure: Measure, known: PerMu, land: Sequence[Held]) -> list[Line]:
    found = []
    for one in land:
        value = now(measure, known, one.pk, one.holder)
        if value is not None:
            of = one.pk if measure.of == "parcel" else one.holder
            url, inside = opened(measure, known, one), reverse("land-parcel", args=[one.pk])
            found.append(Line(one.code, one.holder_name, value, one.mu, 1, url, inside, of in known.simulated))
    return found


def _together(
    measure: Measure, known: PerMu, land: Sequence[Held], key: Any
) -> dict[Any, tuple[float, list[Held], bool]]:
    """Parcels with a value by ``key``: the figure over all their land, the parcels, whether it is simulated."""
    found: dict[Any, list[Held]] = {}
    for one in land:
        if now(measure, known, one.pk, one.holder) is not None and key(one) is not None:
            found.setdefault(key(one), []).append(one)
    made = {}
    for name, held in found.items():
        mu = sum(one.mu for one in held)
        amount = sum((now(measure, known, one.pk, one.holder) or 0.0) * one.mu for one in held)
        marks = {one.pk if measure.of == "parcel" else one.holder for one in held}
        made[name] = (amount / mu if mu else 0.0, held, bool(marks & known.simulated))
    return made


def by_enterprise(measure: Measure, known: PerMu, land: Sequence[Held]) -> list[Line]:
    made = []
    for _pk, (value, held, simulated) in _together(measure, known, land, lambda one: one.holder).items():
        one = held[0]
        url = opened(measure, known, one) if measure.of == "organisation" else ""
        inside = f"{reverse('land-per-mu')}?list=parcel&measure={measure.id}&q={one.holder_name}"
        made.append(
            Line(one.holder_name, one.sector_name, value, sum(p.mu for p in held), len(held), url, inside, simulated)
        )
    return made


def by_industry(measure: Measure, known: PerMu, land: Sequence[Held]) -> list[Line]:
    made = []
    for _pk, (value, held, simulated) in _together(measure, known, land, lambda one: one.sector).items():
        name = held[0].sector_name
        inside = f"{reverse('land-per-mu')}?list=enterprise&measure={measure.id}&q={name}"
        note = _("%(many)s 家企业") % {"many": len({one.holder for one in held})}
        made.append(Line(name, note, value, sum(one.mu for one in held), len(held), "", inside, simulated))
    return made


def by_zone(measure: Measure, period: Period | None, user: Any, area: Any, land: Sequence[Held]) -> list[Line]:
    """The zones' own indicator, which opens down to the facts; the land is that of the register in use."""
    values = zone_values(measure, period, user, area)
    made = []
    for zone in seen(Area.objects.filter(level="zone"), user, area).order_by("path"):
        here = [one for one in land if one.zone == zone.pk and one.status in USED]
        value = values.get(zone.pk)
        if value is None and not here:
            continue
        url = open_url(measure.zone, zone.code, str(period)) if period is not None and value is not None else ""
        inside = f"{reverse('land-per-mu')}?list=enterprise&measure={measure.id}&area={zone.code}"
        made.append(
            Line(
                zone.name,
                "",
                value.value if value else None,
                sum(one.mu for one in here),
                len(here),
                url,
                inside,
                bool(value and value.simulated),
            )
        )
    return made


def zone_values(measure: Measure, period: Period | None, user: Any, area: Any) -> dict[int, IndicatorValue]:
    """The values of the zones' indicator in a period, by area."""
    if period is None:
        return {}
    rows = visible(IndicatorValue.objects.filter(indicator__code=measure.zone, period_key=period.key), user)
    if area is not None:
        rows = rows.filter(area__path__startswith=area.path)
    return {row.area_id: row for row in rows.exclude(value=None)}


# ---------------------------------------------------------------- the gap to the plan's target


@dataclass(frozen=True, slots=True)
class Gap:
    """How far the figure of an area is from what the plan asks. ``wanted`` None: the plan asks nothing that can be
    reckoned here, ``why`` says so. Land in mu, amounts in 10,000 yuan a year."""

    measure: Measure
    area: Area
    present: float
    period: str
    mu: float
    wanted: float | None = None
    base: float | None = None
    percent: float | None = None
    year: int = 0
    target: str = ""
    own: bool = True
    why: str = ""
    simulated: bool = False

    @property
    def short(self) -> float:
        """The amount that is missing; none where the figure stands above."""
        return max((self.wanted - self.present) * self.mu, 0.0) if self.wanted is not None else 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """A parcel that would raise the figure: ``more`` is what it brings beyond the present, ``closes`` what of that
    closes the gap (land newly in use must first carry itself), ``share`` how much of the gap is closed with those
    above it, ``level`` the figure then."""

    parcel: Held
    why: str
    clue: int | None
    present: float
    could: float
    more: float
    closes: float
    level: float
    share: float | None
    url: str = ""

    @property
    def simulated(self) -> bool:
        return self.parcel.simulated


def gap_of(measure: Measure, area: Area, land: Sequence[Held], user: Any, day: dt.date) -> Gap | None:
    """The figure of an area against the plan's target for it (where none was divided to it: against that of the
    plan's own area, told so). None where the area has no figure.
    """
    mu = sum(one.mu for one in land if one.status in USED)
    rows = visible(IndicatorValue.objects.filter(indicator__code=measure.zone, area=area), user).exclude(value=None)
    held = {row.period: row for row in rows if row.period.end <= day and row.period == year(row.period.start.year)}
    if not held:
        return None
    period = max(held, key=lambda one: one.end)
    present = held[period]
    plain = Gap(measure, area, present.value or 0.0, str(period), mu, simulated=present.simulated)
    try:
        plan = current_plan(area, day)
    except NotFoundError as error:
        return replace(plain, why=str(error))
    own, found = True, _asked(measure, plan, area, day)
    if found is None and area.pk != plan.area_id:
        own, found = False, _asked(measure, plan, plan.area, day)
    if found is None:
        return replace(plain, why=_("计划没有为这项亩均指标设定目标值"))
    target, percent = found
    base = held.get(year(target.base_year)) if target.base_year else None
    if base is None or not base.value:
        return replace(plain, why=_("没有基年 %(year)s 的值，无法计算应达到的水平") % {"year": target.base_year or "—"})
    wanted = base.value * (1 + percent / 100)
    return replace(
        plain, wanted=wanted, base=base.value, percent=percent, year=target.year, target=target.code, own=own,
        simulated=present.simulated or base.simulated,
    )  # fmt: skip


def _asked(measure: Measure, plan: Plan, area: Area, day: dt.date) -> tuple[Target, float] | None:
    """The target of the figure's change in an area, and the per cent that it asks."""
    row = next((one for one in status(day, area, plan) if one.indicator_code == measure.change), None)
    if row is None or row.target is None:
        return None
    return Target.objects.get(pk=row.target_id), row.target


def steps(gap: Gap, known: PerMu, land: Sequence[Held], upper: bool = False) -> list[Step]:
    """The parcels that would close the gap when they reach their zone's median (``upper``: upper quartile), the one
    that closes most first. Land that is not in use brings what the zone's brings, and stands in the denominator from
    then on."""
    marks = (known.uppers or {}) if upper else known.medians
    clues = {
        one.parcel_id: one
        for one in Clue.objects.filter(state__in=OPEN, parcel__in=[one.pk for one in land]).order_by("-pk")
    }
    wanted = gap.wanted if gap.wanted is not None else gap.present
    found = []
    for one in land:
        could = marks.get(one.zone)
        if could is None:
            continue
        clue = clues.get(one.pk)
        used = one.status in USED and not (clue is not None and unused(clue.rule))
        present = (now(gap.measure, known, one.pk, one.holder) if used else 0.0) if one.holder else 0.0
        if present is None:  # in use, and nobody has reported what it brings
            continue
        more = (could - present) * one.mu
        fresh = one.mu if one.status not in USED else 0.0
        closes = more - wanted * fresh
        if closes <= 0:
            continue
        why = str(rule(clue.rule)["title"]) if clue is not None else _reason(one.status)
        found.append((closes, fresh, more, one, why, clue, present, could))
    found.sort(key=lambda row: (-row[0], row[3].code))
    made, done, amount, mu = [], 0.0, gap.present * gap.mu, gap.mu
    for closes, fresh, more, one, why, clue, present, could in found:
        done, amount, mu = done + closes, amount + more, mu + fresh
        share = done / gap.short * 100 if gap.short else None
        url = opened(gap.measure, known, one) if present else ""
        made.append(
            Step(
                one,
                why,
                clue.pk if clue else None,
                present,
                could,
                more,
                closes,
                amount / mu if mu else 0.0,
                share,
                url,
            )
        )
    return made


def _reason(state: str) -> str:
    words = {
        ParcelStatus.PLANNED: _("还没有供应"),
        ParcelStatus.SUPPLIED: _("已供应，还没有建成"),
        ParcelStatus.IDLE: _("登记为闲置"),
        ParcelStatus.LOW_USE: _("登记为低效"),
    }
    return words.get(ParcelStatus(state), _("低于园区水平"))


def zone_period(measure: Measure, day: dt.date) -> Period | None:
    """The last whole year in which some area has the zones' indicator."""
    one = Indicator.objects.filter(code=measure.zone).first()
    if one is None:
        return None
    keys = (
        IndicatorValue.objects.filter(indicator=one)
        .exclude(value=None)
        .order_by()
        .values_list("period_key", flat=True)
        .distinct()
    )
    found = [row.period for row in (IndicatorValue(period_key=key) for key in keys)]
    whole = [one for one in found if one == year(one.start.year) and one.end <= day]
    return max(whole, key=lambda one: one.end, default=None)
