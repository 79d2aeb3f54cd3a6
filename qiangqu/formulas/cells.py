"""SQL of the atoms: from facts to one cell for each atom, area and period (of registers see
:mod:`qiangqu.formulas.register_cells`).

The source ``leaf`` is facts, summed over subjects that are alike where many are: ``element, sk, sim, area,
mask, period, s, n`` (sum and number of values; ``mask`` says which conditions hold). Real and simulated figures are
kept apart (column ``sim`` of every table): which of them a formula uses is chosen once for a cell, in
:func:`qiangqu.formulas.arrays.chosen`.

What a subject was is asked of the month with which the period of a fact ends; tables of registers say
``first, last`` month (decision 4).
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from qiangqu.base.periods import PeriodKind

from . import shares
from .catalog import Catalog
from .derivation import MODE_OF_KIND, Mode
from .graph import REGISTER_ATOMS, Graph, Node
from .inputs import table_of
from .layers import PERIOD_BASE, Flag

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


def reported_tables(plan: AtomPlan, *, nested: bool, grouped: bool, shared: bool = False) -> list[str]:
    """CTEs that end in ``reported(atom, area, period, sim, v, f)``. Needs ``leaf, masks, used, atoms, anc,
    derive`` and, for deep atoms, ``values_of``.

    ``nested``: whether areas lie in one another, so that sums rise; ``grouped``: whether a value may come
    from several periods, so that they are added up; ``shared``: whether some figures are shared out (``shares``).
    """
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
    area, part, many, join = "v.area", "v.value", "COUNT(*)", ""
    if shared:
        area, part, many = (
            "COALESCE(w.to_area, v.area)",
            "v.value * COALESCE(w.share, 1)",
            "SUM(COALESCE(w.own, 1))::BIGINT",
        )
        join = shares.joined("v", "v.area", month_sql("v.period"))
    counts = " UNION ALL ".join(
        f"SELECT {atom} AS atom, v.element, v.sk, v.sim, {area} AS area, v.period, v.way, SUM({part}) AS s, {many} AS n "
        f"FROM values_of v {join} WHERE v.element = {element} AND ({condition or 'true'}) GROUP BY ALL"
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


EMPTY_CELLS = (
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
    """CTEs that end in ``published(atom, area, period, sim, v, f)`` and, when asked for,
    ``area_sums(…)``. Needs ``official_facts(element, area, period, value, sim)`` and, for sums, ``grid``.
    """
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
        return tables
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
        else EMPTY_CELLS.format(name="area_sums")
    )
    return tables
