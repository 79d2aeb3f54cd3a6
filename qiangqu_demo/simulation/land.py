"""Parcels: who uses how much land in which state, and what has been invested on it."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from qiangqu.base.periods import month, year

from .arrays import Floats, Ints, stream
from .frame import Frame, Window
from .holders import Version, end_of
from .parameters import Parameters
from .population import Population
from .series import Monthly
from .yearly import Block

PARCEL = 4
_MU_PER_WAN_MU = 1e4


@dataclass(frozen=True)
class ParcelRecord:
    """A parcel as it is at the end; ``versions`` from its first state on. ``holder`` is a position in the
    population or -1.
    """

    code: str
    zone: int
    holder: int
    land_area: float
    use: str
    valid_from: dt.date
    versions: tuple[Version, ...]
    built: dt.date | None

    @property
    def status(self) -> str:
        return str(self.versions[-1].values["status"])


def parcels(
    parameters: Parameters, frame: Frame, window: Window, everyone: Population, monthly: Monthly, seed: int
) -> list[ParcelRecord]:
    """All parcels of all zones. Built land of the base year is the zone's output over ``per_mu``; it grows by
    ``land.growth`` a year.
    """
    p = parameters.land
    rng = stream(seed, "land")
    holder, weight = _plots(parameters, everyone, rng)
    zone = everyone.zone[holder]
    output = _base_output(parameters, window, monthly)
    mu = np.zeros(len(holder))
    for z in range(len(frame.zones)):
        here = zone == z
        wanted = output[everyone.zone[: len(output)] == z].sum() * 1e4 / parameters.zones[frame.zones[z]].per_mu
        if here.any():
            mu[here] = np.maximum(weight[here] / weight[here].sum() * wanted * _growth(parameters, window), 1.0)
    records: list[ParcelRecord] = []
    serial = dict.fromkeys(range(len(frame.zones)), 0)
    last = end_of(window)
    for i in range(len(holder)):
        z = int(zone[i])
        serial[z] += 1
        records.append(
            _used_parcel(parameters, frame, window, everyone, rng, z, serial[z], int(holder[i]), float(mu[i]), last)
        )
    planned = round(len(holder) * p.unsupplied / max(1 - p.unsupplied, 1e-6))
    areas = rng.lognormal(3.6, 0.7, planned)
    zones = rng.choice(zone, planned) if planned else zone[:0]
    for z, area in zip(zones, areas, strict=True):
        serial[int(z)] += 1
        day = last - dt.timedelta(days=int(rng.integers(60, 1500)))
        code = f"SIM-{frame.zones[int(z)]}-{serial[int(z)]:05d}"
        records.append(
            ParcelRecord(
                code, int(z), -1, round(float(area), 1), p.use, day, (Version(day, {"status": "planned"}),), None
            )
        )
    return records


def _plots(parameters: Parameters, everyone: Population, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Holder and relative area of each plot in use."""
    p = parameters.land
    large = np.flatnonzero(everyone.large)
    plots = 1 + rng.poisson(p.parcels_per_large - 1, len(large))
    small = np.flatnonzero(~everyone.large)
    small = small[rng.random(len(small)) < p.small_holders]
    rate = np.array([a.value_added_rate for a in parameters.activities])[everyone.activity]
    need = np.power(np.maximum(everyone.size / rate, 1e-4), 0.65) * 60  # mu: land grows slower than output
    large_plots = np.repeat(large, plots)
    share = rng.gamma(2.0, 1.0, len(large_plots))
    total = np.zeros(len(everyone))
    np.add.at(total, large_plots, share)
    areas = need[large_plots] * share / total[large_plots]
    small_areas = p.small_median * np.exp(0.6 * rng.standard_normal(len(small)))
    return np.concatenate([large_plots, small]), np.concatenate([areas, small_areas])


def _base_output(parameters: Parameters, window: Window, monthly: Monthly) -> Floats:
    """Output of the base year of each large enterprise (of twelve months of the window when the base year is
    not in it), 亿元.
    """
    here = np.flatnonzero(window.years_of == parameters.dynamics.base_year)
    if len(here) < 12:
        here = np.arange(min(12, window.months))
    total: Floats = monthly.values["gross_output"][:, here].sum(axis=1) * 12 / len(here)
    return total


def _growth(parameters: Parameters, window: Window) -> float:
    """All plots at the window's end over those built by the base year's end."""
    years = max(0.0, (window.last - (parameters.dynamics.base_year * 12 + 11)) / 12)
    return (1 + parameters.land.growth) ** years / (1 - parameters.land.idle)


