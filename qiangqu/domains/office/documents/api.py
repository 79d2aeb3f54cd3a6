"""The JSON API of documents. Everyone sees what his pages show."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from ninja import Query, Router, Status

from qiangqu.base.errors import NotFoundError
from qiangqu.records.asking import add_acts
from qiangqu.records.models import Attachment
from qiangqu.ui.lists import asked_for, narrowed
from qiangqu.ui.registers import api_router
from qiangqu.ui.shapes import Many, Wanted, entered, listed, paged, shape

from ..models.documents import Circulation, Delivery, Document
from ..part import PART
from ..registers import BODIES
from . import incoming, listing
from .access import bodies_of, document_for
from .rights import DOCUMENTS

router = Router()
router.add_router("", api_router(BODIES))


DocumentLine = shape(
    "DocumentLine", Document,
    "id", "uid", "direction", "kind", "title", "urgency", "state", "number", "receipt", "sender", "dated", "received_on",
    "archive_code", "simulated", body="body.name", origin="origin.code",
)  # fmt: skip
DocumentList = paged("DocumentList", DocumentLine)
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


add_acts(router, "/documents", DOCUMENTS, document_for, DocumentLine, PART.acts)


@router.get("/documents", response=DocumentList, summary="公文列表", operation_id="document_list")
def documents(
    request: HttpRequest,
    wanted: Query[Wanted],
    which: str = Query("in", alias="list"),
    q: str = "",
    year: int | None = None,
) -> Any:
    """收文（in）、发文（out）、待阅（read）、我的文稿（drafts），新的在前。"""
    asked = asked_for(request.user, list=which, q=q, year=str(year or ""))
    return wanted.cut(narrowed(listing.DOCUMENTS, asked).select_related("body", "created_by", "origin").defer("text"))


@router.get("/documents/{pk}", response=DocumentDetail, summary="一份公文", operation_id="document_detail")
def document(request: HttpRequest, pk: int) -> Any:
    """公文的内容、附件、传阅和分送情况；附件内容在网页上下载。"""
    one = document_for(request.user, pk)
    prefetch_related_objects([one], "circulations__user")
    return one


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
