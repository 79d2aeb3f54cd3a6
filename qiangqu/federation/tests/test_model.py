"""Lives of a tree of nodes under all faults at once: nothing lost, doubled or differing.

300 seeds in each run; ``QIANGQU_MODEL_SEEDS=100000 pytest …`` for a long one, ``QIANGQU_MODEL_FIRST`` where it begins.
A seed that fails is the test: ``live(seed)`` replays it.
"""

import os
from typing import Any

import pytest

from qiangqu.federation.core import exchange, homes, repair, store
from qiangqu.federation.core.shapes import Log, Mark

from . import outside
from .model import TREE
from .outside import live
from .world import World

FIRST = int(os.environ.get("QIANGQU_MODEL_FIRST", "0"))
SEEDS = int(os.environ.get("QIANGQU_MODEL_SEEDS", "300"))
#: seeds that failed once, and what they showed (the world has changed since: they are kept as they are cheap)
SHOWN = {
    4: "a node that fetched its own word back answered to half of it",
    6: "an entry in two lanes lost one of them in a restore",
    222: "a body was let go on a branch that the parent's backup lacks",
    683: "an erased entry became the one that counts",
    1396: "a node in the middle let go what its restored child needed",
    6323: "what refers to a destroyed record, and what refers to that",
    8374: "a grant after one that a restore destroyed was believed by some only",
    19329: "a body that was let go was offered to who has it",
}


def test_nothing_is_lost_doubled_or_differs() -> None:
    wrong: dict[int, Any] = {}
    seen = dict.fromkeys(("restores", "clones", "pruned", "erased", "lost"), 0)
    for seed in range(FIRST, FIRST + SEEDS):
        world, faults = live(seed)
        if faults:
            wrong[seed] = faults[:3]
        seen["restores"] += world.restores
        seen["clones"] += len(world.clones)
        seen["pruned"] += world.pruned
        seen["erased"] += len(world.erased)
        seen["lost"] += len(world.lost)
    assert not wrong, f"{len(wrong)} of {SEEDS}: {dict(list(wrong.items())[:5])}"
    assert all(seen.values()), f"the world was too kind: {seen}"


@pytest.mark.parametrize("seed", SHOWN)
def test_what_showed_a_fault_once(seed: int) -> None:
    assert live(seed)[1] == []


def failing(seeds: int = 40, **options: Any) -> int:
    return sum(bool(live(seed, **options)[1]) for seed in range(seeds))


def test_the_world_sees_counted_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that goes on in the old epoch after a restore makes branches that hide each other."""
    monkeypatch.setattr(exchange, "forgotten", lambda *_: False)
    monkeypatch.setattr(exchange, "restored", lambda *_: False)
    monkeypatch.setattr(exchange, "goes_on", _same_epoch)
    monkeypatch.setattr(store, "_not_behind", _by_number)
    assert failing() > 0


def _same_epoch(me: exchange.Identity, fresh: Any) -> tuple[exchange.Identity, exchange.Seat]:
    word = fresh()
    return me._replace(instance=word, lease=word, next=""), exchange.Seat(word, word)


def _by_number(shelf: Any, log: Log, tips: Any, known: list[Mark]) -> list[Mark]:
    return shelf.after(log, max((mark.seq for mark in known), default=0))


def test_the_world_sees_numbers_in_place_of_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turso #8129: "it has number 7, so it has mine" loses what a restored node wrote."""

    def lacking(shelf: Any, theirs: Any, shared: Any, outlines: Any = None) -> store.Lacking:
        found = []
        for log in shelf.logs():
            if shared(log.origin, log.lane):
                of_lane = [marks for one, marks in theirs.items() if one[:2] == log[:2]]
                found += shelf.after(log, max((mark.seq for marks in of_lane for mark in marks), default=0))
        return store.Lacking(found, [])

    monkeypatch.setattr(store, "lacking", lacking)
    assert failing() > 0


def test_the_world_sees_a_body_let_go_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "may_go", lambda kept, *_: [one.mark for one in kept])
    assert failing() > 0


def test_clocks_decide_nothing() -> None:
    """Clocks that jump by years change no cursor, order or winner."""
    for seed in range(30):
        assert live(seed, faults=("crash", "cut", "clock"))[1] == []


