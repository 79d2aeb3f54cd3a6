"""What people are told when a case moves: messages in the transaction of the act, so that nobody is told what
did not happen.
"""

from collections.abc import Iterable
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from qiangqu.messaging.notify import notify_all
from qiangqu.registry.roles import Action, may

from .acts.core import Act
from .models import Step, StepStatus
from .people import escalated_to, sitting

TOPIC = "cases"


def announce(act: Act) -> None:
    """Tell those whom the act concerns, never the one who acted."""
    for step in act.opened:
        _tell(act, _who(step), _("待办：%(step)s（%(title)s）") % _names(act, step), _due(step))
    step_name = act.detail.get("step", "")
    match act.name:
        case "case_assigned" | "case_delegated":
            for step in act.case.steps.filter(status=StepStatus.OPEN, name=step_name).exclude(assignee=None):
                _tell(
                    act,
                    _who(step),
                    _("交给您办：%(step)s（%(title)s）") % _names(act, step),
                    str(act.detail.get("reason", "")),
                )
        case "case_countersign_asked":
            people = [
                o.user for o in act.case.opinions.filter(kind="countersign", answered_at=None).select_related("user")
            ]
            named = {"step": step_name, "title": act.case.title}
            _tell(act, people, _("请您会签：%(step)s（%(title)s）") % named, str(act.detail.get("text", "")))
        case "case_countersigned":
            for step in act.case.steps.filter(status=StepStatus.OPEN, name=step_name):
                _tell(act, _who(step), _("会签已答复：%(step)s（%(title)s）") % _names(act, step))
        case "case_urged":
            for step in act.case.steps.filter(status=StepStatus.OPEN):
                _tell(
                    act,
                    _who(step),
                    _("催办：%(step)s（%(title)s）") % _names(act, step),
                    str(act.detail.get("text", "")),
                )
        case "case_timer_remind" | "case_timer_overdue":
            if act.about is not None and act.about.status == StepStatus.OPEN:
                _late(act, act.about)
        case "case_timer_case":
            _tell(act, _holders(act), _("办件超期：%(title)s") % {"title": act.case.title})
    if not act.case.running and act.case.opened_by is not None:
        words = {"title": act.case.title, "status": act.case.get_status_display()}
        _tell(act, [act.case.opened_by], _("%(status)s：%(title)s") % words)


def _late(act: Act, step: Step) -> None:
    if act.name == "case_timer_remind":
        _tell(act, _who(step), _("快到期：%(step)s（%(title)s）") % _names(act, step), _due(step))
        return
    told = list(_who(step))
    told += escalated_to(step)
    _tell(act, told, _("已超期：%(step)s（%(title)s）") % _names(act, step), _due(step))


def _names(act: Act, step: Step) -> dict[str, str]:
    return {"step": step.name, "title": act.case.title}


def _due(step: Step) -> str:
    return _("期限 %(day)s") % {"day": step.due_on} if step.due_on else ""


def _who(step: Step) -> Iterable[Any]:
    if step.assignee is not None:
        return [step.assignee]
    return [user for user in sitting(step) if may(user, Action.HANDLE_CASES)]


def _holders(act: Act) -> list[Any]:
    return [user for step in act.case.steps.filter(status=StepStatus.OPEN) for user in _who(step)]


def _tell(act: Act, people: Iterable[Any], subject: str, text: str = "") -> None:
    try:
        url = reverse("cases-case", args=[act.case.number])
    except NoReverseMatch:  # a node without the pages
        url = ""
    others = [one for one in people if one is not None and one != act.user]
    said = "\n".join(part for part in (act.case.number, text) if part)
    notify_all(others, subject, said, url, topic=TOPIC, simulated=act.case.simulated)
