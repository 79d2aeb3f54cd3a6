"""Moving records between homes, and one thing known twice: what a node owes next, by what it holds.

A move is decided by a node that covers both sides: ``handover`` to both; the old home goes read-only and answers
``release``; then the decider sends ``grant`` with the record as it was. A home that is dead is passed over: a
grant without a release; its late changes bear the old term and land in the conflict box.

Each step follows from the entries that are there, not from having seen one arrive, and its uid from what it
answers: asked again after a crash or a restore it is the same step.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .records import ALIAS, GRANT, HANDOVER, RELEASE, State, handover_of
from .shapes import ALL, TO, Entry
from .tree import Tree

#: an entry to be said, and the lanes to say it in
Draft = tuple[Entry, tuple[str, ...]]


def _uid(*of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()[:32]


def _draft(here: str, kind: str, of: tuple[object, ...], state: State, term: int, body: Mapping[str, Any]) -> Entry:
    return Entry(
        here, _uid(kind, *of), kind, 1, state.record, term, state.revision, state.head, (), (), 0, body
    )  # no clock: the same step must be the same entry


def lanes_for(here: str, entry: Entry) -> tuple[str, ...]:
    """The lanes in which this node says an entry of the protocol's own: to those above, and to both sides of a move.

    A restore may take it out of one lane and leave it in another: whoever finds an entry of its own (in a batch that
    came back) says it again where it is missing. The repeat is recognised by its uid.
    """
    if entry.kind == ALIAS:
        return ("acts", ALL)
    said = entry.body or {}
    sides = {str(said[side]) for side in ("from", "to") if side in said} if entry.kind in (HANDOVER, GRANT) else set()
    return ("acts", *(TO + side for side in sorted(sides) if side != here))


def hand_over(here: str, tree: Tree, state: State, to: str) -> Draft | None:
    """The order to move a record; None when this node does not cover both sides, or it is there already."""
    if to == state.home or not (tree.covers(here, state.home) and tree.covers(here, to)):
        return None
    body = {"from": state.home, "to": to}
    entry = _draft(here, HANDOVER, (here, state.record, state.term, to), state, state.term + 1, body)
    return entry, lanes_for(here, entry)


def owed(here: str, tree: Tree, state: State, entries: Collection[Entry]) -> Draft | None:
    """What this node must say next about a record that is moving: as its home the release, as the decider the
    grant. None when it has said it, or waits for others."""
    order = handover_of(entries, state.home, state.term, tree)
    if order is None:
        return None
    draft: Draft | None = None
    if state.home == here:
        entry = _draft(here, RELEASE, (order.key, state.head), state, order.term, dict(order.body or {}))
        draft = entry, lanes_for(here, entry)
        if order.origin == here:  # decided and let go by the same node
            draft = _grant(here, order, state)
    elif order.origin == here:
        released = [
            one
            for one in entries
            if one.kind == RELEASE and one.term == order.term and one.origin == state.home and one.base == state.head
        ]
        if released:
            draft = _grant(here, order, state)
    if draft is None or any(one.key == draft[0].key for one in entries):
        return None
    return draft


def _grant(here: str, order: Entry, state: State) -> Draft:
    said = order.body or {}
    body = {"from": state.home, "to": said.get("to"), "body": dict(state.body)}
    body |= {"kind": state.kind, "version": state.version}
    entry = _draft(here, GRANT, (here, order.key, state.head), state, order.term, body)
    return entry, lanes_for(here, entry)


def pass_over(here: str, tree: Tree, state: State, entries: Iterable[Entry]) -> Draft | None:
    """The grant without a release, for a home that does not answer any more (an operator's word)."""
    order = handover_of(entries, state.home, state.term, tree)
    return _grant(here, order, state) if order is not None and order.origin == here else None


def same(here: str, tree: Tree, loser: State, winner: State) -> Draft | None:
    """The word that two records are one thing; None when this node does not cover both homes. It is kept for good
    and holds for later entries too; both rows stay."""
    if loser.record == winner.record or not (tree.covers(here, loser.home) and tree.covers(here, winner.home)):
        return None
    entry = _draft(here, ALIAS, (here, loser.record, winner.record), loser, loser.term, {"winner": winner.record})
    return entry, lanes_for(here, entry)


def aliases(entries: Iterable[Entry], tree: Tree) -> dict[str, str]:
    """Which record stands for which other, of those that nodes covering both makers have said (the lesser key
    counts where two say different things)."""
    found: dict[str, tuple[tuple[str, str], str]] = {}
    for one in entries:
        winner = str((one.body or {}).get("winner", ""))
        sides = (one.record.partition("/")[0], winner.partition("/")[0])
        if one.kind != ALIAS or not winner or not all(tree.covers(one.origin, side) for side in sides):
            continue
        if one.record not in found or one.key < found[one.record][0]:
            found[one.record] = one.key, winner
    return {record: winner for record, (_key, winner) in found.items()}


def twice(here: str, tree: Tree, natural: Mapping[str, str], record: str, name: str) -> str | None:
    """The record that is known by the same natural key (``natural``: key → record, as far as this node knows) and
    made at another node, when it is this node, the lowest above both, that must ask people; else None."""
    other = natural.get(name)
    if other is None or other == record:
        return None
    sides = other.partition("/")[0], record.partition("/")[0]
    return other if tree.common(*sides) == here else None
