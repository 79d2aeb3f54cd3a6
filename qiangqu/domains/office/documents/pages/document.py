"""The page of a document, its forms, its files, and the acts on it."""

import datetime as dt
import difflib
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError, NotFoundError, QiangquError
from qiangqu.base.visibility import visible
from qiangqu.cases.models import Case
from qiangqu.cases.people import may_see
from qiangqu.plan import supervision
from qiangqu.records.acts import perform
from qiangqu.records.checking import check_files
from qiangqu.registry.access import require
from qiangqu.registry.audit import ACTION_WORDS
from qiangqu.registry.models import AuditEntry, with_posts
from qiangqu.registry.roles import Action, may
from qiangqu.ui.files import DOCX, download

from ...models import Direction, Document, DocumentState, IssuingBody, Retention
from .. import archive, circulation, drafting, incoming, paper, posts
from ..access import bodies_of, document_for, keeps, readers
from ..forms import DraftForm, ReceiptForm
from ..rules import faults_of, names, paragraphs, settle

MOST_OFFERED = 300


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(_("日期写得不对"), where=text[:20]) from None


@require_GET
@require(Action.OFFICE)
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one document."""
    one = document_for(request.user, pk)
    circulation.note_opened(one, request.user)
    return page(request, one)


def page(request: HttpRequest, one: Document, *, error: str = "", status: int = 200) -> HttpResponse:
    """The page, after an act that failed with the sentence."""
    user: Any = request.user
    mine = keeps(user, one.body)
    row = one.circulations.filter(user=user).first()
    readable = circulation.may_circulate(user, one) and one.state not in (
        DocumentState.DRAFT,
        DocumentState.IN_REVIEW,
        DocumentState.TO_REVISE,
        DocumentState.REFUSED,
        DocumentState.SENT_BACK,
    )
    deliveries = list(one.deliveries.select_related("to", "answered_by"))
    context: dict[str, Any] = {
        "document": one,
        "title": one.title,
        "paragraphs": list(paragraphs(one.text)),
        "files": list(one.files.filter(removed_at=None)),
        "versions": list(one.versions.select_related("by").defer("content")[:50]),
        "circulations": list(one.circulations.select_related("asked_by").prefetch_related(*with_posts("user"))),
        "deliveries": deliveries,
        "came_by": getattr(one, "came_by", None),
        "replies": list(one.replies.all()[:20]),
        "case_open": one.case is not None and may_see(user, one.case),
        "steps": list(one.case.steps.filter(status="open").select_related("assignee")) if one.case else [],
        "to_read": row is not None and row.read_at is None,
        "supervised": list(
            visible(Case.objects.all(), user)
            .filter(subject=f"document:{one.pk}", kind__code=supervision.KIND)
            .order_by("-id")[:10]
        ),
        "faults": faults_of(one) if one.editable else [],
        "record": _record(one),
        "error": error,
        "may": {
            "edit": mine and one.editable,
            "submit": mine and one.state in (DocumentState.DRAFT, DocumentState.REFUSED),
            "deliver": mine and one.is_out and one.state == DocumentState.ISSUED,
            "handle": mine and not one.is_out and one.state == DocumentState.REGISTERED,
            "circulate": readable,
            "file": mine and archive.may_be_filed(one),
            "reply": not one.is_out and bodies_of(user).exists() and one.state != DocumentState.SENT_BACK,
            "supervise": may(user, Action.SUPERVISE_CASES) and not one.editable,
        },
        "retentions": Retention.choices,
        "simulated": one.simulated,
    }
    if context["may"]["submit"]:
        settle(one)
        context["reviewers"] = list(posts.reviewers(one.body)[:MOST_OFFERED])
        context["signers"] = list(posts.signers_for(one).exclude(pk=user.pk)[:MOST_OFFERED])
    if readable:
        known = {row.user_id for row in context["circulations"]}
        context["readers"] = [person for person in readers(one.body)[:MOST_OFFERED] if person.pk not in known]
    if context["may"]["deliver"]:
        context["bodies"] = _addressees(one, {row.to_id for row in deliveries})
    return render(request, "office/documents/document.html", context, status=status)


def _record(one: Document) -> list[tuple[Any, Any]]:
    """What happened to the document, the latest first: the word for the act, and the entry."""
    found = AuditEntry.objects.filter(object_type="document", object_id=str(one.pk)).select_related("user")
    return [(ACTION_WORDS.get(entry.action, entry.action), entry) for entry in found.order_by("-id")[:60]]


def _addressees(one: Document, known: set[int | None]) -> list[tuple[IssuingBody, str]]:
    """Bodies that it can be sent to, each with how its name stands in the document: ``main``, ``copy`` or not at all."""
    main, copy = set(names(one.addressees)), set(names(one.copies_to))
    rows = IssuingBody.objects.filter(valid_to=None).exclude(pk=one.body_id).exclude(pk__in=[pk for pk in known if pk])
    return [
        (body, "main" if body.name in main else "copy" if body.name in copy else "")
        for body in rows.select_related("area")[:MOST_OFFERED]
    ]


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def new(request: HttpRequest) -> HttpResponse:
    """A new draft; ``?answers=`` is the document that it answers."""
    user: Any = request.user
    bodies = bodies_of(user)
    origin = _origin(request)
    first = _answering(origin) if origin else {}
    form = DraftForm(request.POST or None, bodies=bodies, initial=first)
    error = ""
    if request.method == "POST" and form.is_valid():
        made = form.save(commit=False)
        made.answers_to = origin
        try:
            files = check_files(request.FILES.getlist("files"))
            made = drafting.create_draft(made, user, files)
        except InputError as fault:
            error = str(fault)
        else:
            return redirect("document", pk=made.pk)
    status = 422 if error or form.errors else 200
    context = _form_context(form, _("起草公文"), error) | {"origin": origin, "has_body": bodies.exists()}
    return render(request, "office/documents/form.html", context, status=status)


def _origin(request: HttpRequest) -> Document | None:
    text = request.GET.get("answers", "")
    return document_for(request.user, int(text)) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _answering(origin: Document) -> dict[str, Any]:
    """A reply's first fields: to a request 批复, else 函 (article 8)."""
    kind = "reply" if origin.kind == "request" else "letter"
    word = "批复" if kind == "reply" else "复函"
    return {
        "kind": kind,
        "title": f"关于{origin.title.removeprefix('关于')[:80]}的{word}",
        "addressees": origin.sender,
        "text": f"你单位《{origin.title}》（{origin.number or origin.receipt}）收悉。",
    }


