"""Suspected breaches of the law 涉嫌违法 as cases (``kinds/safety_case``): opened out of a visit or of a major hazard that
is overdue, followed where 《行政处罚法》 asks for something that a form cannot: two who handle it, a decision in time.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import covers, visible
from qiangqu.cases import kinds
from qiangqu.cases.acts import open_case
from qiangqu.cases.acts.core import Act as CaseAct
from qiangqu.cases.contracts import Contract, Lead, Need, Work, coded
from qiangqu.cases.models import Case
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action

from .models.hazards import Hazard
from .models.inspections import Visit
from .terms import Outcome

KIND = "safety_case"
FILED, PENALTY = "filed", "penalty"
#: outcomes of a visit that may be prosecuted; the first one is to be
SUSPECTED = (Outcome.BREACH, Outcome.REFUSED)
#: from filing to decision, days (《行政处罚法》 article 60)
DECIDE_DAYS = 90

CONTRACT = Contract(
    KIND,
    "安全生产违法案件",
    Path(__file__).parent / "kinds" / KIND,
    opening={
        "title": Need(longest=120),
        "organisation": Need(format="organisation"),
        "came_of": Need(values=("visit", "hazard")),
        "reference": Need(longest=60, always=False),
        "facts": Need(longest=1500),
    },
    steps={
        "filing": Work({"filing": Need(values=(FILED,)), "handlers": Need(always=False)}),
        "informing": Work({"informed_on": Need(format="date")}),
        "decision": Work({
            "decision": Need(values=(PENALTY,)),
            "decision_number": Need(always=False),
            "decision_on": Need(format="date", always=False),
            "extended_why": Need(always=False),
        }),
    },
    leads=(Lead("filing", "filing", FILED, "inquiry"), Lead("decision", "decision", PENALTY, "execution")),
    settings={"elsewhere": True},
)  # fmt: skip


# ---------------------------------------------------------------- opening


def subject_of(record: Visit | Hazard) -> str:
    """What a case about the record says that it is about: ``visit:5``."""
    return f"{record._meta.model_name}:{record.pk}"


def _cases(record: Visit | Hazard) -> QuerySet[Case]:
    return Case.objects.filter(kind__code=KIND, subject=subject_of(record)).order_by("pk")


def case_of(record: Visit | Hazard) -> Case | None:
    """The case that was opened about it, whoever asks; one that was withdrawn counts as well."""
    return _cases(record).first()


def case_for(user: Any, record: Visit | Hazard) -> Case | None:
    """The case about it, if the user sees it."""
    return visible(_cases(record), user).first()


def handles_there(user: Any, organisation: Organisation) -> bool:
    """Whether a post of the user handles cases where the organisation lies."""
    return covers(user, organisation.area.path, Action.HANDLE_CASES)


def prosecute(record: Visit | Hazard, user: Any, reference: str, facts: str) -> Case:
    """Open the case about a visit or a hazard, which the caller has locked. Raises InputError for a user whose role may
    not."""
    firm = record.organisation
    data = {
        "title": f"{firm.name}涉嫌安全生产违法"[:120],
        "organisation": firm.code,
        "came_of": str(record._meta.model_name),
        "reference": reference[:60],
        "facts": facts[:1500],
    }
    opened = open_case(
        KIND,
        kinds.worded(KIND, data),
        area=firm.area,
        user=user,
        subject=subject_of(record),
        simulated=record.simulated,
    )
    return opened.case


def without_case(rows: "QuerySet[Visit]") -> "QuerySet[Visit]":
    """Those of ``rows`` that suspect a breach and of which nobody has made a case."""
    subject = Concat(Value("visit:"), Cast(OuterRef("pk"), CharField()), output_field=CharField())
    return rows.filter(outcome=Outcome.BREACH).exclude(Exists(Case.objects.filter(kind__code=KIND, subject=subject)))


# ---------------------------------------------------------------- following


def on_case_moving(sender: Any, act: CaseAct, **_kwargs: Any) -> None:
    """Receiver of ``case_moving``: refuses a step whose answers the law does not allow. Raises InputError."""
    if act.case.kind.code != KIND or act.name != "case_step_done" or act.about is None:
        return
    data = coded(KIND, act.case.data | act.about.outcome)
    today = timezone.localdate(act.clock.now)
    if act.about.node == "filing":
        _filing(data)
    elif act.about.node == "informing":
        _past(data["informed_on"], today, _("告知日期"))
    elif act.about.node == "decision":
        _decision(act, data, today)


def handlers_of(text: str) -> list[str]:
    """The names in a text, each once.

    >>> handlers_of("王五、赵六，王五")
    ['王五', '赵六']
    """
    for mark in "，,；; \u3000\n":
        text = text.replace(mark, "、")
    return list(dict.fromkeys(one for one in text.split("、") if one))


def _filing(data: Mapping[str, Any]) -> None:
    if data.get("filing") == FILED and len(handlers_of(str(data.get("handlers") or ""))) < 2:
        raise InputError(_("立案的请写两名以上承办人"), where=_("承办人"))


def _decision(act: CaseAct, data: Mapping[str, Any], today: dt.date) -> None:
    if data.get("decision") != PENALTY:
        return
    number, text = str(data.get("decision_number") or "").strip(), data.get("decision_on")
    if not number or not text:
        raise InputError(_("给予处罚的请填文书编号和决定日期"), where=_("决定"))
    day = _past(text, today, _("决定日期"))
    if day < dt.date.fromisoformat(data["informed_on"]):
        raise InputError(_("决定不能早于告知"), where=_("决定日期"))
    filed = act.case.steps.filter(node="filing").exclude(done_at=None).order_by("done_at").last()
    late = 0 if filed is None else (day - timezone.localdate(filed.done_at)).days - DECIDE_DAYS
    if late > 0 and not str(data.get("extended_why") or "").strip():
        raise InputError(_("超过立案后九十日，请写明延期的依据"), where=_("决定日期"))


def _past(text: str, today: dt.date, where: str) -> dt.date:
    """The day of an answer. Raises InputError for one to come."""
    day = dt.date.fromisoformat(text)
    if day > today:
        raise InputError(_("日期不能晚于今天"), where=where)
    return day
