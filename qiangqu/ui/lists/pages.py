"""The pages of a list: the list (htmx gets its rows alone), Excel, saved views."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ..files import large_workbook
from ..models import SavedView
from ..templatetags.quantities import DASH, simulated_mark
from . import rows as _rows
from .asked import Asked, asked_of
from .columns import NAME, Column, cell, excel_cell, text_of
from .declare import Listing, declare
from .links import openable

MAX_VIEWS = 30
MAX_EXPORT = 100_000
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Head:
    """Heading of a column, and where a click on it leads ("" for nowhere); ``order`` is asc, desc or ""."""

    text: str
    css: str
    sort: str
    order: str


@dataclass(frozen=True, slots=True)
class Cell:
    """``label`` and ``unit`` stand beside the value where the table is cards."""

    html: Any
    css: str
    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    address: str
    css: str
    cells: list[Cell]
    record: Any


# ---------------------------------------------------------------- the list


def _css(column: Column) -> str:
    return " ".join(
        part for part in ("qq-num" if column.number else "", f"is-{column.role}" if column.role else "") if part
    )


def _heads(columns: Sequence[Column], sort: str) -> list[Head]:
    made = []
    for one in columns:
        order = {one.name: "asc", f"-{one.name}": "desc"}.get(sort, "")
        target = f"-{one.name}" if order == "asc" else one.name
        made.append(Head(one.heading, "qq-num" if one.number else "", target if one.sort else "", order))
    return made


def _lines(listing: Listing, asked: Asked, columns: Sequence[Column], rows: Sequence[Any]) -> list[Line]:
    """Rows ready to be written. The heading of a card is the column that says so, else the first; it carries
    the row's link and mark.
    """
    opened = openable(listing, asked, columns, rows)
    head = next((one.name for one in columns if one.role == NAME), columns[0].name if columns else "")
    css = {one.name: _css(one) for one in columns}
    labels = {one.name: (str(one.label), "" if callable(one.unit) else str(one.unit)) for one in columns}
    made = []
    for row in rows:
        address = listing.link(row) if listing.link is not None else ""
        if listing.opens is not None and listing.opens(row) not in opened:
            address = ""
        cells = []
        marked = listing.simulated is not None and listing.simulated(row)
        for one in columns:
            classes = css[one.name]
            shut = one.opens is not None and one.opens(row) not in opened
            if one.name == head:
                html = cell(one, row, address, simulated_mark(marked), shut=shut)
                classes = classes if "is-name" in classes else f"{classes} is-name".strip()
            else:
                html = cell(one, row, shut=shut)
            bare = one.html is None and text_of(one, row) == DASH
            if bare and not one.role and one.name != head:
                classes = f"{classes} is-empty".strip()
            label, unit = labels[one.name]
            cells.append(Cell(html, classes, label, "" if bare else unit))
        made.append(Line(address, listing.row_class(row) if listing.row_class is not None else "", cells, row))
    return made


def show(
    request: HttpRequest, listing: Listing, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The list; ``context`` is what its template needs besides."""
    asked = asked_of(request)
    found = _rows.answer(listing, asked)
    columns = _rows.chosen(listing, asked)
    sort, _column, _order = _rows.sorting(listing, asked)
    made: dict[str, Any] = {
        "listing": listing,
        "asked": asked,
        "heads": _heads(columns, sort),
        "lines": _lines(listing, asked, columns, found.rows),
        "rows": found.rows,
        "paging": found.paging,
        "filterset": found.filterset,
        "faults": [(label, errors[0]) for label, errors in _rows.faults(found.filterset)],
        "filtered": bool({key for key in request.GET if request.GET[key]} & {*found.filterset.filters, "q"}),
        "simulated": listing.simulated is not None and any(listing.simulated(row) for row in found.rows),
        "exact": request.GET.urlencode(),
    }
    if listing.strict:
        if asked.params.get("sort") and not sort:
            made["faults"].append((_("排序"), _("不能按此排序")))
        status = 422 if made["faults"] else status
    made |= context or {}
    if listing.context is not None:
        made |= listing.context(request, asked)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == f"{listing.id}-rows":
        return render(request, listing.rows_template, made)
    query = view_query(listing, asked, request.GET)
    names = {one.name for one in columns}
    made |= {
        "per_page": found.paging.size,
        "sizes": _rows.sizes_of(listing),
        "sort": sort,
        "sorts": _sorts(listing, asked),
        "columns": [(one.name, one.heading, one.name in names) for one in listing.columns_for(asked)],
        "tabs": listing.tabs_for(asked),
        "intro": listing.intro_for(asked),
        "views": SavedView.objects.filter(user=request.user, register=listing.code),  # type: ignore[misc]
        "view_query": query,
        "searchable": listing.search is not None,
        "excel_address": reverse(listing.excel),
        "save_address": reverse(f"{listing.page}-view-save"),
        "delete_name": f"{listing.page}-view-delete",
    }
    return render(request, listing.template, made, status=status)


