"""What is missing for the next rung: the fewest figures to change, and each as little as possible.

Every step that a figure could take (to the next band, to a threshold, to full marks) is one row of a table, and pairs
and triples of steps are further rows; all are evaluated at once, as any subjects are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, product

import numpy as np

from .evaluate import NO, Interval, Outcome, Standing, Table, evaluate
from .language import Condition, Criterion, Scheme

#: figures changed together, at most
MOST_CHANGES = 4
#: rows that are tried at once
MOST_ROWS = 8000
#: of one set of figures
MOST_TRIED = 1500
#: steps in which a figure is brought nearer, twice over
FINER = 64


@dataclass(frozen=True, slots=True)
class Change:
    """A figure to be brought from ``now`` (None: missing) to ``to``."""

    value: str
    now: float | None
    to: float


@dataclass(frozen=True, slots=True)
class Way:
    """Changes that together are enough; ``size`` tells how much is asked, to compare ways by."""

    changes: tuple[Change, ...]
    size: float


def fixed(scheme: Scheme, name: str) -> bool:
    """Whether a value is none that the subject itself can move: a title, a code, somebody else's judgement."""
    value = scheme.values[name]
    return value.is_text or value.mark is not None


def ways(scheme: Scheme, table: Table, level: int = 0, most: int = 3) -> list[Way]:
    """The smallest ways in which the one subject of ``table`` passes (or, with ``level``, reaches that level), the
    best first. What is missing is taken as in the best case: it has to be filled in anyway. [] where it is reached
    already, or no few changes are enough."""
    if _reached(evaluate(scheme, table), level)[0]:
        return []
    steps = {name: _steps(scheme, table, name) for name in scheme.values if not fixed(scheme, name)}
    movable = [name for name, found in steps.items() if found]
    for count in range(1, MOST_CHANGES + 1):
        sets = list(islice(combinations(movable, count), MOST_ROWS))
        if not sets:
            break
        # whatever figures they had: which of these values could be enough at all
        could = _reached(evaluate(scheme, _freed(table, sets)), level)
        able = [names for names, good in zip(sets, could, strict=True) if good]
        each = max(2, int(MOST_TRIED ** (1 / count)))
        rows = list(islice((row for names in able for row in product(*(steps[n][:each] for n in names))), MOST_ROWS))
        if not rows:
            continue
        there = _reached(evaluate(scheme, _tried(table, rows)), level)
        best: dict[frozenset[str], Way] = {}
        for way in sorted((_way(row) for row, good in zip(rows, there, strict=True) if good), key=lambda one: one.size):
            best.setdefault(frozenset(change.value for change in way.changes), way)
        if best:
            nearest = [_nearer(scheme, table, way, level) for way in list(best.values())[:most]]
            return sorted(nearest, key=lambda one: one.size)
    return []


def _nearer(scheme: Scheme, table: Table, way: Way, level: int) -> Way:
    """The same figures, those with marks that rise steadily brought no farther than needed."""
    changes = list(way.changes)
    for at, change in enumerate(changes):
        steady = any(
            one.value == change.value and (one.linear or one.power or one.ratio) for one in scheme.all_criteria()
        )
        if not steady or change.now is None:
            continue
        start, end = change.now, change.to
        for _round in range(2):
            figures = [start + (end - start) * n / FINER for n in range(1, FINER + 1)]
            rows = [tuple(replace(c, to=f) if c is change else c for c in changes) for f in figures]
            first = int(np.argmax(_reached(evaluate(scheme, _tried(table, rows)), level)))
            start, end = (figures[first - 1] if first else start), figures[first]
        changes[at] = replace(change, to=end)
    return _way(tuple(changes))


def _reached(outcome: Outcome, level: int) -> np.ndarray:  # type: ignore[type-arg]
    made = outcome.state != NO
    return made & (outcome.level_high >= level) if level else made


def _freed(table: Table, sets: Sequence[tuple[str, ...]]) -> Table:
    """The subject once for each set of values, which are taken to be anything."""
    freed = _repeated(table, len(sets))
    numbers = dict(freed.numbers)
    for name in {name for names in sets for name in names}:
        here = np.array([name in names for names in sets])
        old = numbers[name]
        numbers[name] = Interval(np.where(here, -np.inf, old.low), np.where(here, np.inf, old.high))
    return Table(freed.size, numbers, freed.texts, freed.groups, freed.standings)


def _known(value: Interval) -> float | None:
    return None if value.missing[0] else float(value.low[0])


