"""Where parallel lines meet: a join waits for every line of its own round, and for none of another.

SpiffWorkflow 3.2 counts finished tasks of the whole history, so that a second round is joined with lines of
the first. Here a token that has come to a join is a task that *waits* there (WAITING, its parent finished);
firing takes one from each line (they become CANCELLED, the last one goes on), and what was taken once never
counts again. A parallel gateway fires when a token waits on every line. An inclusive one fires by the rule of
BPMN 2.0 (13.4.3, table 13.3): a token elsewhere holds it up when it can still reach a line without a token
and no line that has one. The token game of :mod:`.soundness` follows the same rule (:func:`held_up`).
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from SpiffWorkflow.bpmn.exceptions import WorkflowTaskException
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.util.task import TaskState

from .process import Process, way_of

ALIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED
SPLIT = ".BoundaryEventSplit"  # what SpiffWorkflow puts before a task that has clocks beside it
OWED = "owed"  # lines that a join of an older release did not wait for


def held_up(held: Collection[str], elsewhere: Iterable[frozenset[str]]) -> bool:
    """Whether an inclusive join with tokens on the flows ``held`` has to wait; ``elsewhere`` says for each
    other token by which flows it can come.
    """
    return any(ways and ways.isdisjoint(held) for ways in elsewhere)


def ways_into(process: Process, gateway: str, node: str) -> frozenset[str]:
    """The incoming flows of ``gateway`` that a token at ``node`` can reach without passing through the
    gateway. Kept with the process.
    """
    key = (gateway, node)
    if key not in process.ways:
        found: set[str] = set()
        seen, todo = {node}, [node]
        while todo:
            at = todo.pop()
            flows = list(process.outgoing[at])
            flows += [flow for event in process.boundary_events(at) for flow in process.outgoing[event.id]]
            for flow in flows:
                if flow.target == gateway:
                    found.add(flow.id)
                elif flow.target not in seen:
                    seen.add(flow.target)
                    todo.append(flow.target)
        process.ways[key] = frozenset(found)
    return process.ways[key]


def _waiting(spec: Any, workflow: Any) -> dict[str, list[Any]]:
    """The tokens that wait at a join by the spec that they come from, oldest first."""
    found: dict[str, list[Any]] = {}
    for task in workflow.tasks.values():
        if task.task_spec is spec and task.state == TaskState.WAITING and task.parent.state == TaskState.COMPLETED:
            found.setdefault(task.parent.task_spec.name, []).append(task)
    return {name: sorted(tasks, key=lambda t: t.last_state_change) for name, tasks in found.items()}


class _Join:
    """What both gateways share: arrivals wait until the gateway may fire, then one of each line is taken."""

    _inputs: list[str]  # SpiffWorkflow's: the names of the specs before this one

    def _update_hook(self: Any, my_task: Any) -> bool:
        if my_task.has_state(TaskState.FINISHED_MASK) or my_task.state == TaskState.READY:
            return False
        if my_task.state != TaskState.WAITING:
            my_task._set_state(TaskState.WAITING)
            if _was_owed(self, my_task):
                my_task.cancel()
                return False
        lines = _waiting(self, my_task.workflow)
        if not self.may_fire(my_task, lines):
            return False
        mine = my_task.parent.task_spec.name
        for name, tasks in lines.items():
            if name != mine:
                tasks[0].cancel()
        return True


class ParallelJoin(_Join, ParallelGateway):  # type: ignore[misc]
    """A parallel gateway: one token on each line."""

    def may_fire(self, _task: Any, lines: dict[str, list[Any]]) -> bool:
        return set(self._inputs) <= set(lines)

    def _run_hook(self, my_task: Any) -> bool:
        return True


class InclusiveJoin(_Join, InclusiveGateway):  # type: ignore[misc]
    """An inclusive gateway: every token that can still come on a line of its own. ``process`` is set when the
    specs are built.
    """

    process: Process

    def may_fire(self, my_task: Any, lines: dict[str, list[Any]]) -> bool:
        if len(self._inputs) < 2:
            return True
        by_source = {way_of(self.process, flow): flow.id for flow in self.process.incoming[self.name]}
        held = {by_source[name] for name in lines if name in by_source}
        return not held_up(held, self._elsewhere(my_task))

    def _elsewhere(self, my_task: Any) -> Iterator[frozenset[str]]:
        """By which lines each token can come that is not here yet. A task whose parent has just finished is a
        token on its way.
        """
        for task in my_task.workflow.tasks.values():
            if task.has_state(TaskState.FINISHED_MASK):
                continue
            name, parent = task.task_spec.name, task.parent
            coming = parent is not None and parent.state == TaskState.COMPLETED
            if not (task.has_state(ALIVE) or coming):
                continue
            node = self.process.nodes.get(name)
            if task.task_spec is self:
                if task.state != TaskState.WAITING:
                    yield self._way_from(parent.task_spec.name)
            elif name in self.process.by_way:
                flow = self.process.by_way[name]
                yield (
                    frozenset([flow.id])
                    if flow.target == self.name
                    else ways_into(self.process, self.name, flow.target)
                )
            elif name.endswith(SPLIT):
                yield ways_into(self.process, self.name, name.removesuffix(SPLIT))
            # a clock beside its task is no token of its own
            elif node is not None and (not node.attached_to or task.state == TaskState.READY):
                yield ways_into(self.process, self.name, name)

    def _way_from(self, source: str) -> frozenset[str]:
        return frozenset(f.id for f in self.process.incoming[self.name] if way_of(self.process, f) == source)

    def _run_hook(self, my_task: Any) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise WorkflowTaskException("没有一条引出的线满足条件", task=my_task)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


def forget_rounds(workflow: Any) -> None:
    """Cut off what lies before the last join through which every token has come: nothing goes back beyond a
    join, and a loop that is walked for years must not make each step slower."""
    for part in [workflow, *workflow.subprocesses.values()]:
        alive = [] if part.completed else [t for t in part.tasks.values() if t.has_state(ALIVE)]
        if alive:
            _forget(workflow, part, alive)


def _forget(workflow: Any, part: Any, alive: list[Any]) -> None:
    common = set.intersection(*({one.id for one in _line(task)} for task in alive))
    nearest = next((task for task in _line(alive[0]) if task.id in common and _joined(task)), None)
    root = part.task_tree
    if nearest is None or nearest.parent is root:
        return
    kept = {root.id} | {task.id for task in nearest}
    root._children, nearest._parent = [nearest.id], root.id
    for key in [key for key in part.tasks if key not in kept]:
        del part.tasks[key]
        workflow.subprocesses.pop(key, None)
    if part.last_task is not None and part.last_task.id not in kept:
        part.last_task = nearest


def _line(task: Any) -> Iterator[Any]:
    """The task and what came before it, up to the beginning."""
    while task is not None:
        yield task
        task = task.parent


def _joined(task: Any) -> bool:
    return isinstance(task.task_spec, _Join) and len(task.task_spec._inputs) > 1 and task.state == TaskState.COMPLETED


# ---------------------------------------------------------------- states that older releases stored


def bring_over(workflow: Any) -> None:
    """Tokens in a state of a release whose joins counted finished tasks, as these joins want them: an arrival
    that was cancelled by a later one waits again; a join that fired before all lines of its round had come is
    taken back, or, if people have worked on behind it, the lines that come late end there."""
    for part in (workflow, *workflow.subprocesses.values()):
        if not part.completed:
            for spec in part.spec.task_specs.values():
                if isinstance(spec, _Join) and len(spec._inputs) > 1:
                    _bring_over(spec, part)


def _bring_over(spec: Any, workflow: Any) -> None:
    came = [
        t
        for t in workflow.tasks.values()
        if t.task_spec is spec and t.parent is not None and t.parent.state == TaskState.COMPLETED
    ]
    came = sorted((t for t in came if not t.has_state(TaskState.PREDICTED_MASK)), key=lambda t: t.last_state_change)
    fired = [t for t in came if t.state == TaskState.COMPLETED]
    since = fired[-1].last_state_change if fired else 0.0
    if any(t.state == TaskState.WAITING for t in came):
        for task in came:
            if task.state == TaskState.CANCELLED and task.last_state_change > since:
                task._state = TaskState.WAITING
                spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    if not fired or not isinstance(spec, ParallelJoin):
        return
    last, before = fired[-1], fired[-2].last_state_change if len(fired) > 1 else 0.0
    taken = [t for t in came if t.state == TaskState.CANCELLED and before < t.last_state_change <= since]
    missing = set(spec._inputs) - {t.parent.task_spec.name for t in (last, *taken)}
    if not missing:
        return
    behind = list(last)[1:]
    if any(t.task_spec.manual and t.state == TaskState.COMPLETED for t in behind):
        last.internal_data[OWED] = sorted(missing)
        return
    last._drop_children(force=True)
    for task in (last, *taken):
        task._state = TaskState.WAITING
        spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)


def _was_owed(spec: Any, my_task: Any) -> bool:
    """Whether a line comes to a join that did not wait for it, and so ends here."""
    name = my_task.parent.task_spec.name
    for task in my_task.workflow.tasks.values():
        if task.task_spec is spec and name in task.internal_data.get(OWED, ()):
            task.internal_data[OWED] = [one for one in task.internal_data[OWED] if one != name]
            return True
    return False
