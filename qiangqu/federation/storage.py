"""The core on Django's tables: the shelf that it asks, sealing, storing and applying. Each step is one transaction
and may be killed before or after it; what was done twice is as if done once."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction

from qiangqu.registry.nodes import this_node

from . import keys, kinds
from .core import apply, homes, pace, records, seal, store, wire
from .core.shapes import Entry, Header, Log, Mark
from .core.tree import Tree
from .faults import fault
from .models import STANDING, Batch, Known, Outgoing, Peer, Said, Standing, Tip

SEAL_LOCK = 32103  # of PostgreSQL's advisory locks
PORTION = 5_000  # rows of the outbox that are sealed at once


class Shelf:
    """What the core asks of a store, answered by the tables."""

    def header(self, hash: str) -> Header | None:
        found = Batch.objects.filter(hash=hash).values_list("signed", flat=True).first()
        return wire.read_header(bytes(found)) if found is not None else None

    def tips(self, log: Log) -> frozenset[Mark]:
        return frozenset(Mark(*one) for one in Tip.objects.filter(**log._asdict()).values_list("seq", "hash"))

    def logs(self) -> Iterable[Log]:
        return [Log(*one) for one in Tip.objects.values_list("origin", "lane", "epoch").order_by("pk").distinct()]

    def after(self, log: Log, seq: int) -> list[Mark]:
        found = Batch.objects.filter(**log._asdict(), seq__gt=seq).order_by("pk").values_list("seq", "hash")
        return [Mark(*one) for one in found]

    def at(self, log: Log, seq: int) -> str | None:
        return Batch.objects.filter(**log._asdict(), seq=seq).values_list("hash", flat=True).first()


def tree() -> Tree:
    """The tree as far as this node knows it: those above it and those below."""
    return Tree({code: parent or None for code, parent in Peer.objects.values_list("code", "parent")})


def last_batch() -> int:
    """The id of the batch that was stored last; batches get their ids in the order in which they are committed, for
    whoever stores waits for the one before (:func:`_alone`)."""
    return Batch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _put(one: Any, tips: frozenset[Mark], applied: bool) -> None:
    log = one.header.log
    Batch.objects.create(
        hash=one.hash, **log._asdict(), seq=one.header.seq, signed=one.signed, signature=one.signature,
        body=wire.pack(one.lines), applied=applied,
    )  # fmt: skip
    Tip.objects.filter(**log._asdict()).exclude(hash__in=[mark.hash for mark in tips]).delete()
    for mark in tips:
        Tip.objects.get_or_create(hash=mark.hash, defaults={**log._asdict(), "seq": mark.seq})


def _alone() -> None:
    """Two sealers (or storers) of one node wait for one another; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEAL_LOCK])


def seal_waiting() -> int:
    """Seal what lies in the outbox. Returns the number of batches."""
    standing = Standing.objects.get(pk=STANDING)
    here = this_node().code
    with transaction.atomic():
        _alone()
        rows = list(Outgoing.objects.order_by("pk")[:PORTION])
        waiting = [seal.Waiting(row.lane, bytes(row.line)) for row in rows]
        made = seal.seal(waiting, Shelf(), here, standing.epoch, keys.key_id(), keys.sign)
        for one, tips in made:
            _put(one, tips, applied=True)
        fault("seal-before-take")
        Outgoing.objects.filter(pk__in=[row.pk for row in rows]).delete()
        fault("seal-before-commit")
    fault("sealed")
    return len(made)


def receive(batches: Iterable[Any]) -> list[store.Verdict]:
    """Store batches that came in and were read, in order. What is told to the sender is on disk."""
    here, known, shelf = this_node().code, tree(), Shelf()
    public = {
        keys.id_of(bytes.fromhex(key)): (code, bytes.fromhex(key))
        for code, key in Peer.objects.values_list("code", "key")
    }
    revoked = set(Peer.objects.exclude(revoked_at=None).values_list("code", flat=True))
    judged = {
        name: store.Key(code, _history(code) if code in revoked else None) for name, (code, _key) in public.items()
    }

    def verify(name: str, data: bytes, signature: bytes) -> bool:
        return keys.verify(public[name][1], data, signature)

    verdicts = []
    with transaction.atomic():
        _alone()
        for one in batches:
            verdict = store.judge(one, shelf, known, here, judged, verify)
            if verdict.what == "stored":
                _put(one, store.advance(shelf.tips(one.header.log), one), applied=False)
            verdicts.append(verdict)
        fault("store-before-commit")
    fault("stored")
    return verdicts


def _history(code: str) -> dict[Log, frozenset[Mark]]:
    """Where the history of a revoked node ends: what is here of it."""
    shelf = Shelf()
    return {log: shelf.tips(log) for log in shelf.logs() if log.origin == code}


def apply_stored(most: int = 200) -> int:
    """Apply batches that are stored and not applied, the oldest first, each in a transaction of its own, then say
    what is owed about records that move. Returns how many."""
    here = this_node().code
    touched: set[str] = set()
    count = 0
    for row in Batch.objects.filter(applied=False).order_by("pk")[:most]:
        with transaction.atomic():
            body = row.body
            if body is not None:
                for line in wire.unpack(bytes(body)).split(b"\n"):
                    entry = wire.read_entry(row.origin, line)
                    touched.add(entry.record)
                    take(entry, (row.lane,), here=entry.origin == here)
            Batch.objects.filter(pk=row.pk).update(applied=True)
            fault("apply-before-commit")
        fault("applied")
        count += 1
    if count < most:
        for record in sorted(touched):
            follow(record)
    return count


