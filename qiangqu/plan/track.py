"""Where every target stands: the values of its indicator, its required path, its forecast, its status (rules
in :mod:`.judge`).
"""

import datetime as dt
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from django.db.models import Count, Max, Prefetch
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import from_key
from qiangqu.base.terms import bracketed
from qiangqu.decisions.distribution import Forecast, nothing
from qiangqu.formulas.binding import Binder
from qiangqu.formulas.catalog import from_database
from qiangqu.formulas.models import EvaluationState, Indicator, IndicatorValue
from qiangqu.registry.models import Area

from . import judge
from .forecasting import forecasts
from .models import Allocation, Milestone, Plan, Responsibility, Target
from .observations import Expected, Observation, Series, known
from .rising import why_falling
from .rule import SHOWN, STATES, Rules, Shown
from .spec import Spec, Verdict, telling

KEPT_STATUSES = 64


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """One target in one area as of a day. Numbers that are not known are None; ``reason`` says why the state
    is what it is.
    """

    target_id: int
    code: str
    name: str
    measure: int
    indicator_code: str
    comparator: str
    target: float | None
    target_max: float | None
    unit: str
    year: int
    kind: str
    effort: str
    decimals: int
    units: tuple[str, ...]
    verdict: Verdict
    forecast: Forecast
    series: Series

    @property
    def state(self) -> Shown:
        return self.verdict.shown

    @property
    def value(self) -> float | None:
        return self.verdict.current.value if self.verdict.current else None

    @property
    def value_period(self) -> str | None:
        return self.verdict.current.period.code if self.verdict.current else None

    @property
    def simulated(self) -> bool:
        """Whether the value shown, or a value behind the forecast shown, is simulated."""
        current = self.verdict.current
        return bool(
            (current is not None and current.simulated)
            or (self.forecast.mean is not None and self.series.simulated)
            or (self.expected is not None and self.expected.simulated)
        )

    @property
    def expected(self) -> Expected | None:
        """What the running year is expected to end with by its months."""
        return self.verdict.expected

    @property
    def chance(self) -> float | None:
        return self.verdict.chance

    @property
    def beside(self) -> Observation | None:
        """The newest value of the other sort, which decided nothing: simulated beside real, or real beside
        simulated.
        """
        return self.verdict.beside

    @property
    def shows_simulated(self) -> bool:
        """Whether any simulated value is shown, also one that stands beside."""
        return self.simulated or bool(self.beside is not None and self.beside.simulated)

    @property
    def gap(self) -> float | None:
        """What is still missing to the target, in its unit; 0 when it is reached."""
        if self.value is None or self.target is None:
            return None
        if self.comparator == "=":
            return abs(self.target - self.value)
        return max(0.0, self.target - self.value if self.comparator in (">=", ">") else self.value - self.target)

    def as_contract(self) -> dict[str, Any]:
        """The fixed shape of ``plan status --format json``."""
        verdict = self.verdict
        return {
            "code": self.code,
            "indicator": self.name,
            "measure": self.measure,
            "target": self.target,
            "target_max": self.target_max,
            "unit": self.unit or None,
            "year": self.year,
            "kind": self.kind,
            "base": verdict.base,
            "required_now": _rounded(verdict.required_now),
            "value": _rounded(self.value),
            "value_period": self.value_period,
            "simulated": self.simulated,
            "forecast": _rounded(self.forecast.mean),
            "low": _rounded(self.forecast.low),
            "high": _rounded(self.forecast.high),
            "chance": verdict.chance,
            "status": verdict.state,
            "reason": verdict.reason,
            "units": list(self.units),
        }


def _rounded(value: float | None) -> float | None:
    """Twelve significant digits: what is left of a sum in binary is not shown as a figure."""
    return None if value is None else float(f"{value:.12g}")


# ---------------------------------------------------------------- which plan


def current_plan(area: Area | None = None, as_of: dt.date | None = None) -> Plan:
    """The plan that runs in ``area`` (its own or that of an area above it) on a day: the one that began last.

    Raises NotFoundError when there is none.
    """
    plans = Plan.objects.select_related("area")
    if area is not None:
        plans = plans.filter(area__code__in=area.path.strip("/").split("/"))
    year = (as_of or timezone.localdate()).year
    ranked = sorted(plans, key=lambda p: (p.start_year <= year, p.start_year, len(p.area.path)), reverse=True)
    if not ranked:
        raise NotFoundError(_("还没有计划；请先载入数据包（qiangqu pack load）或编译并采纳一份计划文件"))
    return ranked[0]


# ---------------------------------------------------------------- reading


_flows: dict[tuple[str, ...], dict[str, bool | None]] = {}


def flows(codes: Iterable[str]) -> dict[str, bool | None]:
    """Whether each indicator is a flow (sums over time), a standing quantity (False) or unknown (None), from
    its formula's elements.

    Binding all formulas takes tenths of a second: kept while no formula changes.
    """
    formulas = tuple(f"{code}={formula}" for code, formula in Indicator.objects.values_list("code", "formula"))
    known_flows = _flows.get(formulas)
    if known_flows is None:
        _flows.clear()
        known_flows = _flows[formulas] = {}
    missing = [code for code in codes if code not in known_flows]
    if missing:
        binder = Binder(from_database())
        for code in missing:
            try:
                known_flows[code] = binder.graph[binder.indicator(code).index].flow
            except (InputError, KeyError):
                known_flows[code] = None
    return known_flows


