"""Columns: what a row says, as people read it, as Excel holds it, and where it stands on a phone's card."""

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qiangqu.base.terms import bracketed, said

from ..menu import Text
from ..templatetags.quantities import DASH, quantity

NUMBERS = (models.FloatField, models.IntegerField, models.DecimalField)
#: where a column stands on a card: the heading, the state beside it, the value, the date
NAME, STATE, VALUE, DATE = "name", "state", "value", "date"
ICONS = {
    "blue": "info-circle",
    "green": "circle-dot",
    "amber": "alert-triangle",
    "red": "square-x",
    "grey": "circle-dashed",
}
_CODE = re.compile(r"[\w.-]+")
Read = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``read`` gives a row's value: a text, number, day, moment, truth, or None. Everything else
    has a default:

    ``text`` how people read it, ``link`` the address that it opens ("" for none) and ``opens`` the record whose
    page that is: who does not see it gets the words without the link; ``badge`` its colour (blue, green,
    amber, red, grey; "" for none) beside the word, ``note`` a small line below, ``unit`` (one for all
    rows, or of a row), ``decimals`` (None: up to four as needed), ``sort`` the fields that sorting by it
    sorts by, ``role`` its place on a card, ``html`` a cell of its own making, ``shown`` at first, ``excel``
    whether a spreadsheet holds it, ``written`` what it then holds (default: the value), ``verbatim`` data
    that is never translated: marked as such on the page.
    """

    name: str
    label: Text
    read: Read
    text: Callable[[Any], str] | None = None
    sort: tuple[str, ...] = ()
    role: str = ""
    link: Callable[[Any], str] | None = None
    opens: Callable[[Any], Any] | None = None
    badge: Callable[[Any], str] | None = None
    note: Callable[[Any], Any] | None = None
    unit: Text | Callable[[Any], str] = ""
    decimals: int | None = None
    number: bool = False
    html: Callable[[Any], Any] | None = None
    shown: bool = True
    excel: bool = True
    written: Read | None = None
    verbatim: bool = False
    width: int = 16

    @property
    def heading(self) -> str:
        """The label, with the unit that all rows share in full-width brackets."""
        return bracketed(self.label, said(str(self.unit))) if self.unit and not callable(self.unit) else str(self.label)

    @property
    def unit_of(self) -> Callable[[Any], str] | None:
        """What gives each row's own unit; None when all share one or have none."""
        return self.unit if callable(self.unit) else None


def ticks(name: str, form: str, picked: Collection[Any] = ()) -> Column:
    """A column of boxes that tick rows for the form of that id, which sends their keys as ``name``; those with
    ``picked`` keys are ticked at first.
    """

    def box(row: Any) -> SafeString:
        checked = SafeString(" checked" if row.pk in picked else "")
        word = _("选择%(row)s") % {"row": row}
        return format_html(
            '<input class="form-check-input" type="checkbox" name="{}" value="{}" form="{}"{} aria-label="{}">',
            name, row.pk, form, checked, word,
        )  # fmt: skip

    return Column("tick", _("选择"), lambda row: None, html=box, excel=False, width=8)


def text_of(column: Column, row: Any) -> str:
    """A cell as people read it; "—" for nothing."""
    return column.text(row) if column.text is not None else shown(column.read(row), column.decimals)


def shown(value: Any, decimals: int | None = None) -> str:
    """A value as people read it.

    >>> shown(None), shown("甲"), shown(1234.5), shown(dt.date(2026, 3, 1))
    ('—', '甲', '1,234.5', '2026-03-01')
    """
    if value is None or value == "":
        return DASH
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dt.datetime):
        return local(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return quantity(value, decimals)
    return str(value)


def local(moment: dt.datetime) -> dt.datetime:
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


def cell(column: Column, row: Any, address: str = "", mark: Any = "", *, shut: bool = False) -> SafeString:
    """A cell of the page. Of the column that heads a row ``address`` is the row's own, and ``mark`` follows
    what it says; ``shut``: the column's link leads the viewer nowhere.

    >>> cell(Column("name", "文件", str, verbatim=True), "plan <b>.csv")
    '<span data-verbatim>plan &lt;b&gt;.csv</span>'
    """
    if column.html is not None:
        return format_html("{}", column.html(row))
    text = text_of(column, row)
    plain = "<span data-verbatim>{}</span>" if column.verbatim and text != DASH else "{}"
    colour = column.badge(row) if column.badge is not None else ""
    made: Any = format_html(plain, text)
    if colour:
        icon = ICONS[colour]
        made = format_html(
            '<span class="qq-status qq-status-{}"><i class="ti ti-{}" aria-hidden="true"></i>{}</span>',
            colour,
            icon,
            text,
        )
    if column.link is not None:
        address = column.link(row) if text != DASH and not shut else ""
    if address:
        css = "" if column.role in (NAME, VALUE) else ' class="text-reset"'
        made = format_html('<a href="{}"{}>{}</a>', address, SafeString(css), made)
    unit = column.unit_of(row) if column.unit_of is not None and text != DASH else ""
    if unit:
        made = format_html('{} <span class="qq-unit">{}</span>', made, unit)
    if mark:
        made = format_html("{} {}", made, mark)
    note = column.note(row) if column.note is not None else ""
    return format_html('{}<div class="qq-note">' + plain + "</div>", made, note) if note else format_html("{}", made)


def excel_cell(column: Column, row: Any) -> Any:
    """A cell of the spreadsheet: numbers, days and moments as such, truth and everything else as words."""
    value = (column.written or column.read)(row)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, dt.datetime):
        return local(value).replace(tzinfo=None)
    return value if isinstance(value, (str, int, float, dt.date)) else text_of(column, row)


