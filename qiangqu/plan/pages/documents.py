"""Documents: upload, review beside the text, taking what was accepted into the plan."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.terms import listed
from qiangqu.base.visibility import covers, visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import versions
from qiangqu.ui.formpage import answered, form_page, refused_on, status_of
from qiangqu.ui.lists import paged, show
from qiangqu.ui.uploads import Checked, check, one_given

from .. import documents as review
from .. import uploads
from ..compile.apart import is_quick
from ..compile.readers import MAX_BYTES, SUFFIXES
from ..listing import DOCUMENTS
from ..models import CompiledItem, Decision, Effort, ItemKind, PlanDocument, TargetKind
from ..models.document import SURE
from ..models.target import Comparator

WHOLE_TEXT = 150_000  # characters that are shown at once; longer documents show a piece around each item
PER_PAGE = 40
UPLOADS_SHOWN = 10


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_PLAN)
def documents(request: HttpRequest) -> HttpResponse:
    """Documents of the user's area; upload of another."""
    area: Any = request.area  # type: ignore[attr-defined]
    if area is None:
        raise PermissionDenied

    def act() -> HttpResponse:
        found = _received(check(one_given(request, "file"), uploads.TAKES), area, request.user)
        return redirect("plan-document", pk=found.pk) if found is not None else redirect("plan-documents")

    def context() -> dict[str, Any]:
        more = {"accept": ",".join(SUFFIXES), "max_mb": MAX_BYTES // 1024 // 1024, "shown_area": area}
        return _under_way(request.user) | more

    return form_page(request, DOCUMENTS, act, context, show=show)


def _received(file: Checked, area: Any, user: Any) -> PlanDocument | None:
    """The document of a little text, which is compiled at once, or of a file that is there already; None when
    it is compiled beside.
    """
    if is_quick(file.data, file.name):
        return review.import_bytes(file.data, file.name, area=area, user=user)
    got = uploads.receive(file, area=area, user=user)
    if isinstance(got, PlanDocument):
        return got
    uploads.start(got)
    return None


def _under_way(user: Any) -> dict[str, Any]:
    rows = [uploads.look_after(one) for one in uploads.uploads_of(user)[:UPLOADS_SHOWN]]
    return {"uploads": rows, "running": any(one.status in uploads.RUNNING for one in rows)}


@require_GET
@require(Action.EDIT_PLAN)
def uploads_progress(request: HttpRequest) -> HttpResponse:
    """The user's uploads, asked for every second while one is under way; the whole page comes again when all
    have ended.
    """
    context = _under_way(request.user)
    response = render(request, "plan/uploads.html", context)
    if not context["running"]:
        response.headers["HX-Refresh"] = "true"
    return response


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
    """The text in pieces from left to right: plain ones and ones that belong to a target. Where spans overlap
    the earlier one keeps its piece.
    """
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


@require_GET
@require(Action.EDIT_PLAN)
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The text at the left with the pieces marked, the items at the right, the least sure first (``?item=``
    opens the page that has it).
    """
    one = _document(request, pk)
    order, show = request.GET.get("sort", "confidence"), request.GET.get("show", "")
    items = list(one.items.select_related("target", "measure", "decided_by"))
    for item in items:
        item.document = one
    shown = [i for i in items if not show or i.decision == show or i.kind == show]
    if order == "text":
        shown.sort(key=lambda i: (i.start, i.position))
    else:
        shown.sort(key=lambda i: (i.decision != Decision.PENDING, i.confidence, i.position))
    wanted = request.GET.get("item", "")
    at = next((n for n, i in enumerate(shown) if str(i.pk) == wanted), None)
    page = request.GET.get("page") if at is None else str(at // PER_PAGE + 1)
    listed_items, paging = paged(shown, page, PER_PAGE)
    # the item chose the page: the links to other pages do not carry it
    plain = request.GET.copy()
    plain.pop("item", None)
    request.GET = plain  # type: ignore[assignment]
    whole = len(one.text) <= WHOLE_TEXT
    user: Any = request.user
    context = {
        "document": one,
        "items": listed_items,
        "paging": paging,
        "segments": segments(one.text, items) if whole else [],
        "whole": whole,
        "counts": _counts(items),
        "sort": order,
        "show": show,
        "decisions": Decision.choices,
        "may_apply": one.plan is None or covers(user, one.plan.area.path, Action.EDIT_PLAN),
        "years": _years(items),
    }
    return render(request, "plan/document.html", context | _choices(one))


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
    years = [
        int(i.data["year"])
        for i in items
        if i.kind == ItemKind.TARGET and not i.is_standard and isinstance(i.data.get("year"), int)
    ]
    last = max(set(years), key=years.count) if years else timezone.localdate().year + 4
    return {"base_year": last - 5, "start_year": last - 4, "target_year": last}


def _card(request: HttpRequest, item: CompiledItem, *, status: int = 200, **more: Any) -> HttpResponse:
    """One item as a piece for htmx, else as a page of its own."""
    context: dict[str, Any] = {"item": item, "document": item.document} | _choices(item.document) | more
    if request.headers.get("HX-Request"):
        context |= {"whole": len(item.document.text) <= WHOLE_TEXT, "counts": _counts(list(item.document.items.all()))}
        return render(request, "plan/item.html", context, status=status)
    context |= {"fragment": "plan/item.html", "heading": str(item), "swap_counts": False}
    return render(request, "plan/item_page.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_PLAN)
def item(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    """One item's card (``?edit=1`` with its form); POST decides on it."""
    with versions.writing(request):
        return _decide(request, pk, item_pk)


def _decide(request: HttpRequest, pk: int, item_pk: int) -> HttpResponse:
    one = _item(request, pk, item_pk)
    if request.method == "GET":
        return _card(request, one, editing=bool(request.GET.get("edit")), data=one.data)
    decision = request.POST.get("decision", "")
    try:
        held = versions.locked(CompiledItem.objects.filter(pk=one.pk)).get()
        given = _given(one.kind, request) if decision == Decision.CORRECTED else None
        matches = given is not None and one.kind == ItemKind.TARGET and "target" in request.POST
        matched = _chosen(one, request.POST["target"]) if matches else None
        intended = {_("结论"): str(Decision(decision).label)} if decision in Decision.values else {}
        intended |= {_("内容"): review.in_words(given)} if given else {}
        intended |= {_("对应目标"): matched.code if matched else ""} if matches else {}
        versions.check(request.POST, review.standing(held), intended, str(held.decided_by or ""))
        one = review.decide(one, decision, user=request.user, corrected=given)
        if matches:
            one = review.choose_target(one, matched, user=request.user)
    except (InputError, versions.Stale) as fault:
        # the card shows what stands now; a correction also keeps what was written
        mine = decision == Decision.CORRECTED
        data = _given(one.kind, request) if mine else one.data
        return _card(request, _item(request, pk, item_pk), editing=mine, data=data, error=str(fault), status=422)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('plan-document', args=[pk])}?item={item_pk}#item-{item_pk}")
    return _card(request, _item(request, pk, item_pk), swap_counts=True)


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
    """The form for what the compiler missed, for the piece of text from ``start`` to ``end``; POST adds
    it.
    """
    one = _document(request, pk)
    source = request.POST if request.method == "POST" else request.GET
    kind = source.get("kind_of_item", ItemKind.TARGET)
    if kind not in ItemKind.values:
        raise NotFoundError(_("没有这个种类"), where=kind[:20])
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

    def act() -> HttpResponse:
        made = review.add_item(one, kind, _given(kind, request), start, end, user=request.user)
        messages.success(request, _("已补充“%(name)s”") % {"name": made})
        if not request.headers.get("HX-Request"):
            return redirect(f"{reverse('plan-document', args=[pk])}?item={made.pk}#item-{made.pk}")
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})

    def refused(fault: QiangquError) -> HttpResponse:
        return _adding(request, context | {"data": _given(kind, request), "error": str(fault)}, status_of(fault))

    return answered(act, refused) if request.method == "POST" else _adding(request, context)


