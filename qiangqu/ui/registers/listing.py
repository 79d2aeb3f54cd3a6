"""A register's list: its rows (scope, day, validity) and its columns and filters, declared for
:mod:`qiangqu.ui.lists`.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import django_filters as filters
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from qiangqu.base.visibility import covers, has_place, in_subtree, visible

from ..hooks import hooks
from ..lists import DATE, NAME, STATE, VALUE, Asked, Column, Listing, choice
from ..lists.asked import LONGEST_SEARCH
from ..lists.columns import NUMBERS, order_of, value_at
from ..lists.columns import reader as field_reader
from ..lists.filters import Filters, bound, of_field
from ..lists.rows import searched
from ..search import Hit
from ..templatetags.quantities import DASH
from .declare import Choice, Register, of_model
from .forms import reference_text


def scoped_rows(
    register: Register, user: Any, area: Any = None, day: dt.date | None = None, action: Any = None
) -> QuerySet[Any]:
    """What ``user`` may see of the register (with ``action``: where he may do this to it), inside ``area``
    when given, as it was on ``day`` when given (historical rows)."""
    action = action or register.action_view
    if day is not None and register.has_history:
        rows = visible(hooks.as_of(register.model, day), user, action)
    else:
        rows = visible(register.model._default_manager.all(), user, action)
    if area is not None and has_place(register.model):
        rows = in_subtree(rows, area.path)
    return register.read_along(rows) if register.read_along is not None else rows


def search(rows: QuerySet[Any], register: Register, text: str) -> QuerySet[Any]:
    """Rows that contain every word of ``text`` in one of the search fields."""
    found: QuerySet[Any] = searched(register.search_fields, rows, text[:LONGEST_SEARCH].replace("\0", ""))
    return found


def alive(rows: QuerySet[Any], register: Register, params: QueryDict, day: dt.date | None) -> QuerySet[Any]:
    """Only records that exist today, unless ended ones are asked for (``ended=1``); on another day the
    history has already judged.
    """
    if not register.has_validity or day is not None:
        return rows
    return _living(rows, params.get("ended", ""))


def hits(register: Register, text: str, user: Any, limit: int) -> Iterator[Hit]:
    """Records that the site's search finds in this register."""
    if register.action_view is not None and not hooks.may(user, register.action_view):
        return
    relations = [name for name in register.columns if register.model_field(name).is_relation][:1]
    rows = search(scoped_rows(register, user), register, text)
    for row in (rows.select_related(*relations) if relations else rows)[:limit]:
        details = [str(getattr(row, name, "") or "") for name in ("code", "document_number", *relations)]
        url = reverse(f"{register.code}-detail", args=[row.pk])
        yield Hit(register.one, str(row), " · ".join(part for part in details if part and part != str(row)), url)


# ---------------------------------------------------------------- filters


def _filters_of(register: Register, user: Any) -> Filters:
    made: Filters = {}
    for name in register.filters:
        model_field = register.model_field(name)
        choices = visible(model_field.related_model._default_manager.all(), user) if model_field.is_relation else None
        made |= of_field(model_field, register.label(name), choices)
    for name, one in register.choices.items():
        made |= choice(name, one.label, one.choices, how=_met(one))
    return made


def _met(one: Choice) -> Callable[[QuerySet[Any], Any], QuerySet[Any]]:
    return lambda rows, value: rows.filter(one.condition(value)) if value else rows


def filterset(register: Register, params: QueryDict, rows: QuerySet[Any], user: Any) -> filters.FilterSet:
    """The register's filters bound to the query."""
    return bound(_filters_of(register, user), params, rows)


# ---------------------------------------------------------------- columns


def record_id(row: Any) -> int:
    """Id of the record that a row (present or historical) is a version of."""
    return row.id if hasattr(row, "history_id") else row.pk


def reader(register: Register, model_field: Any) -> Callable[[Any], str]:
    """A function that gives a field of a row as people read it, "—" for nothing; what can be prepared for all
    rows is.
    """
    name = model_field.name
    return field_reader(model_field, value_at(name), register.decimals.get(name), register.words.get(name))


def shown_value(row: Any, model_field: Any, register: Register) -> str:
    """One field of one row as people read it (for many rows: :func:`reader`)."""
    return reader(register, model_field)(row)


def address_of(register: Register) -> Callable[[int], str]:
    """The address of a record by its id, for many rows."""
    pattern = reverse(f"{register.code}-detail", args=[0])
    head, tail = pattern.rsplit("0", 1)
    return lambda pk: f"{head}{pk}{tail}"


def outside(viewer: Any, record: Any) -> bool:
    """Whether ``record`` is an area (something with a path) that does not lie in the viewer's: its name is no
    secret, its page is.
    """
    path = getattr(record, "path", "")
    return bool(path) and not covers(viewer, path)


def may_open(viewer: Any, target: Register, record: Any) -> bool:
    """Whether a link to ``record``, a row of the register ``target``, leads ``viewer`` anywhere."""
    if not (target.action_view is None or hooks.may(viewer, target.action_view)) or outside(viewer, record):
        return False
    return hasattr(record, "path") or visible(type(record)._default_manager.filter(pk=record.pk), viewer).exists()


STATES = ("status", "state", "stage", "level")


def _roles(register: Register) -> dict[str, str]:
    """Where columns stand on a card: the first is its heading, then a state, the first number with a unit,
    the first day.
    """
    shown = register.shown or register.columns
    roles = {shown[0]: NAME}
    for name in shown[1:]:
        model_field = register.model_field(name)
        if name in STATES and model_field.choices:
            role = STATE
        elif name in register.units and isinstance(model_field, NUMBERS):
            role = VALUE
        elif isinstance(model_field, models.DateField):
            role = DATE
        else:
            continue
        if role not in roles.values():
            roles[name] = role
    return roles


