"""A tree of nodes that run the real core against a world that loses, repeats and reorders messages, crashes on
both sides of a commit, cuts lines, turns clocks, restores backups, copies nodes, moves records and mixes versions
(:mod:`.world`). Everything comes from one seed, so a failure is replayed by its number. :mod:`.outside` looks at it.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from qiangqu.federation.core import apply, exchange, homes, records, repair, seal, store, wire
from qiangqu.federation.core.shapes import Batch, Entry, Header, Log, Mark, Parked
from qiangqu.federation.core.tree import Tree

if TYPE_CHECKING:
    from .world import World

TREE = Tree({"R": None, "C1": "R", "C2": "R", "Z1": "C1", "Z2": "C1", "Z3": "C2"})
NEWEST = 3
Key = tuple[str, str]


class Lost(Exception):
    """A message, or its answer, did not arrive."""


class Crash(Exception):
    """The process died before its commit."""


def kinds_of(version: int) -> dict[str, apply.Kind]:
    """What software of a version knows: things of each version up to its own, and one kind that only the newest
    has."""
    upcasts = {n: (lambda body, n=n: dict(body) | {f"v{n + 1}": True}) for n in range(1, NEWEST)}
    known = {"thing": apply.Kind(version, upcasts), "fact": apply.Kind(1)}
    return known | ({"late": apply.Kind(1)} if version == NEWEST else {})


def signer(node: str) -> wire.Sign:
    return lambda data: hashlib.sha512(node.encode() + data).digest()


def verify(key: str, data: bytes, signature: bytes) -> bool:
    return hashlib.sha512(key.encode() + data).digest() == signature


KEYS = {node: store.Key(node) for node in TREE.parents}
read = lru_cache(200_000)(wire.read_entry)


@dataclasses.dataclass
class Disk:
    """What a node has stored. A crash goes back to the last commit, a restore to the last backup."""

    me: exchange.Identity
    version: int = NEWEST
    outbox: tuple[seal.Waiting, ...] = ()
    batches: dict[str, Batch] = dataclasses.field(default_factory=dict)
    tips: dict[Log, frozenset[Mark]] = dataclasses.field(default_factory=dict)
    by_log: dict[Log, tuple[Mark, ...]] = dataclasses.field(default_factory=dict)
    seats: dict[str, exchange.Seat] = dataclasses.field(default_factory=dict)
    safe: dict[str, dict[Log, frozenset[Mark]]] = dataclasses.field(default_factory=dict)
    applied: frozenset[str] = frozenset()
    entries: dict[str, dict[Key, Entry]] = dataclasses.field(default_factory=dict)
    parked: dict[Key, Parked] = dataclasses.field(default_factory=dict)
    lanes: dict[Key, frozenset[str]] = dataclasses.field(default_factory=dict)
    pruned: frozenset[str] = frozenset()
    stored: dict[str, float] = dataclasses.field(default_factory=dict)

    def copy(self) -> "Disk":
        return dataclasses.replace(
            self,
            **{n: dict(v) for n, v in vars(self).items() if isinstance(v, dict) and n != "entries"},
            entries={record: dict(found) for record, found in self.entries.items()},
        )


class Node:
    def __init__(self, world: "World", name: str) -> None:
        self.world, self.name = world, name
        self.now = Disk(exchange.Identity(name, f"i-{name}", world.fresh()))
        self.now.seats = {child: exchange.Seat(f"i-{child}") for child in TREE.children(name)}
        self.disk = self.now.copy()
        self.backup, self.marker = self.disk, dict(self.disk.tips)
        self.clock = 0.0
        self.ask: dict[str, tuple[Log, ...]] = {}
        self.touched: set[str] = set()

    # the shelf that the core asks

    def header(self, hash: str) -> Header | None:
        batch = self.now.batches.get(hash)
        return batch.header if batch is not None else None

    def tips(self, log: Log) -> frozenset[Mark]:
        return self.now.tips.get(log, frozenset())

    def logs(self) -> Iterable[Log]:
        return list(self.now.tips)

    def after(self, log: Log, seq: int) -> list[Mark]:
        return [mark for mark in self.now.by_log.get(log, ()) if mark.seq > seq]

    def at(self, log: Log, seq: int) -> str | None:
        return next((mark.hash for mark in self.now.by_log.get(log, ()) if mark.seq == seq), None)

    # commits

    def commit(self) -> None:
        if self.world.random.random() < self.world.crash:
            raise Crash
        self.disk = self.now.copy()
        self.marker = dict(self.disk.tips)
        if self.world.random.random() < self.world.crash:
            raise Crash

    def wake(self) -> None:
        self.touched = set()
        self.now = self.disk.copy()

    # writing

    def say(self, entry: Entry, lanes: Iterable[str]) -> None:
        """The act: its entry is known here at once, and lies in the outbox of the same commit."""
        line = wire.write_entry(entry)
        self.now.outbox += tuple(seal.Waiting(lane, line) for lane in lanes)
        self.now.lanes[entry.key] = self.now.lanes.get(entry.key, frozenset()) | set(lanes)
        self.take(entry)
        self.follow()

    def seal(self) -> None:
        made = seal.seal(self.now.outbox, self, self.name, self.now.me.epoch, self.name, signer(self.name))
        for batch, tips in made:
            self.put(batch, tips)
            self.now.applied |= {batch.hash}
        self.now.outbox = ()
        if made:
            self.commit()

    def put(self, batch: Batch, tips: frozenset[Mark]) -> None:
        log = batch.header.log
        self.now.batches[batch.hash] = batch
        self.now.stored[batch.hash] = self.clock
        self.now.tips[log] = tips
        self.now.by_log[log] = (*self.now.by_log.get(log, ()), batch.mark)
        if len(tips) > 1:
            self.world.alarms["branch"] += 1

    # applying

    def take(self, entry: Entry) -> None:
        """Take up one entry, and what waited for it."""
        known = self.now.entries.setdefault(entry.record, {})
        if entry.key in known and (known[entry.key].body is not None or entry.body is None):
            return
        known[entry.key] = entry
        why = apply.hindrance(entry, kinds_of(self.now.version), self.knows)
        if why is not None:
            self.now.parked[entry.key] = why
            return
        self.now.parked.pop(entry.key, None)
        self.touched.add(entry.record)
        self.erase(entry.record)
        for key, parked in list(self.now.parked.items()):
            if parked.waits == f"record:{entry.record}" and key in self.now.parked:
                self.retry(key)

    def retry(self, key: Key) -> None:
        for known in list(self.now.entries.values()):
            if key in known:
                entry = known.pop(key)
                self.now.parked.pop(key, None)
                self.take(entry)

    def follow(self) -> None:
        """The next steps of records that move, when all that is stored has been taken up (a restored node that
        fetches its own word back must not answer to half of it)."""
        todo, self.touched = sorted(self.touched), set()
        for record in todo:
            state = self.state(record)
            owed = state and homes.owed(self.name, TREE, state, self.now.entries[record].values())
            if owed:
                self.say(*owed)
            for entry in list(self.now.entries[record].values()):
                if entry.origin == self.name and entry.kind in records.SYSTEM:
                    missing = set(homes.lanes_for(self.name, entry)) - self.now.lanes[entry.key]
                    if missing:
                        self.say(entry, sorted(missing))

    def erase(self, record: str) -> None:
        found, state = self.now.entries[record], self.state(record)
        for key in records.to_erase(found.values(), state) if state is not None else ():
            found[key] = found[key]._replace(body=None)
            self.world.erased.add(key)

    def knows(self, record: str) -> bool:
        return any(key not in self.now.parked for key in self.now.entries.get(record, ()))

    def state(self, record: str) -> records.State | None:
        return records.fold(record, self.now.entries[record].values(), TREE, self.name, self.now.parked)

    def states(self) -> dict[str, records.State]:
        found = ((record, self.state(record)) for record in self.now.entries)
        return {record: state for record, state in found if state is not None}

    def apply(self) -> None:
        """Apply what is stored. A crash in between applies it again: nothing changes by that."""
        for hash, batch in self.now.batches.items():
            if hash not in self.now.applied:
                for line in batch.lines:
                    entry = read(batch.header.origin, line)
                    if entry.origin == self.name:
                        self.now.lanes[entry.key] = self.now.lanes.get(entry.key, frozenset()) | {batch.header.lane}
                    self.take(entry)
                self.now.applied |= {hash}
                self.touched |= {read(batch.header.origin, line).record for line in batch.lines}
        self.follow()
        if self.now.applied != self.disk.applied:
            self.commit()

    def upgrade(self, version: int) -> None:
        """Other software on the same disk: what it could not read before, it takes up now."""
        self.now.version = version
        for key in list(self.now.parked):
            self.retry(key)
        self.follow()
        self.commit()

    # exchange: the parent's side

    def shared(self, child: str) -> Callable[[str, str], bool]:
        return lambda origin, lane: TREE.shared(child, origin, lane)

    def knocked(self, child: str, instance: str, theirs: str) -> str:
        ours = exchange.digest(store.tips_of(self, self.shared(child)))
        return exchange.knock(self.now.seats.get(child), instance, theirs, ours)

    def called(self, hello: exchange.Hello) -> exchange.Answer:
        ask = self.ask.pop(hello.node, ())
        said, turn = exchange.answer(
            self.now.me, TREE, self, self.now.seats.get(hello.node), hello, self.backup.tips, self.clock, self.world.fresh, ask,
            {log: store.outline(self, log) for log in hello.outlines},
        )  # fmt: skip
        self.note(turn)
        if turn.seat is not None:
            self.now.seats[hello.node] = turn.seat
        self.now.safe[hello.node] = dict(hello.safe)
        self.commit()
        return said

    def note(self, turn: exchange.Turn) -> None:
        self.world.alarms.update(alarm.what for alarm in turn.alarms)
        self.now.me = turn.me

    def seated(self, child: str, seat: exchange.Seat) -> None:
        self.now.seats[child] = seat
        self.commit()

    def pushed(self, child: str, instance: str, batches: list[Batch]) -> None:
        if self.now.seats[child].instance == instance:
            self.receive(batches)

    def receive(self, batches: list[Batch]) -> None:
        for batch in batches:
            verdict = store.judge(batch, self, TREE, self.name, KEYS, verify)
            if verdict.what == "stored":
                self.put(batch, store.advance(self.tips(batch.header.log), batch))
            elif verdict.what == "refused":
                self.world.alarms[f"refused-{verdict.detail}"] += 1
        self.commit()

    def pulled(self, child: str, hello: exchange.Hello) -> list[Batch]:
        lacks = store.lacking(self, hello.tips, self.shared(child), hello.outlines)
        self.ask[child] = tuple(lacks.ask)
        return self.send(lacks.batches, self.world.nodes[child])

    def send(self, marks: list[Mark], to: "Node") -> list[Batch]:
        """What goes over the line now: a body that was let go is passed over, and must be there already."""
        there = [mark for mark in marks if mark.hash not in self.now.pruned]
        if any(mark.hash in self.now.pruned and mark.hash not in to.now.batches for mark in marks):
            self.world.broken.append(("a body that was let go is asked for", self.name))
        return [self.now.batches[mark.hash] for mark in there[: self.world.random.randrange(3, 30)]]

    # exchange: the child's side

    def sync(self) -> None:
        parent = TREE.parents[self.name]
        if parent is None or self.now.me.stopped:
            return
        call, shared = self.world.line(self.name, parent), self.shared(self.name)
        tips = store.tips_of(self, shared)
        if call("knocked", self.name, self.now.me.instance, exchange.digest(tips)) == "same":
            return
        self.now.me = exchange.prepare(self.now.me, self.world.fresh)
        self.commit()
        me = self.now.me
        outlines = {log: store.outline(self, log) for log in self.ask.pop(parent, ())}
        hello = exchange.Hello(
            (1, 1), self.name, me.instance, me.lease, me.next, self.clock, tips, outlines, dict(self.backup.tips)
        )
        said = call("called", hello)
        turn = exchange.heard(me, self, said, self.world.fresh)
        self.note(turn)
        if said.verdict != "ok":
            self.two_copies(call)
            return
        self.now.safe[parent] = dict(said.safe)
        self.commit()
        self.receive(call("pulled", self.name, hello))
        lacks = store.lacking(self, said.tips, shared, said.outlines)
        self.ask[parent] = tuple(lacks.ask)
        if lacks.batches:
            call("pushed", self.name, self.now.me.instance, self.send(lacks.batches, self.world.nodes[parent]))
        if said.ask:  # the parent does not know my tips of these: tell it more next time
            self.ask[parent] = tuple({*self.ask[parent], *said.ask})

    def two_copies(self, call: Callable[..., Any]) -> None:
        """The operator: a copy stops, the original goes on."""
        if self in self.world.clones:
            self.now.me = self.now.me._replace(stopped=True)
            self.commit()
            return
        self.now.me, seat = exchange.goes_on(self.now.me, self.world.fresh)
        self.commit()
        call("seated", self.name, seat)

    # retention and repair

    def prune(self) -> None:
        kept = [
            repair.Kept(batch.header.log, batch.mark, self.now.stored[hash])
            for hash, batch in self.now.batches.items()
            if hash not in self.now.pruned and hash in self.now.applied
        ]
        parent = TREE.parents[self.name]

        def safe(log: Log) -> list[frozenset[Mark]]:
            if parent is None:
                return []
            below = [child for child in TREE.children(self.name) if TREE.shared(child, log.origin, log.lane)]
            return [self.now.safe.get(one, {}).get(log, frozenset()) for one in (parent, *below)]

        gone = repair.may_go(kept, self, safe, self.clock)
        self.world.pruned += len(gone)
        if gone:
            self.now.pruned |= {mark.hash for mark in gone}
            self.commit()