def _adding(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return render(request, "plan/item_add.html", context, status=status)
    more = {"fragment": "plan/item_add.html", "heading": _("补充条目")}
    return render(request, "plan/item_page.html", context | more, status=status)


def _offset(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


@require_POST
@require(Action.EDIT_PLAN)
def accept_sure(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept every pending item of which the compiler is sure."""
    one = _document(request, pk)
    pending = list(one.items.filter(decision=Decision.PENDING, confidence__gte=SURE))
    for item_ in pending:
        review.decide(item_, Decision.ACCEPTED, user=request.user)
    messages.success(request, _("已采纳把握较大的 %(count)s 条") % {"count": len(pending)})
    return redirect("plan-document", pk=pk)


@require_POST
@require(Action.EDIT_PLAN)
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Take what was accepted into the plan (a new one where the document has none, or where one is asked
    for).
    """
    one = _document(request, pk)

    def act() -> HttpResponse:
        if one.plan is None or request.POST.get("new_plan"):
            years = [_offset(request.POST.get(name)) for name in ("base_year", "start_year", "target_year")]
            review.make_plan(one, *years, user=request.user)  # type: ignore[arg-type]
        if not covers(request.user, one.plan.area.path, Action.EDIT_PLAN):  # type: ignore[union-attr]
            raise PermissionDenied
        return _applied(request, pk, review.apply(one, user=request.user))

    return answered(act, refused_on(request, "plan-document", pk=pk))


def _applied(request: HttpRequest, pk: int, result: review.Applied) -> HttpResponse:
    """Back to the document, with what was taken into the plan and what was left."""
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
        names = listed(result.unknown_units[:12])
        messages.warning(request, _("名录里没有这些责任单位，请先登记：%(names)s") % {"names": names})
    for left in result.left[:10]:
        messages.warning(request, left)
    return redirect("plan-document", pk=pk)
