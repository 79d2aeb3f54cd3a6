"""Permits of special work 特殊作业票 by GB 30871: applied for, isolated, analysed, signed in order, begun, suspended, gone on
with, extended, closed. What the rules say stands in ``data/rules.yaml`` with its source.

A permit remembers the latest moment that it has seen: when the clock of the node stands before it, nothing but
suspending and closing is done until the clock is right.
"""

import datetime as dt
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.cases.workdays import calendar
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.numbering import take
from qiangqu.records.words import words_of
from qiangqu.registry.nodes import node_code
from qiangqu.registry.roles import Action

from . import gases
from .access import answers_for
from .conflicts import conflicts_of
from .models.permits import GasReading, PermitStep, WorkPermit
from .rules import rules
from .terms import PermitState, StepKind

PERMIT_FOUND = Findable(
    model=WorkPermit,
    page="work-permit",
    related=("organisation", "area", "guardian", "applied_by", "parent", "suspended_by__rule"),
    search=("number", "work", "place", "organisation__name"),
    detail=lambda one: f"{one.organisation} · {one.get_kind_display()} · {one.get_state_display()}",
    beside=("organisation",),
)
UNDER_WAY = (PermitState.APPROVED, PermitState.WORKING, PermitState.SUSPENDED)
OPEN = (PermitState.APPLIED, PermitState.EXPIRED, *UNDER_WAY)
#: a clock that is corrected by less than this was not set back
TOLERANCE = dt.timedelta(seconds=30)


def handles(user: Any, permit: WorkPermit) -> bool:
    """Whether the user works for the organisation, or looks after the area, with the right to handle permits."""
    return answers_for(user, permit, Action.HANDLE_PERMITS)


PERMITS = Acts(WorkPermit, "permit", may=handles, related=("organisation", "area", "guardian"), title="number")


def kind_rules(kind: str) -> dict[str, Any]:
    """What the rules say of a kind of work."""
    found: dict[str, Any] = rules()["permits"]["kinds"][kind]
    return found


