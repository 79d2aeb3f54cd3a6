"""From the graph to SQL: one common table expression for each level of the graph, one row for each area,
period and choice.

Every node has two columns: ``v<i>`` its value and ``f<i>``, which for a value holds :class:`Flag` bits (what
it rests on) and for a missing one says why: ``(node * 100 + detail) * 10_000_000 + period``, see
:func:`decode_reason`.

Whether a formula uses real or simulated figures is chosen once for a cell (decision 6): all is computed with
``choice`` 0 (real figures only) and 1 (simulated ones; real ones of what has none), and
:func:`chosen_columns` takes the second where the first cannot be computed.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces, numbers and literals escaped by lake.engine.quoted

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from .graph import Graph, Node

PERIOD_BASE = 10_000_000
#: columns of the grid that every level carries
GRID = ("area", "period", "choice", "kind", "year", "idx", "parent", "level", "cum", "m")


class Flag(IntFlag):
    SIMULATED = 1
    OFFICIAL = 2
    REPORTED = 4
    REGISTER = 8


class Why(IntEnum):
    """Details of a reason below 90 count the parts that are there (see :func:`part_count`)."""

    MISSING = 0
    ZERO = 90
    SOME_BELOW = 91
    NO_CASE = 92
    BASE = 93
    BEFORE = 94
    CHAIN = 95
    YEARS = 96
    TOP = 97
    BELOW = 98
    RANGE = 99


#: reasons that the figures themselves give: all are there, and there is no result
CONCLUSIVE = (Why.ZERO, Why.NO_CASE, Why.BASE)


@dataclass(frozen=True, slots=True)
class Reason:
    node: int
    detail: int
    period: int


def decode_reason(code: int) -> Reason:
    rest, period = divmod(int(code), PERIOD_BASE)
    return Reason(rest // 100, rest % 100, period)


def part_count(detail: int) -> tuple[int, int]:
    """``(number of parts there, way)`` of an incomplete value; the way says what the parts are (months,
    quarters, halves).
    """
    return detail % 20, detail // 20 + 1


def is_conclusive(code: int) -> bool:
    """Whether a missing value is one because of what its figures are, not because one is missing."""
    return code // PERIOD_BASE % 100 in CONCLUSIVE


def _why(node: int, detail: int, period: str = "c.period") -> str:
    return f"({(node * 100 + int(detail)) * PERIOD_BASE}::BIGINT + {period})"


class _Level:
    """Builds the columns of one level; collects the joins that they need."""

    def __init__(self, graph: Graph, previous: str) -> None:
        self.graph, self.previous = graph, previous
        self.joins: dict[str, str] = {}
        self.helpers: dict[str, tuple[str, list[str]]] = {}

    # -- columns of arguments
    def v(self, index: int, alias: str = "c") -> str:
        node = self.graph[index]
        if node.op == "const":
            return f"{node.params[0]!r}::DOUBLE"
        return "NULL::DOUBLE" if node.op == "null" else f"{alias}.v{index}"

    def f(self, index: int, alias: str = "c") -> str:
        node = self.graph[index]
        if node.op == "const":
            return "0::BIGINT"
        return _why(index, Why.NO_CASE) if node.op == "null" else f"{alias}.f{index}"

    def strict(self, args: Sequence[int], value: str, problem: str = "") -> tuple[str, str]:
        """A value that is missing when an argument is; ``problem`` is ``WHEN … THEN reason`` for what else
        can go wrong.
        """
        missing = " ".join(f"WHEN {self.v(a)} IS NULL THEN {self.f(a)}" for a in args)
        return value, f"CASE {missing} {problem} ELSE {' | '.join(self.f(a) for a in args)} END"

    def columns(self, index: int) -> tuple[str, str]:
        node = self.graph[index]
        method = getattr(self, f"_{node.op}")
        columns: tuple[str, str] = method(index, node)
        return columns

    # -- cell by cell
    def _neg(self, index: int, node: Node) -> tuple[str, str]:
        return self.strict(node.args, f"-{self.v(node.args[0])}")

    def _abs(self, index: int, node: Node) -> tuple[str, str]:
        return self.strict(node.args, f"ABS({self.v(node.args[0])})")

    def _round(self, index: int, node: Node) -> tuple[str, str]:
        return self.strict(node.args, f"ROUND({self.v(node.args[0])}, {int(node.params[0])})")

    def _convert(self, index: int, node: Node) -> tuple[str, str]:
        return self.strict(node.args, f"{self.v(node.args[0])} * {float(node.params[0])!r}")

    def _binary(self, node: Node, operator: str) -> tuple[str, str]:
        a, b = node.args
        return self.strict(node.args, f"{self.v(a)} {operator} {self.v(b)}")

    def _add(self, index: int, node: Node) -> tuple[str, str]:
        return self._binary(node, "+")

    def _sub(self, index: int, node: Node) -> tuple[str, str]:
        return self._binary(node, "-")

    def _mul(self, index: int, node: Node) -> tuple[str, str]:
        return self._binary(node, "*")

    def _compare(self, index: int, node: Node) -> tuple[str, str]:
        return self._binary(node, node.params[0])

    def _div(self, index: int, node: Node) -> tuple[str, str]:
        a, b = (self.v(arg) for arg in node.args)
        return self.strict(
            node.args, f"CASE WHEN {b} <> 0 THEN {a} / {b} END", f"WHEN {b} = 0 THEN {_why(index, Why.ZERO)}"
        )

    def _nullif(self, index: int, node: Node) -> tuple[str, str]:
        a, b = node.args
        va, vb = self.v(a), self.v(b)
        flag = f"CASE WHEN {va} IS NULL THEN {self.f(a)} WHEN {va} = {vb} THEN {_why(index, Why.ZERO)} ELSE {self.f(a)} END"
        return f"NULLIF({va}, {vb})", flag

    def _greatest(self, index: int, node: Node) -> tuple[str, str]:
        return self._extreme(node, "GREATEST")

    def _least(self, index: int, node: Node) -> tuple[str, str]:
        return self._extreme(node, "LEAST")

    def _extreme(self, node: Node, function: str) -> tuple[str, str]:
        values = [self.v(arg) for arg in node.args]
        known = " AND ".join(f"{value} IS NOT NULL" for value in values)
        return self.strict(node.args, f"CASE WHEN {known} THEN {function}({', '.join(values)}) END")

    def _coalesce(self, index: int, node: Node) -> tuple[str, str]:
        values = [self.v(arg) for arg in node.args]
        chosen = " ".join(f"WHEN {self.v(arg)} IS NOT NULL THEN {self.f(arg)}" for arg in node.args)
        return f"COALESCE({', '.join(values)})", f"CASE {chosen} ELSE {self.f(node.args[-1])} END"

    def _prefer(self, index: int, node: Node) -> tuple[str, str]:
        """The first, unless it is missing or is real where simulated figures were chosen and the second has
        some.
        """
        a, b = node.args
        use = f"{self.v(a)} IS NULL OR ({self.v(b)} IS NOT NULL AND ({self.f(a)} & 1) < ({self.f(b)} & 1))"
        # when neither is there, an incomplete one tells more than one that is missing altogether
        counted = "true" if node.params == ("total",) else f"({self.f(a)} // {PERIOD_BASE}) % 100 BETWEEN 1 AND 89"
        flag = f"CASE WHEN {use} THEN CASE WHEN {self.v(b)} IS NULL AND {counted} THEN {self.f(a)} ELSE {self.f(b)} END ELSE {self.f(a)} END"
        return f"CASE WHEN {use} THEN {self.v(b)} ELSE {self.v(a)} END", flag

    def _and(self, index: int, node: Node) -> tuple[str, str]:
        return self._logic(node, "AND", "false")

    def _or(self, index: int, node: Node) -> tuple[str, str]:
        return self._logic(node, "OR", "true")

    def _logic(self, node: Node, operator: str, decides: str) -> tuple[str, str]:
        a, b = node.args
        va, vb, fa, fb = self.v(a), self.v(b), self.f(a), self.f(b)
        flag = (
            f"CASE WHEN {va} = {decides} THEN {fa} WHEN {vb} = {decides} THEN {fb} "
            f"WHEN {va} IS NULL THEN {fa} WHEN {vb} IS NULL THEN {fb} ELSE {fa} | {fb} END"
        )
        return f"({va} {operator} {vb})", flag

    def _not(self, index: int, node: Node) -> tuple[str, str]:
        return f"NOT {self.v(node.args[0])}", self.f(node.args[0])

    def _isnull(self, index: int, node: Node) -> tuple[str, str]:
        arg = node.args[0]
        return f"{self.v(arg)} IS NULL", f"CASE WHEN {self.v(arg)} IS NULL THEN 0 ELSE {self.f(arg)} END"

    def _case(self, index: int, node: Node) -> tuple[str, str]:
        """An unknown condition makes the whole unknown: a missing value must not fall into ELSE."""
        pairs = list(zip(node.args[0::2], node.args[1::2], strict=False))
        default = node.args[-1] if len(node.args) % 2 else None
        value, flag, passed = "CASE ", "CASE ", "0::BIGINT"
        for when, then in pairs:
            passed = f"{passed} | {self.f(when)}"
            value += f"WHEN {self.v(when)} IS NULL THEN NULL WHEN {self.v(when)} THEN {self.v(then)} "
            flag += (
                f"WHEN {self.v(when)} IS NULL THEN {self.f(when)} WHEN {self.v(when)} THEN "
                f"CASE WHEN {self.v(then)} IS NULL THEN {self.f(then)} ELSE {passed} | {self.f(then)} END "
            )
        if default is None:
            return f"{value}END", f"{flag}ELSE {_why(index, Why.NO_CASE)} END"
        last = f"CASE WHEN {self.v(default)} IS NULL THEN {self.f(default)} ELSE {passed} | {self.f(default)} END"
        return f"{value}ELSE {self.v(default)} END", f"{flag}ELSE {last} END"

    def _count_true(self, index: int, node: Node) -> tuple[str, str]:
        """Sum of those that are known; missing when none is."""
        values = [self.v(arg) for arg in node.args]
        none = " AND ".join(f"{value} IS NULL" for value in values)
        total = " + ".join(f"COALESCE({value}, 0)" for value in values)
        flags = " | ".join(f"CASE WHEN {self.v(arg)} IS NULL THEN 0 ELSE {self.f(arg)} END" for arg in node.args)
        return (
            f"CASE WHEN {none} THEN NULL ELSE {total} END",
            f"CASE WHEN {none} THEN {self.f(node.args[0])} ELSE {flags} END",
        )

    # -- other cells
    def _other(self, alias: str, condition: str) -> str:
        self.joins[alias] = f"LEFT JOIN {self.previous} AS {alias} ON {condition} AND {alias}.choice = c.choice"
        return alias

    def _there(self, index: int, alias: str, period: str) -> str:
        """Reason of a missing value in another cell; a cell that is not in the grid has none of its own."""
        return f"COALESCE({self.f(index, alias)}, {_why(index, Why.MISSING, period)})"

    def _growth(self, index: int, arg: int, alias: str, period: str, value: str, guard: str = "") -> tuple[str, str]:
        now, then = self.v(arg), self.v(arg, alias)
        flag = (
            f"CASE {guard} WHEN {now} IS NULL THEN {self.f(arg)} WHEN {then} IS NULL THEN {self._there(arg, alias, period)} "
            f"WHEN {then} <= 0 OR ({value}) IS NULL THEN {_why(index, Why.BASE)} ELSE {self.f(arg)} | {self.f(arg, alias)} END"
        )
        return value, flag

    def _yoy(self, index: int, node: Node) -> tuple[str, str]:
        (arg,) = node.args
        p = self._other("py", "py.area = c.area AND py.period = c.period - 100")
        value = f"CASE WHEN {self.v(arg, p)} > 0 THEN ({self.v(arg)} / {self.v(arg, p)} - 1) * 100 END"
        return self._growth(index, arg, p, "c.period - 100", value)

    def _base(self, base: int) -> tuple[str, str]:
        period = f"(c.kind * 1000000 + {base * 100} + c.idx)"
        return self._other(f"pb{base}", f"pb{base}.area = c.area AND pb{base}.period = {period}"), period

    def _change(self, index: int, node: Node) -> tuple[str, str]:
        (arg,), (base,) = node.args, node.params
        p, period = self._base(base)
        value = (
            f"CASE WHEN c.year >= {base} AND {self.v(arg, p)} > 0 THEN ({self.v(arg)} / {self.v(arg, p)} - 1) * 100 END"
        )
        return self._growth(index, arg, p, period, value, f"WHEN c.year < {base} THEN {_why(index, Why.BEFORE)}")

    def _cagr(self, index: int, node: Node) -> tuple[str, str]:
        (arg,), (base,) = node.args, node.params
        p, period = self._base(base)
        power = f"POWER({self.v(arg)} / {self.v(arg, p)}, 1.0 / (c.year - {base}))"
        value = (
            f"CASE WHEN c.year > {base} AND {self.v(arg, p)} > 0 AND {self.v(arg)} >= 0 THEN ({power} - 1) * 100 END"
        )
        return self._growth(index, arg, p, period, value, f"WHEN c.year <= {base} THEN {_why(index, Why.BEFORE)}")

    def _lag(self, index: int, node: Node) -> tuple[str, str]:
        (arg,), (count,) = node.args, node.params
        self.joins[f"lg{count}"] = (
            f"LEFT JOIN lagged lg{count} ON lg{count}.period = c.period AND lg{count}.n = {count}"
        )
        p = self._other(f"pl{count}", f"pl{count}.area = c.area AND pl{count}.period = lg{count}.source")
        missing = self._there(arg, p, f"lg{count}.source")
        return self.v(arg, p), f"CASE WHEN {self.v(arg, p)} IS NULL THEN {missing} ELSE {self.f(arg, p)} END"

    def _parent(self, index: int, node: Node) -> tuple[str, str]:
        (arg,) = node.args
        p = self._other("pp", "pp.area = c.parent AND pp.period = c.period")
        flag = (
            f"CASE WHEN c.parent IS NULL THEN {_why(index, Why.TOP)} "
            f"WHEN {self.v(arg, p)} IS NULL THEN {self._there(arg, p, 'c.period')} ELSE {self.f(arg, p)} END"
        )
        return self.v(arg, p), flag

    def _helper(self, name: str, source: str, keys: str, *columns: str) -> str:
        """A grouped table of the level before, joined by area, period and choice; equal groupings are
        shared.
        """
        self.helpers.setdefault(name, (f"{source} GROUP BY {keys}", []))[1].extend(columns)
        same = " AND ".join(f"{name}.{key} = c.{key}" for key in ("area", "period", "choice"))
        return self.joins.setdefault(name, f"LEFT JOIN {name} ON {same}")

    def _chain(self, index: int, node: Node) -> tuple[str, str]:
        (arg,), (base,) = node.args, node.params
        name = f"{self.previous}_chain{base}"
        source = (
            f"{self.previous} c JOIN {self.previous} r ON r.area = c.area AND r.choice = c.choice AND r.kind = c.kind AND r.idx = c.idx "
            f"AND r.year > {base} AND r.year <= c.year WHERE c.year > {base}"
        )
        rate = self.v(arg, "r")
        self._helper(
            name,
            source,
            "c.area, c.period, c.choice",
            f"EXP(AVG(LN(1 + {rate} / 100)) FILTER (WHERE {rate} > -100)) AS m{index}",
            f"COUNT({rate}) FILTER (WHERE {rate} > -100) AS n{index}",
            f"BIT_OR({self.f(arg, 'r')}) FILTER (WHERE {rate} IS NOT NULL) AS f{index}",
            f"MIN({self.f(arg, 'r')}) FILTER (WHERE {rate} IS NULL) AS r{index}",
        )
        value = f"CASE WHEN {name}.n{index} = c.year - {base} THEN ({name}.m{index} - 1) * 100 END"
        flag = (
            f"CASE WHEN c.year <= {base} THEN {_why(index, Why.BEFORE)} WHEN {name}.n{index} = c.year - {base} THEN {name}.f{index} "
            f"ELSE COALESCE({name}.r{index}, {_why(index, Why.CHAIN)}) END"
        )
        return value, flag

    def _since(self, index: int, node: Node) -> tuple[str, str]:
        (arg,), (first,) = node.args, node.params
        name = f"{self.previous}_since{first}"
        source = (
            f"{self.previous} c JOIN {self.previous} r ON r.area = c.area AND r.choice = c.choice AND r.kind = 1 "
            f"AND r.year >= {first} AND r.year < c.year WHERE c.year > {first}"
        )
        past = self.v(arg, "r")
        self._helper(
            name,
            source,
            "c.area, c.period, c.choice",
            f"SUM({past}) AS s{index}",
            f"COUNT({past}) AS n{index}",
            f"BIT_OR({self.f(arg, 'r')}) FILTER (WHERE {past} IS NOT NULL) AS f{index}",
            f"MIN({self.f(arg, 'r')}) FILTER (WHERE {past} IS NULL) AS r{index}",
        )
        p = self._other("pc", "pc.area = c.area AND pc.period = c.cum")
        now, whole = self.v(arg, p), f"COALESCE({name}.n{index}, 0) = c.year - {first}"
        value = f"CASE WHEN c.year >= {first} AND {whole} THEN COALESCE({name}.s{index}, 0) + {now} END"
        flag = (
            f"CASE WHEN c.year < {first} THEN {_why(index, Why.BEFORE)} "
            f"WHEN NOT ({whole}) THEN COALESCE({name}.r{index}, {_why(index, Why.YEARS)}) "
            f"WHEN {now} IS NULL THEN {self._there(arg, p, 'c.cum')} ELSE COALESCE({name}.f{index}, 0) | {self.f(arg, p)} END"
        )
        return value, flag

    def _areas_where(self, index: int, node: Node) -> tuple[str, str]:
        (arg,), (level,) = node.args, node.params
        name = f"{self.previous}_{level}"
        holds = self.v(arg, "r")
        self._helper(
            name,
            f"{self.previous} r JOIN anc ON anc.area = r.area AND r.m >= anc.first AND r.m <= anc.last WHERE r.level = '{level}'",
            "anc.ancestor, r.period, r.choice",
            f"COUNT(*) FILTER (WHERE {holds})::DOUBLE AS s{index}",
            f"COUNT({holds}) AS n{index}",
            f"COUNT(*) AS a{index}",
            f"BIT_OR({self.f(arg, 'r')}) FILTER (WHERE {holds} IS NOT NULL) AS f{index}",
        )
        # as with sums: of some areas alone nothing is said of all
        known = f"{name}.n{index} = {name}.a{index}"
        lacking = f"CASE WHEN {name}.n{index} > 0 THEN {_why(index, Why.SOME_BELOW)} ELSE {_why(index, Why.BELOW)} END"
        return (
            f"CASE WHEN {known} THEN {name}.s{index} END",
            f"CASE WHEN {known} THEN {name}.f{index} ELSE {lacking} END",
        )

    def tables(self) -> list[str]:
        texts = []
        for name, (source, columns) in self.helpers.items():
            area, period, choice = source.rsplit("GROUP BY ", 1)[1].split(", ")
            keys = f"{area} AS area, {period} AS period, {choice} AS choice"
            texts.append(f"{name} AS MATERIALIZED (SELECT {keys}, {', '.join(columns)} FROM {source})")
        return texts


def compile_layers(graph: Graph, roots: Iterable[int], several: bool, first: str = "x0") -> tuple[list[str], str]:
    """Common table expressions that compute ``roots`` from ``first`` (the grid with the atoms' columns), and
    the name of the last.

    Each level keeps only the columns that later ones need.
    """
    outputs = set(roots)
    nodes = graph.reachable(outputs)
    levels = graph.levels(nodes)
    last_use: dict[int, int] = dict.fromkeys(outputs, 10**6)
    by_level: dict[int, list[int]] = defaultdict(list)
    for index in nodes:
        by_level[levels[index]].append(index)
        for arg in graph[index].args:
            last_use[arg] = max(last_use.get(arg, 0), levels[index])
    columned = [index for index in nodes if graph[index].op not in ("const", "null")]
    built: list[tuple[_Level, str, str]] = []
    previous = first
    for number in range(1, max(by_level, default=0) + 1):
        level = _Level(graph, previous)
        kept = [i for i in columned if levels[i] < number and last_use.get(i, 0) > number]
        selected = [f"c.{name}" for name in GRID]
        selected += [f"c.v{i}, c.f{i}" for i in kept]
        for index in by_level[number]:
            value, flag = level.columns(index)
            selected.append(f"{value} AS v{index}, {flag} AS f{index}")
        name = f"x{number}"
        built.append((level, name, f"SELECT {', '.join(selected)} FROM {previous} c {' '.join(level.joins.values())}"))
        previous = name
    tables = []
    for at, (level, name, query) in enumerate(built):
        again = built[at + 1][0].joins if at + 1 < len(built) else several
        tables += level.tables()
        tables.append(f"{name} AS {'MATERIALIZED ' if again else 'NOT MATERIALIZED '}({query})")
    return tables, previous


def output_columns(graph: Graph, roots: Iterable[int]) -> list[str]:
    """``v<i>, f<i>`` of the roots, also of those that are constants."""
    columns = []
    for index in roots:
        level = _Level(graph, "")
        columns.append(f"{level.v(index)} AS v{index}, {level.f(index)} AS f{index}")
    return columns


def chosen_columns(graph: Graph, roots: Iterable[int]) -> list[str]:
    """``v<i>, f<i>`` of the roots where ``c`` is a cell's row of choice 0 and ``s`` its row of choice 1, if
    there is one: the second where real figures do not suffice, marked as simulated."""
    columns = []
    level = _Level(graph, "")
    conclusive = ", ".join(str(int(why)) for why in CONCLUSIVE)
    for index in roots:
        real, v, f = level.v(index), level.v(index, "s"), level.f(index, "s")
        lacking = f"({level.f(index)} // {PERIOD_BASE}) % 100 NOT IN ({conclusive})"
        use = f"{real} IS NULL AND s.area IS NOT NULL AND {lacking}"
        marked = f"CASE WHEN {v} IS NULL THEN {f} ELSE {f} | {int(Flag.SIMULATED)} END"
        columns.append(f"CASE WHEN {use} THEN {v} ELSE {real} END AS v{index}")
        columns.append(f"CASE WHEN {use} THEN {marked} ELSE {level.f(index)} END AS f{index}")
    return columns
