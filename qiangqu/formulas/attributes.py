"""The declared registers and their attributes as formulas see them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttributeInfo:
    """What a condition may ask. ``column`` is its SQL, ``title`` what people call it. With ``unit`` it is
    a number, else a code or text: ``known`` are the codes there are with their words (None: any text),
    ``like`` whether the beginning of one may be asked for. ``sums``: sum() may add it."""

    title: str
    column: str
    unit: str = ""
    known: Mapping[str, str] | None = None
    like: bool = False
    sums: bool = False


@dataclass(frozen=True, slots=True)
class SubjectInfo:
    """A declared register as formulas see it: ``count(code, …)``, ``sum(code.attribute, …)``."""

    code: str
    title: str
    attributes: Mapping[str, AttributeInfo]
