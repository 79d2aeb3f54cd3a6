"""Documents that come in: registered by hand, or signed for when another body sent them through the platform;
then handled or only read.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.terms import listed
from qiangqu.base.visibility import areas_of
from qiangqu.cases.models import Case
from qiangqu.messaging.notify import notify
from qiangqu.records.acts import Act, Acts
from qiangqu.records.attachments import attach, share
from qiangqu.records.checking import CheckedFile
from qiangqu.registry.roles import Action

from ..models.documents import Delivery, Document
from .access import bodies_of, keeps
from .contracts import INCOMING
from .drafting import DOCUMENTS, case_of
from .numbering import receipt_number
from .rules import CLASSIFIED
from .terms import DeliveryState, Direction, DocumentState, Urgency


def register(document: Document, user: Any, files: Sequence[CheckedFile] = ()) -> Document:
    """Register 登记 a document that came in: gives it its receipt number. Raises ConflictError with the
    earlier one when the same document (sender and number) is in the register, PermissionDenied outside the
    user's own office."""
    if not keeps(user, document.body):
        raise PermissionDenied
    if CLASSIFIED.search(document.title):
        raise InputError(_("涉密公文不得在本平台登记、办理（条例第二十九条）"), where=document.title)
    with transaction.atomic():
        document.sender, document.title = document.sender.strip(), document.title.strip()
        document.number = " ".join(document.number.split())
        earlier = _earlier(document)
        if earlier is not None:
            raise ConflictError(
                _("这份来文已经登记过：%(receipt)s %(title)s") % {"receipt": earlier.receipt, "title": earlier.title},
                where=document.number,
            )
        document.direction, document.state = Direction.IN, DocumentState.REGISTERED
        document.created_by, document.created_at = user, timezone.now()
        document.received_on = document.received_on or timezone.localdate()
        if document.dated and document.dated > document.received_on:
            raise InputError(_("收文日期早于成文日期"), where=document.number or document.title)
        document.simulated = document.simulated or document.body.simulated
        document.receipt = receipt_number(document.body, document.received_on)
        document.save()
        attach(document, files, user)
        DOCUMENTS.log(
            user, "registered", document, receipt=document.receipt, number=document.number, sender=document.sender
        )
    return document


def _earlier(document: Document) -> Document | None:
    if not document.number:
        return None
    same = Document.objects.filter(
        direction=Direction.IN, body=document.body, sender=document.sender, number=document.number
    )
    return same.exclude(state=DocumentState.SENT_BACK).first()


#: acts on what was sent to a body: its office may; the trail tells them of the document that was sent
DELIVERIES = Acts(
    Delivery,
    "document",
    may=lambda user, delivery: delivery.to is not None and keeps(user, delivery.to),
    related=("document__body__area", "document__created_by", "to__area"),
    about=lambda delivery: delivery.document,
)


def delivery_for(user: Any, pk: int) -> Delivery:
    """What was sent to a body whose register the user keeps. Raises NotFoundError."""
    found = Delivery.objects.filter(to__area__in=areas_of(user, Action.KEEP_DOCUMENTS)).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(_("没有这份待签收的公文"), where=str(pk))
    return found


def waiting(user: Any) -> "QuerySet[Delivery]":
    """What other bodies sent to his and nobody has signed for yet, the oldest first."""
    rows = Delivery.objects.filter(to__in=bodies_of(user), state=DeliveryState.SENT)
    return with_document(rows).order_by("sent_at", "id")


def with_document(rows: "QuerySet[Delivery]") -> "QuerySet[Delivery]":
    """Deliveries with what is shown of their documents."""
    return rows.select_related("document__body", "to").defer("document__text")


