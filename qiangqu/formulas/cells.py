"""SQL of the atoms: from aggregated facts and registers to one cell for each atom, area and period.

The source ``leaf`` is facts already summed over subjects that are alike: ``element, sk, sim, area, mask,
period, s, n`` (sum and number of values; ``mask`` says which conditions hold). Real and simulated figures are
kept apart (column ``sim`` of every table): which of them a formula uses is chosen once for a cell, in
:func:`qiangqu.formulas.layers.chosen_columns`.

What a subject was is asked of the month with which the period of a fact ends; tables of registers say
``first, last`` month (decision 4).
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from qiangqu.base.periods import PeriodKind
from qiangqu.facts import subjects
from qiangqu.registry.subjects import ORGANISATION, PARCEL, PROJECT

from .catalog import Catalog
from .derivation import MODE_OF_KIND, Mode
from .graph import REGISTER_ATOMS, Graph, Node
from .inputs import Happened, Held, Inputs, table_of
from .layers import GRID, PERIOD_BASE, Flag, Why
from .spells import LAST

_ATOMS = pa.schema(
    [
        *((name, pa.int32()) for name in ("atom", "use", "element", "mode")),
        ("func", pa.string()),
        ("deep", pa.bool_()),
    ]
)
_USES = pa.schema([(name, pa.int32()) for name in ("use", "element", "cond", "mode")])


@dataclass
class AtomPlan:
    """Atoms of one evaluation, sorted by how they are computed. ``conditions`` are those on who reports,
    numbered from 1 (0: no condition); ``deep`` atoms look at each subject's own value in the period (a
    condition on ``value``, or a count over several months)."""

    flat: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    deep: list[tuple[int, str, int, str, int]] = field(default_factory=list)
    official: list[tuple[int, int, int]] = field(default_factory=list)
    area_sums: list[tuple[int, int]] = field(default_factory=list)
    registers: list[int] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)

    @property
    def reported_elements(self) -> list[int]:
        return sorted({row[2] for row in self.flat} | {row[2] for row in self.deep})

    def tables(self) -> dict[str, pa.Table]:
        """``used``: the sums that are made, each once, of an element under a condition; ``atoms``: which sum
        each reported atom has, or (``deep``) beside which one it is counted.
        """
        sums = [(row[0], row[1], row[2], row[3], row[4], False) for row in self.flat]
        sums += [(atom, func, element, 0, mode, True) for atom, func, element, _condition, mode in self.deep]
        uses = {use: number for number, use in enumerate(sorted({row[2:5] for row in sums}), 1)}
        atoms = [
            (atom, uses[element, cond, mode], element, mode, func, deep)
            for atom, func, element, cond, mode, deep in sums
        ]
        return {
            "used": table_of([(number, *use) for use, number in uses.items()], _USES),
            "atoms": table_of(atoms, _ATOMS),
        }

    @property
    def official_elements(self) -> list[int]:
        return sorted({row[1] for row in self.official} | {row[1] for row in self.area_sums})


def plan_atoms(graph: Graph, nodes: list[int], catalog: Catalog, conditions: Sequence[str] = ()) -> AtomPlan:
    """Sort the atoms among ``nodes``; ``conditions`` are numbered already."""
    by_id = {element.id: element for element in catalog.elements.values()}
    plan = AtomPlan(conditions=list(conditions))
    for index in nodes:
        node = graph[index]
        match node.op:
            case "official":
                plan.official.append((index, node.params[0], int(MODE_OF_KIND[by_id[node.params[0]].kind])))
            case "area_sum":
                plan.area_sums.append((index, node.params[0]))
            case "total" | "average" | "reporters":
                _plan_reported(plan, index, node, by_id[node.params[0]].kind)
            case op if op in REGISTER_ATOMS:
                plan.registers.append(index)
    return plan


def _plan_reported(plan: AtomPlan, index: int, node: Node, kind: str) -> None:
    element, condition = node.params
    # what enterprises report of a share or a rate is a level: the last month stands for the period
    mode = Mode.FLOW if kind == "flow" else Mode.LAST
    if is_deep(node.op, condition, mode):
        plan.deep.append((index, node.op, element, condition, int(mode)))
        return
    number = 0
    if condition:
        if condition not in plan.conditions:
            plan.conditions.append(condition)
        number = plan.conditions.index(condition) + 1
    plan.flat.append((index, node.op, element, number, int(mode)))


def is_deep(op: str, condition: str, mode: Mode) -> bool:
    """Whether an atom looks at each subject's own value in the period: then the subject counts whole, as what
    it is at the period's end.
    """
    return is_on_value(condition) or (op == "reporters" and mode == Mode.FLOW)


def is_on_value(condition: str) -> bool:
    """Whether a canonical condition looks at the reported value."""
    # canonical text: every literal is quoted, so that a bare word is an attribute
    outside = "".join(condition.split("'")[0::2])
    return "value " in outside


def month_sql(period: str) -> str:
    """Expression: the number of the month (:func:`qiangqu.formulas.spells.month_of`) with which the period of
    a key ends.
    """
    index = f"{period} % 100"
    return (
        f"({period} % 1000000 // 100 * 12 + CASE {period} // 1000000 WHEN {int(PeriodKind.YEAR)} THEN 12 "
        f"WHEN {int(PeriodKind.HALF)} THEN {index} * 6 WHEN {int(PeriodKind.QUARTER)} THEN {index} * 3 ELSE {index} END)"
    )


def within_sql(month: str, spell: str) -> str:
    """Condition: the month lies in the stretch of months of the table ``spell``."""
    return f"{month} >= {spell}.first AND {month} <= {spell}.last"


def mask_sql(conditions: Sequence[str]) -> str:
    """Expression over the subjects' table: which conditions hold, as a string of 0 and 1."""
    if not conditions:
        return "''"
    return " || ".join(f"CASE WHEN {condition} THEN '1' ELSE '0' END" for condition in conditions)


