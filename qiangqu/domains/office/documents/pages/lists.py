"""The desk of what is to be signed for, and the archive."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page
from qiangqu.ui import lists
from qiangqu.ui.files import workbook
from qiangqu.ui.formpage import done, form_page, sent_numbers

from ...models import Document
from .. import archive, incoming, listing
from ..access import bodies_of

PER_PAGE = 30


@page("office/documents/inbox.html", Action.KEEP_DOCUMENTS)
def inbox(asked: lists.Asked) -> dict[str, Any]:
    """What other bodies sent here and nobody has signed for yet."""
    shown, paging = lists.paged(incoming.waiting(asked.user), asked.params.get("page"), PER_PAGE)
    return {"paging": paging, "rows": shown, "simulated": any(row.document.simulated for row in shown)}


@require_POST
@require(Action.KEEP_DOCUMENTS)
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign for a delivery, or send it back with a reason."""
    try:
        if request.POST.get("act") == "refuse":
            refused = incoming.refuse(pk, request.POST.get("reason", ""), request.user)
            return done(request, _("已退文：%(title)s") % {"title": refused.document.title}, "documents-inbox")
        made = incoming.sign_for(pk, request.user)
    except (InputError, ConflictError) as error:
        messages.error(request, str(error))
        return redirect("documents-inbox")
    return done(request, _("已签收，收文编号 %(receipt)s") % {"receipt": made.receipt}, "document", pk=made.pk)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def filing(request: HttpRequest) -> HttpResponse:
    """Finished documents that have no place in the archive yet; ticked ones get it."""

    def act() -> HttpResponse:
        picked = sent_numbers(request.POST, "document")
        waiting = archive.to_be_filed(bodies_of(request.user)).defer("text").filter(pk__in=picked)
        filed = archive.file(list(waiting), request.POST.get("retention", ""), request.user)
        words = {"n": len(filed), "first": filed[0].archive_code, "last": filed[-1].archive_code}
        return done(request, _("已归档 %(n)s 件：%(first)s 至 %(last)s") % words, "documents-archive")

    return form_page(request, listing.FILING, act, show=lists.show)


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
