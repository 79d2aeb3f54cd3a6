"""What people say: opinions, countersignatures, urging, later attachments, and looking at an identity."""

from collections.abc import Sequence
from typing import Any

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.records.attachments import attach
from qiangqu.records.checking import CheckedFile

from ..models import Case, Identity, Opinion, OpinionKind, Step, StepStatus
from ..people import has_part, holds, person_of, supervises
from .core import acting, open_step, running
from .stepping import NotYours, reason_of

MOST_OPINIONS = 500
MOST_COUNTERSIGNERS = 30


def opine(case: Case, text: str, user: Any, files: Sequence[CheckedFile] = ()) -> None:
    """Add an opinion, files, or both to a case. Anyone who has a part in it may, and supervisors."""
    with acting(case.pk, user, "case_opinion") as act:
        if not act.case.running:
            raise ConflictError("办件已经结束，不能再添加意见", where=case.number)
        if not supervises(user, act.case) and not has_part(user, act.case):
            raise NotYours("只有参与办理的人能添加意见", where=case.number)
        text = reason_of(text, required=not files)
        if act.case.opinions.count() >= MOST_OPINIONS:
            raise InputError(f"意见超过 {MOST_OPINIONS} 条", where=case.number)
        if text:
            Opinion.objects.create(case=act.case, user=user, text=text, at=act.clock.now)
        attach(act.case, files, user, at=act.clock.now)
        act.detail |= {"text": text, "attachments": [{"name": file.name, "sha256": file.sha256} for file in files]}


def ask_countersign(case: Case, step_pk: int, usernames: Sequence[str], user: Any, text: str = "") -> list[Opinion]:
    """Ask people to countersign a step (会签); it cannot be finished before all have answered."""
    with acting(case.pk, user, "case_countersign_asked") as act:
        running(act)
        step = open_step(act, step_pk)
        if not holds(user, step):
            raise NotYours("只有经办人能发起会签", where=case.number)
        names = list(dict.fromkeys(name.strip() for name in usernames if name.strip()))
        if not 0 < len(names) <= MOST_COUNTERSIGNERS:
            raise InputError(f"请选 1—{MOST_COUNTERSIGNERS} 位会签人", where="users")
        people = [person_of(act.case, name) for name in names]
        if user in people:
            raise InputError("不能请自己会签", where="users")
        asked = set(
            Opinion.objects.filter(step=step, kind=OpinionKind.COUNTERSIGN, answered_at=None).values_list(
                "user_id", flat=True
            )
        )
        made = [
            Opinion.objects.create(
                case=act.case, step=step, kind=OpinionKind.COUNTERSIGN, user=person, asked_by=user, at=act.clock.now
            )
            for person in people
            if person.pk not in asked
        ]
        act.detail |= {"step": step.name, "users": [str(p) for p in people], "text": reason_of(text, required=False)}
    return made


def countersign(case: Case, opinion_pk: int, agrees: bool, text: str, user: Any) -> Opinion:
    """Answer a countersignature that was asked of the user."""
    with acting(case.pk, user, "case_countersigned") as act:
        running(act)
        opinion = (
            act.case.opinions.filter(pk=opinion_pk, kind=OpinionKind.COUNTERSIGN, user=user)
            .select_related("step")
            .first()
        )
        if opinion is None:
            raise NotFoundError("没有请您会签的这一项", where=case.number)
        if opinion.answered_at is not None:
            raise ConflictError("这项会签已经答复或已取消", where=case.number)
        opinion.agrees, opinion.text = agrees, reason_of(text, required=not agrees)
        opinion.answered_at = act.clock.now
        opinion.save(update_fields=["agrees", "text", "answered_at"])
        act.detail |= {"step": opinion.step.name if opinion.step else "", "agrees": agrees, "text": opinion.text}
    return opinion


def recall_countersign(case: Case, opinion_pk: int, user: Any) -> None:
    """Call back a countersignature that has not been answered: the one who asked, or a supervisor."""
    with acting(case.pk, user, "case_countersign_recalled") as act:
        running(act)
        opinion = act.case.opinions.filter(pk=opinion_pk, kind=OpinionKind.COUNTERSIGN, answered_at=None).first()
        if opinion is None:
            raise ConflictError("这项会签已经答复或已取消", where=case.number)
        if opinion.asked_by_id != user.pk and not supervises(user, act.case):
            raise NotYours("只有发起会签的人能撤销", where=case.number)
        opinion.answered_at = act.clock.now
        opinion.save(update_fields=["answered_at"])
        act.detail |= {"user": str(opinion.user)}


def urge(case: Case, text: str, user: Any) -> int:
    """Urge those who hold the open steps (催办): the one who opened the case, and supervisors. Returns how
    many steps were urged.
    """
    with acting(case.pk, user, "case_urged") as act:
        running(act)
        if act.case.opened_by_id != user.pk and not supervises(user, act.case):
            raise NotYours("只有发起人和督办人员能催办", where=case.number)
        steps = list(act.case.steps.filter(status=StepStatus.OPEN).select_related("assignee"))
        text = reason_of(text, required=False)
        for step in steps:
            Opinion.objects.create(
                case=act.case, step=step, kind=OpinionKind.URGE, user=user, text=text, at=act.clock.now
            )
        act.detail |= {"steps": [step.name for step in steps], "text": text}
    return len(steps)


def look_at_identity(case: Case, user: Any, reason: str) -> dict[str, Any]:
    """Who opened the case: for the named handler of an open step only. Every look is an entry in the audit
    trail, written before anything is shown.

    Raises NotYours for everybody else, whatever his role.
    """
    with acting(case.pk, user, "case_identity_seen") as act:
        step: Step | None = (
            act.case.steps.filter(status=StepStatus.OPEN, assignee=user).exclude(claimed_at=None).first()
        )
        if step is None or not holds(user, step):
            raise NotYours("身份信息只有签收了本件的经办人能看", where=case.number)
        found = Identity.objects.filter(case=act.case).first()
        if found is None:
            raise NotFoundError("这个办件没有留下身份信息", where=case.number)
        act.detail |= {"step": step.name, "reason": reason_of(reason), "fields": sorted(found.data)}
    return dict(found.data)
