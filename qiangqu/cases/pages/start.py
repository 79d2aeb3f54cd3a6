"""Opening a case: the list of kinds, and the form of one."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import NotFoundError
from qiangqu.records.asking import sent_files
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from .. import acts, kinds
from ..drawing import picture
from ..models import CaseKind
from ..references import offered
from .common import opening_page


@require_GET
@require(Action.HANDLE_CASES)
def kinds_to_open(request: HttpRequest) -> HttpResponse:
    """The kinds of which the user may open a case."""
    found = []
    for kind in CaseKind.objects.filter(active=True).exclude(current=None).select_related("current").order_by("name"):
        assert kind.current is not None
        ready = kinds.ready(kind.current)
        if acts.may_open(request.user, ready) and not ready.definition.elsewhere:
            found.append((kind, ready.definition.raw))
    return render(request, "cases/start.html", {"kinds": found})


@require_http_methods(["GET", "POST"])
@require(Action.HANDLE_CASES)
def start(request: HttpRequest, code: str) -> HttpResponse:
    """The opening form of a kind; a case is opened in the chosen area."""
    user: Any = request.user
    kind = kinds.kind_of(code)
    assert kind.current is not None
    ready = kinds.ready(kind.current)
    if not acts.may_open(user, ready) or ready.definition.elsewhere:
        raise NotFoundError(_("没有这个事项，或您的角色不能发起"), where=code[:40])
    area = acts.area_to_open(user, ready, request.area)  # type: ignore[attr-defined]
    if area is None:
        raise PermissionDenied
    form = ready.definition.start_form

    def act(data: Mapping[str, Any]) -> HttpResponse:
        opened = acts.open_case(code, data, area=area, user=user, files=sent_files(request, "_files"))
        request.session["case_draft_done"] = request.POST.get("_draft", "")[:80]
        messages.success(request, _("已发起，编号 %(number)s") % {"number": opened.case.number})
        if opened.code:
            messages.info(request, _("当事人的查询码（只显示这一次）：%(code)s") % {"code": opened.code})
        return redirect("cases-case", number=opened.case.number)

    context = {
        "kind": kind,
        "definition": ready.definition,
        "picture": picture(kind.current),
        "shown_area": area,
    }
    offers = offered(form, area, timezone.localdate())
    return opening_page(request, "cases/start_form.html", form, act, context, area.path, offers)
