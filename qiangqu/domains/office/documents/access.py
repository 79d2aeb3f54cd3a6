"""Who sees which documents, and who may do what with them.

A document is seen in its area's subtree; while it is a draft only in the office of its own area and by those
whom its review asks; one for a limited circle only by its keepers, by those who took part and by those to
whom it was given to read.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import areas_of
from qiangqu.records.finding import Findable
from qiangqu.registry.models import KEEPERS, Post, User
from qiangqu.registry.roles import Action

from ..models.documents import Document, IssuingBody

FOUND = Findable(
    model=Document,
    page="document",
    related=("body__area", "case__kind", "created_by", "signer"),
    search=("title", "number"),
    detail=lambda one: f"{one.number or one.receipt} · {one.body.name}",
    beside=("body",),
    unread=("text",),
)
document_for = FOUND.one


def keeps(user: Any, body: IssuingBody) -> bool:
    """Whether the user keeps the register of this body: its documents are his to write, receive, send and
    archive. One level only: an office above reads what is below but does not write there."""
    return body.area_id in areas_of(user, Action.KEEP_DOCUMENTS)


def bodies_of(user: Any) -> "QuerySet[IssuingBody]":
    """The bodies whose registers the user keeps."""
    return IssuingBody.objects.filter(area__in=areas_of(user, Action.KEEP_DOCUMENTS), valid_to=None)


def body_for(user: Any, pk: int) -> IssuingBody:
    """One of them. Raises NotFoundError."""
    found = bodies_of(user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(_("没有这个机关，或它不归您登记"), where=str(pk)[:20])
    return found


def readers(body: IssuingBody) -> "QuerySet[User]":
    """Whom a document of this body may be given to read: people of its area, above it and below it who do
    office work.
    """
    above = body.area.path.strip("/").split("/")
    posts = Post.objects.in_force().giving(Action.OFFICE, *KEEPERS)
    on_line = posts.filter(Q(area__code__in=above) | Q(area__path__startswith=body.area.path))
    return User.objects.filter(pk__in=on_line.values("user")).by_area()
