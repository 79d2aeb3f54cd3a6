"""The page of one meeting, its form, its files and the acts on it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.visibility import visible
from qiangqu.plan.pages.supervision import supervise_page
from qiangqu.records.asking import sent_files
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import home, require
from qiangqu.registry.models import with_posts
from qiangqu.registry.roles import Action
from qiangqu.ui.formpage import done, form_page

from ...documents.access import bodies_of
from ...models import Document, Meeting
from .. import agenda, calling, holding
from ..access import FOUND, guests, meeting_for, rooms_of
from ..forms import MeetingForm
from ..rights import MEETINGS, rights

MOST_OFFERED = 500


def about(one: Meeting, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a meeting shows."""
    invitations = list(one.invitations.select_related("delegate").prefetch_related(*with_posts("user")))
    context: dict[str, Any] = {
        "agenda": list(one.agenda.all()),
        "invitations": invitations,
        "own": next((row for row in invitations if row.user_id == user.pk), None),
        "files": list(one.files.select_related("by")),
        "resolutions": holding.resolutions_of(one, user),
        "minutes": visible(Document.objects.all(), user).filter(pk=one.minutes_id or 0).first(),
        "clashes": list(calling.double_booked(one)[:20]) if may["edit"] else [],
    }
    if may["invite"] or may["answer"]:
        known = {row.user_id for row in invitations}
        people = list(guests(one.body.area)[:MOST_OFFERED])
        context["people"] = [person for person in people if person.pk not in known]
        context["delegates"] = [person for person in people if person.pk != user.pk]
    if may["resolve"]:
        context["units"] = list(holding.units()[:MOST_OFFERED])
    return context


MEETING = RecordPage(
    of=FOUND,
    acts=MEETINGS,
    action=Action.OFFICE,
    template="office/meetings/meeting.html",
    context=about,
    rights=rights,
)


def _form(
    request: HttpRequest, heading: str, act: Callable[..., HttpResponse], one: Meeting | None = None
) -> HttpResponse:
    """A meeting's form with its agenda and files: ``act`` is given the meeting, the items, what was uploaded
    and the revision that was changed.
    """
    user: Any = request.user
    area = home(user, Action.KEEP_DOCUMENTS)
    if area is None:
        raise PermissionDenied
    written = {"agenda": agenda.written(agenda.items_of(one))} if one is not None else {}
    offered = {"body": bodies_of(user), "room": rooms_of(user), "chair": guests(area)}
    form = MeetingForm(request.POST or None, instance=one, initial=written, offered=offered)

    def checked() -> HttpResponse:
        items, revision = agenda.read(form.cleaned_data["agenda"]), form.cleaned_data.get("revision") or 0
        return act(form.save(commit=False), items, sent_files(request), revision)

    context = {
        "heading": heading,
        "page": "meeting",
        "list_page": "meetings",
        "files_label": _("会议材料"),
        "record": one,
        "has_body": one is not None or bodies_of(user).exists(),
        "simulated": one is not None and one.simulated,
    }
    return form_page(request, "office/meetings/form.html", checked, lambda: context, form=form)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def new(request: HttpRequest) -> HttpResponse:
    """Calling a meeting."""

    def act(made: Meeting, items: Any, files: Any, revision: int) -> HttpResponse:
        return redirect("meeting", pk=calling.call(made, items, request.user, files).pk)

    return _form(request, _("登记会议"), act)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changing a meeting that is ahead."""
    one = meeting_for(request.user, pk)
    if not calling.change.is_open(request.user, one):
        raise PermissionDenied

    def act(changed: Meeting, items: Any, files: Any, revision: int) -> HttpResponse:
        calling.change(one, request.user, changed, items, revision, files)
        return done(request, _("已保存"), "meeting", pk=pk)

    return _form(request, _("修改会议"), act, one)


@require_http_methods(["GET", "POST"])
@require(Action.SUPERVISE_CASES)
def supervise(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The supervised task out of a resolution as it would be, and opening it."""
    one = meeting_for(request.user, pk)
    proposal = holding.proposal_for(holding.resolution_of(one, number), timezone.localdate())
    return supervise_page(request, one.body.area, proposal, "meeting", pk=pk)
