"""Forecast 预测: where a series will stand at a later period, how sure that is, and the chance of reaching a
threshold.

Three answers, each labelled by its method:

* enough equally spaced points (see :data:`ENOUGH`): AutoETS and AutoTheta of statsforecast, taken as an even
  mixture, whose variance holds the disagreement of the two beside the variance of each, and widens further
  ahead (:data:`WIDER_PER_YEAR`). Of amounts the months are forecast and their sums shown: the errors of
  neighbouring months go together, so that their standard deviations add up;
* at least three points: a damped trend by least squares, on logarithms where the quantity can grow in
  proportion and does not clearly grow by as much a year (:data:`STRAIGHTER`), with a Student's t interval of
  the widest of three readings of the series: noise about a line, a random walk with drift, and a trend that
  itself turns (:data:`TURN`; few points do not tell which, and few degrees of freedom make it wide);
* otherwise nothing: the reason says 依据不足.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from qiangqu.base.periods import Period

from .distribution import _Z80, COVERAGE, Floats, Forecast, Request, Step, nothing, t_quantile, within_bounds
from .paths import period_end

# points that statsforecast wants, by points in a year: two full seasons and more for months, ten for years
ENOUGH = {1: 10, 2: 12, 4: 16, 12: 24}
MAX_POINTS = 600
FIRST_YEAR, LAST_YEAR = 1900, 2202  # what base.periods can express
LARGEST = 1e15
MAX_STEPS = 240
DAMPING_PER_YEAR = 0.9
# published figures are rounded and revised by about this much: residuals of few points are not believed to be
# smaller
LEAST_RELATIVE_SD = 0.01
# a trend is carried at most this many times as far ahead as it was seen
FARTHEST = 2.0
WIDEST_LOG = 30.0
# few points lie near either line by chance, and the interval of proportions is the safer one: in
# bench/forecast_backtest.py 2 gives an error of 0.86 of naive and 80 % inside over yearly series of the region and
# its cities; 1 gives 0.83 and 77 %, always in proportion 0.93 and 87 %
STRAIGHTER = 2.0
# how fast trends turn: after so many years the series is off by this part of its usual yearly step times their
# square. No series is long enough to show it, so that it is measured over all yearly series together:
# bench/forecast_backtest.py --split chooses it on four fifths of the indicators (0.20 to 0.24) and finds, of the
# fifth held out, 84, 81 and 74 % inside at 1, 2 and 3 years for the region (without it 84, 73 and 59 %)
TURN = 0.22
# how much wider than they say the intervals of long series are for each year beyond the first half: chosen like TURN
# (0.3 to 0.5), on months; of the indicators held out 79 to 86 % are then inside at 1, 6, 12, 18 and 24 months
# (without it 86, 79, 74, 69 and 58 %), of sums of twelve months 78, 82, 86 and 75 % at 1, 6, 12 and 18
WIDER_PER_YEAR = 0.35
SURE_YEARS = 0.5


def forecast(
    periods: Sequence[Period],
    values: Sequence[float | None],
    horizon: Period,
    *,
    lower: float | None = None,
    upper: float | None = None,
    growing: bool = False,
    whole: bool = False,
    rising: bool = False,
) -> Forecast:
    """Forecast one series of equally long periods to ``horizon``. See :class:`Request` for the bounds.

    >>> from qiangqu.base.periods import year
    >>> f = forecast([year(2022), year(2023), year(2024)], [100, 110, 120], year(2027), growing=True)
    >>> f.method, round(f.mean), f.low < f.mean < f.high
    ('short', 146, True)
    >>> forecast([year(2023)], [5.0], year(2027)).reason
    '依据不足：只有 1 个时点，至少需要 3 个'
    """
    times = [period_end(period) for period in periods]
    return forecast_many([Request(times, values, period_end(horizon), lower, upper, growing, whole, rising)])[0]


def forecast_many(requests: Iterable[Request]) -> list[Forecast]:
    """Forecast many series in one call; statsforecast is loaded once, and only when a series is long enough
    for it.
    """
    return [_forecast_one(request) for request in requests]


def _forecast_one(request: Request) -> Forecast:
    times, values = _clean(request)
    if len(values) < 3:
        return nothing(f"只有 {len(values)} 个时点，至少需要 3 个")
    if not times[-1] + 1e-9 < request.horizon <= LAST_YEAR:
        return nothing("预测期不晚于已有数据")
    if float(np.ptp(values)) == 0.0:
        return nothing("历次数值没有变化，看不出趋势")
    spaced = _equally_spaced(times)
    if spaced is not None:
        per_year, first = spaced
        if len(values) - first >= ENOUGH[per_year]:
            steps = round((request.horizon - times[-1]) * per_year)
            if 1 <= steps <= MAX_STEPS:
                return _by_statsforecast(times[first:], values[first:], per_year, steps, request)
    if request.summed > 1:
        times, values = _summed(times, values, request.summed)
        if len(values) < 3 or float(np.ptp(values)) == 0.0:
            return nothing("已有数据凑不成三个全年")
    return _by_trend(times, values, request)


def _summed(times: Floats, values: Floats, many: int) -> tuple[Floats, Floats]:
    """Sums of so many values at a time, of the last run without gaps."""
    spaced = _equally_spaced(times)
    first = len(times) if spaced is None else spaced[1]
    if len(times) - first < many:
        return times[:0], values[:0]
    return times[first + many - 1 :], np.convolve(values[first:], np.ones(many), "valid")


def _clean(request: Request) -> tuple[Floats, Floats]:
    """Values that can be meant (NaN and infinity are not), in order of time, the last :data:`MAX_POINTS` of
    them; of two at one time the later given stands.
    """
    if len(request.times) != len(request.values):
        raise ValueError(f"{len(request.times)} times for {len(request.values)} values")
    by_time = {
        round(float(t), 6): float(v)
        for t, v in zip(request.times, request.values, strict=True)
        if v is not None and abs(v) <= LARGEST and FIRST_YEAR <= t <= LAST_YEAR
    }
    pairs = sorted(by_time.items())[-MAX_POINTS:]
    return np.array([t for t, _ in pairs], dtype=float), np.array([v for _, v in pairs], dtype=float)


def _equally_spaced(times: Floats) -> tuple[int, int] | None:
    """Points in a year, and where the last run without gaps begins; None when the end of the series has no
    usual spacing.
    """
    gap = float(times[-1] - times[-2])
    per_year = next((n for n in ENOUGH if abs(gap - 1 / n) < 1e-3), None)
    if per_year is None:
        return None
    breaks = np.flatnonzero(np.abs(np.diff(times) - 1 / per_year) > 1e-3)
    return per_year, int(breaks[-1]) + 1 if len(breaks) else 0


def _by_statsforecast(times: Floats, values: Floats, per_year: int, steps: int, request: Request) -> Forecast:
    # imported here: loading takes seconds, and most targets have short series
    from statsforecast.models import AutoETS, AutoTheta

    # the models see values near 1: the result then does not depend on the unit
    scale = float(np.mean(np.abs(values))) or 1.0
    scaled = values / scale
    models: list[Any] = [AutoETS(season_length=per_year), AutoTheta(season_length=per_year)]
    level = round(COVERAGE * 100)
    means, variances = [], []
    for model in models:
        out = model.forecast(scaled, h=steps, level=[level])
        half = (np.asarray(out[f"hi-{level}"], dtype=float) - np.asarray(out[f"lo-{level}"], dtype=float)) / 2
        means.append(np.asarray(out["mean"], dtype=float))
        variances.append((half / _Z80) ** 2)
    mean = np.mean(means, axis=0)
    sd = np.sqrt(np.mean(variances, axis=0) + np.var(means, axis=0))
    if not (np.isfinite(mean).all() and np.isfinite(sd).all()):
        return _by_trend(times, values, request)
    mean, sd = mean * scale, sd * scale
    years = np.arange(1, steps + 1) / per_year
    sd = sd * (1 + WIDER_PER_YEAR * np.maximum(years - SURE_YEARS, 0.0))
    if request.summed > 1:
        many, known = np.ones(request.summed), request.summed - 1
        mean = np.convolve(np.append(values[len(values) - known :], mean), many, "valid")
        sd = np.convolve(np.append(np.zeros(known), sd), many, "valid")
    ahead = times[-1] + years
    mean, sd = _through_expected(ahead, mean, sd, float(times[-1]), request)
    spread = (mean - _Z80 * sd, mean, mean + _Z80 * sd)
    latent = (float(mean[-1]), float(sd[-1]), None)
    return within_bounds(ahead, spread, latent, "statsforecast", False, request, float(values[-1]))


def _through_expected(ahead: Floats, mean: Floats, sd: Floats, last: float, request: Request) -> tuple[Floats, Floats]:
    """The course moved so that it passes what the running year is expected to end with, and is as sure there.

    What never falls lies no lower afterwards, at its lower end too: else the next year would take back what
    this one is said to bring.
    """
    end = request.expected
    if end is None or not last < end.time < ahead[-1] - 1e-6:
        return mean, sd
    at = int(np.argmin(np.abs(ahead - end.time)))
    mean = mean + (end.mean - mean[at]) * np.clip((ahead - last) / (end.time - last), 0.0, 1.0)
    sd[at] = _sd_of(end)
    # a later year is no surer than this one
    sd[at:] = np.maximum(sd[at:], sd[at])
    if request.rising:
        mean[at:] = np.maximum(mean[at:], end.mean)
        room = mean - end.low + (0.49 if request.whole else 0.0)
        sd[at + 1 :] = np.minimum(sd, room / _Z80)[at + 1 :]
    return mean, sd


def _sd_of(step: Step) -> float:
    return (step.high - step.low) / 2 / _Z80


def _by_trend(times: Floats, values: Floats, request: Request) -> Forecast:
    last, end = float(values[-1]), request.expected
    if end is not None and (end.time < times[-1] - 1e-6 or end.time > request.horizon - 1e-6):
        end = None
    if end is not None:
        before = times <= end.time - 1 + 1e-6
        times, values = np.append(times[before], end.time), np.append(values[before], end.mean)
        if len(values) < 3 or float(np.ptp(values)) == 0.0:
            return nothing("历次数值没有变化，看不出趋势")
    span = float(times[-1] - times[0])
    reach = float(request.horizon - times[-1])
    if reach > FARTHEST * span + 1e-9:
        return nothing(f"已有数据只跨 {span:.3g} 年，不足以推到 {reach:.3g} 年之后")
    log = request.growing and _in_proportion(times, values)
    y = np.log(values) if log else values
    count = len(y)
    centre = float(times.mean())
    x = times - centre
    spread = float(x @ x)
    slope = float(x @ y) / spread
    residuals = y - y.mean() - slope * x
    df = count - 2
    least = LEAST_RELATIVE_SD if log else LEAST_RELATIVE_SD * float(np.mean(np.abs(values)))
    s = max(math.sqrt(float(residuals @ residuals) / df), least)
    whole = max(1, math.ceil(reach - 1e-9))
    ahead = np.append(times[-1] + np.arange(1, whole), request.horizon)
    past = ahead - times[-1]
    # the growth of each further year is DAMPING of the year before: ∫ of slope·φ^t
    rate = math.log(DAMPING_PER_YEAR)
    gain = slope * np.expm1(rate * past) / rate
    # halfway between the last value and the line: which of the two the series goes on from is not known
    centre_line = (y[-1] + y.mean() + slope * (times[-1] - centre)) / 2 + gain
    usual = max(math.sqrt(float(np.mean(np.diff(y) ** 2 / np.diff(times)))), least)
    sd = np.maximum.reduce(
        (
            s * np.sqrt(1 + 1 / count + (ahead - centre) ** 2 / spread),
            _walk_sd(times, y) * np.sqrt(past + past**2 / span),
            TURN * usual * past**2,
        )
    )
    if end is not None:
        sd = np.hypot(sd, _sd_of(end) / end.mean if log else _sd_of(end))
    quantile = t_quantile((1 + COVERAGE) / 2, df)
    if end is not None and request.rising:
        # as in _through_expected
        centre_line = np.maximum(centre_line, end.mean)
        sd = np.minimum(sd, (centre_line - end.low + (0.49 if request.whole else 0.0)) / quantile)
    half = quantile * sd
    low, high = centre_line - half, centre_line + half
    if log:
        # an interval from e^-30 to e^30 times the centre says nothing; nor does exp of more than this exist
        if float(half.max()) > WIDEST_LOG or float(np.abs(centre_line).max()) > 600:
            return nothing("数值起伏过大，区间宽到没有意义")
        low, mean, high = (np.exp(part) for part in (low, centre_line, high))
    else:
        mean = centre_line
    if not np.isfinite(mean).all():
        return nothing("趋势外推超出可表示的范围")
    latent = (float(centre_line[-1]), float(sd[-1]), df)
    if end is not None:
        ahead = np.append(end.time, ahead)
        low, mean, high = (
            np.append(first, rest) for first, rest in ((end.low, low), (end.mean, mean), (end.high, high))
        )
    return within_bounds(ahead, (low, mean, high), latent, "short", log, request, last, count)


def _in_proportion(times: Floats, values: Floats) -> bool:
    """Whether growth in proportion is the reading of the series, by squared distances of the values from
    either line: unless growth by as much a year fits :data:`STRAIGHTER` times as well.
    """
    if not (values > 0).all():
        return False
    x = times - times.mean()

    def line(y: Floats) -> Floats:
        return np.asarray(y.mean() + float(x @ y) / float(x @ x) * x)

    straight, curved = values - line(values), values - np.exp(line(np.log(values)))
    return float(curved @ curved) <= STRAIGHTER * float(straight @ straight)


def _walk_sd(times: Floats, y: Floats) -> float:
    """Standard deviation of a year's step of a random walk with drift, from steps of any length (one degree
    of freedom is the drift's).
    """
    steps, years = np.diff(y), np.diff(times)
    drift = (y[-1] - y[0]) / (times[-1] - times[0])
    deviations = (steps - drift * years) / np.sqrt(years)
    return math.sqrt(float(deviations @ deviations) / (len(steps) - 1))
