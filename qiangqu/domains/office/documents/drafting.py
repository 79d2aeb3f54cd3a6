"""Drafts: written, kept in versions, checked, sent to review."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.terms import clauses
from qiangqu.cases.acts import open_case
from qiangqu.cases.models import Case
from qiangqu.records.acts import Act, Acts
from qiangqu.records.attachments import attach, remove
from qiangqu.records.checking import CheckedFile

from ..models.documents import Document, DocumentVersion
from .access import keeps
from .contracts import OUTGOING, REVISE
from .posts import reviewers, signers_for
from .rules import faults_of, settle
from .terms import EDITABLE, Direction, DocumentKind, DocumentState

CONTENT = (
    "kind",
    "title",
    "urgency",
    "openness",
    "restricted",
    "upward",
    "addressees",
    "copies_to",
    "text",
    "remark",
)


#: acts on documents: the office of its own body may
DOCUMENTS = Acts(
    Document, "document", may=lambda user, document: keeps(user, document.body), related=("body__area", "case")
)


def text_hash(document: Document) -> str:
    """SHA-256 over what was signed: the text and the figures of its head."""
    parts = [document.title, document.addressees, document.copies_to, document.remark, document.text]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def answering(origin: Document) -> dict[str, Any]:
    """The first fields of a draft that answers a document: to a request 批复, else 函 (article 8)."""
    kind = DocumentKind.REPLY if origin.kind == DocumentKind.REQUEST else DocumentKind.LETTER
    word = "批复" if kind == DocumentKind.REPLY else "复函"
    return {
        "kind": kind,
        "title": f"关于{origin.title.removeprefix('关于')[:80]}的{word}",
        "addressees": origin.sender,
        "answers_to": origin,
        "text": f"你单位《{origin.title}》（{origin.number or origin.receipt}）收悉。",
    }


def create_draft(document: Document, user: Any, files: Sequence[CheckedFile] = ()) -> Document:
    """Keep a new draft. Raises PermissionDenied outside the user's own office."""
    if not keeps(user, document.body):
        raise PermissionDenied
    settle(document)
    with transaction.atomic():
        document.direction, document.state = Direction.OUT, DocumentState.DRAFT
        document.created_by, document.created_at = user, timezone.now()
        document.simulated = document.body.simulated
        document.save()
        _keep_version(document, user)
        attach(document, files, user)
        DOCUMENTS.log(user, "drafted", document, kind=document.kind)
    return document


def _may_edit(user: Any, document: Document) -> bool:
    """Its office, and whoever has it back from the review."""
    back = document.case is not None and document.case.steps.filter(node=REVISE, status="open", assignee=user).exists()
    return keeps(user, document.body) or back


_DRAFT: dict[str, Any] = {
    "may": _may_edit,
    "states": EDITABLE,
    "refusal": gettext_lazy("公文%(state)s，不能再改"),
}


@DOCUMENTS.declare("changed", gettext_lazy("修改文稿"), name="edit", own_page=True, **_DRAFT)
def save_draft(act: Act[Document], written: Document, revision: int, files: Sequence[CheckedFile] = ()) -> Document:
    """Keep what was ``written`` in a draft as its next version. ``revision`` is the one that the writer saw.
    Raises ConflictError when somebody else saved in between.
    """
    act.still_at(revision)
    stored = act.record
    settle(written)
    changed = [name for name in CONTENT if getattr(stored, name) != getattr(written, name)]
    for name in changed:
        setattr(stored, name, getattr(written, name))
    stored.revision += 1
    stored.save()
    if changed:
        _keep_version(stored, act.user)
    attach(stored, files, act.user)
    act.detail |= {"fields": changed, "files": [file.name for file in files]}
    return stored


def _keep_version(document: Document, user: Any) -> None:
    last = document.versions.order_by("-number").values_list("number", flat=True).first() or 0
    content = {name: getattr(document, name) for name in CONTENT}
    DocumentVersion.objects.create(document=document, number=last + 1, content=content, by=user, at=timezone.now())


@DOCUMENTS.declare(
    "file_removed", gettext_lazy("移除公文附件"), said=lambda name: _("已移除附件 %(name)s") % {"name": name}, **_DRAFT
)
def remove_file(act: Act[Document], file: int) -> str:
    """Take an annex off a draft. The row and the bytes stay: earlier versions had it."""
    found = act.record.files.filter(pk=file).first()
    if found is None:
        raise NotFoundError(_("没有这个附件"), where=str(file)[:20])
    act.nothing = not remove(found)
    act.detail |= {"file": found.name, "sha256": found.sha256}
    return found.name


@DOCUMENTS.declare(
    "submitted",
    gettext_lazy("公文送审"),
    states=(DocumentState.DRAFT, DocumentState.REFUSED),
    refusal=gettext_lazy("公文%(state)s，不用再送审"),
    said=lambda case: _("已送审，办件 %(number)s") % {"number": case.number},
)
def submit(act: Act[Document], reviewer: str, signer: str) -> Case:
    """Send a draft to review 送审: opens the case. ``reviewer`` and ``signer`` are user names. Raises
    InputError with what must be mended first, and when the drafter would sign himself or the two are not of
    the body."""
    stored = act.record
    settle(stored)
    must_hold(stored)
    if signer in (act.user.username, stored.created_by.username):
        raise InputError(_("签发人不能是拟稿人或送审人自己"), where=signer)
    if not signers_for(stored).filter(username=signer[:150]).exists():
        raise InputError(
            _("上行文由本机关主要负责人签发，请选列出的签发人")
            if stored.upward
            else _("签发人应是本机关的负责人，请选列出的签发人"),
            where=signer[:40] or _("签发人"),
        )
    if not reviewers(stored.body).filter(username=reviewer[:150]).exists():
        raise InputError(_("审核人应是本机关的人员，请选列出的审核人"), where=reviewer[:40] or _("审核人"))
    data = {
        "title": f"发文：{stored.title}"[:120],
        "body_name": stored.body.name,
        "document_kind": str(stored.get_kind_display()),
        "urgency": str(stored.get_urgency_display()),
        "reviewer": reviewer,
        "signer": signer,
    }
    case = case_of(act, OUTGOING, data, DocumentState.IN_REVIEW, "upward")
    act.detail["text"] = text_hash(stored)
    return case


def case_of(act: Act[Document], kind: str, data: dict[str, Any], state: str, *fields: str) -> Case:
    """Open the case that a document follows from here, in ``state``; ``fields`` were set besides."""
    stored = act.record
    opened = open_case(
        kind, data, area=stored.body.area, user=act.user, subject=stored.subject, simulated=stored.simulated
    )
    stored.case, stored.state = opened.case, state
    stored.save(update_fields=["case", "state", *fields])
    act.detail["case"] = opened.case.number
    return opened.case


def must_hold(document: Document) -> None:
    """Raises InputError with the first thing that keeps the draft from review."""
    faults = [fault for fault in faults_of(document) if fault.must]
    if faults:
        raise InputError(clauses(fault.text for fault in faults[:5]), where=document.title)