#: complete before incomplete, then by the subject's number (organisations before projects before parcels …),
#: then most reporters. A number is below 128, and the sum below 2^53: doubles hold it exactly
PICK_RANK = (
    "(CASE WHEN here = parts THEN 0 ELSE 1 END) * 1e14 + sk * 1e11"
    " + (1e8 - LEAST(CASE WHEN here = parts THEN n ELSE here END, 1e8)) * 100 + rank"
)
#: what was picked beside its sum, as one number: the smallest of a group is then found without building rows
_PACKED = "((n::BIGINT * 128 + sk) * 32 + way) * 64 + here * 2 + CASE WHEN here = parts THEN 1 ELSE 0 END"
_UNPACKED = (
    "(p & 1) = 1 AS whole, (p >> 1) & 31 AS here, (p >> 6) & 31 AS way, ((p >> 11) & 127)::TINYINT AS sk, p >> 18 AS n"
)


def reported_tables(plan: AtomPlan, *, nested: bool, grouped: bool) -> list[str]:
    """CTEs that end in ``reported(atom, area, period, sim, v, f)``. Needs ``leaf, masks, used, atoms, anc,
    derive`` and, for deep atoms, ``values_of``.

    ``nested``: whether areas lie in one another, so that sums rise; ``grouped``: whether a value may come
    from several periods, so that they are added up.
    """
    if not (plan.flat or plan.deep):
        return [_EMPTY_CELLS.format(name="reported")]
    # a row also where nobody meets the condition, as long as somebody reported: that is a sum of 0, not a
    # missing value
    met = "CASE WHEN u.cond = 0 OR m.held THEN {} ELSE 0 END" if plan.conditions else "{}"
    masks = "LEFT JOIN masks m ON m.mask = l.mask AND m.cond = u.cond" if plan.conditions else ""
    tables = [
        f"""summed AS (
            SELECT u.use, l.sk, l.sim, l.area, l.period,
                   SUM({met.format("l.s")}) AS s, SUM({met.format("l.n::DOUBLE")}) AS n
            FROM leaf l JOIN used u ON u.element = l.element {masks}
            GROUP BY u.use, l.sk, l.sim, l.area, l.period)"""
    ]
    if nested:
        tables.append(
            f"""risen AS {"MATERIALIZED " if grouped else ""}(
            SELECT r.use, r.sk, r.sim, a.ancestor AS area, r.period, SUM(r.s) AS s, SUM(r.n) AS n
            FROM summed r JOIN anc a ON a.area = r.area AND {within_sql(month_sql("r.period"), "a")}
            GROUP BY r.use, r.sk, r.sim, a.ancestor, r.period)"""
        )
    risen = "risen" if nested else "summed"
    whole = f"""SELECT r.use, r.sk, r.sim, r.area, d.target AS period, d.way, d.rank, d.parts, r.s, r.n, 1 AS here
            FROM {risen} r JOIN used u ON u.use = r.use
            JOIN derive d ON d.mode = u.mode AND d.source = r.period AND d.parts = 1"""
    added = f"""SELECT k.use, k.sk, k.sim, k.area, d.target, d.way, d.rank, d.parts, k.s, k.n, k.here FROM (
                SELECT r.use, r.sk, r.sim, r.area, d.id, SUM(r.s) AS s, MAX(r.n) AS n, COUNT(*) AS here
                FROM {risen} r JOIN used u ON u.use = r.use
                JOIN derive d ON d.mode = u.mode AND d.source = r.period AND d.parts > 1
                GROUP BY r.use, r.sk, r.sim, r.area, d.id) k
            JOIN (SELECT DISTINCT id, target, way, rank, parts FROM derive) d ON d.id = k.id"""
    tables += [
        f"derived AS ({whole}{f' UNION ALL {added}' if grouped else ''})",
        f"""picked AS {"MATERIALIZED " if plan.deep else ""}(
            SELECT use, area, period, sim, s, {_UNPACKED} FROM (
                SELECT use, area, period, sim, ARG_MIN(s, {PICK_RANK}) AS s, ARG_MIN({_PACKED}, {PICK_RANK}) AS p
                FROM derived GROUP BY use, area, period, sim) k)""",
        f"""flat AS (
            SELECT a.atom, k.area, k.period, k.sim,
                   CASE WHEN k.whole THEN CASE a.func WHEN 'total' THEN k.s WHEN 'reporters' THEN k.n::DOUBLE
                        ELSE k.s / NULLIF(k.n, 0) END END AS v,
                   {_flag(Flag.REPORTED)} AS f
            FROM picked k JOIN atoms a ON a.use = k.use AND NOT a.deep)""",
    ]
    if not plan.deep:
        return [*tables, "reported AS (SELECT * FROM flat)"]
    counts = " UNION ALL ".join(
        f"SELECT {atom} AS atom, v.element, v.sk, v.sim, v.area, v.period, v.way, SUM(v.value) AS s, COUNT(*) AS n "
        f"FROM values_of v WHERE v.element = {element} AND ({condition or 'true'}) GROUP BY ALL"
        for atom, _func, element, condition, _mode in plan.deep
    )
    tables += [
        f"counted AS ({counts})",
        f"""counts AS MATERIALIZED (
            SELECT c.atom, c.sk, c.sim, a.ancestor AS area, c.period, c.way, SUM(c.s) AS s, SUM(c.n) AS n
            FROM counted c JOIN anc a ON a.area = c.area AND {within_sql(month_sql("c.period"), "a")} GROUP BY ALL)""",
        # the same figures (from months or quarters) as the element's own sum uses
        f"""deep AS (
            SELECT a.atom, k.area, k.period, k.sim,
                   CASE WHEN k.whole THEN CASE a.func WHEN 'total' THEN COALESCE(c.s, 0) WHEN 'reporters' THEN COALESCE(c.n, 0)
                        ELSE c.s / NULLIF(c.n, 0) END END AS v,
                   {_flag(Flag.REPORTED)} AS f
            FROM picked k JOIN atoms a ON a.use = k.use AND a.deep
            LEFT JOIN counts c ON c.atom = a.atom AND c.area = k.area AND c.period = k.period
                AND c.sk = k.sk AND c.sim = k.sim AND c.way = k.way)""",
        "reported AS (SELECT * FROM flat UNION ALL SELECT * FROM deep)",
    ]
    return tables