# ---------------------------------------------------------------- columns of model fields


def field_of(model: type[models.Model], path: str) -> Any:
    """The model field at the end of ``path`` ("organisation__name")."""
    found: Any = None
    for step in path.split("__"):
        found = model._meta.get_field(step)
        model = found.related_model or model
    return found


def value_at(path: str) -> Read:
    """What reads ``path`` off a row; None as soon as a step leads nowhere."""
    steps = path.split("__")
    if len(steps) == 1:
        return lambda row: getattr(row, path)

    def read(row: Any) -> Any:
        for step in steps:
            if row is None:
                return None
            row = getattr(row, step)
        return row

    return read


def order_of(model: type[models.Model], path: str) -> str:
    """What sorting by a field sorts by: the name of what a foreign key points to, else the field."""
    found = field_of(model, path)
    if not found.is_relation:
        return path
    related = {f.name for f in found.related_model._meta.concrete_fields}
    return f"{path}__{next((n for n in ('name', 'username', 'code') if n in related), 'pk')}"


def reader(
    model_field: Any, read: Read, decimals: int | None = None, words: Mapping[str, Any] | None = None
) -> Callable[[Any], str]:
    """A function that gives a field of a row as people read it, "—" for nothing; what can be prepared for all
    rows is. ``words`` are those of codes in a text."""
    choices = (
        {value: str(label) for value, label in model_field.flatchoices if value != ""} if model_field.choices else None
    )
    is_number = isinstance(model_field, NUMBERS) and not model_field.primary_key and not model_field.is_relation
    yes, no = _("是"), _("否")

    def as_text(row: Any) -> str:
        value = read(row)
        if value is None or value == "":
            return DASH
        if words is not None:
            if isinstance(value, list) and all(isinstance(one, str) for one in value):
                value = "、".join(value) or DASH  # codes one after the other, for people
            return _CODE.sub(lambda code: str(words.get(code[0], code[0])), str(value))
        if choices is not None:
            return choices.get(value, str(value))
        if isinstance(value, bool):
            return yes if value else no
        if isinstance(value, dt.datetime):
            return local(value).strftime("%Y-%m-%d %H:%M:%S")
        if isinstance(value, dt.date):
            return value.isoformat()
        if is_number:
            return quantity(value, decimals)
        if isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False, default=str)
        return str(value)

    return as_text


def made(name: str, label: Text, path: str = "", **given: Any) -> Column:
    """A column of rows that are made, not stored: what stands at ``path`` (default: the attribute ``name``),
    sorted by itself.
    """
    return Column(**{"name": name, "label": label, "read": value_at(path or name), "sort": (name,), **given})


def column(model: type[models.Model], path: str, **given: Any) -> Column:
    """A column of a model's field, by its path from the row; ``given`` replaces what the field says of itself
    (label, sorting, words of its choices).
    """
    found = field_of(model, path)
    read = value_at(path)
    if found.choices:
        words = dict(found.flatchoices)
        plain = read

        def read(row: Any) -> Any:
            value = plain(row)
            return None if value in (None, "") else str(words.get(value, value))

    elif found.is_relation:
        plain_record = read

        def read(row: Any) -> Any:
            record = plain_record(row)
            return None if record is None else str(record)

    number = isinstance(found, NUMBERS) and not found.is_relation and not found.choices
    defaults = {
        "name": path,
        "label": found.verbose_name,
        "read": read,
        "sort": (order_of(model, path),),
        "number": number,
    }
    return Column(**{**defaults, **given})
