"""Documents: upload, review beside the text, taking what was accepted into the plan; the briefing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from .. import documents as review
from ..briefing import build
from ..compile.readers import MAX_BYTES, SUFFIXES
from ..export import attachment
from ..models import CompiledItem, Decision, Effort, ItemKind, PlanDocument, TargetKind
from ..models.target import Comparator
from .common import Scene, plan_page

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WHOLE_TEXT = 150_000  # characters that are shown at once; longer documents show a piece around each item
AROUND = 160
PER_PAGE = 100


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_PLAN)
def documents(request: HttpRequest) -> HttpResponse:
    """Documents of the user's area; upload of another."""
    area: Any = request.area  # type: ignore[attr-defined]
    if area is None:
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise InputError(_("请选择一个文件"))
            if (file.size or 0) > MAX_BYTES:
                raise InputError(_("文件超过 %(size)s MB") % {"size": MAX_BYTES // 1024 // 1024}, where=str(file.name))
            document = review.import_bytes(file.read(), str(file.name), area=area, user=request.user)
        except QiangquError as fault:
            error = str(fault)
        else:
            return redirect("plan-document", pk=document.pk)
    found = visible(PlanDocument.objects.all(), request.user).select_related("area", "plan", "uploaded_by")
    rows = [(one, _tally(one)) for one in found.defer("text").prefetch_related("items")[:100]]
    context = {
        "rows": rows,
        "error": error,
        "accept": ",".join(SUFFIXES),
        "max_mb": MAX_BYTES // 1024 // 1024,
        "shown_area": area,
    }
    return render(request, "plan/documents.html", context, status=422 if error else 200)


def _tally(document: PlanDocument) -> dict[str, int]:
    items = list(document.items.all())
    return {
        "targets": sum(one.kind == ItemKind.TARGET for one in items),
        "tasks": sum(one.kind == ItemKind.TASK for one in items),
        "pending": sum(one.decision == Decision.PENDING for one in items),
    }


def _document(request: HttpRequest, pk: int) -> PlanDocument:
    found = visible(PlanDocument.objects.filter(pk=pk), request.user).select_related("plan__area", "area").first()
    if found is None:
        raise NotFoundError(_("没有这份文件，或它不在您的管辖范围内"), where=str(pk))
    return found


def _item(request: HttpRequest, pk: int, item_pk: int) -> CompiledItem:
    found = (
        _document(request, pk)
        .items.select_related("document__plan", "document__area", "target")
        .filter(pk=item_pk)
        .first()
    )
    if found is None:
        raise NotFoundError(_("文件里没有这个条目"), where=str(item_pk))
    return found


def segments(text: str, items: list[CompiledItem]) -> list[dict[str, Any]]:
    """The text in pieces from left to right: plain ones and ones that belong to a target. Where spans overlap the earlier one keeps its piece."""
    pieces: list[dict[str, Any]] = []
    at = 0
    for item in sorted((i for i in items if i.kind == ItemKind.TARGET), key=lambda i: (i.start, -i.end)):
        start, end = max(item.start, at), min(item.end, len(text))
        if start >= end:
            continue
        if start > at:
            pieces.append({"start": at, "text": text[at:start], "item": None})
        pieces.append({"start": start, "text": text[start:end], "item": item})
        at = end
    if at < len(text):
        pieces.append({"start": at, "text": text[at:], "item": None})
    return pieces


def excerpt(item: CompiledItem) -> dict[str, str]:
    """The item's piece with a little of what stands around it, for texts too long to show whole."""
    text = item.document.text
    return {
        "before": text[max(0, item.start - AROUND) : item.start],
        "piece": text[item.start : min(item.end, item.start + 600)],
        "after": text[item.end : item.end + AROUND],
    }


@require_GET
@require(Action.EDIT_PLAN)
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The text at the left with the pieces marked, the items at the right, the least sure first."""
    one = _document(request, pk)
    order = request.GET.get("sort", "confidence")
    show = request.GET.get("show", "")
    items = list(one.items.select_related("target", "measure", "decided_by"))
    for item in items:
        item.document = one
    shown = [i for i in items if not show or i.decision == show or i.kind == show]
    shown.sort(
        key=(lambda i: (i.confidence, i.position)) if order == "confidence" else (lambda i: (i.start, i.position))
    )
    page = (
        max(1, int(request.GET["page"]))
        if request.GET.get("page", "").isdecimal() and len(request.GET["page"]) < 5
        else 1
    )
    pages = max(1, -(-len(shown) // PER_PAGE))
    page = min(page, pages)
    whole = len(one.text) <= WHOLE_TEXT
    return render(
        request,
        "plan/document.html",
        {
            "document": one,
            "items": shown[(page - 1) * PER_PAGE : page * PER_PAGE],
            "page": page,
            "pages": range(1, pages + 1),
            "segments": segments(one.text, items) if whole else [],
            "whole": whole,
            "counts": _counts(items),
            "sort": order,
            "show": show,
            "may_apply": one.plan is None or one.plan.area.path.startswith(request.user.scope_path),  # type: ignore[union-attr]
            "years": _years(items),
        }
        | _choices(one),
    )


def _choices(one: PlanDocument) -> dict[str, Any]:
    return {
        "targets": list(one.plan.targets.order_by("position").values_list("pk", "code", "name")) if one.plan else [],
        "kinds": TargetKind.choices,
        "efforts": Effort.choices,
        "comparators": Comparator.choices,
    }


def _counts(items: list[CompiledItem]) -> dict[str, int]:
    counts: dict[str, int] = dict.fromkeys(Decision.values, 0)
    for item in items:
        counts[item.decision] += 1
    return counts | {"taken": sum(counts[d] for d in review.TAKEN), "all": len(items)}


def _years(items: list[CompiledItem]) -> dict[str, int]:
    """What a new plan's years most likely are: the commonest target year, five years to it."""
    years = [int(i.data["year"]) for i in items if i.kind == ItemKind.TARGET and isinstance(i.data.get("year"), int)]
    last = max(set(years), key=years.count) if years else timezone.localdate().year + 4
    return {"base_year": last - 5, "start_year": last - 4, "target_year": last}


def _card(request: HttpRequest, item: CompiledItem, *, status: int = 200, **more: Any) -> HttpResponse:
    items = list(item.document.items.all())
    context = {"item": item, "document": item.document, "counts": _counts(items), "swap_counts": True} | _choices(
        item.document
    )
    return render(request, "plan/item.html", context | more, status=status)


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_PLAN)
def item(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """One item's card (``?edit=1`` with its form); POST decides on it."""
    one = _item(request, pk, item_pk)
    if request.method == "GET":
        return _card(request, one, editing=bool(request.GET.get("edit")), data=one.data, swap_counts=False)
    decision = request.POST.get("decision", "")
    try:
        if decision == "match":
            one = review.choose_target(one, _chosen(one, request.POST.get("target", "")), user=request.user)
        else:
            given = _given(one.kind, request) if decision == Decision.CORRECTED else None
            one = review.decide(one, decision, user=request.user, corrected=given)
            if decision == Decision.CORRECTED and one.kind == ItemKind.TARGET and "target" in request.POST:
                one = review.choose_target(one, _chosen(one, request.POST["target"]), user=request.user)
    except InputError as fault:
        return _card(
            request, one, editing=True, data=_given(one.kind, request), error=str(fault), status=422, swap_counts=False
        )
    return _card(request, _item(request, pk, item_pk))


def _chosen(one: CompiledItem, pk: str) -> Any:
    if not pk:
        return None
    plan = one.document.plan
    target = (
        plan.targets.filter(pk=int(pk)).first() if plan and pk.isascii() and pk.isdigit() and len(pk) < 12 else None
    )
    if target is None:
        raise InputError(_("没有这个目标"), where=pk[:12])
    return target


def _given(kind: str, request: HttpRequest) -> dict[str, Any]:
    names = (
        ("indicator", "comparator", "value", "value_max", "unit", "year", "kind", "effort", "measure")
        if kind == ItemKind.TARGET
        else ("no", "title", "section")
    )
    data: dict[str, Any] = {name: request.POST.get(name, "") for name in names}
    if kind == ItemKind.TASK:
        data["units"] = [
            part.strip() for part in request.POST.get("units", "").replace("；", "、").replace("，", "、").split("、")
        ]
    return data


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_PLAN)
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for what the compiler missed, for the piece of text from ``start`` to ``end``; POST adds it."""
    one = _document(request, pk)
    source = request.POST if request.method == "POST" else request.GET
    kind = source.get("kind_of_item", ItemKind.TARGET)
    start, end = _offset(source.get("start")), _offset(source.get("end"))
    context: dict[str, Any] = {
        "document": one,
        "kind_of_item": kind,
        "start": start,
        "end": end,
        "piece": one.text[start:end][:400],
        "data": {
            "year": _years(list(one.items.all()))["target_year"],
            "comparator": ">=",
            "kind": "level",
            "effort": "firm",
        },
    } | _choices(one)
    if request.method == "POST":
        try:
            made = review.add_item(one, kind, _given(kind, request), start, end, user=request.user)
        except InputError as fault:
            return render(
                request,
                "plan/item_add.html",
                context | {"data": _given(kind, request), "error": str(fault)},
                status=422,
            )
        messages.success(request, _("已补充“%(name)s”") % {"name": made})
        response = HttpResponse(status=204)
        response.headers["HX-Refresh"] = "true"
        return response
    return render(request, "plan/item_add.html", context)


def _offset(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


@require_POST
@require(Action.EDIT_PLAN)
def accept_sure(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept every pending item of which the compiler is sure."""
    one = _document(request, pk)
    pending = list(one.items.filter(decision=Decision.PENDING, confidence__gte=review.SURE))
    for item_ in pending:
        review.decide(item_, Decision.ACCEPTED, user=request.user)
    messages.success(request, _("已采纳把握较大的 %(count)s 条") % {"count": len(pending)})
    return redirect("plan-document", pk=pk)


@require_POST
@require(Action.EDIT_PLAN)
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what was accepted into the plan (a new one where the document has none, or where one is asked for)."""
    one = _document(request, pk)
    try:
        if one.plan is None or request.POST.get("new_plan"):
            years = [_offset(request.POST.get(name)) for name in ("base_year", "start_year", "target_year")]
            review.make_plan(one, *years, user=request.user)  # type: ignore[arg-type]
        if not one.plan.area.path.startswith(request.user.scope_path):  # type: ignore[union-attr]
            raise PermissionDenied
        result = review.apply(one, user=request.user)
    except QiangquError as fault:
        messages.error(request, str(fault))
        return redirect("plan-document", pk=pk)
    messages.success(
        request,
        _("已写入计划：新增目标 %(created)s 项，更正 %(changed)s 项，未变 %(same)s 项，举措 %(measures)s 条")
        % {
            "created": len(result.created),
            "changed": len(result.changed),
            "same": result.unchanged,
            "measures": result.measures,
        },
    )
    if result.unknown_units:
        names = "、".join(result.unknown_units[:12])
        messages.warning(request, _("名录里没有这些责任单位，请先登记：%(names)s") % {"names": names})
    for left in result.left[:10]:
        messages.warning(request, left)
    return redirect("plan-document", pk=pk)


@require_GET
@plan_page()
def briefing(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The 通报 as Word."""
    user: Any = request.user
    issuer = user.organisation.name if user.organisation else ""
    data = build(scene.plan, scene.statuses, scene.measures, scene.day, scene.area, issuer=issuer)
    return attachment(data, f"{scene.plan.name}进展通报-{scene.area.short_name}-{scene.day}.docx", DOCX)