_EMPTY_CELLS = (
    "{name} AS (SELECT 0 AS atom, 0 AS area, 0 AS period, 0 AS sim, 0::DOUBLE AS v, 0::BIGINT AS f WHERE false)"
)


def _flag(basis: Flag) -> str:
    """Flags of what was picked as ``k`` for the atom ``a.atom``, or how many parts there are of what is
    incomplete.
    """
    partial = f"(a.atom::BIGINT * 100 + k.here + (k.way - 1) * 20) * {PERIOD_BASE} + k.period"
    return f"CASE WHEN k.whole THEN {int(basis)} + k.sim ELSE {partial} END"


def values_table(conditions_on: str) -> str:
    """CTE ``values_of``: each subject's value in each derived period, of the facts in ``conditions_on``, with
    what it was at that period's end.
    """
    return f"""values_of AS MATERIALIZED (
        SELECT f.element, f.sk, f.sim, f.subject, d.target AS period, d.way, SUM(f.value) AS value,
               s.area, s.industry, s.sector, s.chain, s.scale, s.ownership, s.use, s.status
        FROM {conditions_on} f
        JOIN (SELECT DISTINCT element, mode FROM atoms WHERE deep) e ON e.element = f.element
        JOIN derive d ON d.mode = e.mode AND d.source = f.period
        JOIN subjects s ON s.sk = f.sk AND s.subject = f.subject AND {within_sql(month_sql("d.target"), "s")}
        GROUP BY ALL)"""


