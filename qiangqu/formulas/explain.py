"""Where a value comes from: formula, inputs, contributions by area, rows, and the official figure beside the
sum of what is reported.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import Period, PeriodKind, from_key, parse_period
from qiangqu.base.visibility import visible
from qiangqu.facts import subjects
from qiangqu.facts.columns import snapshot
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from . import conditions
from .binding import Binder
from .catalog import Catalog, from_database
from .derivation import end_key, previous_key
from .each import Place, inputs_of, place_of
from .engine import Run, needed_periods, run
from .evaluate import basis_of, bind_indicators, reason_text, split_result
from .graph import ATOMS, Graph
from .layers import Flag, decode_reason, is_conclusive
from .rows import PAGE, Choice, RowPage, rows_of
from .seen import shown_to
from .spells import month_of

MAX_INPUTS = 150
_LABELS = {
    "add": "两项之和",
    "sub": "两项之差",
    "mul": "两项之积",
    "div": "两项之商",
    "neg": "相反数",
    "abs": "绝对值",
    "round": "舍入",
    "coalesce": "取第一个有数的",
    "prefer": "优先取用",
    "case": "分情形",
    "greatest": "最大值",
    "least": "最小值",
    "compare": "比较",
    "and": "同时满足",
    "or": "满足其一",
    "not": "不满足",
    "isnull": "无数据",
    "nullif": "取值",
    "convert": "单位换算",
    "count_true": "符合条件的个数",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with what it rests on, or the reason of its absence."""

    value: float | None
    simulated: bool = False
    basis: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Input:
    """One part of a formula at one place: ``node`` and (``area``, ``period``) address its rows. ``indicator``
    is the code of the indicator that it is, if it is one; ``used`` is False for an alternative that was not
    taken; ``hidden`` for a place outside the viewer's areas."""

    node: int
    op: str
    label: str
    area: str
    period: str
    cell: Cell
    unit: str
    indicator: str = ""
    has_rows: bool = False
    used: bool = True
    hidden: bool = False
    inputs: tuple["Input", ...] = ()
    area_name: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """A child area's own value of the indicator; ``share`` (%) of the whole where values add up."""

    area: str
    name: str
    cell: Cell
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """An official figure beside the sum of what is reported below, in ``unit``."""

    element: str
    name: str
    unit: str
    official: float
    summed: float
    simulated: bool

    @property
    def difference(self) -> float:
        return self.official - self.summed

    @property
    def percent(self) -> float | None:
        return self.difference / self.official * 100 if self.official else None


@dataclass(frozen=True)
class Explanation:
    """Everything about one value. ``area`` and ``area_name`` are a record's where the indicator has values
    for the records of ``subject``.
    """

    code: str
    name: str
    unit: str
    decimals: int
    formula: str
    words: str
    area: str
    area_name: str
    period: str
    cell: Cell
    root: Input
    contributions: tuple[Contribution, ...]
    additive: bool
    remainder: float | None
    differences: tuple[Difference, ...]
    rows: RowPage | None = None
    rows_node: int | None = None
    choice: Choice = Choice.REAL
    subject: str = "area"

    @property
    def choice_words(self) -> str:
        """Whether real or simulated figures were chosen for all parts of the formula; "" for a missing
        value.
        """
        if self.cell.value is None:
            return ""
        if self.choice == Choice.REAL:
            return _("这一格各项都用真实数据。")
        return _("真实数据不足以算出这一格，各项一律改用模拟数据；没有模拟数据的项用真实数据。")


class _Values:
    """Values of nodes by area, period and choice, of one run that keeps the choices apart."""

    def __init__(self, graph: Graph, binder: Binder, table: Any, nodes: Sequence[int]) -> None:
        self.graph, self.binder = graph, binder
        keys = (table[name].to_pylist() for name in ("area", "period", "choice"))
        self._at = {cell: at for at, cell in enumerate(zip(*keys, strict=True))}
        self._columns = {node: split_result(table, node) for node in nodes}

    def choice(self, node: int, area: int, period: int) -> Choice:
        """What a formula whose root is ``node`` uses, as :func:`qiangqu.formulas.arrays.chosen`
        chooses.
        """
        at = self._at.get((area, period, Choice.REAL))
        if at is None or node not in self._columns or (area, period, Choice.SIMULATED) not in self._at:
            return Choice.REAL
        value, flags = (column[at] for column in self._columns[node])
        return Choice.SIMULATED if np.isnan(value) and not is_conclusive(int(flags)) else Choice.REAL

    def chosen(self, node: int, area: int, period: int) -> Cell:
        """The value of a formula whose root is ``node``."""
        choice = self.choice(node, area, period)
        cell = self.cell(node, area, period, choice)
        return replace(cell, simulated=True) if choice == Choice.SIMULATED and cell.value is not None else cell

    def cell(self, node: int, area: int, period: int, choice: Choice) -> Cell:
        """The value of one part of a formula for which ``choice`` was made."""
        op = self.graph[node].op
        if op == "const":
            return Cell(self.graph[node].params[0])
        at = self._at.get((area, period, choice))
        if op == "null" or at is None or node not in self._columns:
            return Cell(None, reason="没有数据")
        value, flags = (column[at] for column in self._columns[node])
        if np.isnan(value):
            return Cell(None, reason=reason_text(decode_reason(int(flags)), self.graph, self.binder.labels))
        return Cell(float(value), bool(int(flags) & Flag.SIMULATED), basis_of(int(flags) & 14).value)


