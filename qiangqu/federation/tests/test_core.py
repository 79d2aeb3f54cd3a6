"""What users of such systems hit (section 2 of the design page), row by row, where the core alone can show it.

Rows that need a whole history are in ``test_model.py``, those of bytes in ``test_wire.py``, those of tables in
``test_storage.py``, those of lines in ``test_nodes.py``.
"""

import random
from typing import Any

import pytest

from qiangqu.federation.core import apply, exchange, homes, pace, records, repair, seal, store, wire
from qiangqu.federation.core.shapes import Entry, Log, Mark
from qiangqu.federation.core.tree import Tree, lanes_of

from .model import KEYS, TREE, Node, read, signer, verify
from .world import World


def entry(origin: str, uid: str, record: str = "", **said: Any) -> Entry:
    plain = {"kind": "thing", "version": 3, "term": 1, "revision": 1, "base": "", "refs": (), "settles": (), "at": 0}
    return Entry(
        **plain | {"origin": origin, "uid": uid, "record": record or f"{origin}/{uid}", "body": {"n": 1}} | said
    )


@pytest.fixture
def world() -> World:
    made = World(1, faults=())
    made.loss = 0.0
    return made


def batch(node: Node, *entries: Entry, lane: str = "acts") -> Any:
    waiting = [seal.Waiting(lane, wire.write_entry(one)) for one in entries]
    return seal.seal(waiting, node, node.name, node.now.me.epoch, node.name, signer(node.name))[0][0]


# scope


def test_who_may_hold_which_lane() -> None:
    held = {
        n: {(o, lane) for o in TREE.parents for lane in lanes_of(TREE, o) if TREE.may_hold(n, o, lane)}
        for n in TREE.parents
    }
    assert ("Z1", "acts") in held["R"] and ("Z1", "acts") in held["C1"]
    assert ("Z1", "acts") not in held["C2"] | held["Z2"], "siblings read nothing of one another"
    assert ("R", "all") in held["Z3"] and ("C1", "all") not in held["Z3"] | held["R"]
    assert ("R", "to/Z1") in held["C1"] and ("R", "to/Z1") not in held["Z2"] | held["C2"]
    assert ("R", "to/C1") not in held["Z1"], "what is to the city is not the zone's"
    assert not any(TREE.may_hold(n, "X", "acts") or TREE.may_hold(n, n, "to/" + n) for n in TREE.parents)


def test_a_batch_out_of_scope_by_a_stranger_or_with_a_wrong_key_is_refused(world: World) -> None:
    z1, c1, z2 = world.nodes["Z1"], world.nodes["C1"], world.nodes["Z2"]
    made = batch(z1, entry("Z1", "a"))

    def verdict(node: Node, one: Any, keys: Any = KEYS) -> tuple[str, str]:
        found = store.judge(one, node, TREE, node.name, keys, verify)
        return found.what, found.detail

    assert verdict(c1, made) == ("stored", "")
    assert verdict(z2, made) == ("refused", "scope")
    assert verdict(c1, made._replace(signature=b"x" * 64)) == ("refused", "signature")
    assert verdict(c1, made, {}) == ("unknown", "Z1")
    assert verdict(c1, made, KEYS | {"Z1": store.Key("Z2")}) == ("refused", "key"), "a city forges no zone's batch"
    assert verdict(c1, made, KEYS | {"Z1": store.Key("Z1", {})}) == ("refused", "revoked")
    history = {made.header.log: frozenset({Mark(1, made.hash)})}
    assert verdict(c1, made, KEYS | {"Z1": store.Key("Z1", history)}) == ("stored", ""), "history stays valid"


