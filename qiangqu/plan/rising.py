"""Whether a formula can fall: a cumulative target needs one that cannot, or what was done in all would become
less than what was done.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.formulas.binding import Binder
from qiangqu.formulas.catalog import Catalog
from qiangqu.formulas.graph import Graph

# counted or measured quantities below nothing do not exist; growth and indexes of change do
_AMOUNTS = frozenset({"flow", "level", "count", "share"})
_COUNTS = frozenset({"holders", "recognised_since", "projects", "organisations", "parcels", "count", "reporters", "areas_where", "count_true", "abs"})  # fmt: skip
_PASSED_ON = frozenset({"convert", "round", "lag", "parent", "coalesce", "prefer", "greatest", "least", "add"})


def why_falling(catalog: Catalog, code: str) -> str:
    """Why the indicator's value can become less from one period to the next; "" when it cannot, or its
    formula cannot be read (which is said elsewhere)."""
    info = catalog.indicators[code]
    binder = Binder(catalog)
    try:
        root = binder.indicator(code).index
    except InputError:
        return ""
    if _never_falls(binder.graph, root, _kinds(catalog)):
        return ""
    return _(
        "累计目标的指标“%(name)s”的公式可能由大变小，请写成自起始年累计，如 since(…, 起始年) 或 recognised_since(…)"
    ) % {"name": info.name}


def _kinds(catalog: Catalog) -> dict[int, str]:
    return {element.id: element.kind for element in catalog.elements.values()}


def _never_falls(graph: Graph, index: int, kinds: dict[int, str]) -> bool:
    node = graph[index]
    each: Callable[[], bool] = lambda: all(_never_falls(graph, arg, kinds) for arg in node.args)  # noqa: E731
    match node.op:
        case "const" | "recognised_since":
            return True
        case "since":
            return _not_negative(graph, node.args[0], kinds)
        case "convert":
            return node.params[0] >= 0 and each()
        case "sub":
            return graph[node.args[1]].op == "const" and _never_falls(graph, node.args[0], kinds)
        case "mul":
            return each() and all(_not_negative(graph, arg, kinds) for arg in node.args)
        case "div":
            divisor = graph[node.args[1]]
            constant = divisor.op == "const" and divisor.params[0] > 0
            return constant and _never_falls(graph, node.args[0], kinds)
        case op if op in _PASSED_ON:
            return each()
    return False


def _not_negative(graph: Graph, index: int, kinds: dict[int, str]) -> bool:
    node = graph[index]
    match node.op:
        case "const":
            return bool(node.params[0] >= 0)
        case "official" | "total" | "area_sum" | "average":
            return kinds.get(node.params[0], "") in _AMOUNTS
        case "case":
            # conditions stand before their results, the last one has none
            results = [*node.args[1::2], *(node.args[-1:] if len(node.args) % 2 else [])]
            return all(_not_negative(graph, arg, kinds) for arg in results)
        case "convert":
            return node.params[0] >= 0 and _not_negative(graph, node.args[0], kinds)
        case "nullif":
            return _not_negative(graph, node.args[0], kinds)
        case op if op in _COUNTS:
            return True
        case op if op in _PASSED_ON or op in ("mul", "div", "since"):
            return all(_not_negative(graph, arg, kinds) for arg in node.args)
    return False
