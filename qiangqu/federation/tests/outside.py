"""The eleven invariants of a world of nodes, looked at from outside. Each gives what is wrong: nothing is well."""

from collections.abc import Callable, Iterator
from typing import Any

from qiangqu.federation.core import records, wire
from qiangqu.federation.core.shapes import Entry

from .model import TREE, Key, Node, read, verify
from .world import World


def chains_hold(world: World) -> Iterator[Any]:
    """3: every batch proves, follows what is here, and is signed by its origin."""
    for node in world.nodes.values():
        for batch in node.disk.batches.values():
            one = batch.header
            whole = wire.merkle.root([wire.digest(line) for line in batch.lines]) == one.root
            if not whole or not verify(one.key, batch.signed, batch.signature) or one.key != one.origin:
                yield "a batch does not prove", node.name
            if any(before not in node.disk.batches for before in one.prevs):
                yield "a batch without what it follows", node.name


def nothing_out_of_scope(world: World) -> Iterator[Any]:
    """4: nobody holds what is none of its business."""
    for node in world.nodes.values():
        for log in node.disk.tips:
            if not TREE.may_hold(node.name, log.origin, log.lane):
                yield "out of scope", node.name, log


def nothing_unsafe_is_let_go(world: World) -> Iterator[Any]:
    """8: what a neighbour calls safe it has, and what was let go lies in the parent's store and its backup."""
    for node in world.nodes.values():
        parent = world.nodes.get(TREE.parents[node.name] or "")
        for hash in node.disk.pruned:
            if parent is None or hash not in parent.disk.batches or hash not in parent.backup.batches:
                yield "let go and not safe", node.name
        for marks in node.disk.safe.get(TREE.parents[node.name] or "", {}).values():
            if parent is not None and any(mark.hash not in parent.backup.batches for mark in marks):
                yield "safe, but not in the backup", node.name


def all_arrived_once(world: World) -> Iterator[Any]:
    """1: each write that was acknowledged is known, and not parked, at its origin and everybody above (below, for
    what goes down), but for what a restore took from its only copy."""
    for key, entry in world.written.items():
        if key in world.lost:
            continue
        for name in _readers(world, entry):
            node = world.nodes[name]
            if key not in node.disk.entries.get(entry.record, {}):
                yield "missing", key, name
            elif key in node.disk.parked and not _waits_for_lost(world, node, node.disk.parked[key].waits):
                yield "parked for ever", key, name, node.disk.parked[key]


def _waits_for_lost(world: World, node: Node, waits: str) -> bool:
    """What refers to a record that a restore destroyed stays parked, and so does what refers to that; it says so."""
    record = waits.removeprefix("record:")
    if any(world.written[key].record == record for key in world.lost if key in world.written):
        return True
    known = [key for key in node.disk.entries.get(record, {}) if key in node.disk.parked]
    return any(_waits_for_lost(world, node, node.disk.parked[key].waits) for key in known)


def _readers(world: World, entry: Entry) -> tuple[str, ...]:
    if entry.kind in records.SYSTEM or not (entry.body or {}).get("down"):
        return (entry.origin, *TREE.up(entry.origin))
    return (entry.origin,)  # which node it was to stands in the lane: neighbours_agree looks at that


def neighbours_agree(world: World) -> Iterator[Any]:
    """2: a child and its parent hold the same of what they share."""
    for name, parent in TREE.parents.items():
        if parent is None:
            continue

        def of(node: Node, child: str = name) -> set[str]:
            batches = node.disk.batches.items()
            return {h for h, one in batches if TREE.shared(child, one.header.origin, one.header.lane)}

        if of(world.nodes[name]) != of(world.nodes[parent]):
            yield "neighbours differ", name, parent