def official_tables(plan: AtomPlan, depth: int) -> list[str]:
    """CTEs that end in ``published(atom, area, period, sim, v, f)`` and ``area_sums(…)``. Needs
    ``official_facts(element, area, period, value, sim)`` and ``grid``.
    """
    if not (plan.official or plan.area_sums):
        return [_EMPTY_CELLS.format(name="published"), _EMPTY_CELLS.format(name="area_sums")]
    tables = [
        """derived_official AS (
            SELECT o.element, o.area, o.sim, d.target AS period, d.way, d.rank, d.parts, SUM(o.value) AS s, COUNT(*) AS here
            FROM official_facts o JOIN official_atoms a ON a.element = o.element
            JOIN derive d ON d.mode = a.mode AND d.source = o.period GROUP BY ALL)""",
        """picked_official AS MATERIALIZED (
            SELECT element, area, period, sim, p.s, p.way, p.here, p.whole FROM (
                SELECT element, area, period, sim, ARG_MIN(
                    STRUCT_PACK(s := s, way := way, here := here, whole := here = parts),
                    (CASE WHEN here = parts THEN 0 ELSE 1 END) * 1000 + rank) AS p
                FROM derived_official GROUP BY ALL) k)""",
        f"""published AS (
            SELECT a.atom, k.area, k.period, k.sim, CASE WHEN k.whole THEN k.s END AS v,
                   {_flag(Flag.OFFICIAL)} AS f
            FROM picked_official k JOIN official_atoms a ON a.element = k.element AND a.atom >= 0)""",
    ]
    if not plan.area_sums:
        return [*tables, _EMPTY_CELLS.format(name="area_sums")]
    tables += [
        """kids AS MATERIALIZED (
            SELECT g.parent AS area, g.period, COUNT(*) AS n FROM grid g
            WHERE g.parent IS NOT NULL AND g.born <= g.m AND g.ended >= g.m0 GROUP BY ALL)""",
        # real and simulated sums are made apart: one real part does not take the others' simulated sum away
        """own AS MATERIALIZED (
            SELECT k.element, k.area, g.depth, k.period, k.s AS v, k.sim FROM picked_official k
            JOIN grid g ON g.area = k.area AND g.period = k.period WHERE k.whole)""",
        f"below{depth} AS (SELECT element, area, period, v, sim FROM own WHERE false)",
    ]
    for level in range(depth - 1, -1, -1):
        # a part's own figure, else the sum of its parts; the sum stands only when every part that exists then
        # is there
        tables.append(
            f"""best{level + 1} AS (
                SELECT element, area, period, v, sim FROM own WHERE depth = {level + 1}
                UNION ALL SELECT * FROM below{level + 1} b WHERE NOT EXISTS (
                    SELECT 1 FROM own o WHERE o.element = b.element AND o.area = b.area AND o.period = b.period AND o.sim = b.sim))"""
        )
        tables.append(
            f"""below{level} AS MATERIALIZED (
                SELECT b.element, g.parent AS area, b.period, SUM(b.v) AS v, b.sim FROM best{level + 1} b
                JOIN grid g ON g.area = b.area AND g.period = b.period AND g.depth = {level + 1}
                JOIN kids k ON k.area = g.parent AND k.period = b.period
                GROUP BY b.element, g.parent, b.period, b.sim, k.n HAVING COUNT(*) = k.n)"""
        )
    every = " UNION ALL ".join(f"SELECT * FROM below{level}" for level in range(depth))
    tables.append(
        f"area_sums AS (SELECT a.atom, b.area, b.period, b.sim, b.v, {int(Flag.OFFICIAL)} + b.sim::BIGINT AS f "
        f"FROM ({every}) b JOIN sum_atoms a ON a.element = b.element)"
        if depth
        else _EMPTY_CELLS.format(name="area_sums")
    )
    return tables


