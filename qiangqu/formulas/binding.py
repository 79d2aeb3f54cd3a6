"""From the tree of a formula to nodes of the graph: names looked up, units and types checked, other
indicators drawn in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from sqlglot import exp

from qiangqu.base.errors import InputError
from qiangqu.base.terms import bracketed, clauses, listed, said
from qiangqu.registry.subjects import AREA

from . import conditions, dimensions
from .attributes import SubjectInfo
from .catalog import Catalog, ElementInfo, IndicatorInfo
from .conditions import Condition, read_condition
from .graph import Graph, Node
from .language import FUNCTIONS, OF_AREAS, parse

MAX_NESTING = 24  # indicators that refer to indicators
MAX_GROUPS = 200  # industries that groups_where() goes through
YEARS = (1990, 2100)
LEVELS = {"region": "自治区（省）", "city": "地级市", "zone": "园区"}
STAGES = {"reserve": "储备", "started": "开工", "finished": "竣工", "accepted": "验收", "cancelled": "终止"}
COUNTED = "个"
MU = "亩"

_ARITHMETIC = {exp.Add: "add", exp.Sub: "sub", exp.Mul: "mul", exp.Div: "div"}
_SIGNS = {"add": "＋", "sub": "－", "mul": "×", "div": "÷"}
_COMPARE = {exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
_COMPARE_WORDS = {"=": "＝", "<>": "≠", ">": "＞", ">=": "≥", "<": "＜", "<=": "≤"}


@dataclass(frozen=True, slots=True)
class Bound:
    """A node and how people would say it; ``tight`` wording needs no brackets inside a larger one."""

    index: int
    words: str
    tight: bool = True

    @property
    def inner(self) -> str:
        return self.words if self.tight else bracketed("", self.words).strip()


def _where(condition: Condition) -> str:
    """The condition behind the name of what it chooses; "" for none."""
    return bracketed("", condition.words) if condition.words else ""


@dataclass
class Binder:
    """Binds formulas of one catalogue into one graph. ``roots`` are the indicators bound so far, in their own
    units.
    """

    catalog: Catalog
    graph: Graph = field(default_factory=Graph)
    roots: dict[str, Bound] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    uses: dict[str, set[str]] = field(default_factory=dict)
    _path: list[str] = field(default_factory=list)

    # ---------------------------------------------------------------- entry points

    def indicator(self, code: str) -> Bound:
        """The root of an indicator's formula, converted to the indicator's unit. Raises InputError, also for
        a cycle.
        """
        known = self.roots.get(code)
        if known is not None:
            return known
        if code in self._path:
            names = [*self._path[self._path.index(code) :], code]
            raise InputError(f"指标相互引用成了圈：{' → '.join(names)}，请去掉其中一处引用")
        if len(self._path) >= MAX_NESTING:
            raise InputError(f"指标引用超过 {MAX_NESTING} 层：{' → '.join(self._path[:3])} → …")
        info = self.catalog.indicators[code]
        if info.subject != AREA.code and info.subject not in self.catalog.subjects:
            raise InputError(f"没有取值对象“{info.subject[:40]}”；可用 {'、'.join(self.catalog.subjects)}")
        self._path.append(code)
        self.uses.setdefault(code, set())
        try:
            bound = self.formula(info)
        except RecursionError:
            raise InputError("公式嵌套过深，请拆成几个指标") from None
        finally:
            self._path.pop()
        self.roots[code] = bound
        return bound

    def formula(self, info: IndicatorInfo) -> Bound:
        """Bind one formula and convert its result to ``info.unit``."""
        bound = self.bind(parse(info.formula))
        node = self.graph[bound.index]
        if node.boolean:
            raise InputError("公式的结果是“是/否”，不是数；可用 CASE WHEN … THEN 1 ELSE 0 END")
        if node.unit is None or node.unit == info.unit:
            return bound
        factor = dimensions.conversion(node.unit, info.unit)
        if factor is None:
            raise InputError(f"公式的结果以“{node.unit}”计，不能换算成指标的单位“{info.unit}”")
        return Bound(self._converted(bound.index, factor, info.unit), bound.words, bound.tight)

    @property
    def _for(self) -> str:
        """For whose records the formula that is being bound has values."""
        return self.catalog.indicators[self._path[-1]].subject if self._path else AREA.code

    def _title(self, subject: str) -> str:
        return self.catalog.subjects[subject].title if subject in self.catalog.subjects else "区域"

    # ---------------------------------------------------------------- nodes

    def _add(
        self, op: str, args: Sequence[int] = (), params: tuple[Any, ...] = (), words: str = "", **more: Any
    ) -> int:
        index = self.graph.add(Node(op, tuple(args), params, **more))
        if words:
            self.labels.setdefault(index, words)
        return index

    def _converted(self, index: int, factor: float, unit: str) -> int:
        node = self.graph[index]
        if factor == 1.0 and node.unit == unit:
            return index
        converted = self._add("convert", [index], (factor,), unit=unit, flow=node.flow)
        if index in self.labels:
            self.labels.setdefault(converted, self.labels[index])
        return converted

    def _aligned(self, bounds: Sequence[Bound], doing: str) -> tuple[list[int], str | None]:
        """All in the unit of the first that has one. Raises InputError naming two that do not go together."""
        first = next((b for b in bounds if self.graph[b.index].unit is not None), None)
        if first is None:
            return [bound.index for bound in bounds], None
        unit = self.graph[first.index].unit
        assert unit is not None
        indexes = []
        for bound in bounds:
            own = self.graph[bound.index].unit
            factor = 1.0 if own is None else dimensions.conversion(own, unit)
            if factor is None:
                raise InputError(f"“{first.words[:40]}”以“{unit}”计，“{bound.words[:40]}”以“{own}”计，不能{doing}")
            indexes.append(bound.index if own is None else self._converted(bound.index, factor, unit))
        return indexes, unit

    def bind(self, node: exp.Expression) -> Bound:
        match node:
            case exp.Paren():
                return self.bind(node.this)
            case exp.Literal():
                return self._literal(node)
            case exp.Null():
                return Bound(self._add("null"), "空")
            case exp.Neg():
                return self._negative(node)
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
                return self._arithmetic(node)
            case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
                return self._comparison(node, _COMPARE[type(node)], node.this, node.expression)
            case exp.Between():
                low = self._comparison(node, ">=", node.this, node.args["low"])
                high = self._comparison(node, "<=", node.this, node.args["high"])
                return self._logic("and", [low, high], "且")
            case exp.And() | exp.Or():
                op, word = ("and", "且") if isinstance(node, exp.And) else ("or", "或")
                return self._logic(op, [self._condition(node.this), self._condition(node.expression)], word)
            case exp.Not():
                inner = self._condition(node.this)
                return Bound(
                    self._add("not", [inner.index], boolean=True), _("不是%(it)s") % {"it": inner.inner}, False
                )
            case exp.Is():
                if not isinstance(node.expression, exp.Null):
                    raise InputError(f"“{node.sql()[:40]}”看不懂；IS 只能写作 IS NULL 或 IS NOT NULL")
                inner = self.bind(node.this)
                return Bound(
                    self._add("isnull", [inner.index], boolean=True), _("%(it)s无数据") % {"it": inner.inner}, False
                )
            case exp.Case():
                return self._case(node)
            case exp.If():
                return self._branches([node], node.args.get("false"))
            case exp.Coalesce():
                return self._first_of(node)
            case exp.Nullif():
                (left, right), unit = self._aligned_numbers([node.this, node.expression], "比较")
                flow = self.graph[left.index].flow
                index = self._add("nullif", [left.index, right.index], unit=unit, flow=flow)
                return Bound(index, left.words, left.tight)
            case exp.Round():
                return self._round(node)
            case exp.Abs():
                inner = self.number(node.this)
                return Bound(self._same("abs", inner), _("%(it)s的绝对值") % {"it": inner.inner})
            case exp.Greatest() | exp.Least():
                op, word = ("greatest", "最大") if isinstance(node, exp.Greatest) else ("least", "最小")
                parts, unit = self._aligned_numbers([node.this, *node.expressions], "比较")
                words = listed(part.words for part in parts)
                return Bound(self._add(op, [part.index for part in parts], unit=unit), f"（{words}）中{word}的")
            case exp.Lag():
                return self._call("lag", [node.this, *([node.args["offset"]] if node.args.get("offset") else [])])
            case exp.Count():
                return self._call("count", [*([node.this] if node.this else []), *node.expressions])
            case exp.Anonymous():
                return self._call(str(node.this).lower(), list(node.expressions))
            case exp.Column():
                return self._bare_name(node)
        raise InputError(f"公式中不能写“{node.sql()[:40]}”")

    def number(self, node: exp.Expression) -> Bound:
        """Bind what must be a number."""
        bound = self.bind(node)
        if self.graph[bound.index].boolean:
            raise InputError(f"“{bound.words[:40]}”是条件，不是数；可用 CASE WHEN … THEN … ELSE … END")
        return bound

    def _condition(self, node: exp.Expression) -> Bound:
        bound = self.bind(node)
        if not self.graph[bound.index].boolean:
            raise InputError(f"“{bound.words[:40]}”是数，不是条件；请写成比较，如 … >= 1000")
        return bound

    def _aligned_numbers(self, nodes: Sequence[exp.Expression], doing: str) -> tuple[list[Bound], str | None]:
        bounds = [self.number(node) for node in nodes]
        indexes, unit = self._aligned(bounds, doing)
        return [Bound(i, b.words, b.tight) for i, b in zip(indexes, bounds, strict=True)], unit

    def _same(self, op: str, inner: Bound, params: tuple[Any, ...] = ()) -> int:
        node = self.graph[inner.index]
        return self._add(op, [inner.index], params, unit=node.unit, flow=node.flow)

    def _literal(self, node: exp.Literal) -> Bound:
        if node.is_string:
            raise InputError(f"此处不能写文字“{str(node.this)[:20]}”，应是数或式子")
        value = float(node.this)
        return Bound(self._add("const", params=(value,)), f"{value:g}")

    def _negative(self, node: exp.Neg) -> Bound:
        inner = self.number(node.this)
        return Bound(self._same("neg", inner), f"－{inner.inner}", False)

    def _arithmetic(self, node: exp.Expression) -> Bound:
        op = _ARITHMETIC[type(node)]
        if op in ("add", "sub"):
            (left, right), unit = self._aligned_numbers([node.this, node.expression], "相加减")
            a, b = self.graph[left.index], self.graph[right.index]
            flow = a.flow if a.flow == b.flow else None
            index = self._add(op, [left.index, right.index], unit=unit, flow=flow)
            return Bound(index, f"{left.words} {_SIGNS[op]} {right.inner}", False)
        left, right = self.number(node.this), self.number(node.expression)
        a, b = self.graph[left.index], self.graph[right.index]
        unit = (dimensions.product if op == "mul" else dimensions.ratio)(a.unit, b.unit)
        flow = a.flow if b.unit is None else b.flow if a.unit is None and op == "mul" else None
        index = self._add(op, [left.index, right.index], unit=unit, flow=flow)
        return Bound(index, f"{left.inner} {_SIGNS[op]} {right.inner}", False)

    def _comparison(self, node: exp.Expression, operator: str, one: exp.Expression, other: exp.Expression) -> Bound:
        (left, right), _unit = self._aligned_numbers([one, other], "比较")
        index = self._add("compare", [left.index, right.index], (operator,), boolean=True)
        return Bound(index, f"{left.inner} {_COMPARE_WORDS[operator]} {right.inner}", False)

    def _logic(self, op: str, parts: Sequence[Bound], word: str) -> Bound:
        index = self._add(op, [part.index for part in parts], boolean=True)
        return Bound(index, word.join(part.inner for part in parts), False)

    def _round(self, node: exp.Round) -> Bound:
        inner = self.number(node.this)
        digits = 0
        if node.args.get("decimals") is not None:
            digits = self._integer(node.args["decimals"], "ROUND 的小数位", -6, 12)
        return Bound(
            self._same("round", inner, (digits,)), _("%(it)s（保留 %(n)s 位小数）") % {"it": inner.inner, "n": digits}
        )

    def _first_of(self, node: exp.Coalesce) -> Bound:
        parts, unit = self._aligned_numbers([node.this, *node.expressions], "互相替代")
        if len(parts) == 1:
            return parts[0]
        flows = {self.graph[part.index].flow for part in parts}
        index = self._add(
            "coalesce", [part.index for part in parts], unit=unit, flow=flows.pop() if len(flows) == 1 else None
        )
        return Bound(index, "；没有时用 ".join(part.words for part in parts), False)

    def _case(self, node: exp.Case) -> Bound:
        if node.this is not None:
            raise InputError("CASE 后应直接写 WHEN 条件，如 CASE WHEN … >= 1000 THEN 1 ELSE 0 END")
        return self._branches(node.args["ifs"], node.args.get("default"))

    def _branches(self, ifs: Sequence[exp.Expression], default: exp.Expression | None) -> Bound:
        whens = [self._condition(branch.this) for branch in ifs]
        thens = [self.number(branch.args["true"]) for branch in ifs]
        otherwise = [self.number(default)] if default is not None else []
        results, unit = self._aligned([*thens, *otherwise], "作为同一个 CASE 的结果")
        args = [index for when, then in zip(whens, results, strict=False) for index in (when.index, then)]
        args += results[len(whens) :]
        words = clauses(
            _("当%(when)s时为 %(then)s") % {"when": when.words, "then": then.words}
            for when, then in zip(whens, thens, strict=True)
        )
        words += "".join(_("；否则为 %(then)s") % {"then": other.words} for other in otherwise)
        return Bound(self._add("case", args, unit=unit), words, False)

    def _bare_name(self, node: exp.Column) -> Bound:
        name = node.name
        if self.catalog.element(name):
            raise InputError(
                f"要素“{name[:40]}”要写明怎样取数，如 total({name[:40]})、official({name[:40]}) 或 best({name[:40]})"
            )
        if self.catalog.indicator(name):
            raise InputError(f"引用指标请写 indicator({name[:40]})")
        raise InputError(f"没有“{name[:40]}”这个要素或指标")

    # ---------------------------------------------------------------- functions

    def _call(self, name: str, args: list[exp.Expression]) -> Bound:
        handler = getattr(self, f"_{name}_", None)
        if handler is None or name not in FUNCTIONS:
            raise InputError(f"公式中不能使用函数 {name[:40]}；可用的函数见公式说明")
        if name in OF_AREAS and self._for != AREA.code:
            raise InputError(f"{name}() 只有区域才有；这个指标逐个{self._title(self._for)}取值，不能用它")
        bound: Bound = handler(args)
        return bound

    def _arity(self, name: str, args: Sequence[exp.Expression], low: int, high: int) -> None:
        if not low <= len(args) <= high:
            raise InputError(f"函数 {name} 的参数个数不对；用法：{FUNCTIONS[name]}")

    def _name_of(self, node: exp.Expression, what: str) -> str:
        if isinstance(node, exp.Column):
            return node.name
        raise InputError(f"“{node.sql()[:40]}”处应是{what}的代码")

    def _code(self, node: exp.Expression, what: str) -> str:
        if isinstance(node, exp.Literal) and node.is_string:
            return str(node.this)
        raise InputError(f"“{node.sql()[:40]}”处应是加单引号的{what}代码")

    def _integer(self, node: exp.Expression, what: str, low: int, high: int) -> int:
        sign = 1
        if isinstance(node, exp.Neg):
            sign, node = -1, node.this
        if not (isinstance(node, exp.Literal) and not node.is_string and float(node.this).is_integer()):
            raise InputError(f"{what}应是整数，不能是“{node.sql()[:20]}”")
        value = sign * int(float(node.this))
        if not low <= value <= high:
            raise InputError(f"{what} {value} 应在 {low}—{high} 之间")
        return value

    def _element(self, function: str, node: exp.Expression) -> ElementInfo:
        name = self._name_of(node, "要素")
        element = self.catalog.element(name)
        if element is None:
            raise InputError(f"没有要素“{name[:60]}”，请核对 {function}() 里的要素代码")
        return element

    def _reported(self, function: str, args: list[exp.Expression]) -> tuple[ElementInfo, Condition]:
        self._arity(function, args, 1, 2)
        element = self._element(function, args[0])
        condition = read_condition(args[1], function, self.catalog) if len(args) > 1 else conditions.NONE
        return element, condition

    def _flow_of(self, element: ElementInfo) -> bool | None:
        return {"flow": True, "level": False, "count": False}.get(element.kind)

    def _total_(self, args: list[exp.Expression]) -> Bound:
        return self.total(*self._reported("total", args))

    def total(self, element: ElementInfo, condition: Condition) -> Bound:
        """Sum of what is reported below an area; without condition, else the sum of the parts' own official
        figures.
        """
        if element.aggregation != "sum":
            raise InputError(f"要素“{element.name}”不能求和（汇总方式不是求和），可用 official({element.code})")
        with_condition = _where(condition)
        words = _("%(name)s上报数%(condition)s之和") % {"name": element.name, "condition": with_condition}
        shared: dict[str, Any] = {"unit": element.unit, "flow": self._flow_of(element)}
        index = self._add("total", params=(element.id, condition.sql), words=words, **shared)
        if not condition.sql and self._for == AREA.code:
            below = self._add(
                "area_sum", params=(element.id,), words=_("%(name)s下级区域之和") % {"name": element.name}, **shared
            )
            index = self._add("prefer", [index, below], ("total",), words=words, **shared)
        return Bound(index, words)

    def _average_(self, args: list[exp.Expression]) -> Bound:
        element, condition = self._reported("average", args)
        if element.aggregation not in ("mean", "sum"):
            raise InputError(f"要素“{element.name}”不能平均（汇总方式不可汇总），可用 official({element.code})")
        words = _("%(name)s上报单位%(condition)s的平均数") % {"name": element.name, "condition": _where(condition)}
        index = self._add("average", params=(element.id, condition.sql), words=words, unit=element.unit)
        return Bound(index, words)

    def _reporters_(self, args: list[exp.Expression]) -> Bound:
        element, condition = self._reported("reporters", args)
        words = _("上报%(name)s%(condition)s的单位数") % {"name": element.name, "condition": _where(condition)}
        index = self._add("reporters", params=(element.id, condition.sql), words=words, unit=COUNTED)
        return Bound(index, words)

    def _official_(self, args: list[exp.Expression]) -> Bound:
        self._arity("official", args, 1, 1)
        return self.official(self._element("official", args[0]))

    def official(self, element: ElementInfo) -> Bound:
        words = _("%(name)s发布数") % {"name": element.name}
        index = self._add(
            "official", params=(element.id, element.code), words=words, unit=element.unit, flow=self._flow_of(element)
        )
        return Bound(index, words)

    def _best_(self, args: list[exp.Expression]) -> Bound:
        self._arity("best", args, 1, 1)
        element = self._element("best", args[0])
        if self._for != AREA.code:
            # nobody publishes figures of single records
            return self.total(element, conditions.NONE)
        published = self.official(element)
        if element.aggregation != "sum":
            return published
        summed = self.total(element, conditions.NONE)
        words = _("%(name)s（发布数优先，否则上报数之和）") % {"name": element.name}
        index = self._add(
            "prefer",
            [published.index, summed.index],
            ("best", element.code),
            words=words,
            unit=element.unit,
            flow=self._flow_of(element),
        )
        return Bound(index, words)

    def _holders_(self, args: list[exp.Expression]) -> Bound:
        self._arity("holders", args, 1, 12)
        kinds = tuple(sorted({self._recognition(node) for node in args}))
        names = listed(self.catalog.recognitions[kind] for kind in kinds)
        words = _("期末有效的%(names)s数") % {"names": names}
        return Bound(self._add("holders", params=kinds, words=words, unit=COUNTED, flow=False), words)

    def _recognition(self, node: exp.Expression) -> str:
        kind = self._code(node, "认定类别")
        if kind not in self.catalog.recognitions:
            raise InputError(f"没有认定类别“{kind[:60]}”")
        return kind

    def _recognised_since_(self, args: list[exp.Expression]) -> Bound:
        self._arity("recognised_since", args, 2, 2)
        kind, year = self._recognition(args[0]), self._integer(args[1], "年份", *YEARS)
        words = _("%(year)s年起累计认定的%(name)s数") % {"year": year, "name": self.catalog.recognitions[kind]}
        return Bound(self._add("recognised_since", params=(kind, year), words=words, unit=COUNTED, flow=False), words)

    def _projects_(self, args: list[exp.Expression]) -> Bound:
        self._arity("projects", args, 1, 2)
        kind = self._code(args[0], "项目类别")
        if kind not in self.catalog.projects:
            raise InputError(f"没有项目类别“{kind[:60]}”")
        stage = self._code(args[1], "项目阶段") if len(args) > 1 else ""
        if stage and stage not in STAGES:
            raise InputError(f"没有项目阶段“{stage[:40]}”；可用 {'、'.join(STAGES)}")
        name = self.catalog.projects[kind]
        words = (
            _("报告期内%(stage)s的%(name)s数") % {"stage": said(STAGES[stage]), "name": name}
            if stage
            else _("期末在库的%(name)s数") % {"name": name}
        )
        index = self._add("projects", params=(kind, stage), words=words, unit=COUNTED, flow=bool(stage))
        return Bound(index, words)

    def _organisations_(self, args: list[exp.Expression]) -> Bound:
        self._arity("organisations", args, 0, 1)
        condition = read_condition(args[0], "organisations", self.catalog) if args else conditions.NONE
        words = _("期末企业%(condition)s数") % {"condition": _where(condition)}
        index = self._add("organisations", params=(condition.sql,), words=words, unit=COUNTED, flow=False)
        return Bound(index, words)

    def _parcels_(self, args: list[exp.Expression]) -> Bound:
        self._arity("parcels", args, 0, 1)
        condition = read_condition(args[0], "parcels", self.catalog) if args else conditions.NONE
        words = _("期末宗地%(condition)s面积之和") % {"condition": _where(condition)}
        return Bound(self._add("parcels", params=(condition.sql,), words=words, unit=MU, flow=False), words)

    def _subject(self, function: str, name: str) -> SubjectInfo:
        found = self.catalog.subjects.get(name)
        if found is None:
            hint = "；要素的上报数请用 total(要素)" if self.catalog.element(name) else ""
            known = listed(f"{one.code}（{one.title}）" for one in self.catalog.subjects.values()) or "（无）"
            raise InputError(f"没有名录“{name[:40]}”，{function}() 可用的是 {known}{hint}")
        return found

    def _on_records(self, function: str, subject: SubjectInfo, args: list[exp.Expression]) -> Condition:
        return conditions.read_condition_on(args[1], function, subject) if len(args) > 1 else conditions.NONE

    def _count_(self, args: list[exp.Expression]) -> Bound:
        self._arity("count", args, 1, 2)
        subject = self._subject("count", self._name_of(args[0], "名录"))
        condition = self._on_records("count", subject, args)
        words = _("期末%(name)s%(condition)s数") % {"name": said(subject.title), "condition": _where(condition)}
        index = self._add("count", params=(subject.code, condition.sql), words=words, unit=COUNTED, flow=False)
        return Bound(index, words)

    def _sum_(self, args: list[exp.Expression]) -> Bound:
        self._arity("sum", args, 1, 2)
        name = args[0]
        if not (isinstance(name, exp.Column) and name.table):
            element = isinstance(name, exp.Column) and self.catalog.element(name.name) is not None
            hint = "；要素的上报数请用 total(要素)" if element else ""
            raise InputError(f"“{name.sql()[:40]}”处应写作“名录.属性”，用法：{FUNCTIONS['sum']}{hint}")
        subject = self._subject("sum", name.table)
        info = subject.attributes.get(name.name)
        if info is None or not info.sums:
            known = listed(f"{code}（{one.unit}）" for code, one in subject.attributes.items() if one.sums)
            what = "没有属性" if info is None else "不能求和的属性"
            raise InputError(
                f"{subject.title}（{subject.code}）{what}“{name.name[:40]}”，可求和的是 {known or '（没有）'}"
            )
        condition = self._on_records("sum", subject, args)
        words = _("期末%(name)s%(condition)s%(what)s之和") % {
            "name": said(subject.title),
            "condition": _where(condition),
            "what": said(info.title),
        }
        params = (subject.code, name.name, condition.sql)
        return Bound(self._add("sum", params=params, words=words, unit=info.unit, flow=False), words)

    def _indicator_(self, args: list[exp.Expression]) -> Bound:
        self._arity("indicator", args, 1, 1)
        name = self._name_of(args[0], "指标")
        info = self.catalog.indicator(name)
        if info is None:
            raise InputError(f"没有指标“{name[:60]}”，请核对 indicator() 里的指标代码")
        if info.subject != self._for:
            raise InputError(
                f"指标“{info.name[:40]}”逐个{self._title(info.subject)}取值，"
                f"不能用在逐个{self._title(self._for)}取值的公式里"
            )
        for code in self._path:
            self.uses[code].add(info.code)
        bound = self.indicator(info.code)
        return Bound(bound.index, info.name)

    def _stated_growth(self, index: int) -> Bound | None:
        """The published growth of what ``index`` is an official (or best) figure of."""
        node = self.graph[index]
        while node.op == "convert":
            node = self.graph[node.args[0]]
        code = ""
        if node.op == "official" or (node.op == "prefer" and node.params[:1] == ("best",)):
            code = node.params[1]
        element = self.catalog.elements.get(code)
        growth = self.catalog.elements.get(element.growth) if element is not None else None
        if growth is None:
            return None
        published = self.official(growth)
        factor = dimensions.conversion(growth.unit, dimensions.PERCENT)
        if factor is None:
            return None
        return Bound(self._converted(published.index, factor, dimensions.PERCENT), published.words)

    def _yoy_(self, args: list[exp.Expression]) -> Bound:
        self._arity("yoy", args, 1, 1)
        inner = self.number(args[0])
        words = _("%(it)s的同比增速") % {"it": inner.inner}
        index = self._add("yoy", [inner.index], words=words, unit=dimensions.PERCENT)
        stated = self._stated_growth(inner.index)
        if stated is not None:
            # published growth is at comparable prices; that of the levels is nominal
            index = self._add("prefer", [stated.index, index], words=words, unit=dimensions.PERCENT)
        return Bound(index, words)

    def _cagr_(self, args: list[exp.Expression]) -> Bound:
        self._arity("cagr", args, 2, 2)
        inner, base = self.number(args[0]), self._integer(args[1], "基年", *YEARS)
        words = _("%(it)s自%(year)s年起的年均增速") % {"it": inner.inner, "year": base}
        index = self._add("cagr", [inner.index], (base,), words=words, unit=dimensions.PERCENT)
        stated = self._stated_growth(inner.index)
        if stated is not None:
            chained = self._add(
                "chain", [stated.index], (base,), words=_("%(it)s连乘") % {"it": stated.words}, unit=dimensions.PERCENT
            )
            index = self._add("prefer", [index, chained], words=words, unit=dimensions.PERCENT)
        return Bound(index, words)

    def _since_(self, args: list[exp.Expression]) -> Bound:
        self._arity("since", args, 2, 2)
        inner, first = self.number(args[0]), self._integer(args[1], "年份", *YEARS)
        node = self.graph[inner.index]
        if node.flow is False:
            raise InputError(f"“{inner.words[:40]}”是期末存量，不能用 since() 累计")
        words = _("%(it)s自%(year)s年起的累计") % {"it": inner.inner, "year": first}
        return Bound(self._add("since", [inner.index], (first,), words=words, unit=node.unit, flow=False), words)

    def _change_(self, args: list[exp.Expression]) -> Bound:
        self._arity("change", args, 2, 2)
        inner, base = self.number(args[0]), self._integer(args[1], "基年", *YEARS)
        words = _("%(it)s比%(year)s年的增幅") % {"it": inner.inner, "year": base}
        return Bound(self._add("change", [inner.index], (base,), words=words, unit=dimensions.PERCENT), words)

    def _parent_(self, args: list[exp.Expression]) -> Bound:
        self._arity("parent", args, 1, 1)
        inner = self.number(args[0])
        words = _("上级区域的%(it)s") % {"it": inner.inner}
        return Bound(self._add("parent", [inner.index], words=words, unit=self.graph[inner.index].unit), words)

    def _share_(self, args: list[exp.Expression]) -> Bound:
        self._arity("share", args, 2, 2)
        (part, whole), _unit = self._aligned_numbers(args, "相比")
        quotient = self._add("div", [part.index, whole.index], unit=dimensions.PLAIN)
        words = _("%(part)s占%(whole)s的比重") % {"part": part.inner, "whole": whole.inner}
        return Bound(self._add("convert", [quotient], (100.0,), words=words, unit=dimensions.PERCENT), words)

    def _lag_(self, args: list[exp.Expression]) -> Bound:
        self._arity("lag", args, 2, 2)
        inner, count = self.number(args[0]), self._integer(args[1], "期数", 1, 120)
        node = self.graph[inner.index]
        words = _("%(n)s 期以前的%(it)s") % {"n": count, "it": inner.inner}
        return Bound(self._add("lag", [inner.index], (count,), words=words, unit=node.unit, flow=node.flow), words)

    def _areas_where_(self, args: list[exp.Expression]) -> Bound:
        self._arity("areas_where", args, 2, 2)
        inner, level = self._condition(args[0]), self._code(args[1], "区域层级")
        if level not in LEVELS:
            raise InputError(f"没有区域层级“{level[:20]}”；可用 {'、'.join(LEVELS)}")
        words = _("%(condition)s的%(level)s数") % {"condition": inner.words, "level": said(LEVELS[level])}
        return Bound(self._add("areas_where", [inner.index], (level,), words=words, unit=COUNTED, flow=False), words)

    def _groups_where_(self, args: list[exp.Expression]) -> Bound:
        """Written out as the sum of one CASE for each industry, its condition narrowed to that industry."""
        self._arity("groups_where", args, 2, 2)
        attribute = self._code(args[0], "分组")
        if attribute not in ("sector", "chain"):
            raise InputError(f"不能按“{attribute[:20]}”分组；可用 sector（产业）、chain（产业链）")
        groups = {
            code: name
            for code, (name, parent) in self.catalog.industries.items()
            if bool(parent) == (attribute == "chain")
        }
        if not groups or len(groups) > MAX_GROUPS:
            raise InputError(
                f"{conditions.ATTRIBUTES[attribute]}有 {len(groups)} 个，groups_where() 要求 1—{MAX_GROUPS} 个"
            )
        words = _("%(condition)s的%(level)s数") % {
            "condition": self._condition(args[1]).words,
            "level": said(conditions.ATTRIBUTES[attribute]),
        }
        one, zero = self._add("const", params=(1.0,)), self._add("const", params=(0.0,))
        terms = []
        for code, name in groups.items():
            inner = _Narrowed(self, attribute, code, name)._condition(args[1])
            terms.append(self._add("case", [inner.index, one, zero], unit=None))
        index = self._add("count_true", terms, words=words, unit=COUNTED, flow=False)
        return Bound(index, words)


class _Narrowed(Binder):
    """Binds into another binder's graph with every condition narrowed to one industry; only reported values
    make sense there.
    """

    def __init__(self, outer: Binder, attribute: str, code: str, name: str) -> None:
        super().__init__(outer.catalog, outer.graph, {}, outer.labels)
        self._attribute, self._group, self._name = attribute, code, name

    def _reported(self, function: str, args: list[exp.Expression]) -> tuple[ElementInfo, Condition]:
        element, condition = super()._reported(function, args)
        return element, conditions.with_group(condition, self._attribute, self._group, self._name)

    def _call(self, name: str, args: list[exp.Expression]) -> Bound:
        if name not in ("total", "average", "reporters", "yoy", "cagr", "since", "change", "share", "lag"):
            raise InputError(f"groups_where() 的条件里不能用 {name[:40]}()，只能用 total、average、reporters 及其增速")
        return super()._call(name, args)
