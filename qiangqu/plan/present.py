"""What pages and the API show of a target: chart data, contributions of areas, history of edits."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from qiangqu.base.periods import PeriodKind, from_key
from qiangqu.base.terms import clauses, said
from qiangqu.decisions.distribution import Step
from qiangqu.formulas.models import IndicatorValue
from qiangqu.registry.models import Area
from qiangqu.ui.charts import TargetPath

from . import observations as obs
from .models import Target
from .observations import Observation
from .spec import RATE_UNITS
from .track import TargetStatus, flows, read_observations

MAX_HISTORY = 50


def observations_of(target: Target, scene: Any) -> list[Observation]:
    """What can be held against the target in the scene's area by its day, oldest first."""
    if not target.indicator_code:
        return []
    found = read_observations([target.indicator_code], scene.area).get(target.indicator_code, [])
    flow = flows([target.indicator_code]).get(target.indicator_code)
    as_flow = target.kind == "level" and flow is not False
    usable = obs.known(found, scene.day)
    if as_flow:
        return [o for o in usable if o.period.kind == PeriodKind.YEAR]
    return obs.without_months(usable) if target.kind in ("growth", "annual_growth") else usable


def path_chart(one: TargetStatus, target: Target, observed: list[Observation]) -> TargetPath:
    """Years from the base (or two before the plan) to the target year: required, observed, forecast with its
    band.
    """
    first = min(target.base_year or target.plan.base_year, target.plan.start_year - 1)
    years = list(range(first, target.year + 1))
    path = one.verdict.path
    ends = obs.year_ends(observed)
    current = one.verdict.current
    if current is not None and not current.simulated:
        ends = {year: o for year, o in ends.items() if not o.simulated}
    steps = {round(step.time) - 1: step for step in one.forecast.path if abs(step.time - round(step.time)) < 0.01}
    if one.expected is not None and one.expected.period.year in years:
        # one year, one number: what its months say, not what the longer forecast passes through
        made, year = one.expected.forecast, one.expected.period.year
        if made.mean is not None and made.low is not None and made.high is not None:
            steps[year] = Step(one.expected.time, made.mean, made.low, made.high)
            ends.pop(year, None)
    last = max((year for year in years if year in ends), default=None)
    means: list[float | None] = [steps[y].mean if y in steps else None for y in years]
    lows: list[float | None] = [steps[y].low if y in steps else None for y in years]
    highs: list[float | None] = [steps[y].high if y in steps else None for y in years]
    if last is not None and last in years and any(mean is not None for mean in means):
        # the band opens from the last observed point
        at = years.index(last)
        means[at] = lows[at] = highs[at] = ends[last].value
    required: list[float | None] = [None] * len(years)
    if path is not None and one.target is not None:
        began = target.plan.start_year if path.shape == "yearly" else first
        required = [path.at(y + 1.0) if y >= began else None for y in years]
    return TargetPath(
        x=[str(year) for year in years],
        required=required,
        observed=[ends[y].value if y in ends else None for y in years],
        forecast=means,
        low=lows,
        high=highs,
        target=one.target,
        target_label=_("%(year)s年目标") % {"year": one.year},
        direction=">=" if one.comparator in (">=", ">", "=") else "<=",
        unit=one.unit,
        decimals=one.decimals,
        simulated=one.simulated,
        source=_chart_source(one, target),
    )


def _chart_source(one: TargetStatus, target: Target) -> str:
    """What the lines rest on: the indicator, the source of the base, the method of the forecast."""
    parts = [_("实际为指标“%(name)s”") % {"name": target.name}]
    if target.base_source:
        parts.append(_("基数据%(source)s") % {"source": target.base_source})
    if one.expected is not None:
        parts.append(
            _("%(year)s年为预计数，按%(basis)s") % {"year": one.expected.period.year, "basis": one.expected.basis.label}
        )
    parts.append(_("预测：%(method)s") % {"method": said(one.forecast.reason)})
    return clauses(parts)


@dataclass(frozen=True, slots=True)
class Part:
    """A child area's value of the target's indicator; ``share`` in % where values add up."""

    area: Area
    value: float
    simulated: bool
    share: float | None
    url: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Contributions of the areas right below, largest first; ``rest`` is the whole less their sum (None where
    values do not add up).
    """

    rows: tuple[Part, ...] = ()
    period: str = ""
    rest: float | None = None


def contributions(one: TargetStatus, scene: Any) -> Parts:
    """Values of the areas below for the period of the target's current value (or the latest period that any
    of them has).
    """
    from .scene import explain_url

    if not one.indicator_code:
        return Parts()
    rows = IndicatorValue.objects.filter(
        indicator__code=one.indicator_code, area__parent=scene.area, value__isnull=False
    )
    current = one.verdict.current
    key = current.period.key if current is not None else None
    if key is None or not rows.filter(period_key=key).exists():
        ended = [k for k in set(rows.values_list("period_key", flat=True)) if from_key(k).end <= scene.day]
        if not ended:
            return Parts()
        key = max(ended, key=lambda k: (from_key(k).end, -from_key(k).kind))
    period = from_key(key)
    found = list(rows.filter(period_key=key).select_related("area"))
    additive = one.kind in ("level", "count", "cumulative", "yearly") and one.unit not in RATE_UNITS
    whole = current.value if current is not None and current.period.key == key else None
    total = whole if whole is not None else sum(row.value or 0.0 for row in found)
    parts = [
        Part(
            row.area,
            row.value or 0.0,
            row.simulated,
            (row.value or 0.0) / total * 100 if additive and total else None,
            explain_url(one.indicator_code, row.area.code, period.code),
        )
        for row in found
    ]
    parts.sort(key=lambda part: -part.value)
    rest = whole - sum(part.value for part in parts) if additive and whole is not None else None
    return Parts(tuple(parts), period.label, rest)


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of a record: when, by whom, which fields from what to what."""

    at: dt.datetime
    user: Any
    fields: tuple[tuple[str, Any, Any], ...]
    created: bool = False


def changes_of(record: Model) -> list[Change]:
    """The record's edits, newest first."""
    history: Any = record.history  # type: ignore[attr-defined]
    versions = list(history.select_related("history_user").order_by("-history_date", "-history_id")[: MAX_HISTORY + 1])
    names = {f.name: str(f.verbose_name) for f in record._meta.concrete_fields}
    result = []
    for version, before in zip(versions, [*versions[1:], None], strict=True):
        if before is None:
            if version.history_type == "+":
                result.append(Change(version.history_date, version.history_user, (), created=True))
            continue
        delta = version.diff_against(before)
        fields = tuple((names.get(c.field, c.field), c.old, c.new) for c in delta.changes)
        if fields:
            result.append(Change(version.history_date, version.history_user, fields))
    return result