def test_a_batch_without_its_predecessor_is_answered_with_what_lacks(world: World) -> None:
    z1, c1 = world.nodes["Z1"], world.nodes["C1"]
    first = batch(z1, entry("Z1", "a"))
    z1.put(first, frozenset({first.mark}))
    second = batch(z1, entry("Z1", "b"))
    assert store.judge(second, c1, TREE, "C1", KEYS, verify) == store.Verdict("lacks", "", (first.hash,))
    wrong = wire.write_batch(second.header._asdict() | {"seq": 7}, second.lines, signer("Z1"))
    c1.put(first, frozenset({first.mark}))
    assert store.judge(wrong, c1, TREE, "C1", KEYS, verify).detail == "number"
    assert store.judge(second, c1, TREE, "C1", KEYS, verify).what == "stored"
    assert store.judge(first, c1, TREE, "C1", KEYS, verify).what == "repeat"


# applying


def states(node: Node, entries: list[Entry]) -> dict[str, records.State]:
    for one in entries:
        node.take(one)
    return node.states()


@pytest.mark.parametrize("poisoned", ["unknown", "thing", "refers"])
def test_one_bad_entry_is_parked_and_the_rest_goes_on(world: World, poisoned: str) -> None:
    bad = {
        "unknown": entry("Z1", "b", kind="nobody-knows"),
        "thing": entry("Z1", "b", version=99),
        "refers": entry("Z1", "b", refs=("Z1/never",)),
    }[poisoned]
    node = world.nodes["R"]
    found = states(node, [entry("Z1", "a"), bad, entry("Z1", "c")])
    assert set(found) == {"Z1/a", "Z1/c"} and set(node.now.parked) == {("Z1", "b")}
    after = entry("Z1", "b2", "Z1/b", revision=2, base="b")
    assert "Z1/b" not in states(node, [after]), "what follows a parked entry of the same record waits with it"


def test_children_before_parents_in_any_order_give_the_same(world: World) -> None:
    chain = [entry("Z1", f"e{n}", refs=(f"Z1/e{n - 1}",) if n else ()) for n in range(20)]
    for n in range(0, 20, 3):
        chain.append(entry("Z1", f"f{n}", f"Z1/e{n}", revision=2, base=f"e{n}", body={"n": 2}))
    found = []
    for seed in range(10):
        node = Node(world, "R")
        random.Random(seed).shuffle(chain)
        found.append(states(node, chain))
        assert not node.now.parked
    assert all(one == found[0] for one in found) and len(found[0]) == 20


def test_an_entry_is_the_same_only_from_the_same_node(world: World) -> None:
    """A node that says another's uid first takes nothing from it."""
    node = world.nodes["R"]
    found = states(node, [entry("Z2", "a", "Z2/mine", body={"n": 666}), entry("Z1", "a", body={"n": 1})])
    assert found["Z1/a"].body == {"n": 1} and found["Z2/mine"].body == {"n": 666}


def test_nobody_writes_anothers_record(world: World) -> None:
    node = world.nodes["R"]
    forged = entry("Z2", "x", "Z1/a", revision=9, base="a", body={"n": 666})
    state = states(node, [entry("Z1", "a"), forged])["Z1/a"]
    assert state.body == {"n": 1} and state.box == (("Z2", "x"),), "it is shown to people, and changes nothing"
    grant = entry("Z2", "g", "Z1/a", kind=records.GRANT, term=2, version=1, body={"from": "Z1", "to": "Z2", "body": {}})
    assert states(node, [grant])["Z1/a"].home == "Z1", "a zone grants itself nothing"


def test_older_versions_are_raised_and_newer_ones_wait() -> None:
    kinds = {"thing": apply.Kind(3, {1: lambda b: {**b, "two": 2}, 2: lambda b: {**b, "three": 3}})}
    assert apply.raised(kinds["thing"], 1, {"unknown": "kept"}) == {"unknown": "kept", "two": 2, "three": 3}
    know: Any = lambda record: True  # noqa: E731
    assert apply.hindrance(entry("Z1", "a", version=1), kinds, know) is None
    assert apply.hindrance(entry("Z1", "a", version=4), kinds, know) == ("version", "kind:thing")
    kinds = {"thing": apply.Kind(3, {2: lambda b: b})}
    assert apply.hindrance(entry("Z1", "a", version=1), kinds, know) == ("old", "kind:thing")