def _steps(scheme: Scheme, table: Table, name: str) -> list[Change]:
    """The better figures to which a value could be brought so that something changes; from the nearest on."""
    now = _known(table.number(name))
    if now is None:
        return []
    found: set[float] = set()
    for root in scheme.conditions():
        for leaf in root.leaves():
            if leaf.value == name:
                found |= {step.to for step in _to_hold(leaf, now)}
    for one in scheme.all_criteria():
        if one.value == name:
            found |= set(_marks(one, now, table.standings.get((name, one.peers.among)) if one.peers else None))
    # nobody shrinks to be small enough: figures move in the direction that is better
    up = scheme.values[name].better == "up"
    better = (figure for figure in found if (figure > now if up else figure < now))
    near = sorted(better, key=lambda figure: abs(figure - now))
    return [Change(name, now, figure) for figure in near[:12]]


def _beyond(than: float) -> float:
    """The next figure that people would write after ``than``."""
    return than + max(1e-6, abs(than) * 1e-6)


def _to_hold(leaf: Condition, now: float | None) -> Iterator[Change]:
    if leaf.value is None or leaf.op in ("in", "starts", None) or leaf.than is None:
        return
    than = float(leaf.than)  # type: ignore[arg-type]
    match leaf.op:
        case ">=" | "<=" | "==":
            yield Change(leaf.value, now, than)
        case ">":
            yield Change(leaf.value, now, _beyond(than))
        case "<":
            yield Change(leaf.value, now, 2 * than - _beyond(than))


def _marks(one: Criterion, now: float, standing: Standing | None) -> Iterator[float]:
    """Figures at which a criterion gives other points."""
    for band in one.bands or ():
        for edge, inside in ((band.min, one.edges == "[)"), (band.max, one.edges == "(]")):
            if edge is not None:
                yield edge if inside else (_beyond(edge) if edge is band.min else edge)
    if one.linear and one.linear.full is not None and one.linear.zero is not None:
        yield from (now + (one.linear.full - now) * share for share in (0.25, 0.5, 0.75, 1.0))
    if one.power:
        yield from (now + (one.power.good - now) * share for share in (0.25, 0.5, 0.75, 1.0))
    if one.ratio:
        goal = one.ratio.target * one.ratio.most
        yield from (now + (goal - now) * share for share in (0.25, 0.5, 0.75, 1.0))
    if one.each:
        top = one.points or 0.0
        yield from (one.each.per * n for n in range(1, int(top / one.each.points) + 1))
    if standing is not None:
        for among in standing.groups.values():
            yield from (float(figure) for figure in np.quantile(among, np.linspace(0.1, 1, 10)) if among.size)


def _repeated(table: Table, size: int) -> Table:
    numbers = {n: Interval(np.repeat(v.low, size), np.repeat(v.high, size)) for n, v in table.numbers.items()}
    texts = {name: np.repeat(text, size) for name, text in table.texts.items()}
    groups = {name: np.repeat(group, size) for name, group in table.groups.items()}
    return Table(size, numbers, texts, groups, table.standings)


def _tried(table: Table, rows: Sequence[tuple[Change, ...]]) -> Table:
    """The subject once for each row, with the row's changes."""
    again, size = _repeated(table, len(rows)), len(rows)
    numbers = dict(again.numbers)
    changed: dict[str, np.ndarray] = {}  # type: ignore[type-arg]
    for at, row in enumerate(rows):
        for change in row:
            changed.setdefault(change.value, np.full(size, np.nan))[at] = change.to
    for name, figures in changed.items():
        there, old = ~np.isnan(figures), numbers[name]
        numbers[name] = Interval(np.where(there, figures, old.low), np.where(there, figures, old.high))
    return Table(size, numbers, again.texts, again.groups, again.standings)


def _with(table: Table, numbers: Mapping[str, Interval]) -> Table:
    return Table(table.size, {**table.numbers, **numbers}, table.texts, table.groups, table.standings)


def tried(table: Table, figures: Mapping[str, float]) -> Table:
    """The one subject of ``table`` with figures of its own choice: a try-out; nothing is kept."""
    return _with(table, {name: Interval.of([figure]) for name, figure in figures.items()})


def _way(row: tuple[Change, ...]) -> Way:
    sizes = [abs(change.to - (change.now or 0.0)) / max(abs(change.now or 0.0), abs(change.to), 1e-9) for change in row]
    return Way(row, float(sum(sizes)) + len(row) * 10)
