"""A document as the cause of a supervised task 转督办."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.cases.models import Case
from qiangqu.plan import supervision

from ..models.documents import Document
from .access import FOUND


def proposal_at(user: Any, rest: str) -> supervision.Proposal:
    """What a task out of the document ``rest`` would say. Raises ConflictError for a draft."""
    document = FOUND.at(user, rest)
    if document is None:
        raise NotFoundError(_("没有这个公文，或您无权查看"), where=rest[:20])
    if document.editable:
        raise ConflictError(_("文稿还在起草，印发后才能转督办"), where=document.title)
    asked = f"请按《{document.title}》（{document.number or document.receipt}）的要求办理并报告情况。"
    return supervision.proposed(
        document.subject, document.title, asked, timezone.localdate(), document.answer_by,
        area=document.body.area, simulated=document.simulated,
    )  # fmt: skip


def tasks_of(document: Document, user: Any) -> list[Case]:
    """The latest tasks out of it that the user sees."""
    found = visible(Case.objects.all(), user).filter(subject=document.subject, kind__code=supervision.KIND)
    return list(found.order_by("-id")[:10])