def test_a_relay_of_an_older_version_passes_on_equal_bytes(world: World) -> None:
    """ka-lite #2623: an old node in the middle strips nothing."""
    zone, city, region = world.nodes["Z1"], world.nodes["C1"], world.nodes["R"]
    city.now.version = 1
    city.commit()
    made = batch(
        zone,
        entry("Z1", "a", body={"n": 1, "of a later version": {"deep": [1]}}),
        entry("Z1", "b", kind="late", version=1),
    )
    zone.put(made, frozenset({made.mark}))
    zone.commit()
    for node in (zone, city, zone, city):
        node.sync()
    region.apply()
    city.apply()
    assert region.now.batches[made.hash] == made
    assert region.state("Z1/a").body["of a later version"] == {"deep": [1]}  # type: ignore[union-attr]
    assert set(city.now.parked) == {("Z1", "a"), ("Z1", "b")}
    city.upgrade(3)
    assert not city.now.parked and city.states() == region.states()


# homes


def moved(world: World, *, released: bool = True) -> tuple[list[Entry], records.State]:
    first = entry("Z1", "a", body={"n": 1})
    edit = entry("Z1", "b", "Z1/a", revision=2, base="a", body={"n": 2})
    said = [first, edit]
    state = records.fold("Z1/a", said, TREE, "C1")
    assert state is not None
    order, lanes = homes.hand_over("C1", TREE, state, "Z2") or pytest.fail("no order")
    assert lanes == ("acts", "to/Z1", "to/Z2")
    said.append(order)
    moving = records.fold("Z1/a", said, TREE, "Z1")
    assert moving is not None and moving.moving == "Z2" and moving.home == "Z1"
    if released:
        release, lanes = homes.owed("Z1", TREE, moving, said) or pytest.fail("no release")
        assert lanes == ("acts",) and homes.owed("C1", TREE, moving, said) is None
        said.append(release)
        grant, lanes = homes.owed("C1", TREE, moving, said) or pytest.fail("no grant")
    else:
        grant, lanes = homes.pass_over("C1", TREE, moving, said) or pytest.fail("no grant")
    assert lanes == ("acts", "to/Z1", "to/Z2")
    said.append(grant)
    there = records.fold("Z1/a", said, TREE, "C1")
    assert there is not None
    return said, there


def test_a_record_moves_between_zones(world: World) -> None:
    said, there = moved(world)
    assert (there.home, there.term, there.body, there.moving, there.box) == ("Z2", 2, {"n": 2}, "", ())
    only_grant = [one for one in said if one.kind == records.GRANT]
    seen = records.fold("Z1/a", only_grant, TREE, "Z2")
    assert seen is not None and seen.body == {"n": 2}, "the new home has never seen the old one's entries"
    assert homes.owed("C1", TREE, there, said) is None and homes.owed("Z1", TREE, there, said) is None


def test_a_late_change_of_the_old_home_lands_in_the_box_until_it_is_settled(world: World) -> None:
    said, there = moved(world, released=False)
    said.append(entry("Z2", "d", "Z1/a", term=2, revision=3, base=there.head, body={"n": 4}))
    late = entry("Z1", "c", "Z1/a", revision=3, base="b", body={"n": 3})
    state = records.fold("Z1/a", [*said, late], TREE, "R")
    assert state is not None and state.body == {"n": 4} and state.box == (("Z1", "c"),)
    settle = entry("Z2", "e", "Z1/a", term=2, revision=4, base="d", settles=("c",), body={"n": 5})
    state = records.fold("Z1/a", [*said, late, settle], TREE, "R")
    assert state is not None and state.body == {"n": 5} and state.box == ()


def test_a_restored_home_that_writes_anew_loses_no_word(world: World) -> None:
    """Two revisions 2: one counts, the other lies in the box."""
    one, two = (entry("Z1", uid, "Z1/a", revision=2, base="a", body={"n": uid}) for uid in "pq")
    state = records.fold("Z1/a", [entry("Z1", "a"), one, two], TREE, "R")
    assert state is not None and state.head == "q" and state.box == (("Z1", "p"),)


