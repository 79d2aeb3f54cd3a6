"""SQL of the atoms that count registers: titles, projects, enterprises, parcels, records of declared registers.

What a record was, and where it lay, is asked of each month; tables of registers say ``first, last`` month
(decision 4).
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from qiangqu.facts import subjects
from qiangqu.registry.subjects import ORGANISATION, PARCEL, PROJECT

from .cells import REGISTERED, AtomPlan, within_sql
from .graph import Graph
from .inputs import Happened, Held, Inputs, table_of
from .spells import LAST

_STOCK = pa.schema(
    [
        *((name, pa.int32()) for name in ("atom", "rec", "sk", "item", "first", "last")),
        ("sim", pa.int8()),
        ("weight", pa.float64()),
        ("once", pa.bool_()),
    ]
)
_EVENTS = pa.schema([*((name, pa.int32()) for name in ("atom", "rec", "sk", "item", "m", "since")), ("sim", pa.int8())])


def register_inputs(registers: Sequence[int], graph: Graph, inputs: Inputs) -> dict[str, pa.Table]:
    """Tables ``stock`` (what lasts from month to month) and ``events`` (what happened in a month) of register
    atoms, and the registers they count.

    ``since`` is the first year from which an event counts on, 0 where only those within the period count.
    Beside its events an atom has the records themselves with the weight 0: they say whether real or simulated
    ones are there to be asked.
    """
    stock: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    tables = {}
    for index in registers:
        node = graph[index]
        match node.op:
            case "holders" | "recognised_since":
                kinds = set(node.params if node.op == "holders" else node.params[:1])
                weight, once = (1.0, True) if node.op == "holders" else (0.0, False)
                stock += _stocked(index, ORGANISATION.number, inputs.recognitions, kinds, weight, once)
                if node.op == "recognised_since":
                    events += _dated(index, ORGANISATION.number, inputs.recognised, kinds, node.params[1])
            case "projects":
                kind, stage = node.params
                stock += _stocked(index, PROJECT.number, inputs.projects, {kind}, 0.0 if stage else 1.0, not stage)
                if stage:
                    events += _dated(index, PROJECT.number, inputs.reached(stage), {kind}, 0)
            case "organisations":
                tables["enterprises"] = inputs.enterprises
            case "parcels":
                tables["parcels"] = inputs.parcels
            case "count" | "sum":
                subject = subjects.by_code(node.params[0])
                tables[f"records_{subject.number}"] = inputs.records(subject)
    return {"stock": table_of(stock, _STOCK), "events": table_of(events, _EVENTS), **tables}


def _stocked(
    index: int, sk: int, held: Iterable[Held], kinds: set[str], weight: float, once: bool
) -> list[tuple[Any, ...]]:
    return [
        (index, h.record, sk, h.subject, h.first, h.last, int(h.simulated), weight, once)
        for h in held
        if h.kind in kinds
    ]


def _dated(index: int, sk: int, happened: Iterable[Happened], kinds: set[str], since: int) -> list[tuple[Any, ...]]:
    return [(index, h.record, sk, h.subject, h.month, since, int(h.simulated)) for h in happened if h.kind in kinds]


def lives_tables(registers: Sequence[int], graph: Graph) -> list[str]:
    """CTEs ``lives`` and ``dated``: the records that register atoms count and what happened to them, each
    where it was then. Needs the tables of :func:`register_inputs` and ``subjects``. ``fits`` says whether a
    record meets the atom's condition, ``known`` whether its being there makes the register one that is kept,
    so that where there is none the count is 0."""
    there = "s.subject = {item} AND s.first <= l.last AND l.first <= s.last"
    months = "GREATEST(l.first, s.first) AS first, LEAST(l.last, s.last) AS last"
    lives = [
        f"SELECT l.atom, l.rec, l.item, s.area, {months}, l.sim, l.weight, true AS fits, l.once, l.weight > 0 AS known FROM stock l "
        f"JOIN subjects s ON s.sk = l.sk AND {there.format(item='l.item')}"
    ]
    for index in registers:
        node = graph[index]
        if node.op in ("organisations", "parcels"):
            kind, source = (ORGANISATION, "enterprises") if node.op == "organisations" else (PARCEL, "parcels")
            lives.append(
                f"SELECT {index}, l.id, l.id, s.area, {months}, l.sim, l.weight, ({node.params[0] or 'true'}) AS fits, false, "
                f"({node.params[0] or 'true'}) AND l.weight > 0 "
                f"FROM {source} l JOIN subjects s ON s.sk = {kind.number} AND {there.format(item='l.id')}"
            )
        if node.op in ("count", "sum"):
            condition = node.params[-1] or "true"
            weight = "1.0" if node.op == "count" else f'COALESCE(l."{node.params[1]}", 0)'
            lives.append(
                f"SELECT {index}, l.id, l.id, l.area, l.first, l.last, l.sim, {weight}, ({condition}), false, true "
                f"FROM records_{subjects.by_code(node.params[0]).number} l"
            )
    return [
        f"lives AS MATERIALIZED ({' UNION ALL '.join(lives)})",
        f"""dated AS MATERIALIZED (
            SELECT e.atom, e.rec, e.item, s.area, e.m, e.since, e.sim FROM events e
            JOIN subjects s ON s.sk = e.sk AND s.subject = e.item AND {within_sql("e.m", "s")})""",
    ]


def register_tables(plan: AtomPlan, graph: Graph) -> list[str]:
    """CTEs for :data:`COUNTS`. Needs the tables of :func:`register_inputs`, ``subjects, anc, grid``.

    Counts exist for periods that are over (``grid.over``), from the first year of which the register knows
    anything. Real and simulated records are counted apart, each where there are any at all (``here``,
    whatever the atom's condition).
    """
    return [
        *lives_tables(plan.registers, graph),
        "ends AS MATERIALIZED (SELECT DISTINCT m FROM grid WHERE over)",
        # an item may appear twice (two titles of one holder): it counts once
        f"""held AS (
            SELECT l.atom, l.area, l.sim, e.m, COUNT(DISTINCT l.item)::DOUBLE AS n, COUNT(*) AS here FROM lives l
            JOIN ends e ON {within_sql("e.m", "l")} WHERE l.once GROUP BY ALL)""",
        # many items that appear once: what came minus what went, added up over time
        f"""moves AS (
            SELECT atom, area, sim, first AS m, CASE WHEN fits THEN weight ELSE 0 END AS weight, 1 AS here FROM lives WHERE NOT once
            UNION ALL SELECT atom, area, sim, last + 1, CASE WHEN fits THEN -weight ELSE 0 END, -1 FROM lives
            WHERE NOT once AND last < {LAST})""",
        "moved AS (SELECT v.atom, v.area, v.sim, (SELECT MIN(e.m) FROM ends e WHERE e.m >= v.m) AS m, SUM(v.weight) AS n, SUM(v.here) AS here "
        "FROM (SELECT atom, area, sim, m, SUM(weight) AS weight, SUM(here) AS here FROM moves GROUP BY ALL) v GROUP BY ALL)",
        """weighed AS (
            SELECT k.atom, k.area, k.sim, e.m, SUM(COALESCE(v.n, 0)) OVER (PARTITION BY k.atom, k.area, k.sim ORDER BY e.m) AS n,
                   SUM(COALESCE(v.here, 0)) OVER (PARTITION BY k.atom, k.area, k.sim ORDER BY e.m) AS here
            FROM (SELECT DISTINCT atom, area, sim FROM moved) k CROSS JOIN ends e
            LEFT JOIN moved v ON v.atom = k.atom AND v.area = k.area AND v.sim = k.sim AND v.m = e.m)""",
        f"""happened AS (
            SELECT d.atom, a.ancestor AS area, d.sim, g.period, COUNT(*)::DOUBLE AS n, COUNT(*) AS here
            FROM dated d JOIN anc a ON a.area = d.area AND {within_sql("d.m", "a")}
            JOIN (SELECT DISTINCT period, m0, m FROM grid WHERE over) g ON d.m <= g.m
                AND d.m >= CASE WHEN d.since = 0 THEN g.m0 ELSE d.since * 12 + 1 END
            GROUP BY ALL)""",
        f"""tallied AS MATERIALIZED (
            SELECT t.atom, t.area, t.sim, t.period, SUM(t.n) AS n, SUM(t.here) AS here FROM (
                SELECT h.atom, a.ancestor AS area, h.sim, g.period, h.n, h.here
                FROM (SELECT * FROM held UNION ALL SELECT * FROM weighed) h
                JOIN (SELECT DISTINCT period, m FROM grid WHERE over) g ON g.m = h.m
                JOIN anc a ON a.area = h.area AND {within_sql("h.m", "a")}
                UNION ALL SELECT * FROM happened) t
            GROUP BY ALL)""",
        "known AS MATERIALIZED (SELECT atom, area, period, sim, n FROM tallied WHERE here > 0)",
        # no 0 before anything was ever entered; where nothing is, only a register without simulated records
        # says so for real
        """anywhere AS MATERIALIZED (
            SELECT atom, MAX(sim) AS sim, MIN(CASE WHEN known THEN m END) AS m, MAX(since) AS since FROM (
                SELECT atom, sim, known, first AS m, 0 AS since FROM lives
                UNION ALL SELECT atom, sim, true, m, since FROM dated) k
            GROUP BY atom)""",
    ]


#: rows of :mod:`qiangqu.formulas.cells`
COUNTS = (
    f"SELECT {REGISTERED} AS what, w.atom AS id, 0::TINYINT AS sk, COALESCE(k.sim, w.sim)::TINYINT AS sim, g.area, g.period, "
    "0 AS way, COALESCE(k.n, 0)::DOUBLE AS s, 0::DOUBLE AS n FROM anywhere w "
    "JOIN grid g ON g.over AND g.year >= (w.m - 1) // 12 AND g.year >= w.since "
    "LEFT JOIN known k ON k.atom = w.atom AND k.area = g.area AND k.period = g.period"
)
