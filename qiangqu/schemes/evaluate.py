"""Marks and conditions of a scheme for all subjects at once: arrays in, arrays out, no database.

A value that is missing is the whole line of numbers, not 0. So every mark is a range from the worst to the best
case, and every condition holds (:data:`YES`), does not (:data:`NO`) or is :data:`OPEN`. The ranges of criteria that
rest on the same missing value are added up as if they were independent: the range of a total never leaves out
what can be, and may be wider than what can be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from .language import Band, Condition, Criterion, Peers, Power, Scheme

NO, OPEN, YES = 0, 1, 2
Numbers = npt.NDArray[np.float64]
States = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int32]

#: comparisons allow for what floating point adds: 0.1 + 0.2 reaches 0.3
TOLERANCE = 1e-9
#: what still has to come about is counted as (failing + open) * this + failing
_WEIGHT = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A value of each subject, between ``low`` and ``high`` (the same where it is known)."""

    low: Numbers
    high: Numbers

    @classmethod
    def of(cls, values: npt.ArrayLike) -> "Interval":
        """Figures of which those that are no finite number are missing."""
        array = np.asarray(values, dtype=np.float64)
        there = np.isfinite(array)
        if there.all():
            return cls(array, array)
        return cls(np.where(there, array, -np.inf), np.where(there, array, np.inf))

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        return np.isinf(self.low) | np.isinf(self.high)


@dataclass(frozen=True)
class Standing:
    """The figures of the peers of each group, in order: against them a value is placed."""

    groups: Mapping[int, Numbers]

    @classmethod
    def of(cls, values: Interval, groups: npt.NDArray[Any]) -> "Standing":
        there = ~values.missing
        numbers, codes = values.low[there], groups[there]
        order = np.lexsort((numbers, codes))
        numbers, codes = numbers[order], codes[order]
        starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]) if codes.size else np.empty(0, np.int64)
        ends = np.r_[starts[1:], codes.size] if codes.size else starts
        return cls({int(codes[a]): numbers[a:b] for a, b in zip(starts, ends, strict=True)})


@dataclass
class Table:
    """What is known of the subjects. ``numbers`` and ``texts`` by the scheme's names of values (a text "" is
    missing); ``groups``: with whom each is compared, by ``among``; ``standings``: the peers, where they are not
    the subjects themselves (a try-out), by name and ``among``."""

    size: int
    numbers: Mapping[str, Interval] = field(default_factory=dict)
    texts: Mapping[str, npt.NDArray[np.str_]] = field(default_factory=dict)
    groups: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    standings: Mapping[tuple[str, str], Standing] = field(default_factory=dict)

    def number(self, name: str) -> Interval:
        found = self.numbers.get(name)
        return found if found is not None else Interval.of(np.full(self.size, np.nan))

    def group(self, among: str) -> npt.NDArray[np.int64]:
        found = self.groups.get(among) if among != "all" else None
        return found if found is not None else np.zeros(self.size, np.int64)

    def standing(self, name: str, among: str) -> Standing:
        found = self.standings.get((name, among))
        return found if found is not None else Standing.of(self.number(name), self.group(among))


Path = tuple[str | int, ...]


@dataclass
class Outcome:
    """What a scheme gives each subject. ``state``: whether it qualifies; ``concerned``: whom the scheme is for;
    ``failing`` and ``unsure``: how many conditions, at the least, must still come about or are open; ``distance``: how far
    off what fails is, as the sum of shares of the thresholds (0: nothing fails, an open condition counts 1); ``level``: number
    from 1 at the lowest, 0 for none, in the worst and the best case. With details also the range of points of each
    criterion by its code, and each condition's state by its path."""

    state: States
    concerned: npt.NDArray[np.bool_]
    score: Interval
    failing: Counts
    unsure: Counts
    distance: Numbers
    level_low: States
    level_high: States
    points: dict[str, Interval] = field(default_factory=dict)
    holds: dict[Path, States] = field(default_factory=dict)


def evaluate(scheme: Scheme, table: Table, details: bool = False) -> Outcome:
    """Marks, level and state of every subject of the table."""
    return _Run(scheme, table, details).outcome()


