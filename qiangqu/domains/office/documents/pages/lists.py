"""Signing for what other bodies sent, and the archive."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.records.asking import act_view
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.files import workbook
from qiangqu.ui.formpage import done, form_page, sent_numbers

from ...models.documents import Delivery, Document
from .. import archive, incoming, listing
from ..access import bodies_of


def _then(delivery: Delivery, made: Any) -> HttpResponse:
    """On to the document that was registered."""
    return redirect("document", pk=made.pk) if isinstance(made, Document) else redirect("documents-inbox")


answer = act_view(incoming.DELIVERIES, incoming.delivery_for, "documents-inbox", Action.KEEP_DOCUMENTS, _then)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def filing(request: HttpRequest) -> HttpResponse:
    """Finished documents that have no place in the archive yet; ticked ones get it."""

    def act() -> HttpResponse:
        picked = sent_numbers(request.POST, "document")
        waiting = archive.to_be_filed(bodies_of(request.user)).defer("text").filter(pk__in=picked)
        filed = archive.file_all(list(waiting), request.POST.get("retention", ""), request.user)
        words = {"n": len(filed), "first": filed[0].archive_code, "last": filed[-1].archive_code}
        return done(request, _("已归档 %(n)s 件：%(first)s 至 %(last)s") % words, "documents-archive")

    return form_page(request, listing.FILING, act, show=lists.show)


@require_GET
@require(Action.KEEP_DOCUMENTS)
def catalogue(request: HttpRequest, year: int) -> HttpResponse:
    """The catalogue of what was filed for a year, as Excel."""
    if not 1950 <= year <= 2200:
        raise NotFoundError(_("没有这一年的归档文件"), where=str(year)[:20])
    found = visible(archive.filed(bodies_of(request.user)), request.user).filter(year=year)
    name = _("归档文件目录")
    return workbook(
        f"{name}-{year}.xlsx", name, list(archive.CATALOGUE), archive.catalogue(found), [8, 28, 24, 28, 50, 12]
    )
