"""Random processes of nested blocks, as BPMN and as a little machine of their own that says which steps must
be open.

The machine knows nothing of tokens: a parallel block is done when its parts are, whatever the rounds before.
It is what joins are tested against.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

from .bpmn import document, flow


class Block:
    """A block under construction and under way: ``draw`` writes it, ``begin``, ``open``, ``finish`` run
    it.
    """

    parts: "list[Block]"

    def draw(self, names: Iterator[int], entry: str, leave: str) -> str:
        """BPMN of the block between the nodes ``entry`` and ``leave``; flows into it are written by the
        caller's ``entry``.
        """
        raise NotImplementedError

    def begin(self, data: dict[str, Any]) -> bool:
        """Start; whether it is done at once."""
        raise NotImplementedError

    def open(self) -> list[str]:
        return [name for part in self.running() for name in part.open()]

    def running(self) -> "list[Block]":
        return []

    def finish(self, name: str, data: dict[str, Any]) -> bool:
        """A person finishes the step ``name``. Whether the block is done then."""
        raise NotImplementedError


class Task(Block):
    def __init__(self, number: int) -> None:
        self.name, self.active = f"t{number}", False

    def draw(self, names, entry, leave):
        return (
            f'<bpmn:userTask id="{self.name}"/>'
            + flow(entry, self.name, key=f"i{self.name}")
            + flow(self.name, leave, key=f"o{self.name}")
        )

    def begin(self, data):
        self.active = True
        return False

    def open(self):
        return [self.name] if self.active else []

    def finish(self, name, data):
        assert self.active and name == self.name
        self.active = False
        return True


class Row(Block):
    """One after the other."""

    def __init__(self, parts: list[Block]) -> None:
        self.parts, self.at = parts, 0

    def draw(self, names, entry, leave):
        marks = [f"m{next(names)}" for _part in self.parts[1:]]
        text = "".join(f'<bpmn:exclusiveGateway id="{mark}"/>' for mark in marks)
        ends = [entry, *marks, leave]
        return text + "".join(
            part.draw(names, a, b) for part, (a, b) in zip(self.parts, itertools.pairwise(ends), strict=True)
        )

    def begin(self, data):
        return self._from(0, data)

    def _from(self, at, data):
        for number in range(at, len(self.parts)):
            self.at = number
            if not self.parts[number].begin(data):
                return False
        return True

    def running(self):
        return [self.parts[self.at]]

    def finish(self, name, data):
        return self.parts[self.at].finish(name, data) and self._from(self.at + 1, data)


class Fork(Block):
    """``kind`` parallel: all parts. inclusive: those whose variable is true (none: the last). exclusive: the
    first such.
    """

    def __init__(self, kind: str, parts: list[Block], variables: list[str]) -> None:
        self.kind, self.parts, self.variables, self.live = kind, parts, variables, []

    def draw(self, names, entry, leave):
        split, join = f"g{next(names)}", f"g{next(names)}"
        last = f"d{split}"
        default = f' default="{last}"' if self.kind != "parallel" else ""
        text = f'<bpmn:{self.kind}Gateway id="{split}"{default}/><bpmn:{self.kind}Gateway id="{join}"/>'
        text += flow(entry, split, key=f"i{split}") + flow(join, leave, key=f"o{join}")
        for number, part in enumerate(self.parts):
            condition = "" if self.kind == "parallel" or number == len(self.parts) - 1 else self.variables[number]
            key = last if number == len(self.parts) - 1 else f"f{split}_{number}"
            if part is None:  # straight from the fork to the join
                text += flow(split, join, condition, key)
            else:
                mark = f"m{next(names)}"
                text += f'<bpmn:exclusiveGateway id="{mark}"/>' + flow(split, mark, condition, key)
                text += part.draw(names, mark, join)
        return text

    def begin(self, data):
        if self.kind == "parallel":
            chosen = list(self.parts)
        else:
            chosen = [part for part, name in zip(self.parts[:-1], self.variables, strict=True) if data[name]]
            chosen = chosen[: 1 if self.kind == "exclusive" else None] or [self.parts[-1]]
        self.live = [part for part in chosen if part is not None and not part.begin(data)]
        return not self.live

    def running(self):
        return self.live

    def finish(self, name, data):
        part = next(part for part in self.live if name in part.open())
        if part.finish(name, data):
            self.live.remove(part)
        return not self.live


class Loop(Block):
    """The part, and again while the variable is true."""

    def __init__(self, part: Block, variable: str) -> None:
        self.part, self.variable = part, variable

    def draw(self, names, entry, leave):
        into, out = f"g{next(names)}", f"g{next(names)}"
        text = f'<bpmn:exclusiveGateway id="{into}"/><bpmn:exclusiveGateway id="{out}" default="o{out}"/>'
        text += (
            flow(entry, into, key=f"i{into}")
            + flow(out, leave, key=f"o{out}")
            + flow(out, into, self.variable, f"b{out}")
        )
        return text + self.part.draw(names, into, out)

    def begin(self, data):
        return self.part.begin(data) and self._again(data)

    def _again(self, data):
        while data[self.variable]:
            if not self.part.begin(data):
                return False
        return True

    def running(self):
        return [self.part]

    def finish(self, name, data):
        return self.part.finish(name, data) and self._again(data)


class Inner(Block):
    """A subprocess."""

    def __init__(self, part: Block) -> None:
        self.part = part

    def draw(self, names, entry, leave):
        key = f"p{next(names)}"
        inner = f'<bpmn:startEvent id="{key}s"/><bpmn:endEvent id="{key}e"/>' + self.part.draw(
            names, f"{key}s", f"{key}e"
        )
        return (
            f'<bpmn:subProcess id="{key}">{inner}</bpmn:subProcess>'
            + flow(entry, key, key=f"i{key}")
            + flow(key, leave, key=f"o{key}")
        )

    def begin(self, data):
        return self.part.begin(data)

    def running(self):
        return [self.part]

    def finish(self, name, data):
        return self.part.finish(name, data)


def made(choose: random.Random, depth: int, numbers: Iterator[int], variables: list[str]) -> Block:
    """A random block. Every block holds a task on each way (a loop without a person in it is refused)."""

    def variable() -> str:
        variables.append(f"v{len(variables)}")
        return variables[-1]

    def inner() -> Block:
        return made(choose, depth - 1, numbers, variables)

    kind = choose.choice(["task", "row", "parallel", "inclusive", "exclusive", "loop", "inner"]) if depth else "task"
    makers: dict[str, Callable[[], Block]] = {
        "task": lambda: Task(next(numbers)),
        "row": lambda: Row([inner() for _n in range(choose.randint(2, 3))]),
        "parallel": lambda: Fork("parallel", [inner() for _n in range(choose.randint(2, 3))] + [None] * choose.randint(0, 1), []),
        "inclusive": lambda: _choice("inclusive"),
        "exclusive": lambda: _choice("exclusive"),
        "loop": lambda: Loop(inner(), variable()),
        "inner": lambda: Inner(inner()),
    }  # fmt: skip

    def _choice(name: str) -> Block:
        parts = [inner() for _n in range(choose.randint(2, 3))]
        return Fork(name, parts, [variable() for _part in parts[:-1]])

    return makers[kind]()


def process(block: Block) -> str:
    inner = block.draw(itertools.count(), "s", "e")
    return document('<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>' + inner)
