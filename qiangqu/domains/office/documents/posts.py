"""Who signs and who examines for a body 机关岗位: its head, those who lead a field, those who examine drafts.

A body whose posts are not entered yet is spoken for by the leaders and clerks of its own area. Nobody above,
beside or below a body signs for it, and no administrator or inspector. Article 22 of
《党政机关公文处理工作条例》: what goes upwards is signed by the head himself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Role, User
from qiangqu.registry.models.user import UserQuerySet
from qiangqu.registry.roles import Action, roles_with

from ..models import BodyPost, Document, IssuingBody, Post
from .access import bodies_of, keeps

#: roles that do no office work of a body of their own
APART = (Role.ENTERPRISE, Role.ADMIN, Role.INSPECTOR)


def people_of(area: Area, *roles: str) -> "UserQuerySet":
    """Who works in the bodies of just this area (in one of ``roles`` when given)."""
    wanted = roles or roles_with(Action.OFFICE, *APART)
    found = User.objects.posted(area=area, role__in=[role for role in wanted if role not in APART])
    return found.order_by("username").with_posts()


def people_in(areas: Iterable[Area]) -> "UserQuerySet":
    """Who works in the bodies of just these areas."""
    found = User.objects.posted(area__in=list(areas), role__in=roles_with(Action.OFFICE, *APART))
    return found.order_by("username").with_posts()


def _holders(body: IssuingBody, *wanted: str) -> "UserQuerySet | None":
    """People of the body in one of the posts; None when nobody is entered for any of them."""
    rows = BodyPost.objects.filter(body=body, post__in=wanted, ended_at=None)
    if not rows.exists():
        return None
    # one who has left the area holds no post there any more
    return people_of(body.area).filter(pk__in=rows.values("user"))


def signers(body: IssuingBody, *, upward: bool = False) -> "UserQuerySet":
    """Who may sign for the body: its head; unless it goes ``upward`` also those who lead a field."""
    found = _holders(body, Post.HEAD) if upward else _holders(body, Post.HEAD, Post.DEPUTY)
    return people_of(body.area, Role.LEADER) if found is None else found


def reviewers(body: IssuingBody) -> "UserQuerySet":
    """Who may examine a draft of the body before it is signed."""
    found = _holders(body, Post.REVIEWER)
    return people_of(body.area, *roles_with(Action.KEEP_DOCUMENTS)) if found is None else found


def signers_for(document: Document) -> "UserQuerySet":
    """Who may sign this document: not whoever wrote it."""
    return signers(document.body, upward=document.upward).exclude(pk=document.created_by_id)


def leaders_in(area: Area) -> "UserQuerySet":
    """Who signs for any body of the area: whom a document that came in is put before."""
    pks: set[int] = set()
    bodies = list(IssuingBody.objects.filter(area=area, valid_to=None))
    for body in bodies:
        pks |= set(signers(body).values_list("pk", flat=True))
    return people_of(area).filter(pk__in=pks) if bodies else people_of(area, Role.LEADER)


def reviewers_in(area: Area) -> "UserQuerySet":
    """Who examines drafts for any body of the area."""
    pks: set[int] = set()
    for body in IssuingBody.objects.filter(area=area, valid_to=None):
        pks |= set(reviewers(body).values_list("pk", flat=True))
    return people_of(area).filter(pk__in=pks)


def posts_of(body: IssuingBody) -> "QuerySet[BodyPost]":
    """The posts of a body that are held now."""
    return BodyPost.objects.filter(body=body, ended_at=None).select_related("user").order_by("post", "user__username")


def appoint(body: IssuingBody, username: str, post: str, user: Any) -> BodyPost:
    """Enter somebody of the body's own area in a post; again gives the same. Raises InputError for others,
    PermissionDenied outside the user's office.
    """
    if not keeps(user, body):
        raise PermissionDenied
    if post not in Post.values:
        raise InputError(_("请从列出的岗位里选"), where=pgettext("office", "岗位"))
    person = people_of(body.area).filter(username=username[:150]).first()
    if person is None:
        raise InputError(_("请选本机关的人员"), where=username[:40] or _("人员"))
    with transaction.atomic():
        row, made = BodyPost.objects.get_or_create(
            body=body, user=person, post=post, ended_at=None, defaults={"by": user, "at": timezone.now()}
        )
        if made:
            _record(user, "post_given", row)
    return row


def change(sent: Mapping[str, str], user: Any) -> None:
    """What a form says: ``end`` the number of a post, or who (``person``) gets which ``post`` in which
    ``body``, one of the user's. Raises NotFoundError, and as :func:`appoint` and :func:`dismiss`."""
    if sent.get("end"):
        return dismiss(natural(sent["end"]) or 0, user)
    body = bodies_of(user).filter(pk=natural(sent.get("body")) or 0).first()
    if body is None:
        raise NotFoundError(_("没有这个机关，或它不归您登记"), where=sent.get("body", "")[:20])
    appoint(body, sent.get("person", ""), sent.get("post", ""), user)
    return None


def dismiss(pk: int, user: Any) -> None:
    """End a post. Raises NotFoundError for one that is not in the user's office."""
    with transaction.atomic():
        row = (
            BodyPost.objects.select_for_update(of=("self",)).select_related("body__area", "user").filter(pk=pk).first()
        )
        if row is None or not keeps(user, row.body):
            raise NotFoundError(_("没有这个岗位"), where=str(pk)[:20])
        if row.ended_at is None:
            row.ended_at = timezone.now()
            row.save(update_fields=["ended_at"])
            _record(user, "post_ended", row)


def _record(user: Any, act: str, row: BodyPost) -> None:
    audit.record(
        user,
        act,
        object_type="issuingbody",
        object_id=row.body_id,
        area_path=row.body.area.path,
        detail={"body": row.body.name, "user": row.user.username, "post": row.post},
    )
