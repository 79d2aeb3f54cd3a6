"""Lists of documents, the desk of what is to be signed for, and the archive."""

import io
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.cases.pages.common import XLSX, download, narrowed
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action, may
from qiangqu.ui.spreadsheets import write_xlsx

from ...models import Delivery, DeliveryState, Document, DocumentKind, DocumentState, Retention, Urgency
from .. import archive, incoming, listing
from ..access import bodies_of, keeps, visible_documents

PER_PAGE = 30


@require_GET
@require(Action.OFFICE)
def documents(request: HttpRequest) -> HttpResponse:
    """One of the lists (``?list=``)."""
    user: Any = request.user
    counts = listing.counts(user)
    wanted = listing.wanted_of(request.GET, "read" if counts["read"] else "in")
    numbers = listing.find(user, wanted, narrowed(request)).select_related(None).values_list("pk", flat=True)
    page = Paginator(numbers, PER_PAGE).get_page(request.GET.get("page"))
    found = Document.objects.select_related("body__area", "created_by").defer("text").in_bulk(list(page))
    rows = [found[pk] for pk in page if pk in found]
    context = {
        "wanted": wanted,
        "paging": page,
        "rows": rows,
        "counts": counts,
        "tabs": list(listing.LISTS.items()),
        "note": listing.NOTES[wanted.which],
        "kinds": DocumentKind.choices,
        "states": DocumentState.choices,
        "urgencies": Urgency.choices,
        "keeps": may(user, Action.KEEP_DOCUMENTS),
        "has_body": bodies_of(user).exists(),
        "simulated": any(row.simulated for row in rows),
        "filtered": any(request.GET.get(key) for key in ("q", "kind", "state", "urgency", "year")),
    }
    return render(request, "office/documents/list.html", context)


@require_GET
@require(Action.OFFICE)
def documents_xlsx(request: HttpRequest) -> HttpResponse:
    """The same list as Excel. Raises InputError when it holds more rows than a person can use."""
    user: Any = request.user
    wanted = listing.wanted_of(request.GET)
    found = listing.find(user, wanted, narrowed(request))
    if (count := found.count()) > listing.MOST_ROWS:
        raise InputError(
            _("有 %(count)s 行，超过 %(most)s 行；请先筛选") % {"count": count, "most": listing.MOST_ROWS},
            where="Excel",
        )
    out = io.BytesIO()
    word = str(listing.LISTS[wanted.which])
    write_xlsx(out, word, [str(one) for one in listing.HEADER], listing.cells(found), [16, 22, 44])
    return download(out.getvalue(), f"{word}-{timezone.localdate():%Y%m%d}.xlsx", XLSX)


@require_GET
@require(Action.KEEP_DOCUMENTS)
def inbox(request: HttpRequest) -> HttpResponse:
    """What other bodies sent here and nobody has signed for yet."""
    rows = (
        Delivery.objects.filter(to__in=bodies_of(request.user), state=DeliveryState.SENT)
        .select_related("document__body", "to")
        .defer("document__text")
        .order_by("sent_at")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"paging": page, "rows": list(page), "simulated": any(row.document.simulated for row in page)}
    return render(request, "office/documents/inbox.html", context)


@require_POST
@require(Action.KEEP_DOCUMENTS)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign for a delivery, or send it back with a reason."""
    try:
        if request.POST.get("act") == "refuse":
            refused = incoming.refuse(pk, request.POST.get("reason", ""), request.user)
            messages.success(request, _("已退文：%(title)s") % {"title": refused.document.title})
            return redirect("documents-inbox")
        made = incoming.sign_for(pk, request.user)
    except (InputError, ConflictError) as error:
        messages.error(request, str(error))
        return redirect("documents-inbox")
    messages.success(request, _("已签收，收文编号 %(receipt)s") % {"receipt": made.receipt})
    return redirect("document", pk=made.pk)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def filing(request: HttpRequest) -> HttpResponse:
    """Finished documents that have no place in the archive yet; ticked ones get it."""
    user: Any = request.user
    waiting = archive.to_be_filed(bodies_of(user)).defer("text")
    error = ""
    if request.method == "POST":
        picked = [number for text in request.POST.getlist("document")[:500] if (number := natural(text)) is not None]
        chosen = list(waiting.filter(pk__in=picked))
        try:
            done = archive.file(chosen, request.POST.get("retention", ""), user)
        except (InputError, ConflictError) as fault:
            error = str(fault)
        else:
            first, last = done[0].archive_code, done[-1].archive_code
            messages.success(
                request, _("已归档 %(n)s 件：%(first)s 至 %(last)s") % {"n": len(done), "first": first, "last": last}
            )
            return redirect("documents-archive")
    page = Paginator(waiting, 100).get_page(request.GET.get("page"))
    rows = [row for row in page if keeps(user, row.body)]
    filed = Document.objects.filter(body__in=bodies_of(user)).exclude(archive_code="")
    context = {
        "paging": page,
        "rows": rows,
        "retentions": Retention.choices,
        "error": error,
        "years": sorted({day.year for day in filed.dates("dated", "year")}, reverse=True),
        "filed": filed.count(),
        "simulated": any(row.simulated for row in rows),
    }
    return render(request, "office/documents/archive.html", context, status=422 if error else 200)


@require_GET
@require(Action.KEEP_DOCUMENTS)
def catalogue(request: HttpRequest, year: int) -> HttpResponse:
    """The catalogue of what was filed for a year, as Excel."""
    if not 1950 <= year <= 2200:
        raise NotFoundError(_("没有这一年的归档文件"), where=str(year)[:20])
    found = visible_documents(request.user).filter(body__in=bodies_of(request.user), dated__year=year)
    out = io.BytesIO()
    name = _("归档文件目录")
    write_xlsx(out, name, list(archive.CATALOGUE), archive.catalogue(found), [8, 28, 24, 28, 50, 12])
    return download(out.getvalue(), f"{name}-{year}.xlsx", XLSX)
