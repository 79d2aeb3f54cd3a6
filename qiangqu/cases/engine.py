"""SpiffWorkflow behind plain functions: build a process once, start it, load its state, move it, dump it.

A state is JSON without the process itself (that belongs to the version of the kind). Nothing here touches the database. SpiffWorkflow's own
evaluation of Python text is replaced: every expression goes through :mod:`.expressions`, scripts and services are refused.
"""

import ast
import copy
import datetime as dt
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.specs import BusinessRuleTaskMixin
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from qiangqu.base.errors import ConflictError, InputError

from . import expressions
from .decisions import DecisionTable
from .process import Process, to_bpmn
from .workdays import Calendar, end_of

MAX_AUTOMATIC = 1000  # gateways and tables passed in one act
MAX_TREE = 5000  # tasks in one case's history: a loop walked more often than that is no case any more
MAX_DURATION = dt.timedelta(days=3660)
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workdays:
    """What ``workdays(n)`` gives to a timer: so many working days from the day on which it begins."""

    count: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment at which an act happens and the calendar that holds."""

    now: dt.datetime
    calendar: Calendar = field(default_factory=Calendar)

    @property
    def today(self) -> dt.date:
        return timezone.localdate(self.now)


@dataclass(frozen=True, slots=True)
class Ready:
    """A step that waits for a person."""

    task_id: str
    node: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A timer that runs. ``workdays`` when it counts working days after ``since`` (so that a changed calendar can move it)."""

    task_id: str
    node: str
    due: dt.datetime
    since: dt.date
    workdays: int | None


class _Engine(PythonScriptEngine):  # type: ignore[misc]
    """Expressions by our rules only. ``names`` are the data names that forms and tables can set: one that is not yet set is None."""

    def __init__(self, names: frozenset[str], clock: Clock) -> None:
        super().__init__()
        self.names, self.clock = names, clock

    def validate(self, expression: str) -> None:
        ast.parse(expression)  # SpiffWorkflow tells "> 5" from "5" by the SyntaxError
        expressions.check(expression)

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        names = dict.fromkeys(self.names) | task.data | dict(external_context or {})
        return expressions.evaluate(expression, names, {"workdays": _workdays})

    def execute(self, task: Any, script: str, external_context: Any = None) -> None:
        raise InputError("流程里有脚本，拒绝执行")

    def call_service(self, task: Any, **kwargs: Any) -> None:
        raise InputError("流程里有服务调用，拒绝执行")


def _workdays(count: Any) -> Workdays:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 1000:
        raise expressions.ExpressionError("workdays 的天数应是 0—1000 的整数")
    return Workdays(count)


class CaseTimer(TimerEventDefinition):  # type: ignore[misc]
    """A timer by the case's clock. Its due moment lies in the task's internal data, where a changed calendar can move it."""

    def has_fired(self, my_task: Any) -> bool:
        held, clock = my_task.internal_data, my_task.workflow.script_engine.clock
        if held.get("due") is None:
            value = my_task.workflow.script_engine.evaluate(my_task, self.expression)
            held["since"] = clock.today.isoformat()
            held["workdays"] = value.count if isinstance(value, Workdays) else None
            held["due"] = _due(value, clock).isoformat()
        if dt.datetime.fromisoformat(held["due"]) <= clock.now:
            held["event_fired"] = True
        return bool(held.get("event_fired", False))

    def reset(self, my_task: Any) -> None:
        for key in ("due", "since", "workdays", "event_fired"):
            my_task.internal_data.pop(key, None)


def _due(value: Any, clock: Clock) -> dt.datetime:
    """The moment that a timer's expression means. Raises ExpressionError for what is none."""
    try:
        match value:
            case Workdays(count):
                return end_of(clock.calendar.add(clock.today, count))
            case str() if value.upper().startswith("P"):
                parts = TimerEventDefinition.parse_iso_duration(value)
                length = TimerEventDefinition.get_timedelta_from_start(parts, clock.now)
                if not dt.timedelta(0) <= length <= MAX_DURATION:
                    raise ValueError
                return clock.now + length
            case str() if len(value) == 10:
                return end_of(dt.date.fromisoformat(value))
            case str():
                moment = dt.datetime.fromisoformat(value)
                return moment if moment.tzinfo else timezone.make_aware(moment)
    except Exception as error:  # the ISO parser raises bare exceptions
        raise expressions.ExpressionError("定时器的时间写得不对", where=str(value)[:40]) from error
    raise expressions.ExpressionError("定时器要一个日期、时长（如 P3D）或 workdays(天数)", where=str(value)[:40])


