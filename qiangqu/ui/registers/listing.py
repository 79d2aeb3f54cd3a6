"""The rows of a list: scope, day, search, filters, and the table that shows them."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django.db import models
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import in_subtree, visible

from ..hooks import hooks
from ..search import Hit
from ..templatetags.quantities import DASH, quantity, simulated_mark
from .declare import Register, of_model

PAGE_SIZES = (25, 50, 100)
MAX_SEARCH = 80
NUMBERS = (models.FloatField, models.IntegerField, models.DecimalField)


def scoped_rows(register: Register, user: Any, area: Any = None, day: dt.date | None = None) -> QuerySet[Any]:
    """What ``user`` may see of the register, inside ``area`` when given, as it was on ``day`` when given (historical rows)."""
    if day is not None and register.has_history:
        rows = visible(hooks.as_of(register.model, day), user)
    else:
        rows = visible(register.model._default_manager.all(), user)
    if area is not None and getattr(register.model, "area_lookup", None):
        rows = in_subtree(rows, area.path)
    return rows


def search(rows: QuerySet[Any], register: Register, text: str) -> QuerySet[Any]:
    """Rows that contain every word of ``text`` in one of the search fields."""
    for word in text[:MAX_SEARCH].split():
        condition = Q()
        for name in register.search_fields:
            condition |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(condition)
    return rows


def alive(rows: QuerySet[Any], register: Register, params: QueryDict, day: dt.date | None) -> QuerySet[Any]:
    """Only records that exist today, unless ended ones are asked for (``ended=1``); on another day the history has already judged."""
    if not register.has_validity or day is not None or params.get("ended"):
        return rows
    today = timezone.localdate()
    return rows.filter(valid_from__lte=today).exclude(valid_to__lt=today)


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


class _Choice(filters.ChoiceFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, empty_label=gettext_lazy("全部"), **kwargs)


def _filters_of(register: Register, name: str, user: Any) -> dict[str, filters.Filter]:
    model_field = register.model_field(name)
    label = register.label(name)
    if model_field.is_relation:
        choices = visible(model_field.related_model._default_manager.all(), user)
        return {
            name: filters.ModelChoiceFilter(
                field_name=name, label=label, queryset=choices, empty_label=gettext_lazy("全部")
            )
        }
    if model_field.choices:
        return {name: _Choice(field_name=name, label=label, choices=[c for c in model_field.choices if c[0] != ""])}
    if isinstance(model_field, models.BooleanField):
        yes_no = [("", gettext_lazy("全部")), ("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]
        return {
            name: filters.TypedChoiceFilter(
                field_name=name,
                label=label,
                choices=yes_no,
                coerce=lambda v: v == "true",
            )
        }
    if isinstance(model_field, models.DateField):
        lookup = f"{name}__date" if isinstance(model_field, models.DateTimeField) else name
        return {
            f"{name}_from": filters.DateFilter(
                field_name=lookup, lookup_expr="gte", label=_("%(name)s自") % {"name": label}
            ),
            f"{name}_to": filters.DateFilter(
                field_name=lookup, lookup_expr="lte", label=_("%(name)s至") % {"name": label}
            ),
        }
    if isinstance(model_field, NUMBERS):
        return {
            f"{name}_from": filters.NumberFilter(
                field_name=name, lookup_expr="gte", label=_("%(name)s不低于") % {"name": label}
            ),
            f"{name}_to": filters.NumberFilter(
                field_name=name, lookup_expr="lte", label=_("%(name)s不超过") % {"name": label}
            ),
        }
    return {name: filters.CharFilter(field_name=name, lookup_expr="icontains", label=label, max_length=80)}


def filterset(register: Register, params: QueryDict, rows: QuerySet[Any], user: Any) -> filters.FilterSet:
    """The register's filters bound to the query; ``.form`` draws them."""
    made: dict[str, Any] = {}
    for name in register.filters:
        made |= _filters_of(register, name, user)
    kind = type("Filters", (filters.FilterSet,), made)
    bound: filters.FilterSet = kind(params, queryset=rows)
    for name, field in bound.form.fields.items():
        field.widget.attrs["class"] = "form-select" if hasattr(field, "choices") else "form-control"
        if isinstance(bound.filters[name], filters.DateFilter):
            field.widget.input_type = "date"
    return bound


# ---------------------------------------------------------------- table


def record_id(row: Any) -> int:
    """Id of the record that a row (present or historical) is a version of."""
    return row.id if hasattr(row, "history_id") else row.pk


_CODE = re.compile(r"[\w.-]+")


def reader(register: Register, model_field: Any) -> Callable[[Any], str]:
    """A function that gives a field of a row as people read it, "—" for nothing; what can be prepared for all rows is."""
    name, decimals = model_field.name, register.decimals.get(model_field.name)
    words = (
        {value: str(label) for value, label in model_field.flatchoices if value != ""} if model_field.choices else None
    )
    coded = register.words.get(name)
    is_number = isinstance(model_field, NUMBERS) and not model_field.primary_key and not model_field.is_relation
    yes, no = _("是"), _("否")

    def read(row: Any) -> str:
        value = getattr(row, name)
        if value is None or value == "":
            return DASH
        if coded is not None:
            return _CODE.sub(lambda code: str(coded.get(code[0], code[0])), str(value))
        if words is not None:
            return words.get(value, str(value))
        if isinstance(value, bool):
            return yes if value else no
        if isinstance(value, dt.datetime):
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
        if isinstance(value, dt.date):
            return value.isoformat()
        if is_number:
            return quantity(value, decimals)
        if isinstance(value, (dict, list)):
            return json.dumps(value, ensure_ascii=False, default=str)
        return str(value)

    return read


