"""Who sees what of ladders, in plain Python, for the property test of visibility (``site/tests``)."""

from collections.abc import Callable
from typing import Any

ORACLE: dict[str, Callable[[Any, Any], bool]] = {"Ladder": lambda row, w: True}
#: what cannot be told from the fields alone
SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {}
#: pages of one record: model, name of the address, its arguments, the permission that opens it
PAGES: tuple[tuple[str, str, Callable[[Any], list[Any]], str], ...] = ()
