"""The state of one target by stated rules. Pure: a specification, observations and a forecast in; a verdict with its reason out.

States: ``done`` 已完成, ``on_track`` 正常, ``at_risk`` 预警, ``off_track`` 滞后, ``no_data`` 无数据.

* **path** (level, share, count, change, cumulative, range, milestones): done when the latest value reaches the target; otherwise the value is
  held against the path's value at the end of its own period. On or above the path: on track, at risk when the forecast gives less than
  ``chance_poor``. Behind by up to ``at_risk_gap`` of the whole way: at risk. Further behind: off track, at risk when the forecast still
  gives ``chance_good``.
* **yearly** (每年, and growth held each year): each year of the plan must hold. The last closed year failed: off track; an earlier one: at risk. A
  running year is held against the part of the year gone by (amounts) or the value itself (rates).
* **mean growth** (年均): mean growth since the base against the target; what the remaining years need is the needed rate.
* **assigned**: no value yet: no data, with what is to be entered.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.periods import PeriodKind
from qiangqu.decisions.forecast import Forecast, Step
from qiangqu.decisions.paths import Path, make_path, remaining_mean_growth, run_rate, year_fraction

from . import observations as obs
from .observations import Observation, Series

State = Literal["done", "on_track", "at_risk", "off_track", "no_data"]
STATES: tuple[State, ...] = ("done", "on_track", "at_risk", "off_track", "no_data")
Logic = Literal["path", "yearly", "mean_growth", "assigned"]
RATE_UNITS = frozenset({"%", "％", "百分点", "个百分点", "‰"})
STALE_YEARS = 1.5


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the plan's status rules (fields of the Plan)."""

    at_risk_gap: float = 0.1
    chance_good: float = 0.5
    chance_poor: float = 0.3


@dataclass(frozen=True, slots=True)
class Spec:
    """A target as the rules see it. ``flow``: the indicator's value of a year is the sum of its months (output), not a standing quantity."""

    kind: str
    comparator: str
    value: float | None
    value_max: float | None
    unit: str
    year: int
    base_year: int | None
    base: float | None
    shape: str
    start_year: int
    milestones: Mapping[int, float] = field(default_factory=dict)
    flow: bool = False
    decimals: int = 1
    base_reason: str = ""

    @property
    def upward(self) -> bool:
        return self.comparator in (">=", ">", "=")

    @property
    def logic(self) -> Logic:
        if self.value is None:
            return "assigned"
        if self.kind == "annual_growth":
            return "mean_growth"
        if self.kind == "yearly" or self.shape == "yearly":
            return "yearly"
        return "path"

    def reached_by(self, value: float) -> bool:
        """Whether ``value`` reaches the target (the lower end of a range)."""
        assert self.value is not None
        match self.comparator:
            case ">=":
                return value >= self.value
            case ">":
                return value > self.value
            case "<=":
                return value <= self.value
            case "<":
                return value < self.value
            case _:
                return abs(value - self.value) <= 1e-9 * max(1.0, abs(self.value))


@dataclass(frozen=True, slots=True)
class Verdict:
    """State, why, and the numbers behind it. Rates are per year: in % when ``rate_in_percent``, else in the target's unit."""

    state: State
    reason: str
    base: float | None = None
    base_year: int | None = None
    current: Observation | None = None
    required_now: float | None = None
    required_then: float | None = None
    rate_seen: float | None = None
    rate_needed: float | None = None
    rate_in_percent: bool = False
    chance: float | None = None
    path: Path | None = None
    years: tuple[tuple[int, float | None, bool | None], ...] = ()


def number(value: float | None, decimals: int = 1) -> str:
    """A number in a sentence: thousands separators, no trailing zeros."""
    if value is None:
        return "—"
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def base_of(spec: Spec, observations: Sequence[Observation]) -> tuple[int, float] | None:
    """The base: as stated, else the value observed for the base year. Growth and yearly targets have none."""
    if spec.base_year is None:
        return None
    if spec.base is not None:
        return spec.base_year, spec.base
    if spec.logic != "path" or spec.kind == "change":
        return (spec.base_year, 0.0) if spec.kind == "change" else None
    ends = obs.yearly(observations) if spec.flow else obs.year_ends(observations)
    found = ends.get(spec.base_year)
    return None if found is None or found.value is None else (spec.base_year, found.value)