def shown_value(row: Any, model_field: Any, register: Register) -> str:
    """One field of one row as people read it (for many rows: :func:`reader`)."""
    return reader(register, model_field)(row)


def address_of(register: Register) -> Callable[[int], str]:
    """The address of a record by its id, for many rows."""
    pattern = reverse(f"{register.code}-detail", args=[0])
    head, tail = pattern.rsplit("0", 1)
    return lambda pk: f"{head}{pk}{tail}"


def outside(viewer: Any, record: Any) -> bool:
    """Whether ``record`` is an area (something with a path) that does not lie in the viewer's: its name is no secret, its page is."""
    scope, path = getattr(viewer, "scope_path", ""), getattr(record, "path", "")
    return bool(path) and (
        getattr(viewer, "speaks_for_organisation", False) or (bool(scope) and not path.startswith(scope))
    )


def may_open(viewer: Any, target: Register, record: Any) -> bool:
    """Whether a link to ``record``, a row of the register ``target``, leads ``viewer`` anywhere."""
    return (target.action_view is None or hooks.may(viewer, target.action_view)) and not outside(viewer, record)


class _FieldColumn(tables.Column):
    """A column of one model field; the first one links to the record."""

    def __init__(self, register: Register, name: str, first: bool, **kwargs: Any) -> None:
        model_field = register.model_field(name)
        self._read = reader(register, model_field)
        self._attname = model_field.attname
        target = register if first else of_model(model_field.related_model) if model_field.is_relation else None
        self._target = target
        self._address = address_of(target) if target is not None else None
        self._first = first
        self._verbatim = name in register.verbatim
        number = isinstance(model_field, NUMBERS) and not model_field.is_relation
        css = {"class": "qq-num"} if number else {}
        super().__init__(
            verbose_name=register.label(name), accessor=name, empty_values=(), attrs={"td": css, "th": css}, **kwargs
        )

    def render(self, record: Any, table: Any) -> Any:
        text = self._read(record)
        if self._verbatim:
            return format_html("<code>{}</code>", text)
        if self._target is None or self._address is None:
            return text
        if self._first:
            mark = simulated_mark(getattr(record, "simulated", False))
            return format_html('<a href="{}">{}</a> {}', self._address(record_id(record)), text, mark)
        if text == DASH or not may_open(
            getattr(table, "viewer", None), self._target, getattr(record, self.accessor, None)
        ):
            return text
        return format_html(
            '<a class="text-reset" href="{}">{}</a>', self._address(getattr(record, self._attname)), text
        )


def order_of(register: Register, name: str) -> str:
    """What sorting by a column sorts by: the name of what a foreign key points to, else the field."""
    model_field = register.model_field(name)
    if not model_field.is_relation:
        return name
    related = {f.name for f in model_field.related_model._meta.concrete_fields}
    return f"{name}__{next((n for n in ('name', 'username', 'code') if n in related), 'pk')}"


class _Versions(tables.data.TableQuerysetData):
    """Historical rows of a day. Which versions held then is costly to find: it is found once, for the count and the page together."""

    @cached_property
    def ids(self) -> list[int]:
        return list(self.data.values_list("history_id", flat=True))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, slice):
            return self.data.model._default_manager.get(history_id=self.ids[key])
        wanted = self.ids[key]
        rows = self.data.model._default_manager.order_by().filter(history_id__in=wanted)
        related = self.data.query.select_related
        found = {row.history_id: row for row in (rows.select_related(*related) if isinstance(related, dict) else rows)}
        return [found[history_id] for history_id in wanted]


def table(register: Register, rows: QuerySet[Any], columns: list[str], order_by: str | None) -> tables.Table:
    """A django-tables2 table of ``columns``, sorted by the ``sort`` parameter when it names one of them."""
    relations = [name for name in columns if register.model_field(name).is_relation]
    rows = rows.select_related(*relations) if relations else rows
    made: dict[str, Any] = {
        name: _FieldColumn(register, name, first=at == 0, order_by=(order_of(register, name),))
        for at, name in enumerate(columns)
    }
    made["Meta"] = type("Meta", (), {"attrs": {"class": "table"}, "empty_text": gettext_lazy("没有符合条件的记录")})
    kind = type("RegisterTable", (tables.Table,), made)
    if not order_by:
        rows = rows.order_by(*(register.ordering or register.model._meta.ordering or ["pk"]))
    return kind(_Versions(rows) if hasattr(rows.model, "history_id") else rows, order_by=order_by or ())


def chosen_columns(register: Register, params: QueryDict) -> list[str]:
    """Columns asked for by ``columns=a&columns=b`` (unknown names are left out), else those shown at first."""
    asked = [name for name in params.getlist("columns") if name in register.columns]
    return list(dict.fromkeys(asked)) or list(register.shown or register.columns)
