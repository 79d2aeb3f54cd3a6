"""SpiffWorkflow behind plain functions: build a process once, start it, load its state, move it, dump it.

A state is JSON without the process itself (that belongs to the version of the kind). Nothing here touches the
database. SpiffWorkflow's own evaluation of Python text is replaced: every expression goes through
:mod:`.expressions`, scripts and services are refused.
"""

import copy
import datetime as dt
import json
import logging
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils import timezone
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.task_parsers import ConditionalGatewayParser, GatewayParser
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

from qiangqu.base.errors import ConflictError, InputError, QiangquError

from . import expressions
from .decisions import DecisionTable
from .forms import FIRST_YEAR, LAST_YEAR
from .joins import InclusiveJoin, ParallelJoin, bring_over, forget_rounds
from .process import Process, to_bpmn
from .workdays import Calendar, end_of

log = logging.getLogger(__name__)
MAX_AUTOMATIC = 1000  # gateways and tables passed in one act
MAX_TREE = (
    # tasks in one case's history since its last join: a loop walked more often than that is no case any more
    5000
)
MAX_DEPTH = 900  # SpiffWorkflow does not look for tasks that lie more than 1000 deep
_DURATION = re.compile(r"[Pp]([0-9]{1,4}([.,][0-9]{1,4})?[YMWDymwd])*([Tt]([0-9]{1,6}([.,][0-9]{1,4})?[HMShms])*)?")
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A timer that runs. ``workdays`` when it counts working days after ``since`` (so that a changed calendar
    can move it).
    """

    task_id: str
    node: str
    due: dt.datetime
    since: dt.date
    workdays: int | None


class _Engine(PythonScriptEngine):  # type: ignore[misc]
    """Expressions by our rules only. ``names`` are the data names that forms and tables can set: one that is
    not yet set is None.

    ``values`` is the data of the case: one value for each name, whichever line asks. SpiffWorkflow's own
    data, a copy in each task, stays empty. ``returned`` is the task that was sent back last.
    """

    def __init__(self, names: frozenset[str], clock: Clock, values: dict[str, Any]) -> None:
        super().__init__()
        self.names, self.clock, self.values, self.returned = names, clock, values, ""

    def validate(self, expression: str) -> None:
        expressions.check(expression)

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Any:
        names = dict.fromkeys(self.names) | self.values | dict(external_context or {})
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
    """A timer by the case's clock. Its due moment lies in the task's internal data, where a changed calendar
    can move it.
    """

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
        moment = _moment(value, clock)
        if moment is not None and FIRST_YEAR <= moment.year <= LAST_YEAR:
            return moment
    except Exception as error:  # the ISO parser raises bare exceptions
        raise expressions.ExpressionError("定时器的时间写得不对", where=str(value)[:40]) from error
    wanted = f"定时器要一个 {LAST_YEAR} 年以前的日期、时长（如 P3D）或 workdays(天数)"
    raise expressions.ExpressionError(wanted, where=str(value)[:40])


def _moment(value: Any, clock: Clock) -> dt.datetime | None:
    match value:
        case Workdays(count):
            return end_of(clock.calendar.add(clock.today, count))
        case str() if value.upper().startswith("P"):
            if not _DURATION.fullmatch(value):  # SpiffWorkflow counts the years one by one
                raise ValueError
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
    return None


class _RuleTask(BusinessRuleTaskMixin, BpmnTaskSpec):  # type: ignore[misc]
    """A decision table; what it says goes into the data of the case."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.script_engine.values.update(self.dmnEngine.result(my_task))
        return True


