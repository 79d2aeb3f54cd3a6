"""What must be computed again: fingerprints of formulas and registers, and how a change spreads through the
graph.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qiangqu.base.periods import Period, PeriodKind, from_key
from qiangqu.facts import subjects
from qiangqu.registry.subjects import ORGANISATION, PROJECT

from .derivation import Mode, end_key, previous_key, targets
from .graph import FACT_ATOMS, REGISTER_ATOMS, Graph, Node
from .inputs import STAGE_DAYS, Happened, Held, Inputs, fingerprint

#: grows when the same formula gives other values than before, so that stored ones are computed again
RULES = 2


def digests(graph: Graph, roots: Mapping[str, int]) -> dict[str, str]:
    """A hash of each formula with all that it draws in, by indicator."""
    known: dict[int, str] = {}
    for index in graph.reachable(roots.values()):
        node = graph[index]
        text = repr((RULES, node.op, node.params, node.unit, [known[arg] for arg in node.args]))
        known[index] = hashlib.sha256(text.encode()).hexdigest()[:20]
    return {code: known[root] for code, root in roots.items()}


def register_prints(graph: Graph, nodes: Iterable[int], inputs: Inputs) -> dict[str, str]:
    """Hashes of what the register atoms among ``nodes`` look at, by register and kind."""
    ops = [graph[index] for index in nodes]
    lives = ((a.id, a.code, a.first, a.last) for a in inputs.areas)
    trees = ((t.first, t.last, *sorted(t.parent.items()), *sorted(t.level.items())) for t in inputs.trees)
    prints = {"areas": fingerprint([*lives, *trees])}
    titles = {kind for node in ops if node.op == "holders" for kind in node.params}
    titles |= {node.params[0] for node in ops if node.op == "recognised_since"}
    projects = {node.params[0] for node in ops if node.op == "projects"}
    if titles:
        rows: list[Held | Happened] = [*inputs.recognitions, *inputs.recognised]
        prints |= _by_kind("recognition", titles, rows, inputs.places(ORGANISATION))
    if projects:
        stages: list[Held | Happened] = [*inputs.projects, *(h for stage in STAGE_DAYS for h in inputs.reached(stage))]
        prints |= _by_kind("project", projects, stages, inputs.places(PROJECT))
    if any(node.op == "organisations" for node in ops):
        prints["organisations"] = fingerprint([*_columns(inputs.enterprises), *_columns(inputs.subjects)])
    if any(node.op == "parcels" for node in ops):
        prints["parcels"] = fingerprint([*_columns(inputs.parcels), *_columns(inputs.subjects)])
    for code in {node.params[0] for node in ops if node.op in ("count", "sum")}:
        prints[f"subject:{code}"] = fingerprint(_columns(inputs.records(subjects.by_code(code))))
    return prints


def _by_kind(
    register: str, kinds: Iterable[str], rows: Iterable[Held | Happened], places: Mapping[int, Any]
) -> dict[str, str]:
    """Hashes of the records of each kind and of where they were."""
    found: dict[str, list[Any]] = {kind: [] for kind in kinds}
    for row in rows:
        if row.kind in found:
            found[row.kind].append((repr(row), places.get(row.subject)))
    return {f"{register}:{kind}": fingerprint(mine) for kind, mine in found.items()}


def _columns(table: pa.Table) -> Iterable[str]:
    """A hash of each column."""
    for name in table.column_names:
        column = table[name]
        digest = hashlib.sha256(name.encode())
        if pa.types.is_string(column.type):
            digest.update(pc.fill_null(pc.binary_length(column), -1).to_numpy().tobytes())
            digest.update("".join(pc.fill_null(column, "").to_pylist()).encode())
        else:
            values = column.to_numpy()
            digest.update(repr(values.tolist()).encode() if values.dtype == object else values.tobytes())
        yield digest.hexdigest()


@dataclass(frozen=True, slots=True)
class SubjectsPrint:
    """Attributes of the subjects up to an id, for each kind: new subjects alone do not make old sums
    wrong.
    """

    last: dict[str, int]
    hash: str


def subjects_print(inputs: Inputs, upto: Mapping[str, int] | None = None) -> SubjectsPrint:
    """Fingerprint of the subjects with ids up to ``upto`` (all when None), and of what is shared out among areas."""
    table = inputs.subjects.sort_by([(name, "ascending") for name in ("sk", "subject", "first")])
    kind, ids = (table[name].to_numpy() for name in ("sk", "subject"))
    if upto is not None:
        limits = np.zeros(128, np.int64)
        for number, limit in upto.items():
            limits[int(number)] = limit
        known = ids <= limits[kind]
        table, kind, ids = table.filter(pa.array(known)), kind[known], ids[known]
    last = {str(number): int(ids[kind == number].max()) for number in np.unique(kind)}
    shared = _columns(inputs.shares) if inputs.shares.num_rows else ()
    return SubjectsPrint(last, fingerprint([*_columns(table), *shared]))


def register_key(node: Node) -> list[str]:
    """Names in :func:`register_prints` of what a register atom looks at."""
    match node.op:
        case "holders":
            return [f"recognition:{kind}" for kind in node.params]
        case "recognised_since":
            return [f"recognition:{node.params[0]}"]
        case "projects":
            return [f"project:{node.params[0]}"]
        case "count" | "sum":
            return [f"subject:{node.params[0]}"]
    return [node.op]


def looks_up(graph: Graph, root: int) -> bool:
    """Whether a value depends on areas above its own: what changes in one area then changes others below it."""
    return any(graph[index].op == "parent" for index in graph.reachable([root]))


def forward(node: Node, changed: set[int], universe: set[int]) -> set[int]:
    """Keys of the periods in which a node's value can change when its arguments change in ``changed``."""
    match node.op:
        case "yoy":
            found = changed | {key + 100 for key in changed}
        case "lag":
            found = {key for key in universe if previous_key(key, node.params[0]) in changed}
        case "change" | "cagr":
            base = {from_key(key) for key in changed if from_key(key).year == node.params[0]}
            found = changed | {key for key in universe for p in base if _same_place(key, p)}
        case "chain":
            found = changed | {k for k in universe for c in changed if k > c and _same_place(k, from_key(c))}
        case "since":
            years = [
                from_key(k).year
                for k in changed
                if from_key(k).kind == PeriodKind.YEAR and from_key(k).year >= node.params[0]
            ]
            first = min(years, default=9999)
            found = {key for key in universe if end_key(from_key(key)) in changed or from_key(key).year > first}
        case _:
            found = changed
    return found & universe


