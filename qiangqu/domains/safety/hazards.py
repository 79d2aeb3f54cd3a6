"""Hazards 隐患: registered, planned (the five fixed), rectified with photographs, re-checked by somebody else, sent back
for another round or closed; overdue ones go up step by step; repeated ones are seen.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.part import Text
from qiangqu.base.visibility import covers, trail
from qiangqu.cases.models import Case
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile
from qiangqu.records.finding import Findable
from qiangqu.records.numbering import take
from qiangqu.records.words import words_of
from qiangqu.registry.models import Organisation, Role, User
from qiangqu.registry.nodes import node_code
from qiangqu.registry.roles import Action

from . import reports
from .access import answers_for
from .breaches import case_of, handles_there, prosecute
from .models.hazards import CheckItem, Hazard
from .rules import rules
from .terms import Found, HazardGrade, HazardState

HAZARD_FOUND = Findable(
    model=Hazard,
    page="hazard",
    related=("area", "organisation", "item", "found_by", "worked_by", "rechecked_by", "repeat_of", "visit__draw", "alarm__rule"),
    search=("number", "title", "organisation__name"),
    detail=lambda one: f"{one.organisation} · {one.get_state_display()}",
    beside=("organisation",),
)  # fmt: skip
OPEN = (HazardState.OPEN, HazardState.RECTIFIED)


def looks_after(user: Any, hazard: Hazard, action: str) -> bool:
    """Whether a post of the user looks after the hazard's area with the permission ``action``."""
    return covers(user, hazard.area.path, action)


def _rectifies(user: Any, hazard: Hazard) -> bool:
    return answers_for(user, hazard, Action.REPORT_HAZARDS)


def needs_authority(hazard: Hazard) -> bool:
    """Whether the enterprise may not close it alone: a major one, and one that others have found."""
    major = hazard.grade == HazardGrade.MAJOR and rules()["hazards"]["major_needs_authority"]["value"]
    return bool(major) or hazard.found in (Found.INSPECTION, Found.CITIZEN)


def _rechecks(user: Any, hazard: Hazard) -> bool:
    """Another person than who rectified it; of the authority where the enterprise may not close it alone."""
    if hazard.worked_by_id == user.pk:
        return False
    allowed = looks_after if needs_authority(hazard) else answers_for
    return allowed(user, hazard, Action.RECHECK_HAZARDS)


HAZARDS = Acts(
    Hazard,
    "hazard",
    may=lambda user, one: looks_after(user, one, Action.RECHECK_HAZARDS),
    related=("area", "organisation"),
    title="number",
)


def earlier(organisation: Organisation, title: str, item: CheckItem | None) -> Hazard | None:
    """The newest earlier hazard of the same organisation by the same item, or, without one, called the same."""
    rows = Hazard.objects.filter(organisation=organisation).exclude(state=HazardState.VOID)
    rows = rows.filter(item=item) if item is not None else rows.filter(item=None, title=title)
    return rows.order_by("-found_at", "-pk").first()


def people_of(hazard: Hazard) -> Any:
    """Those who speak for the organisation."""
    return User.objects.posted(organisation=hazard.organisation, role=Role.ENTERPRISE).order_by("pk")


def report(hazard: Hazard, user: Any, files: Sequence[CheckedFile] = (), *, entitled: bool = False) -> Hazard:
    """Register a hazard under the next number of the year and tell its organisation. ``user`` None: the platform itself
    (a sensor); ``entitled``: by what he does (a visit), wherever his posts are. Raises PermissionDenied where the user
    may not, InputError for a text that says nothing and for a day before it was found."""
    hazard.title = words_of(hazard.title, _("隐患"), 300, 4)
    hazard.area = hazard.organisation.area
    if user is not None and not entitled and not _rectifies(user, hazard):
        raise PermissionDenied
    now = timezone.now()
    hazard.found_at = hazard.found_at or now
    if hazard.found_at > now:
        raise InputError(_("发现时间不能晚于现在"), where=_("发现时间"))
    if hazard.due_on is not None and hazard.due_on < timezone.localdate(hazard.found_at):
        raise InputError(_("整改期限不能早于发现日期"), where=_("整改期限"))
    with transaction.atomic():
        node, year = node_code(), timezone.localdate(now).year
        hazard.number = f"YH-{node}-{year}-{take('hazards', year=year, node=node):05d}"
        hazard.found_by = hazard.found_by or user
        hazard.repeat_of = earlier(hazard.organisation, hazard.title, hazard.item)
        hazard.save()
        attach(hazard, files, user, about="found")
        HAZARDS.log(user, "reported", hazard, title=hazard.title, found=hazard.found, grade=hazard.grade)
        tell(hazard, people_of(hazard).exclude(pk=user.pk if user is not None else None), _("新的隐患"))
    return hazard


