"""The world in which the nodes of the model live: what people do, what happens to them, and how it heals."""

import collections
import random
from collections.abc import Callable, Iterable
from typing import Any

from qiangqu.federation.core import exchange, homes, records
from qiangqu.federation.core.shapes import Entry

from .model import NEWEST, TREE, Crash, Disk, Key, Lost, Node, read


class World:
    def __init__(
        self, seed: int, faults: Iterable[str] = ("crash", "restore", "clone", "cut", "version", "clock")
    ) -> None:
        self.random = random.Random(seed)
        self.faulty = frozenset(faults)
        self.crash = 0.01 if "crash" in self.faulty else 0.0
        self.loss = 0.1
        self.cut: set[str] = set()
        self.late: list[tuple[str, str, tuple[Any, ...]]] = []
        self.alarms: collections.Counter[str] = collections.Counter()
        self.broken: list[tuple[Any, ...]] = []
        self.written: dict[Key, Entry] = {}
        self.lost: set[Key] = set()
        self.erased: set[Key] = set()
        self.clones: list[Node] = []
        self.count = self.restores = self.pruned = 0
        self.nodes = {name: Node(self, name) for name in TREE.parents}

    def fresh(self) -> str:
        return f"{self.random.getrandbits(64):016x}"

    def line(self, child: str, parent: str) -> Callable[..., Any]:
        def call(method: str, *said: Any) -> Any:
            if child in self.cut or self.random.random() < self.loss:
                raise Lost
            if self.random.random() < 0.05:
                self.late.append((parent, method, said))
            try:
                answer = getattr(self.nodes[parent], method)(*said)
            except Crash:
                self.nodes[parent].wake()
                raise Lost from None
            if self.random.random() < self.loss:
                raise Lost
            return answer

        return call

    def do(self, node: Node, act: Callable[..., Any], *said: Any) -> bool:
        """One act of a node; False when it came to nothing (what was committed of it stays)."""
        before = dict(node.disk.tips)
        try:
            act(*said)
            done = True
        except (Lost, Crash):
            node.wake()
            done = False
        if any(not marks & set(node.disk.by_log[log]) for log, marks in before.items()):
            self.broken.append(("a tip went away", node.name))
        return done

    # what people do

    def create(self, node: Node) -> None:
        self.count += 1
        r, name = self.random, node.name
        uid = f"{self.fresh()}{self.count:06d}"
        down = bool(TREE.below(name)) and r.random() < 0.4
        mine = [one for one in node.now.entries if records.maker(one) == name and self.upward(node, one) != down]
        refs = (r.choice(mine),) if mine and r.random() < 0.4 else ()
        version = r.randint(1, node.now.version)
        kind = r.choice(["thing", "thing", "fact", *(["late"] if node.now.version == NEWEST else [])])
        lane = r.choice(["all", f"to/{r.choice(TREE.below(name))}"]) if down else "facts" if kind == "fact" else "acts"
        if lane.startswith("to/"):
            refs = ()
        body = {"n": self.count, "down": down, "secret": f"s{self.count}", "value": r.randint(1, 9)}
        entry = Entry(
            name,
            uid,
            kind,
            version if kind == "thing" else 1,
            f"{name}/{uid}",
            1,
            1,
            "",
            refs,
            (),
            int(node.clock),
            body,
        )
        self.speak(node, entry, (lane,))

    def upward(self, node: Node, record: str) -> bool:
        first = next(iter(node.now.entries[record].values()))
        return not (first.body or {}).get("down", True)

    def speak(self, node: Node, entry: Entry, lanes: Iterable[str]) -> None:
        def act() -> None:
            node.say(entry, lanes)
            node.commit()

        self.do(node, act)
        # what a copy writes after it was stopped is its own: an operator exports it
        if entry.key in node.disk.entries.get(entry.record, {}) and node not in self.clones:
            self.written[entry.key] = entry

    def mine(self, node: Node) -> records.State | None:
        states = [s for s in node.states().values() if s.home == node.name and s.kind == "thing" and not s.moving]
        states = [state for state in states if not state.body.get("down", True)]
        return self.random.choice(states) if states else None

    def edit(self, node: Node) -> None:
        state = self.mine(node)
        if state is None:
            return
        self.count += 1
        r = self.random
        body = dict(state.body) | {"n": self.count}
        settles = tuple(uid for _origin, uid in state.box)[: r.randint(0, 2)]
        redact = r.random() < 0.1 and "secret" in body
        if redact:
            del body["secret"]
        if r.random() < 0.1:
            body["$closed"] = "over"
        uid = f"{self.fresh()}{self.count:06d}"
        entry = Entry(
            node.name, uid, "thing", state.version, state.record, state.term, state.revision + 1, state.head, (), settles,
            int(node.clock), body,
        )  # fmt: skip
        self.speak(node, entry, ("acts",))
        if redact and entry.key in self.written:
            fields = {"fields": ["secret"]}
            self.speak(
                node, entry._replace(uid=f"{uid}x", kind=records.REDACT, version=1, settles=(), body=fields), ("acts",)
            )

    def move(self, node: Node) -> None:
        """A node above two zones hands a record over, or passes over a home that does not answer."""
        r = self.random
        states = [s for s in node.states().values() if s.kind == "thing" and not s.body.get("down", True)]
        if not states:
            return
        state = r.choice(states)
        if state.moving:
            draft = (
                homes.pass_over(node.name, TREE, state, node.now.entries[state.record].values())
                if r.random() < 0.3
                else None
            )
        else:
            draft = homes.hand_over(node.name, TREE, state, r.choice(["Z1", "Z2", "Z3", "C1"]))
        if draft is not None:
            self.speak(node, *draft)

    # what happens to them

    def restore(self, node: Node) -> None:
        self.restores += 1
        elsewhere: set[Key] = set()
        for other in self.nodes.values():
            if other is not node:
                elsewhere |= self.said(other.disk)
        self.lost |= self.said(node.disk) - self.said(node.backup) - elsewhere
        node.disk = node.backup.copy()
        node.wake()
        if self.random.random() < 0.5 and exchange.restored(node, node.marker):
            self.alarms["restored"] += 1
            node.now.me = node.now.me._replace(epoch=self.fresh())
            node.disk = node.now.copy()

    @staticmethod
    def said(disk: Disk) -> set[Key]:
        found = {key for entries in disk.entries.values() for key in entries}
        for batch in disk.batches.values():
            found |= {read(batch.header.origin, line).key for line in batch.lines}
        return found

    def clone(self, node: Node) -> None:
        copy = Node(self, node.name)
        copy.disk = node.disk.copy()
        copy.wake()
        self.clones.append(copy)

    def step(self) -> None:
        r = self.random
        for each in self.nodes.values():
            each.clock += 86_400
        node = r.choice(list(self.nodes.values()))
        chance = r.random()
        if chance < 0.16:
            self.create(node)
        elif chance < 0.26:
            self.edit(node)
        elif chance < 0.30:
            self.move(r.choice([self.nodes[name] for name in ("R", "C1", "C2")]))
        elif chance < 0.44:
            self.do(node, node.seal)
        elif chance < 0.56:
            self.do(node, node.apply)
        elif chance < 0.88:
            self.do(node, node.sync)
        elif chance < 0.91:
            if self.late:
                parent, method, said = self.late.pop(r.randrange(len(self.late)))
                self.do(self.nodes[parent], getattr(self.nodes[parent], method), *said)
        elif chance < 0.93:
            node.backup = node.disk.copy()
        elif chance < 0.94:
            if "restore" in self.faulty:
                self.restore(node)
        elif chance < 0.945:
            if "clone" in self.faulty and node.name[0] == "Z" and not self.clones:
                self.clone(node)
        elif chance < 0.96:
            if "cut" in self.faulty:
                self.cut ^= {node.name}
        elif chance < 0.97:
            if "version" in self.faulty:
                self.do(
                    node, node.upgrade, r.choice([version for version in (1, 2, 3) if version >= node.now.version - 1])
                )
        elif chance < 0.98:
            self.do(node, node.prune)
        elif "clock" in self.faulty:
            node.clock += r.choice([3600, 86_400 * 40, -86_400 * 365, 86_400 * 3650])
        for copy in self.clones:
            if r.random() < 0.15:
                r.choice([self.create, self.edit])(copy)
                self.do(copy, copy.seal)
                self.do(copy, copy.sync)

    def settle(self, rounds: int = 60) -> None:
        """Everything heals; then everybody seals, syncs and applies until nothing moves."""
        self.cut.clear()
        self.loss = self.crash = 0.0
        for node in self.nodes.values():
            self.do(node, node.upgrade, NEWEST)
        for _ in range(rounds):
            before = {name: node.disk for name, node in self.nodes.items()}
            for node in self.nodes.values():
                for act in (node.seal, node.sync, node.apply):
                    self.do(node, act)
            if all(node.disk is before[name] for name, node in self.nodes.items()):
                return
        self.broken.append(("never quiet",))
