"""The page of one meeting, its form, its files and the acts on it."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.numbers import natural
from qiangqu.base.visibility import covers, visible
from qiangqu.cases.models import Case
from qiangqu.plan import supervision
from qiangqu.plan.pages.supervision import asked_for
from qiangqu.plan.track import current_plan
from qiangqu.records.acts import perform
from qiangqu.records.checking import check_files
from qiangqu.registry.access import home, require
from qiangqu.registry.models import Organisation, with_posts
from qiangqu.registry.roles import Action

from ...documents.access import bodies_of, keeps
from ...documents.rules import names
from ...models import Answer, Document, Meeting, MeetingState
from .. import agenda, calling, holding
from ..access import guests, meeting_for, rooms_of
from ..forms import MeetingForm

MOST_OFFERED = 500


@require_GET
@require(Action.OFFICE)
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one meeting."""
    return page_of(request, meeting_for(request.user, pk))


def page_of(request: HttpRequest, one: Meeting, *, error: str = "", status: int = 200) -> HttpResponse:
    """The page, after an act that failed with the sentence."""
    user: Any = request.user
    mine = keeps(user, one.body)
    ahead = one.state == MeetingState.PLANNED
    began = one.start <= timezone.now()
    invitations = list(one.invitations.select_related("delegate").prefetch_related(*with_posts("user")))
    own = next((row for row in invitations if row.user_id == user.pk), None)
    resolutions = list(one.resolutions.select_related("unit"))
    cases: dict[str, Case] = {}
    subjects = [row.subject for row in resolutions]
    for case in (
        visible(Case.objects.all(), user)
        .filter(subject__in=subjects)
        .select_related("kind")
        .defer("state")
        .order_by("id")
    ):
        cases[case.subject] = case
    minutes = visible(Document.objects.all(), user).filter(pk=one.minutes_id).first() if one.minutes_id else None
    context: dict[str, Any] = {
        "meeting": one,
        "title": one.title,
        "when": calling.when(one),
        "agenda": list(one.agenda.all()),
        "invitations": invitations,
        "own": own,
        "files": list(one.files.select_related("by")),
        "resolutions": [(row, cases.get(row.subject)) for row in resolutions],
        "minutes": minutes,
        "clashes": list(calling.double_booked(one)[:20]) if mine and ahead else [],
        "error": error,
        "may": {
            "edit": mine and ahead,
            "answer": own is not None and ahead,
            "hold": mine and one.state != MeetingState.CANCELLED and began and one.minutes_id is None,
            "resolve": mine and one.state == MeetingState.HELD,
            "minutes": mine and one.state == MeetingState.HELD and one.minutes_id is None,
            "supervise": covers(user, one.body.area.path, Action.SUPERVISE_CASES),
            "invite": mine and one.state != MeetingState.CANCELLED,
        },
        "simulated": one.simulated,
    }
    if context["may"]["invite"] or context["may"]["answer"]:
        known = {row.user_id for row in invitations}
        people = list(guests(one.body.area)[:MOST_OFFERED])
        context["people"] = [person for person in people if person.pk not in known]
        context["delegates"] = [person for person in people if person.pk != user.pk]
    if context["may"]["resolve"]:
        context["units"] = list(holding.units()[:MOST_OFFERED])
    return render(request, "office/meetings/meeting.html", context, status=status)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def new(request: HttpRequest) -> HttpResponse:
    """Calling a meeting."""
    user: Any = request.user
    form = MeetingForm(request.POST or None, bodies=bodies_of(user), rooms=rooms_of(user), people=_people(user))
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            items = agenda.read(form.cleaned_data["agenda"])
            files = check_files(request.FILES.getlist("files"))
            made = calling.call(form.save(commit=False), items, user, files)
        except QiangquError as fault:
            error = str(fault)
        else:
            return redirect("meeting", pk=made.pk)
    return _form(request, form, _("登记会议"), error, {"has_body": bodies_of(user).exists()})


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changing a meeting that is ahead."""
    user: Any = request.user
    one = meeting_for(user, pk)
    if not keeps(user, one.body) or one.state != MeetingState.PLANNED:
        raise PermissionDenied
    written = agenda.written([agenda.Item(row.subject, row.presenter, row.minutes) for row in one.agenda.all()])
    form = MeetingForm(
        request.POST or None, instance=one, initial={"agenda": written}, bodies=bodies_of(user), rooms=rooms_of(user),
        people=_people(user),
    )  # fmt: skip
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            items = agenda.read(form.cleaned_data["agenda"])
            files = check_files(request.FILES.getlist("files"))
            calling.change(form.save(commit=False), items, user, form.cleaned_data.get("revision") or 0, files)
        except QiangquError as fault:
            error = str(fault)
        else:
            messages.success(request, _("已保存"))
            return redirect("meeting", pk=pk)
    return _form(request, form, _("修改会议"), error, {"meeting": one, "has_body": True, "simulated": one.simulated})


def _people(user: Any) -> Any:
    area = home(user, Action.KEEP_DOCUMENTS)
    if area is None:
        raise PermissionDenied
    return guests(area)


def _form(request: HttpRequest, form: Any, heading: str, error: str, more: dict[str, Any]) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "error": error,
    }
    return render(request, "office/meetings/form.html", context | more, status=422 if error or form.errors else 200)


@require_POST
@require(Action.OFFICE)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act on a meeting; what it needs is in the form."""
    return perform(
        request, name, ACTS, lambda: meeting_for(request.user, pk),
        lambda one, fault, status: page_of(request, one, error=str(fault), status=status),
        lambda: redirect("meeting", pk=pk),
    )  # fmt: skip