def rules_of(plan: Plan) -> Rules:
    """The thresholds of the plan's status rule."""
    return Rules(plan.at_risk_gap, plan.chance_good, plan.chance_poor)


_falls: dict[tuple[str, ...], dict[str, str]] = {}


def _falling(codes: Iterable[str]) -> dict[str, str]:
    """Why the formulas of indicators that cumulative targets are bound to can fall, by code; kept while no
    formula changes.
    """
    wanted = sorted({code for code in codes if code})
    formulas = dict(Indicator.objects.values_list("code", "formula"))
    mark = (*wanted, *(f"{code}={formula}" for code, formula in sorted(formulas.items())))
    if mark not in _falls:
        _falls.clear()
        _falls[mark] = {}
        catalog = from_database()
        for code in wanted:
            why = why_falling(catalog, code) if code in formulas else ""
            if why:
                _falls[mark][code] = why
    return _falls[mark]


def read_observations(codes: Iterable[str], area: Area) -> dict[str, list[Observation]]:
    """All stored values of the indicators in one area, by indicator code."""
    rows = (
        IndicatorValue.objects.filter(indicator__code__in=set(codes), area=area)
        .order_by("period_key")
        .values_list("indicator__code", "period_key", "value", "simulated", "reason")
    )
    by_code: dict[str, list[Observation]] = defaultdict(list)
    for code, key, value, simulated, reason in rows.iterator(chunk_size=5000):
        by_code[code].append(Observation(from_key(key), value, simulated, reason))
    return by_code


def targets_of(plan: Plan) -> list[Target]:
    """The plan's targets with measure, units and milestones read."""
    units = Prefetch("responsibilities", Responsibility.objects.select_related("organisation"))
    return list(
        plan.targets.select_related("measure", "plan").prefetch_related(
            units, Prefetch("milestones", Milestone.objects.all())
        )
    )


def spec_of(
    target: Target,
    flow: bool | None,
    decimals: int,
    allocated: Allocation | None = None,
    milestones: Mapping[int, float] | None = None,
) -> Spec:
    """A target as the rules see it; with ``allocated``, the part of it that an area is to bring (without the
    whole's base).
    """
    share = allocated is not None
    if milestones is None:
        milestones = {} if share else {m.year: m.value for m in target.milestones.all()}
    return Spec(
        kind=target.kind,
        comparator=target.comparator,
        value=allocated.value if allocated is not None else target.value,
        value_max=None if share else target.value_max,
        unit=target.unit,
        year=target.year,
        base_year=target.base_year,
        base=None if share and target.kind != "cumulative" else target.base,
        shape=target.path,
        start_year=target.plan.start_year,
        milestones=milestones,
        # a level of unknown kind is taken for a flow: its parts of a year are then never held against a whole
        # year
        flow=flow if flow is not None else target.kind == "level",
        decimals=decimals,
        base_reason="" if share else target.base_reason,
    )


# ---------------------------------------------------------------- status


def status(as_of: dt.date | None = None, area: Area | None = None, plan: Plan | None = None) -> list[TargetStatus]:
    """The status of every target of the plan in ``area`` (default: the plan's own area) as of a day (default:
    today).

    In an area below the plan's own, a target is the part allocated to that area; without an allocation its
    value is shown and the status is no_data. Only periods that ended by ``as_of`` count. Raises NotFoundError
    when there is no plan.
    """
    day = as_of or timezone.localdate()
    plan = plan or current_plan(area, day)
    area = area or plan.area
    key = (plan.pk, area.pk, day, get_language(), *mark())
    with _lock:
        statuses = _kept.get(key)
        if statuses is not None:
            _kept.move_to_end(key)
    if statuses is None:
        statuses = _compute(plan, area, day)
        with _lock:
            _kept[key] = statuses
            while len(_kept) > KEPT_STATUSES:
                _kept.popitem(last=False)
    return list(statuses)


# of this process and not pickled: reading it costs the five small queries of the key
_kept: OrderedDict[tuple[Any, ...], list[TargetStatus]] = OrderedDict()
_lock = Lock()


def mark() -> tuple[Any, ...]:
    """Changes with whatever the statuses of plans depend on: values, targets, allocations, units, rules."""
    refreshed = EvaluationState.objects.values_list("refreshed_at", flat=True).first()
    values = IndicatorValue.objects.aggregate(last=Max("id"))["last"]
    edits = [
        model.history.aggregate(last=Max("history_date"), many=Count("history_id"))  # type: ignore[attr-defined]
        for model in (Plan, Target, Allocation)
    ]
    marks = [(edit["last"], edit["many"]) for edit in edits]
    marks += [model.objects.aggregate(last=Max("id"))["last"] for model in (Milestone, Responsibility)]
    return refreshed, values, *marks


