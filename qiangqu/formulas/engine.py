"""All formulas at once over a grid of areas and periods: one query gives the atoms (on DuckDB), arrays the rest."""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from django.utils import timezone

from qiangqu.base.periods import Period, PeriodKind, from_key
from qiangqu.facts.columns import Columns, Part, listed, snapshot, source_table
from qiangqu.lake.engine import connect

from . import arrays, cells, register_cells, shares
from .atoms import cells_of
from .catalog import Catalog
from .cells import AtomPlan
from .derivation import Mode, derivation_table, end_key, previous_key, sources
from .graph import Graph, Node
from .inputs import Inputs, table_of
from .spells import month_of

GRID_SCHEMA = pa.schema(
    [
        ("period", pa.int32()),
        ("kind", pa.int32()),
        ("year", pa.int32()),
        ("idx", pa.int32()),
        ("cum", pa.int32()),
        ("m0", pa.int32()),
        ("m", pa.int32()),
        ("over", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Cube:
    """Facts summed beforehand over subjects that are alike as to ``conditions``: a table expression
    ``element, sk, sim, area, mask, period, s, n``.
    """

    conditions: tuple[str, ...]
    source: str


@dataclass
class Run:
    """What to compute: nodes of a graph for periods; ``today`` says which periods are over (registers are
    counted at their end).

    ``apart`` asks for the values with each choice of real and simulated figures (column ``choice``) instead
    of the chosen one.
    """

    graph: Graph
    roots: list[int]
    periods: set[int]
    catalog: Catalog
    inputs: Inputs = field(default_factory=Inputs)
    today: dt.date = field(default_factory=timezone.localdate)
    cube: "Cube | None" = None
    apart: bool = False
    facts: Columns = field(default_factory=snapshot)


def backward(node: Node, period: Period) -> set[int]:
    """Keys of the periods of its arguments that a node needs for its value in ``period``."""
    key = period.key
    match node.op:
        case "yoy":
            return {key, key - 100}
        case "lag":
            return {previous_key(key, node.params[0])}
        case "change" | "cagr":
            return {key, Period(period.kind, node.params[0], period.index).key}
        case "chain":
            return {key} | {Period(period.kind, y, period.index).key for y in range(node.params[0] + 1, period.year)}
        case "since":
            return {end_key(period)} | {Period(PeriodKind.YEAR, y).key for y in range(node.params[0], period.year)}
    return {key}


def needed_periods(graph: Graph, wanted: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """For each node below the roots in ``wanted``: the periods in which its value is needed."""
    needs: dict[int, set[int]] = {index: set(keys) for index, keys in wanted.items()}
    for index in reversed(graph.reachable(wanted)):
        node = graph[index]
        if not node.args:
            continue
        mine: set[int] = set()
        for key in needs.get(index, ()):
            mine |= backward(node, from_key(key))
        for arg in node.args:
            needs.setdefault(arg, set()).update(mine)
    return needs


def grid_table(keys: Iterable[int], today: dt.date) -> pa.Table:
    """The periods with their first and last months, ``over`` when the last day has come."""
    rows = []
    for key in sorted(keys):
        p = from_key(key)
        first, last = month_of(p.start), month_of(p.end)
        rows.append((key, int(p.kind), p.year, p.index, end_key(p), first, last, p.end <= today))
    return table_of(rows, GRID_SCHEMA)


@dataclass(frozen=True, slots=True)
class Query:
    """A query in DuckDB's SQL: tables made ``ahead`` (name → SELECT), steps (``name AS (…)``), the last SELECT."""

    ahead: dict[str, str]
    steps: list[str]
    last: str

    def text(self, ahead: bool) -> str:
        """The query; ``ahead``: whether it makes the tables that are to be there before itself."""
        first = [f"{name} AS MATERIALIZED ({sql})" for name, sql in self.ahead.items()] if ahead else []
        steps = [*first, *self.steps]
        return f"WITH {', '.join(steps)} {self.last}" if steps else self.last


#: answers a query that reads these tables beside the lake's files
Engine = Callable[[Mapping[str, pa.Table], Query], pa.Table]


def on_duckdb(tables: Mapping[str, pa.Table], query: Query) -> pa.Table:
    """The engine of one machine."""
    with connect(tables) as duck:
        # DuckDB knows the range of a table's keys, and looks facts up in it as in an array
        for name, sql in query.ahead.items():
            duck.execute(f"CREATE TEMP TABLE {name} AS {sql}")
        found: pa.Table = duck.sql(query.text(ahead=False)).to_arrow_table()
    return found


def run(work: Run, engine: Engine = on_duckdb) -> pa.Table:
    """Columns ``area, period`` and ``v<i>, f<i>`` of each root (see :mod:`qiangqu.formulas.layers`), one row
    for each area and period.
    """
    needs = needed_periods(work.graph, dict.fromkeys(work.roots, work.periods))
    keys = set().union(*needs.values()) if needs else set(work.periods)
    prepared = list(work.cube.conditions) if work.cube else []
    plan = cells.plan_atoms(work.graph, work.graph.reachable(work.roots), work.catalog, prepared)
    grid = arrays.Grid(keys, (area.id for area in work.inputs.areas), work.inputs.trees)
    found = engine(_tables(work, plan, keys), _query(work, plan, keys))
    values = arrays.Values(work.graph, work.roots, grid, cells_of(found, plan, grid, work.inputs.areas))
    return arrays.table(values, work.periods, work.apart)


def _tables(work: Run, plan: AtomPlan, keys: set[int]) -> dict[str, pa.Table]:
    """Only what the query reads: to name a table takes DuckDB longer than to read a small one."""
    inputs = work.inputs
    found: dict[str, pa.Table] = {}
    if plan.flat or plan.deep or plan.registers:
        found["subjects"] = inputs.subjects
    if plan.uses:
        found["used"] = plan.used()
        if inputs.shares.num_rows:
            found["shares"] = inputs.shares
    if plan.conditions:
        found["conds"] = pa.table({"cond": pa.array(range(1, len(plan.conditions) + 1), pa.int32())})
    if plan.deep:
        found["derive"] = derivation_table(keys)
    if plan.official_modes:
        found["sources"] = source_table()
    if plan.uses or plan.official_modes:
        found |= work.facts.tables
    if plan.registers:
        found |= {"grid_periods": grid_table(keys, work.today), "areas": inputs.area_table, "anc": inputs.ancestors}
        found |= register_cells.register_inputs(plan.registers, work.graph, inputs)
    return found


def _query(work: Run, plan: AtomPlan, keys: set[int]) -> Query:
    """The rows of :mod:`.cells`. It grows with the conditions, not the formulas."""
    ahead, steps = _leaf_tables(work, plan, keys)
    parts = []
    # what nobody asked for is left out: planning a query takes longer than reading a few facts
    if plan.uses:
        parts.append(cells.sums_sql(plan))
    if plan.deep:
        parts.append(cells.counts_sql(plan, bool(work.inputs.shares.num_rows)))
    if figures := work.facts.official_sql(plan.official_elements) if plan.official_modes else "":
        parts.append(cells.published_sql(figures))
    if plan.registers:
        grid = "g.*, a.area, a.parent, a.depth, a.level, a.born, a.ended"
        within = cells.within_sql("g.m", "a")
        steps.append(f"grid AS MATERIALIZED (SELECT {grid} FROM grid_periods g JOIN areas a ON {within})")
        steps += register_cells.register_tables(plan, work.graph)
        parts.append(register_cells.COUNTS)
    return Query(ahead, steps, " UNION ALL ".join(parts or [cells.NOTHING]))


def masked_sql(conditions: Sequence[str], shared: bool = False) -> str:
    """Table ``masked``: each subject with its area and a number that says which conditions hold, from month to
    month; ``slot`` numbers what is alike. ``shared``: what is shared out by itself (``shares``) is like nothing else.
    """
    by, apart = "sk, area, mask", ""
    if shared:
        by += ", apart"
        apart = ", CASE WHEN (sk, subject) IN (SELECT of_sk, of_subject FROM shares) THEN subject ELSE 0 END AS apart"
    return (
        f"SELECT *, DENSE_RANK() OVER (ORDER BY {by})::INTEGER AS slot FROM (SELECT *, (hash(bits) >> 1)::BIGINT AS mask "
        f"FROM (SELECT sk, subject, first, last, area, {cells.mask_sql(conditions)} AS bits{apart} FROM subjects) b) m"
    )


def _then(several: bool) -> str:
    """Where the month of a fact must be looked at: when a subject may be in ``s`` more than once."""
    return f" AND {cells.within_sql(cells.month_sql('f.period'), 's')}" if several else ""


def single_sql(facts: str, several: bool) -> str:
    """``leaf`` of a query of facts, one row for each fact, with ``masked`` beside it."""
    return (
        "SELECT f.element, f.sk, f.sim, s.area, s.mask, f.period, f.value AS s, 1 AS n "
        f"FROM {facts} f JOIN masked s ON s.sk = f.sk AND s.subject = f.subject{_then(several)}"
    )


def summed(parts: Sequence[Part], inputs: Inputs, periods: Iterable[int]) -> tuple[dict[str, str], str]:
    """``leaf`` of facts of ``periods``, summed over subjects that are alike (of what lies in several parts there may be
    several rows), and the tables to be made ahead, beside ``masked``.
    """
    ahead: dict[str, str] = {}
    sums = []
    for part in parts:
        sim, by = ("f.sim", ", f.sim") if part.sim is None else (f"{part.sim}::TINYINT", "")
        sums.append(
            f"SELECT f.element, s.slot, {sim} AS sim, f.period, SUM(f.value) AS s, COUNT(*) AS n FROM ({part.sql}) f "
            f"{_placed(part.kind, inputs, periods, ahead)} GROUP BY f.element, s.slot, f.period{by}"
        )
    every = " UNION ALL ".join(sums)
    if inputs.shares.num_rows:
        return ahead, (
            "SELECT k.element, k.sk, k.sim, COALESCE(w.to_area, k.area) AS area, k.mask, k.period, k.s * COALESCE(w.share, 1) AS s, "
            "k.n * COALESCE(w.own, 1) AS n FROM (SELECT k.*, p.sk, p.area, p.mask, p.apart AS subject "
            f"FROM ({every}) k JOIN (SELECT DISTINCT slot, sk, area, mask, apart FROM masked) p ON p.slot = k.slot) k "
            f"{shares.joined('k', 'k.area', cells.month_sql('k.period'))}"
        )
    return ahead, (
        f"SELECT k.element, p.sk, k.sim, p.area, p.mask, k.period, k.s, k.n FROM ({every}) k "
        "JOIN (SELECT DISTINCT slot, sk, area, mask FROM masked) p ON p.slot = k.slot"
    )


def _placed(kind: int | None, inputs: Inputs, periods: Iterable[int], ahead: dict[str, str]) -> str:
    """The join that gives facts their slot. Facts of one kind are looked up by one number, made of the subject and of
    the stretch of months in which nothing of the kind changed: DuckDB does so as in an array.
    """
    starts = inputs.starts(kind) if kind is not None else []
    if kind is None or not starts:
        return f"JOIN masked s ON s.sk = f.sk AND s.subject = f.subject{_then(inputs.several)}"
    count = len(starts)
    # DuckDB's array has keys of 32 bits
    key = "INTEGER" if inputs.highest(kind) * count + count < 2**31 else "BIGINT"
    if f"placed_{kind}" not in ahead:
        stretches = ", ".join(f"({number}, {first})" for number, first in enumerate(starts, 1))
        ahead[f"placed_{kind}"] = (
            f"SELECT m.subject * {count}::{key} + e.number::{key} AS k, m.slot FROM masked m "
            f"JOIN (VALUES {stretches}) AS e(number, first) ON e.first >= m.first AND e.first <= m.last WHERE m.sk = {kind}"
        )
        rows = ((key, bisect_right(starts, month_of(from_key(key).end))) for key in sorted(periods))
        numbers = ", ".join(f"({key}, {number})" for key, number in rows) or "(0, 0)"
        ahead[f"stretch_{kind}"] = f"SELECT period, number FROM (VALUES {numbers}) AS e(period, number)"
    if count == 1:
        return f"JOIN placed_{kind} s ON s.k = f.subject + 1"
    return f"JOIN stretch_{kind} e ON e.period = f.period JOIN placed_{kind} s ON s.k = f.subject * {count}::{key} + e.number"


def _leaf_tables(work: Run, plan: AtomPlan, keys: set[int]) -> tuple[dict[str, str], list[str]]:
    """``masked``, ``masks``, ``leaf`` and, when needed, ``values_of``, from the cube or straight from the
    facts.
    """
    if not plan.reported_elements:
        return {}, []
    wanted = {source for key in keys for mode in (Mode.FLOW, Mode.LAST) for source in sources(key, mode)}
    where = f"period IN ({listed(wanted)})"
    columns = "f.element, f.sk, f.subject, f.period, f.value, f.sim"
    ahead = {"masked": masked_sql(plan.conditions, bool(work.inputs.shares.num_rows))}
    elements = plan.reported_elements
    if work.cube:
        leaf = f"SELECT * FROM {work.cube.source} WHERE element IN ({listed(elements)}) AND {where}"
    elif work.inputs.of_areas:
        placing, leaf = summed(work.facts.parts(elements, wanted), work.inputs, wanted)
        ahead |= placing
    else:
        # of records few are alike: their facts are summed once, further on
        chosen = work.facts.facts_sql(columns, f"f.element IN ({listed(elements)}) AND f.{where}", elements, wanted)
        leaf = single_sql(f"({chosen})", work.inputs.several)
    tables = [f"leaf AS ({leaf})"]
    if plan.conditions:
        held = (
            "SELECT DISTINCT m.mask, c.cond, true AS held FROM masked m JOIN conds c ON substr(m.bits, c.cond, 1) = '1'"
        )
        tables.append(f"masks AS ({held})")
    if plan.deep:
        deep = {row[2] for row in plan.deep}
        chosen = work.facts.facts_sql(columns, f"f.element IN ({listed(deep)}) AND f.{where}", deep, wanted)
        tables.append(cells.values_table(plan, f"({chosen})"))
    return ahead, tables
