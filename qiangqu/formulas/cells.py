"""SQL of the atoms: from aggregated facts and registers to one cell for each atom, area and period.

The source ``leaf`` is facts already summed over subjects that are alike: ``element, sk, sim, area, mask, period, s, n`` (sum and number of
values; ``mask`` says which conditions hold). Real and simulated figures are kept apart until the end, where real ones win.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from .catalog import Catalog
from .derivation import MODE_OF_KIND, Mode
from .graph import Graph, Node
from .inputs import Inputs, stage_day, table_of
from .layers import PERIOD_BASE, Flag, Why

ATOM_SCHEMA = pa.schema(
    [
        ("atom", pa.int32()),
        ("func", pa.string()),
        ("element", pa.int32()),
        ("cond", pa.int32()),
        ("mode", pa.int32()),
    ]
)


@dataclass
class AtomPlan:
    """Atoms of one evaluation, sorted by how they are computed. ``conditions`` are those on who reports, numbered from 1 (0: no condition);
    ``deep`` atoms look at each subject's own value in the period (a condition on ``value``, or a count over several months)."""

    flat: list[tuple[int, str, int, int, int]] = field(default_factory=list)
    deep: list[tuple[int, str, int, str, int]] = field(default_factory=list)
    official: list[tuple[int, int, int]] = field(default_factory=list)
    area_sums: list[tuple[int, int]] = field(default_factory=list)
    registers: list[int] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)

    @property
    def reported_elements(self) -> list[int]:
        return sorted({row[2] for row in self.flat} | {row[2] for row in self.deep})

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
            case "holders" | "recognised_since" | "projects" | "organisations" | "parcels":
                plan.registers.append(index)
    return plan


def _plan_reported(plan: AtomPlan, index: int, node: Node, kind: str) -> None:
    element, condition = node.params
    # what enterprises report of a share or a rate is a level: the last month stands for the period
    mode = Mode.FLOW if kind == "flow" else Mode.LAST
    if is_on_value(condition) or (node.op == "reporters" and mode == Mode.FLOW):
        plan.deep.append((index, node.op, element, condition, int(mode)))
        return
    number = 0
    if condition:
        if condition not in plan.conditions:
            plan.conditions.append(condition)
        number = plan.conditions.index(condition) + 1
    plan.flat.append((index, node.op, element, number, int(mode)))


def is_on_value(condition: str) -> bool:
    """Whether a canonical condition looks at the reported value."""
    # canonical text: every literal is quoted, so that a bare word is an attribute
    outside = "".join(condition.split("'")[0::2])
    return "value " in outside


def mask_sql(conditions: Sequence[str]) -> str:
    """Expression over the subjects' table: which conditions hold, as a string of 0 and 1."""
    if not conditions:
        return "''"
    return " || ".join(f"CASE WHEN {condition} THEN '1' ELSE '0' END" for condition in conditions)


#: complete before incomplete, real before simulated, organisations before projects before parcels, then most reporters
PICK_RANK = (
    "(CASE WHEN here = parts THEN 0 ELSE 1 END) * 1e13 + sim * 1e12 + sk * 1e11"
    " + (1e8 - LEAST(CASE WHEN here = parts THEN n ELSE here END, 1e8)) * 100 + rank"
)
_PICK = "ARG_MIN(STRUCT_PACK({fields}), {rank})"


