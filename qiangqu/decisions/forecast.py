"""Forecast 预测: where a series will stand at a later period, how sure that is, and the chance of reaching a
threshold.

Three answers, each labelled by its method:

* enough equally spaced points (see :data:`ENOUGH`): AutoETS and AutoTheta of statsforecast, taken as an even
  mixture, whose variance holds the disagreement of the two beside the variance of each;
* at least three points: a damped trend by least squares, on logarithms where the quantity can grow in
  proportion and does not clearly grow by as much a year (:data:`STRAIGHTER`), with a Student's t interval of
  the wider of two readings of the series: noise about a line, and a random walk with drift (few points do not
  tell which, and few degrees of freedom make it wide);
* otherwise nothing: the reason says 依据不足.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from qiangqu.base.periods import Period, PeriodKind

from .paths import period_end

COVERAGE = 0.80
_Z80 = 1.2815515594600039  # normal quantile of (1 + COVERAGE) / 2, standing for the 0.9 of one side
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
# no series promises more than 999 in 1,000: only bounds make certain
LEAST_CHANCE = 0.001
COMPARATORS = (">=", ">", "<=", "<", "=", "range")

Floats = NDArray[np.float64]
Method = Literal["statsforecast", "short", "nowcast", "none"]
METHOD_NAMES: dict[str, str] = {
    "statsforecast": "AutoETS 与 AutoTheta 等权组合（80% 区间）",
    "short": "简易阻尼趋势（数据少，t 分布 80% 区间）",
    "nowcast": "按本年已有月份推算全年（以前各年同月至全年的平均，t 分布 80% 区间）",
    "none": "依据不足",
}


@dataclass(frozen=True, slots=True)
class Step:
    """The forecast at one time (fraction of years)."""

    time: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast at the horizon: one distribution, from which centre, interval and chance are all read.

    The distribution: Student's t with ``df`` degrees of freedom (None: normal) about ``centre`` with the
    scale ``sd``, both of logarithms where ``log``; ``whole`` rounds it to whole numbers; what lies beyond
    ``lower`` or ``upper`` stands at the bound. ``mean`` is its median, ``low``–``high`` its 80 % interval.
    ``centre`` None is the mean itself.

    All numbers are None when nothing honest can be said; ``reason`` then says why. ``path`` are the steps up
    to the horizon.
    """

    mean: float | None
    low: float | None
    high: float | None
    sd: float | None
    method: Method
    reason: str
    df: int | None = None
    log: bool = False
    path: tuple[Step, ...] = ()
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    whole: bool = False

    def chance(
        self, threshold: float, comparator: str = ">=", *, most: float | None = None, within: float = 0.0
    ) -> float | None:
        """The chance (0–1) that the value at the horizon stands to ``threshold`` as ``comparator`` says; None
        without a forecast.

        Comparators are >=, >, <=, <, = (differing by at most ``within``) and range (from ``threshold`` to
        ``most``). 0 and 1 are given only for what the bounds make certain; all else lies between
        :data:`LEAST_CHANCE` and 1 less that. Raises ValueError for another comparator and for a range without
        ``most``.
        """
        if comparator not in COMPARATORS or (comparator == "range" and most is None):
            raise ValueError(f"no chance for {comparator!r}")
        if self.mean is None or self.sd is None:
            return None
        match comparator:
            case ">=":
                return _settled(self._above(threshold, strictly=False))
            case ">":
                return _settled(self._above(threshold, strictly=True))
            case "<=":
                return _settled(1.0 - self._above(threshold, strictly=True))
            case "<":
                return _settled(1.0 - self._above(threshold, strictly=False))
            case "=":
                return self._between(threshold - within, threshold + within)
        assert most is not None
        return self._between(threshold, most)

    def _between(self, least: float, most: float) -> float:
        if most < least or (self.whole and math.floor(most) < math.ceil(least)):
            return 0.0
        reaching, exceeding = self._above(least, strictly=False), self._above(most, strictly=True)
        certain = (reaching == 0.0 or exceeding == 1.0) or (reaching == 1.0 and exceeding == 0.0)
        return reaching - exceeding if certain else _kept_open(reaching - exceeding)

    def _above(self, limit: float, *, strictly: bool) -> float:
        """The chance of ``limit`` or more, of more than ``limit`` when ``strictly``: exactly 0 or 1 where the
        bounds leave nothing else.
        """
        assert self.mean is not None and self.sd is not None
        if self.whole:
            limit, strictly = float(math.floor(limit) + 1 if strictly else math.ceil(limit)), False
        lower = 0.0 if self.log and self.lower is None else self.lower
        if lower is not None and (limit < lower or (limit == lower and not strictly)):
            return 1.0
        if self.upper is not None and (limit > self.upper or (limit == self.upper and strictly)):
            return 0.0
        cut = limit - 0.5 if self.whole else limit
        if self.log and cut <= 0:
            return 1.0
        centre = self.centre
        if centre is None:
            centre = math.log(self.mean) if self.log else self.mean
        cut = math.log(cut) if self.log else cut
        if self.sd <= 0:
            return _kept_open(float(centre > cut if strictly else centre >= cut))
        return _kept_open(_cdf((centre - cut) / self.sd, self.df))