def since(spec: Spec) -> float:
    """The end of the base year: what lies after it is the plan's own time."""
    return float(spec.base_year + 1 if spec.base_year is not None else spec.start_year)


def unmixed(spec: Spec, observations: Sequence[Observation]) -> list[Observation]:
    """Real observations alone when the plan's time has any: a real value is never held against a simulated base or trend."""
    began = since(spec) + 1e-6
    real = [o for o in observations if not o.simulated]
    return real if any(o.time > began for o in real) else list(observations)


def relevant(spec: Spec, observations: Sequence[Observation]) -> list[Observation]:
    """The observations that can be held against the target: whole years of a flow, any period of a standing quantity or a rate."""
    if spec.logic == "path" and spec.flow:
        return [o for o in observations if o.period.kind == PeriodKind.YEAR]
    if spec.logic == "mean_growth" or spec.kind == "growth":
        return obs.without_months(observations)
    return list(observations)


def series_of(spec: Spec, observations: Sequence[Observation]) -> Series:
    """The series to forecast: long months where there are enough, else years. Empty for a target without a value."""
    if spec.logic == "assigned":
        return Series()
    observations = unmixed(spec, observations)
    if spec.logic == "path":
        months = obs.series_of_months(observations, summed=spec.flow)
        real_years = [o for o in obs.yearly(observations).values() if not o.simulated]
        if months is not None and not (months.simulated and len(real_years) >= 3):
            return months
        ends = obs.yearly(observations) if spec.flow else obs.year_ends(observations)
        return obs.series_of_years(ends, base_of(spec, observations))
    if spec.logic == "mean_growth":
        ends = obs.year_ends(obs.without_months(observations))
        return _as_index(spec, obs.series_of_years({year: o for year, o in ends.items() if o.time > since(spec)}))
    return obs.series_of_years(obs.yearly(observations))


def _as_index(spec: Spec, growth: Series) -> Series:
    """Mean growth since the base (% a year) as the quantity itself, 1 at the base: what is forecast is how it goes on, not how its mean drifts."""
    began = since(spec)
    index = tuple((1 + value / 100) ** (time - began) for time, value in zip(growth.times, growth.values, strict=True))
    if not index or min(growth.values) <= -100:
        return Series()
    return Series((began, *growth.times), (1.0, *index), growth.simulated)


def in_unit(spec: Spec, forecast: Forecast) -> Forecast:
    """A forecast in the target's unit: of a mean growth, back from the index of :func:`series_of`. Its ``sd`` stays that of the index."""
    if spec.logic != "mean_growth" or forecast.mean is None:
        return forecast
    began = since(spec)

    def growth(index: float, time: float) -> float:
        return (max(index, 0.0) ** (1 / (time - began)) - 1) * 100

    horizon = spec.year + 1.0
    low, high = forecast.low, forecast.high
    return replace(
        forecast,
        mean=growth(forecast.mean, horizon),
        low=None if low is None else growth(low, horizon),
        high=None if high is None else growth(high, horizon),
        path=tuple(
            Step(step.time, *(growth(index, step.time) for index in (step.mean, step.low, step.high)))
            for step in forecast.path
            if step.time > began
        ),
    )


def chance_of(spec: Spec, forecast: Forecast | None) -> float | None:
    """The chance (0–1) that the target is reached; None without a forecast or a target value."""
    if forecast is None or spec.value is None:
        return None
    if spec.logic == "mean_growth":
        return forecast.chance((1 + spec.value / 100) ** (spec.year + 1.0 - since(spec)), spec.comparator)
    return forecast.chance(spec.value, spec.comparator)


def bounds_of(spec: Spec) -> tuple[float | None, float | None, bool]:
    """Lower and upper bound of the series of :func:`series_of`, and whether it grows in proportion."""
    if spec.logic == "mean_growth":
        return 0.0, None, True
    if spec.kind == "share":
        return 0.0, (100.0 if spec.unit in RATE_UNITS else None), False
    if spec.kind in ("growth", "annual_growth", "change"):
        return -100.0 if spec.unit in RATE_UNITS else None, None, False
    return 0.0, None, spec.kind == "level" and spec.unit not in RATE_UNITS


