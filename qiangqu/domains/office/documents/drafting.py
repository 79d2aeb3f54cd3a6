"""Drafts: written, kept in versions, checked, sent to review."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.cases.acts import open_case
from qiangqu.cases.models import Case
from qiangqu.records.acts import Acts
from qiangqu.records.attachments import attach, remove
from qiangqu.records.checking import CheckedFile
from qiangqu.records.models import Attachment

from ..models import Direction, Document, DocumentKind, DocumentState, DocumentVersion
from .access import keeps
from .contracts import OUTGOING, REVISE
from .posts import reviewers, signers_for
from .rules import faults_of, settle

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


def answering(origin: Document) -> dict[str, str]:
    """The first fields of a draft that answers a document: to a request 批复, else 函 (article 8)."""
    kind = DocumentKind.REPLY if origin.kind == DocumentKind.REQUEST else DocumentKind.LETTER
    word = "批复" if kind == DocumentKind.REPLY else "复函"
    return {
        "kind": kind,
        "title": f"关于{origin.title.removeprefix('关于')[:80]}的{word}",
        "addressees": origin.sender,
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


def save_draft(document: Document, user: Any, revision: int, files: Sequence[CheckedFile] = ()) -> Document:
    """Keep what was changed in a draft as its next version. ``revision`` is the one that the writer saw.
    Raises ConflictError when somebody else saved in between or the draft has gone to review, PermissionDenied
    for strangers to the office."""
    with DOCUMENTS.act(document, user, "changed", may=_may_edit, revision=revision) as act:
        stored = act.record
        _still_editable(stored)
        settle(document)
        changed = [name for name in CONTENT if getattr(stored, name) != getattr(document, name)]
        for name in changed:
            setattr(stored, name, getattr(document, name))
        stored.revision += 1
        stored.save()
        if changed:
            _keep_version(stored, user)
        attach(stored, files, user)
        act.detail |= {"fields": changed, "files": [file.name for file in files]}
    return stored


def _may_edit(user: Any, document: Document) -> bool:
    """Its office, and whoever has it back from the review."""
    back = document.case is not None and document.case.steps.filter(node=REVISE, status="open", assignee=user).exists()
    return keeps(user, document.body) or back


def _still_editable(document: Document) -> None:
    if not document.editable:
        raise ConflictError(
            _("公文%(state)s，不能再改") % {"state": document.get_state_display()}, where=document.title
        )


def _keep_version(document: Document, user: Any) -> None:
    last = document.versions.order_by("-number").values_list("number", flat=True).first() or 0
    content = {name: getattr(document, name) for name in CONTENT}
    DocumentVersion.objects.create(document=document, number=last + 1, content=content, by=user, at=timezone.now())


def remove_file(document: Document, file: Attachment, user: Any) -> None:
    """Take an annex off a draft. The row and the bytes stay: earlier versions had it."""
    with DOCUMENTS.act(document, user, "file_removed", may=_may_edit) as act:
        _still_editable(act.record)
        act.nothing = not remove(file)
        act.detail |= {"file": file.name, "sha256": file.sha256}


def submit(document: Document, reviewer: str, signer: str, user: Any) -> Case:
    """Send a draft to review 送审: opens the case. ``reviewer`` and ``signer`` are user names. Raises
    InputError with what must be mended first, and when the drafter would sign himself or the two are not of
    the body; ConflictError when it is under way already."""
    ready, refusal = (DocumentState.DRAFT, DocumentState.REFUSED), _("公文%(state)s，不用再送审")
    with DOCUMENTS.act(document, user, "submitted", states=ready, refusal=refusal) as act:
        stored = act.record
        settle(stored)
        must_hold(stored)
        if signer in (user.username, stored.created_by.username):
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
        opened = open_case(
            OUTGOING,
            data,
            area=stored.body.area,
            user=user,
            subject=f"document:{stored.pk}",
            simulated=stored.simulated,
        )
        stored.case, stored.state = opened.case, DocumentState.IN_REVIEW
        stored.save(update_fields=["case", "state", "upward"])
        act.detail |= {"case": opened.case.number, "text": text_hash(stored)}
    return opened.case


def must_hold(document: Document) -> None:
    """Raises InputError with the first thing that keeps the draft from review."""
    faults = [fault for fault in faults_of(document) if fault.must]
    if faults:
        raise InputError("；".join(fault.text for fault in faults[:5]), where=document.title)
