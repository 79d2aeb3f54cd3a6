"""Reading: who was asked to read a document, who opened it, who has read it and what he said; and to whom it
went.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import covers
from qiangqu.messaging.notify import notify_all
from qiangqu.registry.models import User
from qiangqu.registry.roles import Action, roles_with

from ..models import Circulation, Delivery, DeliveryState, Document, DocumentState, IssuingBody
from .access import keeps, readers
from .drafting import DOCUMENTS
from .rules import names

MOST_READERS = 100
MOST_ADDRESSEES = 200


def may_circulate(user: Any, document: Document) -> bool:
    """The document's office, and those who direct work there (article 24 (五): by a leader's instruction or
    as the work needs).
    """
    return keeps(user, document.body) or covers(user, document.body.area.path, Action.SUPERVISE_CASES)


def to_be_asked(document: Document, most: int) -> list[User]:
    """Whom it can still be given to read."""
    known = document.circulations.values("user")
    return list(readers(document.body).exclude(pk__in=known)[:most])


def addressees(document: Document, most: int) -> list[tuple[IssuingBody, str]]:
    """Bodies that it can still be sent to, each with how its name stands in the document: ``main``, ``copy``
    or not at all.
    """
    main, copy = set(names(document.addressees)), set(names(document.copies_to))
    had = document.deliveries.exclude(to=None).values("to")
    rows = IssuingBody.objects.filter(valid_to=None).exclude(pk=document.body_id).exclude(pk__in=had)
    return [
        (body, "main" if body.name in main else "copy" if body.name in copy else "")
        for body in rows.select_related("area")[:most]
    ]


def circulate(document: Document, usernames: Sequence[str], due_on: dt.date | None, user: Any) -> int:
    """Give a document to people to read 送阅; whoever has it already is not asked twice. Returns how many
    were asked. Raises InputError for names that may not read here, ConflictError for a draft."""
    if not usernames:
        raise InputError(_("请选传阅对象"), where="readers")
    if len(usernames) > MOST_READERS:
        raise InputError(_("一次最多送 %(most)s 人") % {"most": MOST_READERS}, where="readers")
    with DOCUMENTS.act(document, user, "circulated", may=may_circulate) as act:
        stored = act.record
        if stored.editable or stored.state in (DocumentState.IN_REVIEW, DocumentState.REFUSED, DocumentState.SENT_BACK):
            raise ConflictError(
                _("公文%(state)s，还不能传阅") % {"state": stored.get_state_display()}, where=stored.title
            )
        people = list(readers(stored.body).filter(username__in=list(usernames)))
        unknown = set(usernames) - {one.username for one in people}
        if unknown:
            raise InputError(_("没有这个用户，或他不能阅读这里的公文"), where=sorted(unknown)[0][:60])
        known = set(stored.circulations.values_list("user_id", flat=True))
        new = [one for one in people if one.pk not in known]
        now = timezone.now()
        Circulation.objects.bulk_create(
            [Circulation(document=stored, user=one, asked_by=user, asked_at=now, due_on=due_on) for one in new]
        )
        _tell(stored, new, _("请阅：%(title)s") % {"title": stored.title}, due_on)
        act.detail |= {"to": [one.username for one in new], "due": due_on}
    return len(new)


def _tell(document: Document, people: Sequence[User], subject: str, due_on: dt.date | None = None) -> None:
    text = "\n".join(
        part
        for part in (document.number or document.receipt, _("期限 %(day)s") % {"day": due_on} if due_on else "")
        if part
    )
    notify_all(people, subject, text, f"/office/documents/{document.pk}/", topic="office", simulated=document.simulated)


def note_opened(document: Document, user: Any) -> None:
    """The first time that somebody who was asked to read opens the document."""
    Circulation.objects.filter(document=document, user=user, opened_at=None).update(opened_at=timezone.now())


def confirm_read(document: Document, opinion: str, user: Any) -> Circulation:
    """阅毕, with an opinion or without. Raises PermissionDenied for whoever was not asked, ConflictError when
    he has confirmed before.
    """
    opinion = opinion.strip()
    if len(opinion) > 500:
        raise InputError(_("意见不超过 500 字"), where="opinion")
    with transaction.atomic():
        row = Circulation.objects.select_for_update(of=("self",)).filter(document=document, user=user).first()
        if row is None:
            raise PermissionDenied
        if row.read_at is not None:
            raise ConflictError(_("您已经阅毕"), where=document.title)
        row.read_at, row.opinion = timezone.now(), opinion
        row.opened_at = row.opened_at or row.read_at
        row.save()
        DOCUMENTS.log(user, "read", document, opinion=opinion)
        if not document.circulations.filter(read_at=None).exists():
            askers = [one.asked_by for one in document.circulations.select_related("asked_by") if one.asked_by != user]
            _tell(document, askers, _("都已阅毕：%(title)s") % {"title": document.title})
    return row


def remind(document: Document, user: Any) -> int:
    """催阅: tell those who have not read, and (for one that went out) the offices that have not signed.
    Returns how many people were told.
    """
    with DOCUMENTS.act(document, user, "reminded", may=may_circulate) as act:
        waiting = [row.user for row in document.circulations.filter(read_at=None).select_related("user")]
        _tell(document, waiting, _("催阅：%(title)s") % {"title": document.title})
        to = document.deliveries.filter(state=DeliveryState.SENT).values_list("to__area_id", flat=True)
        clerks = _clerks(list(to))
        if clerks:
            _announce(document, clerks, _("请签收：%(title)s") % {"title": document.title})
        act.detail |= {"readers": len(waiting), "offices": len(to)}
    return len(waiting) + len(clerks)


def _clerks(areas: Sequence[int]) -> list[User]:
    return list(User.objects.posted(area__in=areas, role__in=roles_with(Action.KEEP_DOCUMENTS)).with_posts())


def _announce(document: Document, people: Sequence[User], subject: str) -> None:
    notify_all(
        people, subject, document.number, "/office/documents/inbox/", topic="office", simulated=document.simulated
    )


def deliver(
    document: Document, main: Sequence[int], copy: Sequence[int], outside: Sequence[str], user: Any
) -> list[Delivery]:
    """Send out 核发分送 an issued document: ``main`` and ``copy`` are ids of bodies on the platform,
    ``outside`` names of others (sent on paper). Bodies that have it are not sent it twice. Raises
    ConflictError unless it is issued."""
    with DOCUMENTS.act(document, user, "delivered") as act:
        stored = act.record
        if not stored.is_out or stored.state != DocumentState.ISSUED:
            raise ConflictError(
                _("公文%(state)s，印发后才能分送") % {"state": stored.get_state_display()}, where=stored.title
            )
        if len(main) + len(copy) + len(outside) > MOST_ADDRESSEES:
            raise InputError(_("一次最多分送 %(most)s 个单位") % {"most": MOST_ADDRESSEES}, where="to")
        bodies = IssuingBody.objects.filter(pk__in=[*main, *copy], valid_to=None).exclude(pk=stored.body_id)
        known = set(stored.deliveries.values_list("to_id", flat=True))
        named = set(stored.deliveries.filter(to=None).values_list("name", flat=True))
        now = timezone.now()
        made = [
            Delivery(
                document=stored, to=body, name=body.name, main=body.pk in main, state=DeliveryState.SENT, sent_at=now
            )
            for body in bodies
            if body.pk not in known
        ]
        made += [
            Delivery(document=stored, name=name[:80], state=DeliveryState.OUTSIDE, sent_at=now)
            for name in dict.fromkeys(outside)
            if name[:80] not in named
        ]
        if not made:
            raise InputError(_("请选还没有送过的单位"), where="to")
        Delivery.objects.bulk_create(made)
        areas = [body.area_id for body in bodies if body.pk not in known]
        _announce(stored, _clerks(areas), _("请签收：%(title)s") % {"title": stored.title})
        act.detail["to"] = [one.name for one in made]
    return made