def judge(
    spec: Spec, observations: Sequence[Observation], as_of: dt.date, forecast: Forecast | None, rules: Rules
) -> Verdict:
    """The verdict on a target as of a day. ``observations`` may hold anything: only periods that ended by then are looked at.

    Raises InputError when the target contradicts itself (a milestone outside its years, a target year before its base).
    """
    usable = relevant(spec, unmixed(spec, obs.known(observations, as_of)))
    if spec.logic == "assigned":
        return _assigned(spec, usable)
    chance = chance_of(spec, forecast)
    match spec.logic:
        case "path":
            return _path(spec, usable, as_of, chance, rules)
        case "yearly":
            return _yearly(spec, usable, as_of, chance, rules)
        case _:
            return _mean_growth(spec, usable, chance, rules)


def _why_none(spec: Spec) -> str:
    year = spec.base_year if spec.base_year is not None else spec.start_year
    text = _("%(year)s年以来没有可用的数据，请导入或填报") % {"year": year}
    return f"{text}；{spec.base_reason}" if spec.base_reason and spec.base is None else text


def _assigned(spec: Spec, usable: Sequence[Observation]) -> Verdict:
    return Verdict(
        "no_data", _("目标值尚未下达或录入，录入时须附文号"), current=obs.latest(usable), base_year=spec.base_year
    )


def _value_text(spec: Spec, value: float | None) -> str:
    return f"{number(value, spec.decimals)}{spec.unit}"


def _path_text(spec: Spec, value: float | None) -> str:
    """A value on the path lies between whole pieces: rounded to pieces, a gap of half of one would read as none."""
    return f"{number(value, max(spec.decimals, 1))}{spec.unit}"


def _chance_text(chance: float | None) -> str:
    if chance is None:
        return ""
    percent = min(max(round(chance * 100), 1), 99)
    return _("；预测达到目标的概率约%(percent)s%%") % {"percent": percent}


def _stale_text(current: Observation, as_of: dt.date) -> str:
    if year_fraction(as_of) - current.time <= STALE_YEARS:
        return ""
    return _("；数据停在%(period)s，请更新") % {"period": current.period.label}


def _path(spec: Spec, usable: Sequence[Observation], as_of: dt.date, chance: float | None, rules: Rules) -> Verdict:
    assert spec.value is not None
    base = base_of(spec, usable)
    began = since(spec)
    in_plan = [o for o in usable if o.time > began + 1e-6]
    current = obs.latest(in_plan)
    start_year, start = base if base is not None else (None, None)
    path = make_path(spec.shape, start, start_year, spec.value, spec.year, spec.milestones)
    now = path.at(year_fraction(as_of))
    frame = Verdict("no_data", "", base=start, base_year=start_year or spec.base_year, path=path, required_now=now)
    if current is None or current.value is None:
        at_base = obs.latest([o for o in usable if abs(o.time - began) <= 1e-6])
        shown = at_base or obs.latest(usable)
        if shown is not None and shown.value is not None:
            words = _("只有%(period)s的数据（%(value)s），没有计划期内的数据，请导入或填报") % {
                "period": shown.period.label,
                "value": _value_text(spec, shown.value),
            }
            return replace(frame, reason=words, current=shown)
        return replace(frame, state="no_data", reason=_why_none(spec))
    value = current.value
    then = path.at(current.time)
    frame = _with_rates(spec, replace(frame, current=current, required_then=then, chance=chance), path, current)
    head = _("%(period)s为%(value)s") % {"period": current.period.label, "value": _value_text(spec, value)}
    tail = _stale_text(current, as_of)
    if spec.reached_by(value):
        return replace(frame, state="done", reason=head + _done_words(spec, value) + tail)
    if current.time >= spec.year + 1 - 1e-6:
        words = _("，到期未达到目标%(target)s") % {"target": _value_text(spec, spec.value)}
        return replace(frame, state="off_track", reason=head + words + tail)
    tail = _chance_text(chance) + tail
    if then is None:
        state, words = _without_path(chance, rules)
        return replace(frame, state=state, reason=head + words + tail)
    short = then - value if spec.upward else value - then
    whole = abs(path.goal[1] - (path.start or path.goal)[1]) or abs(path.goal[1]) or 1.0
    behind = short / whole
    words = _("，按路径应为%(required)s") % {"required": _path_text(spec, then)}
    if behind <= 1e-9:
        if chance is not None and chance < rules.chance_poor:
            return replace(frame, state="at_risk", reason=head + words + _("，目前不落后但后劲不足") + tail)
        return replace(frame, state="on_track", reason=head + words + tail)
    words += _("，差%(short)s（全程的%(percent)s%%）") % {
        "short": _path_text(spec, short),
        "percent": number(behind * 100, 1),
    }
    hopeful = chance is not None and chance >= rules.chance_good
    state = "at_risk" if behind <= rules.at_risk_gap or hopeful else "off_track"
    return replace(frame, state=state, reason=head + words + tail)