def tell(hazard: Hazard, users: Any, what: str, key: str = "") -> int:
    """A message about a hazard."""
    due = "" if hazard.due_on is None else _("，整改期限 %(day)s") % {"day": hazard.due_on.isoformat()}
    return notify_all(
        users, f"{what}：{hazard.title}", f"{hazard.organisation} {hazard.number}{due}",
        reverse("hazard", args=[hazard.pk]), topic="hazards", key=key, simulated=hazard.simulated,
    )  # fmt: skip


@HAZARDS.declare(
    "planned",
    gettext_lazy("定整改方案"),
    name="plan",
    may=_rectifies,
    states=(HazardState.OPEN,),
    said=gettext_lazy("已保存整改方案"),
)
def plan(
    act: Act[Hazard], responsible: str, measures: str, acceptance: str, due: dt.date | None = None, money: str = ""
) -> Hazard:
    """The five fixed 五落实: who, how, accepted by what and whom, by when, with what money (10,000 yuan). A day that the
    authority has set is only made earlier by the organisation. Raises InputError."""
    one = act.record
    if due is None or due < timezone.localdate(one.found_at):
        raise InputError(_("请填写整改期限，且不早于发现日期"), where=_("整改期限"))
    later = one.due_on is not None and due > one.due_on
    if later and not looks_after(act.user, one, Action.RECHECK_HAZARDS):
        raise InputError(_("延长整改期限由监管部门决定"), where=_("整改期限"))
    try:
        one.money = float(money) if money.strip() else None
    except ValueError:
        raise InputError(_("整改资金应是数"), where=_("整改资金")) from None
    if one.money is not None and not 0 <= one.money < 1e9:
        raise InputError(_("整改资金应是不小于 0 的数"), where=_("整改资金"))
    one.responsible = words_of(responsible, _("整改责任人"), 60)
    one.measures = words_of(measures, _("整改措施"))
    one.acceptance = words_of(acceptance, _("验收标准及验收人"), 200)
    act.detail |= {"due": due, "before": one.due_on}
    one.due_on = due
    one.save()
    return one


@HAZARDS.declare(
    "rectified",
    gettext_lazy("提交整改"),
    name="rectify",
    may=_rectifies,
    states=(HazardState.OPEN,),
    said=gettext_lazy("已提交整改，等待另一人复查"),
)
def rectify(act: Act[Hazard], result: str, files: Files = ()) -> Hazard:
    """Hand in what was done, with photographs of this round. Raises InputError without any."""
    one = act.record
    about = f"round:{one.round}"
    pictures = [file for file in files if file.content_type.startswith("image/")]
    if not pictures and not one.files.filter(about=about, removed_at=None, content_type__startswith="image/").exists():
        raise InputError(_("请附整改后的照片"), where=_("照片"))
    one.result, one.worked_by, one.worked_at = words_of(result, _("整改情况")), act.user, timezone.now()
    one.state = HazardState.RECTIFIED
    one.save()
    attach(one, files, act.user, about=about)
    act.detail |= {"round": one.round, "files": [file.sha256 for file in files]}
    waiting = User.objects.posted(Action.RECHECK_HAZARDS, area=one.area).exclude(pk=act.user.pk)
    tell(one, waiting, _("隐患待复查"))
    return one


@HAZARDS.declare(
    "rechecked", gettext_lazy("复查隐患"), name="recheck", may=_rechecks, states=(HazardState.RECTIFIED,),
    said=lambda one: _("已销号") if one.state == HazardState.CLOSED else _("已退回重新整改"),
)  # fmt: skip
def recheck(act: Act[Hazard], accepted: bool, opinion: str, files: Files = ()) -> Hazard:
    """Close it, or send it back for another round. Whoever rectified it may not."""
    one = act.record
    one.rechecked = words_of(opinion, _("复查意见"))
    one.rechecked_by, one.rechecked_at = act.user, timezone.now()
    attach(one, files, act.user, about=f"recheck:{one.round}")
    if accepted:
        one.state = HazardState.CLOSED
    else:
        one.state, one.round = HazardState.OPEN, one.round + 1
    one.save()
    act.detail |= {"accepted": accepted, "worked_by": one.worked_by.username if one.worked_by else ""}
    tell(one, people_of(one).exclude(pk=act.user.pk), _("隐患已销号") if accepted else _("隐患退回重新整改"))
    if accepted:
        reports.closed(one)
    return one


