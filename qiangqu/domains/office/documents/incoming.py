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

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.cases.acts import open_case
from qiangqu.cases.models import Case
from qiangqu.messaging.notify import notify
from qiangqu.records.attachments import attach, share
from qiangqu.records.checking import CheckedFile

from ..models import Delivery, DeliveryState, Direction, Document, DocumentState, Urgency
from .access import bodies_of, keeps
from .contracts import INCOMING
from .drafting import DOCUMENTS
from .numbering import receipt_number
from .rules import CLASSIFIED


def register(document: Document, user: Any, files: Sequence[CheckedFile] = ()) -> Document:
    """Register 登记 a document that came in: gives it its receipt number. Raises ConflictError with the
    earlier one when the same document (sender and number) is in the register, PermissionDenied outside the
    user's own office."""
    if not keeps(user, document.body):
        raise PermissionDenied
    if CLASSIFIED.search(document.title):
        raise InputError(_("涉密公文不得在本平台登记、办理（条例第二十九条）"), where=document.title)
    with transaction.atomic():
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


def _locked_delivery(pk: int, user: Any) -> Delivery:
    found = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("document__body", "document__created_by", "to__area")
        .filter(pk=pk)
        .exclude(to=None)
        .first()
    )
    if found is None or found.to is None or not keeps(user, found.to):
        raise NotFoundError("没有这份待签收的公文", where=str(pk))
    return found


def waiting(user: Any) -> "QuerySet[Delivery]":
    """What other bodies sent to his and nobody has signed for yet, the oldest first."""
    rows = Delivery.objects.filter(to__in=bodies_of(user), state=DeliveryState.SENT)
    return rows.select_related("document__body", "to").defer("document__text").order_by("sent_at")


def sign_for(pk: int, user: Any) -> Document:
    """Sign for 签收 a document that was sent here, which registers it; again gives the same one. Raises
    ConflictError when it was sent back.
    """
    with transaction.atomic():
        delivery = _locked_delivery(pk, user)
        if delivery.incoming is not None and delivery.state == DeliveryState.RECEIVED:
            return delivery.incoming
        if delivery.state != DeliveryState.SENT:
            raise ConflictError(_("这份公文已经退回"), where=delivery.document.title)
        origin = delivery.document
        assert delivery.to is not None
        made = Document(
            body=delivery.to, kind=origin.kind, title=origin.title, urgency=origin.urgency, openness=origin.openness,
            restricted=origin.restricted, number=origin.number, dated=origin.dated, sender=origin.body.name,
            addressees=origin.addressees, copies_to=origin.copies_to, text=origin.text, remark=origin.remark,
            text_sha256=origin.text_sha256, issued_on=origin.issued_on, simulated=origin.simulated,
        )  # fmt: skip
        # entered by hand from the paper before: that entry is the receipt
        incoming = _earlier(made) or register(made, user)
        share(origin.files.filter(removed_at=None).select_related("by"), incoming)
        delivery.state, delivery.incoming = DeliveryState.RECEIVED, incoming
        delivery.answered_at, delivery.answered_by = timezone.now(), user
        delivery.save()
        DOCUMENTS.log(user, "signed_for", origin, delivery=delivery.pk, to=delivery.name, receipt=incoming.receipt)
        notify(
            origin.created_by, _("已签收：%(title)s（%(unit)s）") % {"title": origin.title, "unit": delivery.name},
            url=f"/office/documents/{origin.pk}/", topic="office", simulated=origin.simulated,
        )  # fmt: skip
    return incoming


def refuse(pk: int, reason: str, user: Any) -> Delivery:
    """Send back 退文 without registering, with the reason (article 24 (三)). Raises InputError without one,
    ConflictError when it was answered.
    """
    reason = " ".join(reason.split())
    if not 2 <= len(reason) <= 300:
        raise InputError(_("退文要写明理由（2—300字）"), where="reason")
    with transaction.atomic():
        delivery = _locked_delivery(pk, user)
        if delivery.state != DeliveryState.SENT:
            raise ConflictError(_("这份公文已经签收或退回"), where=delivery.document.title)
        delivery.state, delivery.reason = DeliveryState.RETURNED, reason
        delivery.answered_at, delivery.answered_by = timezone.now(), user
        delivery.save()
        DOCUMENTS.log(user, "refused", delivery.document, to=delivery.name, reason=reason)
        words = {"title": delivery.document.title, "unit": delivery.name}
        notify(
            delivery.document.created_by, _("退文：%(title)s（%(unit)s）") % words, reason,
            f"/office/documents/{delivery.document_id}/", topic="office", simulated=delivery.document.simulated,
        )  # fmt: skip
    return delivery


def start_handling(document: Document, answer_by: dt.date | None, user: Any) -> Case:
    """Open the case of a document that must be handled 批办性公文. Raises InputError when an urgent one has
    no date (article 24 (四)), ConflictError when it is under way."""
    refusal = _("公文%(state)s，不能再转办理")
    with DOCUMENTS.act(document, user, "handling", states=(DocumentState.REGISTERED,), refusal=refusal) as act:
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
        opened = open_case(
            INCOMING,
            data,
            area=stored.body.area,
            user=user,
            subject=f"document:{stored.pk}",
            simulated=stored.simulated,
        )
        stored.case, stored.state, stored.answer_by = opened.case, DocumentState.HANDLING, due
        stored.save(update_fields=["case", "state", "answer_by"])
        act.detail["case"] = opened.case.number
    return opened.case


def put_on_file(document: Document, user: Any) -> Document:
    """Close 存查 a document that was only to be read 阅知性公文. Raises ConflictError while somebody has
    still to read it.
    """
    registered = (DocumentState.REGISTERED,)
    with DOCUMENTS.act(document, user, "filed", states=registered, refusal=_("公文%(state)s")) as act:
        stored = act.record
        waiting = stored.circulations.filter(read_at=None).select_related("user")
        if names := [str(one.user) for one in waiting[:5]]:
            raise ConflictError(_("还没有阅毕：%(names)s") % {"names": "、".join(names)}, where=stored.title)
        stored.state = DocumentState.DONE
        stored.save(update_fields=["state"])
    return stored