def _done_words(spec: Spec, value: float) -> str:
    if spec.value_max is not None:
        words = _("，已达到%(low)s，满额%(high)s") if value < spec.value_max else _("，已达到满额%(high)s")
        return words % {"low": _value_text(spec, spec.value), "high": _value_text(spec, spec.value_max)}
    return _("，已达到目标%(target)s") % {"target": _value_text(spec, spec.value)}


def _without_path(chance: float | None, rules: Rules) -> tuple[State, str]:
    """Without a base there is no path: only a forecast can say how it goes."""
    if chance is None:
        return "no_data", _("，缺少基数，数据也不足以预测，不能判断进度")
    words = _("，缺少基数，按预测判断")
    if chance >= rules.chance_good:
        return "on_track", words
    return ("at_risk" if chance >= rules.chance_poor else "off_track"), words


def _with_rates(spec: Spec, frame: Verdict, path: Path, current: Observation) -> Verdict:
    assert current.value is not None
    here = (current.time, current.value)
    compound = path.shape == "compound" and current.value > 0 and (path.start is None or path.start[1] > 0)
    seen = run_rate(path.start, here, compound=compound) if path.start is not None else None
    needed = run_rate(here, path.goal, compound=compound)
    if compound:
        seen = None if seen is None else seen * 100
        needed = None if needed is None else needed * 100
    return replace(frame, rate_seen=seen, rate_needed=needed, rate_in_percent=compound)


def _yearly(spec: Spec, usable: Sequence[Observation], as_of: dt.date, chance: float | None, rules: Rules) -> Verdict:
    assert spec.value is not None
    by_year = obs.yearly(usable)
    plan_years = range(spec.start_year, spec.year + 1)
    closed = [y for y in plan_years if dt.date(y, 12, 31) <= as_of]
    years = tuple((y, by_year[y].value if y in by_year else None, _holds(spec, by_year.get(y))) for y in plan_years)
    running = _running(spec, usable, by_year, closed)
    rate = spec.unit in RATE_UNITS
    path = make_path("yearly", None, spec.base_year, spec.value, spec.year)
    in_year = year_fraction(as_of) - as_of.year
    now = spec.value if rate or as_of.year > spec.year else spec.value * in_year
    current = running or next((by_year[y] for y in reversed(closed) if y in by_year), None)
    frame = Verdict("no_data", "", current=current, path=path, required_now=now, years=years, base_year=spec.base_year)
    if current is None or current.value is None:
        return replace(frame, state="no_data", reason=_why_none(spec))
    share = 1.0 if rate or current.period.kind == PeriodKind.YEAR else current.period.last_month / 12
    then = spec.value * share
    frame = replace(frame, required_then=then, chance=chance, rate_seen=current.value / share, rate_needed=spec.value)
    head = _("%(period)s为%(value)s，要求%(required)s") % {
        "period": current.period.label,
        "value": _value_text(spec, current.value),
        "required": f"{'≥' if spec.upward else '≤'}{_value_text(spec, then)}",
    }
    tail = _stale_text(current, as_of)
    failed = [y for y in closed if y in by_year and not _holds(spec, by_year[y])]
    missing = [y for y in closed if y not in by_year]
    if missing:
        tail = _("；%(years)s年缺数据") % {"years": "、".join(map(str, missing))} + tail
    if failed:
        tail = _("；%(years)s年未达到") % {"years": "、".join(map(str, failed))} + tail
    held = [y for y in plan_years if y in by_year and _holds(spec, by_year[y])]
    if len(held) == len(plan_years):
        return replace(frame, state="done", reason=_("各年均已达到；") + head + tail)
    short = then - current.value if spec.upward else current.value - then
    behind = short / (abs(then) or 1.0)
    holds = behind <= 1e-9 and (spec.comparator not in (">", "<") or short < 0 or current is running)
    if current is running:
        last_failed = bool(failed and failed[-1] == current.period.year - 1)
        if holds:
            state: State = "at_risk" if failed else "on_track"
        else:
            state = "off_track" if behind > rules.at_risk_gap or last_failed else "at_risk"
    elif not holds:
        state = "off_track"
    else:
        state = "at_risk" if failed else "on_track"
    return replace(frame, state=state, reason=head + tail)


