"""One query for all: atoms, then the levels of the graph, over a grid of areas and periods, on DuckDB."""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from qiangqu.base.periods import Period, PeriodKind, from_key
from qiangqu.facts.columns import Columns, listed, snapshot, source_table
from qiangqu.facts.models import FactBatch
from qiangqu.lake.engine import connect

from . import cells, register_cells, shares
from .catalog import Catalog
from .derivation import Mode, alternatives, derivation_table, end_key, previous_key, sources
from .graph import Graph, Node
from .inputs import Inputs, table_of
from .layers import chosen_columns, compile_layers, output_columns
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


def prepare(work: Run) -> tuple[dict[str, pa.Table], str]:
    """The tables that the one query reads beside the lake's files, and the query (DuckDB's SQL)."""
    needs = needed_periods(work.graph, dict.fromkeys(work.roots, work.periods))
    keys = set().union(*needs.values()) if needs else set(work.periods)
    prepared = list(work.cube.conditions) if work.cube else []
    atoms = cells.plan_atoms(work.graph, work.graph.reachable(work.roots), work.catalog, prepared)
    tables = _tables(work, atoms, keys)
    return tables, _query(work, atoms, keys, _any_simulated(tables))


def _any_simulated(tables: dict[str, pa.Table]) -> bool:
    """Whether there is anything simulated, so that there may be two choices: with none, half of the work is
    saved.
    """
    marks = (table["sim"] for table in tables.values() if "sim" in table.column_names)
    return any((pc.max(mark).as_py() or 0) > 0 for mark in marks) or FactBatch.objects.filter(simulated=True).exists()


def run(work: Run) -> pa.Table:
    """Columns ``area, period`` and ``v<i>, f<i>`` of each root (see :mod:`qiangqu.formulas.layers`), one row
    for each area and period.
    """
    tables, query = prepare(work)
    with connect(tables) as duck:
        return duck.sql(query).to_arrow_table()


def _tables(work: Run, atoms: cells.AtomPlan, keys: set[int]) -> dict[str, pa.Table]:
    inputs = work.inputs
    official = [*atoms.official]
    known = {element for _, element, _ in official}
    modes = {element.id: cells.MODE_OF_KIND[element.kind] for element in work.catalog.elements.values()}
    official += [(-1 - atom, element, int(modes[element])) for atom, element in atoms.area_sums if element not in known]
    return {
        "grid_periods": grid_table(keys, work.today),
        "areas": inputs.area_table,
        "anc": inputs.ancestors,
        "derive": derivation_table(keys),
        "lagged": _lagged(work.graph, keys),
        **atoms.tables(),
        "conds": pa.table({"cond": pa.array(range(1, len(atoms.conditions) + 1), pa.int32())}),
        "official_atoms": table_of(official, _schema("atom", "element", "mode")),
        "sum_atoms": table_of(atoms.area_sums, _schema("atom", "element")),
        "sources": source_table(),
        **work.facts.tables,
        **({"subjects": inputs.subjects} if _needs_subjects(work.graph, atoms) else {}),
        **({"shares": work.inputs.shares} if work.inputs.shares.num_rows else {}),
        **_register_tables(work, atoms),
    }


def _lagged(graph: Graph, keys: set[int]) -> pa.Table:
    counts = {node.params[0] for node in graph.nodes if node.op == "lag"}
    rows = [(key, count, previous_key(key, count)) for key in keys for count in counts]
    return table_of(rows, _schema("period", "n", "source"))


def _schema(*names: str) -> pa.Schema:
    return pa.schema([(name, pa.int32()) for name in names])


def _needs_subjects(graph: Graph, atoms: cells.AtomPlan) -> bool:
    return bool(atoms.flat or atoms.deep or atoms.registers)


def _register_tables(work: Run, atoms: cells.AtomPlan) -> dict[str, pa.Table]:
    return register_cells.register_inputs(atoms.registers, work.graph, work.inputs) if atoms.registers else {}


def _query(work: Run, atoms: cells.AtomPlan, keys: set[int], two_choices: bool) -> str:
    tables = [
        "grid AS MATERIALIZED (SELECT g.*, a.area, a.parent, a.depth, a.level, a.born, a.ended FROM grid_periods g "
        f"JOIN areas a ON {cells.within_sql('g.m', 'a')})",
        *_leaf_tables(work, atoms, keys),
        *cells.reported_tables(
            atoms, nested=_depth(work) > 0, grouped=_adds_up(atoms, keys), shared=bool(work.inputs.shares.num_rows)
        ),
        f"official_facts AS (SELECT element, area, period, value, sim FROM ({work.facts.official_sql(atoms.official_elements)}))",
        *cells.official_tables(atoms, _depth(work)),
        *register_cells.register_tables(atoms, work.graph),
        f"cells AS {'MATERIALIZED ' if two_choices else ''}(SELECT * FROM reported UNION ALL SELECT * FROM published UNION ALL SELECT * FROM area_sums "
        "UNION ALL SELECT * FROM registered)",
    ]
    nodes = [*(a[0] for a in atoms.flat), *(a[0] for a in atoms.deep), *(a[0] for a in atoms.official)]
    nodes += [*(a[0] for a in atoms.area_sums), *atoms.registers]
    tables += cells.pivot_tables(sorted(nodes), two_choices)
    layers, last = compile_layers(work.graph, work.roots, two_choices and not work.apart)
    with_, asked = f"WITH {', '.join([*tables, *layers])}", f"c.period IN ({listed(work.periods)})"
    if work.apart:
        outputs = ", ".join(output_columns(work.graph, work.roots))
        return f"{with_} SELECT c.area, c.period, c.choice, {outputs} FROM {last} c WHERE {asked}"
    if not two_choices:
        outputs = ", ".join(output_columns(work.graph, work.roots))
        return f"{with_} SELECT c.area, c.period, {outputs} FROM {last} c WHERE {asked}"
    outputs = ", ".join(chosen_columns(work.graph, work.roots))
    return (
        f"{with_} SELECT c.area, c.period, {outputs} FROM {last} c LEFT JOIN {last} s "
        f"ON s.area = c.area AND s.period = c.period AND s.choice = 1 WHERE c.choice = 0 AND {asked}"
    )