def _compute(plan: Plan, area: Area, day: dt.date) -> list[TargetStatus]:
    targets = targets_of(plan)
    codes = {target.indicator_code for target in targets if target.indicator_code}
    decimals = dict(Indicator.objects.filter(code__in=codes).values_list("code", "decimals"))
    flow_of = flows(codes & decimals.keys())
    values = read_observations(codes, area)
    whole = area.pk == plan.area_id
    parts: dict[tuple[int, int], Allocation] = {}
    if not whole:
        rows = Allocation.objects.filter(area=area, target__plan=plan)
        parts = {(row.target_id, row.year): row for row in rows}
    limits = rules_of(plan)
    falling = _falling(target.indicator_code for target in targets if target.kind == "cumulative")
    specs, seen, series, expected, requests = {}, {}, {}, {}, {}
    for target in targets:
        part = parts.get((target.pk, target.year))
        spec = spec_of(target, flow_of.get(target.indicator_code), decimals.get(target.indicator_code, 1), part)
        if not whole and part is None:
            spec = _unallocated(spec)
        specs[target.pk] = spec
        seen[target.pk] = known(values.get(target.indicator_code, []), day)
        series[target.pk] = judge.series_of(spec, seen[target.pk])
        expected[target.pk] = judge.expected_by(spec, seen[target.pk], day)
        if series[target.pk].values:
            requests[target.pk] = judge.request_of(spec, series[target.pk], seen[target.pk], expected[target.pk])
    made = forecasts(requests, area)
    result = []
    for target in targets:
        spec = specs[target.pk]
        ends = expected[target.pk]
        forecast = judge.at_horizon(spec, made.get(target.pk) or nothing(_("没有可用的数据")), ends)
        verdict = judge.judge(spec, seen[target.pk], day, forecast, limits, ends)
        verdict = _explain_no_value(verdict, target, decimals, values)
        if not whole and (target.pk, target.year) not in parts:
            verdict = _not_allocated(verdict, area)
        if target.kind == "cumulative" and target.indicator_code in falling:
            verdict = replace(verdict, findings=(*verdict.findings, falling[target.indicator_code]))
        if verdict.stale and verdict.current is not None:
            # where it goes from a value of long ago nobody can say
            forecast = nothing(_("数据停在%(period)s") % {"period": verdict.current.period.label})
        result.append(_row(target, spec, verdict, judge.in_unit(spec, forecast), series[target.pk]))
    return result


def _unallocated(spec: Spec) -> Spec:
    return replace(spec, value=None, value_max=None, base=None)


def _not_allocated(verdict: Verdict, area: Area) -> Verdict:
    return replace(verdict, state="no_data", reason=_("目标没有分解到%(area)s") % {"area": area.short_name})


def _explain_no_value(
    verdict: Verdict, target: Target, decimals: Mapping[str, int], values: Mapping[str, Sequence[Observation]]
) -> Verdict:
    """When nothing could be judged for want of a value, the reason that the indicator itself gives is the
    better one.
    """
    if verdict.state != "no_data" or verdict.current is not None or target.value is None:
        return verdict
    if not target.indicator_code:
        return replace(verdict, reason=_("目标还没有绑定指标"))
    if target.indicator_code not in decimals:
        return replace(verdict, reason=_("指标 %(code)s 不存在") % {"code": target.indicator_code})
    why = next((o.reason for o in reversed(values.get(target.indicator_code, ())) if o.value is None and o.reason), "")
    return replace(verdict, reason=bracketed(verdict.reason, why)) if why else verdict


def _row(target: Target, spec: Spec, verdict: Verdict, forecast: Forecast, series: Series) -> TargetStatus:
    shown = [
        verdict.current.value if verdict.current else None,
        verdict.expected.value if verdict.expected and verdict.by_expected else None,
    ]
    return TargetStatus(
        target_id=target.pk,
        code=target.code,
        name=target.name,
        measure=target.measure_no,
        indicator_code=target.indicator_code,
        comparator=target.comparator,
        target=spec.value,
        target_max=spec.value_max,
        unit=target.unit,
        year=target.year,
        kind=target.kind,
        effort=target.effort,
        decimals=max(telling(value, (spec.value, verdict.required_then), spec.decimals) for value in shown),
        units=tuple(r.organisation.name for r in target.responsibilities.all()),
        verdict=verdict,
        forecast=forecast,
        series=series,
    )


def counts(statuses: Iterable[TargetStatus]) -> dict[str, int]:
    """How many targets there are of each word of the fixed JSON; stale ones are among those without data."""
    numbers: dict[str, int] = dict.fromkeys(STATES, 0)
    for one in statuses:
        numbers[one.verdict.state] += 1
    return numbers


def state_counts(statuses: Iterable[TargetStatus]) -> dict[Shown, int]:
    """How many targets are in each state, in the order of :data:`.rule.SHOWN`; the stale ones apart, and only
    if there are any.
    """
    numbers = dict.fromkeys(SHOWN, 0)
    for one in statuses:
        numbers[one.state] += 1
    return {state: count for state, count in numbers.items() if count or state != "stale"}
