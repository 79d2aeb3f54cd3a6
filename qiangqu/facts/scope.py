"""Who sees which facts: one filter, used by pages and API alike.

A fact is about a record of a declared subject (an area, a unit, a project …); who sees the record sees its
facts; who sees the whole tree sees all.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from qiangqu.base.errors import NotFoundError
from qiangqu.base.subjects import Subject
from qiangqu.base.visibility import in_subtree, reach, visible, within
from qiangqu.registry.models import Area

from . import subjects
from .ids import place, ref
from .models import FactBatch
from .reading import EVERYTHING, FactRow, Scope, by_id

Key = tuple[int, int]  # number of the subject, id of the record


def facts_in(user: Any, area: Area | None = None) -> Scope:
    """Whose facts ``user`` may see; with ``area`` only those of subjects in its subtree."""
    tops = reach(user)
    path = "" if area is None or area.parent_id is None else area.path
    if tops and not path and not Area.objects.exclude(within("path", tops)).exists():
        return EVERYTHING
    narrowed = {number: visible(model.objects.all(), user) for number, model in subjects.models().items()}
    return Scope({number: in_subtree(rows, path) for number, rows in narrowed.items()} if path else narrowed)


def fact_for(user: Any, pk: int) -> FactRow:
    """Raises NotFoundError for a fact that does not exist or lies outside: the two are not told apart."""
    fact = by_id([pk]).get(pk) if 0 < pk < 2**63 else None
    if fact is not None and not seen_facts(user, [(fact.subject_kind, fact.subject_id)]):
        fact = None
    if fact is None:
        raise NotFoundError("没有这条事实，或它不在您的管辖范围内", where=ref(pk)[:20])
    return fact


def old_fact(user: Any, number: int) -> FactRow:
    """The fact that release 0.1.0 called by this number. Raises NotFoundError."""
    batch = FactBatch.objects.filter(first_fact__lte=number, last_fact__gte=number).order_by("first_fact").first()
    return fact_for(user, place(batch.pk, number - (batch.first_fact or 0) + 1) if batch else 0)


def seen_facts(user: Any, keys: Iterable[Key]) -> set[Key]:
    """Those of the subjects whose facts the user may see: of whom sees the record."""
    wanted: dict[int, set[int]] = {}
    for kind, subject in keys:
        wanted.setdefault(kind, set()).add(subject)
    scope = facts_in(user)
    if scope.records is None:
        return {(kind, subject) for kind, found in wanted.items() for subject in found}
    return {
        (kind, subject)
        for kind, found in wanted.items()
        if kind in scope.records
        for subject in scope.records[kind].filter(pk__in=found).values_list("pk", flat=True)
    }


def batches_in(user: Any, area: Area | None = None) -> "QuerySet[FactBatch]":
    """The batches that somebody inside the user's subtree entered; with ``area`` only those of its
    subtree.
    """
    batches = visible(FactBatch.objects.all(), user)
    return batches if area is None or area.parent_id is None else in_subtree(batches, area.path)


def batch_for(user: Any, pk: int) -> FactBatch:
    """Raises NotFoundError for a batch that does not exist or lies outside."""
    batch = (
        visible(FactBatch.objects.all(), user)
        .select_related("user", "origin", "withdraws", "withdrawal__user")
        .filter(pk=pk)
        .first()
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


def subjects_of(facts: Iterable[FactRow]) -> dict[Key, Any]:
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