def _depth(work: Run) -> int:
    """How many levels of areas lie below the highest; 0 for records."""
    return max((d for tree in work.inputs.trees for d in tree.depth.values()), default=0)


def _adds_up(atoms: cells.AtomPlan, keys: set[int]) -> bool:
    """Whether what is reported of several periods may be added up to that of one."""
    modes = {Mode(row[4]) for row in (*atoms.flat, *atoms.deep)}
    return any(len(parts) > 1 for key in keys for mode in modes for _way, parts in alternatives(key, mode))


def masked_sql(conditions: Sequence[str]) -> str:
    """CTE ``masked``: each subject with its area and a number that says which conditions hold, from month to
    month.
    """
    return (
        f"masked AS MATERIALIZED (SELECT sk, subject, first, last, area, {cells.mask_sql(conditions)} AS bits, "
        f"(hash(bits) >> 1)::BIGINT AS mask FROM subjects)"
    )


def single_sql(facts: str, several: bool, shared: bool = False) -> str:
    """``leaf`` of a query of facts, one row for each fact, with ``masked`` beside it; ``several``: whether a
    subject may be in it more than once; ``shared``: whether some are shared out (``shares``), then one row for each
    part.
    """
    month = cells.month_sql("f.period")
    when = f" AND {cells.within_sql(month, 's')}" if several else ""
    joined = f"FROM {facts} f JOIN masked s ON s.sk = f.sk AND s.subject = f.subject{when}"
    if shared:
        return (
            "SELECT f.element, f.sk, f.sim, COALESCE(w.to_area, s.area) AS area, s.mask, f.period, "
            f"f.value * COALESCE(w.share, 1) AS s, COALESCE(w.own, 1) AS n {joined} {shares.joined('f', 's.area', month)}"
        )
    return f"SELECT f.element, f.sk, f.sim, s.area, s.mask, f.period, f.value AS s, 1 AS n {joined}"


def summed_sql(facts: str, several: bool, shared: bool = False) -> str:
    """The rows of :func:`single_sql`, summed over subjects that are alike."""
    return (
        "SELECT element, sk, sim, area, mask, period, SUM(s) AS s, SUM(n)::BIGINT AS n "
        f"FROM ({single_sql(facts, several, shared)}) GROUP BY element, sk, sim, area, mask, period"
    )


def _leaf_tables(work: Run, atoms: cells.AtomPlan, keys: set[int]) -> list[str]:
    """``masked``, ``masks``, ``leaf`` and, when needed, ``values_of``, from the cube or straight from the
    facts.
    """
    if not atoms.reported_elements:
        return []
    wanted = {source for key in keys for mode in (Mode.FLOW, Mode.LAST) for source in sources(key, mode)}
    where = f"period IN ({listed(wanted)})"
    columns = "f.element, f.sk, f.subject, f.period, f.value, f.sim"
    tables = [
        masked_sql(atoms.conditions),
        "masks AS (SELECT DISTINCT m.mask, c.cond, true AS held FROM masked m JOIN conds c ON substr(m.bits, c.cond, 1) = '1')",
    ]
    if work.cube:
        asked = listed(atoms.reported_elements)
        tables.append(f"leaf AS (SELECT * FROM {work.cube.source} WHERE element IN ({asked}) AND {where})")
    else:
        elements = atoms.reported_elements
        chosen = work.facts.facts_sql(columns, f"f.element IN ({listed(elements)}) AND f.{where}", elements, wanted)
        # of records few are alike: their facts are summed once, further on
        summed = summed_sql if work.inputs.of_areas else single_sql
        tables.append(f"leaf AS ({summed(f'({chosen})', work.inputs.several, bool(work.inputs.shares.num_rows))})")
    if atoms.deep:
        deep = {row[2] for row in atoms.deep}
        chosen = work.facts.facts_sql(columns, f"f.element IN ({listed(deep)}) AND f.{where}", deep, wanted)
        tables.append(cells.values_table(f"({chosen})"))
    return tables
