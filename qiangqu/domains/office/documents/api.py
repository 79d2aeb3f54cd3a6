"""The JSON API of documents. Everyone sees what his pages show."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from qiangqu.base.errors import NotFoundError
from qiangqu.registry.named import Named, named
from qiangqu.ui.lists import asked_for, narrowed
from qiangqu.ui.registers import api_router

from ..models import Delivery, DeliveryState, Document, DocumentKind, Urgency
from ..registers import BODIES
from . import incoming, listing
from .access import bodies_of, document_for

router = Router()
router.add_router("", api_router(BODIES))


class DocumentLine(Named):
    """One document in a list. ``direction`` is in or out; ``state``, ``kind`` and ``urgency`` are codes."""

    id: int
    direction: str
    body: str
    kind: str
    title: str
    urgency: str
    state: str
    number: str
    receipt: str
    sender: str
    dated: dt.date | None
    received_on: dt.date | None
    archive_code: str
    simulated: bool


class DocumentDetail(DocumentLine):
    """A document with its text, its files and who has read it."""

    addressees: str
    copies_to: str
    text: str
    remark: str
    case: str | None
    files: list[dict[str, Any]]
    read_by: list[dict[str, Any]]
    delivered_to: list[dict[str, Any]]


class DocumentList(Schema):
    """One page: ``count`` is of all pages."""

    count: int
    rows: list[DocumentLine]


class DeliveryLine(Schema):
    """A document that waits to be signed for."""

    id: int
    title: str
    number: str
    sender: str
    to: str
    main: bool
    sent_at: dt.datetime


class ReceiptIn(Schema):
    """A document that came in; ``body`` is the receiving body's name."""

    body: str
    sender: str
    title: str
    kind: DocumentKind
    number: str = ""
    urgency: Urgency = Urgency.NORMAL
    dated: dt.date | None = None
    received_on: dt.date | None = None
    answer_by: dt.date | None = None


def _line(one: Document) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in DocumentLine.model_fields if name not in ("body", "origin")}
    return plain | named(one) | {"body": one.body.name}


@router.get("/documents", response=DocumentList, summary="公文列表", operation_id="document_list")
def documents(
    request: HttpRequest,
    which: str = Query("in", alias="list"),
    q: str = "",
    year: int | None = None,
    page: int = Query(1, ge=1, le=10_000),
    size: int = Query(50, ge=1, le=500),
) -> Any:
    """收文（in）、发文（out）、待阅（read）、我的文稿（drafts），新的在前。"""
    asked = asked_for(request.user, list=which, q=q, year=str(year or ""))
    found = narrowed(listing.DOCUMENTS, asked).select_related("body", "created_by", "origin")
    start = (page - 1) * size
    return {"count": found.count(), "rows": [_line(one) for one in found.defer("text")[start : start + size]]}


@router.get("/documents/{pk}", response=DocumentDetail, summary="一份公文", operation_id="document_detail")
def document(request: HttpRequest, pk: int) -> Any:
    """公文的内容、附件、传阅和分送情况；附件内容在网页上下载。"""
    one = document_for(request.user, pk)
    more = {name: getattr(one, name) for name in ("addressees", "copies_to", "text", "remark")}
    return (
        _line(one)
        | more
        | {
            "case": one.case.number if one.case else None,
            "files": list(one.files.filter(removed_at=None).values("name", "size", "sha256")),
            "read_by": [
                {"user": row.user.username, "opened_at": row.opened_at, "read_at": row.read_at}
                for row in one.circulations.select_related("user")
            ],
            "delivered_to": list(one.deliveries.values("name", "main", "state", "sent_at", "answered_at")),
        }
    )


@router.get("/document-inbox", response=list[DeliveryLine], summary="待签收的公文", operation_id="document_inbox")
def inbox(request: HttpRequest) -> Any:
    """别的机关送来、本单位还没有签收的公文，最早的在前，最多 500 份。"""
    rows = Delivery.objects.filter(to__in=bodies_of(request.user), state=DeliveryState.SENT)
    return [
        {
            "id": row.pk, "title": row.document.title, "number": row.document.number, "sender": row.document.body.name,
            "to": row.name, "main": row.main, "sent_at": row.sent_at,
        }
        for row in rows.select_related("document__body").order_by("sent_at")[:500]
    ]  # fmt: skip


@router.post("/document-inbox/{pk}", response=DocumentLine, summary="签收公文", operation_id="document_sign_for")
def sign_for(request: HttpRequest, pk: int) -> Any:
    """签收即登记；再签收一次得到同一份收文。"""
    return _line(incoming.sign_for(pk, request.user))


@router.post("/documents", response={201: DocumentLine}, summary="收文登记", operation_id="document_register")
def register(request: HttpRequest, receipt: ReceiptIn) -> Any:
    """登记一份来文；同一来文单位、同一字号的再登记被拒绝并指出先前那一份。"""
    body = bodies_of(request.user).filter(name=receipt.body[:60]).first()
    if body is None:
        raise NotFoundError("没有这个收文机关，或它不归您登记", where=receipt.body[:60])
    made = Document(
        body=body, sender=receipt.sender.strip(), title=receipt.title.strip(), kind=receipt.kind, number=receipt.number,
        urgency=receipt.urgency, dated=receipt.dated, received_on=receipt.received_on, answer_by=receipt.answer_by,
    )  # fmt: skip
    made.full_clean(exclude=["direction", "state", "created_by", "created_at", "case", "signer", "answers_to"])
    return Status(201, _line(incoming.register(made, request.user)))
