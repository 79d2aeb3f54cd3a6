"""The distribution that a forecast is: centre, interval, chance and bounds, all of one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

COVERAGE = 0.80
_Z80 = 1.2815515594600039  # normal quantile of (1 + COVERAGE) / 2, standing for the 0.9 of one side
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
    year): then nothing lies below its last value. ``summed`` is of how many values up to the horizon the sum is
    asked for (12: a year of months; then also ``path`` holds such sums). ``expected`` is what the running year is
    known to end with by other means (:mod:`.nowcast`): the forecast sets out from there.
    """

    times: Sequence[float]
    values: Sequence[float | None]
    horizon: float
    lower: float | None = None
    upper: float | None = None
    growing: bool = False
    whole: bool = False
    rising: bool = False
    summed: int = 1
    expected: Step | None = None


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
