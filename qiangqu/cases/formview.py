"""A form as a page shows it: fields with their widgets, values and errors, and answers as people read
them.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qiangqu.base.terms import listed, said
from qiangqu.registry.models import Area, Organisation, User

from .forms import Form, title_of

Options = tuple[tuple[str, str], ...]
_TYPES = {"date": "date", "email": "email", "mobile": "tel", "phone": "tel", "url": "url"}


@dataclass(frozen=True, slots=True)
class Field:
    """``widget``: input, textarea, select, radio, checkboxes or checkbox; ``kind`` the input's type."""

    name: str
    title: str
    widget: str
    kind: str
    value: Any
    error: str
    required: bool
    note: str
    options: Options  # value, label
    minimum: Any
    maximum: Any
    longest: int | None
    whole: bool
    suggestions: Options = ()  # value, label: what may be written into an input

    @property
    def text(self) -> str:
        if self.value is None or isinstance(self.value, bool):
            return ""
        return f"{self.value:.15g}" if isinstance(self.value, float) else str(self.value)

    @property
    def chosen(self) -> tuple[str, ...]:
        return tuple(map(str, self.value)) if isinstance(self.value, list) else (self.text,)


def fields_of(
    form: Form,
    data: Mapping[str, Any],
    errors: Mapping[str, str] | None = None,
    within: str = "",
    offers: Mapping[str, Options] | None = None,
) -> list[Field]:
    """The fields in their order with ``data`` in them. A field for an area offers those in the subtree
    ``within``; ``offers`` (of :func:`.references.offered`) are the records that other fields may name."""
    return list(_fields(form, data, errors or {}, within, offers or {}))


def area_options(within: str = "") -> tuple[tuple[str, str], ...]:
    """Areas as (code, name), in the order of the tree, deeper ones moved in."""
    found = Area.objects.filter(path__startswith=within).order_by("path").values_list("code", "name", "path")
    top = min((path.count("/") for _c, _n, path in found), default=0)
    return tuple((code, "　" * (path.count("/") - top) + name) for code, name, path in found)


def _fields(
    form: Form, data: Mapping[str, Any], errors: Mapping[str, str], within: str, offers: Mapping[str, Options]
) -> Iterator[Field]:
    for name in form.order:
        spec = form.fields[name]
        kind = spec["type"]
        listed = spec.get("enum") or (spec.get("items") or {}).get("enum") or ()
        options = tuple((one, title_of(spec.get("items") or spec, one)) for one in listed)
        if spec.get("format") == "area":
            options = area_options(within)
        elif spec.get("format") == "case":
            options = offers.get(name, ())
        widget = form.widgets.get(name, "")
        if kind == "boolean":
            widget = "checkbox"
        elif kind == "array":
            widget = "checkboxes" if options else "input"
        elif options or spec.get("format") == "case":
            widget = (
                widget
                if widget in ("radio", "select")
                else ("radio" if len(listed) and len(options) <= 4 else "select")
            )
        elif widget != "textarea":
            widget = "textarea" if spec.get("maxLength", 0) > 300 else "input"
        number = kind in ("number", "integer")
        yield Field(
            name, said(spec.get("title", name)), widget, "number" if number else _TYPES.get(spec.get("format", ""), "text"),
            data.get(name, spec.get("default")), str(errors.get(name, "")), name in form.required and kind != "boolean",
            said(spec.get("description", "")), options, spec.get("minimum"), spec.get("maximum"), spec.get("maxLength"),
            kind == "integer", () if options else offers.get(name, ()),
        )  # fmt: skip


def answers_of(form: Form, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Title and answer of each field that was answered."""
    return [
        (said(form.fields[name].get("title", name)), shown(data[name], form.fields[name]))
        for name in form.order
        if data.get(name) is not None
    ]


def shown(value: Any, spec: Mapping[str, Any] | None = None) -> str:
    """An answer in words. Areas, units and people, which answers name by code or login, are called by their
    names (``spec``: the field).
    """
    match value:
        case str() if spec and value in spec.get("titles", ()):
            return title_of(spec, value)
        case str() if spec and (name := _name_of(str(spec.get("format", "")), value)):
            return name
        case bool():
            return str(_("是") if value else _("否"))
        case list():
            return listed(title_of((spec or {}).get("items"), str(one)) for one in value) or "—"
        case float() | int():
            return f"{value:,.10g}"
        case dt.date():
            return date_format(value, "Y-m-d")
        case _:
            return said(value) if spec and value in spec.get("enum", ()) else str(value) or "—"


def _name_of(kind: str, code: str) -> str:
    """The name of the record that an answer of this format names; empty if it names none, or none that is
    still there.
    """
    match kind:
        case "area":
            return Area.objects.filter(code=code).values_list("name", flat=True).first() or ""
        case "organisation":
            return Organisation.objects.filter(code=code).values_list("name", flat=True).first() or ""
        case "user":
            return str(User.objects.filter(username=code).first() or "")
        case _:
            return ""