# ---------------------------------------------------------------- registers

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
    """CTEs that end in ``registered(atom, area, period, sim, v, f)``. Needs the tables of
    :func:`register_inputs`, ``subjects, anc, grid``.

    Counts exist for periods that are over (``grid.over``), from the first year of which the register knows
    anything. Real and simulated records are counted apart, each where there are any at all (``here``,
    whatever the atom's condition).
    """
    if not plan.registers:
        return [_EMPTY_CELLS.format(name="registered")]
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
        f"""registered AS (
            SELECT w.atom, g.area, g.period, COALESCE(k.sim, w.sim) AS sim, COALESCE(k.n, 0) AS v,
                   {int(Flag.REGISTER)} + COALESCE(k.sim, w.sim)::BIGINT AS f
            FROM anywhere w JOIN grid g ON g.over AND g.year >= (w.m - 1) // 12 AND g.year >= w.since
            LEFT JOIN known k ON k.atom = w.atom AND k.area = g.area AND k.period = g.period)""",
    ]


def pivot_tables(atoms: list[int], two_choices: bool) -> list[str]:
    """CTE ``x0``: the grid with columns ``v<i>, f<i>`` of each atom, from ``cells``, twice: with ``choice`` 0
    from real figures only, with 1 from the simulated ones and, where an atom has none that is complete, from
    real ones. Without simulated figures (or unless there may be ``two_choices``) there is no choice 1."""
    names = [name for name in GRID if name != "choice"]
    grid = f"c.choice, {', '.join(f'g.{name}' for name in names)}"
    if not atoms:
        return [f"x0 AS MATERIALIZED (SELECT 0 AS choice, {', '.join(f'g.{name}' for name in names)} FROM grid g)"]
    listed = ", ".join(str(atom) for atom in atoms)
    columns = []
    for atom in atoms:
        missing = f"{(atom * 100 + int(Why.MISSING)) * PERIOD_BASE}::BIGINT + g.period"
        columns.append(f'w."{atom}_v" AS v{atom}, COALESCE(w."{atom}_f", {missing}) AS f{atom}')
    real = "SELECT atom, area, period, 0 AS choice, v, f FROM cells WHERE sim = 0"
    simulated = """SELECT k.atom, k.area, k.period, 1, k.p.v, k.p.f FROM (
                SELECT atom, area, period, ARG_MIN(STRUCT_PACK(v := v, f := f), CASE WHEN v IS NULL THEN 2 + sim ELSE 1 - sim END) AS p
                FROM cells WHERE EXISTS (SELECT 1 FROM cells WHERE sim = 1) GROUP BY ALL) k"""
    choices = "SELECT 0 AS choice UNION SELECT DISTINCT 1 AS choice FROM cells WHERE sim = 1"
    return [
        f"choices AS ({choices if two_choices else 'SELECT 0 AS choice'})",
        f"chosen AS ({real}{f' UNION ALL {simulated}' if two_choices else ''})",
        f"wide AS (SELECT * FROM (PIVOT chosen ON atom IN ({listed}) USING FIRST(v) AS v, FIRST(f) AS f "
        "GROUP BY area, period, choice))",
        f"x0 AS MATERIALIZED (SELECT {grid}, {', '.join(columns)} FROM grid g CROSS JOIN choices c "
        "LEFT JOIN wide w ON w.area = g.area AND w.period = g.period AND w.choice = c.choice)",
    ]