@HAZARDS.declare("regraded", gettext_lazy("调整隐患等级"), name="regrade", states=OPEN, said=gettext_lazy("已调整等级"))
def regrade(act: Act[Hazard], grade: str, basis: str) -> Hazard:
    """Grade it otherwise, and say by what. Raises InputError."""
    one = act.record
    if grade not in HazardGrade.values:
        raise InputError(_("请选择等级"), where=_("等级"))
    act.detail |= {"before": one.grade, "grade": grade}
    one.grade, one.grade_basis = grade, words_of(basis, _("定级依据"), 200)
    one.save(update_fields=["grade", "grade_basis"])
    return one


@HAZARDS.declare(
    "voided", gettext_lazy("撤销隐患"), name="void", states=(HazardState.OPEN,), said=gettext_lazy("已撤销")
)
def void(act: Act[Hazard], reason: str) -> Hazard:
    """It was none; says why, and stays readable."""
    one = act.record
    one.state, one.rechecked = HazardState.VOID, words_of(reason, _("撤销原因"), 200)
    one.rechecked_by, one.rechecked_at = act.user, timezone.now()
    one.save()
    act.detail["reason"] = one.rechecked
    reports.closed(one)
    return one


# ---------------------------------------------------------------- what is late


def days_over(hazard: Hazard, today: dt.date) -> int:
    """By how many days an unrectified hazard is late; 0 for one that is not."""
    if hazard.state != HazardState.OPEN or hazard.due_on is None:
        return 0
    return max((today - hazard.due_on).days, 0)


def late_on(today: dt.date) -> Q:
    """Hazards that are late today."""
    return Q(state=HazardState.OPEN, due_on__lt=today)


def overdue(rows: Any, today: dt.date) -> Any:
    """Those of ``rows`` that are late today."""
    return rows.filter(late_on(today))


def _prosecutable(one: Hazard) -> Text:
    """Why no case can be made of it ("": one can)."""
    if one.grade != HazardGrade.MAJOR or not days_over(one, timezone.localdate()):
        return gettext_lazy("只有超期未改的重大隐患才移送立案")
    return gettext_lazy("已移送立案") if case_of(one) is not None else ""


@HAZARDS.declare(
    "prosecuted",
    gettext_lazy("移送立案"),
    name="open_case",
    may=lambda user, one: looks_after(user, one, Action.RECHECK_HAZARDS) and handles_there(user, one.organisation),
    stands=_prosecutable,
    said=lambda case: _("已移送立案：%(number)s") % {"number": case.number},
)
def open_case(act: Act[Hazard]) -> Case:
    """Make a case of a major hazard that is not rectified in time. Once only: the hazard is locked. Raises InputError."""
    one = act.record
    over = days_over(one, timezone.localdate())
    facts = f"重大隐患超期 {over} 天未改：{one.title}（整改期限 {one.due_on}）"
    case = prosecute(one, act.user, one.number, facts)
    act.detail |= {"case": case.number, "days": over}
    return case


def escalate(now: dt.datetime) -> str:
    """Tell the next step up of hazards that are late; each step once. As a daily job."""
    today = timezone.localdate(now)
    steps = rules()["hazards"]["escalation"]["steps"]
    count = 0
    for one in overdue(Hazard.objects.filter(escalated__lt=len(steps)), today).order_by("pk"):
        due = sum(days_over(one, today) >= step["days"] for step in steps)
        if due <= one.escalated:
            continue
        with transaction.atomic():
            found = HAZARDS.locked(one.pk)
            if found.escalated >= due or found.state != HazardState.OPEN:
                continue
            for step in steps[found.escalated : due]:
                above = User.objects.posted(area__path__in=trail(found.area.path), role=step["role"])
                tell(found, above, _("隐患超期未改"), key=f"hazard-{found.pk}-{found.round}-{step['days']}")
            found.escalated = due
            found.save(update_fields=["escalated"])
            HAZARDS.log(None, "escalated", found, days=days_over(found, today), steps=due)
            count += 1
    return f"超期隐患升级 {count} 条" if count else ""
