"""From a doubt to what was found out: taken up, the enterprise asked, its answer, true or a false alarm. Who may:
those who cross-check in the enterprise's area; the enterprise answers what it was asked.
"""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import covers, own_organisations
from qiangqu.messaging.notify import notify_all
from qiangqu.plan import supervision
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.words import wanted
from qiangqu.registry.models import Role, User
from qiangqu.registry.roles import Action

from .models import OPEN, Doubt, DoubtState
from .words import reason as reason_of

FOUND = Findable(
    model=Doubt,
    page="crosscheck-doubt",
    related=("organisation__area", "owner"),
    search=("organisation__name", "organisation__code"),
    detail=lambda one: f"{one.get_what_display()} · {one.get_state_display()}",
    beside=("organisation",),
    unread=("course",),
)


def _checks(user: Any, one: Doubt) -> bool:
    return covers(user, one.organisation.area.path, Action.CROSSCHECK)


DOUBTS = Acts(
    Doubt,
    "doubt",
    may=_checks,
    related=("organisation__area",),
    title="pk",
    lies_in=lambda one: one.organisation.area.path,
)


def _kept(act: Act[Doubt], files: Files = ()) -> Doubt:
    act.record.save()
    attach(act.record, files, act.user)
    act.detail |= {"state": act.record.state, "organisation": act.record.organisation.code}
    return act.record


@DOUBTS.declare("taken", gettext_lazy("承办数据疑点"), states=OPEN, said=gettext_lazy("已由您承办"))
def take(act: Act[Doubt], until: dt.date | None = None) -> Doubt:
    """Whoever takes it up answers for it until a day. Raises InputError for a day that is over."""
    if until is not None and until < timezone.localdate():
        raise InputError(_("期限不能早于今天"), where=_("期限"))
    one = act.record
    one.owner, one.due_on = act.user, until or one.due_on
    one.state = DoubtState.TAKEN if one.state == DoubtState.NEW else one.state
    return _kept(act)


@DOUBTS.declare(
    "asked",
    gettext_lazy("就数据疑点询问企业"),
    states=(DoubtState.NEW, DoubtState.TAKEN),
    said=gettext_lazy("已询问企业，企业现在看得到这条疑点"),
)
def ask(act: Act[Doubt], question: str, until: dt.date | None = None, files: Files = ()) -> Doubt:
    """The enterprise is asked; from now on it sees the doubt and may answer. Raises InputError without a question."""
    one, today = act.record, timezone.localdate()
    if until is not None and until < today:
        raise InputError(_("期限不能早于今天"), where=_("期限"))
    one.question, one.asked_on, one.state = wanted(question, _("询问内容"), 600), today, DoubtState.ASKED
    one.owner, one.due_on = one.owner or act.user, until or one.due_on
    people = User.objects.posted(organisation=one.organisation_id, role=Role.ENTERPRISE)
    notify_all(
        people, _("请说明上报的数据：%(months)s") % {"months": one.months}, one.question,
        reverse("crosscheck-doubt", args=[one.pk]), topic="crosscheck", key=f"doubt:{one.uid}:asked", simulated=one.simulated,
    )  # fmt: skip
    return _kept(act, files)


@DOUBTS.declare(
    "answered",
    gettext_lazy("企业说明数据疑点"),
    may=lambda user, one: one.organisation_id in own_organisations(user) or _checks(user, one),
    states=(DoubtState.ASKED,),
    said=gettext_lazy("说明已登记"),
)
def answer(act: Act[Doubt], text: str, files: Files = ()) -> Doubt:
    """What the enterprise says, each time below the last; who asked is told. Raises InputError for an empty one."""
    one = act.record
    line = f"{timezone.localdate():%Y-%m-%d} {wanted(text, _('说明'), 600)}"
    one.answer = f"{one.answer}\n{line}".strip()[-2000:]
    if one.owner is not None and one.owner_id != act.user.pk:
        notify_all(
            [one.owner], _("企业已说明：%(title)s") % {"title": one}, line, reverse("crosscheck-doubt", args=[one.pk]),
            topic="crosscheck", simulated=one.simulated,
        )  # fmt: skip
    return _kept(act, files)


@DOUBTS.declare(
    "confirmed",
    gettext_lazy("数据疑点属实"),
    states=OPEN,
    said=gettext_lazy("已记为属实；今后的比较不再用这几个月的数"),
)
def confirm(act: Act[Doubt], reason: str, files: Files = ()) -> Doubt:
    """The figures were wrong; why is said. Their months are no longer what is usual."""
    return _judged(act, DoubtState.TRUE, reason, files)


@DOUBTS.declare("dismissed", gettext_lazy("数据疑点为误报"), states=OPEN, said=gettext_lazy("已记为误报"))
def dismiss(act: Act[Doubt], reason: str, files: Files = ()) -> Doubt:
    """A false alarm: what explains it is said and stays beside it, and counts in the precision shown."""
    return _judged(act, DoubtState.FALSE, reason, files)


def _judged(act: Act[Doubt], state: DoubtState, reason: str, files: Files) -> Doubt:
    one = act.record
    one.state, one.reason, one.decided_on = state, wanted(reason, _("结论理由"), 600), timezone.localdate()
    one.owner = one.owner or act.user
    act.detail["reason"] = one.reason
    return _kept(act, files)


def proposal_at(user: Any, rest: str) -> supervision.Proposal:
    """What a supervised task about a doubt would say."""
    one = FOUND.at(user, rest)
    if one is None or not _checks(user, one):
        raise NotFoundError(_("没有这条疑点，或您无权查看"), where=rest[:20])
    title = _("核查 %(title)s") % {"title": one}
    return supervision.proposed(
        f"crosscheck:{one.pk}", title, reason_of(one), timezone.localdate(), one.due_on,
        area=one.organisation.area, simulated=one.simulated,
    )  # fmt: skip
