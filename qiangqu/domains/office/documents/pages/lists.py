"""The desk of what is to be signed for, and the archive."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.files import workbook

from ...models import Delivery, DeliveryState, Document
from .. import archive, incoming, listing
from ..access import bodies_of

PER_PAGE = 30


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
    shown, page = lists.paged(rows, request.GET.get("page"), PER_PAGE)
    context = {"paging": page, "rows": shown, "simulated": any(row.document.simulated for row in shown)}
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
    return lists.show(request, listing.FILING, {"error": error}, status=422 if error else 200)


@require_GET
@require(Action.KEEP_DOCUMENTS)
def catalogue(request: HttpRequest, year: int) -> HttpResponse:
    """The catalogue of what was filed for a year, as Excel."""
    if not 1950 <= year <= 2200:
        raise NotFoundError(_("没有这一年的归档文件"), where=str(year)[:20])
    found = visible(Document.objects.all(), request.user).filter(body__in=bodies_of(request.user), dated__year=year)
    name = _("归档文件目录")
    return workbook(
        f"{name}-{year}.xlsx", name, list(archive.CATALOGUE), archive.catalogue(found), [8, 28, 24, 28, 50, 12]
    )
