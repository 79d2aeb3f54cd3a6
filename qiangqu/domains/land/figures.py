"""Figures per mu by zone, industry, enterprise and parcel; and which parcels close the gap to the plan's target."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Value
from django.db.models.functions import Coalesce
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
from qiangqu.registry.subjects import AREA

from .idle import rule, unused
from .models import Clue
from .models.use import OPEN
from .potential import Measure, PerMu, now

#: land that stands in the denominator of a zone's figures
USED = (ParcelStatus.BUILT, ParcelStatus.LOW_USE)


class Opened(NamedTuple):
    """A value that opens down to the facts: indicator, code of the record, period, register. The address is made where
    it is shown, not for thousands of rows."""

    indicator: str
    record: str
    period: str
    of: str = AREA.code


class Line(NamedTuple):
    """A row of figures: ``value`` per mu, over ``mu`` of land of ``many`` parcels; ``amount`` is both multiplied, in
    10,000 yuan; ``url`` opens the value, ``inside`` leads to what it is made of: the parcel, or the list that is
    asked for."""

    name: str
    note: str
    value: float | None
    mu: float
    many: int
    opens: Opened | None = None
    parcel: int | None = None
    asks: tuple[tuple[str, str], ...] = ()
    simulated: bool = False

    @property
    def url(self) -> str:
        return open_url(*self.opens) if self.opens is not None else ""

    @property
    def inside(self) -> str:
        if self.parcel is not None:
            return reverse("land-parcel", args=[self.parcel])
        return f"{reverse('land-per-mu')}?{urlencode(self.asks)}"

    @property
    def amount(self) -> float | None:
        return None if self.value is None else self.value * self.mu


class Held(NamedTuple):
    """A parcel with what the figures need of it."""

    pk: int
    code: str
    zone: int
    holder: int | None
    holder_code: str
    holder_name: str
    sector: int | None
    sector_name: str
    status: str
    mu: float
    simulated: bool


def land_in(user: Any, area: Any, day: dt.date) -> list[Held]:
    """The parcels that the user sees in an area (None: everywhere) as they stand on a day."""
    rows = alive_on(seen(Parcel.objects.all(), user, area), day).order_by("code")
    code, name, sector = (Coalesce(one, Value("")) for one in ("holder__code", "holder__name", "holder__sector__name"))
    return [
        Held._make(row)
        for row in rows.values_list(
            "pk", "code", "area_id", "holder_id", code, name, "holder__sector_id", sector,
            "status", "land_area", "simulated",
        )
    ]  # fmt: skip


def opened(measure: Measure, known: PerMu, one: Held) -> Opened | None:
    """What a parcel makes of a mu, to be opened."""
    code = one.code if measure.of == "parcel" else one.holder_code
    return Opened(measure.each, code, known.period, measure.of) if code and known.period else None


def by_parcel(measure: Measure, known: PerMu, land: Sequence[Held]) -> list[Line]:
    found = []
    for one in land:
        value = now(measure, known, one.pk, one.holder)
        if value is not None:
            of = one.pk if measure.of == "parcel" else one.holder
            found.append(
                Line(
                    one.code, one.holder_name, value, one.mu, 1, opened(measure, known, one), parcel=one.pk,
                    simulated=of in known.simulated,
                )
            )  # fmt: skip
    return found


def _together(
    measure: Measure, known: PerMu, land: Sequence[Held], key: Any
) -> dict[Any, tuple[float, float, list[Held], bool]]:
    """Parcels with a value by ``key``: the figure over all their land, that land, the parcels, whether it is simulated."""
    found: dict[Any, list[tuple[Held, float]]] = {}
    for one in land:
        value, name = now(measure, known, one.pk, one.holder), key(one)
        if value is not None and name is not None:
            found.setdefault(name, []).append((one, value))
    made = {}
    for name, pairs in found.items():
        held = [one for one, _value in pairs]
        mu = sum(one.mu for one in held)
        marks = {one.pk if measure.of == "parcel" else one.holder for one in held}
        figure = sum(value * one.mu for one, value in pairs) / mu if mu else 0.0
        made[name] = (figure, mu, held, not marks.isdisjoint(known.simulated))
    return made


def _asks(tab: str, measure: Measure, **more: str) -> tuple[tuple[str, str], ...]:
    return (("list", tab), ("measure", measure.id), *more.items())


def by_enterprise(measure: Measure, known: PerMu, land: Sequence[Held]) -> list[Line]:
    made = []
    for value, mu, held, simulated in _together(measure, known, land, lambda one: one.holder).values():
        one = held[0]
        opens = opened(measure, known, one) if measure.of == "organisation" else None
        asks = _asks("parcel", measure, q=one.holder_name)
        made.append(Line(one.holder_name, one.sector_name, value, mu, len(held), opens, asks=asks, simulated=simulated))
    return made


def by_industry(measure: Measure, known: PerMu, land: Sequence[Held]) -> list[Line]:
    made = []
    for value, mu, held, simulated in _together(measure, known, land, lambda one: one.sector).values():
        name = held[0].sector_name
        note = _("%(many)s 家企业") % {"many": len({one.holder for one in held})}
        asks = _asks("enterprise", measure, q=name)
        made.append(Line(name, note, value, mu, len(held), asks=asks, simulated=simulated))
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
        opens = Opened(measure.zone, zone.code, str(period)) if period is not None and value is not None else None
        made.append(
            Line(
                zone.name, "", value.value if value else None, sum(one.mu for one in here), len(here), opens,
                asks=_asks("enterprise", measure, area=zone.code), simulated=bool(value and value.simulated),
            )
        )  # fmt: skip
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


class Step(NamedTuple):
    """A parcel that would raise the figure: ``more`` is what it brings beyond the present, ``closes`` what of that
    closes the gap (land newly in use must first carry itself), ``share`` how much of the gap is closed with those
    above it, ``level`` the figure then."""

    parcel: Held
    clue: int | None
    rule: str
    present: float
    could: float
    more: float
    closes: float
    level: float
    share: float | None
    opens: Opened | None = None

    @property
    def why(self) -> str:
        return str(rule(self.rule)["title"]) if self.clue is not None else _reason(self.parcel.status)

    @property
    def url(self) -> str:
        return open_url(*self.opens) if self.opens is not None else ""

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
    open_clues = Clue.objects.filter(state__in=OPEN, parcel__area__path__startswith=gap.area.path).order_by("-pk")
    clues = {parcel: (pk, code) for pk, parcel, code in open_clues.values_list("pk", "parcel_id", "rule")}
    wanted = gap.wanted if gap.wanted is not None else gap.present
    found = []
    for one in land:
        could = marks.get(one.zone)
        if could is None:
            continue
        clue, code = clues.get(one.pk, (None, ""))
        used = one.status in USED and not (clue is not None and unused(code))
        present = (now(gap.measure, known, one.pk, one.holder) if used else 0.0) if one.holder else 0.0
        if present is None:  # in use, and nobody has reported what it brings
            continue
        more = (could - present) * one.mu
        fresh = one.mu if one.status not in USED else 0.0
        closes = more - wanted * fresh
        if closes > 0:
            found.append((closes, fresh, more, one, clue, code, present, could))
    found.sort(key=lambda row: (-row[0], row[3].code))
    made, done, amount, mu = [], 0.0, gap.present * gap.mu, gap.mu
    for closes, fresh, more, one, clue, code, present, could in found:
        done, amount, mu = done + closes, amount + more, mu + fresh
        share = done / gap.short * 100 if gap.short else None
        opens = opened(gap.measure, known, one) if present else None
        level = amount / mu if mu else 0.0
        made.append(Step(one, clue, code, present, could, more, closes, level, share, opens))
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