def reported_tables(plan: AtomPlan) -> list[str]:
    """CTEs that end in ``reported(atom, area, period, v, f)``. Needs ``leaf, masks, atoms, anc, derive`` and, for deep atoms, ``values_of``."""
    if not (plan.flat or plan.deep):
        return [_EMPTY_CELLS.format(name="reported")]
    tables = [
        "used AS (SELECT DISTINCT element, cond, mode FROM atoms UNION SELECT DISTINCT element, 0, mode FROM atoms)",
        # a row also where nobody meets the condition, as long as somebody reported: that is a sum of 0, not a missing value
        """summed AS MATERIALIZED (
            SELECT u.element, u.cond, u.mode, l.sk, l.sim, l.area, l.period,
                   SUM(CASE WHEN u.cond = 0 OR m.held THEN l.s ELSE 0 END) AS s,
                   SUM(CASE WHEN u.cond = 0 OR m.held THEN l.n ELSE 0 END) AS n
            FROM leaf l JOIN used u ON u.element = l.element LEFT JOIN masks m ON m.mask = l.mask AND m.cond = u.cond
            GROUP BY ALL)""",
        """risen AS MATERIALIZED (
            SELECT r.element, r.cond, r.mode, r.sk, r.sim, a.ancestor AS area, r.period, SUM(r.s) AS s, SUM(r.n) AS n
            FROM summed r JOIN anc a ON a.area = r.area GROUP BY ALL)""",
        """derived AS (
            SELECT r.element, r.cond, r.mode, r.sk, r.sim, r.area, d.target AS period, d.way, d.rank, d.parts,
                   SUM(r.s) AS s, MAX(r.n) AS n, COUNT(*) AS here
            FROM risen r JOIN derive d ON d.mode = r.mode AND d.source = r.period GROUP BY ALL)""",
        f"""picked AS MATERIALIZED (
            SELECT element, cond, mode, area, period, {
            _PICK.format(
                fields="s := s, n := n, sk := sk, sim := sim, way := way, here := here, whole := here = parts",
                rank=PICK_RANK,
            )
        } AS p
            FROM derived GROUP BY ALL)""",
        f"""flat AS (
            SELECT a.atom, k.area, k.period,
                   CASE WHEN k.p.whole THEN CASE a.func WHEN 'total' THEN k.p.s WHEN 'reporters' THEN k.p.n
                        ELSE k.p.s / NULLIF(k.p.n, 0) END END AS v,
                   {_reported_flag("k.p", "a.atom", "k.period")} AS f
            FROM picked k JOIN atoms a ON a.element = k.element AND a.cond = k.cond AND NOT a.deep)""",
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
        """counts AS MATERIALIZED (
            SELECT c.atom, c.sk, c.sim, a.ancestor AS area, c.period, c.way, SUM(c.s) AS s, SUM(c.n) AS n
            FROM counted c JOIN anc a ON a.area = c.area GROUP BY ALL)""",
        # the same figures (real or simulated, from months or quarters) as the element's own sum uses
        f"""deep AS (
            SELECT a.atom, k.area, k.period,
                   CASE WHEN k.p.whole THEN CASE a.func WHEN 'total' THEN COALESCE(c.s, 0) WHEN 'reporters' THEN COALESCE(c.n, 0)
                        ELSE c.s / NULLIF(c.n, 0) END END AS v,
                   {_reported_flag("k.p", "a.atom", "k.period")} AS f
            FROM picked k JOIN atoms a ON a.element = k.element AND k.cond = 0 AND a.deep
            LEFT JOIN counts c ON c.atom = a.atom AND c.area = k.area AND c.period = k.period
                AND c.sk = k.p.sk AND c.sim = k.p.sim AND c.way = k.p.way)""",
        "reported AS (SELECT * FROM flat UNION ALL SELECT * FROM deep)",
    ]
    return tables


_EMPTY_CELLS = "{name} AS (SELECT 0 AS atom, 0 AS area, 0 AS period, 0::DOUBLE AS v, 0::BIGINT AS f WHERE false)"


def _reported_flag(pick: str, atom: str, period: str) -> str:
    partial = f"({atom}::BIGINT * 100 + {pick}.here + ({pick}.way - 1) * 20) * {PERIOD_BASE} + {period}"
    return f"CASE WHEN {pick}.whole THEN {int(Flag.REPORTED)} + {pick}.sim ELSE {partial} END"


def values_table(conditions_on: str) -> str:
    """CTE ``values_of``: each subject's value in each derived period, of the facts in ``conditions_on``."""
    return f"""values_of AS MATERIALIZED (
        SELECT f.element, f.sk, f.sim, f.subject, d.target AS period, d.way, SUM(f.value) AS value,
               s.area, s.industry, s.sector, s.chain, s.scale, s.ownership, s.use, s.status
        FROM {conditions_on} f
        JOIN (SELECT DISTINCT element, mode FROM atoms WHERE deep) e ON e.element = f.element
        JOIN derive d ON d.mode = e.mode AND d.source = f.period
        JOIN subjects s ON s.sk = f.sk AND s.subject = f.subject
        GROUP BY ALL)"""