def _column(register: Register, name: str, role: str, viewer: Any) -> Column:
    """A field as a column. A foreign key links to its record, where the viewer may open it."""
    model_field = register.model_field(name)
    text = reader(register, model_field)
    target = of_model(model_field.related_model) if model_field.is_relation and role != NAME else None
    link = None
    if target is not None and (target.action_view is None or hooks.may(viewer, target.action_view)):
        address, attname = address_of(target), model_field.attname

        def link(row: Any) -> str:
            pk = getattr(row, attname)
            return "" if pk is None else address(pk)

    html = None
    if name in register.verbatim:

        def html(row: Any) -> Any:
            return format_html("<code>{}</code>", text(row))

    wide = model_field.is_relation or (getattr(model_field, "max_length", 0) or 0) > 60
    return Column(
        name,
        register.label(name, unit=False),
        value_at(name),
        text=text,
        sort=() if name in register.told else (order_of(register.model, name),),
        role=role,
        link=link,
        opens=value_at(name) if link is not None else None,
        html=html,
        unit=register.units.get(name, ""),
        number=isinstance(model_field, NUMBERS) and not model_field.is_relation,
        shown=name in (register.shown or register.columns),
        written=_written(register, model_field, text),
        width=30 if wide else 16,
    )


def _written(register: Register, model_field: Any, text: Callable[[Any], str]) -> Callable[[Any], Any]:
    """What a spreadsheet holds of a field: references as ``名称（代码）``, coded values as words, numbers and
    dates as such.
    """
    name, attname = model_field.name, model_field.attname
    if model_field.is_relation:
        # a few related records stand behind many rows
        known: dict[int, str] = {}

        def reference(row: Any) -> Any:
            pk = getattr(row, attname)
            if pk is None:
                return None
            if pk not in known:
                known[pk] = reference_text(getattr(row, name))
            return known[pk]

        return reference
    if (
        model_field.choices
        or name in register.words
        or isinstance(model_field, (models.BooleanField, models.JSONField))
    ):
        return lambda row: None if text(row) == DASH else text(row)
    return value_at(name)


# ---------------------------------------------------------------- the list


def listing_of(register: Register) -> Listing:
    """The register's list, for the list engine."""
    roles = _roles(register)
    simulated = hasattr(register.model, "simulated")

    def day_of(asked: Asked) -> dt.date | None:
        return asked.day if register.has_history else None

    def rows(asked: Asked) -> QuerySet[Any]:
        return scoped_rows(register, asked.user, asked.area, day_of(asked))

    def columns(asked: Asked) -> Sequence[Column]:
        if "columns" not in asked.kept:
            asked.kept["columns"] = [
                _column(register, name, roles.get(name, ""), asked.user) for name in register.columns
            ]
        made: Sequence[Column] = asked.kept["columns"]
        return made

    def filters_of(asked: Asked) -> Filters:
        made = _filters_of(register, asked.user)
        if register.has_validity and day_of(asked) is None:
            made |= choice("ended", _("有效状态"), [("1", _("含已终止和未开始"))], how=_living, every=_("只看有效"))
        return made

    def exported(asked: Asked, chosen: Sequence[Column]) -> Sequence[Column]:
        """The shown columns, then what a later import would need."""
        names = dict.fromkeys([*(one.name for one in chosen), *register.form_fields])
        return [_column(register, name, "", asked.user) for name in names]

    def fetch(asked: Asked, found: QuerySet[Any]) -> QuerySet[Any]:
        names = dict.fromkeys([*register.columns, *register.form_fields])
        relations = [name for name in names if register.model_field(name).is_relation]
        return found.select_related(*relations) if relations else found

    def context(request: HttpRequest, asked: Asked) -> dict[str, Any]:
        able = may_edit(register, asked.user)
        return {"register": register, "may_edit": able, "may_create": able and may_create(register, asked.user)}

    return Listing(
        code=register.code,
        page=f"{register.code}-list",
        excel_page=f"{register.code}-export",
        title=register.title,
        rows=rows,
        columns=columns,
        filters=filters_of,
        search=register.search_fields or None,
        order=tuple(str(name) for name in register.ordering or register.model._meta.ordering or ["pk"]),
        fetch=fetch,
        link=_link(register),
        simulated=(lambda row: bool(getattr(row, "simulated", False))) if simulated else None,
        intro=register.intro,
        exported=exported,
        template="ui/register_list.html",
        context=context,
        id="register",
    )


def _link(register: Register) -> Callable[[Any], str]:
    # addresses are known when the first row is shown, not when the list is declared
    found: list[Callable[[int], str]] = []

    def link(row: Any) -> str:
        if not found:
            found.append(address_of(register))
        return found[0](record_id(row))

    return link


def _living(rows: QuerySet[Any], ended: str) -> QuerySet[Any]:
    if ended:
        return rows
    today = timezone.localdate()
    return rows.filter(valid_from__lte=today).exclude(valid_to__lt=today)


def may_create(register: Register, user: Any) -> bool:
    """Whether who may enter something here may also make a record."""
    return register.creatable and (register.action_create is None or hooks.may(user, register.action_create))


def may_edit(register: Register, user: Any, pk: int | None = None) -> bool:
    """Whether the user may enter something here; of a record, whether where it lies."""
    if not register.form_fields or register.action_edit is None or not hooks.may(user, register.action_edit):
        return False
    return pk is None or scoped_rows(register, user, action=register.action_edit).filter(pk=pk).exists()
