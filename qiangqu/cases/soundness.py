"""Whether a process can always come to its end: unreachable steps, dead ends, loops that nobody stops, tokens
that wait for ever or double.

The token game is played over the whole graph with every decision open (van der Aalst's soundness of workflow
nets, explored up to :data:`MAX_MARKINGS` markings): what it finds would happen to some case, sooner or later.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import combinations

from .faults import Faults
from .joins import held_up, ways_into
from .process import Flow, Node, Process

MAX_MARKINGS = 20_000
# places that hold a token: flows, and "@node" for a task or subprocess being worked on
Marking = frozenset[str]


def check(process: Process, file: str, faults: Faults) -> None:
    """Add what is unsound about ``process`` to ``faults``. The graph must have passed
    :func:`.process.read_process` without errors.
    """
    _reachable(process, file, faults)
    _automatic_loops(process, file, faults)
    if faults.errors:
        return
    for scope in ["", *(n.id for n in process.nodes.values() if n.kind == "subProcess")]:
        _play(process, scope, file, faults)


def _reachable(process: Process, file: str, faults: Faults) -> None:
    forward = _closure([n.id for n in process.nodes.values() if n.kind == "startEvent" and not n.scope], process, True)
    backward = _closure([n.id for n in process.nodes.values() if n.kind == "endEvent"], process, False)
    for node in process.nodes.values():
        if node.id not in forward:
            faults.error(file, f"“{node.name}”", "走不到这一步：没有路从开始事件通到它")
        elif node.id not in backward:
            faults.error(file, f"“{node.name}”", "从这一步走不到结束事件")


def _closure(seeds: list[str], process: Process, forward: bool) -> set[str]:
    seen, todo = set(seeds), list(seeds)
    while todo:
        node = process.nodes[todo.pop()]
        flows = process.outgoing[node.id] if forward else process.incoming[node.id]
        following = [flow.target if forward else flow.source for flow in flows]
        if forward:
            following += [n.id for n in process.boundary_events(node.id)]
            following += (
                [n.id for n in process.within(node.id) if n.kind == "startEvent"] if node.kind == "subProcess" else []
            )
        else:
            following += [node.attached_to] if node.attached_to else []
            following += [node.scope] if node.scope and node.kind == "startEvent" else []
        for other in following:
            if other in process.nodes and other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def _automatic_loops(process: Process, file: str, faults: Faults) -> None:
    """A cycle without a person or a clock in it would run for ever."""
    colour: dict[str, int] = {}
    for start in process.nodes:
        stack: list[tuple[str, Iterator[Flow]]] = []
        if colour.get(start) or process.nodes[start].waits or process.nodes[start].kind == "subProcess":
            continue
        colour[start] = 1
        stack.append((start, iter(process.outgoing[start])))
        while stack:
            key, flows = stack[-1]
            flow = next(flows, None)
            if flow is None:
                colour[key] = 2
                stack.pop()
                continue
            target = process.nodes[flow.target]
            if target.waits or target.kind == "subProcess":
                continue
            if colour.get(target.id) == 1:
                faults.error(
                    file, f"“{target.name}”", "这里有一个没有人办理的环，会一直转下去；请在环里放一个用户任务或定时事件"
                )
                return
            if not colour.get(target.id):
                colour[target.id] = 1
                stack.append((target.id, iter(process.outgoing[target.id])))


def _play(process: Process, scope: str, file: str, faults: Faults) -> None:
    start = next(n for n in process.within(scope) if n.kind == "startEvent")
    first: Marking = frozenset(flow.id for flow in process.outgoing[start.id])
    seen, todo = {first}, deque([first])
    doubled: set[str] = set()
    stuck: set[str] = set()
    while todo:
        marking = todo.popleft()
        moves = list(_moves(process, scope, marking, doubled))
        if not moves and marking:
            stuck |= _waiting_at(process, marking)
        for following in moves:
            if following not in seen:
                if len(seen) >= MAX_MARKINGS:
                    faults.warn(file, "", f"流程的分支组合超过 {MAX_MARKINGS} 种，只检查了其中一部分")
                    todo.clear()
                    break
                seen.add(following)
                todo.append(following)
    for key in sorted(stuck):
        faults.error(
            file,
            f"“{process.nodes[key].name}”",
            "会一直等下去：有的分支不会到达这个汇合网关；请让分开与汇合的网关成对、同类",
        )
    for key in sorted(doubled - stuck):
        faults.error(
            file,
            f"“{process.nodes[key].name}”",
            "同时办理的几条线不经并行网关汇合就到了这里，会重复办理；请加并行或包容网关汇合",
        )


def _moves(process: Process, scope: str, marking: Marking, doubled: set[str]) -> Iterator[Marking]:
    by_target: dict[str, list[str]] = {}
    for place in marking:
        if not place.startswith("@"):
            by_target.setdefault(_flow(process, place).target, []).append(place)
    for key, held in by_target.items():
        node = process.nodes[key]
        for used in _consumed(process, node, held, marking):
            rest = marking - used
            if node.kind in ("userTask", "subProcess"):
                if f"@{key}" in rest:
                    doubled.add(key)
                else:
                    yield rest | {f"@{key}"}
            elif node.kind == "endEvent":
                yield frozenset() if node.terminate else rest
            else:
                yield from _produced(process, node, rest, doubled)
    for place in marking:
        if place.startswith("@") and not place.startswith("@@"):
            node = process.nodes[place[1:]]
            held_marks = {p for p in marking if p.startswith(f"@@{node.id}/")}
            yield from _put(process, marking - {place} - held_marks, process.outgoing[node.id], doubled)
            for event in process.boundary_events(node.id):
                fired = f"@@{node.id}/{event.id}"
                if event.interrupting:
                    yield from _put(process, marking - {place} - held_marks, process.outgoing[event.id], doubled)
                elif fired not in marking:
                    yield from _put(process, marking | {fired}, process.outgoing[event.id], doubled)


def _consumed(process: Process, node: Node, held: list[str], marking: Marking) -> Iterator[frozenset[str]]:
    incoming = {flow.id for flow in process.incoming[node.id]}
    if node.kind == "parallelGateway":
        if incoming <= set(held):
            yield frozenset(incoming)
    elif node.kind == "inclusiveGateway" and len(incoming) > 1:
        if not held_up(held, _elsewhere(process, node, marking - set(held))):
            yield frozenset(held)
    else:
        for place in held:
            yield frozenset([place])


def _elsewhere(process: Process, node: Node, marking: Iterable[str]) -> Iterator[frozenset[str]]:
    """By which flows into an inclusive join each other token can come."""
    for place in marking:
        if not place.startswith("@@"):
            at = place[1:] if place.startswith("@") else _flow(process, place).target
            yield ways_into(process, node.id, at)


def _produced(process: Process, node: Node, rest: Marking, doubled: set[str]) -> Iterator[Marking]:
    out = process.outgoing[node.id]
    if node.kind == "exclusiveGateway":
        for flow in out:
            yield from _put(process, rest, (flow,), doubled)
    elif node.kind == "inclusiveGateway" and len(out) > 1:
        for size in range(1, min(len(out), 5) + 1):
            for chosen in combinations(out, size):
                yield from _put(process, rest, chosen, doubled)
    else:
        yield from _put(process, rest, out, doubled)


def _put(process: Process, rest: Marking, flows: tuple[Flow, ...], doubled: set[str]) -> Iterator[Marking]:
    ids = {flow.id for flow in flows}
    again = ids & rest
    if again:
        doubled.update(_flow(process, key).target for key in again)
        return
    yield rest | ids


def _waiting_at(process: Process, marking: Marking) -> set[str]:
    found = {_flow(process, place).target for place in marking if not place.startswith("@")}
    return {key for key in found if process.nodes[key].kind in ("parallelGateway", "inclusiveGateway")} or found


def _flow(process: Process, key: str) -> Flow:
    return process.by_id[key]