def official_tables(plan: AtomPlan, depth: int) -> list[str]:
    """CTEs that end in ``published(atom, area, period, v, f)`` and ``area_sums(…)``. Needs ``official_facts(element, area, period, value, sim)``."""
    if not (plan.official or plan.area_sums):
        return [_EMPTY_CELLS.format(name="published"), _EMPTY_CELLS.format(name="area_sums")]
    tables = [
        """derived_official AS (
            SELECT o.element, o.area, o.sim, d.target AS period, d.way, d.rank, d.parts, SUM(o.value) AS s, COUNT(*) AS here
            FROM official_facts o JOIN official_atoms a ON a.element = o.element
            JOIN derive d ON d.mode = a.mode AND d.source = o.period GROUP BY ALL)""",
        f"""picked_official AS MATERIALIZED (
            SELECT element, area, period, {
            _PICK.format(
                fields="s := s, sim := sim, way := way, here := here, whole := here = parts",
                rank="(CASE WHEN here = parts THEN 0 ELSE 1 END) * 1000 + sim * 100 + rank",
            )
        } AS p FROM derived_official GROUP BY ALL)""",
        f"""published AS (
            SELECT a.atom, k.area, k.period, CASE WHEN k.p.whole THEN k.p.s END AS v,
                   CASE WHEN k.p.whole THEN {int(Flag.OFFICIAL)} + k.p.sim
                   ELSE (a.atom::BIGINT * 100 + k.p.here + (k.p.way - 1) * 20) * {PERIOD_BASE} + k.period END AS f
            FROM picked_official k JOIN official_atoms a ON a.element = k.element AND a.atom >= 0)""",
    ]
    if not plan.area_sums:
        return [*tables, _EMPTY_CELLS.format(name="area_sums")]
    tables += [
        """kids AS MATERIALIZED (
            SELECT a.parent AS area, g.period, COUNT(*) AS n FROM (SELECT DISTINCT period, starts, ends FROM grid) g
            JOIN areas a ON a.parent IS NOT NULL AND a.first <= g.ends AND (a.last IS NULL OR a.last >= g.starts) GROUP BY ALL)""",
        "own AS (SELECT k.element, k.area, a.depth, k.period, k.p.s AS v, k.p.sim AS sim FROM picked_official k "
        "JOIN areas a ON a.area = k.area WHERE k.p.whole)",
        f"below{depth} AS (SELECT element, area, period, v, sim FROM own WHERE false)",
    ]
    for level in range(depth - 1, -1, -1):
        # a part's own figure, else the sum of its parts; the sum stands only when every part that exists then is there
        tables.append(
            f"""best{level + 1} AS (
                SELECT element, area, period, v, sim FROM own WHERE depth = {level + 1}
                UNION ALL SELECT * FROM below{level + 1} b WHERE NOT EXISTS (
                    SELECT 1 FROM own o WHERE o.element = b.element AND o.area = b.area AND o.period = b.period))"""
        )
        tables.append(
            f"""below{level} AS MATERIALIZED (
                SELECT b.element, a.parent AS area, b.period, SUM(b.v) AS v, b.sim FROM best{level + 1} b
                JOIN areas a ON a.area = b.area AND a.depth = {level + 1}
                JOIN kids k ON k.area = a.parent AND k.period = b.period
                GROUP BY b.element, a.parent, b.period, b.sim, k.n HAVING COUNT(*) = k.n)"""
        )
    every = " UNION ALL ".join(f"SELECT * FROM below{level}" for level in range(depth))
    tables.append(
        f"area_sums AS (SELECT a.atom, b.area, b.period, b.v, {int(Flag.OFFICIAL)} + b.sim::BIGINT AS f "
        f"FROM ({every}) b JOIN sum_atoms a ON a.element = b.element)"
        if depth
        else _EMPTY_CELLS.format(name="area_sums")
    )
    return tables


# ---------------------------------------------------------------- registers

