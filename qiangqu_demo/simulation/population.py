"""Who there is: the enterprises of the twin as a struct of arrays, one row each."""

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np

from qiangqu.base.errors import InputError

from .arrays import Bools, Floats, Ints, apportion, fit_margins, pick, stream
from .frame import Frame, Window
from .parameters import Parameters

NEVER = 1 << 30
_FLATTEN = (
    # a class of weight w has w**0.35 of the enterprises and w**0.65 of their size: heavy classes are few and
    # big
    0.35
)


@dataclass
class Population:
    """Arrays of shape (enterprises,). ``large`` rows report monthly and come first.

    ``activity`` indexes ``Parameters.activities``, ``sector`` the keys of ``Parameters.sectors``, ``zone``
    ``Frame.zones``; ``born`` and ``closed`` are ordinals of days (``closed`` 0: alive); ``enters`` and
    ``leaves`` are the positions in the window from which an enterprise reports monthly and no longer does
    (negative: since before; NEVER: not); ``size`` is the value added of a year at the base year's level,
    亿元.
    """

    zone: Ints
    sector: Ints
    activity: Ints
    ownership: Ints
    born: Ints
    closed: Ints
    enters: Ints
    leaves: Ints
    size: Floats
    trend: Floats
    large: Bools
    industrial: Bools
    greenfield: Bools

    def __len__(self) -> int:
        return len(self.zone)

    def take(self, order: Ints) -> "Population":
        return Population(**{field.name: getattr(self, field.name)[order] for field in fields(self)})

    def above_at(self, position: int) -> Bools:
        """Whether each is an industrial enterprise above scale in the month at ``position``."""
        return self.industrial & (self.enters <= position) & (position < self.leaves)


def populate(parameters: Parameters, frame: Frame, window: Window, seed: int, count: int) -> Population:
    """``count`` enterprises alive at the end of the window, and those that closed within it.

    Raises InputError when ``count`` is too small to have any above scale.
    """
    p = parameters.enterprises
    years = window.months / 12
    above_end = round(count * p.above_scale_share)
    entries = round(above_end * p.entries_a_year * years)
    exits = round(above_end * p.exits_a_year * years)
    start = above_end - entries + exits
    if start < 1:
        raise InputError("企业数太少或入规率太高，期初没有规上企业；请增加 --enterprises", where="--enterprises")
    services = round(above_end * p.services)
    industrial = np.array([activity.industrial for activity in parameters.activities])
    incumbents = _large(parameters, frame, stream(seed, "incumbents"), start, industrial, incumbents=True)
    entrants = _large(parameters, frame, stream(seed, "entrants"), entries, industrial, incumbents=False)
    others = _large(parameters, frame, stream(seed, "services"), services, ~industrial, incumbents=False)
    large = _join([incumbents, entrants, others])
    _schedule(parameters, window, large, start, entries, exits, stream(seed, "schedule"))
    alive_large = int((large.closed == 0).sum())
    small = _small(parameters, frame, window, stream(seed, "small"), max(0, count - alive_large))
    return _join([large, small])


def _join(parts: list[Population]) -> Population:
    return Population(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Population)})


def _cells(parameters: Parameters, frame: Frame, margin: str) -> Floats:
    """Zones x sectors: affinities fitted to zone and sector totals (RAS); sums to 1. ``margin`` "output" or
    "count".
    """
    zones = [parameters.zones[code] for code in frame.zones]
    affinity = np.array([[zone.affinity.get(name, 0.0) for name in parameters.sectors] for zone in zones])
    rows = np.array([getattr(zone, margin) for zone in zones])
    columns = np.array([s.share if margin == "output" else s.count for s in parameters.sectors.values()])
    return fit_margins(affinity, rows / rows.sum(), columns / columns.sum())


def _activities(
    parameters: Parameters, frame: Frame, sector: Ints, zone: Ints, allowed: Bools, rng: np.random.Generator
) -> Ints:
    """An activity for each enterprise, by weights flattened (many small classes, few big ones), where the
    class occurs.
    """
    names = list(parameters.sectors)
    chosen = np.zeros(len(sector), dtype=np.int64)
    for z, s in sorted({(int(a), int(b)) for a, b in zip(zone, sector, strict=True)}):
        weights = np.array(
            [
                a.weight**_FLATTEN
                if ok and a.sector == names[s] and (not a.zones or frame.zones[z] in a.zones)
                else 0.0
                for a, ok in zip(parameters.activities, allowed, strict=True)
            ]
        )
        here = np.flatnonzero((zone == z) & (sector == s))
        chosen[here] = rng.choice(len(weights), size=len(here), p=weights / weights.sum()) if weights.any() else -1
    return chosen


