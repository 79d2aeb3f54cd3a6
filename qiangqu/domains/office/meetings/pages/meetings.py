"""The page of one meeting, its form, its files and the acts on it."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import visible
from qiangqu.records.formpages import RecordForms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import home
from qiangqu.registry.models import with_posts
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page
from qiangqu.ui.formpage import sent_day
from qiangqu.ui.lists import Asked

from ...documents.access import bodies_of
from ...models.documents import Document
from ...models.meetings import Meeting
from .. import agenda, calling, holding
from ..access import FOUND, guests, rooms_of
from ..forms import MeetingForm
from ..rights import MEETINGS, rights
from ..rooms import WEEK, monday_of, week_of

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


@page("office/meetings/rooms.html", Action.OFFICE)
def rooms(asked: Asked) -> dict[str, Any]:
    """When the rooms of one's own office are taken; ``?from=`` is a day of the week."""
    today = timezone.localdate()
    first = monday_of(sent_day(asked.params, "from") or today)
    week = week_of(asked.user, first)
    return {
        "week": week, "today": today, "before": first - WEEK, "after": first + WEEK, "simulated": week.simulated,
        "has_body": bodies_of(asked.user).exists(),
    }  # fmt: skip


def _offered(request: HttpRequest) -> dict[str, Any]:
    user: Any = request.user
    area = home(user, Action.KEEP_DOCUMENTS)
    if area is None:
        raise PermissionDenied
    return {"body": bodies_of(user), "room": rooms_of(user), "chair": guests(area)}


FORMS = RecordForms(
    of=FOUND,
    form=MeetingForm,
    list_page="meetings",
    template="office/meetings/form.html",
    files_label=gettext_lazy("会议材料"),
    offered=_offered,
    written=lambda form: (form.save(commit=False), agenda.read(form.cleaned_data["agenda"])),
)
new = FORMS.making(gettext_lazy("登记会议"), calling.call, Action.KEEP_DOCUMENTS)
edit = FORMS.changing(
    gettext_lazy("修改会议"),
    calling.change,
    Action.KEEP_DOCUMENTS,
    initial=lambda one: {"agenda": agenda.written(agenda.items_of(one))},
)
