"""Pages without login: what the public may open, how far a case is (by its number and code), rating the
answer, published cases.
"""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.codes import is_misheard
from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.records.checking import MAX_BYTES, check_files
from qiangqu.registry import throttle
from qiangqu.registry.models import Area
from qiangqu.ui.formpage import answered
from qiangqu.ui.once import keep
from qiangqu.ui.uploads import given

from .. import acts, kinds
from ..definition import Definition
from ..forms import emptied, from_post
from ..formview import answers_of, fields_of, shown
from ..models import Case, CaseKind, CaseStatus, Step, StepStatus
from .common import errors_of, opening_page

SHOWN = 50
MOST_FILES = 3


@require_GET
def service(request: HttpRequest) -> HttpResponse:
    """The kinds that are open to the public, and published cases without personal data."""
    kinds.bring_missing()
    found = CaseKind.objects.filter(active=True, public=True).exclude(current=None).select_related("current")
    return render(request, "cases/public.html", {"kinds": [(k, _raw(k)) for k in found], "published": published()})


def _raw(kind: CaseKind) -> Any:
    assert kind.current is not None
    return kinds.ready(kind.current).definition.raw


def published() -> list[dict[str, Any]]:
    """Closed cases of public kinds that their handlers decided to publish: only the text that was written for
    it, kind, area and year.
    """
    found = (
        Case.objects.filter(status=CaseStatus.CLOSED, kind__public=True, data__published=True)
        .select_related("kind", "area")
        .defer("state")
        .order_by("-closed_at")[:SHOWN]
    )
    return [
        {
            "kind": case.kind.name,
            "area": case.area.short_name,
            "at": case.closed_at,
            "text": text,
            "simulated": case.simulated,
        }
        for case in found
        if (text := str(case.data.get("published_text") or "").strip())
    ]


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def open_public(request: HttpRequest, code: str) -> HttpResponse:
    """The opening form of a kind that is open to the public; at the end number and code are shown once."""
    kind = kinds.kind_of(code)
    assert kind.current is not None
    definition = kinds.ready(kind.current).definition
    if not definition.public:
        raise NotFoundError(_("没有这个事项"), where=code[:40])
    top = Area.objects.filter(parent=None).first()
    if top is None:
        raise NotFoundError(_("还没有区域"), where=code[:40])

    def act(data: Mapping[str, Any]) -> HttpResponse:
        throttle.check_public(throttle.PUBLIC_OPEN, request)
        opened = acts.open_case(code, data, area=top, files=check_files(given(request, "_files"), MOST_FILES))
        throttle.count_public(throttle.PUBLIC_OPEN, request)
        context = {
            "kind": kind,
            "number": opened.case.number,
            "code": opened.code,
            "due_on": opened.case.due_on,
            "area": opened.case.area,
        }
        return keep(render(request, "cases/public_done.html", context))

    context = {"kind": kind, "definition": definition, "most_files": MOST_FILES}
    return opening_page(request, "cases/public_form.html", definition.start_form, act, context)


# what the front lets a stranger send to this page: his files and the form around them
open_public.anonymous_bytes = MOST_FILES * MAX_BYTES + 1024 * 1024  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters()
def look_up(request: HttpRequest) -> HttpResponse:
    """How far a case is, by number and code; and the step that waits for the public (a rating). Wrong codes
    are counted and slowed down.
    """
    number = request.POST.get("_number", "").strip().upper()[:30]
    code = request.POST.get("_code", "")[:80].strip()
    context: dict[str, Any] = {"number": number, "code": code}
    if request.method == "GET":
        return render(request, "cases/public_query.html", context)
    try:
        throttle.check_public(throttle.PUBLIC_QUERY, request)
    except throttle.TooMany as wait:
        context["error"] = str(wait)
        return render(request, "cases/public_query.html", context, status=429)
    found = Case.objects.select_related("kind", "version", "area").filter(number=number).exclude(secret="").first()
    if found is None or not secrets.compare_digest(found.secret, acts.hash_of(code)):
        throttle.count_public(throttle.PUBLIC_QUERY, request)
        context["error"] = _("查询码抄错了一位，请再核对") if is_misheard(code) else _("编号或查询码不对")
        return render(request, "cases/public_query.html", context, status=404)
    status = 200
    if "_step" in request.POST:
        status = _answer(request, found, context)
        found.refresh_from_db()
    return render(request, "cases/public_query.html", context | _known(found, context.get("errors", {})), status=status)


def _waiting(case: Case) -> Step | None:
    return case.steps.filter(status=StepStatus.OPEN, for_public=True).first()


def _answer(request: HttpRequest, case: Case, context: dict[str, Any]) -> int:
    step = _waiting(case)
    if step is None or request.POST.get("_step") != str(step.pk):
        context["error"] = _("这一步已经结束")
        return 409
    form = kinds.ready(case.version).definition.form_of(step.node)
    data = from_post(form, request.POST) if form else {}

    def act() -> int:
        acts.finish_step(case, step.pk, data, None, public=True, emptied=emptied(form, request.POST) if form else ())
        context["said"] = _("已收到，谢谢")
        return 200

    def refused(fault: QiangquError) -> int:
        context["error"], context["errors"] = str(fault), errors_of(fault)
        return 422 if context["errors"] else 409

    return answered(act, refused)


def released(case: Case, definition: Definition) -> list[tuple[str, str, dt.datetime]]:
    """What the kind makes public, as (title in the form that it was written into, text, when), in order. An
    answer is out of the house when the case is closed or when it is the public's turn to rate it; what was
    once given out stays when another answer follows."""
    moments: list[tuple[dt.datetime, bool, Step | None]] = []
    for step in case.steps.order_by("id"):
        if step.for_public:
            moments.append((step.opened_at, True, step))
        elif step.status == StepStatus.DONE and step.done_at:
            moments.append((step.done_at, False, step))
    if case.status == CaseStatus.CLOSED and case.closed_at:
        moments.append((case.closed_at, True, None))
    written: dict[str, tuple[str, str, dt.datetime]] = {}
    out: list[tuple[str, str, dt.datetime]] = []
    for at, given_out, done in sorted(moments, key=lambda one: one[:2]):
        if given_out:
            out += [written.pop(key) for key in definition.raw.get("public_fields", ()) if key in written]
        elif done is not None and (form := definition.form_of(done.node)) is not None:
            for key, spec in form.fields.items():
                if done.outcome.get(key) not in (None, ""):
                    written[key] = (str(spec.get("title", key)), shown(done.outcome[key], spec), at)
    return out


def _offices(case: Case) -> list[str]:
    """Where the case lies now: bodies and posts, never people."""
    waiting = case.steps.filter(status=StepStatus.OPEN, for_public=False).select_related(
        "desk_organisation", "desk_area"
    )
    found = [
        str(one.desk_organisation.name)
        if one.desk_organisation
        else f"{one.desk_area or case.area} · {one.get_desk_role_display()}"
        for one in waiting
    ]
    return list(dict.fromkeys(found))


def _known(case: Case, errors: Any) -> dict[str, Any]:
    """What the one who opened a case may know of it: names of steps, the fields that the kind makes public,
    and his own step.
    """
    definition = kinds.ready(case.version).definition
    step = _waiting(case)
    form_ = definition.form_of(step.node) if step else None
    return {
        "case": case,
        "answers": released(case, definition),
        "given": answers_of(definition.start_form, case.data),
        "steps": [(one.name, one.get_status_display(), one.done_at) for one in case.steps.order_by("id")],
        "offices": _offices(case),
        "step": step,
        "fields": fields_of(form_, {}, errors) if form_ else [],
    }
