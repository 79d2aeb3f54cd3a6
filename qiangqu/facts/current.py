"""Which fact of a cell counts, and what contradicts it. A cell is an element, a subject and a period.

Facts that another one supersedes are history, and so are those of a batch that was withdrawn. Of those that stand,
in this order:

1. real before simulated;
2. what a person settled: ``precedence`` 1 (use), 0, -1 (for reference);
3. the source published last (a source without a date before all others);
4. the fact entered last.

The others remain visible: with the same value they confirm, with another they contradict.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from .reading import FactRow, Where, end_of, rows

Cell = tuple[int, int, int, int]  # element, subject kind, subject, period


@dataclass(frozen=True, slots=True)
class CellView:
    """``current``: the fact that counts (None: no fact at all); ``contradicting``, ``confirming``: others
    that stand; ``simulated``: simulated ones beside a real one; ``superseded``: former ones, the latest
    first."""

    current: FactRow | None = None
    contradicting: list[FactRow] = field(default_factory=list)
    confirming: list[FactRow] = field(default_factory=list)
    simulated: list[FactRow] = field(default_factory=list)
    superseded: list[FactRow] = field(default_factory=list)


def believed_on(facts: Iterable[FactRow], day: dt.date | None) -> list[FactRow]:
    """The facts that had been entered by the end of ``day`` (None: all)."""
    end = end_of(day)
    return [fact for fact in facts if end is None or fact.batch.created_at <= end]


def standing(facts: Iterable[FactRow], day: dt.date | None = None) -> list[FactRow]:
    """Of ``facts``, which must hold cells whole, those that no other one supersedes, as far as was known on
    ``day``.
    """
    known, end = believed_on(facts, day), end_of(day)
    withdrawn = {fact.id: fact.supersedes_id for fact in known if fact.batch.withdrawn_by(end)}
    gone = superseded({fact.id: fact.supersedes_id for fact in known}, withdrawn)
    return [fact for fact in known if fact.id not in gone and fact.id not in withdrawn]


def superseded(facts: Mapping[int, int | None], withdrawn: Collection[int]) -> set[int]:
    """Which ids are corrected by facts that were not withdrawn. ``facts``: what each corrects. A correction of a
    withdrawn fact corrects what that one had corrected: it is the later word.
    """
    gone = set()
    for fact, corrected in facts.items():
        if fact in withdrawn:
            continue
        while corrected:
            gone.add(corrected)
            corrected = facts.get(corrected) if corrected in withdrawn else None
    return gone


def _rank(fact: FactRow) -> tuple[bool, int, str, int]:
    """The greatest counts."""
    return not fact.batch.simulated, fact.precedence, fact.source.published_on if fact.source else "", fact.id


def ranked(facts: Iterable[FactRow]) -> list[FactRow]:
    """``facts`` of one cell in the order of counting."""
    return sorted(facts, key=_rank, reverse=True)


def view_cell(
    element_id: int, subject_kind: int, subject_id: int, period_key: int, day: dt.date | None = None
) -> CellView:
    """The cell as it is believed now, or was on ``day``."""
    cell = Where(elements=[element_id], periods=[period_key], kind=subject_kind, subjects=[subject_id], withdrawn=True)
    facts = believed_on(rows(cell), day)
    order = ranked(standing(facts, day))
    known = {fact.id for fact in order}
    former = sorted((fact for fact in facts if fact.id not in known), key=lambda fact: -fact.id)
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


def current_facts(facts: Iterable[FactRow], day: dt.date | None = None) -> dict[Cell, FactRow]:
    """The fact that counts in each cell of ``facts`` (which must hold cells whole). For thousands of facts; for
    millions use :mod:`qiangqu.facts.columns`."""
    chosen: dict[Cell, FactRow] = {}
    for fact in standing(facts, day):
        best = chosen.get(fact.cell)
        if best is None or _rank(fact) > _rank(best):
            chosen[fact.cell] = fact
    return chosen
