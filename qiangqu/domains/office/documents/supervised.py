"""A document as the cause of a supervised task 转督办."""

import datetime as dt
from typing import Any

from qiangqu.base.visibility import visible
from qiangqu.cases.models import Case
from qiangqu.plan import supervision

from ..models import Document


def proposal_for(document: Document, day: dt.date) -> supervision.Proposal:
    """What a task out of this document would say."""
    asked = f"请按《{document.title}》（{document.number or document.receipt}）的要求办理并报告情况。"
    return supervision.proposed(
        f"document:{document.pk}", document.title, asked, day, document.answer_by, simulated=document.simulated
    )


def tasks_of(document: Document, user: Any) -> list[Case]:
    """The latest tasks out of it that the user sees."""
    found = visible(Case.objects.all(), user).filter(subject=f"document:{document.pk}", kind__code=supervision.KIND)
    return list(found.order_by("-id")[:10])
