"""The record of a document in line with its case: signed, numbered and issued, given back, handled. Runs
inside the transaction of the act, so that a number is taken exactly when the step that needs it is done."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.cases.acts.core import Act
from qiangqu.cases.contracts import coded
from qiangqu.cases.models import CaseStatus, Step, StepStatus

from ..models.documents import Delivery, Document
from . import contracts as kind
from .contracts import INCOMING, OUTGOING
from .drafting import DOCUMENTS, must_hold, text_hash
from .incoming import tell_sender
from .numbering import document_number
from .terms import DeliveryState, DocumentState


def on_case_moving(sender: Any, act: Act, **_kwargs: Any) -> None:
    """Receiver of ``case_moving``."""
    follow = {OUTGOING: _outgoing, INCOMING: _incoming}.get(act.case.kind.code)
    if follow is None:
        return
    found = Document.objects.select_for_update(of=("self",)).select_related("body__area").filter(case=act.case).first()
    if found is None:  # being opened: the document is linked to it in the same transaction
        return
    step = act.about if act.name == "case_step_done" else None
    before = found.state
    follow(act, found, step)
    if found.state != before:
        found.revision += 1
    found.save()


def _nodes(act: Act) -> set[str]:
    return set(act.case.steps.filter(status=StepStatus.OPEN).values_list("node", flat=True))


def _outgoing(act: Act, document: Document, step: Step | None) -> None:
    today = timezone.localdate(act.clock.now)
    done, answers = (step.node, coded(OUTGOING, step.outcome)) if step is not None else ("", {})
    if done == kind.REVISE:
        must_hold(document)
    if done == kind.SIGN and answers.get("signing") == kind.APPROVE:
        # 9 (十一): the date of a document is the day on which it was signed
        document.signer, document.dated, document.text_sha256 = act.user, today, text_hash(document)
    if step is not None and done == kind.REGISTER and answers.get("checked") == kind.PASSED:
        _issue(act, document, step)
        return
    nodes = _nodes(act)
    if kind.REGISTER in nodes:
        document.state = DocumentState.SIGNED
        return
    if document.state == DocumentState.ISSUED:
        return
    document.signer, document.dated, document.text_sha256 = None, None, ""
    if act.case.status == CaseStatus.WITHDRAWN:
        document.state = DocumentState.DRAFT
    elif not act.case.running:
        document.state = DocumentState.REFUSED
    else:
        document.state = DocumentState.TO_REVISE if kind.REVISE in nodes else DocumentState.IN_REVIEW


def _issue(act: Act, document: Document, step: Step) -> None:
    """25 (二) registration: the number is fixed. What was signed must be what goes out."""
    if document.text_sha256 != text_hash(document):
        raise InputError(_("正文与签发时不一致，请退回重新签发"), where=document.title)
    if document.dated is None:
        raise InputError(_("还没有签发"), where=document.title)
    document.number = document_number(document.body, document.dated.year)
    document.issued_on, document.copies = timezone.localdate(act.clock.now), step.outcome.get("copies")
    document.state = DocumentState.ISSUED
    act.case.steps.filter(pk=step.pk).update(outcome=step.outcome | {"number": document.number})
    DOCUMENTS.log(act.user, "issued", document, number=document.number, text=document.text_sha256)


def _incoming(act: Act, document: Document, step: Step | None) -> None:
    if step is not None:
        _check_people(step)
    if act.case.running:
        document.state = DocumentState.HANDLING
        return
    if act.case.status == CaseStatus.WITHDRAWN:
        document.state = DocumentState.REGISTERED
        return
    last = coded(INCOMING, act.case.data)
    document.state = DocumentState.SENT_BACK if last.get("route") == kind.RETURN else DocumentState.DONE
    if document.state == DocumentState.SENT_BACK:
        _send_back(act, document, str(last.get("proposal") or ""))


def _check_people(step: Step) -> None:
    """A route that needs somebody names him."""
    outcome = coded(INCOMING, step.outcome)
    if outcome.get("route") == kind.SUBMIT and not outcome.get("leader"):
        raise InputError(_("呈批须选择批示的领导"), where=step.name)
    needs_handler = kind.ASSIGN in (outcome.get("route"), outcome.get("instruction"))
    if needs_handler and not outcome.get("handler"):
        raise InputError(_("请选择承办人"), where=step.name)


def _send_back(act: Act, document: Document, reason: str) -> None:
    """24 (三): what does not belong here goes back with the reason."""
    delivery = Delivery.objects.select_related("document__created_by").filter(incoming=document).first()
    DOCUMENTS.log(act.user, "sent_back", document, reason=reason)
    if delivery is None:
        return
    delivery.state, delivery.reason, delivery.answered_at = DeliveryState.RETURNED, reason[:300], act.clock.now
    delivery.save(update_fields=["state", "reason", "answered_at"])
    tell_sender(delivery, _("退文：%(title)s（%(unit)s）"), reason)
