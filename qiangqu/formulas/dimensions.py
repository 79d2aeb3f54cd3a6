"""Units of expressions: what may be added or compared, and what a product or ratio is measured in."""

from qiangqu.base.errors import InputError
from qiangqu.base.units import factor, same_dimension

PLAIN = "比"  # a dimensionless number that is known to be one
PERCENT = "%"


def _parts(unit: str) -> tuple[list[str], list[str]]:
    first, *rest = unit.replace("每", "/").replace("／", "/").replace("·", "*").split("/")
    over = [name for name in first.split("*") if name and name != PLAIN]
    under = [name for part in rest for name in part.split("*") if name]
    return over, under


def _joined(over: list[str], under: list[str]) -> str:
    over, under = list(over), list(under)
    for name in list(over):
        if name in under:
            over.remove(name)
            under.remove(name)
    text = "/".join(["*".join(over) or PLAIN, *under])
    if len(text) > 40:
        raise InputError(f"结果的单位“{text[:40]}…”过于复杂，请检查公式")
    return text


def product(left: str | None, right: str | None) -> str | None:
    """Unit of a product; a bare number (None) changes nothing.

    >>> product("万元/亩", "亩"), product(None, "亿元")
    ('万元', '亿元')
    """
    if left is None or right is None:
        return left if right is None else right
    (a, b), (c, d) = _parts(left), _parts(right)
    return _joined(a + c, b + d)


def ratio(left: str | None, right: str | None) -> str | None:
    """Unit of a quotient.

    >>> ratio("亿元", "万亩"), ratio("亿元", "亿元"), ratio("万元/亩", "万元")
    ('亿元/万亩', '比', '比/亩')
    """
    if right is None:
        return left
    (a, b), (c, d) = _parts(left or PLAIN), _parts(right)
    return _joined(a + d, b + c)


def conversion(source: str, target: str) -> float | None:
    """Factor from ``source`` to ``target``; None when they measure different things."""
    return factor(source, target) if same_dimension(source, target) else None