def test_closed_and_redacted_stay_so_whatever_a_stale_peer_sends(world: World) -> None:
    first = entry("Z1", "a", body={"n": 1, "name": "secret"})
    over = entry("Z1", "b", "Z1/a", revision=2, base="a", body={"n": 1, "$closed": "moved away"})
    word = entry("Z1", "c", "Z1/a", kind=records.REDACT, version=1, revision=2, base="b", body={"fields": ["name"]})
    said = [over, word, first]
    state = records.fold("Z1/a", said, TREE, "R")
    assert state is not None and state.closed == "moved away" and "name" not in state.body
    assert records.to_erase(said, state) == [("Z1", "a")]
    again = records.fold("Z1/a", [first, *said], TREE, "R")
    assert again == state
    stranger = word._replace(origin="Z2", uid="d", body={"fields": ["n"]})
    assert records.fold("Z1/a", [*said, stranger], TREE, "R") == state, "a sibling redacts nothing"


def test_one_thing_known_twice_is_asked_about_once_and_the_alias_holds_for_good(world: World) -> None:
    """msupply #160, thingsboard-edge #4: nothing is renamed, both rows stay, later entries follow the alias."""
    natural = {"91640100MA75": "Z1/a"}
    assert homes.twice("C1", TREE, natural, "Z2/b", "91640100MA75") == "Z1/a"
    assert homes.twice("R", TREE, natural, "Z2/b", "91640100MA75") is None, "the lowest node above both asks"
    assert homes.twice("R", TREE, natural, "Z3/b", "91640100MA75") == "Z1/a"
    loser, winner = (records.fold(f"{z}/{u}", [entry(z, u)], TREE, "C1") for z, u in (("Z2", "b"), ("Z1", "a")))
    assert loser is not None and winner is not None
    draft, lanes = homes.same("C1", TREE, loser, winner) or pytest.fail("no alias")
    assert lanes == ("acts", "all") and homes.same("C2", TREE, loser, winner) is None
    said = homes.aliases([draft], TREE)
    assert records.winner_of("Z2/b", said) == "Z1/a" and records.winner_of("Z1/a", said) == "Z1/a"
    liar = draft._replace(origin="Z2", uid="0")
    assert homes.aliases([liar], TREE) == {}


def test_what_a_restore_took_out_of_one_lane_is_said_again(world: World) -> None:
    said, _there = moved(world)
    grant = next(one for one in said if one.kind == records.GRANT)
    assert homes.lanes_for("C1", grant) == ("acts", "to/Z1", "to/Z2")


# exchange


def test_versions_are_refused_only_where_they_do_not_meet() -> None:
    """dhis2-core PR #525: no equality, no order of upgrade."""
    assert exchange.meet((1, 2), (2, 3)) == 2 and exchange.meet((1, 1), (2, 3)) is None


def test_two_successors_of_one_lease_are_told_apart() -> None:
    seat = exchange.Seat("i", "a", "0")
    assert exchange.lease(seat, "i", "a", "b") == ("ok", exchange.Seat("i", "b", "a"))
    then = exchange.Seat("i", "b", "a")
    assert exchange.lease(then, "i", "a", "b") == ("ok", then), "the answer was lost"
    assert exchange.lease(then, "i", "a", "c")[0] == "notyou"
    assert exchange.lease(then, "i", "0", "a")[0] == "stale"
    assert exchange.lease(then, "j", "b", "c")[0] == "superseded"


def test_same_is_said_only_of_equal_sets(world: World) -> None:
    """thingsboard-edge #57: "complete" too early. The word comes from both sides' sets, not from a queue's end."""
    log, mark = Log("Z1", "acts", "e"), Mark(1, "a" * 64)
    tips = {log: frozenset({mark})}
    seat = exchange.Seat("i")
    assert exchange.knock(seat, "i", exchange.digest(tips), exchange.digest(dict(tips))) == "same"
    assert exchange.knock(seat, "i", exchange.digest(tips), exchange.digest({})) == "differs"
    assert exchange.knock(seat, "j", "", "") == "superseded" and exchange.knock(None, "i", "", "") == "stranger"


