"""SQL of the atoms: from facts to sums, where and of which period they were reported (of registers see
:mod:`qiangqu.formulas.register_cells`). What areas and other periods have of them is for
:mod:`qiangqu.formulas.atoms`.

The source ``leaf`` is facts, summed over subjects that are alike where many are: ``element, sk, sim, area,
mask, period, s, n`` (sum and number of values; ``mask`` says which conditions hold). Real and simulated figures are
kept apart (column ``sim`` of every table): which of them a formula uses is chosen once for a cell, in
:func:`qiangqu.formulas.arrays.chosen`.

Each SELECT here gives rows ``what, id, sk, sim, area, period, way, s, n``: ``id`` is the number of a sum
(:data:`REPORTED`), an atom (:data:`COUNTED`, of a period put together in some ``way``; :data:`REGISTERED`) or an element
(:data:`PUBLISHED`).

What a subject was is asked of the month with which the period of a fact ends; tables of registers say
``first, last`` month (decision 4).
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from qiangqu.base.periods import PeriodKind

from . import shares
from .catalog import Catalog
from .derivation import MODE_OF_KIND, Mode
from .graph import REGISTER_ATOMS, Graph, Node
from .inputs import table_of

REPORTED, COUNTED, PUBLISHED, REGISTERED = range(4)
#: a SELECT of no rows
NOTHING = (
    "SELECT 0 AS what, 0 AS id, 0::TINYINT AS sk, 0::TINYINT AS sim, 0 AS area, 0 AS period, 0 AS way, 0::DOUBLE AS s, "
    "0::DOUBLE AS n WHERE false"
)
_USED = pa.schema([(name, pa.int32()) for name in ("use", "element", "cond")])


@dataclass(frozen=True, slots=True)
class Use:
    """Which sum (by ``number``) a reported atom has, or (``deep``) beside which one it is counted."""

    atom: int
    number: int
    element: int
    condition: int
    mode: int
    func: str
    deep: bool


@dataclass
class AtomPlan:
    """Atoms of one evaluation, sorted by how they are computed. ``conditions`` are those on who reports,
    numbered from 1 (0: no condition); ``deep`` atoms look at each subject's own value in the period (a
    condition on ``value``, or a count over several months)."""

    flat: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    deep: list[tuple[int, str, int, str, int]] = field(default_factory=list)
    official: list[tuple[int, int, int]] = field(default_factory=list)
    area_sums: list[tuple[int, int, int]] = field(default_factory=list)
    registers: list[int] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)

    @property
    def reported_elements(self) -> list[int]:
        return sorted({row[2] for row in self.flat} | {row[2] for row in self.deep})

    @cached_property
    def uses(self) -> list[Use]:
        """What each reported atom has; each sum, of an element under a condition, is made once."""
        sums = [(row[0], row[1], row[2], row[3], row[4], False) for row in self.flat]
        sums += [(atom, func, element, 0, mode, True) for atom, func, element, _condition, mode in self.deep]
        numbers = {use: number for number, use in enumerate(sorted({row[2:5] for row in sums}), 1)}
        return [
            Use(atom, numbers[element, cond, mode], element, cond, mode, func, deep)
            for atom, func, element, cond, mode, deep in sums
        ]

    def used(self) -> pa.Table:
        """``use, element, cond`` of each sum."""
        return table_of(sorted({(use.number, use.element, use.condition) for use in self.uses}), _USED)

    @cached_property
    def official_modes(self) -> dict[int, int]:
        """How each published element is put together from other periods."""
        return {row[1]: row[2] for row in (*self.area_sums, *self.official)}

    @property
    def official_elements(self) -> list[int]:
        return sorted(self.official_modes)


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
                plan.area_sums.append((index, node.params[0], int(MODE_OF_KIND[by_id[node.params[0]].kind])))
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


def sums_sql(plan: AtomPlan) -> str:
    """The sums that are made, where and of which period they were reported. Needs ``leaf, masks, used``."""
    # a row also where nobody meets the condition, as long as somebody reported: that is a sum of 0, not a
    # missing value
    met = "CASE WHEN u.cond = 0 OR m.held THEN {} ELSE 0 END" if plan.conditions else "{}"
    masks = "LEFT JOIN masks m ON m.mask = l.mask AND m.cond = u.cond" if plan.conditions else ""
    return (
        f"SELECT {REPORTED} AS what, u.use AS id, l.sk, l.sim, l.area, l.period, 0 AS way, SUM({met.format('l.s')}) AS s, "
        f"SUM({met.format('l.n::DOUBLE')}) AS n FROM leaf l JOIN used u ON u.element = l.element {masks} "
        "GROUP BY u.use, l.sk, l.sim, l.area, l.period"
    )


def counts_sql(plan: AtomPlan, shared: bool) -> str:
    """What deep atoms count of each way to a period, where the subjects lay at its end. Needs ``values_of`` and, where
    figures are ``shared`` out, ``shares``.
    """
    area, part, many, join = "v.area", "v.value", "COUNT(*)", ""
    if shared:
        area, part, many = "COALESCE(w.to_area, v.area)", "v.value * COALESCE(w.share, 1)", "SUM(COALESCE(w.own, 1))"
        join = shares.joined("v", "v.area", month_sql("v.period"))
    return " UNION ALL ".join(
        f"SELECT {COUNTED} AS what, {atom} AS id, v.sk, v.sim, {area} AS area, v.period, v.way, SUM({part}) AS s, "
        f"({many})::DOUBLE AS n FROM values_of v {join} WHERE v.element = {element} AND ({condition or 'true'}) "
        f"GROUP BY v.sk, v.sim, {area}, v.period, v.way"
        for atom, _func, element, condition, _mode in plan.deep
    )


def values_table(plan: AtomPlan, facts: str) -> str:
    """CTE ``values_of``: each subject's value in each derived period, of the ``facts`` that deep atoms look at, with
    what it was at that period's end.
    """
    elements = ", ".join(f"({element}, {mode})" for element, mode in sorted({(row[2], row[4]) for row in plan.deep}))
    return f"""values_of AS MATERIALIZED (
        SELECT f.element, f.sk, f.sim, f.subject, d.target AS period, d.way, SUM(f.value) AS value,
               s.area, s.industry, s.sector, s.chain, s.scale, s.ownership, s.use, s.status
        FROM {facts} f
        JOIN (VALUES {elements}) AS e(element, mode) ON e.element = f.element
        JOIN derive d ON d.mode = e.mode AND d.source = f.period
        JOIN subjects s ON s.sk = f.sk AND s.subject = f.subject AND {within_sql(month_sql("d.target"), "s")}
        GROUP BY ALL)"""


def published_sql(figures: str) -> str:
    """The published ``figures`` that count (``element, area, period, value, sim``)."""
    return (
        f"SELECT {PUBLISHED} AS what, o.element AS id, 0::TINYINT AS sk, o.sim::TINYINT AS sim, o.area, o.period, 0 AS way, "
        f"o.value AS s, 1::DOUBLE AS n FROM ({figures}) o"
    )
