"""What people do with a step: claim, assign, delegate, put back, finish, send back, take back; and
withdrawing the whole case.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Q

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.terms import listed
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile

from .. import engine
from ..forms import Form, changed_since, validated
from ..formview import shown
from ..models import Case, CaseStatus, Opinion, OpinionKind, Step, StepStatus
from ..people import colleagues, holds, person_of, sits_at, supervises
from ..references import check_answers
from .core import Act, acting, close_step, open_step, running, touch

LONGEST_REASON = 500


class NotYours(InputError):
    """The step is somebody else's."""


def _mine(act: Act, step: Step) -> None:
    if not holds(act.user, step):
        who = f"由 {step.assignee} 办理" if step.assignee_id else "不在您的岗位上"
        raise NotYours(f"“{step.name}”{who}，您不能办理", where=act.case.number)


def reason_of(text: str, required: bool = True) -> str:
    """A reason in words. Raises InputError when it is missing or too long."""
    text = " ".join(text.split())
    if required and not text:
        raise InputError("请写明理由", where="reason")
    if len(text) > LONGEST_REASON:
        raise InputError(f"理由不超过 {LONGEST_REASON} 字", where="reason")
    return text


def claim(case: Case, step_pk: int, user: Any, revision: int | None = None) -> Step:
    """Take a step from one's desk."""
    with acting(case.pk, user, "case_claimed") as act:
        running(act)
        step = open_step(act, step_pk, revision)
        _mine(act, step)
        if step.assignee_id is None or step.claimed_at is None:
            step.assignee, step.claimed_at = user, act.clock.now
            touch(step, "assignee", "claimed_at")
        act.detail |= {"step": step.name}
    return step


def put_back(case: Case, step_pk: int, user: Any) -> Step:
    """Lay a claimed step back on its desk."""
    with acting(case.pk, user, "case_put_back") as act:
        running(act)
        step = open_step(act, step_pk)
        _mine(act, step)
        if not sits_at(user, step):
            raise InputError("这一步只由您办理，不能放回；可以转办给别人", where=case.number)
        step.assignee, step.claimed_at = None, None
        touch(step, "assignee", "claimed_at")
        act.detail |= {"step": step.name}
    return step


def assign(case: Case, step_pk: int, to: str, user: Any, reason: str = "") -> Step:
    """Give a step to somebody: a supervisor to anyone of the staff; the one who holds it hands it on
    (delegates).
    """
    with acting(case.pk, user, "case_assigned") as act:
        running(act)
        step = open_step(act, step_pk)
        steers = supervises(user, act.case)
        if not steers:
            _mine(act, step)
            rule = act.definition.steps.get(step.node)
            if rule is not None and not rule.may_delegate:
                raise InputError("这一步不能转办", where=step.name)
        if step.for_public:
            raise InputError("这一步由公众办理，不能指派", where=step.name)
        person = colleagues(step).filter(username=to.strip()[:150]).first() or person_of(act.case, to)
        before = str(step.assignee or "")
        act.name = "case_assigned" if steers else "case_delegated"
        act.detail |= {
            "step": step.name,
            "from": before,
            "to": str(person),
            "reason": reason_of(reason, required=False),
        }
        step.assignee, step.claimed_at = person, None
        touch(step, "assignee", "claimed_at")
    return step


def finish_step(
    case: Case,
    step_pk: int,
    data: Mapping[str, Any],
    user: Any,
    *,
    revision: int | None = None,
    opinion: str = "",
    files: Sequence[CheckedFile] = (),
    now: dt.datetime | None = None,
    public: bool = False,
    seen: str = "",
    emptied: Collection[str] = (),
) -> Step:
    """Finish a step with the answers to its form and move the case on, once.

    Raises FormErrors, ConflictError (somebody was faster, countersignatures are missing), NotYours.
    ``public``: the complainant himself, known by his code. ``seen`` is what the form showed
    (:func:`..forms.seen_of`): what another line has changed since is shown before it is overwritten.
    ``emptied`` are fields of the form whose value was taken away.
    """
    with acting(case.pk, user, "case_step_done", now=now) as act:
        running(act)
        step = open_step(act, step_pk, revision)
        if public:
            if not step.for_public:
                raise NotYours("这一步不由公众办理", where=case.number)
        else:
            _mine(act, step)
        form = act.definition.form_of(step.node)
        answers = validated(form, dict(data)) if form else _nothing(data)
        if form:
            check_answers(form, answers, act.case.area, act.clock.today)
            if changed := changed_since(form, seen, act.case.data):
                raise ConflictError(_changed(form, changed, act.case), where=step.name)
        owed = Opinion.objects.filter(step=step, kind=OpinionKind.COUNTERSIGN, answered_at=None).select_related("user")
        if missing := [str(one.user) for one in owed]:
            raise ConflictError(f"会签还没有答复：{'、'.join(missing)[:100]}；请催办或撤销会签", where=step.name)
        text = reason_of(opinion, required=False) if len(opinion) <= LONGEST_REASON else _too_long()
        if text:
            Opinion.objects.create(case=act.case, step=step, user=user, text=text, at=act.clock.now)
        attach(act.case, files, user, at=act.clock.now, about=f"step:{step.pk}")
        gone = {
            key: None for key in emptied if form and key in form.fields.keys() & act.case.data.keys() - answers.keys()
        }
        before = {key: act.case.data.get(key) for key in answers | gone}
        act.case.data = {key: value for key, value in act.case.data.items() if key not in gone} | answers
        _retitle(act, answers)
        act.detail |= {"step": step.name, "form": {"before": before, "after": answers | gone}, "opinion": text}
        if files:
            act.detail["attachments"] = [{"name": file.name, "sha256": file.sha256} for file in files]
        act.about, act.issues = step, True
        close_step(act, step, StepStatus.DONE, answers, user)
        engine.complete(act.workflow, step.task_id, answers, gone)
    return step