def test_software_of_three_versions_in_any_order() -> None:
    for seed in range(30):
        assert live(seed, faults=("crash", "cut", "version"))[1] == []


# directed histories


def quiet() -> World:
    world = World(1, faults=())
    world.loss = 0.0
    return world


def write(world: World, name: str, count: int = 1) -> None:
    node = world.nodes[name]
    before = len(world.written)
    while len(world.written) < before + count:
        world.create(node)


def go_round(world: World) -> None:
    for name in ("Z1", "Z2", "Z3", "C1", "C2", "R"):
        node = world.nodes[name]
        for act in (node.seal, node.sync, node.apply):
            assert world.do(node, act)


def healed(world: World) -> None:
    world.settle()
    assert outside.faults(world, outside.ALWAYS + outside.HEALED) == []


def test_a_restored_child_loses_nothing_that_was_sent() -> None:
    world = quiet()
    node = world.nodes["Z1"]
    write(world, "Z1", 5)
    go_round(world)
    node.backup = node.disk.copy()
    write(world, "Z1", 5)
    go_round(world)
    node.disk = node.backup.copy()
    node.wake()
    write(world, "Z1", 5)
    node.seal()
    healed(world)
    assert not world.lost and len(world.written) == 15 and world.alarms["two-copies"]


def test_a_restored_parent_gets_back_what_children_sent() -> None:
    world = quiet()
    city, region = world.nodes["C1"], world.nodes["R"]
    for node in (city, region):
        node.backup = node.disk.copy()
    for name in ("Z1", "Z2"):
        write(world, name, 4)
    go_round(world)
    go_round(world)
    for node in (city, region):  # both within a day
        node.disk = node.backup.copy()
        node.wake()
    healed(world)
    assert not world.lost


def test_two_copies_of_one_node_are_seen_and_all_that_was_sent_stays() -> None:
    world = quiet()
    write(world, "Z1", 3)
    go_round(world)
    world.clone(world.nodes["Z1"])
    copy = world.clones[0]
    for each in (copy, world.nodes["Z1"]):
        world.create(each)
        world.do(each, each.seal)
        world.do(each, each.sync)
    for each in (world.nodes["Z1"], copy):
        world.create(each)
        world.do(each, each.seal)
        world.do(each, each.sync)
    assert world.alarms["two-copies"] and copy.disk.me.stopped
    healed(world)


def test_all_homes_of_a_node_split_off_and_merged_back_change_nothing() -> None:
    """11: records handed to another node and back are what they were."""
    world = quiet()
    write(world, "Z1", 12)
    go_round(world)
    world.settle()
    region = world.nodes["R"]

    def things() -> dict[str, tuple[str, object]]:
        return {s.record: (s.home, s.body) for s in region.states().values() if s.kind == "thing"}

    def hand_all(to: str) -> None:
        for state in list(region.states().values()):
            if state.kind == "thing" and state.home in ("Z1", "Z3"):
                draft = homes.hand_over("R", TREE, state, to)
                if draft is not None:
                    world.speak(region, *draft)
        world.settle()

    before = things()
    hand_all("Z3")
    assert {home for home, _body in things().values()} == {"Z3"}
    hand_all("Z1")
    assert things() == before
    healed(world)


def test_a_side_that_knows_none_of_the_tips_goes_on_from_the_common_point() -> None:
    """electric #2063: neither an error nor the whole log again and again."""
    world = quiet()
    child, parent = world.nodes["Z1"], world.nodes["C1"]
    for n in range(15):
        write(world, "Z1")
        child.seal()
        if n < 12:
            child.sync()
    theirs: dict[Log, frozenset[Mark]] = {}
    outlines = {}
    for log in child.logs():  # a tip that only the parent has, of each log
        theirs[log] = frozenset({Mark(99, "f" * 64)})
        outlines[log] = store.outline(parent, log)
        assert len(outlines[log]) <= 5
    blind = store.lacking(child, theirs, lambda *_: True)
    assert blind.batches == [] and set(blind.ask) == set(theirs)
    told = store.lacking(child, theirs, lambda *_: True, outlines)
    assert {mark.hash for mark in told.batches} == set(child.now.batches) - set(parent.now.batches) and told.batches
