"""The JSON API of documents. Everyone sees what his pages show."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from qiangqu.base.errors import NotFoundError
from qiangqu.records.asking import add_acts
from qiangqu.records.models import Attachment
from qiangqu.records.recordapi import add_records
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import Many, entered, listed, shape

from ..models.documents import Circulation, Delivery, Document
from ..registers import BODIES
from . import incoming, listing
from .access import FOUND, bodies_of
from .rights import DOCUMENTS

router = Router()
router.add_router("", api_router(BODIES))


DocumentLine = shape(
    "DocumentLine", Document,
    "id", "uid", "direction", "kind", "title", "urgency", "state", "number", "receipt", "sender", "dated", "received_on",
    "archive_code", "simulated", body="body.name", origin="origin.code",
)  # fmt: skip
DocumentDetail = shape(
    "DocumentDetail", Document, "addressees", "copies_to", "text", "remark", base=DocumentLine, case="case.number?",
    files=Many(shape("DocumentFile", Attachment, "name", "size", "sha256"), "kept_files"),
    read_by=Many(shape("ReadBy", Circulation, "opened_at", "read_at", user="user.username"), "circulations"),
    delivered_to=Many(
        shape("DeliveredTo", Delivery, "name", "main", "state", "sent_at", "answered_at"), "deliveries"
    ),
)  # fmt: skip
DeliveryLine = shape(
    "DeliveryLine", Delivery, "id", "main", "sent_at",
    title="document.title", number="document.number", sender="document.body.name", to="name",
)  # fmt: skip


_RECEIVED: Any = entered(
    "Received", Document, "title", "kind", "number", "urgency", "dated", "received_on", "answer_by"
)


class ReceiptIn(_RECEIVED):
    """A document that came in; ``body`` is the receiving body's name."""

    body: str
    sender: str


add_records(
    router, "/documents", FOUND, listing.DOCUMENTS, DocumentLine, DocumentDetail, ("公文列表", "一份公文"),
    asks={"list": (str, "in"), "year": (int | None, None)}, beside=("circulations__user",),
    tells=(
        "收文（in）、发文（out）、待阅（read）、我的文稿（drafts），新的在前。",
        "公文的内容、附件、传阅和分送情况；附件内容在网页上下载。",
    ),
)  # fmt: skip
add_acts(router, "/documents", DOCUMENTS, FOUND.one, DocumentLine)


@router.get("/document-inbox", response=listed(DeliveryLine), summary="待签收的公文", operation_id="document_inbox")
def inbox(request: HttpRequest) -> Any:
    """别的机关送来、本单位还没有签收的公文，最早的在前，最多 500 份。"""
    return incoming.waiting(request.user)[:500]


@router.post("/document-inbox/{pk}", response=DocumentLine, summary="签收公文", operation_id="document_sign_for")
def sign_for(request: HttpRequest, pk: int) -> Any:
    """签收即登记；再签收一次得到同一份收文。"""
    return incoming.sign_for(incoming.delivery_for(request.user, pk), request.user)


@router.post("/documents", response={201: DocumentLine}, summary="收文登记", operation_id="document_register")
def register(request: HttpRequest, receipt: ReceiptIn) -> Any:
    """登记一份来文；同一来文单位、同一字号的再登记被拒绝并指出先前那一份。"""
    body = bodies_of(request.user).filter(name=receipt.body[:60]).first()
    if body is None:
        raise NotFoundError("没有这个收文机关，或它不归您登记", where=receipt.body[:60])
    made = Document(**receipt.dict() | {"body": body})
    made.full_clean(exclude=["direction", "state", "created_by", "created_at", "case", "signer", "answers_to"])
    return Status(201, incoming.register(made, request.user))
