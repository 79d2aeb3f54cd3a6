"""Batches 批次 (what came in together) and sources 来源 (who published it)."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.registry.access import require

from ..browse import Wanted, find
from ..current import believed_on
from ..models import BatchKind, FactBatch, Source
from ..scope import visible_batch, visible_batches, visible_facts
from .common import rows_of

PER_PAGE = 50


def batches_like(query: Any, user: Any, area: Any) -> "QuerySet[FactBatch]":
    """Visible batches by ``way`` and by ``q`` in file name, note or key."""
    found = visible_batches(user, area).select_related("user")
    if query.get("way") in BatchKind.values:
        found = found.filter(kind=query["way"])
    text = query.get("q", "").strip()[:80]
    if text:
        found = found.filter(Q(file_name__contains=text) | Q(note__contains=text) | Q(key__startswith=text))
    return found


@require_GET
@require()
def batches(request: HttpRequest) -> HttpResponse:
    """The batches that were entered inside the user's subtree, the last first."""
    scoped: Any = request
    found = batches_like(request.GET, request.user, scoped.area)
    if scoped.as_of:
        found = found.filter(created_at__date__lte=scoped.as_of)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "facts/batches.html", {"paging": page, "ways": BatchKind.choices})


@require_GET
@require()
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch and its facts."""
    one = visible_batch(request.user, pk)
    found = find(visible_facts(request.user), Wanted(batch=one), request.GET.get("after", ""))
    context = {"batch": one, "found": found, "rows": rows_of(found.facts), "simulated": one.simulated}
    return render(request, "facts/batch.html", context)


def sources_like(query: Any) -> "QuerySet[Source]":
    """Sources whose title or address holds ``q``."""
    text = query.get("q", "").strip()[:80]
    found = Source.objects.all()
    return found.filter(Q(title__contains=text) | Q(url__contains=text)) if text else found


def source_by_id(pk: int) -> Source:
    """Raises NotFoundError."""
    found = Source.objects.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise NotFoundError(_("没有这个来源"), where=str(pk)[:20])
    return found


@require_GET
@require()
def sources(request: HttpRequest) -> HttpResponse:
    """Publications that state figures: they are public, every user sees them."""
    page = Paginator(sources_like(request.GET), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "facts/sources.html", {"paging": page})


@require_GET
@require()
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source, and of its figures those that the user may see."""
    scoped: Any = request
    one = source_by_id(pk)
    visible = believed_on(visible_facts(request.user), scoped.as_of)
    found = find(visible, Wanted(source=one.pk), request.GET.get("after", ""))
    rows = rows_of(found.facts, scoped.as_of)
    context = {"source": one, "found": found, "rows": rows, "simulated": any(r.fact.batch.simulated for r in rows)}
    return render(request, "facts/source.html", context)
