"""Who sees which facts: one filter, used by pages and API alike.

A fact is about a subject (an area, a unit, a project, a parcel); who sees the subject sees its facts. The subject is no foreign key, so the
filter names the subjects by sub-queries on the registers, each narrowed by :func:`qiangqu.base.visibility.visible`.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry.models import Area

from .models import Fact, FactBatch, SubjectKind
from .store import SUBJECT_MODELS

#: url names of the register pages of each kind of subject
PAGES = {
    SubjectKind.AREA: "areas-detail",
    SubjectKind.ORGANISATION: "organisations-detail",
    SubjectKind.PROJECT: "projects-detail",
    SubjectKind.PARCEL: "parcels-detail",
}
Subject = tuple[int, int]  # kind, id


def sees_all(user: Any) -> bool:
    """Whether the user's subtree is the whole tree: then no filter is needed."""
    if not (user.is_authenticated and user.is_active) or user.speaks_for_organisation or not user.scope_path:
        return False
    return not Area.objects.exclude(path__startswith=user.scope_path).exists()


def visible_facts(user: Any, area: Area | None = None) -> "QuerySet[Fact]":
    """The facts that ``user`` may see, only those of subjects in the subtree of ``area`` when one is given.

    An enterprise's account sees what is about its own organisation, projects and parcels, and nothing else.
    """
    facts = Fact.objects.all()
    if not (user.is_authenticated and user.is_active):
        return facts.none()
    if sees_all(user) and (area is None or area.parent_id is None):
        return facts
    about = Q(pk__in=[])
    for kind, model in SUBJECT_MODELS.items():
        subjects = visible(model.objects.all(), user)
        if area is not None and not user.speaks_for_organisation:
            subjects = in_subtree(subjects, area.path)
        about |= Q(subject_kind=int(kind), subject_id__in=subjects.order_by().values("pk"))
    return facts.filter(about)


def visible_fact(user: Any, pk: int) -> Fact:
    """Raises NotFoundError for a fact that does not exist or lies outside: the two are not told apart."""
    fact = (
        visible_facts(user).select_related("element", "batch__user", "source").filter(pk=pk).first()
        if 0 < pk < 2**63
        else None
    )
    if fact is None:
        raise NotFoundError("没有这条事实，或它不在您的管辖范围内", where=str(pk)[:20])
    return fact


def visible_batches(user: Any, area: Area | None = None) -> "QuerySet[FactBatch]":
    """The batches that somebody inside the user's subtree entered."""
    batches = visible(FactBatch.objects.all(), user)
    return batches if area is None or area.parent_id is None else in_subtree(batches, area.path)


def visible_batch(user: Any, pk: int) -> FactBatch:
    """Raises NotFoundError for a batch that does not exist or lies outside."""
    batch = visible_batches(user).select_related("user").filter(pk=pk).first() if 0 < pk < 2**63 else None
    if batch is None:
        raise NotFoundError("没有这个批次，或它不在您的管辖范围内", where=str(pk)[:20])
    return batch


def subject_by_code(user: Any, kind: int, code: str) -> Any:
    """The subject with ``code`` that the user may see. Raises NotFoundError."""
    found = visible(SUBJECT_MODELS[kind].objects.all(), user).filter(code=code[:60]).first()
    if found is None:
        raise NotFoundError("没有这个对象，或它不在您的管辖范围内", where=code[:40])
    return found


def subjects_of(facts: Iterable[Fact]) -> dict[Subject, Any]:
    """The records that facts are about: one query for each kind."""
    wanted: dict[int, set[int]] = {}
    for fact in facts:
        wanted.setdefault(fact.subject_kind, set()).add(fact.subject_id)
    return {
        (kind, one.pk): one for kind, ids in wanted.items() for one in SUBJECT_MODELS[kind].objects.filter(pk__in=ids)
    }


def subject_name(subject: Any, kind: int, pk: int) -> str:
    """The full name for people; kind and number when the record is gone."""
    if subject is None:
        return f"{SubjectKind(kind).label} {pk}"
    return str(getattr(subject, "name", "") or subject)


def subject_url(kind: int, pk: int) -> str:
    """The register page of a subject; "" when this node has none."""
    try:
        return reverse(PAGES[SubjectKind(kind)], args=[pk])
    except NoReverseMatch:
        return ""
