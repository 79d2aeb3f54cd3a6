"""Who sees which facts: one filter, used by pages and API alike.

A fact is about a record of a declared subject (an area, a unit, a project …); who sees the record sees its
facts: :meth:`Fact.visible_to`.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from qiangqu.base.errors import NotFoundError
from qiangqu.base.subjects import Subject
from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry.models import Area

from . import subjects
from .models import Fact, FactBatch

Key = tuple[int, int]  # number of the subject, id of the record


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
    """The batches that somebody inside the user's subtree entered; with ``area`` only those of its
    subtree.
    """
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


def subject_by_code(user: Any, subject: Subject, code: str) -> Any:
    """The record with ``code`` that the user may see. Raises NotFoundError."""
    records = visible(subjects.model_of(subject).objects.all(), user)
    found = records.filter(**{subject.codes[0]: code[:60]}).first()
    if found is None:
        raise NotFoundError("没有这个对象，或它不在您的管辖范围内", where=code[:40])
    return found


def subjects_of(facts: Iterable[Fact]) -> dict[Key, Any]:
    """The records that facts are about: one query for each register."""
    wanted: dict[int, set[int]] = {}
    for fact in facts:
        wanted.setdefault(fact.subject_kind, set()).add(fact.subject_id)
    models = subjects.models()
    return {
        (number, one.pk): one
        for number, ids in wanted.items()
        if number in models
        for one in models[number].objects.filter(pk__in=ids)
    }


def subject_name(record: Any, number: int, pk: int) -> str:
    """The full name for people; the subject and the id when the record is gone."""
    if record is None:
        return f"{subjects.title_of(number)} {pk}"
    return str(getattr(record, "name", "") or record)
