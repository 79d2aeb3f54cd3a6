"""How many seeded cheats the cross-check finds, and how many honest enterprises it bothers.

    python bench/crosscheck.py --seeds 1 2 3 [--enterprises 800] [--small 800] [--months 48] [--lacking 0.25] [--noise 0.03] [--industries 10]

A world is drawn for each seed: industries with intensities, seasons and price shocks of their own; enterprises that
grow, stop for overhaul, save energy, renew their plant, change their products; meters with base load, noise and gaps,
and a share of enterprises that lack meters (``qiangqu_demo/crosscheck/metering.py``). Into it cheats are put at random:

over    output and value added reported 8–30 % too high for 4–12 months of one calendar year
shift   10–40 % of a month's output reported in a neighbouring month (or the one after it)
copy    1–3 months repeat the month before in all figures; 4 in 10 are altered by up to 0.1 %
split   a year's revenue above the line of 2000 万元 is reported as two or three enterprises below it, from some year on

The judge sees at the end of each calendar year (from the second) what was there until then, and nothing else.

Recall: the share of cheat episodes (one enterprise, one year, one kind) in which the enterprise is flagged in that
year for months that overlap the episode. False alarms: the share of enterprise-years without any cheat, of all
that have at least one meter, in which the enterprise is flagged for anything. A cheat in an enterprise without
a single meter counts as missed. Months after an episode in a later year are honest again.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qiangqu.decisions.crosscheck.judging import judge
from qiangqu.decisions.crosscheck.line import Yearly
from qiangqu.decisions.crosscheck.panel import KINDS, Panel
from qiangqu_demo.crosscheck.metering import metered, trades

LINE = 2000.0  # 万元 a year
FIRST_YEAR = 2021
RATES = {"over": 0.05, "shift": 0.03, "copy": 0.03}  # of large enterprises a year
SPLIT = 0.03  # of small ones


@dataclass(frozen=True)
class Episode:
    row: int
    what: str
    first: int
    last: int
    size: float


@dataclass
class World:
    panel: Panel
    yearly: Yearly
    episodes: list[Episode]
    large: int


def world(seed: int, large: int, small: int, months: int, lacking: float, noise: float, industries: int) -> World:
    random = np.random.default_rng(seed)
    count = large + small
    industry = random.integers(0, industries, count)
    kinds = trades(random, industries)
    time_of = np.arange(months)
    calendar = FIRST_YEAR * 12 + time_of
    month_of = calendar % 12 + 1
    volume = _volume(random, large, small, industry, industries, time_of, month_of)
    price = np.cumsum(random.normal(0.001, 0.015, (industries, months)), axis=1)[industry]
    mix = _memory(random, count, months, 0.02, 0.7) + np.cumsum(random.normal(0, 0.004, (count, months)), axis=1)
    output = volume * np.exp(price + mix)
    meters = metered(random, volume, month_of, industry, kinds, noise=noise, lacking=lacking)
    rate = random.uniform(0.15, 0.35, (industries, 1))[industry] * np.exp(
        0.15 * random.standard_normal((count, 1)) + _memory(random, count, months, 0.03, 0.5)
    )
    reported = output * np.exp(0.005 * random.standard_normal(output.shape))
    added = reported * rate
    staff = np.maximum(np.round(40 * volume.mean(1, keepdims=True) ** 0.8 * np.exp(np.cumsum(_rare(random, count, months), axis=1))), 3)  # fmt: skip
    missing = random.random(output.shape) < 0.01
    episodes: list[Episode] = []
    years = months // 12
    for row in range(large):
        for year in range(1, years):
            chance = random.random()
            start = year * 12
            if chance < RATES["over"]:
                size, length = random.uniform(0.08, 0.30), int(random.integers(4, 13))
                begin = start + int(random.integers(0, 13 - length))
                reported[row, begin : begin + length] *= 1 + size
                added[row, begin : begin + length] *= 1 + size
                missing[row, begin : begin + length] = False
                episodes.append(Episode(row, "over", begin, begin + length - 1, size))
            elif chance < RATES["over"] + RATES["shift"]:
                apart = int(random.choice([1, 1, 2]))
                size, begin = random.uniform(0.10, 0.40), start + int(random.integers(0, 12 - apart))
                a, b = (begin, begin + apart) if random.random() < 0.5 else (begin + apart, begin)
                moved, moved_added = size * reported[row, a], size * added[row, a]
                reported[row, a] -= moved
                reported[row, b] += moved
                added[row, a] -= moved_added
                added[row, b] += moved_added
                missing[row, [a, b]] = False
                episodes.append(Episode(row, "shift", begin, begin + apart, size))
            elif chance < sum(RATES.values()):
                length = int(random.integers(1, 4))
                begin = start + int(random.integers(0, 13 - length))
                exact = random.random() < 0.6
                for t in range(begin, begin + length):
                    for series in (reported, added):
                        series[row, t] = series[row, t - 1] * (1 if exact else 1 + random.uniform(-0.001, 0.001))
                    staff[row, t] = staff[row, t - 1]
                missing[row, begin - 1 : begin + length] = False
                episodes.append(Episode(row, "copy", begin, begin + length - 1, float(exact)))
    whole = np.arange(years * 12).reshape(years, 12)
    true = output[:, whole].sum(2)
    revenue = true * np.exp(0.01 * random.standard_normal(true.shape))
    yearly_meters = {name: _year_sum(series[:, whole]) for name, series in meters.items()}
    group = np.full(count, -1)
    _split(random, large, count, years, true, revenue, yearly_meters, group, industry, episodes)
    reported, added = np.maximum(np.round(reported, 1), 0.1), np.maximum(np.round(added, 1), 0.1)
    for series in (reported, added, staff):
        series[missing] = np.nan
        series[large:] = np.nan
    panel = Panel(
        tuple(int(one) for one in calendar), industry, {"output": reported, "value_added": added, "employees": staff},
        meters, KINDS, {"output": 0.1, "value_added": 0.1, "employees": 1.0},
    )  # fmt: skip
    revenue[:large] = np.where(revenue[:large] > 0, revenue[:large], np.nan)
    yearly = Yearly(tuple(FIRST_YEAR + y for y in range(years)), industry, np.round(revenue), yearly_meters, group, LINE, KINDS)  # fmt: skip
    return World(panel, yearly, episodes, large)


def _volume(random: Any, large: int, small: int, industry: Any, industries: int, time_of: Any, month_of: Any) -> Any:
    """What is truly produced, 万元 at constant prices a month."""
    count, months = large + small, time_of.size
    size = np.concatenate([np.exp(random.normal(6.2, 1.1, large)), np.exp(random.normal(4.4, 0.9, small))])
    size[:large] = np.maximum(size[:large], LINE / 12)
    growth = random.normal(0.05, 0.10, count) / 12
    season = 0.10 * random.standard_normal((industries, 12))
    shock = _memory(random, industries, months, 0.05, 0.85)
    own = _memory(random, count, months, 0.09, 0.6)
    course = growth[:, None] * (time_of - months / 2) + season[industry][:, month_of - 1] + shock[industry] + own
    ramp = np.ones((count, months))
    for row in np.flatnonzero(random.random(count) < 0.25 * months / 12):  # overhaul or halt of one or two months
        start, length = int(random.integers(0, months)), int(random.integers(1, 3))
        ramp[row, start : start + length] = random.uniform(0.0, 0.6)
    for row in np.flatnonzero(random.random(count) < 0.05):  # a new line
        ramp[row, int(random.integers(6, months)) :] *= random.uniform(1.2, 1.8)
    return np.maximum(size[:, None] * np.exp(course) * ramp, 1e-3 * size[:, None])


def _split(random: Any, large: int, count: int, years: int, true: Any, revenue: Any, meters: Any, group: Any, industry: Any, episodes: list[Episode]) -> None:  # fmt: skip
    """Honest neighbours at one address, then enterprises that are truly above the line and report as several."""
    free = list(random.permutation(np.arange(large, count)))
    number = 0
    while len(free) > (count - large) * 0.6:
        together = [int(free.pop()) for _ in range(int(random.integers(2, 4)))]
        group[together] = number
        number += 1
    wanted = int(SPLIT * (count - large))
    mains = [int(row) for row in free if true[row].max() > LINE * 1.05 and np.median(true[row]) < 2.2 * LINE][:wanted]
    partners = [int(row) for row in free if row not in set(mains)]
    for row in mains:
        since = int(random.integers(0, years))
        shares = random.dirichlet([12] * int(random.integers(2, 4)))
        mates = [partners.pop() for _ in shares[1:]]
        group[[row, *mates]] = number
        number += 1
        for mate in mates:  # a firm on paper: founded for it, at the same address, staff and meters elsewhere
            industry[mate] = industry[row]
            revenue[mate] = np.nan
            for series in meters.values():
                series[mate] = np.nan
        for year in range(since, years):
            total = true[row, year]
            if total < LINE * 1.05 or (shares * total).max() >= LINE * 0.99:
                continue
            revenue[row, year] = total * shares[0]
            for mate, part in zip(mates, shares[1:], strict=True):
                revenue[mate, year] = total * part
                if random.random() < 0.5:  # a small account of its own
                    meters["electricity"][mate, year] = 0.03 * np.nan_to_num(meters["electricity"][row, year], nan=1.0)
                if random.random() < 0.5:
                    meters["insured"][mate, year] = float(random.integers(12, 60))
            if year:
                episodes.append(Episode(row, "split", year * 12, year * 12 + 11, float(shares[0])))


def _year_sum(series: Any) -> Any:
    """Twelve times the mean of the months read; nothing where half are missing."""
    there = np.isfinite(series)
    mean = np.where(there, series, 0).sum(2) / np.maximum(there.sum(2), 1)
    return np.where(there.sum(2) >= 6, 12 * mean, np.nan)


def _memory(random: Any, count: int, months: int, sigma: float, keep: float) -> Any:
    noise = np.empty((count, months))
    noise[:, 0] = sigma * random.standard_normal(count)
    for t in range(1, months):
        noise[:, t] = keep * noise[:, t - 1] + sigma * np.sqrt(1 - keep**2) * random.standard_normal(count)
    return noise


def _rare(random: Any, count: int, months: int) -> Any:
    return np.where(random.random((count, months)) < 0.6, random.normal(0, 0.015, (count, months)), 0.0)


def score(made: World) -> dict[str, Any]:
    """Found and all episodes by kind, false alarms by kind and judged honest enterprise-years."""
    tally: dict[str, Any] = defaultdict(int)
    base = made.panel.months[0]
    has_meter = np.zeros(len(made.panel.industry), dtype=bool)
    for series in (*made.panel.meters.values(), *made.yearly.meters.values()):
        has_meter |= np.isfinite(series).any(1)
    partners_of = defaultdict(set)
    for at, number in enumerate(made.yearly.group):
        partners_of[int(number)].add(at)
    for year in range(1, len(made.yearly.years)):
        flags, _fits = judge(made.panel.until(year * 12 + 12), made.yearly.until(year + 1), claims=("output", "value_added"))  # fmt: skip
        span = defaultdict(list)
        for flag in flags:
            span[flag.row].append(flag)
        cheats = [one for one in made.episodes if year * 12 <= one.first < year * 12 + 12]
        guilty = set()
        for one in cheats:
            guilty |= {one.row} if one.what != "split" else partners_of[int(made.yearly.group[one.row])]
            mine = span[one.row] if one.what != "split" else [f for r in partners_of[int(made.yearly.group[one.row])] for f in span[r]]  # fmt: skip
            hit = [f for f in mine if f.first - base <= one.last and f.last - base >= one.first]
            tally[f"{one.what} all"] += 1
            tally[f"{one.what} found"] += bool(hit)
            tally[f"{one.what} named"] += any(f.what == one.what for f in hit)
            if one.what == "over":
                band = "8-12 %" if one.size < 0.12 else "12-20 %" if one.size < 0.2 else "20-30 %"
                tally[f"over {band} all"] += 1
                tally[f"over {band} found"] += bool(hit)
        reports = np.isfinite(made.panel.reported["output"][:, year * 12 : year * 12 + 12]).any(1)
        reports |= made.yearly.reported[:, year] > 0
        for row in map(int, np.flatnonzero(has_meter & reports)):
            if row not in guilty:
                tally["honest"] += 1
                tally["false"] += bool(span[row])
                for name in {f.what for f in span[row]}:
                    tally[f"false {name}"] += 1
                if row < made.large:
                    tally["honest large"] += 1
                    tally["false large"] += bool(span[row])
    return tally


def told(title: str, tally: dict[str, Any]) -> None:
    parts = [f"{title:>9}"]
    for what in ("over", "shift", "copy", "split"):
        parts.append(f"{what} {tally[f'{what} found']}/{tally[f'{what} all']}")
    found = sum(tally[f"{what} found"] for what in ("over", "shift", "copy", "split"))
    everything = sum(tally[f"{what} all"] for what in ("over", "shift", "copy", "split"))
    parts.append(f"recall {found / max(everything, 1):.1%}")
    parts.append(f"false {tally['false'] / max(tally['honest'], 1):.2%} of {tally['honest']}")
    parts.append(f"(large {tally['false large'] / max(tally['honest large'], 1):.2%})")
    parts.append(f"precision {found / max(found + tally['false'], 1):.0%}")
    print("  ".join(parts), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--enterprises", type=int, default=800, help="that report by the month")
    parser.add_argument("--small", type=int, default=800, help="below the line, that report by the year")
    parser.add_argument("--months", type=int, default=48)
    parser.add_argument("--lacking", type=float, default=0.25, help="share of enterprises that lack meters")
    parser.add_argument("--noise", type=float, default=0.03, help="of a month's reading of electricity")
    parser.add_argument("--industries", type=int, default=10)
    given = parser.parse_args(arguments)
    total: dict[str, Any] = defaultdict(int)
    began = time.process_time()
    for seed in given.seeds:
        made = world(seed, given.enterprises, given.small, given.months, given.lacking, given.noise, given.industries)
        tally = score(made)
        told(f"seed {seed}", tally)
        for name, value in tally.items():
            total[name] += value
    told("all", total)
    for what in ("over", "shift", "copy", "split"):
        print(
            f"  {what:6} found {total[f'{what} found'] / max(total[f'{what} all'], 1):6.1%}  named as such {total[f'{what} named'] / max(total[f'{what} all'], 1):6.1%}  of {total[f'{what} all']:5}; false alarms {total[f'false {what}'] / max(total['honest'], 1):.2%}"
        )
    for band in ("8-12 %", "12-20 %", "20-30 %"):
        print(f"  over by {band:8} found {total[f'over {band} found'] / max(total[f'over {band} all'], 1):6.1%} of {total[f'over {band} all']}")  # fmt: skip
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
