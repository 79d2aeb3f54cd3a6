"""A rule tried on history: how often would it have raised an alarm, at which points, for how long?

The same features, conditions and delays as in the live evaluation, over a grid of moments: whenever a row
came, and in between every ``step`` seconds where the passing of time alone may raise an alarm.
"""

import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from qiangqu.base.errors import InputError
from qiangqu.lake.engine import connect
from qiangqu.lake.telemetry import INVALID
from qiangqu.lake.telemetry_read import rows

from ..models import Point
from .conditions import column
from .episodes import Bools, Episode, Floats, Logic, Times, episode_at, holds, states
from .features import features
from .live import applies, points_table, ready
from .models import AlarmRule, Grouping

DAY = 86_400_000
CHUNK = 2_000_000  # moments in memory at once
STEP = 60  # seconds
ZONE = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Fired:
    """An alarm that a point would have had."""

    point: int
    key: str
    episode: Episode


@dataclass(frozen=True, slots=True)
class Tried:
    """Result of a try-out. ``alarms`` are the episodes after grouping (overlapping ones of one key are one);
    ``by_day`` counts those raised on a day.

    ``points_all`` the rule is for; ``points`` of them were tried, with ``rows`` rows, one look every ``step``
    seconds; ``seconds`` it took.
    """

    fired: list[Fired]
    alarms: int
    by_day: dict[dt.date, int]
    points: int
    points_all: int
    rows: int
    step: int
    seconds: float
    simulated: bool