def _same_place(key: int, period: Period) -> bool:
    other = from_key(key)
    return other.kind == period.kind and other.index == period.index and other.year >= period.year


def affected(
    graph: Graph,
    roots: Mapping[str, int],
    facts: Mapping[int, set[int]],
    modes: Mapping[int, Mode],
    registers: Mapping[int, set[int]],
    universe: set[int],
) -> dict[str, set[int]]:
    """Periods to compute again for each indicator, given changed facts (element → periods) and register atoms
    (node → periods).
    """
    spread: dict[int, set[int]] = {}
    for index in graph.reachable(roots.values()):
        node = graph[index]
        if node.op in FACT_ATOMS:
            mode = modes[node.params[0]]
            # what enterprises report of a share counts as a level, the published one does not: both are
            # looked at
            used = {mode} if node.op == "official" else {mode, Mode.LAST if mode == Mode.SAME else mode}
            keys: set[int] = set()
            for key in facts.get(node.params[0], ()):
                for each in used:
                    keys |= targets(key, each)
            spread[index] = keys & universe
        elif node.op in REGISTER_ATOMS:
            spread[index] = registers.get(index, set())
        else:
            changed = set().union(*(spread[arg] for arg in node.args)) if node.args else set()
            spread[index] = forward(node, changed, universe) if changed else set()
    return {code: spread[root] for code, root in roots.items() if spread[root]}