@DELIVERIES.declare(
    "signed_for",
    gettext_lazy("签收公文"),
    name="sign",
    states=(DeliveryState.SENT, DeliveryState.RECEIVED),
    refusal=gettext_lazy("这份公文已经退回"),
    said=lambda made: _("已签收，收文编号 %(receipt)s") % {"receipt": made.receipt},
)
def sign_for(act: Act[Delivery]) -> Document:
    """Sign for 签收 a document that was sent here, which registers it; again gives the same one."""
    delivery, origin = act.record, act.record.document
    if delivery.incoming is not None:
        act.nothing = True
        return delivery.incoming
    assert delivery.to is not None
    made = Document(
        body=delivery.to, kind=origin.kind, title=origin.title, urgency=origin.urgency, openness=origin.openness,
        restricted=origin.restricted, number=origin.number, dated=origin.dated, sender=origin.body.name,
        addressees=origin.addressees, copies_to=origin.copies_to, text=origin.text, remark=origin.remark,
        text_sha256=origin.text_sha256, issued_on=origin.issued_on, simulated=origin.simulated,
    )  # fmt: skip
    # entered by hand from the paper before: that entry is the receipt
    incoming = _earlier(made) or register(made, act.user)
    share(origin.kept_files.select_related("by"), incoming)
    delivery.incoming = incoming
    _answered(delivery, DeliveryState.RECEIVED, act.user)
    act.detail |= {"delivery": delivery.pk, "to": delivery.name, "receipt": incoming.receipt}
    tell_sender(delivery, _("已签收：%(title)s（%(unit)s）"))
    return incoming


@DELIVERIES.declare(
    "refused",
    gettext_lazy("退回公文"),
    states=(DeliveryState.SENT,),
    refusal=gettext_lazy("这份公文已经签收或退回"),
    said=lambda delivery: _("已退文：%(title)s") % {"title": delivery.document.title},
)
def refuse(act: Act[Delivery], reason: str) -> Delivery:
    """Send back 退文 without registering, with the reason (article 24 (三)). Raises InputError without one."""
    delivery, reason = act.record, " ".join(reason.split())
    if not 2 <= len(reason) <= 300:
        raise InputError(_("退文须写明理由（2—300字）"), where="reason")
    delivery.reason = reason
    _answered(delivery, DeliveryState.RETURNED, act.user)
    act.detail |= {"to": delivery.name, "reason": reason}
    tell_sender(delivery, _("退文：%(title)s（%(unit)s）"), reason)
    return delivery


def _answered(delivery: Delivery, state: str, user: Any) -> None:
    delivery.state, delivery.answered_at, delivery.answered_by = state, timezone.now(), user
    delivery.save()


def tell_sender(delivery: Delivery, subject: str, text: str = "") -> None:
    """Tell who wrote a document what became of it at an addressee; ``subject`` has ``title`` and ``unit``."""
    sent = delivery.document
    words = {"title": sent.title, "unit": delivery.name}
    notify(
        sent.created_by, subject % words, text[:500], f"/office/documents/{sent.pk}/",
        topic="office", simulated=sent.simulated,
    )  # fmt: skip


@DOCUMENTS.declare(
    "handling",
    gettext_lazy("收文转办理"),
    name="handle",
    states=(DocumentState.REGISTERED,),
    refusal=gettext_lazy("公文%(state)s，不能再转办理"),
    said=lambda case: _("已转办理，办件 %(number)s") % {"number": case.number},
)
def start_handling(act: Act[Document], answer_by: dt.date | None = None) -> Case:
    """Open the case of a document that must be handled 批办性公文. Raises InputError when an urgent one has
    no date (article 24 (四)).
    """
    stored = act.record
    due = answer_by or stored.answer_by
    if due is None and stored.urgency != Urgency.NORMAL:
        raise InputError(_("紧急公文要明确办结日期（条例第二十四条）"), where=stored.title)
    if due is not None and due < timezone.localdate():
        raise InputError(_("办结日期已经过去"), where=due.isoformat())
    data = {
        "title": f"收文：{stored.title}"[:120],
        "sender": stored.sender,
        "receipt": stored.receipt,
        "urgency": str(stored.get_urgency_display()),
    }
    if stored.number:
        data["document_number"] = stored.number
    if due is not None:
        data["answer_by"] = due.isoformat()
    stored.answer_by = due
    return case_of(act, INCOMING, data, DocumentState.HANDLING, "answer_by")


@DOCUMENTS.declare(
    "filed",
    gettext_lazy("收文存查"),
    states=(DocumentState.REGISTERED,),
    refusal=gettext_lazy("公文%(state)s"),
    said=gettext_lazy("已存查"),
)
def put_on_file(act: Act[Document]) -> Document:
    """Close 存查 a document that was only to be read 阅知性公文. Raises ConflictError while somebody has
    still to read it.
    """
    stored = act.record
    unread = stored.circulations.filter(read_at=None).select_related("user")
    if names := [str(one.user) for one in unread[:5]]:
        raise ConflictError(_("还没有阅毕：%(names)s") % {"names": listed(names)}, where=stored.title)
    stored.state = DocumentState.DONE
    stored.save(update_fields=["state"])
    return stored
