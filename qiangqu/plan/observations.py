"""Observed values of a target's indicator in an area, and what series can be made of them. Pure: records come
in as :class:`Observation`.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qiangqu.base.periods import Period, PeriodKind
from qiangqu.decisions.distribution import Forecast
from qiangqu.decisions.forecast import ENOUGH
from qiangqu.decisions.nowcast import Nowcast
from qiangqu.decisions.paths import period_end


@dataclass(frozen=True, slots=True)
class Observation:
    """The indicator's value for a period; ``value`` None has a ``reason``."""

    period: Period
    value: float | None
    simulated: bool = False
    reason: str = ""

    @property
    def time(self) -> float:
        return period_end(self.period)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a year that is not over is expected to end with, by ``basis`` (January to a month); never an
    observed value. ``simulated`` when any value behind it is.
    """

    period: Period
    basis: Period
    made: Nowcast
    simulated: bool
    method: str

    @property
    def forecast(self) -> Forecast:
        return self.made.forecast

    @property
    def value(self) -> float:
        assert self.made.forecast.mean is not None
        return self.made.forecast.mean

    @property
    def time(self) -> float:
        return self.period.year + 1.0


@dataclass(frozen=True, slots=True)
class Series:
    """Times (fractions of years) and values for a forecast; ``simulated`` when any of them is. ``summed`` of them
    make up what is forecast (12: months of a year).
    """

    times: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    simulated: bool = False
    summed: int = 1


def known(observations: Iterable[Observation], as_of: dt.date) -> list[Observation]:
    """Those with a value whose period has ended by ``as_of``, by end of period; of one end the longer period
    comes last.
    """
    usable = [o for o in observations if o.value is not None and o.period.end <= as_of]
    return sorted(usable, key=lambda o: (o.period.end, -o.period.kind))


def latest(observations: Sequence[Observation]) -> Observation | None:
    """The newest real value, else the newest simulated one. ``observations`` as :func:`known` gives them."""
    for wanted in (False, True):
        of_kind = [o for o in observations if o.simulated is wanted]
        if of_kind:
            return of_kind[-1]
    return None


def yearly(observations: Iterable[Observation]) -> dict[int, Observation]:
    """The value of each whole year, real before simulated."""
    by_year: dict[int, Observation] = {}
    for o in observations:
        if o.period.kind == PeriodKind.YEAR and o.value is not None:
            standing = by_year.get(o.period.year)
            if standing is None or (standing.simulated and not o.simulated):
                by_year[o.period.year] = o
    return dict(sorted(by_year.items()))


def year_ends(observations: Iterable[Observation]) -> dict[int, Observation]:
    """The last value in each year, for quantities that stand at a time (capacity, counts, shares): the year's
    own, else its latest.
    """
    by_year: dict[int, Observation] = {}
    for o in sorted((o for o in observations if o.value is not None), key=lambda o: (o.period.end, -o.period.kind)):
        standing = by_year.get(o.period.year)
        if standing is None or standing.simulated or not o.simulated:
            by_year[o.period.year] = o
    return by_year


def without_months(observations: Sequence[Observation]) -> list[Observation]:
    """Growth of a single month jumps about: months count only where nothing longer is known."""
    longer = [o for o in observations if o.period.kind != PeriodKind.MONTH]
    return longer or list(observations)


def _real_if_enough(observations: Sequence[Observation], least: int) -> list[Observation]:
    real = [o for o in observations if not o.simulated]
    return real if len(real) >= least else list(observations)


def series_of_years(by_year: dict[int, Observation], base: tuple[int, float] | None = None) -> Series:
    """A yearly series, with the base as a point when no value of that year is there. Real values alone when
    there are three.
    """
    points = _real_if_enough(list(by_year.values()), 3)
    pairs = [(o.time, float(o.value)) for o in points if o.value is not None]
    if base is not None and all(abs(time - base[0] - 1) > 1e-6 for time, _ in pairs):
        pairs = sorted([*pairs, (base[0] + 1.0, base[1])])
    return Series(tuple(t for t, _ in pairs), tuple(v for _, v in pairs), any(o.simulated for o in points))


def series_of_months(observations: Sequence[Observation], *, summed: bool) -> Series | None:
    """A monthly series long enough for statsforecast, else None. ``summed``: of a flow the last twelve months
    together are forecast, which needs months without a gap.
    """
    months = [o for o in observations if o.period.kind == PeriodKind.MONTH and o.value is not None]
    months = _real_if_enough(months, ENOUGH[12] + 11)
    values = {round(period_end(o.period) * 12): float(o.value) for o in months if o.value is not None}
    numbers = sorted(values)
    if summed:
        gaps = [at for at in range(1, len(numbers)) if numbers[at] != numbers[at - 1] + 1]
        numbers = numbers[gaps[-1] if gaps else 0 :]
    if len(numbers) < ENOUGH[12] + (11 if summed else 0):
        return None
    times, simulated = tuple(number / 12 for number in numbers), any(o.simulated for o in months)
    return Series(times, tuple(values[number] for number in numbers), simulated, 12 if summed else 1)