def try_rule(
    rule: AlarmRule,
    start: int,
    end: int,
    points: Any = None,
    *,
    most_points: int | None = None,
    most_moments: int | None = None,
) -> Tried:
    """Try ``rule`` (stored or not) from ``start`` to before ``end`` (ms UTC) on the points of a queryset that
    it is for (default: all).

    ``most_moments`` bounds the work by looking less often between rows. Raises InputError for a condition
    that is not allowed.
    """
    began = time.perf_counter()
    if end <= start:
        raise InputError("起点应早于终点")
    live = ready(rule)
    table = points_table(Point.objects.order_by("pk") if points is None else points.order_by("pk"))
    chosen = table.filter(_mask(table, rule)) if table.num_rows else table
    total = chosen.num_rows
    if most_points is not None:
        chosen = chosen.slice(0, most_points)
    logic = Logic(live.fire, live.clear, rule.delay_on, rule.delay_off)
    timed = bool(logic.windows or "age" in logic.names or rule.delay_on or rule.delay_off)
    step = STEP
    if timed and most_moments is not None and chosen.num_rows:
        step = max(STEP, -(-(end - start) * chosen.num_rows // (most_moments * 1000 * 60)) * 60)
    fired: list[Fired] = []
    seen = 0
    lines = chosen.to_pylist()
    size = max(1, CHUNK // max(1, (end - start) // (step * 1000) if timed else (end - start) // 60_000))
    for at in range(0, len(lines), size):
        found, count = _chunk(rule, logic, lines[at : at + size], start, end, step if timed else None)
        fired += found
        seen += count
    alarms = list(grouped(fired))
    by_day = Counter(dt.datetime.fromtimestamp(raised / 1000, ZONE).date() for _key, raised, _cleared in alarms)
    return Tried(
        fired=sorted(fired, key=lambda one: -one.episode.raised),
        alarms=len(alarms),
        by_day=dict(by_day),
        points=len(lines),
        points_all=total,
        rows=seen,
        step=step if timed else 0,
        seconds=time.perf_counter() - began,
        simulated=any(line["simulated"] for line in lines),
    )


def _mask(table: Any, rule: AlarmRule) -> Any:
    with connect({"points": table}) as duck:
        kept = duck.sql(f"SELECT point FROM points WHERE {applies(rule)}").fetchnumpy()["point"]  # noqa: S608 - quoted codes
    return np.isin(table["point"].to_numpy(), kept)


def _chunk(
    rule: AlarmRule, logic: Logic, lines: list[dict[str, Any]], start: int, end: int, step: int | None
) -> tuple[list[Fired], int]:
    """The alarms of some points, and how many rows there were."""
    reach = max(logic.fire.reach, logic.clear.reach if logic.clear else 0)
    back = max(reach * 1000, DAY)  # the value that stands at the start came before it
    data = rows(start - back, end, [line["point"] for line in lines])
    numbers = data["point"].to_numpy()
    times, values = data["time"].to_numpy(), data["value"].to_numpy()
    valid = data["flag"].to_numpy() < INVALID
    regular = np.arange(start, end, step * 1000, dtype=np.int64) if step else np.zeros(0, np.int64)
    windows, names = logic.windows, logic.names
    used = {"value", *names, *(column(*window) for window in windows)}
    # a condition without windows and age says the same until the next row comes: asked once a row
    by_row = not windows and "age" not in names
    parts: list[dict[str, Floats]] = []
    grids: list[Times] = []
    looked: list[Any] = []  # for each moment of a grid, at which of the moments asked about it was looked
    for line in lines:
        a, b = np.searchsorted(numbers, line["point"]), np.searchsorted(numbers, line["point"], side="right")
        own = times[a:b]
        grid = merged(regular, own[own >= start])
        grid = grid[
            grid >= min(line["created"], own[0] if len(own) else line["created"])
        ]  # before, there was no such point
        new = np.diff(np.searchsorted(own, grid, side="right"), prepend=-1) > 0 if by_row else np.ones(len(grid), bool)
        asked = grid[new]
        columns = features(own, values[a:b], asked, windows, valid[a:b])
        own_limit = rule.limit is not None
        levels = {
            "limit": rule.limit if own_limit else line["limit"],
            "limit_over": 0 if own_limit else line["limit_over"] or 0,
            "lower": line["lower"],
            "upper": line["upper"],
        }
        for name, level in levels.items():
            if name in used:
                columns[name] = np.full(len(asked), np.nan if level is None else level)
        parts.append({name: columns[name] for name in columns.keys() & used})
        grids.append(grid)
        looked.append(np.cumsum(new) - 1)
    if not sum(len(grid) for grid in grids):
        return [], len(times)
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    all_fired, all_cleared = holds(logic.fire, logic.clear, joined)
    found: list[Fired] = []
    at = 0
    for line, grid, look in zip(lines, grids, looked, strict=True):
        here = slice(at, at + (int(look[-1]) + 1 if len(look) else 0))
        at = here.stop
        if not all_fired[here].any():
            continue
        one_fired: Bools = all_fired[here][look]
        seen = joined["value"][here][look]
        for indices in states(one_fired, all_cleared[here][look], grid, logic):
            found.append(Fired(line["point"], _key(rule, line), episode_at(indices, grid, seen)))
    return found, int(np.count_nonzero(times >= start))


def merged(some: Times, more: Times) -> Times:
    """Two ascending series of moments as one, each moment once.

    >>> merged(np.array([0, 60, 120]), np.array([7, 60])).tolist()
    [0, 7, 60, 120]
    """
    # a stable sort of two runs is one merge; np.union1d would hash and then sort them
    joined = np.sort(np.concatenate((some, more)), kind="stable")
    return joined[np.diff(joined, prepend=joined[:1] - 1) > 0]


def _key(rule: AlarmRule, line: dict[str, Any]) -> str:
    match rule.grouping:
        case Grouping.POINT:
            return f"p{line['point']}"
        case Grouping.AREA:
            return f"a{line['area']}"
    return f"d{line['device']}"


def grouped(fired: list[Fired]) -> Iterator[tuple[str, int, int | None]]:
    """Alarms (key, raised, cleared) after grouping: of one key, episodes that overlap are one."""
    by_key: dict[str, list[Episode]] = defaultdict(list)
    for one in fired:
        by_key[one.key].append(one.episode)
    for key, found in by_key.items():
        found.sort(key=lambda episode: episode.raised)
        raised, cleared = found[0].raised, found[0].cleared
        for episode in found[1:]:
            if cleared is not None and episode.raised > cleared:
                yield key, raised, cleared
                raised, cleared = episode.raised, episode.cleared
            elif cleared is not None:
                cleared = None if episode.cleared is None else max(cleared, episode.cleared)
        yield key, raised, cleared
