"""Who signs and who examines for a body 机关岗位: its head, those who lead a field, those who examine drafts.

A body whose posts are not entered yet is spoken for by the leaders and clerks of its own area. Nobody above,
beside or below a body signs for it, and no administrator or inspector. Article 22 of
《党政机关公文处理工作条例》: what goes upwards is signed by the head himself.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.records.acts import Act, Acts
from qiangqu.registry.models import KEEPERS, Area, Role, User
from qiangqu.registry.models.user import UserQuerySet
from qiangqu.registry.roles import Action

from ..models.documents import BodyPost, Document, IssuingBody
from .access import keeps
from .terms import Post

#: roles that do no office work of a body of their own
APART = (Role.ENTERPRISE, Role.INSPECTOR, *KEEPERS)


def people_of(area: Area, gives: Action = Action.OFFICE, **where: Any) -> "UserQuerySet":
    """Who works in the bodies of just this area, in a post that gives a permission (and meets conditions)."""
    found = User.objects.posted(gives, APART, area=area, **where)
    return found.order_by("username").with_posts()


def people_in(areas: Iterable[Area]) -> "UserQuerySet":
    """Who works in the bodies of just these areas."""
    found = User.objects.posted(Action.OFFICE, APART, area__in=list(areas))
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
    return people_of(body.area, role=Role.LEADER) if found is None else found


def reviewers(body: IssuingBody) -> "UserQuerySet":
    """Who may examine a draft of the body before it is signed."""
    found = _holders(body, Post.REVIEWER)
    return people_of(body.area, Action.KEEP_DOCUMENTS) if found is None else found


def signers_for(document: Document) -> "UserQuerySet":
    """Who may sign this document: not whoever wrote it."""
    return signers(document.body, upward=document.upward).exclude(pk=document.created_by_id)


def leaders_in(area: Area) -> "UserQuerySet":
    """Who signs for any body of the area: whom a document that came in is put before."""
    pks: set[int] = set()
    bodies = list(IssuingBody.objects.filter(area=area, valid_to=None))
    for body in bodies:
        pks |= set(signers(body).values_list("pk", flat=True))
    return people_of(area).filter(pk__in=pks) if bodies else people_of(area, role=Role.LEADER)


def reviewers_in(area: Area) -> "UserQuerySet":
    """Who examines drafts for any body of the area."""
    pks: set[int] = set()
    for body in IssuingBody.objects.filter(area=area, valid_to=None):
        pks |= set(reviewers(body).values_list("pk", flat=True))
    return people_of(area).filter(pk__in=pks)


def posts_of(body: IssuingBody) -> "QuerySet[BodyPost]":
    """The posts of a body that are held now."""
    return BodyPost.objects.filter(body=body, ended_at=None).select_related("user").order_by("post", "user__username")


#: acts on a body's posts, told of the body
POSTS = Acts(IssuingBody, "post", may=keeps, related=("area",), title="name", object_type="issuingbody")


@POSTS.declare("given", gettext_lazy("登记机关岗位"), said=gettext_lazy("已保存"))
def appoint(act: Act[IssuingBody], person: str, post: str) -> BodyPost:
    """Enter somebody of the body's own area in a post; again gives the same. Raises InputError for others."""
    if post not in Post.values:
        raise InputError(_("请从列出的岗位中选择"), where=pgettext("office", "岗位"))
    found = people_of(act.record.area).filter(username=person[:150]).first()
    if found is None:
        raise InputError(_("请选择本机关人员"), where=person[:40] or _("人员"))
    row, made = BodyPost.objects.get_or_create(
        body=act.record, user=found, post=post, ended_at=None, defaults={"by": act.user, "at": timezone.now()}
    )
    act.nothing = not made
    act.detail |= {"user": found.username, "post": post}
    return row


@POSTS.declare("ended", gettext_lazy("机关岗位离任"), said=gettext_lazy("已保存"))
def dismiss(act: Act[IssuingBody], end: int) -> None:
    """End the post of that number; once is enough."""
    row = act.record.posts.select_related("user").filter(pk=end).first()
    if row is None:
        raise NotFoundError(_("没有这个岗位"), where=str(end)[:20])
    act.nothing = row.ended_at is not None
    if not act.nothing:
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
    act.detail |= {"user": row.user.username, "post": row.post}
