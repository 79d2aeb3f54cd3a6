"""What a record is, as a pure function of the set of entries about it: whoever holds the same entries sees the
same, in whatever order they came, and nothing is decided by a clock.

Each record has one home, and each home a term. The home changes the record; what others write loses against it
and lands in the record's conflict box, where people settle it: it is never dropped and never silently applied.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from .shapes import Entry
from .tree import Tree

#: kinds of the protocol's own. handover, grant and alias come from a node that covers both sides; release from the
#: old home; redact from the home or above
HANDOVER, RELEASE, GRANT, ALIAS, REDACT = "sys.handover", "sys.release", "sys.grant", "sys.alias", "sys.redact"
SYSTEM = frozenset((HANDOVER, RELEASE, GRANT, ALIAS, REDACT))


class State(NamedTuple):
    """A record. ``head`` is the entry that counts, ``box`` the losing ones that wait for people, ``moving`` the
    node that it is being handed to (read-only meanwhile), ``closed`` the reason why it is over."""

    record: str
    home: str
    term: int
    revision: int
    head: str
    kind: str
    version: int
    body: Mapping[str, Any]
    box: tuple[tuple[str, str], ...] = ()
    moving: str = ""
    closed: str = ""
    redacted: frozenset[str] = frozenset()


def maker(record: str) -> str:
    """The node that made a record: its first home."""
    return record.partition("/")[0]


def homes(record: str, entries: Iterable[Entry], tree: Tree, here: str) -> dict[int, tuple[str, Entry | None]]:
    """Who is home at each term that is known here, and the grant that says so.

    A grant holds when its author covers both sides and the record left the home of the term before. Where that term
    is not known here (the move concerned others, or a restore destroyed it) the word of a node above this one is
    enough, or of one that covers the last known home too: nobody takes a record out of another's subtree. Two grants
    of one term come only from a node that was restored in between; then the lesser uid holds, everywhere.
    """
    found: dict[int, tuple[str, Entry | None]] = {1: (maker(record), None)}
    grants = sorted((one for one in entries if one.kind == GRANT and one.term > 1), key=lambda one: (one.term, one.key))
    for one in grants:
        if one.term in found or one.body is None:
            continue
        old, new = str(one.body.get("from")), str(one.body.get("to"))
        if not (tree.covers(one.origin, old) and tree.covers(one.origin, new)):
            continue
        last = max(found)
        gap = tree.covers(one.origin, here) or tree.covers(one.origin, found[last][0])
        if found[last][0] == old if last == one.term - 1 else gap:
            found[one.term] = (new, one)
    return found


def fold(
    record: str, entries: Collection[Entry], tree: Tree, here: str, blocked: Collection[tuple[str, str]] = ()
) -> State | None:
    """The record as its entries say; None as long as none of them counts.

    ``blocked`` are the keys of parked entries: changes after a parked one wait with it.
    """
    at_home = homes(record, entries, tree, here)
    changes = [one for one in entries if one.kind not in SYSTEM]
    wall = min((one.place[:2] for one in changes if one.key in blocked), default=None)
    grants = {grant.uid: grant for _home, grant in at_home.values() if grant is not None}
    candidates: list[Entry] = list(grants.values())
    beside: list[Entry] = []
    for one in changes:
        if one.term not in at_home or at_home[one.term][0] != one.origin:
            beside.append(one)
        elif wall is None or one.place[:2] < wall:
            candidates.append(one)
    if wall is not None:
        candidates = [one for one in candidates if one.place[:2] < wall]
    if not candidates:
        return None
    head = max(candidates, key=lambda one: one.place)
    term = max(at_home)
    line = _line(head, entries)
    settled = {uid for one in candidates if one.uid in line for uid in one.settles}
    losing = [one for one in (*candidates, *beside) if one.uid not in line and one.uid not in settled]
    body, kind, version = _said(head)
    redacted = _redacted(record, entries, at_home, tree)
    kept = {name: value for name, value in body.items() if name not in redacted}
    return State(
        record,
        at_home[term][0],
        term,
        head.revision,
        head.uid,
        kind,
        version,
        kept,
        tuple(sorted(one.key for one in losing if one.kind not in SYSTEM)),
        _moving(entries, at_home, term, tree),
        str(kept.get("$closed", "")),
        redacted,
    )


def _said(head: Entry) -> tuple[Mapping[str, Any], str, int]:
    """Body, kind and version of the entry that counts; a grant carries those of the record as it was handed over."""
    body = head.body or {}
    if head.kind != GRANT:
        return body, head.kind, head.version
    return body.get("body") or {}, str(body.get("kind", "")), int(body.get("version", 1))


def _line(head: Entry, entries: Iterable[Entry]) -> set[str]:
    """The entries that the one that counts builds upon, with itself."""
    by_uid = {one.uid: one for one in entries}
    line: set[str] = set()
    at: Entry | None = head
    while at is not None and at.uid not in line:
        line.add(at.uid)
        at = by_uid.get(at.base)
    return line


def _redacted(
    record: str, entries: Iterable[Entry], at_home: Mapping[int, tuple[str, Entry | None]], tree: Tree
) -> frozenset[str]:
    may = {home for home, _grant in at_home.values()}
    names: set[str] = set()
    for one in entries:
        if one.kind == REDACT and one.body and (one.origin in may or tree.covers(one.origin, maker(record))):
            names |= {str(name) for name in one.body.get("fields") or ()}
    return frozenset(names)


def _moving(entries: Iterable[Entry], at_home: Mapping[int, tuple[str, Entry | None]], term: int, tree: Tree) -> str:
    order = handover_of(entries, at_home[term][0], term, tree)
    return str((order.body or {}).get("to", "")) if order is not None else ""


def handover_of(entries: Iterable[Entry], home: str, term: int, tree: Tree) -> Entry | None:
    """The order to hand the record over that is open: to its present home, for the next term."""
    orders = [
        one
        for one in entries
        if one.kind == HANDOVER
        and one.term == term + 1
        and one.body
        and one.body.get("from") == home
        and tree.covers(one.origin, home)
        and tree.covers(one.origin, str(one.body.get("to")))
    ]
    return min(orders, key=lambda one: one.key, default=None)


def to_erase(entries: Collection[Entry], state: State) -> list[tuple[str, str]]:
    """The entries whose bodies must go because they hold fields that were redacted: those that the one that counts
    (its writer left the fields out) builds upon, or that were settled.

    What lies in the conflict box keeps its body until it is settled: an entry that comes later may make it the one
    that counts, and then it must be there. Its redacted fields are not shown (:func:`fold`).
    """
    by_uid = {one.uid: one for one in entries}
    head = by_uid.get(state.head)
    if head is None or not state.redacted:
        return []
    line = _line(head, entries)
    over = line | {uid for uid in line for uid in by_uid[uid].settles}
    found = (by_uid[uid] for uid in over if uid in by_uid and uid != state.head)
    return sorted(
        one.key
        for one in found
        if one.kind not in SYSTEM and one.body and one.place < head.place and state.redacted & set(one.body)
    )


def winner_of(record: str, aliases: Mapping[str, str]) -> str:
    """The record that an alias (and its alias …) leads to; a ring of aliases ends at its least member.

    >>> winner_of("A/1", {"A/1": "B/2", "B/2": "C/3"}), winner_of("A/1", {"A/1": "B/2", "B/2": "A/1"})
    ('C/3', 'A/1')
    """
    seen = []
    while record in aliases and record not in seen:
        seen.append(record)
        record = aliases[record]
    return min(seen[seen.index(record) :]) if record in seen else record