def test_thirty_nodes_do_not_come_back_at_once() -> None:
    """elastic-agent PR #13874: the spread comes after the limit."""
    chances = random.Random(5)
    for failures in (1, 5, 50):
        waits = sorted(pace.wait(pace.Pace(failures=failures), chances.random()) for _ in range(300))
        assert waits[-1] <= pace.LONGEST_WAIT
        most_in_a_minute = max(sum(start <= one < start + 5 for one in waits) for start in range(0, 900, 5))
        assert most_in_a_minute < 300 / 4, "at most a quarter within five seconds"


def test_urgent_lanes_go_first_and_a_portion_fits_the_line(world: World) -> None:
    node = world.nodes["Z1"]
    for n in range(6):
        made = batch(node, entry("Z1", f"f{n}", kind="fact", version=1), lane=("hours", "facts", "acts")[n % 3])
        node.put(made, store.advance(node.tips(made.header.log), made))
    lanes = [node.now.batches[mark.hash].header.lane for mark in store.lacking(node, {}, lambda *_: True).batches]
    assert lanes == ["acts", "acts", "facts", "facts", "hours", "hours"]


# limits


def test_an_entry_at_the_limit_travels_and_one_over_it_is_said_at_once(world: World) -> None:
    """thingsboard-edge #41: over a limit, never arrives, "deployed"."""
    room = wire.MOST_ENTRY - len(wire.write_entry(entry("Z1", "a", body={"t": ""})))
    line = wire.write_entry(entry("Z1", "a", body={"t": "x" * room}))
    assert read("Z1", line).body == {"t": "x" * room}
    with pytest.raises(wire.WireError):
        wire.write_entry(entry("Z1", "a", body={"t": "x" * (room + 1)}))


def test_what_waits_is_cut_into_batches_that_travel(world: World) -> None:
    node = world.nodes["Z1"]
    waiting = [
        seal.Waiting("acts", wire.write_entry(entry("Z1", f"e{n}", body={"t": "x" * 60_000}))) for n in range(20)
    ]
    waiting += [seal.Waiting("acts", wire.write_entry(entry("Z1", f"s{n}"))) for n in range(4500)]
    made = [one for one, _tips in seal.seal(waiting, node, "Z1", "e", "Z1", signer("Z1"))]
    assert sum(one.header.size for one in made) == 4520
    for one in made:
        assert wire.read_batch(one.signed, one.signature, wire.pack(one.lines)) == one
    assert [one.header.seq for one in made] == list(range(1, len(made) + 1))


# repair


def test_the_difference_of_two_stores_is_found_by_few_sums() -> None:
    ours = {f"{n:032x}": repair.of(f"{n:032x}", b"1") for n in range(0, 40_000, 7)}
    theirs = dict(ours)
    gone = f"{7 * 11:032x}"
    changed = f"{7 * 4000:032x}"
    del theirs[gone]
    theirs[changed] = repair.of(changed, b"2")
    theirs["f" * 32] = repair.of("f" * 32, b"")
    sent = 0

    def ask(beginnings: tuple[str, ...], length: int) -> dict[str, repair.Sum]:
        nonlocal sent
        some = ((n, s) for n, s in theirs.items() if n.startswith(beginnings))
        found = repair.sums(some, lambda name: name[:length])
        sent += len(found)
        return found

    found, asked = repair.bisect(ours, ask)
    assert found == {gone, changed, "f" * 32} and asked <= 20 and sent < len(ours) / 5


def test_a_tree_of_any_shape_has_no_lane_between_strangers() -> None:
    tree = Tree({"A": None, "B": "A", "C": "B", "D": "A"})
    for origin in tree.parents:
        for lane in lanes_of(tree, origin):
            for node in tree.parents:
                if tree.may_hold(node, origin, lane):
                    assert tree.covers(node, origin) or tree.covers(origin, node)
