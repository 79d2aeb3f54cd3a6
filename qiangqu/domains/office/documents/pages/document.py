"""The page of a document, its forms, its files, and the acts on it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.cases.people import may_see
from qiangqu.plan.pages.supervision import supervise_page
from qiangqu.records.asking import Files, sent_files
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry import audit
from qiangqu.registry.access import require
from qiangqu.registry.models import with_posts
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page as shown
from qiangqu.ui.files import DOCX, download
from qiangqu.ui.formpage import done, form_page
from qiangqu.ui.lists import Asked

from ...models import Direction, Document, Retention
from .. import circulation, drafting, incoming, paper, posts
from ..access import FOUND, bodies_of, document_for
from ..comparing import compared
from ..forms import DraftForm, ReceiptForm
from ..rights import DOCUMENTS, rights
from ..rules import faults_of, paragraphs, settle
from ..supervised import proposal_for, tasks_of

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
)


def _form(
    request: HttpRequest, form: Any, heading: str, act: Callable[[Files], HttpResponse], **more: Any
) -> HttpResponse:
    """A document's form with its files: ``act`` is given what was uploaded, checked."""
    context = {"heading": heading, "page": "document", "list_page": "documents", "files_label": _("附件"), **more}
    return form_page(
        request, "office/documents/form.html", lambda: act(sent_files(request)), lambda: context, form=form
    )


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def new(request: HttpRequest) -> HttpResponse:
    """A new draft; ``?answers=`` is the document that it answers."""
    bodies = bodies_of(request.user)
    number = natural(request.GET.get("answers"))
    origin = document_for(request.user, number) if number is not None else None
    form = DraftForm(
        request.POST or None, offered={"body": bodies}, initial=drafting.answering(origin) if origin else {}
    )

    def act(files: Files) -> HttpResponse:
        made = form.save(commit=False)
        made.answers_to = origin
        return redirect("document", pk=drafting.create_draft(made, request.user, files).pk)

    return _form(request, form, _("起草公文"), act, origin=origin, has_body=bodies.exists())


@require_http_methods(["GET", "POST"])
@require(Action.OFFICE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changing a draft."""
    one = document_for(request.user, pk)
    if not drafting.save_draft.is_open(request.user, one):
        raise PermissionDenied
    form = DraftForm(request.POST or None, instance=one)

    def act(files: Files) -> HttpResponse:
        revision = form.cleaned_data.get("revision") or 0
        drafting.save_draft(one, request.user, form.save(commit=False), revision, files)
        return done(request, _("已保存"), "document", pk=pk)

    return _form(request, form, _("修改文稿"), act, record=one, has_body=True, simulated=one.simulated)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def receive(request: HttpRequest) -> HttpResponse:
    """Entering a document that came in."""
    bodies = bodies_of(request.user)
    form = ReceiptForm(request.POST or None, offered={"body": bodies}, initial={"received_on": timezone.localdate()})

    def act(files: Files) -> HttpResponse:
        made = incoming.register(form.save(commit=False), request.user, files)
        said = _("已登记，收文编号 %(receipt)s") % {"receipt": made.receipt}
        return done(request, said, "document", pk=made.pk)

    return _form(request, form, _("收文登记"), act, has_body=bodies.exists())


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


@require_http_methods(["GET", "POST"])
@require(Action.SUPERVISE_CASES)
def supervise(request: HttpRequest, pk: int) -> HttpResponse:
    """The supervised task that it would become, and opening it."""
    one = document_for(request.user, pk)
    if one.editable:
        raise PermissionDenied
    return supervise_page(request, one.body.area, proposal_for(one, timezone.localdate()), "document", pk=pk)


@require_GET
@require(Action.OFFICE)
def word(request: HttpRequest, pk: int) -> HttpResponse:
    """The document in its official form."""
    one = document_for(request.user, pk)
    return download(paper.word(one), f"{(one.number or one.title)[:60]}.docx", DOCX)


@require_GET
@require(Action.OFFICE)
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The handling sheet of a document that came in."""
    one = document_for(request.user, pk)
    if one.direction != Direction.IN:
        raise NotFoundError(_("只有收文有文件处理单"), where=one.title)
    return download(paper.sheet(one), f"{_('文件处理单')}-{one.receipt}.docx", DOCX)
