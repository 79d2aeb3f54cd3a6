"""Who sees which documents, and who may do what with them.

A document is seen in its area's subtree; while it is a draft only in the office of its own area and by those whom its review asks; one for a limited
circle only by its keepers, by those who took part and by those to whom it was given to read.
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from qiangqu.base.errors import NotFoundError
from qiangqu.cases.models import Step
from qiangqu.registry.models import Role, User
from qiangqu.registry.roles import ALLOWED, Action, may

from ..models import Circulation, Document, DocumentState, IssuingBody

UNFINISHED = (
    DocumentState.DRAFT,
    DocumentState.IN_REVIEW,
    DocumentState.TO_REVISE,
    DocumentState.SIGNED,
    DocumentState.REFUSED,
)


def visible_documents(user: Any) -> "QuerySet[Document]":
    """The documents that ``user`` may read."""
    if not may(user, Action.OFFICE) or not user.scope_path:
        return Document.objects.none()
    mine = Q(step_mine=True) | Q(read_mine=True) | Q(created_by=user)
    own_office = Q(body__area=user.area_id) if may(user, Action.KEEP_DOCUMENTS) else Q(pk__in=())
    general = Q(restricted=False) & (
        ~Q(state__in=UNFINISHED) & Q(body__area__path__startswith=user.scope_path)
        | Q(state__in=UNFINISHED) & Q(body__area=user.area_id)
    )
    return Document.objects.annotate(
        step_mine=Exists(Step.objects.filter(Q(assignee=user) | Q(done_by=user), case=OuterRef("case"))),
        read_mine=Exists(Circulation.objects.filter(user=user, document=OuterRef("pk"))),
    ).filter(general | own_office | mine)


def document_for(user: Any, pk: int) -> Document:
    """One document. Raises NotFoundError whether it is not there or not his to see."""
    found = visible_documents(user).select_related("body__area", "case__kind", "created_by", "signer").filter(pk=pk)
    document = found.first()
    if document is None:
        raise NotFoundError("没有这份公文，或您无权查看", where=str(pk))
    return document


def keeps(user: Any, body: IssuingBody) -> bool:
    """Whether the user keeps the register of this body: its documents are his to write, receive, send and archive. One level only: an office
    above reads what is below but does not write there."""
    return may(user, Action.KEEP_DOCUMENTS) and user.area_id is not None and body.area_id == user.area_id


def bodies_of(user: Any) -> "QuerySet[IssuingBody]":
    """The bodies whose registers the user keeps."""
    if not may(user, Action.KEEP_DOCUMENTS) or user.area_id is None:
        return IssuingBody.objects.none()
    return IssuingBody.objects.filter(area=user.area_id, valid_to=None)


def readers(body: IssuingBody) -> "QuerySet[User]":
    """Whom a document of this body may be given to read: people of its area, above it and below it who do office work."""
    above = body.area.path.strip("/").split("/")
    people = User.objects.filter(
        is_active=True, role__in=[role for role, may_do in ALLOWED.items() if Action.OFFICE in may_do]
    ).exclude(role=Role.ADMIN)
    found = people.filter(Q(area__code__in=above) | Q(area__path__startswith=body.area.path))
    return found.select_related("area").order_by("area__path", "username")
