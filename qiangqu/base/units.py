"""Units as Chinese statistics write them (亿元, 万千瓦, 万吨标准煤, 元/亩 …), converted by pint from
``units.txt``.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import pint

from .errors import InputError
from .text import visible_text

_SPELLINGS = {"%": "百分比", "％": "百分比", "‰": "千分比", "个百分点": "百分点", "": "比"}


@lru_cache(maxsize=1)
def _units() -> "pint.UnitRegistry[float]":
    return pint.UnitRegistry(str(Path(__file__).with_name("units.txt")), cache_folder=None)


@lru_cache(maxsize=2048)
def _quantity(unit: str) -> Any:
    text = visible_text(str.__str__(unit)).replace("每", "/").replace("·", "*").replace("／", "/")
    if len(text) > 40:
        raise InputError(f"单位“{text[:40]}…”过长")
    parts = text.split("/")
    ureg = _units()
    quantity = ureg.Quantity(1.0, "")
    try:
        for at, part in enumerate(parts):
            product = ureg.Quantity(1.0, "")
            for name in part.split("*"):
                name = _SPELLINGS.get(name.strip(), name.strip())
                if not name.rstrip("²³").isidentifier() or name not in ureg:  # pint reads more than names
                    raise InputError(f"不认识的单位“{unit}”；可用单位见 docs/reference/units.md")
                product = product * ureg.Quantity(1.0, name)
            quantity = quantity * product if at == 0 else quantity / product
    except (pint.PintError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"不认识的单位“{unit}”；可用单位见 docs/reference/units.md") from error
    return quantity.to_base_units()


def is_known_unit(unit: str) -> bool:
    """Whether ``unit`` can be read.

    >>> is_known_unit("万吨标准煤"), is_known_unit("元/平方米"), is_known_unit("箩筐")
    (True, True, False)
    """
    try:
        _quantity(unit)
    except InputError:
        return False
    return True


def same_dimension(one: str, other: str) -> bool:
    """Whether values in the two units can be compared and converted.

    >>> same_dimension("亿元", "万元"), same_dimension("万元/亩", "元/平方米"), same_dimension("亿元", "万吨")
    (True, True, False)
    """
    return _quantity(one).dimensionality == _quantity(other).dimensionality


def factor(source: str, target: str) -> float:
    """Multiply a value in ``source`` by this to have it in ``target``.

    >>> factor("亿元", "万元"), factor("兆瓦", "万千瓦"), round(factor("万元/亩", "万元/公顷"), 6)
    (10000.0, 0.1, 15.0)

    Raises InputError when a unit is unknown or the two measure different things.
    """
    if source == target:
        _quantity(source)
        return 1.0
    a, b = _quantity(source), _quantity(target)
    if a.dimensionality != b.dimensionality:
        raise InputError(f"单位“{source}”与“{target}”不是同一类量，不能换算")
    ratio = float(a.magnitude / b.magnitude)
    return float(f"{ratio:.12g}")
