"""Reading: who was asked to read a document, who opened it, who has read it and what he said; and to whom it
went.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import covers
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act
from qiangqu.registry.models import User
from qiangqu.registry.roles import Action

from ..models.documents import Circulation, Delivery, Document, IssuingBody
from .access import keeps
from .access import readers as readers_of
from .drafting import DOCUMENTS
from .rules import names
from .terms import DeliveryState, DocumentState

MOST_READERS = 100
MOST_ADDRESSEES = 200
#: states in which nobody beside its office is to read it
NOT_READ = {
    DocumentState.DRAFT,
    DocumentState.IN_REVIEW,
    DocumentState.TO_REVISE,
    DocumentState.REFUSED,
    DocumentState.SENT_BACK,
}


def may_circulate(user: Any, document: Document) -> bool:
    """The document's office, and those who direct work there (article 24 (五): by a leader's instruction or
    as the work needs).
    """
    return keeps(user, document.body) or covers(user, document.body.area.path, Action.SUPERVISE_CASES)


def to_be_asked(document: Document, most: int) -> list[User]:
    """Whom it can still be given to read."""
    known = document.circulations.values("user")
    return list(readers_of(document.body).exclude(pk__in=known)[:most])


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


@DOCUMENTS.declare(
    "circulated",
    gettext_lazy("送阅公文"),
    may=may_circulate,
    states=set(DocumentState) - NOT_READ,
    refusal=gettext_lazy("公文%(state)s，还不能传阅"),
    said=lambda asked: _("已送 %(n)s 人阅") % {"n": asked},
)
def circulate(act: Act[Document], readers: Sequence[str] = (), due: dt.date | None = None) -> int:
    """Give a document to people to read 送阅; whoever has it already is not asked twice. Returns how many
    were asked. Raises InputError for names that may not read here.
    """
    if not readers:
        raise InputError(_("请选择传阅对象"), where="readers")
    if len(readers) > MOST_READERS:
        raise InputError(_("一次最多送 %(most)s 人") % {"most": MOST_READERS}, where="readers")
    stored = act.record
    people = list(readers_of(stored.body).filter(username__in=list(readers)))
    unknown = set(readers) - {one.username for one in people}
    if unknown:
        raise InputError(_("没有这个用户，或他不能阅读这里的公文"), where=sorted(unknown)[0][:60])
    known = set(stored.circulations.values_list("user_id", flat=True))
    new = [one for one in people if one.pk not in known]
    now = timezone.now()
    Circulation.objects.bulk_create(
        [Circulation(document=stored, user=one, asked_by=act.user, asked_at=now, due_on=due) for one in new]
    )
    _tell(stored, new, _("请阅：%(title)s") % {"title": stored.title}, due)
    act.detail |= {"to": [one.username for one in new], "due": due}
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


def _was_asked(user: Any, document: Document) -> bool:
    return document.circulations.filter(user=user.pk).exists()


@DOCUMENTS.declare("read", gettext_lazy("阅毕公文"), name="read", may=_was_asked, said=gettext_lazy("已阅毕"))
def confirm_read(act: Act[Document], opinion: str = "") -> Circulation:
    """阅毕, with an opinion or without, by whoever was asked. Raises ConflictError when he has confirmed
    before.
    """
    opinion, document = opinion.strip(), act.record
    if len(opinion) > 500:
        raise InputError(_("意见不超过 500 字"), where="opinion")
    row = document.circulations.get(user=act.user)
    if row.read_at is not None:
        raise ConflictError(_("您已经阅毕"), where=document.title)
    row.read_at, row.opinion = timezone.now(), opinion
    row.opened_at = row.opened_at or row.read_at
    row.save()
    if not document.circulations.filter(read_at=None).exists():
        askers = [one.asked_by for one in document.circulations.select_related("asked_by") if one.asked_by != act.user]
        _tell(document, askers, _("都已阅毕：%(title)s") % {"title": document.title})
    act.detail["opinion"] = opinion
    return row


@DOCUMENTS.declare(
    "reminded", gettext_lazy("催阅催签收"), may=may_circulate, said=lambda told: _("已催 %(n)s 人") % {"n": told}
)
def remind(act: Act[Document]) -> int:
    """催阅: tell those who have not read, and (for one that went out) the offices that have not signed.
    Returns how many people were told.
    """
    document = act.record
    waiting = [row.user for row in document.circulations.filter(read_at=None).select_related("user")]
    _tell(document, waiting, _("催阅：%(title)s") % {"title": document.title})
    to = document.deliveries.filter(state=DeliveryState.SENT).values_list("to__area_id", flat=True)
    clerks = _clerks(list(to))
    if clerks:
        _announce(document, clerks, _("请签收：%(title)s") % {"title": document.title})
    act.detail |= {"readers": len(waiting), "offices": len(to)}
    return len(waiting) + len(clerks)


def _clerks(areas: Sequence[int]) -> list[User]:
    return list(User.objects.posted(Action.KEEP_DOCUMENTS, area__in=areas).with_posts())


def _announce(document: Document, people: Sequence[User], subject: str) -> None:
    notify_all(
        people, subject, document.number, "/office/documents/inbox/", topic="office", simulated=document.simulated
    )


@DOCUMENTS.declare(
    "delivered",
    gettext_lazy("分送公文"),
    states=(DocumentState.ISSUED,),
    refusal=gettext_lazy("公文%(state)s，印发后才能分送"),
    said=lambda made: _("已分送 %(n)s 个单位") % {"n": len(made)},
)
def deliver(
    act: Act[Document], main: Sequence[int] = (), copies: Sequence[int] = (), outside: str = ""
) -> list[Delivery]:
    """Send out 核发分送 an issued document: ``main`` and ``copies`` are ids of bodies on the platform,
    ``outside`` names of others (sent on paper). Bodies that have it are not sent it twice.
    """
    stored, others = act.record, names(outside[:2000])
    if len(main) + len(copies) + len(others) > MOST_ADDRESSEES:
        raise InputError(_("一次最多分送 %(most)s 个单位") % {"most": MOST_ADDRESSEES}, where="to")
    bodies = IssuingBody.objects.filter(pk__in=[*main, *copies], valid_to=None).exclude(pk=stored.body_id)
    known = set(stored.deliveries.values_list("to_id", flat=True))
    named = set(stored.deliveries.filter(to=None).values_list("name", flat=True))
    now = timezone.now()
    made = [
        Delivery(document=stored, to=body, name=body.name, main=body.pk in main, state=DeliveryState.SENT, sent_at=now)
        for body in bodies
        if body.pk not in known
    ]
    made += [
        Delivery(document=stored, name=name[:80], state=DeliveryState.OUTSIDE, sent_at=now)
        for name in dict.fromkeys(others)
        if name[:80] not in named
    ]
    if not made:
        raise InputError(_("请选择还没有分送过的单位"), where="to")
    Delivery.objects.bulk_create(made)
    areas = [body.area_id for body in bodies if body.pk not in known]
    _announce(stored, _clerks(areas), _("请签收：%(title)s") % {"title": stored.title})
    act.detail["to"] = [one.name for one in made]
    return made