_STOCK = pa.schema(
    [
        ("atom", pa.int32()),
        ("item", pa.int32()),
        ("area", pa.int32()),
        ("first", pa.date32()),
        ("last", pa.date32()),
        ("sim", pa.int8()),
    ]
)
_EVENTS = pa.schema(
    [("atom", pa.int32()), ("area", pa.int32()), ("day", pa.date32()), ("since", pa.int32()), ("sim", pa.int8())]
)


def register_inputs(plan: AtomPlan, graph: Graph, inputs: Inputs) -> dict[str, pa.Table]:
    """Tables ``stock`` (what lasts from a day to a day) and ``events`` (what happened on a day) of the register atoms.

    ``since`` is the first year from which an event counts on, 0 where only those within the period count.
    """
    nodes = [(index, graph[index]) for index in plan.registers]
    kinds = [
        k
        for _, n in nodes
        if n.op in ("holders", "recognised_since")
        for k in (n.params if n.op == "holders" else n.params[:1])
    ]
    held = inputs.recognitions(kinds) if kinds else []
    project_kinds = [n.params[0] for _, n in nodes if n.op == "projects"]
    projects = inputs.projects(project_kinds) if project_kinds else []
    stock, events = [], []
    for index, node in nodes:
        match node.op:
            case "holders":
                stock += [(index, h, a, f, t, int(sim)) for kind, h, a, f, t, sim in held if kind in node.params]
            case "recognised_since":
                kind, year = node.params
                events += [(index, a, f, year, int(sim)) for k, _h, a, f, _t, sim in held if k == kind]
            case "projects":
                kind, stage = node.params
                mine = [p for p in projects if p["kind__code"] == kind]
                if stage:
                    dated = [(p, stage_day(p, stage)) for p in mine]
                    events += [(index, p["area_id"], day, 0, int(p["simulated"])) for p, day in dated if day]
                else:
                    stock += [
                        (index, p["id"], p["area_id"], p["valid_from"], p["valid_to"], int(p["simulated"]))
                        for p in mine
                    ]
    return {"stock": table_of(stock, _STOCK), "events": table_of(events, _EVENTS)}