def level_needed(kind: str, level: str, start: dt.datetime, end: dt.datetime) -> str:
    """The level at which work on a day of rest or at night is managed: hot work one level up (clause 5.1.1); "" where
    ``level`` is high enough by itself.
    """
    held = kind_rules(kind)
    order = list(held["levels"])
    if not held.get("upgrade_on_rest") or level not in order or order.index(level) == 0:
        return ""
    first, last = timezone.localtime(start), timezone.localtime(end)
    night = rules()["permits"]["night"]
    dark = any(
        hour >= night["from"] or hour < night["to"]
        for hour in {
            (first + dt.timedelta(hours=n)).hour
            for n in range(min(int((last - first).total_seconds() // 3600), 23) + 1)
        }
    )
    days = {first.date() + dt.timedelta(days=n) for n in range(min((last.date() - first.date()).days, 31) + 1)}
    known = calendar()
    return order[order.index(level) - 1] if dark or any(not known.works(day) for day in days) else ""


def apply_for(permit: WorkPermit, user: Any, *, upgraded: bool = False) -> WorkPermit:
    """Keep an application under the next number of the year, with the steps of its kind. ``upgraded`` says that the level
    is already the one that rest days and nights ask for. Raises PermissionDenied, InputError."""
    permit.area = permit.organisation.area
    if not handles(user, permit):
        raise PermissionDenied
    _check(permit, upgraded)
    now = timezone.now()
    with transaction.atomic():
        node, year = node_code(), timezone.localdate(now).year
        permit.number = f"ZY-{node}-{year}-{take('work_permits', year=year, node=node):05d}"
        permit.applied_by, permit.applied_at, permit.latest = user, now, now
        permit.opens = permit.opens or bool(kind_rules(permit.kind).get("opens"))
        permit.save()
        PermitStep.objects.bulk_create(_steps(permit))
        PERMITS.log(user, "applied", permit, kind=permit.kind, level=permit.level, vessel=permit.vessel)
    return permit


def _check(permit: WorkPermit, upgraded: bool) -> None:
    """Raises InputError for an application that cannot be."""
    held = kind_rules(permit.kind)
    if permit.level not in held["levels"]:
        raise InputError(_("这种作业的级别应为：%(levels)s") % {"levels": "、".join(held["levels"])}, where=_("级别"))
    if permit.planned_to <= permit.planned_from:
        raise InputError(_("计划结束应晚于计划开始"), where=_("计划结束"))
    hours = held["levels"][permit.level]
    planned = (permit.planned_to - permit.planned_from).total_seconds() / 3600
    if hours is not None and planned > hours:
        said = {"kind": permit.get_kind_display(), "level": permit.level, "hours": hours}
        raise InputError(_("%(kind)s（%(level)s）的有效期是 %(hours)s 小时") % said, where=_("计划结束"))
    needed = "" if upgraded else level_needed(permit.kind, permit.level, permit.planned_from, permit.planned_to)
    if needed:
        raise InputError(
            _("节假日、休息日和夜间的动火作业升级管理：请按%(level)s申请") % {"level": needed}, where=_("级别")
        )
    if permit.kind == "lifting" and not permit.radius:
        raise InputError(_("吊装作业请填警戒半径"), where=_("吊装警戒半径"))
    if (permit.lon is None) != (permit.lat is None):
        raise InputError(_("经度和纬度要一起填"), where=_("位置"))
    parent = permit.parent
    if parent is not None and (
        parent.organisation_id != permit.organisation_id
        or parent.state not in (PermitState.APPLIED, *UNDER_WAY)
        or permit.planned_to > parent.planned_to
    ):
        raise InputError(_("所属作业票应是本单位在办的，且结束时间不早于本票"), where=_("所属作业票"))


def _steps(permit: WorkPermit) -> list[PermitStep]:
    """Isolations and measures of the kind; signatures in their order, the last by level."""
    held, signs = kind_rules(permit.kind), rules()["permits"]["signs"]
    last = signs["last"].get(permit.level, signs["last"]["other"])
    texts = {
        StepKind.ISOLATION: held["isolation"], StepKind.MEASURE: held["measures"], StepKind.SIGN: [*signs["first"], last],
    }  # fmt: skip
    return [
        PermitStep(permit=permit, kind=kind, place=place, text=text)
        for kind, listed in texts.items()
        for place, text in enumerate(listed, 1)
    ]


def _clock(permit: WorkPermit) -> dt.datetime:
    """Now, kept as the latest moment of the permit. Raises ConflictError when the clock was set back."""
    now = timezone.now()
    if now < permit.latest - TOLERANCE:
        said = {"now": timezone.localtime(now).strftime("%Y-%m-%d %H:%M:%S"), "seen": timezone.localtime(permit.latest).strftime("%Y-%m-%d %H:%M:%S")}  # fmt: skip
        raise ConflictError(
            _("平台时钟（%(now)s）早于这张票的最近记录时间（%(seen)s），时钟曾被回拨；校准之前只能暂停或关闭") % said,
            where=permit.number,
        )
    permit.latest = max(now, permit.latest)
    return now


@PERMITS.declare(
    "stepped", gettext_lazy("确认作业措施"), name="tick", states=(PermitState.APPLIED,), said=gettext_lazy("已确认")
)
def tick(act: Act[WorkPermit], step: int, note: str = "") -> PermitStep:
    """Confirm an isolation or a measure. Raises InputError for a step that is none, or done already."""
    permit = act.record
    now = _clock(permit)
    found = permit.steps.filter(pk=step).exclude(kind=StepKind.SIGN).first()
    if found is None or found.at is not None:
        raise InputError(_("没有这一步，或已经确认过"), where=str(step))
    found.by, found.at, found.note = act.user, now, " ".join(note.split())[:200]
    found.save()
    permit.save(update_fields=["latest"])
    act.detail |= {"step": found.text}
    return found


@PERMITS.declare(
    "analysed", gettext_lazy("登记气体分析"), name="analyse", states=(PermitState.APPLIED, *UNDER_WAY),
    said=lambda made: _("分析合格") if made.passed else _("分析不合格，不能作业"),
)  # fmt: skip
def analyse(
    act: Act[WorkPermit],
    gas: str,
    value: str,
    unit: str,
    spot: str,
    analyst: str,
    instrument: str,
    at: str = "",
    lel: str = "",
) -> GasReading:
    """A gas analysis: ``at`` the moment of it (ISO; default now), ``lel`` the lower explosive limit in % of what burns
    there. What does not pass suspends the work. Raises InputError for a value without a unit, or that is none."""
    permit = act.record
    now = _clock(permit)
    moment = gases.moment_of(at, now)
    judged = gases.judge(gas, value, unit, lel)
    made = GasReading(
        permit=permit, gas=judged.gas, value=judged.value, unit=judged.unit, spot=words_of(spot, _("分析点"), 80), at=moment,
        analyst=words_of(analyst, _("分析人"), 40), instrument=words_of(instrument, _("仪器编号"), 40), passed=judged.passed,
        judged_by=judged.basis[:200], entered_by=act.user, entered_at=now,
    )  # fmt: skip
    made.save()
    act.detail |= {"gas": made.gas, "value": made.value, "unit": made.unit, "passed": made.passed}
    if not made.passed and permit.state == PermitState.WORKING:
        _suspend(permit, now, _("气体分析不合格：%(gas)s %(value)s %(unit)s") % {"gas": made.gas, "value": f"{made.value:g}", "unit": made.unit})  # fmt: skip
    permit.save()
    return made


def analysis_fault(permit: WorkPermit, now: dt.datetime, since: dt.datetime | None = None) -> str:
    """What is missing of the gas analyses that the kind wants: of each gas the newest must pass, and be no older than the
    rule's minutes (and later than ``since``). "" for nothing."""
    most = dt.timedelta(minutes=rules()["permits"]["analysis_minutes"]["value"])
    for gas in kind_rules(permit.kind)["gases"]:
        name = gases.name_of(gas)
        last = permit.readings.filter(gas=name).order_by("-at", "-pk").first()
        if last is None:
            return _("还没有%(gas)s分析") % {"gas": name}
        if not last.passed:
            return _("%(gas)s分析不合格") % {"gas": name}
        if now - last.at > most:
            said = {"gas": name, "minutes": int(most.total_seconds() // 60)}
            return _("%(gas)s分析已超过 %(minutes)s 分钟，要重新分析") % said
        if since is not None and last.at <= since:
            return _("暂停之后还没有重新分析%(gas)s") % {"gas": name}
    return ""


@PERMITS.declare(
    "signed",
    gettext_lazy("作业票签字"),
    name="sign",
    states=(PermitState.APPLIED,),
    said=lambda step: _("已签字：%(text)s") % {"text": step.text},
)
def sign(act: Act[WorkPermit], step: int, note: str = "") -> PermitStep:
    """The next signature in the order, by somebody who has not signed yet; the guardian's by the guardian. The last
    approves. Raises InputError for one that is not next, for measures that are open, for a second one of the same person."""
    permit = act.record
    now = _clock(permit)
    left = permit.steps.filter(at=None)
    unticked = left.exclude(kind=StepKind.SIGN).first()
    if unticked is not None:
        raise InputError(_("隔离和安全措施还没有全部确认：%(text)s") % {"text": unticked.text}, where=_("签字"))
    following = left.filter(kind=StepKind.SIGN).order_by("place").first()
    if following is None or following.pk != step:
        said = {"text": following.text if following else "—"}
        raise InputError(_("签字要按顺序，下一个是：%(text)s") % said, where=_("签字"))
    guards = following.text == "监护人"
    if guards != (act.user.pk == permit.guardian_id):
        raise InputError(_("“监护人”一栏须由监护人本人签字，监护人不能签其他栏"), where=_("签字"))
    if permit.steps.filter(kind=StepKind.SIGN, by=act.user.pk).exclude(at=None).exists():
        raise InputError(_("每人只能签一处"), where=_("签字"))
    following.by, following.at, following.note = act.user, now, " ".join(note.split())[:200]
    following.save()
    if not permit.steps.filter(kind=StepKind.SIGN, at=None).exists():
        if fault := analysis_fault(permit, now):
            raise InputError(fault, where=_("气体分析"))
        permit.state, permit.approved_at = PermitState.APPROVED, now
    permit.save()
    act.detail |= {"step": following.text}
    return following


def start_fault(permit: WorkPermit, now: dt.datetime, since: dt.datetime | None = None) -> str:
    """Why work may not begin (or go on) now; "" for nothing: time, certificates, analyses, conflicts, the parent."""
    if now >= permit.planned_to:
        return _("计划时间已过，请重新申请")
    if permit.certificates_to is not None and permit.certificates_to < timezone.localdate(now):
        return _("作业证书已过期")
    if permit.parent is not None and permit.parent.state != PermitState.WORKING:
        return _("所属作业票不在作业中")
    found = [one for one in conflicts_of(permit) if one.blocks]
    return analysis_fault(permit, now, since) or (found[0].text if found else "")


@PERMITS.declare(
    "started", gettext_lazy("开始作业"), name="start", states=(PermitState.APPROVED,), said=gettext_lazy("作业开始")
)
def start(act: Act[WorkPermit]) -> WorkPermit:
    """Begin: valid from now for the hours of its level, or until the planned end where the rules give none. Raises
    ConflictError with what stands against it."""
    permit = act.record
    now = _clock(permit)
    if fault := start_fault(permit, now):
        raise ConflictError(fault, where=permit.number)
    hours = kind_rules(permit.kind)["levels"][permit.level]
    permit.state, permit.started_at = PermitState.WORKING, now
    ends = permit.planned_to if hours is None else min(now + dt.timedelta(hours=hours), permit.planned_to)
    parent = permit.parent
    permit.valid_to = min(ends, parent.valid_to) if parent is not None and parent.valid_to is not None else ends
    permit.save()
    act.detail |= {"valid_to": permit.valid_to}
    return permit


def _suspend(permit: WorkPermit, now: dt.datetime, why: str, alarm: Any = None) -> None:
    """Suspend, and tell guardian and applicant; whoever is told goes first."""
    permit.state, permit.suspended_at, permit.suspended_why, permit.suspended_by = (
        PermitState.SUSPENDED,
        now,
        why[:300],
        alarm,
    )
    permit.latest = max(permit.latest, now)
    notify_all(
        [permit.guardian, permit.applied_by],
        _("立即停止作业：%(number)s %(kind)s") % {"number": permit.number, "kind": permit.get_kind_display()},
        f"{permit.place} · {why}", reverse("work-permit", args=[permit.pk]), topic="permits", simulated=permit.simulated,
    )  # fmt: skip


@PERMITS.declare(
    "suspended", gettext_lazy("暂停作业"), name="suspend", states=(PermitState.WORKING,), said=gettext_lazy("已暂停")
)
def suspend(act: Act[WorkPermit], reason: str) -> WorkPermit:
    """Stop the work for the time being; its children with it."""
    why = words_of(reason, _("原因"), 200)
    _suspend(act.record, timezone.now(), why)
    act.record.save()
    act.detail["reason"] = why
    _end_children(act, PermitState.SUSPENDED, why)
    return act.record


def _end_children(act: Act[WorkPermit], state: str, why: str) -> None:
    """What hangs on a permit stands as it does."""
    for one in act.record.children.filter(state=PermitState.WORKING).select_related("guardian", "applied_by"):
        _suspend(one, timezone.now(), _("所属作业票%(number)s：%(why)s") % {"number": act.record.number, "why": why})
        if state != PermitState.SUSPENDED:
            one.state, one.closed_at, one.closing = PermitState.CLOSED, timezone.now(), one.suspended_why
        one.save()
        PERMITS.log(act.user, "suspended", one, parent=act.record.number)


def suspend_for(permit: WorkPermit, alarm: Any, why: str) -> bool:
    """Suspend a permit because of an alarm, as the platform itself; False when it is not being worked on."""
    with transaction.atomic():
        found = PERMITS.locked(permit.pk)
        if found.state != PermitState.WORKING:
            return False
        _suspend(found, timezone.now(), why, alarm)
        found.save()
        PERMITS.log(None, "suspended", found, alarm=alarm.pk, reason=why)
    return True


@PERMITS.declare(
    "resumed", gettext_lazy("恢复作业"), name="resume", states=(PermitState.SUSPENDED,), said=gettext_lazy("恢复作业")
)
def resume(act: Act[WorkPermit]) -> WorkPermit:
    """Go on: with the alarm over, the analyses made again after the suspension, and nothing else against it. Raises
    ConflictError."""
    permit = act.record
    now = _clock(permit)
    if permit.valid_to is not None and now >= permit.valid_to:
        raise ConflictError(_("有效期已过，请重新申请"), where=permit.number)
    if permit.suspended_by is not None and permit.suspended_by.state == "active":
        raise ConflictError(_("报警还没有解除"), where=permit.number)
    if fault := start_fault(permit, now, permit.suspended_at):
        raise ConflictError(fault, where=permit.number)
    permit.state = PermitState.WORKING
    permit.save()
    return permit


@PERMITS.declare(
    "extended", gettext_lazy("作业票延期"), name="extend", states=(PermitState.WORKING,), said=gettext_lazy("已延期")
)
def extend(act: Act[WorkPermit], hours: int, reason: str) -> WorkPermit:
    """Let it be valid longer, where the rules know of it (temporary power, up to 720 h in all) or give no hours; other
    kinds are applied for anew. Raises InputError."""
    permit = act.record
    now = _clock(permit)
    held = kind_rules(permit.kind)
    assert permit.started_at is not None and permit.valid_to is not None
    most = held.get("most_hours")
    if most is None and held["levels"][permit.level] is not None:
        raise InputError(_("这种作业不能延期，到期须重新申请"), where=_("延期"))
    ends = permit.valid_to + dt.timedelta(hours=hours)
    if not 1 <= hours <= 720 or (most is not None and ends > permit.started_at + dt.timedelta(hours=most)):
        raise InputError(_("延期超过最长时限"), where=_("延期"))
    if now >= permit.valid_to:
        raise InputError(_("有效期已过，请重新申请"), where=_("延期"))
    act.detail |= {"before": permit.valid_to, "reason": words_of(reason, _("原因"), 200)}
    permit.valid_to = ends
    permit.planned_to = max(permit.planned_to, ends)
    permit.save()
    return permit


@PERMITS.declare(
    "closed",
    gettext_lazy("关闭作业票"),
    name="close",
    states=(PermitState.WORKING, PermitState.SUSPENDED, PermitState.EXPIRED),
    said=gettext_lazy("已关闭"),
)
def close(act: Act[WorkPermit], told: str, files: Files = ()) -> WorkPermit:
    """The work is done and the place is cleared; the children end with it."""
    permit = act.record
    permit.closing = words_of(told, _("完工情况"), 300)
    permit.state, permit.closed_at = PermitState.CLOSED, timezone.now()
    permit.save()
    attach(permit, files, act.user)
    _end_children(act, PermitState.CLOSED, _("已关闭"))
    return permit


@PERMITS.declare(
    "cancelled",
    gettext_lazy("取消作业票"),
    name="cancel",
    states=(PermitState.APPLIED, PermitState.APPROVED),
    said=gettext_lazy("已取消"),
)
def cancel(act: Act[WorkPermit], reason: str) -> WorkPermit:
    """It is not worked by this permit after all."""
    permit = act.record
    permit.closing = words_of(reason, _("原因"), 200)
    permit.state, permit.closed_at = PermitState.CANCELLED, timezone.now()
    permit.save()
    return permit


def expire(now: dt.datetime) -> str:
    """Permits whose time is over: work stops, and guardian and applicant are told. As a job of every minute."""
    count = 0
    late = WorkPermit.objects.filter(state__in=(PermitState.WORKING, PermitState.SUSPENDED), valid_to__lte=now)
    for permit in late.order_by("pk"):
        with transaction.atomic():
            found = PERMITS.locked(permit.pk)
            if found.state not in (PermitState.WORKING, PermitState.SUSPENDED):
                continue
            _suspend(found, now, _("有效期已过"))
            found.state = PermitState.EXPIRED
            found.save()
            PERMITS.log(None, "expired", found, valid_to=found.valid_to)
            count += 1
    return f"作业票超期 {count} 张" if count else ""
