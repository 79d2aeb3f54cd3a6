"""Acts on a record as forms of its page, declared as data; ``records/act_forms.html`` shows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """A field: ``kind`` is that of the input, "textarea" or "select" (of ``choices``)."""

    name: str
    label: str
    kind: str = "text"
    must: bool = True
    value: Any = ""
    choices: Sequence[tuple[str, Any]] = ()
    note: str = ""
    longest: int = 500


@dataclass(frozen=True, slots=True)
class ActForm:
    """A form: the act's name as in addresses, heading, fields; ``files`` labels the field of files ("": none)."""

    name: str
    title: str
    fields: Sequence[Field] = ()
    files: str = ""
    danger: bool = False
    note: str = ""


def open_forms(forms: Iterable[ActForm], may: Mapping[str, bool]) -> list[ActForm]:
    """The forms of the acts that are open."""
    return [form for form in forms if may.get(form.name.replace("-", "_"))]


def only_one(offered: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a form begins with where the rows offered for the field ``name`` leave no choice."""
    rows = offered[name][:2]
    return {name: rows[0].pk} if len(rows) == 1 else {}