def _holds(spec: Spec, observation: Observation | None) -> bool | None:
    return None if observation is None or observation.value is None else spec.reached_by(observation.value)


def _running(
    spec: Spec, usable: Sequence[Observation], by_year: Mapping[int, Observation], closed: Sequence[int]
) -> Observation | None:
    """The value so far of the year after the last one with a whole value: since January, or for rates any part of the year."""
    kinds = (PeriodKind.CUMULATIVE, PeriodKind.HALF, PeriodKind.QUARTER)
    after = max((y for y in by_year if y >= spec.start_year), default=spec.start_year - 1)
    candidates = [
        o
        for o in usable
        if after < o.period.year <= spec.year
        and o.period.kind in kinds
        and (o.period.first_month == 1 or spec.unit in RATE_UNITS)
    ]
    return obs.latest(candidates)


def _mean_growth(spec: Spec, usable: Sequence[Observation], chance: float | None, rules: Rules) -> Verdict:
    assert spec.value is not None
    base_year = spec.base_year if spec.base_year is not None else spec.start_year - 1
    in_plan = [o for o in usable if o.period.year > base_year]
    current = obs.latest(in_plan)
    path = make_path("yearly", None, base_year, spec.value, spec.year)
    frame = Verdict("no_data", "", path=path, required_now=spec.value, base_year=base_year)
    if current is None or current.value is None:
        return replace(frame, state="no_data", reason=_why_none(spec))
    done_years = current.period.year - base_year
    needed = remaining_mean_growth(current.value, done_years, spec.value, spec.year - base_year)
    frame = replace(
        frame,
        current=current,
        required_then=spec.value,
        chance=chance,
        rate_seen=current.value,
        rate_needed=needed,
        rate_in_percent=True,
    )
    head = _("%(base)s—%(year)s年年均%(value)s，要求%(target)s") % {
        "base": base_year,
        "year": current.period.year,
        "value": _value_text(spec, current.value),
        "target": f"{'≥' if spec.upward else '≤'}{_value_text(spec, spec.value)}",
    }
    whole_year = current.period.kind == PeriodKind.YEAR
    if current.period.year >= spec.year and whole_year:
        state: State = "done" if spec.reached_by(current.value) else "off_track"
        return replace(frame, state=state, reason=head)
    if needed is not None:
        head += _("，其后各年需年均%(needed)s%%") % {"needed": number(needed, 1)}
    tail = _chance_text(chance)
    if spec.reached_by(current.value):
        weak = chance is not None and chance < rules.chance_poor
        return replace(frame, state="at_risk" if weak else "on_track", reason=head + tail)
    short = spec.value - current.value if spec.upward else current.value - spec.value
    close = short / (abs(spec.value) or 1.0) <= rules.at_risk_gap or (
        chance is not None and chance >= rules.chance_good
    )
    return replace(frame, state="at_risk" if close else "off_track", reason=head + tail)


def check_spec(spec: Spec) -> None:
    """Raise InputError when the target's own numbers contradict each other."""
    if spec.value is not None and spec.logic == "path":
        make_path(spec.shape, spec.base, spec.base_year, spec.value, spec.year, spec.milestones)
    if spec.base_year is not None and spec.year <= spec.base_year:
        raise InputError(_("目标年应晚于基年"), where="year")