def _invite(request: HttpRequest, one: Meeting) -> str:
    outside = names(request.POST.get("outside", "")[:2000])
    observers = request.POST.get("observers") == "1"
    made = calling.invite(one, request.POST.getlist("people"), outside, request.user, observers=observers)
    return _("已邀请 %(n)s 人") % {"n": made}


def _answer(request: HttpRequest, one: Meeting) -> str:
    sent = {name: request.POST.get(name, "") for name in ("answer", "reason", "delegate")}
    row = holding.answer(one, sent["answer"], request.user, reason=sent["reason"], delegate=sent["delegate"])
    return _("已答复：%(answer)s") % {"answer": Answer(row.answer).label}


def _hold(request: HttpRequest, one: Meeting) -> str:
    present = {number for text in request.POST.getlist("present")[:400] if (number := natural(text)) is not None}
    holding.hold(one, present, request.user)
    return _("已记到会情况")


def _resolve(request: HttpRequest, one: Meeting) -> str:
    text = request.POST.get("due", "")
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(_("日期写得不对"), where=text[:20]) from None
    holding.resolve(one, request.POST.get("text", ""), request.POST.get("unit", ""), day, request.user)
    return _("已记议定事项")


def _minutes(request: HttpRequest, one: Meeting) -> str:
    holding.draft_minutes(one, request.user)
    return _("已起草纪要，请修改后送审")


def _cancel(request: HttpRequest, one: Meeting) -> str:
    calling.cancel(one, request.POST.get("reason", ""), request.user)
    return _("会议已取消")


ACTS = {
    "invite": _invite,
    "answer": _answer,
    "hold": _hold,
    "resolve": _resolve,
    "minutes": _minutes,
    "cancel": _cancel,
}


@require_http_methods(["GET", "POST"])
@require(Action.SUPERVISE_CASES)
def supervise(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The supervised task out of a resolution as it would be, and opening it."""
    user: Any = request.user
    one = meeting_for(user, pk)
    row = one.resolutions.select_related("unit", "meeting").filter(number=number).first()
    if row is None:
        raise NotFoundError(_("没有这项议定事项"), where=str(number))
    area = one.body.area
    plan = current_plan(area)
    if not supervision.may_supervise(user, area):
        raise PermissionDenied
    proposal, error = holding.proposal_for(row, timezone.localdate()), ""
    if request.method == "POST":
        try:
            case, is_new = supervision.open_supervision(plan, area, proposal, user, **asked_for(request.POST))
        except InputError as fault:
            error = str(fault)
        else:
            words = _("已立项督办：%(number)s") if is_new else _("已在督办：%(number)s")
            messages.success(request, words % {"number": case.number})
            return redirect("meeting", pk=pk)
    context = {
        "proposal": proposal,
        "units": Organisation.objects.filter(supervision.answering(plan)).distinct().order_by("code"),
        "found": supervision.running(plan, area, proposal.subject),
        "error": error,
        "sent": request.POST,
        "simulated": one.simulated,
    }
    return render(request, "plan/supervise.html", context, status=422 if error else 200)