def _form_context(form: Any, heading: str, error: str) -> dict[str, Any]:
    return {
        "form": form,
        "heading": heading,
        "error": error,
    }


@require_http_methods(["GET", "POST"])
@require(Action.OFFICE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changing a draft."""
    user: Any = request.user
    one = document_for(user, pk)
    if not one.editable or not keeps(user, one.body):
        raise PermissionDenied
    form = DraftForm(request.POST or None, instance=one, bodies=bodies_of(user))
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            files = check_files(request.FILES.getlist("files"))
            drafting.save_draft(form.save(commit=False), user, form.cleaned_data.get("revision") or 0, files)
        except QiangquError as fault:
            error = str(fault)  # on the form, which keeps what was written
        else:
            messages.success(request, _("已保存"))
            return redirect("document", pk=pk)
    context = _form_context(form, _("修改文稿"), error) | {
        "document": one,
        "has_body": True,
        "simulated": one.simulated,
    }
    return render(request, "office/documents/form.html", context, status=422 if error or form.errors else 200)


@require_http_methods(["GET", "POST"])
@require(Action.KEEP_DOCUMENTS)
def receive(request: HttpRequest) -> HttpResponse:
    """Entering a document that came in."""
    user: Any = request.user
    bodies = bodies_of(user)
    form = ReceiptForm(request.POST or None, bodies=bodies, initial={"received_on": timezone.localdate()})
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            files = check_files(request.FILES.getlist("files"))
            made = incoming.register(form.save(commit=False), user, files)
        except QiangquError as fault:
            error = str(fault)
        else:
            messages.success(request, _("已登记，收文编号 %(receipt)s") % {"receipt": made.receipt})
            return redirect("document", pk=made.pk)
    context = _form_context(form, _("收文登记"), error) | {"has_body": bodies.exists()}
    return render(request, "office/documents/form.html", context, status=422 if error or form.errors else 200)


@require_GET
@require(Action.OFFICE)
def version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A version of a draft and what it changed in the text of the one before."""
    one = document_for(request.user, pk)
    shown = one.versions.filter(number=number).select_related("by").first()
    if shown is None:
        raise NotFoundError(_("没有这一稿"), where=str(number))
    before = one.versions.filter(number=number - 1).first()
    old, new_text = (before.content["text"] if before else ""), shown.content["text"]
    lines = [
        (line[0], line[2:]) for line in difflib.ndiff(old.splitlines(), new_text.splitlines()) if line[:1] in " +-"
    ]
    fields = [
        (_word(name), before.content.get(name, "") if before else "", value)
        for name, value in shown.content.items()
        if name != "text" and (before is None or before.content.get(name) != value)
    ]
    context = {"document": one, "version": shown, "lines": lines, "fields": fields, "simulated": one.simulated}
    return render(request, "office/documents/version.html", context)


def _word(name: str) -> Any:
    field: Any = Document._meta.get_field(name)
    return field.verbose_name


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


@require_POST
@require(Action.OFFICE)
def act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One act on a document; what it needs is in the form."""
    return perform(
        request, name, ACTS, lambda: document_for(request.user, pk),
        lambda one, fault, status: page(request, one, error=str(fault), status=status),
        lambda: redirect("document", pk=pk),
    )  # fmt: skip


def _submit(request: HttpRequest, one: Document) -> str:
    case = drafting.submit(one, request.POST.get("reviewer", ""), request.POST.get("signer", ""), request.user)
    return _("已送审，办件 %(number)s") % {"number": case.number}


def _remove(request: HttpRequest, one: Document) -> str:
    text = request.POST.get("file", "")
    found = one.files.filter(pk=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 12 else None
    if found is None:
        raise NotFoundError(_("没有这个附件"), where=text[:20])
    drafting.remove_file(one, found, request.user)
    return _("已移除附件 %(name)s") % {"name": found.name}


def _circulate(request: HttpRequest, one: Document) -> str:
    asked = circulation.circulate(one, request.POST.getlist("readers"), _day(request.POST.get("due", "")), request.user)
    return _("已送 %(n)s 人阅") % {"n": asked}


def _read(request: HttpRequest, one: Document) -> str:
    circulation.confirm_read(one, request.POST.get("opinion", ""), request.user)
    return _("已阅毕")


def _remind(request: HttpRequest, one: Document) -> str:
    return _("已催 %(n)s 人") % {"n": circulation.remind(one, request.user)}


def _deliver(request: HttpRequest, one: Document) -> str:
    main, copy = (
        [
            int(text)
            for text in request.POST.getlist(field)[:300]
            if text.isascii() and text.isdigit() and len(text) < 12
        ]
        for field in ("main", "copy")
    )
    made = circulation.deliver(one, main, copy, names(request.POST.get("outside", "")[:2000]), request.user)
    return _("已分送 %(n)s 个单位") % {"n": len(made)}


def _handle(request: HttpRequest, one: Document) -> str:
    case = incoming.start_handling(one, _day(request.POST.get("answer_by", "")), request.user)
    return _("已转办理，办件 %(number)s") % {"number": case.number}


def _put_on_file(request: HttpRequest, one: Document) -> str:
    incoming.put_on_file(one, request.user)
    return _("已存查")


def _archive(request: HttpRequest, one: Document) -> str:
    done = archive.file([one], request.POST.get("retention", ""), request.user)
    return _("已归档，档号 %(code)s") % {"code": done[0].archive_code}


ACTS = {
    "submit": _submit,
    "remove-file": _remove,
    "circulate": _circulate,
    "read": _read,
    "remind": _remind,
    "deliver": _deliver,
    "handle": _handle,
    "put-on-file": _put_on_file,
    "archive": _archive,
}