def one_writer(world: World) -> Iterator[Any]:
    """5: of what was written about a record, each change is what counts, what that builds upon, settled, or in the
    box, at everybody who has them all."""
    top = world.nodes["R"]
    for record, state in top.states().items():
        found = top.disk.entries[record]
        by_uid = {one.uid: one for one in found.values()}
        line, at = set(), by_uid.get(state.head)
        while at is not None and at.uid not in line:
            line.add(at.uid)
            at = by_uid.get(at.base)
        settled = {uid for one in found.values() if one.uid in line for uid in one.settles}
        boxed = {uid for _origin, uid in state.box}
        for one in found.values():
            if one.kind not in records.SYSTEM and one.uid not in line | settled | boxed:
                yield "a losing change in no box", record, one.uid
            if one.kind not in records.SYSTEM and one.uid in line and one.term > 1:
                grant = records.homes(record, found.values(), TREE, "R").get(one.term)
                if grant is None or grant[0] != one.origin:
                    yield "two writers of one term", record, one.uid


def all_see_the_same(world: World) -> Iterator[Any]:
    """5, 2: whoever holds all of a record sees it as the top does."""
    top = world.nodes["R"].states()
    for node in world.nodes.values():
        for record, state in node.states().items():
            held = node.disk.entries[record].keys() == world.nodes["R"].disk.entries.get(record, {}).keys()
            if held and record in top and top[record] != state:
                yield "two views of one record", record, node.name


def replay_is_the_same(world: World) -> Iterator[Any]:
    """6: what a node knows is what its batches say, in any order, from nothing."""
    for name, node in world.nodes.items():
        fresh = Node(world, name)
        fresh.now.version = node.disk.version
        hashes = list(node.disk.batches)
        world.random.shuffle(hashes)
        for hash in hashes:
            batch = node.disk.batches[hash]
            for line in batch.lines:
                fresh.take(read(batch.header.origin, line))
        if fresh.states() != node.states() or set(fresh.now.parked) != set(node.disk.parked):
            yield "replay differs", name


def sums_are_right(world: World) -> Iterator[Any]:
    """7: the figure at the top is the sum over the nodes' own databases."""

    def total(node: Node, of: Callable[[Key], bool]) -> int:
        found = [one for entries in node.disk.entries.values() for one in entries.values() if one.kind == "fact"]
        return sum(
            (one.body or {}).get("value", 0) for one in found if of(one.key) and not (one.body or {}).get("down")
        )

    here = total(world.nodes["R"], lambda key: True)
    theirs = sum(total(node, lambda key, n=name: key[0] == n) for name, node in world.nodes.items())
    if here != theirs:
        yield "the sum at the top", here, theirs


def copies_are_seen(world: World) -> Iterator[Any]:
    """9: a copy that spoke, or a branch, has raised an alarm."""
    spoke = [copy for copy in world.clones if len(copy.disk.batches) and copy.disk.me.stopped]
    branched = any(len(marks) > 1 for node in world.nodes.values() for marks in node.disk.tips.values())
    words = world.alarms
    if spoke and not (words["two-copies"] or words["superseded"]):
        yield ("a copy unseen",)
    if branched and not words["branch"]:
        yield ("a branch unseen",)


def nothing_new_no_writes(world: World) -> Iterator[Any]:
    """10: where nothing is new, one more round writes nothing."""
    before = {name: node.disk for name, node in world.nodes.items()}
    for node in world.nodes.values():
        for act in (node.seal, node.sync, node.apply):
            world.do(node, act)
    for name, node in world.nodes.items():
        if node.disk is not before[name]:
            yield "written without news", name


ALWAYS = (chains_hold, nothing_out_of_scope, nothing_unsafe_is_let_go)
HEALED = (
    all_arrived_once,
    neighbours_agree,
    one_writer,
    all_see_the_same,
    replay_is_the_same,
    sums_are_right,
    copies_are_seen,
    nothing_new_no_writes,
)


def faults(world: World, of: tuple[Any, ...]) -> list[Any]:
    return [*world.broken, *(found for look in of for found in look(world))]


def live(seed: int, steps: int = 250, **options: Any) -> tuple[World, list[Any]]:
    """One life of a tree of nodes, and what was wrong with it."""
    world = World(seed, **options)
    found: list[Any] = []
    for n in range(steps):
        world.step()
        if n % 60 == 59:
            found += faults(world, ALWAYS)
    world.settle()
    return world, found + faults(world, ALWAYS + HEALED)
