"""The page of a document, its forms, its files, and the acts on it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.numbers import natural
from qiangqu.cases.people import may_see
from qiangqu.records.formpages import RecordForms
from qiangqu.records.recordpage import Paper, RecordPage
from qiangqu.registry import audit
from qiangqu.registry.models import with_posts
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page as shown
from qiangqu.ui.lists import Asked

from ...models.documents import Document
from .. import circulation, drafting, incoming, paper, posts
from ..access import FOUND, bodies_of, document_for
from ..comparing import compared
from ..forms import DraftForm, ReceiptForm
from ..rights import DOCUMENTS, rights
from ..rules import faults_of, paragraphs, settle
from ..supervised import tasks_of
from ..terms import Retention

MOST_OFFERED = 300


def about(one: Document, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a document shows."""
    row = one.circulations.filter(user=user).first()
    context: dict[str, Any] = {
        "paragraphs": list(paragraphs(one.text)),
        "files": list(one.kept_files),
        "versions": list(one.versions.select_related("by").defer("content")[:50]),
        "circulations": list(one.circulations.select_related("asked_by").prefetch_related(*with_posts("user"))),
        "deliveries": list(one.deliveries.select_related("to", "answered_by")),
        "came_by": getattr(one, "came_by", None),
        "replies": list(one.replies.all()[:20]),
        "case_open": one.case is not None and may_see(user, one.case),
        "steps": list(one.case.steps.filter(status="open").select_related("assignee")) if one.case else [],
        "to_read": row is not None and row.read_at is None,
        "supervised": tasks_of(one, user),
        "faults": faults_of(one) if one.editable else [],
        "record": audit.record_of("document", one.pk),
        "retentions": Retention.choices,
    }
    if may["submit"]:
        settle(one)
        context["reviewers"] = list(posts.reviewers(one.body)[:MOST_OFFERED])
        context["signers"] = list(posts.signers_for(one).exclude(pk=user.pk)[:MOST_OFFERED])
    if may["circulate"]:
        context["readers"] = circulation.to_be_asked(one, MOST_OFFERED)
    if may["deliver"]:
        context["bodies"] = circulation.addressees(one, MOST_OFFERED)
    return context


DOCUMENT = RecordPage(
    of=FOUND,
    acts=DOCUMENTS,
    action=Action.OFFICE,
    template="office/documents/document.html",
    context=about,
    rights=rights,
    opened=circulation.note_opened,
    papers={
        "official": Paper(paper.word, lambda one: one.number or one.title),
        "sheet": Paper(paper.sheet, lambda one: f"{_('文件处理单')}-{one.receipt}"),
    },
)


def _bodies(request: HttpRequest) -> dict[str, Any]:
    return {"body": bodies_of(request.user), "answers_to": FOUND.seen_by(request.user)}


def _answering(request: HttpRequest) -> dict[str, Any]:
    """``?answers=`` is the document that a draft answers."""
    number = natural(request.GET.get("answers"))
    return drafting.answering(document_for(request.user, number)) if number is not None else {}


FORMS: dict[str, Any] = {
    "of": FOUND,
    "list_page": "documents",
    "template": "office/documents/form.html",
    "files_label": gettext_lazy("附件"),
    "offered": _bodies,
}
DRAFTS = RecordForms(form=DraftForm, **FORMS)
new = DRAFTS.making(gettext_lazy("起草公文"), drafting.create_draft, Action.KEEP_DOCUMENTS, initial=_answering)
edit = DRAFTS.changing(gettext_lazy("修改文稿"), drafting.save_draft, Action.OFFICE)
receive = RecordForms(form=ReceiptForm, **FORMS).making(
    gettext_lazy("收文登记"),
    incoming.register,
    Action.KEEP_DOCUMENTS,
    initial=lambda request: {"received_on": timezone.localdate()},
    said=lambda made: _("已登记，收文编号 %(receipt)s") % {"receipt": made.receipt},
)


@shown("office/documents/version.html", Action.OFFICE)
def version(asked: Asked, pk: int, number: int) -> dict[str, Any]:
    """A version of a draft and what it changed in the text of the one before."""
    one = document_for(asked.user, pk)
    found = compared(one, number)
    return {
        "document": one,
        "version": found.version,
        "lines": found.lines,
        "fields": found.fields,
        "simulated": one.simulated,
    }
