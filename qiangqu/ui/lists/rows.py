"""From a question to rows: scope, tab, filters, search, order; a page of them, or all of them one after
another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from ..models import SavedView
from .asked import Asked
from .columns import Column, text_of
from .declare import Listing
from .filters import bound
from .paging import Paging, counted, page_at

SIZES = (25, 50, 100)
CHUNK = 2000


@dataclass(slots=True)
class Answer:
    """The rows of one page, and the filters that left them."""

    rows: list[Any]
    paging: Paging
    filterset: filters.FilterSet


def with_tab(listing: Listing, asked: Asked) -> Asked:
    """The question with its tab. Raises InputError for a tab that the user does not have."""
    tabs = [tab for tab in listing.tabs_for(asked) if not tab.url]
    if tabs:
        asked.tab = asked.params.get("list", "") or next((tab for tab in tabs if tab.first), tabs[0]).key
        if asked.tab not in {tab.key for tab in tabs}:
            raise InputError(_("没有这个列表"), where="list")
    return asked


def chosen(listing: Listing, asked: Asked) -> list[Column]:
    """Columns asked for by ``columns=a&columns=b`` (unknown names are left out), else those shown at
    first.
    """
    offered = listing.columns_for(asked)
    by_name = {one.name: one for one in offered}
    wanted = list(dict.fromkeys(name for name in asked.params.getlist("columns") if name in by_name))
    return [by_name[name] for name in wanted] or [one for one in offered if one.shown]


def sorting(listing: Listing, asked: Asked) -> tuple[str, Column | None, tuple[str, ...]]:
    """What the address sorts by: the parameter ("" for none that means anything), its column, the fields."""
    given = asked.params.get("sort", "")
    named = (listing.orders or {}).get(given)
    if named:
        return given, None, named[1]
    name, down = given.removeprefix("-"), given.startswith("-")
    for one in listing.columns_for(asked):
        if one.name == name and one.sort:
            fields = one.sort
            if down:
                fields = tuple(f[1:] if f.startswith("-") else f"-{f}" for f in fields)
            return given, one, fields
    return "", None, listing.order_for(asked)


def searched(search: "tuple[str, ...] | Callable[[Any, str], Any] | None", rows: Any, text: str) -> Any:
    """Rows that contain every word of ``text`` in one of the search fields (or what the list's own function
    leaves).
    """
    if not text or not search:
        return rows
    if callable(search):
        return search(rows, text)
    for word in text.split():
        condition = Q()
        for name in search:
            condition |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(condition)
    return rows


def _found_in(columns: Sequence[Column], rows: Sequence[Any], text: str) -> list[Any]:
    """Made rows that contain every word in one of their columns."""
    words = [word.casefold() for word in text.split()]
    return [row for row in rows if all(any(word in text_of(one, row).casefold() for one in columns) for word in words)]


@dataclass(slots=True)
class _Question:
    """The rows asked for, in order: a queryset, or a made sequence."""

    listing: Listing
    asked: Asked
    filterset: filters.FilterSet
    rows: Any
    order: tuple[str, ...]

    def narrow(self, rows: Any) -> Any:
        """What was asked for, done to any queryset of the same model."""
        return searched(self.listing.search, self.filterset.filter_queryset(rows), self.asked.q)


def _question(listing: Listing, asked: Asked) -> _Question:
    with_tab(listing, asked)
    filterset = bound(listing.filters(asked), asked.params, SavedView.objects.none())
    valid = filterset.is_valid()
    if valid:
        asked.values = dict(filterset.form.cleaned_data)
    rows = listing.rows(asked)
    name, column, order = sorting(listing, asked)
    made = _Question(listing, asked, filterset, rows, order)
    if isinstance(rows, QuerySet):
        made.rows = made.narrow(rows).order_by(*order, *_tie(order)) if valid else rows.none()
        return made
    held = list(rows) if valid else []
    if listing.search is not None and asked.q:
        held = _found_in([one for one in listing.columns_for(asked) if one.excel], held, asked.q)
    if column is not None:
        key = column.read
        some = [row for row in held if key(row) is not None]
        some.sort(key=key, reverse=name.startswith("-"))
        held = some + [row for row in held if key(row) is None]
    made.rows = held
    return made


def _tie(order: tuple[str, ...]) -> tuple[str, ...]:
    """What puts equals into an order of their own, so that no row is on two pages."""
    if any(name.lstrip("-") in ("pk", "id") for name in order):
        return ()
    return ("-pk",) if order and order[0].startswith("-") else ("pk",)


def narrowed(listing: Listing, asked: Asked) -> Any:
    """The rows asked for, in order, without what the columns need. Raises InputError for a filter that means
    nothing.
    """
    question = _question(listing, asked)
    _refuse(question)
    return question.rows


def faults(filterset: filters.FilterSet) -> list[tuple[str, list[str]]]:
    """What the filters could not make sense of: label and sentences."""
    fields = filterset.form.fields
    return [
        (str(fields[name].label if name in fields else name), [str(one) for one in errors])
        for name, errors in filterset.errors.items()
    ]


def _refuse(question: _Question) -> None:
    for label, sentences in faults(question.filterset):
        raise InputError(sentences[0], where=label)


def fetched(listing: Listing, asked: Asked, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The rows with what the list's columns need of other tables."""
    if listing.fetch is not None:
        return listing.fetch(asked, rows)
    return rows.select_related(*listing.related) if listing.related else rows