def _large(
    parameters: Parameters, frame: Frame, rng: np.random.Generator, count: int, allowed: Bools, *, incumbents: bool
) -> Population:
    cells = _cells(parameters, frame, "count") * np.sqrt(_cells(parameters, frame, "output"))
    has = np.array(
        [[_possible(parameters, frame, z, s, allowed) for s in range(cells.shape[1])] for z in range(cells.shape[0])]
    )
    cells = np.where(has, cells, 0.0)
    numbers = apportion(count, cells)
    zone, sector = (np.repeat(axis.ravel(), numbers.ravel()) for axis in np.indices(numbers.shape))
    activity = _activities(parameters, frame, sector, zone, allowed, rng)
    rate = np.array([a.value_added_rate for a in parameters.activities])[activity]
    greenfield = np.zeros(count, dtype=bool)
    if incumbents:
        size = _incumbent_sizes(parameters, frame, rng, zone, sector, activity, has)
    else:
        s = parameters.sizes
        revenue = s.entrant_median * np.exp(s.entrant_sigma * rng.standard_normal(count))
        greenfield = (rng.random(count) < s.greenfield_share) & np.array([a.industrial for a in parameters.activities])[
            activity
        ]
        revenue[greenfield] = s.greenfield_median * np.exp(rng.standard_normal(int(greenfield.sum())))
        size = np.maximum(revenue, s.threshold * 1.15) * rate
    return _new(parameters, rng, zone, sector, activity, size, large=True, greenfield=greenfield)


def _possible(parameters: Parameters, frame: Frame, zone: int, sector: int, allowed: Bools) -> bool:
    name = list(parameters.sectors)[sector]
    return any(
        ok and a.sector == name and (not a.zones or frame.zones[zone] in a.zones)
        for a, ok in zip(parameters.activities, allowed, strict=True)
    )


def _incumbent_sizes(
    parameters: Parameters, frame: Frame, rng: np.random.Generator, zone: Ints, sector: Ints, activity: Ints, has: Bools
) -> Floats:
    """Heavy-tailed value added that sums to each cell's total: log-normal, a Pareto tail, classes by weight;
    floor at the threshold.
    """
    s = parameters.sizes
    count = len(zone)
    draw = np.exp(s.sigma * rng.standard_normal(count))
    tail = rng.random(count) < s.tail_share
    draw[tail] *= 1 + rng.pareto(s.tail_alpha, int(tail.sum()))
    weight = np.array([a.weight for a in parameters.activities])[activity]
    draw *= weight ** (1 - _FLATTEN)
    rate = np.array([a.value_added_rate for a in parameters.activities])[activity]
    floor = s.threshold * 1.15 * rate
    totals = np.where(has, _cells(parameters, frame, "output"), 0.0)
    occupied = np.zeros_like(totals, dtype=bool)
    occupied[zone, sector] = True
    totals = np.where(occupied, totals, 0.0)
    totals *= parameters.dynamics.base_value_added / totals.sum()
    size = np.empty(count)
    for z, c in zip(*np.nonzero(occupied), strict=True):
        here = np.flatnonzero((zone == z) & (sector == c))
        size[here] = _fill(draw[here], floor[here], float(totals[z, c]), s.largest_share)
    return size


def _fill(draw: Floats, floor: Floats, total: float, largest_share: float) -> Floats:
    """max(floor, k * draw) with k such that the sum is ``total`` (bisection); no one above ``largest_share``
    of it where there are enough.
    """
    cap = total * max(largest_share, 1.6 / len(draw))
    low, high = 0.0, 4 * total / draw.min()
    for _ in range(80):
        middle = (low + high) / 2
        filled = np.maximum(floor, np.minimum(middle * draw, cap)).sum()
        low, high = (middle, high) if filled < total else (low, middle)
    result: Floats = np.maximum(floor, np.minimum(high * draw, cap))
    return result


def _small(parameters: Parameters, frame: Frame, window: Window, rng: np.random.Generator, alive: int) -> Population:
    p, s = parameters.enterprises, parameters.sizes
    years = window.months / 12
    closed = round(alive * p.closures_a_year * years)
    count = alive + closed
    numbers = (
        apportion(count, _cells(parameters, frame, "count"))
        if count
        else np.zeros((len(frame.zones), len(parameters.sectors)), int)
    )
    zone, sector = (np.repeat(axis.ravel(), numbers.ravel()) for axis in np.indices(numbers.shape))
    every = np.ones(len(parameters.activities), dtype=bool)
    activity = _activities(parameters, frame, sector, zone, every, rng)
    rate = np.array([a.value_added_rate for a in parameters.activities])[activity]
    revenue = np.minimum(s.small_median * np.exp(s.small_sigma * rng.standard_normal(count)), s.threshold * 0.9)
    small = _new(
        parameters,
        rng,
        zone,
        sector,
        activity,
        np.maximum(revenue, 1e-3) * rate,
        large=False,
        greenfield=np.zeros(count, bool),
    )
    first, last = _edges(window)
    young = rng.random(count) < 1 - np.exp(-p.births_a_year * years)
    small.born[:] = np.where(young, rng.integers(first, last, count), _old_birthdays(parameters, rng, count, first))
    ends = pick(rng, np.ones(count), closed)
    earliest = np.maximum(small.born[ends] + 90, first)
    small.closed[ends] = np.minimum(
        earliest + (rng.random(len(ends)) * np.maximum(last - earliest, 1)).astype(np.int64), last - 1
    )
    small.born[ends] = np.minimum(small.born[ends], small.closed[ends] - 60)
    return small


