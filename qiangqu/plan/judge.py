"""The state of one target by the stated rule of :mod:`.rule`. Pure: a specification, observations and a
forecast in; a verdict with its reason out.

* **path** (level, share, count, change, cumulative, range, milestones): the latest value is held against the
  path's value at the end of its own period. The path of what has to rise never falls: a base beyond the
  target asks for the target, and is a finding for the planner.
* **yearly** (每年, and growth held each year): each year of the plan must hold. A running year is held
  against the part of the year gone by (amounts) or the value itself (rates).
* **mean growth** (年均): mean growth since the base against the target; what the remaining years need is the
  needed rate.
* **expected**: where the whole year is what counts (amounts that add up, each year's targets) and the running
  one has months, it is judged by what it will end with (:mod:`.expected`).
* **assigned**: no value yet: no data, with what is to be entered.

A value that is too old says nothing of today: its state is ``stale``, whatever it was. Real values decide; a
newer simulated one stands beside.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.periods import PeriodKind
from qiangqu.decisions.distribution import Forecast, Request, Step
from qiangqu.decisions.paths import make_path

from . import observations as obs
from . import verdicts
from .expected import expected_of
from .observations import Expected, Observation, Series
from .rule import Rules, percent
from .spec import RATE_UNITS, WHOLES, Spec, Verdict, base_of, since


def unmixed(spec: Spec, observations: Sequence[Observation]) -> list[Observation]:
    """Real observations alone when the plan's time has any: a real value is never held against a simulated
    base or trend.
    """
    began = since(spec) + 1e-6
    real = [o for o in observations if not o.simulated]
    return real if any(o.time > began for o in real) else list(observations)


def relevant(spec: Spec, observations: Sequence[Observation]) -> list[Observation]:
    """The observations that can be held against the target: whole years of a flow, any period of a standing
    quantity or a rate.
    """
    if spec.logic == "path" and spec.flow:
        return [o for o in observations if o.period.kind == PeriodKind.YEAR]
    if spec.logic == "mean_growth" or spec.kind == "growth":
        return obs.without_months(observations)
    return list(observations)


def series_of(spec: Spec, observations: Sequence[Observation]) -> Series:
    """The series to forecast: long months where there are enough, else years. Empty for a target without a
    value.
    """
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
    """Mean growth since the base (% a year) as the quantity itself, 1 at the base: what is forecast is how it
    goes on, not how its mean drifts.
    """
    began = since(spec)
    index = tuple((1 + value / 100) ** (time - began) for time, value in zip(growth.times, growth.values, strict=True))
    if not index or min(growth.values) <= -100:
        return Series()
    return Series((began, *growth.times), (1.0, *index), growth.simulated)


def in_unit(spec: Spec, forecast: Forecast) -> Forecast:
    """A forecast in the target's unit: of a mean growth, back from the index of :func:`series_of`. Its
    distribution stays that of the index.
    """
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
    """The chance that the target is reached as it is shown (whole percent, see :func:`.rule.percent`); None
    without a forecast or a value.
    """
    if forecast is None or spec.value is None:
        return None
    limit, within = spec.value, spec.tolerance
    if spec.logic == "mean_growth":
        years = spec.year + 1.0 - since(spec)
        least, limit, most = ((1 + growth / 100) ** years for growth in _around(limit, within))
        by_index = ("range", least, most) if spec.comparator == "=" else (spec.comparator, limit, None)
        chance = forecast.chance(by_index[1], by_index[0], most=by_index[2])
    else:
        chance = forecast.chance(limit, spec.comparator, within=within)
    return None if chance is None else percent(chance) / 100


def _around(growth: float, within: float) -> tuple[float, float, float]:
    """A growth in % and its neighbours, none below −100."""
    return max(growth - within, -100.0), max(growth, -100.0), max(growth + within, -100.0)


def bounds_of(spec: Spec) -> tuple[float | None, float | None, bool]:
    """Lower and upper bound of the series of :func:`series_of`, and whether it grows in proportion."""
    if spec.logic == "mean_growth":
        return 0.0, None, True
    if spec.kind == "share":
        return 0.0, WHOLES.get(spec.unit), False
    if spec.kind in ("growth", "annual_growth", "change"):
        # a difference of two growths in percentage points has no bound
        return (-WHOLES[spec.unit] if spec.unit in WHOLES else None), None, False
    return 0.0, None, spec.kind == "level" and spec.unit not in RATE_UNITS


def request_of(
    spec: Spec, series: Series, observations: Sequence[Observation], expected: Expected | None = None
) -> Request:
    """What is asked of the forecast: the series with the bounds of its kind. ``observations`` as
    :func:`.observations.known` gives them: a sum since a year ends no lower than it stands now, whatever the
    series ends with. ``expected`` as :func:`expected_by` gives it: the forecast sets out from what the running
    year will end with, so that the two are one course."""
    lower, upper, growing = bounds_of(spec)
    if lower is not None and spec.kind == "level" and min(series.values, default=lower) < lower:
        lower = None  # a net quantity
    if spec.kind == "cumulative":
        present = obs.latest(relevant(spec, unmixed(spec, observations)))
        if present is not None and present.value is not None:
            lower = max(lower or 0.0, present.value)
    horizon, rising = spec.year + 1.0, spec.kind == "cumulative"
    whole = spec.whole and all(float(value).is_integer() for value in series.values)
    return Request(
        series.times, series.values, horizon, lower, upper, growing, whole, rising, series.summed,
        _course(spec, expected),
    )  # fmt: skip


def _course(spec: Spec, expected: Expected | None) -> Step | None:
    """The expected value in the unit of the series that is forecast."""
    if expected is None:
        return None
    made = expected.forecast
    assert made.mean is not None and made.low is not None and made.high is not None
    if spec.logic != "mean_growth":
        return Step(expected.time, made.mean, made.low, made.high)
    years = expected.time - since(spec)
    if years <= 0 or made.low <= -100:
        return None
    return Step(expected.time, *((1 + growth / 100) ** years for growth in (made.mean, made.low, made.high)))


def expected_by(spec: Spec, observations: Sequence[Observation], as_of: dt.date) -> Expected | None:
    """What the running year is expected to end with, of the values that decide. ``observations`` as
    :func:`.observations.known` gives them.
    """
    return expected_of(spec, unmixed(spec, observations), as_of)


def decides(spec: Spec, expected: Expected | None) -> bool:
    """Whether the target is judged by the expected value: its own kind of value is a whole year's, and the
    year is one of the target's.
    """
    whole_years = (spec.logic == "path" and spec.flow) or spec.logic == "yearly"
    return expected is not None and whole_years and spec.start_year <= expected.period.year <= spec.year


def at_horizon(spec: Spec, forecast: Forecast, expected: Expected | None) -> Forecast:
    """The forecast at the target year: in that year itself, what its months say. A mean growth is forecast as an
    index, of which the expected value is none.
    """
    if expected is not None and spec.logic != "mean_growth" and expected.period.year == spec.year:
        return expected.forecast
    return forecast


def judge(
    spec: Spec,
    observations: Sequence[Observation],
    as_of: dt.date,
    forecast: Forecast | None,
    rules: Rules,
    expected: Expected | None = None,
) -> Verdict:
    """The verdict on a target as of a day. ``observations`` may hold anything: only periods that ended by
    then are looked at. ``expected`` as :func:`expected_by` gives it.

    Raises InputError when the target contradicts itself (a milestone outside its years, a target year before
    its base).
    """
    known = obs.known(observations, as_of)
    usable = relevant(spec, unmixed(spec, known))
    if spec.logic == "assigned":
        return verdicts.assigned(spec, usable)
    chance = chance_of(spec, forecast)
    deciding = expected if decides(spec, expected) else None
    match spec.logic:
        case "path":
            found = verdicts.on_path(spec, usable, as_of, chance, rules, deciding)
        case "yearly":
            found = verdicts.each_year(spec, usable, as_of, chance, rules, deciding)
        case _:
            found = verdicts.mean_growth(spec, usable, as_of, chance, rules)
    found = replace(found, expected=expected)
    beside = _beside(found.current, relevant(spec, known))
    if beside is None:
        return found
    return replace(found, beside=beside, reason=found.reason + verdicts.beside_words(spec, found, beside))


def _beside(current: Observation | None, usable: Sequence[Observation]) -> Observation | None:
    """The newest value of the other sort: simulated ones only when they are newer than the real value that
    decides.
    """
    if current is None:
        return None
    other = obs.latest([o for o in usable if o.simulated is not current.simulated])
    if other is None or (other.simulated and other.time <= current.time + 1e-6):
        return None
    return other


def check_spec(spec: Spec) -> None:
    """Raise InputError when the target's own numbers contradict each other."""
    if spec.value is not None and spec.logic == "path":
        make_path(spec.shape, spec.base, spec.base_year, spec.value, spec.year, spec.milestones)
    if spec.base_year is not None and spec.year <= spec.base_year:
        raise InputError(_("目标年应晚于基年"), where="year")