def _prepared(listing: Listing, asked: Asked, held: list[Any]) -> list[Any]:
    return listing.prepare(asked, held) if listing.prepare is not None else held


def answer(listing: Listing, asked: Asked) -> Answer:
    """A page. Numbers are found first, records then: what the rows' columns need is joined for one page, not
    for all before it.
    """
    question = _question(listing, asked)
    size, text, rows = size_of(listing, asked.params), asked.params.get("page"), question.rows
    if not isinstance(rows, QuerySet):
        page = page_at(text, size, len(rows))
        held = rows[page.first - 1 : page.last]
        return Answer(_prepared(listing, asked, held), page, question.filterset)
    keys = None
    if listing.keys is not None and not question.filterset.errors:
        keys = listing.keys(asked, question.narrow, question.order)
    if keys is None and (listing.once or hasattr(rows.model, "history_id")):
        # which versions held on a day is costly to find: once, for the count and the page together
        keys = list(rows.values_list("pk", flat=True)[: listing.most + 1])
    if keys is None:
        page = page_at(text, size, *counted(rows, listing.most))
        wanted = list(rows.values_list("pk", flat=True)[page.first - 1 : page.last])
    else:
        page = page_at(text, size, min(len(keys), listing.most), len(keys) > listing.most)
        wanted = keys[page.first - 1 : page.last]
    fresh = rows.model._default_manager.order_by().filter(pk__in=wanted)
    found = {row.pk: row for row in fetched(listing, asked, fresh)}
    held = [found[pk] for pk in wanted if pk in found]
    return Answer(_prepared(listing, asked, held), page, question.filterset)


def every_row(listing: Listing, asked: Asked, most: int) -> Iterator[Any]:
    """All rows asked for, a chunk at a time. Raises InputError above ``most`` rows and for a filter that
    means nothing.
    """
    question = _question(listing, asked)
    _refuse(question)
    rows = question.rows
    if isinstance(rows, QuerySet):
        _count, more = counted(rows, most)
        source: Iterator[Any] = fetched(listing, asked, rows).iterator(chunk_size=CHUNK)
    else:
        more, source = len(rows) > most, iter(rows)
    if more:
        raise InputError(_("超过 %(limit)s 行，请先用筛选缩小范围再导出") % {"limit": f"{most:,}"}, where="Excel")
    return _chunks(listing, asked, source)


def _chunks(listing: Listing, asked: Asked, source: Iterator[Any]) -> Iterator[Any]:
    while held := list(islice(source, CHUNK)):
        yield from _prepared(listing, asked, held)


def size_of(listing: Listing, params: QueryDict) -> int:
    """Rows on a page: one of the offered sizes, else the list's own."""
    given = params.get("size", "")
    return int(given) if given in {str(n) for n in sizes_of(listing)} else listing.size


def sizes_of(listing: Listing) -> list[int]:
    return sorted({*SIZES, listing.size})