def explain(
    code: str,
    area: str,
    period: str | Period,
    viewer: Any = None,
    *,
    page: int = 1,
    size: int = PAGE,
    today: dt.date | None = None,
    with_rows: bool = True,
) -> Explanation:
    """Explain one value of an indicator as ``viewer`` may see it (None: everything).

    ``rows`` (left out without ``with_rows``) are those of the first part of the formula that is used and has
    rows (see :func:`rows_at` for the others). ``area`` is the code of a record where the indicator has values
    for the records of a register. Raises NotFoundError for an indicator, area or record that does not exist
    or is outside the viewer's areas, InputError for a period.
    """
    catalog = from_database()
    place = place_of(_subject_of(catalog, code), area, viewer)
    when = parse_period(period) if isinstance(period, str) else period
    binder = bind_indicators(catalog, [code])
    return _Explainer(catalog, binder, code, place, when, viewer, today or timezone.localdate()).explanation(
        page, size, with_rows
    )


def _subject_of(catalog: Catalog, code: str) -> str:
    if code not in catalog.indicators:
        raise NotFoundError(f"没有指标“{code[:60]}”")
    return catalog.indicators[code].subject


class _Explainer:
    def __init__(
        self, catalog: Catalog, binder: Binder, code: str, area: Place, period: Period, viewer: Any, today: dt.date
    ) -> None:
        self.catalog, self.binder, self.graph = catalog, binder, binder.graph
        self.code, self.area, self.period, self.viewer = code, area, period, viewer
        self.root = binder.roots[code].index
        self.subject = catalog.indicators[code].subject
        self.facts = snapshot()
        self.sides = self._both_sides()
        self.inputs = inputs_of(self.subject, kept=True, only=area.pk)
        pairs = [node for pair in self.sides.values() for node in pair]
        nodes = [n for n in self.graph.reachable([self.root, *pairs]) if self.graph[n].op not in ("const", "null")]
        keys = set().union(*needed_periods(self.graph, {self.root: {period.key}}).values())
        table = run(Run(self.graph, nodes, keys, catalog, self.inputs, today, apart=True, facts=self.facts))
        self.values = _Values(self.graph, binder, table, nodes)
        self.choice = self.values.choice(self.root, area.pk, period.key)
        self.seen = self._scope()
        self.codes = {bound.index: c for c, bound in reversed(binder.roots.items()) if c != code}
        self.count = 0

    def _scope(self) -> set[int]:
        if not self.inputs.of_areas:
            return {self.area.pk}
        areas = (
            Area.objects.all() if self.viewer is None else visible(Area.objects.all(), self.viewer, Action.VIEW_PLAN)
        )
        return set(areas.values_list("pk", flat=True))

    def _both_sides(self) -> dict[str, tuple[int, int]]:
        """For each element whose official figure the formula uses and whose reports can be summed: nodes of
        both.
        """
        sides = {}
        for index in self.graph.reachable([self.root]):
            node = self.graph[index]
            if node.op == "official":
                element = self.catalog.elements[node.params[1]]
                if element.aggregation == "sum":
                    sides[element.code] = (index, self.binder.total(element, conditions.NONE).index)
        return sides

    def explanation(self, page: int, size: int, with_rows: bool) -> Explanation:
        info = self.catalog.indicators[self.code]
        cell = self.values.chosen(self.root, self.area.pk, self.period.key)
        tree = self._input(self.root, self.area.pk, self.period.key)
        contributions, additive, remainder = self._contributions(cell)
        first = _first_with_rows(tree)
        rows = None
        if first is not None and with_rows:
            place = self.area if first.area == self.area.code else place_of(self.subject, first.area, None)
            node = self.graph[first.node]
            when = parse_period(first.period)
            rows = rows_of(
                node,
                first.node,
                self.graph,
                self.catalog,
                place,
                when,
                self.choice,
                page=page,
                size=size,
                inputs=self.inputs,
                all_facts=self.facts,
            )
            rows = shown_to(rows, self.viewer)
        return Explanation(
            code=self.code,
            name=info.name,
            unit=info.unit,
            decimals=_decimals(self.code),
            formula=info.formula,
            words=self.binder.roots[self.code].words,
            area=self.area.code,
            area_name=self.area.name,
            period=self.period.code,
            cell=cell,
            root=tree,
            contributions=contributions,
            additive=additive,
            remainder=remainder,
            differences=self._differences(),
            rows=rows,
            rows_node=first.node if first is not None else None,
            choice=self.choice,
            subject=self.subject,
        )

    # ---------------------------------------------------------------- the tree of inputs

    def _part(self, node: int, area: int, period: int) -> Cell:
        return self.values.cell(node, area, period, self.choice)

    def _input(self, node: int, area: int, period: int, used: bool = True) -> Input:
        self.count += 1
        shown = node
        op = self.graph[node].op
        # a conversion of units or a rounding is shown as what it is made of, with the converted value
        while self.graph[shown].op in ("convert", "round") and shown not in self.codes:
            shown = self.graph[shown].args[0]
        place = self.inputs.area_by_id[area]
        hidden = area not in self.seen
        cell = Cell(None, reason="不在您的管辖范围内") if hidden else self._part(node, area, period)
        children: tuple[Input, ...] = ()
        if self.count <= MAX_INPUTS and not hidden:
            children = tuple(self._children(shown, area, period, cell, used))
        op = self.graph[shown].op
        code = self.codes.get(node) or self.codes.get(shown, "")
        label = self.catalog.indicators[code].name if code else self.binder.labels.get(shown) or _LABELS.get(op, op)
        if op == "const":
            label = "常数"
        return Input(
            node=shown,
            op=op,
            label=label,
            area=place.code,
            period=from_key(period).code,
            cell=cell,
            unit=self.graph[node].unit or "",
            indicator=code,
            has_rows=op in ATOMS and not hidden,
            used=used,
            hidden=hidden,
            inputs=children,
            area_name=place.name,
        )

    def _children(self, node: int, area: int, period: int, cell: Cell, used: bool) -> list[Input]:
        data, at = self.graph[node], from_key(period)
        args = data.args
        match data.op:
            case "prefer" | "coalesce":
                taken = self._taken(node, area, period)
                return [self._input(arg, area, period, used and place == taken) for place, arg in enumerate(args)]
            case "case":
                return [self._input(arg, area, period, used) for arg in args if self.graph[arg].op != "const"]
            case "yoy":
                return [self._input(args[0], area, key, used) for key in (period, period - 100)]
            case "lag":
                return [self._input(args[0], area, previous_key(period, data.params[0]), used)]
            case "change" | "cagr":
                base = Period(at.kind, data.params[0], at.index).key
                return [self._input(args[0], area, key, used) for key in dict.fromkeys((period, base))]
            case "chain":
                years = range(data.params[0] + 1, at.year + 1)
                return [self._input(args[0], area, Period(at.kind, y, at.index).key, used) for y in years]
            case "since":
                keys = [Period(PeriodKind.YEAR, y).key for y in range(data.params[0], at.year)] + [end_key(at)]
                return [self._input(args[0], area, key, used) for key in dict.fromkeys(keys)]
            case "parent":
                above = self.inputs.tree(month_of(at.end)).parent[area]
                return [self._input(args[0], above, period, used)] if above is not None else []
            case "areas_where":
                tree = self.inputs.tree(month_of(at.end))
                own = tree.below(area)
                places = [a for a in self.inputs.areas if a.id in own and tree.level[a.id] == data.params[0]]
                compared = self.graph[args[0]]
                shown = compared.args[0] if compared.op == "compare" else args[0]
                return [self._area_input(shown, args[0], a.id, period, used) for a in places]
        return [self._input(arg, area, period, used) for arg in args if self.graph[arg].op != "const"]

    def _area_input(self, shown: int, condition: int, area: int, period: int, used: bool) -> Input:
        holds = self._part(condition, area, period).value == 1
        found = self._input(shown, area, period, used and holds)
        return replace(found, label=f"{self.inputs.area_by_id[area].name}：{found.label}", inputs=())

    def _taken(self, node: int, area: int, period: int) -> int:
        """Which of the alternatives gave the value."""
        cells = [self._part(arg, area, period) for arg in self.graph[node].args]
        known = [at for at, cell in enumerate(cells) if cell.value is not None]
        if not known:
            return len(cells) - 1
        if self.graph[node].op == "prefer":
            return min(known, key=lambda at: (not cells[at].simulated, at))
        return known[0]

    # ---------------------------------------------------------------- beside the tree

    def _contributions(self, cell: Cell) -> tuple[tuple[Contribution, ...], bool, float | None]:
        children = set(self.inputs.tree(month_of(self.period.end)).children.get(self.area.pk, ()))
        additive = _additive(self.graph, self.root)
        found = []
        for child in self.inputs.areas:
            if child.id not in children:
                continue
            own = self.values.chosen(self.root, child.id, self.period.key)
            if own.value is None and not (
                child.first <= self.period.end and (child.last is None or child.last >= self.period.start)
            ):
                continue
            if child.id not in self.seen:
                # it lay here then and lies elsewhere now
                own = Cell(None, reason="现在不在您的管辖范围内")
            share = own.value / cell.value * 100 if additive and own.value is not None and cell.value else None
            found.append(Contribution(child.code, child.name, own, share))
        found.sort(key=lambda c: (c.cell.value is None, -(c.cell.value or 0), c.area))
        known = [c.cell.value for c in found if c.cell.value is not None]
        remainder = cell.value - sum(known) if additive and cell.value is not None and known else None
        return tuple(found), additive, remainder

    def _differences(self) -> tuple[Difference, ...]:
        found = []
        for code, (official, total) in self.sides.items():
            stated, summed = (self.values.chosen(node, self.area.pk, self.period.key) for node in (official, total))
            if stated.value is not None and summed.value is not None:
                element = self.catalog.elements[code]
                found.append(
                    Difference(
                        code,
                        element.name,
                        element.unit,
                        stated.value,
                        summed.value,
                        stated.simulated or summed.simulated,
                    )
                )
        return tuple(found)