def _kept_open(chance: float) -> float:
    """A chance that no bound decides: never 0 nor 1."""
    return min(max(chance, LEAST_CHANCE), 1.0 - LEAST_CHANCE)


def _settled(chance: float) -> float:
    """Without what subtraction from 1 leaves behind."""
    return round(chance, 12)


def nothing(reason: str) -> Forecast:
    """No forecast, with its reason."""
    return Forecast(None, None, None, None, "none", f"依据不足：{reason}")


@dataclass(frozen=True, slots=True)
class Request:
    """One series to forecast. ``times`` are ends of periods as fractions of years, ascending; ``horizon`` is
    such a time.

    ``lower`` and ``upper`` bound the quantity (0 and 100 for a share in %, 0 for a count); ``growing`` says
    that it can grow in proportion (output, investment), which lets the short method work on logarithms;
    ``whole`` that it comes in whole pieces; ``rising`` that it never falls (what has been done in all since a
    year): then nothing lies below its last value.
    """

    times: Sequence[float]
    values: Sequence[float | None]
    horizon: float
    lower: float | None = None
    upper: float | None = None
    growing: bool = False
    whole: bool = False
    rising: bool = False


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
    return _by_trend(times, values, request)


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
    ahead = times[-1] + np.arange(1, steps + 1) / per_year
    spread = (mean - _Z80 * sd, mean, mean + _Z80 * sd)
    latent = (float(mean[-1]), float(sd[-1]), None)
    return within_bounds(ahead, spread, latent, "statsforecast", False, request, float(values[-1]))


def _by_trend(times: Floats, values: Floats, request: Request) -> Forecast:
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
    sd = np.maximum(
        s * np.sqrt(1 + 1 / count + (ahead - centre) ** 2 / spread),
        _walk_sd(times, y) * np.sqrt(past + past**2 / span),
    )
    half = t_quantile((1 + COVERAGE) / 2, df) * sd
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
    return within_bounds(ahead, (low, mean, high), latent, "short", log, request, float(values[-1]), count)


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


def within_bounds(
    ahead: Floats,
    spread: tuple[Floats, Floats, Floats],
    latent: tuple[float, float, int | None],
    method: Method,
    log: bool,
    request: Request,
    last: float,
    count: int = 0,
) -> Forecast:
    """What the bounds leave of ``spread`` (10 %, 50 % and 90 % at each step); ``latent`` is centre, scale and
    degrees of freedom at the horizon.

    The bounds are taken over into the result, so that a chance is measured in the very distribution whose
    quantiles are shown.
    """
    floor = -math.inf if request.lower is None else request.lower
    ceiling = math.inf if request.upper is None else request.upper
    if request.rising:
        # a present value beyond the bound is a fact, a bound is an assumption
        floor, ceiling = max(floor, last), max(ceiling, last)
    if request.whole:
        floor, ceiling = (bound if math.isinf(bound) else round_half_up(bound) for bound in (floor, ceiling))
        spread = tuple(np.floor(part + 0.5) for part in spread)  # type: ignore[assignment]
    low, mean, high = (np.clip(part, floor, ceiling) for part in spread)
    if request.rising:
        # what never falls has no earlier value above a later one; the last step, whose chance is asked for,
        # stays as it is
        low, mean, high = (np.minimum.accumulate(part[::-1])[::-1] for part in (low, mean, high))
    path = tuple(
        Step(float(t), float(m), float(lo), float(hi)) for t, m, lo, hi in zip(ahead, mean, low, high, strict=True)
    )
    end, (centre, sd, df) = path[-1], latent
    reason = METHOD_NAMES[method] + (f"，{count} 个时点" if count else "")
    lower, upper = (None if math.isinf(bound) else bound for bound in (floor, ceiling))
    return Forecast(
        end.mean, end.low, end.high, sd, method, reason, df, log, path, centre, lower, upper, request.whole
    )  # fmt: skip


def round_half_up(value: float) -> float:
    """The nearest whole number, halves upwards.

    >>> round_half_up(2.5), round_half_up(2.49), round_half_up(-0.2)
    (3.0, 2.0, 0.0)
    """
    return math.floor(value + 0.5) + 0.0


def _cdf(score: float, df: int | None) -> float:
    from scipy.special import ndtr, stdtr

    return float(ndtr(score) if df is None else stdtr(df, score))


def t_quantile(p: float, df: int) -> float:
    """The quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, p))


def rolling_year(periods: Sequence[Period], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Sums of the last twelve months at each month that has all twelve: (times, sums). ``periods`` are months
    in any order.

    The December value is the year's: a monthly flow becomes a series whose target is the yearly one.
    """
    by_month = {
        period.year * 12 + period.index - 1: value
        for period, value in zip(periods, values, strict=True)
        if period.kind == PeriodKind.MONTH
    }
    times, sums = [], []
    for last in sorted(by_month):
        window = [by_month.get(at) for at in range(last - 11, last + 1)]
        if None not in window:
            times.append((last + 1) / 12)
            sums.append(math.fsum(window))  # type: ignore[arg-type]
    return times, sums
