"""How production moves month by month: season, Spring Festival, trend, shocks, and which reports came in."""

import calendar
import datetime as dt

import numpy as np

from qiangqu.base.errors import InputError

from .arrays import Bools, Floats, stream
from .frame import Window
from .parameters import FILE, Parameters
from .population import Population


def festival_loss(parameters: Parameters, window: Window) -> Floats:
    """Share of each month's days that lie in the Spring Festival's stop, shape (months,).

    Raises InputError when the file gives no date for a simulated year.
    """
    before, after = parameters.dynamics.festival_days
    stopped: set[dt.date] = set()
    for year in sorted({int(y) for y in window.years_of}):
        day = parameters.festivals.get(year)
        if day is None:
            raise InputError(f"缺少 {year} 年正月初一的日期", where=f"{FILE} festivals")
        stopped |= {day + dt.timedelta(days=i) for i in range(before, after + 1)}
    loss = np.zeros(window.months)
    for position, (year, month) in enumerate(zip(window.years_of, window.month_of, strict=True)):
        days = calendar.monthrange(int(year), int(month))[1]
        loss[position] = sum(dt.date(int(year), int(month), d) in stopped for d in range(1, days + 1)) / days
    return loss


def memory_noise(rng: np.random.Generator, rows: int, months: int, sigma: float, memory: float) -> Floats:
    """First-order autoregressive noise with standard deviation ``sigma``, shape (rows, months)."""
    noise = rng.standard_normal((rows, months)) * sigma
    fresh = np.sqrt(1 - memory**2)
    for t in range(1, months):
        noise[:, t] = memory * noise[:, t - 1] + fresh * noise[:, t]
    return noise


def activity_paths(parameters: Parameters, window: Window, large: Population, seed: int) -> Floats:
    """Value added of each large enterprise in each month before calibration, 亿元, shape (large, months); 0
    where it does not report monthly.
    """
    d = parameters.dynamics
    rng = stream(seed, "paths")
    sectors = list(parameters.sectors.values())
    season = np.array([s.season for s in sectors])
    season = season / season.mean(axis=1, keepdims=True)
    continuity = np.array([s.continuity for s in sectors])
    festival = 1 - d.festival_dip * (1 - continuity)[:, None] * festival_loss(parameters, window)[None, :]
    rhythm = (season[:, window.month_of - 1] * festival)[large.sector]
    years = (np.arange(window.months) + window.first - d.base_year * 12 - 5.5) / 12
    # an own trend fades after some years: nobody grows or shrinks by 15 % for ever
    growth = large.trend[:, None] * np.sign(years) * np.minimum(np.abs(years), 2.5 + 0.4 * np.abs(years))
    noise = memory_noise(rng, len(large), window.months, d.shock_sigma, d.shock_memory)
    path = large.size[:, None] / 12 * np.exp(growth + noise) * rhythm
    entrant = large.enters >= 0
    since = np.arange(window.months)[None, :] - np.where(entrant, large.enters, 0)[:, None]
    ramp = np.clip((since + 2) / d.ramp_months, 0.15, 1.0)
    path = np.where((entrant & large.greenfield)[:, None], path * ramp, path)
    return path * active(window, large)


def active(window: Window, large: Population) -> Bools:
    """Whether each large enterprise reports monthly in each month, shape (large, months)."""
    at = np.arange(window.months)[None, :]
    return (at >= large.enters[:, None]) & (at < large.leaves[:, None])


def received(parameters: Parameters, window: Window, large: Population, seed: int) -> Bools:
    """Which monthly reports came in, shape (large, months): small ones fail more often, the newest month is
    not complete yet.
    """
    r = parameters.reporting
    rng = stream(seed, "missing")
    rank = np.argsort(np.argsort(large.size)) / max(len(large) - 1, 1)
    leaning = 2.0 * (1 - rank)  # mean 1: the smallest fail twice as often as the average, the largest never
    chance = np.outer(leaning, np.full(window.months, r.missing))
    chance[:, -1] = leaning * r.missing_last_month
    came: Bools = active(window, large) & (rng.random((len(large), window.months)) >= chance)
    return came