def _changed(form: Form, names: Sequence[str], case: Case) -> str:
    """Which fields another line has changed while somebody filled in a form."""
    now = [
        f"“{form.fields[name].get('title', name)}”现为 {shown(case.data.get(name, ''), form.fields[name])[:60]}"
        for name in names[:5]
    ]
    return f"您填写期间别的步骤改了内容：{'；'.join(now)}。请核对后再办结"


def _too_long() -> str:
    raise InputError(f"意见不超过 {LONGEST_REASON} 字", where="opinion")


def _retitle(act: Act, answers: Mapping[str, Any]) -> None:
    """A step that corrects the field from which the case has its title corrects the title."""
    name = act.definition.raw.get("title_field", "")
    title = " ".join(str(answers.get(name) or "").split())[:200]
    if title and title != act.case.title:
        act.detail["title"] = {"before": act.case.title, "after": title}
        act.case.title = title


def _nothing(data: Mapping[str, Any]) -> dict[str, Any]:
    if data:
        raise InputError("这一步没有表单，不接受内容", where=listed(map(str, data))[:80])
    return {}


def targets(case: Case, step: Step) -> list[engine.Ready]:
    """Steps to which this one can be sent back, the nearest first."""
    from .. import kinds

    ready = kinds.ready(case.version)
    workflow = engine.load(ready.built, case.state, engine.Clock(case.last_at), case.data)
    return engine.earlier_steps(workflow, step.task_id)


def send_back(case: Case, step_pk: int, reason: str, user: Any, *, to: str = "", revision: int | None = None) -> Step:
    """Send the work back to an earlier step (退回), to the one who did it; ``to`` is a task id of
    :func:`targets` ("" the nearest).
    """
    with acting(case.pk, user, "case_returned") as act:
        running(act)
        step = open_step(act, step_pk, revision)
        _mine(act, step)
        rule = act.definition.steps.get(step.node)
        if rule is not None and not rule.may_return:
            raise InputError("这一步不能退回", where=step.name)
        _go_back(act, step, to, reason_of(reason), StepStatus.RETURNED)
    return step


def _go_back(act: Act, step: Step, to: str, reason: str, status: str) -> None:
    possible = engine.earlier_steps(act.workflow, step.task_id)
    if not possible:
        raise InputError("前面没有可以退回的步骤", where=step.name)
    target = to or possible[0].task_id
    node = next((one.node for one in possible if one.task_id == target), "")
    act.workflow, undone = engine.send_back(act.kind.built, act.workflow, step.task_id, target, {"returned": reason})
    void = act.case.letters.filter(step__task_id__in=undone, voided_at=None)
    if numbers := list(void.values_list("number", flat=True)):
        void.update(voided_at=act.clock.now)
        act.detail["letters_voided"] = numbers
    close_step(act, step, status, {"reason": reason}, act.user)
    Opinion.objects.create(
        case=act.case, step=step, kind=OpinionKind.RETURN, user=act.user, text=reason, at=act.clock.now
    )
    act.detail |= {"step": step.name, "to": act.definition.process.nodes[node].name if node else "", "reason": reason}


def take_back(case: Case, step_pk: int, user: Any, reason: str = "") -> Step:
    """Take one's own finished step back (撤回) as long as nobody has begun what came next."""
    with acting(case.pk, user, "case_taken_back") as act:
        running(act)
        done = Step.objects.filter(pk=step_pk, case=act.case, status=StepStatus.DONE, done_by=user).first()
        if done is None:
            raise InputError("只能撤回您自己办结的步骤", where=case.number)
        following = [
            (step, target)
            for step in act.case.steps.filter(status=StepStatus.OPEN)
            for target in engine.earlier_steps(act.workflow, step.task_id)[:1]
            if target.task_id == done.task_id
        ]
        # what came next in a parallel line and is already done would be undone with it
        later = act.case.steps.filter(status=StepStatus.DONE, pk__gt=done.pk, opened_at__gte=done.done_at).exists()
        if not following or later or any(step.claimed_at is not None for step, _target in following):
            raise ConflictError("下一步已经签收或办结，不能撤回；请联系经办人退回", where=case.number)
        step, target = following[0]
        _go_back(act, step, target.task_id, reason_of(reason, required=False) or "撤回", StepStatus.CANCELLED)
    return done


def withdraw(case: Case, user: Any, reason: str) -> Case:
    """Withdraw the whole case (the one who opened it, where the kind allows it; a supervisor always)."""
    with acting(case.pk, user, "case_withdrawn") as act:
        if not act.case.running:
            raise ConflictError(f"办件{act.case.get_status_display()}，不能撤回", where=case.number)
        mine = act.case.opened_by_id == user.pk and act.definition.raw.get("withdraw", True)
        if not mine and not supervises(user, act.case):
            raise InputError("只有发起人（在允许撤回的事项里）和督办人员能撤回", where=case.number)
        act.detail |= {"reason": reason_of(reason)}
        end_all(act)
        act.case.status, act.case.closed_at = CaseStatus.WITHDRAWN, act.clock.now
    return act.case


def end_all(act: Act) -> None:
    """Close every open step and timer of the case."""
    for step in act.case.steps.filter(status=StepStatus.OPEN):
        close_step(act, step, StepStatus.CANCELLED)
    act.case.timers.filter(worked_at=None).update(worked_at=act.clock.now)


def mine(user: Any) -> Q:
    """Open steps that are the user's or lie on his desk: 待办."""
    return Q(status=StepStatus.OPEN, assignee=user) | Step.at_desk(user)
