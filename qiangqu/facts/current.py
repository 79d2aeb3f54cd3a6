"""Which fact of a cell counts, and what contradicts it. A cell is an element, a subject and a period.

Facts that another one supersedes are history. Of those that stand, in this order:

1. real before simulated;
2. what a person settled: ``precedence`` 1 (use), 0, -1 (for reference);
3. the source published last (a source without a date before all others);
4. the fact entered last.

The others remain visible: with the same value they confirm, with another they contradict.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from .models import Fact

#: the order above for a queryset of standing facts, the one that counts first
RANKING = ("batch__simulated", "-precedence", "-published", "-id")


@dataclass(frozen=True, slots=True)
class CellView:
    """``current``: the fact that counts (None: no fact at all); ``contradicting``, ``confirming``: others
    that stand; ``simulated``: simulated ones beside a real one; ``superseded``: former ones, the latest
    first."""

    current: Fact | None = None
    contradicting: list[Fact] = field(default_factory=list)
    confirming: list[Fact] = field(default_factory=list)
    simulated: list[Fact] = field(default_factory=list)
    superseded: list[Fact] = field(default_factory=list)


def believed_on(facts: "QuerySet[Fact]", day: dt.date | None) -> "QuerySet[Fact]":
    """The facts that had been entered by the end of ``day`` (None: all)."""
    if day is None:
        return facts
    end = timezone.make_aware(dt.datetime.combine(day, dt.time.max))
    return facts.filter(batch__created_at__lte=end)


def standing(facts: "QuerySet[Fact]", day: dt.date | None = None) -> "QuerySet[Fact]":
    """The facts that no other one supersedes, as far as was known on ``day``."""
    corrections = believed_on(Fact.objects.filter(supersedes=OuterRef("pk")), day)
    return believed_on(facts, day).exclude(Exists(corrections))


def ranked(facts: "QuerySet[Fact]") -> "QuerySet[Fact]":
    """``facts`` of one cell in the order of counting."""
    return facts.annotate(published=Coalesce(F("source__published_on"), Value(""))).order_by(*RANKING)


def cell_facts(element_id: int, subject_kind: int, subject_id: int, period_key: int) -> "QuerySet[Fact]":
    """All facts of one cell."""
    return Fact.objects.filter(
        element=element_id, subject_kind=subject_kind, subject_id=subject_id, period_key=period_key
    )


def view_cell(
    element_id: int, subject_kind: int, subject_id: int, period_key: int, day: dt.date | None = None
) -> CellView:
    """The cell as it is believed now, or was on ``day``."""
    facts = cell_facts(element_id, subject_kind, subject_id, period_key).select_related("batch__user", "source")
    order = list(ranked(standing(facts, day)))
    known = {fact.pk for fact in order}
    former = [fact for fact in believed_on(facts, day).order_by("-id") if fact.pk not in known]
    if not order:
        return CellView(superseded=former)
    current, others = order[0], order[1:]
    equals = [fact for fact in others if fact.batch.simulated == current.batch.simulated]
    return CellView(
        current,
        [fact for fact in equals if fact.value != current.value],
        [fact for fact in equals if fact.value == current.value],
        [fact for fact in others if fact.batch.simulated != current.batch.simulated],
        former,
    )


def current_facts(facts: "QuerySet[Fact]", day: dt.date | None = None) -> dict[tuple[int, int, int, int], Fact]:
    """The fact that counts in each cell of ``facts`` (which must hold cells whole): ``{(element, kind,
    subject, period): fact}``. For thousands of facts; for millions use the lake."""
    chosen: dict[tuple[int, int, int, int], Fact] = {}
    for fact in ranked(standing(facts, day)).select_related("batch", "source"):
        chosen.setdefault((fact.element_id, fact.subject_kind, fact.subject_id, fact.period_key), fact)
    return chosen