def entries_of(record: str) -> list[Entry]:
    return [wire.read_entry(one.origin, bytes(one.line)) for one in Said.objects.filter(record=record)]


def take(entry: Entry, lanes: tuple[str, ...], *, here: bool, act: bool = False) -> None:
    """Take up one entry and what waited for it, in the caller's transaction. ``act``: somebody here has just
    written the row that the entry tells of."""
    said, fresh = Said.objects.get_or_create(
        origin=entry.origin,
        uid=entry.uid,
        defaults={"record": entry.record, "line": wire.write_entry(entry), "lanes": []},
    )
    if here and not set(lanes) <= set(said.lanes):
        said.lanes = sorted({*said.lanes, *lanes})
        said.save(update_fields=["lanes"])
    if fresh:
        _try(said, entry, act=act)


def _park(said: Said, reason: str, waits: str) -> None:
    said.reason, said.waits = reason, waits[:100]
    said.save(update_fields=["reason", "waits"])


def _try(said: Said, entry: Entry, *, act: bool = False) -> None:
    why = apply.hindrance(entry, kinds.kinds(), lambda record: Known.objects.filter(record=record).exists())
    if why is not None:
        _park(said, *why)
        return
    new = not Known.objects.filter(record=entry.record).exists()
    if said.waits:
        _park(said, "", "")
    try:
        with transaction.atomic():
            _show(entry.record, act=act)
    except kinds.Missing as error:
        _park(said, "ref", f"work:{error}")
        return
    except Exception as error:
        _park(said, "failed", f"work:{error}")
        return
    if new:
        for one in Said.objects.filter(waits=f"record:{entry.record}"):
            _try(one, wire.read_entry(one.origin, bytes(one.line)))


def retry_parked() -> int:
    """Try parked entries again: after an upgrade, or when rows may have come by another way. Returns how many are
    parked still."""
    for one in Said.objects.exclude(waits="").order_by("pk"):
        with transaction.atomic():
            _try(one, wire.read_entry(one.origin, bytes(one.line)))
    return Said.objects.exclude(waits="").count()


def state_of(record: str) -> records.State | None:
    blocked = {(one.origin, one.uid) for one in Said.objects.filter(record=record).exclude(waits="")}
    return records.fold(record, entries_of(record), tree(), this_node().code, blocked)


def _show(record: str, *, act: bool) -> None:
    """Make the record's row what its entries say."""
    state = state_of(record)
    if state is None:
        return
    before = Known.objects.filter(record=record).first()
    Known.objects.update_or_create(
        record=record,
        defaults={
            "kind": state.kind, "home": state.home, "term": state.term, "revision": state.revision, "head": state.head,
            "moving": state.moving, "closed": state.closed, "box": [list(one) for one in state.box],
            "boxed": len(state.box),
        },
    )  # fmt: skip
    changed = before is None or before.head != state.head
    # an act that lost (the record's home is elsewhere) is a proposal: the row stays what the home says
    if changed != act:
        known = kinds.kinds()[state.kind]
        kinds.write_row(state.kind, record, dict(apply.raised(known, state.version, state.body)))


def follow(record: str) -> None:
    """The next step of a record that moves, and own words that a restore took out of one of their lanes."""
    from .outbox import put

    here, known = this_node().code, tree()
    state, said = state_of(record), entries_of(record)
    if state is None:
        return
    with transaction.atomic():
        owed = homes.owed(here, known, state, said)
        if owed is not None:
            put([owed])
            take(*owed, here=True)
        for one in Said.objects.filter(record=record, origin=here):
            entry = wire.read_entry(here, bytes(one.line))
            missing = tuple(set(homes.lanes_for(here, entry)) - set(one.lanes)) if entry.kind in records.SYSTEM else ()
            if missing:
                put([(entry, missing)])
                take(entry, missing, here=True)


def batches(marks: Iterable[Mark]) -> list[tuple[bytes, bytes, bytes]]:
    """Batches as they go over the line: signed bytes, signature, packed body."""
    hashes = [mark.hash for mark in marks]
    rows = Batch.objects.filter(hash__in=hashes).exclude(body=None).values_list("hash", "signed", "signature", "body")
    found = {
        hash: (bytes(signed), bytes(signature), bytes(body))
        for hash, signed, signature, body in rows
        if body is not None
    }
    return [found[one] for one in hashes if one in found]


def shared_with(child: str) -> Callable[[str, str], bool]:
    known = tree()
    return lambda origin, lane: known.shared(child, origin, lane)


def portion(marks: list[Mark], most: int) -> list[tuple[bytes, bytes, bytes]]:
    """The first batches of those, as many as go into one message of ``most`` bytes (one at least)."""
    found: list[tuple[bytes, bytes, bytes]] = []
    for start in range(0, len(marks), 500):  # those whose bodies were let go are there already: they are passed over
        found = batches(marks[start : start + 500])
        if found:
            break
    return found[: pace.fitting([len(body) for _signed, _signature, body in found], most)]