class _RuleTask(BusinessRuleTaskMixin, BpmnTaskSpec):  # type: ignore[misc]
    pass


class _RuleParser(TaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        table = self.process_parser.parser.tables[self.bpmn_id]
        return _RuleTask(self.spec, self.bpmn_id, dmnEngine=DMNEngine(table), **self.bpmn_attributes)


class _Parser(BpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES = {full_tag("businessRuleTask"): (_RuleParser, _RuleTask)}

    def __init__(self, tables: Mapping[str, Any]) -> None:
        super().__init__()
        self.tables = tables


class Built:
    """A process ready to run: SpiffWorkflow's specs and a serializer that leaves them out of the state."""

    def __init__(self, process: Process, tables: Mapping[str, DecisionTable], names: frozenset[str]) -> None:
        parser = _Parser(
            {n.id: tables[n.decision].model for n in process.nodes.values() if n.kind == "businessRuleTask"}
        )
        parser.add_bpmn_xml(etree.fromstring(to_bpmn(process).encode()))
        self.spec = parser.get_spec(process.id)
        self.subspecs = parser.get_subprocess_specs(process.id)
        self.names = names
        for spec in (self.spec, *self.subspecs.values()):
            for task in spec.task_specs.values():
                old = getattr(task, "event_definition", None)
                if isinstance(old, TimerEventDefinition):
                    task.event_definition = CaseTimer(old.name, old.expression)
        built = self

        class Converter(BpmnWorkflowConverter):  # type: ignore[misc]
            def to_dict(self, workflow: Any) -> State:
                state: State = WorkflowConverter.to_dict(self, workflow)
                state["subprocesses"] = self.mapping_to_dict(workflow.subprocesses)
                return state

            def from_dict(self, state: State) -> Any:
                workflow = self.target_class(built.spec, built.subspecs, deserializing=True)
                workflow.tasks = self.mapping_from_dict(state["tasks"], UUID, workflow=workflow)
                workflow.task_tree = workflow.tasks.get(UUID(state["root"]))
                self.set_default_attributes(workflow, state)
                self.subprocesses_from_dict(state["subprocesses"], workflow)
                return workflow

        self.serializer = BpmnWorkflowSerializer(
            BpmnWorkflowSerializer.configure({**DEFAULT_CONFIG, BpmnWorkflow: Converter})
        )


def start(built: Built, data: Mapping[str, Any], clock: Clock) -> Any:
    """A new workflow, moved to its first steps. Raises InputError like :func:`advance`."""
    workflow = _guarded(lambda: BpmnWorkflow(built.spec, built.subspecs, script_engine=_Engine(built.names, clock)))
    workflow.task_tree.data.update(data)
    # the tasks behind the root were predicted with empty data, which they take from their parent as they run
    advance(workflow)
    return workflow


def load(built: Built, state: State, clock: Clock) -> Any:
    """The workflow whose state was dumped."""
    workflow = _guarded(lambda: built.serializer.from_dict(json.loads(state["spiff"])))
    workflow.script_engine = _Engine(built.names, clock)
    return workflow


def dump(built: Built, workflow: Any) -> State:
    """The state as JSON data: one text, because SpiffWorkflow reads its tasks in the order in which it wrote them, which PostgreSQL's JSON does
    not keep."""
    workflow.bpmn_events = []
    return {"spiff": json.dumps(built.serializer.to_dict(workflow), ensure_ascii=False)}


def advance(workflow: Any) -> None:
    """Pass gateways and tables until people or clocks are waited for.

    Raises InputError when a condition cannot be worked out, and when the process turns round and round by itself.
    """
    passed = 0

    def count(_task: Any) -> None:
        nonlocal passed
        passed += 1
        if passed > MAX_AUTOMATIC:
            raise InputError(f"流程自己转了 {MAX_AUTOMATIC} 步还没有停下来，已中止；请检查流程里的环")

    _guarded(lambda: workflow.do_engine_steps(will_complete_task=count))
    for _round in range(MAX_AUTOMATIC):
        # a timer that is due at once makes its successor ready
        if not any(not task.task_spec.manual for task in workflow.get_tasks(state=TaskState.READY)):
            break
        _guarded(lambda: workflow.do_engine_steps(will_complete_task=count))
    if len(workflow.tasks) > MAX_TREE:
        raise InputError(f"这个办件已走了 {MAX_TREE} 步，不能再走下去；请办结后另开一件")


def _guarded(work: Callable[[], Any]) -> Any:
    """SpiffWorkflow's errors as ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return work()
    except SpiffWorkflowException as error:
        raise InputError(f"流程走不下去：{str(error)[:300]}") from error
    except RecursionError as error:
        raise InputError("流程太长或嵌套太深，请拆小") from error


def task_of(workflow: Any, task_id: str) -> Any:
    """The task with this id. Raises ConflictError when it is gone."""
    try:
        return workflow.get_task_from_id(UUID(task_id))
    except (SpiffWorkflowException, ValueError, KeyError) as error:
        raise ConflictError("这一步已不在办理中，请刷新页面") from error


def complete(workflow: Any, task_id: str, data: Mapping[str, Any]) -> None:
    """Finish a step with what its form said, and move on. Raises ConflictError when it is not waiting any more."""
    task = task_of(workflow, task_id)
    if task.state != TaskState.READY or not task.task_spec.manual:
        raise ConflictError("这一步已经办结或撤销，请刷新页面")
    task.data.update(copy.deepcopy(dict(data)))
    _guarded(task.run)
    advance(workflow)


def ready(workflow: Any) -> list[Ready]:
    """Steps that wait for people, in a fixed order."""
    tasks = [t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual]
    return [
        Ready(str(t.id), str(t.task_spec.name), dict(t.data)) for t in sorted(tasks, key=lambda t: t.last_state_change)
    ]


def waiting(workflow: Any) -> list[Waiting]:
    """Timers that run."""
    found = []
    for task in workflow.get_tasks(state=TaskState.WAITING):
        held = task.internal_data
        if isinstance(getattr(task.task_spec, "event_definition", None), CaseTimer) and held.get("due"):
            due, since = dt.datetime.fromisoformat(held["due"]), dt.date.fromisoformat(held["since"])
            found.append(Waiting(str(task.id), str(task.task_spec.name), due, since, held["workdays"]))
    return found


def due_of(workflow: Any, task_id: str) -> dt.datetime:
    """When a running timer is due by the engine's own record."""
    return dt.datetime.fromisoformat(task_of(workflow, task_id).internal_data["due"])


def move_timer(workflow: Any, task_id: str, due: dt.datetime) -> None:
    """Give a running timer another due moment."""
    task_of(workflow, task_id).internal_data["due"] = due.isoformat()


def is_done(workflow: Any) -> bool:
    return bool(workflow.completed)


def data_of(workflow: Any) -> dict[str, Any]:
    """The data of the case: what the last task (or, at the end, the workflow) holds."""
    if workflow.completed:
        return {key: value for key, value in workflow.data.items() if key != "data_objects"}
    last = workflow.last_task or workflow.task_tree
    return dict(last.data)


def tokens(workflow: Any) -> int:
    """How many places of an open case wait for somebody or something. 0 in an open case would be a lost token."""
    return len(ready(workflow)) + len(waiting(workflow))


def earlier_steps(workflow: Any, task_id: str) -> list[Ready]:
    """Finished steps to which this one can be sent back, the nearest first: those before it in its own line, back to the last joining of parallel lines
    (beyond it, lines that are done would have to be undone too)."""
    task, found, seen = task_of(workflow, task_id).parent, [], set()
    while task is not None:
        spec = task.task_spec
        if spec.manual and task.state == TaskState.COMPLETED and spec.name not in seen:
            seen.add(spec.name)
            found.append(Ready(str(task.id), str(spec.name), dict(task.data)))
        if type(spec).__name__ in ("ParallelGateway", "InclusiveGateway") and len(spec.inputs) > 1:
            break
        task = task.parent
    return found


def send_back(built: Built, workflow: Any, task_id: str, target_id: str, data: Mapping[str, Any]) -> Any:
    """Go back to the finished step ``target_id``; what came after it in the tree is dropped. Returns the workflow to go on with.

    Raises InputError when the target is none of :func:`earlier_steps`.
    """
    if target_id not in {one.task_id for one in earlier_steps(workflow, task_id)}:
        raise InputError("不能退回到这一步：它不在本步之前，或之后有并行办理的汇合")
    clock = workflow.script_engine.clock
    kept = dict(task_of(workflow, task_id).data) | dict(data)
    _guarded(lambda: workflow.reset_from_task_id(UUID(target_id), data=kept))
    # a fresh load forgets the waiting events of what was dropped
    fresh = load(built, dump(built, workflow), clock)
    advance(fresh)
    return fresh


def decide_alone(table: DecisionTable, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a decision table says for ``data``."""

    class Holder:
        pass

    task: Any = Holder()
    task.data, task.workflow = dict(data), Holder()
    task.workflow.script_engine = _Engine(table.inputs, Clock(timezone.now()))
    result: dict[str, Any] = _guarded(lambda: dict(DMNEngine(table.model).result(task)))
    return result