class _Run:
    def __init__(self, scheme: Scheme, table: Table, details: bool) -> None:
        self.scheme, self.table, self.details = scheme, table, details
        self.scores: dict[str, Interval] = {}
        self.holds: dict[Path, States] = {}

    def outcome(self) -> Outcome:
        scheme, size = self.scheme, self.table.size
        total = self._total()
        self.scores["total"] = total
        concerned = np.ones(size, bool)
        if scheme.only is not None:
            concerned = self.condition(scheme.only, ("only",))[0] != NO
        state, key, distance = np.full(size, YES, np.int8), np.zeros(size, np.int32), np.zeros(size)
        for at, gate in enumerate(scheme.gates):
            holds, cost, off = self.condition(gate, ("gates", at))
            state, key, distance = np.minimum(state, holds), key + cost, distance + off
        if scheme.passes is not None:
            holds, cost, off = self.condition(scheme.passes, ("pass",))
            state, key, distance = np.minimum(state, holds), key + cost, distance + off
        for at, veto in enumerate(scheme.vetoes):
            holds = self.condition(veto, ("vetoes", at))[0]
            state = np.minimum(state, (YES - holds).astype(np.int8))
            key = key + _keys((YES - holds).astype(np.int8), veto.unknown is not None)
        low, high = np.zeros(size, np.int8), np.zeros(size, np.int8)
        for at, level in reversed(list(enumerate(scheme.levels))):
            holds = self.condition(level.when, ("levels", at))[0]
            number = len(scheme.levels) - at
            low[holds == YES], high[holds != NO] = number, number
        if scheme.levels:
            # what does not pass has no level
            low[state != YES], high[state == NO] = 0, 0
        failing, both = key % _WEIGHT, key // _WEIGHT
        return Outcome(
            state, concerned, total, failing, both - failing, distance, low, high,
            self.scores if self.details else {}, self.holds,
        )  # fmt: skip

    # ---------------------------------------------------------------- conditions

    def condition(self, one: Condition, path: Path) -> tuple[States, Counts, Numbers]:
        """Whether a condition holds, what at the least has still to come about, and how far off it is."""
        if one.parts:
            name = "all" if one.all else "any" if one.any else "of"
            found = [self.condition(part, (*path, name, at)) for at, part in enumerate(one.parts)]
            states, keys, offs = (np.stack(columns) for columns in zip(*found, strict=True))
            wanted = len(found) if one.all else one.at_least or 1
            sure, able = (states == YES).sum(0) >= wanted, (states != NO).sum(0) >= wanted
            holds = (sure.astype(np.int8) + able).astype(np.int8)
            if wanted < len(found):
                keys, offs = np.sort(keys, axis=0)[:wanted], np.sort(offs, axis=0)[:wanted]
            key, off = keys.sum(0, dtype=np.int32), offs.sum(0)
        else:
            holds = self._leaf(one)
            key = _keys(holds, one.unknown is not None)
            off = self._off(one, holds)
        if self.details:
            self.holds[path] = holds
        return holds, key, off

    def _off(self, one: Condition, holds: States) -> Numbers:
        """How far a single condition is off: what fails by the share of its threshold that is missing."""
        if one.unknown is not None:
            return np.zeros(holds.size)
        off = np.where(holds == YES, 0.0, 1.0)
        if one.op in (">=", ">", "<=", "<") and not isinstance(one.than, bool):
            value = self.scores[one.score] if one.score is not None else self.table.number(one.value or "")
            than, fails = float(one.than), holds == NO  # type: ignore[arg-type]
            best = np.where(fails, value.high if one.op in (">=", ">") else value.low, than)
            largest = np.maximum(np.maximum(np.abs(best), abs(than)), 1e-12)
            off = np.where(fails, np.minimum(1.0, np.abs(than - best) / largest), off)
        return off

    def _leaf(self, one: Condition) -> States:
        if one.unknown is not None:
            return np.full(self.table.size, OPEN, np.int8)
        if one.op in ("in", "starts"):
            return self._text(one)
        value = self.scores[one.score] if one.score is not None else self.table.number(one.value or "")
        than = float(one.than)  # type: ignore[arg-type]
        room = TOLERANCE * max(1.0, abs(than))
        match one.op:
            case ">=":
                sure, able = value.low >= than - room, value.high >= than - room
            case ">":
                sure, able = value.low > than + room, value.high > than + room
            case "<=":
                sure, able = value.high <= than + room, value.low <= than + room
            case "<":
                sure, able = value.high < than - room, value.low < than - room
            case _:
                sure = (np.abs(value.low - than) <= room) & (np.abs(value.high - than) <= room)
                able = (value.low <= than + room) & (value.high >= than - room)
                if one.op == "!=":
                    sure, able = ~able, ~sure
        return (sure.astype(np.int8) + able).astype(np.int8)

    def _text(self, one: Condition) -> States:
        texts = self.table.texts.get(one.value or "")
        if texts is None:
            return np.full(self.table.size, OPEN, np.int8)
        codes = one.than if isinstance(one.than, tuple) else ()
        if one.op == "in":
            found = np.isin(texts, codes)
        else:
            found = np.zeros(self.table.size, bool)
            for code in codes:
                found |= np.char.startswith(texts, code)
        return np.where(texts == "", OPEN, np.where(found, YES, NO)).astype(np.int8)

    # ---------------------------------------------------------------- points

    def _total(self) -> Interval:
        size, most = self.table.size, self.scheme.max_points
        total = self._sum(self.scheme.criteria, most)
        if self.scheme.partial:
            # parts whose points nobody found may add anything
            return Interval(total.low, np.full(size, np.inf if most is None else most))
        return total

    def _sum(self, parts: Sequence[Criterion], most: float | None) -> Interval:
        low, high = np.zeros(self.table.size), np.zeros(self.table.size)
        for part in parts:
            points = self.points(part)
            if part.deduction:
                low, high = low - points.high, high - points.low
            else:
                low, high = low + points.low, high + points.high
        limit = np.inf if most is None else most
        return Interval(np.clip(low, 0, limit), np.clip(high, 0, limit))

    def points(self, one: Criterion) -> Interval:
        """The points of a criterion, from the worst to the best case."""
        made = self._points(one)
        self.scores[one.code] = made
        return made

    def _points(self, one: Criterion) -> Interval:
        most = one.points or 0.0
        match one.way:
            case "parts":
                parts = one.parts or ()
                if not one.weighted:
                    return self._sum(parts, most)
                found = [(part.weight or 0.0, part.points or 1.0, self.points(part)) for part in parts]
                low = sum((w * made.low / full for w, full, made in found), np.zeros(self.table.size))
                high = sum((w * made.high / full for w, full, made in found), np.zeros(self.table.size))
                return Interval(most * low / 100, most * high / 100)
            case "best_of":
                each = [self.points(part) for part in one.best_of or ()]
                return Interval(np.max([made.low for made in each], 0), np.max([made.high for made in each], 0))
            case "unknown":
                return Interval(np.zeros(self.table.size), np.full(self.table.size, most))
            case "choices":
                return self._choices(one, most)
            case "count" if one.count is not None:
                states = np.stack([self.condition(part, (one.code, at))[0] for at, part in enumerate(one.count.of)])
                each_points = one.count.points
                low, high = each_points * (states == YES).sum(0), each_points * (states != NO).sum(0)
                return Interval(np.minimum(low, most), np.minimum(high, most))
            case "peers" if one.peers is not None:
                return self._peers(one, one.peers, most)
            case "bands":
                return _banded(self.table.number(one.value or ""), one.bands or (), most, one.edges)
        return self._steady(one, most)

    def _steady(self, one: Criterion, most: float) -> Interval:
        """Ways in which points only rise, or only fall, with the value."""
        value = self.table.number(one.value or "")
        share: Callable[[Numbers], Numbers]
        if one.linear is not None:
            zero, full = one.linear.zero, one.linear.full
            if zero is None or full is None:
                return Interval(np.zeros(self.table.size), np.full(self.table.size, most))
            share = lambda v: (v - zero) / (full - zero)  # noqa: E731
        elif one.power is not None:
            share = _powered(one.power)
        elif one.ratio is not None:
            target, limit = one.ratio.target, one.ratio.most
            down = self.scheme.values[one.value or ""].better == "down"
            if down:
                share = lambda v: target / np.maximum(v, target / limit)  # noqa: E731
            else:
                share = lambda v: np.minimum(limit, v / target)  # noqa: E731
            return _between(share, value, most, limit)
        elif one.each is not None:
            per, points = one.each.per, one.each.points
            share = lambda v: np.floor(v / per + TOLERANCE) * points / most if most else v * 0  # noqa: E731
        else:
            share = lambda v: v / most if most else v * 0  # noqa: E731
        return _between(share, value, most, 1.0)

    def _choices(self, one: Criterion, most: float) -> Interval:
        """The best of the choices that hold; within a range of points the expert's mark."""
        size = self.table.size
        low, high = np.full(size, one.otherwise), np.full(size, one.otherwise)
        given = self.table.number(one.mark) if one.mark else None
        for at, choice in enumerate(one.choices or ()):
            holds = self.condition(choice.when, (one.code, at))[0]
            points = choice.points if isinstance(choice.points, tuple) else (choice.points, choice.points)
            least = 0.0 if points[0] is None else points[0]
            best = most if points[1] is None else points[1]
            worst_case, best_case = np.full(size, least), np.full(size, best)
            if given is not None and least < best:
                marked = ~given.missing & (given.low >= least) & (given.high <= best)
                worst_case, best_case = np.where(marked, given.low, least), np.where(marked, given.high, best)
            low = np.where(holds == YES, np.maximum(low, worst_case), low)
            high = np.where(holds != NO, np.maximum(high, best_case), high)
        return Interval(low, high)

    def _peers(self, one: Criterion, peers: Peers, most: float) -> Interval:
        name = one.value or ""
        value, groups = self.table.number(name), self.table.group(peers.among)
        standing = self.table.standing(name, peers.among)
        up = self.scheme.values[name].better == "up"
        made = Interval.of(np.full(self.table.size, np.nan))
        place = made.low * np.nan
        for group, among in standing.groups.items():
            mine = (groups == group) & ~value.missing
            place[mine] = _place(value.low[mine], among, up, peers.by)
        place = np.where(value.missing, np.nan, place)
        if peers.by == "minmax":
            return _between(lambda v: v, Interval.of(place), most, 1.0)
        return _banded(Interval.of(place), peers.bands, most, "[)")


