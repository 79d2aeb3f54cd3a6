"""Filters of a list, each a dictionary of parameter names, so that several are joined with ``|``."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import django_filters as filters
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..menu import Text

How = Callable[["QuerySet[Any]", Any], "QuerySet[Any]"]
ALL = gettext_lazy("全部")
Filters = dict[str, filters.Filter]
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


class _Choice(filters.ChoiceFilter):
    """A choice with a meaning of its own (``how``) and, perhaps, a value that stands when none is chosen
    (:func:`bound`).
    """

    def __init__(self, *, how: How | None = None, default: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.how, self.default = how, default

    def filter(self, qs: Any, value: Any) -> Any:
        if self.how is not None:
            return self.how(qs, value)
        return super().filter(qs, value)


class _How(filters.CharFilter):
    def __init__(self, *, how: How, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.how = how

    def filter(self, qs: Any, value: Any) -> Any:
        return self.how(qs, value) if value else qs


def choice(
    name: str,
    label: Text,
    choices: Iterable[tuple[Any, Text]],
    *,
    field: str = "",
    how: How | None = None,
    default: str = "",
    every: Text = ALL,
) -> Filters:
    """One of ``choices``. With ``default`` there is no "all" and the default stands when nothing is chosen;
    ``how`` narrows in another way than by the field's value (given "" when nothing is chosen)."""
    listed = [(value, word) for value, word in choices if value != ""]
    return {
        name: _Choice(
            field_name=field or name, label=label, choices=listed, how=how, default=default,
            empty_label=None if default else every, initial=default,
        )
    }  # fmt: skip


def yes_no(name: str, label: Text, *, field: str = "") -> Filters:
    """Yes, no, or both, of a truth."""
    words = [("true", gettext_lazy("是")), ("false", gettext_lazy("否"))]
    return choice(
        name, label, words, how=lambda rows, value: rows.filter(**{field or name: value == "true"}) if value else rows
    )


def records(name: str, label: Text, rows: "QuerySet[Any]", *, field: str = "") -> Filters:
    """One of the records ``rows``."""
    return {name: filters.ModelChoiceFilter(field_name=field or name, label=label, queryset=rows, empty_label=ALL)}


def text(name: str, label: Text, *, field: str = "", how: How | None = None, longest: int = 80) -> Filters:
    """What a text contains, or what ``how`` makes of it."""
    if how is not None:
        return {name: _How(how=how, label=label, max_length=longest)}
    return {
        name: filters.CharFilter(field_name=field or name, lookup_expr="icontains", label=label, max_length=longest)
    }


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


class _Day(filters.DateFilter):
    """From or to a day. Of moments, the days are those of the clock here, and an index of the moments is
    used.
    """

    def __init__(self, *, moments: bool, last: bool, nothing: bool, **kwargs: Any) -> None:
        super().__init__(validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)], **kwargs)
        self.moments, self.last, self.nothing = moments, last, nothing

    def filter(self, qs: Any, value: Any) -> Any:
        if value is None or self.nothing:
            return qs
        if not self.moments:
            return qs.filter(**{f"{self.field_name}__{'lte' if self.last else 'gte'}": value})
        if self.last:
            return qs.filter(**{f"{self.field_name}__lt": _midnight(value + dt.timedelta(days=1))})
        return qs.filter(**{f"{self.field_name}__gte": _midnight(value)})


def days(
    name: str, label: Text, *, moments: bool = False, names: tuple[str, str] | None = None, nothing: bool = False
) -> Filters:
    """From a day to a day; ``moments`` when the field ``name`` holds them. ``names`` are the parameters
    (default ``name_from``, ``name_to``); with ``nothing`` they are only read, into :attr:`Asked.values`."""
    first, last = names or (f"{name}_from", f"{name}_to")
    return {
        first: _Day(field_name=name, label=_("%(name)s自") % {"name": label}, moments=moments, last=False, nothing=nothing),
        last: _Day(field_name=name, label=_("%(name)s至") % {"name": label}, moments=moments, last=True, nothing=nothing),
    }  # fmt: skip


def numbers(name: str, label: Text) -> Filters:
    """From a number to a number."""
    return {
        f"{name}_from": filters.NumberFilter(
            field_name=name, lookup_expr="gte", label=_("%(name)s不低于") % {"name": label}
        ),
        f"{name}_to": filters.NumberFilter(
            field_name=name, lookup_expr="lte", label=_("%(name)s不超过") % {"name": label}
        ),
    }


def of_field(model_field: Any, label: str, choices: "QuerySet[Any] | None" = None) -> Filters:
    """The filter that fits a model's field; ``choices`` are the records that a foreign key may point to."""
    name = model_field.name
    if model_field.is_relation:
        assert choices is not None
        return records(name, label, choices)
    if model_field.choices:
        return choice(name, label, model_field.choices)
    if isinstance(model_field, models.BooleanField):
        return yes_no(name, label)
    if isinstance(model_field, models.DateField):
        return days(name, label, moments=isinstance(model_field, models.DateTimeField))
    if isinstance(model_field, (models.FloatField, models.IntegerField, models.DecimalField)):
        return numbers(name, label)
    return text(name, label)


def bound(made: Filters, params: Any, rows: "QuerySet[Any]") -> filters.FilterSet:
    """The filters bound to the parameters; ``.form`` draws them. A default is as if it had been chosen: the
    list is narrowed by it, and the form says so."""
    kind, given = type("Filters", (filters.FilterSet,), dict(made)), params.copy()
    for name, one in made.items():
        if isinstance(one, _Choice) and one.default and not given.get(name):
            given[name] = one.default
    found: filters.FilterSet = kind(given, queryset=rows)
    found.form.auto_id = "f-%s"  # a page may hold a form of the same fields
    for name, field in found.form.fields.items():
        field.widget.attrs["class"] = "form-select" if hasattr(field, "choices") else "form-control"
        if isinstance(found.filters[name], filters.DateFilter):
            field.widget.input_type, field.widget.format = "date", "%Y-%m-%d"
    return found
