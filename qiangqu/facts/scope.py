"""Who sees which facts: one filter, used by pages and API alike.

A fact is about a subject (an area, a unit, a project, a parcel); who sees the subject sees its facts: :meth:`Fact.visible_to`.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry.models import Area

from .models import SUBJECT_MODELS, Fact, FactBatch, SubjectKind

#: url names of the register pages of each kind of subject
PAGES = {
    SubjectKind.AREA: "areas-detail",
    SubjectKind.ORGANISATION: "organisations-detail",
    SubjectKind.PROJECT: "projects-detail",
    SubjectKind.PARCEL: "parcels-detail",
}
Subject = tuple[int, int]  # kind, id


def facts_in(user: Any, area: Area | None = None) -> "QuerySet[Fact]":
    """The facts that ``user`` may see; with ``area`` only those of subjects in its subtree."""
    found = visible(Fact.objects.all(), user)
    return found if area is None or area.parent_id is None else in_subtree(found, area.path)


def fact_for(user: Any, pk: int) -> Fact:
    """Raises NotFoundError for a fact that does not exist or lies outside: the two are not told apart."""
    fact = (
        visible(Fact.objects.all(), user)
        .select_related("element", "batch__user", "batch__origin", "source")
        .filter(pk=pk)
        .first()
        if 0 < pk < 2**63
        else None
    )
    if fact is None:
        raise NotFoundError("没有这条事实，或它不在您的管辖范围内", where=str(pk)[:20])
    return fact


def batches_in(user: Any, area: Area | None = None) -> "QuerySet[FactBatch]":
    """The batches that somebody inside the user's subtree entered; with ``area`` only those of its subtree."""
    batches = visible(FactBatch.objects.all(), user)
    return batches if area is None or area.parent_id is None else in_subtree(batches, area.path)


def batch_for(user: Any, pk: int) -> FactBatch:
    """Raises NotFoundError for a batch that does not exist or lies outside."""
    batch = (
        visible(FactBatch.objects.all(), user).select_related("user", "origin").filter(pk=pk).first()
        if 0 < pk < 2**63
        else None
    )
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
