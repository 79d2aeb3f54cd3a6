"""Names of factors that the register of factors does not have: parts that know a dictionary of their own join
``telemetry.factor_names``."""

from collections.abc import Callable

from django.utils.translation import gettext

from .models import Point
from .words import place_word

_dictionaries: dict[str, Callable[[str], str]] = {}


def register(part: str, name_of: Callable[[str], str]) -> None:
    """Add a dictionary: from a factor's code to its name in Chinese, or the code itself where it has none."""
    _dictionaries[part] = name_of


def factor_name(point: Point) -> str:
    """What a point measures, in the reader's language, and in which part of a fire system; its code when nobody knows a
    name."""
    return f"{_factor_name(point)} {place_word(point.statistic)}".rstrip()


def _factor_name(point: Point) -> str:
    if point.factor is not None:
        return gettext(point.factor.name)
    for name_of in _dictionaries.values():
        name = name_of(point.factor_code)
        if name != point.factor_code:
            return gettext(name)
    return point.factor_code
