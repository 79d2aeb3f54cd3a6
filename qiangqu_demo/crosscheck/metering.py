"""What the meters of enterprises show for what they truly produce (模拟数据).

A meter has a base load, an intensity of its own, a season, savings that come in steps or slowly, noise, gaps. The
counts of insured staff follow output by months. Nothing here is known to ``qiangqu.decisions.crosscheck``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
METERS = ("electricity", "gas", "water", "freight", "insured", "emission")
ENERGY = ("electricity", "gas", "emission")


@dataclass(frozen=True)
class Trade:
    """How an industry uses what is metered: median use per unit of output, and its swing over the year."""

    use: dict[str, float]
    heating: float  # further gas in winter, as a share
    cooling: float  # further water in summer


def trades(random: np.random.Generator, count: int) -> list[Trade]:
    """Industries that differ: intensities over two orders of magnitude."""
    return [
        Trade(
            {name: float(np.exp(random.normal(0, 1.0))) for name in METERS},
            float(random.uniform(0.1, 0.9)),
            float(random.uniform(0.0, 0.3)),
        )
        for _ in range(count)
    ]


def metered(
    random: np.random.Generator,
    volume: Floats,
    month_of: Ints,
    industry: Ints,
    kinds: list[Trade],
    *,
    noise: float = 0.03,
    lacking: float = 0.25,
    gaps: float = 0.02,
) -> dict[str, Floats]:
    """Readings (enterprises, months) by meter for the quantities ``volume``; NaN where there is none.

    ``noise``: standard deviation of one month's reading of electricity, in logs; ``lacking``: the share of
    enterprises that lack meters (each of theirs is there with an even chance); ``gaps``: the share of months in
    which a reading is missing.
    """
    count, months = volume.shape
    size = np.median(volume, axis=1, keepdims=True)
    swing = np.cos(2 * np.pi * (month_of - 1) / 12)[None, :]  # January +1, July -1
    rough = {"electricity": 1.0, "gas": 1.2, "water": 1.5, "freight": 1.3, "emission": 2.5, "insured": 0.3}
    own_noise = noise * np.exp(0.3 * random.standard_normal((count, 1)))
    renewal = _steps(random, count, months, 0.06, 0.05, 0.15)
    poor = random.random(count) < lacking
    readings: dict[str, Floats] = {}
    for name in METERS:
        trade_use = np.array([kind.use[name] for kind in kinds])[industry][:, None]
        own = np.exp(0.28 * random.standard_normal((count, 1)))
        thrift = _steps(random, count, months, 0.12, 0.04, 0.20)
        drift = np.cumsum(0.015 / np.sqrt(12) * random.standard_normal((count, months)), axis=1)
        saved = thrift + drift + (renewal if name in ENERGY else 0.0)
        base = random.uniform(0.08, 0.35, (count, 1)) if name in ("electricity", "gas", "water") else 0.03
        if name == "insured":
            followed = np.empty_like(volume)
            level = volume[:, 0].copy()
            for t in range(months):
                level = level + 0.12 * (np.maximum(volume[:, t], 0.5 * level) - level)
                followed[:, t] = level
            used = size * (followed / size) ** 0.6
            saved = saved * 0.3
        elif name == "freight":
            before = np.concatenate([volume[:, :1], volume[:, :-1]], axis=1)
            late = random.uniform(0, 0.25, (count, 1))
            used = (1 - late) * volume + late * before
        else:
            used = base * size + (1 - base) * volume
        season = np.zeros((count, months))
        if name == "gas":
            season = np.array([kind.heating for kind in kinds])[industry][:, None] * np.maximum(swing, 0)
        if name == "water":
            season = np.array([kind.cooling for kind in kinds])[industry][:, None] * np.maximum(-swing, 0)
        shaken = own_noise * rough[name] * random.standard_normal((count, months))
        reading = used * trade_use * own * (1 + season) * np.exp(saved + shaken)
        if name == "insured":
            reading = np.maximum(np.round(reading * 40), 1)
        missing = random.random((count, months)) < gaps
        for row in np.flatnonzero(random.random(count) < 2 * gaps):  # a meter is out for some months
            start = int(random.integers(0, months))
            missing[row, start : start + int(random.integers(2, 5))] = True
        reading[missing] = np.nan
        absent = poor & (random.random(count) < (0.25 if name == "electricity" else 0.5))
        reading[absent] = np.nan
        readings[name] = reading
    # gas, freight and flue gas are metered in some industries only
    for name in ("gas", "emission"):
        without = np.array([random.random() < 0.4 for _ in kinds])
        readings[name][without[industry]] = np.nan
    return readings


def _steps(random: np.random.Generator, count: int, months: int, a_year: float, least: float, most: float) -> Floats:
    """Savings in steps: at most of those that come, one in five makes it worse."""
    comes = random.random((count, months)) < a_year / 12
    size = random.uniform(least, most, (count, months)) * np.where(random.random((count, months)) < 0.8, -1, 1)
    return np.cumsum(comes * size, axis=1)