def _sorts(listing: Listing, asked: Asked) -> list[tuple[str, str]]:
    """What one may sort by, for those who see no headings: on a phone, with a screen reader."""
    named = [(key, str(label)) for key, (label, _fields) in (listing.orders or {}).items()]
    for one in listing.columns_for(asked):
        if one.sort:
            named += [(one.name, f"{one.label} ↑"), (f"-{one.name}", f"{one.label} ↓")]
    return named


# ---------------------------------------------------------------- Excel


def export(request: HttpRequest, listing: Listing) -> FileResponse:
    """The same list as .xlsx: the chosen columns, and when none were chosen, all of them."""
    asked = asked_of(request)
    rows = _rows.every_row(listing, asked, MAX_EXPORT)
    columns = [one for one in exported(listing, asked) if one.excel]
    header: list[str] = []
    for one in columns:
        header.append(one.heading)
        if one.unit_of is not None:
            header.append(_("%(label)s单位") % {"label": one.label})
    widths = [width for one in columns for width in ((one.width, 10) if one.unit_of is not None else (one.width,))]
    if listing.simulated is not None:
        header.append(_("模拟数据"))

    def line(row: Any) -> list[Any]:
        made: list[Any] = []
        for one in columns:
            made.append(excel_cell(one, row))
            if one.unit_of is not None:
                made.append(one.unit_of(row) or None)
        if listing.simulated is not None:
            made.append(_("是") if listing.simulated(row) else None)
        return made

    title = next((str(tab.label) for tab in listing.tabs_for(asked) if tab.key == asked.tab), str(listing.title))
    day = asked.day or timezone.localdate()
    return large_workbook(f"{title}-{day.isoformat()}.xlsx", title, header, (line(row) for row in rows), widths)


def exported(listing: Listing, asked: Asked) -> Sequence[Column]:
    """The chosen columns; every column when the address chooses none; or what the list says."""
    if listing.exported is not None:
        return listing.exported(asked, _rows.chosen(listing, asked))
    return _rows.chosen(listing, asked) if asked.params.getlist("columns") else listing.columns_for(asked)


# ---------------------------------------------------------------- saved views


def view_query(listing: Listing, asked: Asked, params: QueryDict) -> str:
    """The part of an address that a saved view keeps: tab, filters, order, columns, page size."""
    known = {"q", "sort", "columns", "size", "list", *listing.filters(asked), *listing.kept}
    kept = QueryDict(mutable=True)
    for key in params:
        if key in known:
            kept.setlist(key, [value for value in params.getlist(key) if value])
    return kept.urlencode()[:1000]


def save_view(request: HttpRequest, listing: Listing) -> HttpResponse:
    """Keep the present filters, order and columns under a name (the same name again replaces it)."""
    name = request.POST.get("name", "").strip()[:40]
    asked = asked_of(request)
    asked.params = QueryDict(request.POST.get("query", "")[:2000])
    _rows.with_tab(listing, asked)
    query = view_query(listing, asked, asked.params)
    user: Any = request.user
    if not name:
        messages.error(request, _("请给视图起个名字"))
    elif SavedView.objects.filter(user=user, register=listing.code).exclude(name=name).count() >= MAX_VIEWS:
        messages.error(request, _("每个列表最多保存 %(limit)s 个视图，请先删除不用的") % {"limit": MAX_VIEWS})
    else:
        SavedView.objects.update_or_create(user=user, register=listing.code, name=name, defaults={"query": query})
        messages.success(request, _("视图“%(name)s”已保存") % {"name": name})
    return redirect(f"{reverse(listing.page)}?{query}")


def delete_view(request: HttpRequest, listing: Listing, pk: int) -> HttpResponse:
    user: Any = request.user
    get_object_or_404(SavedView, pk=pk, user=user, register=listing.code).delete()
    return redirect(listing.page)


# ---------------------------------------------------------------- addresses


def urls(
    listing: Listing, address: str, guard: Callable[[View], View], *, view: View | None = None, excel: str = ""
) -> list[URLPattern]:
    """The pages of ``listing`` at ``address``, each behind ``guard`` (a decorator of views). ``view`` takes
    the place of the page itself where it does more than list (it guards itself); ``excel`` is the
    spreadsheet's address where it is not ``<address>/export/``."""
    declare(listing)
    base = address.rstrip("/")

    def bound(work: Callable[..., Any], method: Callable[[View], View]) -> View:
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answered: HttpResponse = work(request, listing, *args, **kwargs)
            return answered

        return method(guard(opened))

    return [
        path(address, view or bound(show, require_GET), name=listing.page),
        path(excel or f"{base}/export/", bound(export, require_GET), name=listing.excel),
        path(f"{base}/views/", bound(save_view, require_POST), name=f"{listing.page}-view-save"),
        path(f"{base}/views/<int:pk>/delete/", bound(delete_view, require_POST), name=f"{listing.page}-view-delete"),
    ]