def register_tables(plan: AtomPlan, graph: Graph) -> list[str]:
    """CTEs that end in ``registered(atom, area, period, v, f)``. Needs ``stock, events, subjects, enterprises, parcels, anc, grid``.

    Counts exist for periods that are over (``grid.over``), from the first year of which the register knows anything.
    """
    if not plan.registers:
        return [_EMPTY_CELLS.format(name="registered")]
    lives = ["SELECT atom, item, area, first, last, sim, 1::DOUBLE AS weight, true AS once FROM stock"]
    for index in plan.registers:
        node = graph[index]
        if node.op in ("organisations", "parcels"):
            kind, weight = (2, "1::DOUBLE") if node.op == "organisations" else (4, "l.weight")
            source = "enterprises" if node.op == "organisations" else "parcels"
            lives.append(
                f"SELECT {index}, l.id, l.area, l.first, l.last, l.sim, {weight}, false FROM {source} l "
                f"JOIN subjects s ON s.sk = {kind} AND s.subject = l.id WHERE {node.params[0] or 'true'}"
            )
    return [
        f"lives AS MATERIALIZED ({' UNION ALL '.join(lives)})",
        "ends AS MATERIALIZED (SELECT DISTINCT ends FROM grid WHERE over)",
        # an item may appear twice (two titles of one holder): it counts once
        """held AS (
            SELECT l.atom, l.area, l.sim, e.ends, COUNT(DISTINCT l.item)::DOUBLE AS n FROM lives l
            JOIN ends e ON l.first <= e.ends AND (l.last IS NULL OR l.last >= e.ends) WHERE l.once GROUP BY ALL)""",
        # many items that appear once: what came minus what went, added up over time
        """moves AS (
            SELECT atom, area, sim, first AS day, weight FROM lives WHERE NOT once
            UNION ALL SELECT atom, area, sim, last + INTERVAL 1 DAY, -weight FROM lives WHERE NOT once AND last IS NOT NULL)""",
        "moved AS (SELECT m.atom, m.area, m.sim, (SELECT MIN(ends) FROM ends WHERE ends >= m.day) AS ends, SUM(m.weight) AS n "
        "FROM (SELECT atom, area, sim, day::DATE AS day, SUM(weight) AS weight FROM moves GROUP BY ALL) m GROUP BY ALL)",
        """weighed AS (
            SELECT k.atom, k.area, k.sim, e.ends, SUM(COALESCE(m.n, 0)) OVER (PARTITION BY k.atom, k.area, k.sim ORDER BY e.ends) AS n
            FROM (SELECT DISTINCT atom, area, sim FROM moved) k CROSS JOIN ends e
            LEFT JOIN moved m ON m.atom = k.atom AND m.area = k.area AND m.sim = k.sim AND m.ends = e.ends)""",
        """happened AS (
            SELECT v.atom, v.area, v.sim, g.period, COUNT(*)::DOUBLE AS n FROM events v
            JOIN (SELECT DISTINCT period, year, starts, ends FROM grid WHERE over) g ON v.day <= g.ends
                AND v.day >= CASE WHEN v.since = 0 THEN g.starts ELSE MAKE_DATE(v.since, 1, 1) END
            GROUP BY ALL)""",
        """tallied AS MATERIALIZED (
            SELECT t.atom, a.ancestor AS area, t.sim, t.period, SUM(t.n) AS n FROM (
                SELECT h.atom, h.area, h.sim, g.period, h.n FROM (SELECT * FROM held UNION ALL SELECT * FROM weighed) h
                JOIN (SELECT DISTINCT period, ends FROM grid WHERE over) g ON g.ends = h.ends
                UNION ALL SELECT atom, area, sim, period, n FROM happened) t
            JOIN anc a ON a.area = t.area GROUP BY ALL)""",
        # what the register knows at all, there and anywhere: real before simulated, and no 0 where nothing was ever entered
        """known AS MATERIALIZED (
            SELECT k.atom, a.ancestor AS area, MIN(k.sim) AS sim FROM (
                SELECT atom, area, sim FROM lives UNION ALL SELECT atom, area, sim FROM events) k
            JOIN anc a ON a.area = k.area GROUP BY ALL)""",
        """anywhere AS MATERIALIZED (
            SELECT atom, MIN(sim) AS sim, MIN(year) AS year, MAX(since) AS since FROM (
                SELECT atom, sim, YEAR(first) AS year, 0 AS since FROM lives UNION ALL SELECT atom, sim, YEAR(day), since FROM events)
            GROUP BY atom)""",
        f"""registered AS (
            SELECT w.atom, g.area, g.period, COALESCE(t.n, 0) AS v, {int(Flag.REGISTER)} + COALESCE(k.sim, w.sim)::BIGINT AS f
            FROM anywhere w JOIN grid g ON g.over AND g.year >= w.year AND g.year >= w.since
            LEFT JOIN known k ON k.atom = w.atom AND k.area = g.area
            LEFT JOIN tallied t ON t.atom = w.atom AND t.area = g.area AND t.period = g.period AND t.sim = COALESCE(k.sim, w.sim))""",
    ]


def pivot_tables(atoms: list[int]) -> list[str]:
    """CTE ``x0``: the grid with columns ``v<i>, f<i>`` of each atom, from ``cells``."""
    grid = "g.area, g.period, g.kind, g.year, g.idx, g.parent, g.level, g.cum"
    if not atoms:
        return [f"x0 AS MATERIALIZED (SELECT {grid} FROM grid g)"]
    listed = ", ".join(str(atom) for atom in atoms)
    columns = []
    for atom in atoms:
        missing = f"{(atom * 100 + int(Why.MISSING)) * PERIOD_BASE}::BIGINT + g.period"
        columns.append(f'w."{atom}_v" AS v{atom}, COALESCE(w."{atom}_f", {missing}) AS f{atom}')
    return [
        f"wide AS MATERIALIZED (SELECT * FROM (PIVOT cells ON atom IN ({listed}) USING FIRST(v) AS v, FIRST(f) AS f GROUP BY area, period))",
        f"x0 AS MATERIALIZED (SELECT {grid}, {', '.join(columns)} FROM grid g LEFT JOIN wide w ON w.area = g.area AND w.period = g.period)",
    ]