def _place(values: Numbers, among: Numbers, up: bool, by: str) -> Numbers:
    """Where values stand among the sorted figures of peers: a share, a rank from 1, or the percentage of the
    other peers that are worse."""
    if by == "minmax":
        spread = among[-1] - among[0]
        if spread <= 0:
            return np.ones(values.size)
        share: Numbers = (values - among[0]) / spread
        return share if up else 1 - share
    below, above = np.searchsorted(among, values, "left"), among.size - np.searchsorted(among, values, "right")
    worse, better = (below, above) if up else (above, below)
    if by == "rank":
        return (better + 1).astype(np.float64)
    return np.minimum(100.0, 100.0 * worse / max(among.size - 1, 1)) if among.size > 1 else np.full(values.size, 100.0)


def _powered(power: Power) -> Callable[[Numbers], Numbers]:
    def share(value: Numbers) -> Numbers:
        reached = (value - power.bad) / (power.good - power.bad)
        up = power.base + (1 - power.base) * np.clip(reached, 0, 1) ** power.exponent
        made: Numbers = np.where(reached >= 0, up, power.base + (1 - power.base) * reached)
        return made

    return share


def _between(share: Callable[[Numbers], Numbers], value: Interval, most: float, limit: float) -> Interval:
    """Points at the two ends of a value, for a share of the points that is monotone in it."""
    one = np.clip(share(value.low), 0, limit) * most
    if value.low is value.high:
        return Interval(one, one)
    other = np.clip(share(value.high), 0, limit) * most
    return Interval(np.minimum(one, other), np.maximum(one, other))


def _banded(value: Interval, bands: Sequence[Band], most: float, edges: str) -> Interval:
    """The least and the greatest points of the bands that a value may be in."""
    low, high = np.full(value.low.size, np.inf), np.full(value.low.size, -np.inf)
    closed_below = edges == "[)"
    for band in bands:
        start = -np.inf if band.min is None else band.min
        end = np.inf if band.max is None else band.max
        down, up = TOLERANCE * max(1.0, abs(start)), TOLERANCE * max(1.0, abs(end))
        if closed_below:
            touched = (value.high >= start - down) & ((value.low < end - up) | (end == np.inf))
        else:
            touched = ((value.high > start + down) | (start == -np.inf)) & (value.low <= end + up)
        least, best = (0.0, most) if band.points is None else (band.points, band.points)
        low = np.where(touched, np.minimum(low, least), low)
        high = np.where(touched, np.maximum(high, best), high)
    return Interval(low, high)


def _keys(holds: States, gap: bool) -> Counts:
    """What a single condition adds to what has still to come about; what nobody can look up adds nothing."""
    if gap:
        return np.zeros(holds.size, np.int32)
    return np.where(holds == YES, 0, np.where(holds == NO, _WEIGHT + 1, _WEIGHT)).astype(np.int32)