def _used_parcel(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    everyone: Population,
    rng: np.random.Generator,
    zone: int,
    serial: int,
    holder: int,
    mu: float,
    last: dt.date,
) -> ParcelRecord:
    p = parameters.land
    born = dt.date.fromordinal(int(everyone.born[holder]))
    closed = int(everyone.closed[holder])
    base_end = dt.date(parameters.dynamics.base_year, 12, 31)
    years = max((last - base_end).days / 365.25, 0.0)
    fate, new, use = rng.random(3)
    if born > base_end or new < 1 - (1 + p.growth) ** -years:
        earliest = max(born, base_end)
        supplied = min(earliest + dt.timedelta(days=int(rng.integers(0, max((last - earliest).days, 1)))), last)
    else:
        supplied = min(born + dt.timedelta(days=int(rng.integers(0, 400))), base_end - dt.timedelta(days=400))
    versions = [Version(supplied, {"status": "supplied"})]
    built: dt.date | None = supplied + dt.timedelta(days=int(rng.integers(200, 700)))
    if fate < p.idle or built is None or built > last:
        built = None
        # two years without building make land idle
        if fate < p.idle and supplied + dt.timedelta(days=730) <= last:
            versions.append(Version(supplied + dt.timedelta(days=730), {"status": "idle"}))
    else:
        versions.append(Version(built, {"status": "built"}))
        troubled = closed or fate < p.idle + p.low_use
        turned = dt.date.fromordinal(closed) if closed else built + dt.timedelta(days=int(rng.integers(500, 2500)))
        if troubled and built < turned <= last:
            versions.append(Version(turned, {"status": "low_use"}))
    code = f"SIM-{frame.zones[zone]}-{serial:05d}"
    kind = p.other_use if use < p.other_use_share else p.use
    return ParcelRecord(code, zone, holder, round(mu, 1), kind, supplied, tuple(versions), built)


def parcel_facts(
    parameters: Parameters,
    frame: Frame,
    window: Window,
    everyone: Population,
    monthly: Monthly,
    records: list[ParcelRecord],
) -> list[Block]:
    """Area, built industrial land and accumulated investment of each parcel at the end of each full year and
    of the last month.
    """
    area = np.array([r.land_area for r in records])
    since = np.array([r.valid_from.toordinal() for r in records])
    built = np.array([r.built.toordinal() if r.built else 1 << 30 for r in records])
    industrial = np.array([r.use == parameters.land.use for r in records])
    holder = np.array([r.holder for r in records])
    dates = [
        (year(y).key, dt.date(y, 12, 31), int(np.flatnonzero(window.years_of == y)[-1])) for y in window.full_years
    ]
    last = end_of(window)
    if last.month != 12:
        dates.append((month(last.year, last.month).key, last, window.months - 1))
    investments = monthly.values["fixed_asset_investment_enterprise"]
    capital = _base_output(parameters, window, monthly) * parameters.finance.capital_to_output
    blocks: list[Block] = []
    base_end = int(np.searchsorted(window.years_of, parameters.dynamics.base_year, side="right"))
    for key, day, position in dates:
        exists = np.flatnonzero(since <= day.toordinal())
        stands = built <= day.toordinal()
        blocks.append(_block(frame, "parcel_area", exists, key, area[exists] / _MU_PER_WAN_MU))
        used = np.flatnonzero(stands & industrial)
        blocks.append(_block(frame, "parcel_industrial_land", used, key, area[used] / _MU_PER_WAN_MU))
        own = np.zeros(len(everyone))
        np.add.at(own, holder[used], area[used])
        added = investments[:, base_end : position + 1].sum(axis=1)
        # the yearly output of those that began later stands in for what they built before they reported
        mean = monthly.values["gross_output"].sum(axis=1) / np.maximum(monthly.came.sum(axis=1), 1) * 12
        stock = np.where(capital > 0, capital, mean * parameters.finance.capital_to_output) + 0.96 * added
        rate = np.array([a.value_added_rate for a in parameters.activities])[everyone.activity]
        per_enterprise = everyone.size / rate * parameters.finance.capital_to_output
        per_enterprise[: len(stock)] = stock
        value = per_enterprise[holder[used]] * area[used] / np.maximum(own[holder[used]], 1e-9)
        blocks.append(_block(frame, "parcel_fixed_asset_stock", used, key, value))
    return blocks


def _block(frame: Frame, element: str, subject: Ints, key: int, values: Floats) -> Block:
    shown = np.maximum(np.round(values, frame.elements[element].decimals), 10.0 ** -frame.elements[element].decimals)
    return Block(element, PARCEL, subject, np.full(len(subject), key), shown)