def _new(
    parameters: Parameters,
    rng: np.random.Generator,
    zone: Ints,
    sector: Ints,
    activity: Ints,
    size: Floats,
    *,
    large: bool,
    greenfield: Bools,
) -> Population:
    count = len(zone)
    kinds = parameters.enterprises.ownership
    shares = np.array([k.share for k in kinds])
    base = np.log(np.maximum(size, 1e-6) / max(float(np.median(size)), 1e-6)) if count else size
    tilt = np.array([k.size_weight - 1 for k in kinds])
    keys = np.log(shares)[None, :] + np.clip(base, -2, 5)[:, None] * tilt[None, :] * (0.8 if large else 0.2)
    ownership = np.argmax(keys + rng.gumbel(size=keys.shape), axis=1) if count else np.zeros(0, dtype=np.int64)
    sector_trend = np.array([s.trend / 100 for s in parameters.sectors.values()])[sector]
    outside = np.array([k.outside_trend for k in kinds])[ownership]
    trend = sector_trend + outside + parameters.dynamics.trend_sigma * rng.standard_normal(count)
    return Population(
        zone=zone,
        sector=sector,
        activity=activity,
        ownership=ownership,
        born=np.zeros(count, dtype=np.int64),
        closed=np.zeros(count, dtype=np.int64),
        enters=np.full(count, NEVER),
        leaves=np.full(count, NEVER),
        size=size,
        trend=trend,
        large=np.full(count, large),
        industrial=np.array([a.industrial for a in parameters.activities])[activity],
        greenfield=greenfield,
    )


def _edges(window: Window) -> tuple[int, int]:
    """Ordinals of the window's first day and of the day after its last."""
    last = window.last + 1
    return dt.date(window.first // 12, window.first % 12 + 1, 1).toordinal(), dt.date(
        last // 12, last % 12 + 1, 1
    ).toordinal()


def _old_birthdays(parameters: Parameters, rng: np.random.Generator, count: int, first: int) -> Ints:
    """Days between the earliest year and half a year before the window, later ones more often."""
    earliest = dt.date(parameters.enterprises.earliest_year, 1, 1).toordinal()
    return earliest + (rng.beta(2.2, 1.3, count) * (first - 200 - earliest)).astype(np.int64)


def _schedule(
    parameters: Parameters,
    window: Window,
    large: Population,
    start: int,
    entries: int,
    exits: int,
    rng: np.random.Generator,
) -> None:
    """Sets when the large ones were born, enter and leave monthly reporting, and close."""
    p = parameters.enterprises
    count = len(large)
    first, last = _edges(window)
    large.born[:] = _old_birthdays(parameters, rng, count, first)
    large.enters[:start] = -1
    large.enters[start + entries :] = -1  # services
    positions = np.arange(window.months)
    januaries = positions[window.month_of == 1]
    at = rng.integers(1, window.months, entries) if window.months > 1 else np.zeros(entries, dtype=np.int64)
    if len(januaries):
        yearly = rng.random(entries) < p.january_entries
        at = np.where(yearly, rng.choice(januaries, entries), at)
    large.enters[start : start + entries] = at
    # a new plant was founded some time before it produces enough to be counted
    new = np.flatnonzero(large.greenfield)
    starts = first + (large.enters[new] * 30.44).astype(np.int64)
    large.born[new] = np.where(large.enters[new] >= 0, starts - rng.integers(240, 700, len(new)), large.born[new])
    leaving = pick(rng, large.size[:start] ** -1.6, exits)  # whoever falls below the threshold was near it
    large.leaves[leaving] = rng.integers(min(3, window.months - 1), window.months, len(leaving))
    large.trend[leaving] -= 0.15
    gone = leaving[rng.random(len(leaving)) < p.exits_by_closure]
    large.closed[gone] = np.minimum(
        first + (large.leaves[gone] * 30.44).astype(np.int64) - rng.integers(0, 25, len(gone)), last - 1
    )