def _additive(graph: Graph, index: int) -> bool:
    """Whether values of parts add up to that of the whole."""
    node = graph[index]
    if node.op in ATOMS:
        return node.op not in ("average", "official") or node.flow is not None
    if node.op in ("add", "sub", "neg", "convert", "since", "lag", "prefer", "coalesce"):
        return all(_additive(graph, arg) for arg in node.args)
    if node.op in ("mul", "div"):
        return _additive(graph, node.args[0]) and graph[node.args[1]].op == "const"
    return False


def _first_with_rows(found: Input) -> Input | None:
    """The first part that is used and has rows, depth first."""
    if found.has_rows and found.used:
        return found
    for child in found.inputs:
        if child.used:
            hit = _first_with_rows(child)
            if hit is not None:
                return hit
    return None


def used_part(part: Input, node: int | None) -> Input | None:
    """The part of a formula with this number; a used one before others."""
    stack, found = [part], None
    while stack:
        one = stack.pop(0)
        if one.node == node:
            if one.used:
                return one
            found = found or one
        stack.extend(one.inputs)
    return found


def _decimals(code: str) -> int:
    from .models import Indicator

    return Indicator.objects.filter(code=code).values_list("decimals", flat=True).first() or 0


def rows_at(
    code: str,
    node: int,
    area: str,
    period: str | Period,
    viewer: Any = None,
    *,
    page: int = 1,
    size: int = PAGE,
    subject: tuple[int, int] | None = None,
    choice: Choice | None = None,
) -> RowPage:
    """Rows of the part ``node`` (an :class:`Input`'s) of an indicator's formula. Raises as :func:`explain`.

    ``choice`` is the opened value's (:attr:`Explanation.choice`); without it the value is that of ``area``
    and ``period`` themselves.
    """
    catalog = from_database()
    asked = _subject_of(catalog, code)
    place = place_of(asked, area, viewer)
    when = parse_period(period) if isinstance(period, str) else period
    binder = bind_indicators(catalog, [code])
    reachable = binder.graph.reachable([binder.roots[code].index])
    if node not in reachable or binder.graph[node].op not in ATOMS:
        raise InputError("没有这一项，或它没有明细行；公式可能刚被修改，请重新打开", where="node")
    data = binder.graph[node]
    if subject is not None and viewer is not None:
        model = subjects.models().get(subject[0])
        if model is None or not visible(model.objects.filter(pk=subject[1]), viewer).exists():
            raise NotFoundError("没有这个对象，或它不在您的管辖范围内", where=f"{subject[0]}-{subject[1]}")
    if choice is None:
        made = _Explainer(catalog, binder, code, place, when, viewer, timezone.localdate())
        choice = made.choice
    inputs = inputs_of(asked, kept=True, only=place.pk)
    found = rows_of(
        data, node, binder.graph, catalog, place, when, choice, page=page, size=size, subject=subject, inputs=inputs
    )
    return shown_to(found, viewer)
