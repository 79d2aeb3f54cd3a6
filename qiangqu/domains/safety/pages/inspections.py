"""Pages of draws and visits."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import reach, within
from qiangqu.records.formpages import RecordForms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import home, require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from .. import drawing, rosters, sources, visiting
from ..access import DRAW_FOUND, VISIT_FOUND, offices
from ..breaches import case_for
from ..checking import newest
from ..forms import DrawForm
from ..models.inspections import Draw, Inspector, Visit
from ..queries import is_open_to_all, looked, visits_of
from ..terms import DrawState, Outcome
from .public import file_answer


def about(draw: Draw, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a draw shows."""
    context: dict[str, Any] = {
        "visits": visits_of(draw, user),
        "office": offices(user, draw),
        "files": list(draw.files.select_related("by")),
        "number": sources.round_of(draw.source),
        "address": sources.address_of(draw.source),
        "quota": draw.rules.get("quota", []),
        "limit": drawing.limit_of(draw) if draw.state in (DrawState.OPENED, DrawState.PUBLISHED) else None,
        "open_to_all": is_open_to_all(draw),
        "today": timezone.localdate(),
    }
    if context["visits"]:
        looked(user, draw)
    if draw.state in (DrawState.PREPARED, DrawState.COMMITTED, DrawState.DRAWN) and context["office"]:
        context |= rosters.compared(draw)
    return context


DRAW = RecordPage(
    of=DRAW_FOUND, acts=drawing.DRAWS, action=Action.INSPECTIONS, template="safety/draw.html", context=about
)


def about_visit(visit: Visit, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a visit shows. That it was opened before it is published goes into the audit trail."""
    looked(user, visit.draw, visit)
    members = list(visit.members.select_related("inspector__unit", "signed_by"))
    context: dict[str, Any] = {
        "members": members,
        "files": list(visit.files.select_related("by")),
        "answers": list(newest(visit).values()),
        "outcomes": Outcome.choices,
        "case": case_for(user, visit),
        "today": timezone.localdate(),
    }
    if may["reassign"]:
        there = {one.inspector.code for one in members}
        codes = [line.split("\t")[0] for line in visit.draw.inspectors_file.split("\n")[:-1]]
        context["others"] = list(Inspector.objects.filter(code__in=set(codes) - there).select_related("unit"))
    return context


VISIT = RecordPage(
    of=VISIT_FOUND, acts=visiting.VISITS, action=Action.INSPECTIONS, template="safety/visit.html", context=about_visit
)


def _offered(request: HttpRequest) -> dict[str, Any]:
    user: Any = request.user
    if home(user, Action.PREPARE_DRAWS) is None:
        raise PermissionDenied
    return {"area": Area.objects.filter(within("path", reach(user, Action.PREPARE_DRAWS))).order_by("path")}


FORMS = RecordForms(of=DRAW_FOUND, form=DrawForm, list_page="draws", offered=_offered)
new = FORMS.making(gettext_lazy("编制抽查"), drawing.prepare, Action.PREPARE_DRAWS)
edit = FORMS.changing(gettext_lazy("修改抽查"), drawing.change, Action.PREPARE_DRAWS)


@require_GET
@require(Action.INSPECTIONS)
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file by which the draw is checked: for the office once the names are open, then for everybody."""
    draw = DRAW_FOUND.one(request.user, pk)
    if not is_open_to_all(draw) and not (draw.state == DrawState.OPENED and offices(request.user, draw)):
        raise NotFoundError(_("验证文件在公示之后才能下载"), where=draw.number)
    looked(request.user, draw)
    return file_answer(draw)