class _RuleParser(TaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        table = self.process_parser.parser.tables[self.bpmn_id]
        return _RuleTask(self.spec, self.bpmn_id, dmnEngine=DMNEngine(table), **self.bpmn_attributes)


class _Parser(BpmnParser):  # type: ignore[misc]
    OVERRIDE_PARSER_CLASSES = {
        full_tag("businessRuleTask"): (_RuleParser, _RuleTask),
        full_tag("parallelGateway"): (GatewayParser, ParallelJoin),
        full_tag("inclusiveGateway"): (ConditionalGatewayParser, InclusiveJoin),
    }

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
                if isinstance(task, InclusiveJoin):
                    task.process = process
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
    holder = _Engine(built.names, clock, copy.deepcopy(dict(data)))
    workflow = _guarded(lambda: BpmnWorkflow(built.spec, built.subspecs, script_engine=holder))
    advance(workflow)
    return workflow


def load(built: Built, state: State, clock: Clock, data: Mapping[str, Any] | None = None) -> Any:
    """The workflow whose state was dumped. ``data`` is the case's own data, which holds for whatever the
    state says otherwise.
    """
    workflow = _guarded(lambda: built.serializer.from_dict(json.loads(state["spiff"])))
    if "values" not in state:  # stored by a release whose tasks each had a copy of the data
        _take_data(workflow, state)
        _guarded(lambda: bring_over(workflow))
    holder = _Engine(built.names, clock, state["values"] | copy.deepcopy(dict(data or {})))
    holder.returned = state.get("returned", "")
    workflow.script_engine = holder
    return workflow


def _take_data(workflow: Any, state: State) -> None:
    """Move the data that an older release kept in each task into ``state["values"]``; what the latest task
    said holds.
    """
    parts = [workflow, *workflow.subprocesses.values()]
    tasks = sorted((t for part in parts for t in part.tasks.values()), key=lambda t: t.last_state_change)
    held: dict[str, Any] = {}
    for task in tasks:
        if not task.has_state(TaskState.PREDICTED_MASK | TaskState.CANCELLED):
            held |= task.data
        if task.has_state(TaskState.READY) and task.data.get("returned"):
            state["returned"] = str(task.id)
    if workflow.completed:
        held |= workflow.data
    held.pop("data_objects", None)
    for part in parts:
        part.data.clear()
        for task in part.tasks.values():
            task.data = {}
    state["values"] = held


def dump(built: Built, workflow: Any) -> State:
    """The state as JSON data: one text, because SpiffWorkflow reads its tasks in the order in which it wrote
    them, which PostgreSQL's JSON does not keep."""
    workflow.bpmn_events = []
    holder = workflow.script_engine
    text = json.dumps(built.serializer.to_dict(workflow), ensure_ascii=False)
    return {"spiff": text, "values": copy.deepcopy(holder.values), "returned": holder.returned}


def advance(workflow: Any) -> None:
    """Pass gateways and tables until people or clocks are waited for.

    Raises InputError when a condition cannot be worked out, and when the process turns round and round by
    itself.
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
    forget_rounds(workflow)
    deepest = max((t.depth for t in workflow.get_tasks(state=TaskState.READY | TaskState.WAITING)), default=0)
    if len(workflow.tasks) > MAX_TREE or deepest > MAX_DEPTH:
        raise InputError("这个办件走的步数太多，不能再走下去；请办结后另开一件")


def _guarded(work: Callable[[], Any]) -> Any:
    """SpiffWorkflow's errors as ours: those that it knows, and whatever else its code raises over a process
    that it cannot follow.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return work()
    except QiangquError:
        raise
    except SpiffWorkflowException as error:
        raise InputError(f"流程走不下去：{str(error)[:300]}") from error
    except (RecursionError, MemoryError) as error:
        raise InputError("流程太长或嵌套太深，请拆小") from error
    except Exception as error:
        log.exception("the engine failed")
        raise InputError(f"流程走不下去：引擎不能办这一步（{type(error).__name__} {str(error)[:200]}）") from error


def task_of(workflow: Any, task_id: str) -> Any:
    """The task with this id. Raises ConflictError when it is gone."""
    try:
        return workflow.get_task_from_id(UUID(task_id))
    except (SpiffWorkflowException, ValueError, KeyError) as error:
        raise ConflictError("这一步已不在办理中，请刷新页面") from error


def complete(workflow: Any, task_id: str, data: Mapping[str, Any], gone: Collection[str] = ()) -> None:
    """Finish a step with what its form said, and move on; the values ``gone`` were taken away. Raises
    ConflictError when it is not waiting any more.
    """
    task = task_of(workflow, task_id)
    if task.state != TaskState.READY or not task.task_spec.manual:
        raise ConflictError("这一步已经办结或撤销，请刷新页面")
    holder = workflow.script_engine
    for name in gone:
        holder.values.pop(name, None)
    holder.values.update(copy.deepcopy(dict(data)))
    if holder.returned in ("", task_id):
        holder.values["returned"], holder.returned = "", ""
    _guarded(task.run)
    advance(workflow)


def ready(workflow: Any) -> list[Ready]:
    """Steps that wait for people, in a fixed order."""
    tasks = [t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual]
    return [Ready(str(t.id), str(t.task_spec.name)) for t in sorted(tasks, key=lambda t: t.last_state_change)]


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
    """The data of the case: for each name the value that was given last."""
    return dict(workflow.script_engine.values)


def tokens(workflow: Any) -> int:
    """How many places of an open case wait for somebody or something. 0 in an open case would be a lost
    token.
    """
    return len(ready(workflow)) + len(waiting(workflow))


def earlier_steps(workflow: Any, task_id: str) -> list[Ready]:
    """Finished steps to which this one can be sent back, the nearest first: those before it in its own
    line, back to the last joining of parallel lines (beyond it, lines that are done would have to be undone
    too)."""
    task, found, seen = task_of(workflow, task_id).parent, [], set()
    while task is not None:
        spec = task.task_spec
        if spec.manual and task.state == TaskState.COMPLETED and spec.name not in seen:
            seen.add(spec.name)
            found.append(Ready(str(task.id), str(spec.name)))
        if isinstance(spec, ParallelJoin | InclusiveJoin) and len(spec.inputs) > 1:
            break
        task = task.parent
    return found


def send_back(
    built: Built, workflow: Any, task_id: str, target_id: str, data: Mapping[str, Any]
) -> tuple[Any, frozenset[str]]:
    """Go back to the finished step ``target_id``; what came after it in the tree is dropped, what people gave
    stays. Returns the workflow to go on with, and the ids of the finished steps that are undone by it.

    Raises InputError when the target is none of :func:`earlier_steps`.
    """
    if target_id not in {one.task_id for one in earlier_steps(workflow, task_id)}:
        raise InputError("不能退回到这一步：它不在本步之前，或之后有并行办理的汇合")
    holder, before = workflow.script_engine, _finished(workflow)
    holder.values.update(copy.deepcopy(dict(data)))
    holder.returned = target_id
    _guarded(lambda: workflow.reset_from_task_id(UUID(target_id)))
    # a fresh load forgets the waiting events of what was dropped
    fresh = load(built, dump(built, workflow), holder.clock)
    undone = before - _finished(fresh)
    advance(fresh)
    return fresh, undone


def _finished(workflow: Any) -> frozenset[str]:
    parts = (workflow, *workflow.subprocesses.values())
    tasks = (task for part in parts for task in part.tasks.values())
    return frozenset(str(t.id) for t in tasks if t.task_spec.manual and t.state == TaskState.COMPLETED)


def decide_alone(table: DecisionTable, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a decision table says for ``data``."""

    class Holder:
        pass

    task: Any = Holder()
    task.data, task.workflow = {}, Holder()
    task.workflow.script_engine = _Engine(table.inputs, Clock(timezone.now()), dict(data))
    result: dict[str, Any] = _guarded(lambda: dict(DMNEngine(table.model).result(task)))
    return result
