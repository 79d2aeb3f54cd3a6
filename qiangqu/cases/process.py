"""Reading a BPMN 2.0 file into a graph: an allow-list of elements, and for everything else the reason why it
does not run here.

The engine never sees the file itself: it gets a fresh document written from the checked graph
(:func:`to_bpmn`).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from xml.sax.saxutils import quoteattr

from qiangqu.base.errors import InputError

from . import dialects, expressions
from .faults import Faults
from .safexml import Element, local, namespace, read_xml

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
MAX_NODES = 150
PIECE = "~"  # at the end of a name: no id of a file has it
_ID = re.compile(r"[A-Za-z_][\w.-]{0,119}\Z")
TASKS = {"userTask", "manualTask", "task"}
GATEWAYS = {"exclusiveGateway", "parallelGateway", "inclusiveGateway"}
EVENTS = {"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"}
NODES = TASKS | GATEWAYS | EVENTS | {"businessRuleTask", "subProcess"}
IGNORED = {
    "documentation", "extensionElements", "laneSet", "lane", "flowNodeRef", "childLaneSet", "textAnnotation", "association", "group",
    "dataObject", "dataObjectReference", "dataStoreReference", "property", "ioSpecification", "dataInputAssociation",
    "dataOutputAssociation", "incoming", "outgoing", "auditing", "monitoring", "category", "text", "artifact", "correlationSubscription",
    "resourceRole", "potentialOwner", "humanPerformer", "performer", "rendering", "supportedInterfaceRef", "sequenceFlow",
}  # fmt: skip
REFUSED = {
    "scriptTask": "脚本任务会执行任意代码；请改为用户任务，或用业务规则任务（决策表）算数",
    "serviceTask": "服务任务要调用外部程序；请改为用户任务，或用业务规则任务（决策表）",
    "sendTask": "发送任务没有可以发送的对象；到期提醒与通知由系统按规则发出，请删去或改为用户任务",
    "receiveTask": "接收任务没有可以接收的消息；请改为用户任务",
    "callActivity": "调用活动要另一个流程文件；请改为嵌入式子流程",
    "transaction": "事务子流程不支持；请改为普通子流程",
    "adHocSubProcess": "即兴子流程的步骤没有次序，无法保证办完；请改为普通子流程",
    "complexGateway": "复杂网关没有明确的规则；请改为排他、并行或包容网关",
    "eventBasedGateway": "事件网关等几件事里先来的一件，这里能等的只有时间；请改为一个定时中间事件，或在任务上贴边界定时事件",
    "choreographyTask": "这是编排图，不是可执行的流程图；请导出协作图或流程图",
}
EVENT_REASONS = {
    "messageEventDefinition": "消息事件",
    "signalEventDefinition": "信号事件",
    "errorEventDefinition": "错误事件",
    "escalationEventDefinition": "升级事件",
    "compensateEventDefinition": "补偿事件",
    "conditionalEventDefinition": "条件事件",
    "linkEventDefinition": "链接事件",
    "cancelEventDefinition": "取消事件",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One element. ``kind`` is the BPMN tag; ``scope`` the id of the subprocess that holds it ("" at the
    top).
    """

    id: str
    kind: str
    name: str
    scope: str = ""
    attached_to: str = ""
    interrupting: bool = True
    default: str = ""
    timer_kind: str = ""  # date or duration
    timer: str = ""  # our expression
    terminate: bool = False
    decision: str = ""

    @property
    def is_task(self) -> bool:
        return self.kind == "userTask"

    @property
    def waits(self) -> bool:
        """Whether a person or a clock must come before the token goes on."""
        return self.is_task or self.kind in ("intermediateCatchEvent", "boundaryEvent")


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    source: str
    target: str
    condition: str = ""


@dataclass(frozen=True)
class Process:
    """The checked graph. ``exporter`` names the modeller that wrote the file."""

    id: str
    name: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    exporter: str = ""
    outgoing: Mapping[str, tuple[Flow, ...]] = field(default_factory=dict)
    incoming: Mapping[str, tuple[Flow, ...]] = field(default_factory=dict)
    # of .joins
    ways: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def by_way(self) -> dict[str, Flow]:
        """The flows that have a piece of their own between source and target (:func:`way_of`), by the name of
        the piece.
        """
        return {name: flow for flow in self.flows if (name := way_of(self, flow)) != flow.source}

    @cached_property
    def by_id(self) -> dict[str, Flow]:
        """Flows by their ids."""
        return {flow.id: flow for flow in self.flows}

    @property
    def tasks(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.is_task]

    def within(self, scope: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.scope == scope]

    def boundary_events(self, node: str) -> list[Node]:
        return [n for n in self.nodes.values() if n.attached_to == node]


def read_process(
    text: str,
    file: str,
    faults: Faults,
    steps: Collection[str] = (),
    decisions: Mapping[str, str] | None = None,  # type: ignore[assignment]
) -> Process | None:
    """The graph in ``text``; faults are added to ``faults``. ``steps`` are the ids that the kind's rules give
    to people (an abstract task among them becomes a user task), ``decisions`` the tables of business rule
    tasks. None when there is no process to go on with."""
    root = read_xml(text, file)
    if local(root) != "definitions" or namespace(root) != BPMN:
        what = "XPDL" if "XPDL" in namespace(root).upper() else local(root)
        raise InputError(f"不是 BPMN 2.0 文件（根元素是 {what}）；请在流程设计器里导出为 BPMN 2.0 XML", where=file)
    processes = [e for e in root if local(e) == "process"]
    filled = [e for e in processes if any(local(c) in NODES | set(REFUSED) for c in e)]
    if len(filled) != 1:
        reason = (
            "没有流程"
            if not filled
            else f"有 {len(filled)} 个流程（泳池）；一个事项只能有一个，请把它们合成一个泳池的泳道"
        )
        faults.error(file, "", reason)
        return None
    if any(local(e) == "messageFlow" for c in root if local(c) == "collaboration" for e in c):
        faults.warn(file, "", "消息流只作图示，不会发送消息")
    process = filled[0]
    reader = _Reader(file, faults, steps, decisions or {})
    reader.read(process, "")
    found = _connected(process.get("id", "process"), process.get("name") or "", root.get("exporter", ""), reader)
    _check_flows(found, file, faults)
    return found


class _Reader:
    """Collects nodes and flows of a process and its subprocesses."""

    def __init__(self, file: str, faults: Faults, steps: Collection[str], decisions: Mapping[str, str]) -> None:
        self.file, self.faults, self.steps, self.decisions = file, faults, steps, decisions
        self.nodes: dict[str, Node] = {}
        self.flows: list[Flow] = []
        self._ids: set[str] = set()

    def read(self, parent: Element, scope: str) -> None:
        for element in parent:
            tag = local(element)
            shown = element.get("name") or element.get("id") or tag
            if namespace(element) != BPMN or tag in IGNORED - {"sequenceFlow"}:
                continue
            if tag in REFUSED:
                self.faults.error(self.file, f"“{shown[:60]}”", REFUSED[tag])
            elif tag == "sequenceFlow":
                self._flow(element)
            elif tag in NODES:
                self._node(element, tag, scope, shown[:60])
            elif not (
                tag.endswith("EventDefinition")
                or tag in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
            ):
                self.faults.error(self.file, f"“{shown[:60]}”", f"不支持的元素 {tag}")

    def _id(self, element: Element, shown: str) -> str:
        found = str(element.get("id") or "")
        if not _ID.match(found):
            self.faults.error(
                self.file, f"“{shown}”", f"编号“{found[:40]}”不合规矩：应是字母开头的字母、数字、_ - .，不超过 120 个"
            )
            found = f"_{len(self._ids)}"
        if found in self._ids:
            self.faults.error(self.file, f"“{shown}”", f"编号“{found}”用了两次")
        self._ids.add(found)
        return found

    def _flow(self, element: Element) -> None:
        key = self._id(element, element.get("name") or element.get("id") or "")
        expression = next((e for e in element if local(e) == "conditionExpression"), None)
        condition = ""
        if expression is not None and (expression.text or "").strip():
            name = f"“{element.get('name')}”（{key}）" if element.get("name") else f"“{key}”"
            condition = self._expression(expression.text, f"连线{name}的条件")
        self.flows.append(Flow(key, element.get("sourceRef", ""), element.get("targetRef", ""), condition))

    def _expression(self, text: str, place: str) -> str:
        found = dialects.from_condition(text)
        try:
            expressions.check(found)
        except expressions.ExpressionError as error:
            self.faults.error(self.file, place, str(error))
        return found

    def _node(self, element: Element, tag: str, scope: str, shown: str) -> None:
        key = self._id(element, shown)
        name = re.sub(r"\s+", " ", element.get("name") or "")[:120]
        node = Node(key, tag, name or key, scope, default=element.get("default") or "")
        for child in element:
            if local(child) in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
                self.faults.error(
                    self.file, f"“{shown}”", "多实例和循环任务不支持；会签请在办理时发起，重复请用网关画回去"
                )
        if tag in EVENTS:
            node = self._event(element, node, shown)
        if tag == "subProcess":
            if element.get("triggeredByEvent") == "true":
                self.faults.error(self.file, f"“{shown}”", "事件子流程不支持；请改用边界定时事件")
            self.nodes[key] = node
            self.read(element, key)
            return
        if tag in TASKS:
            if tag == "task" and key not in self.steps and not _assigned(element):
                self.faults.error(
                    self.file, f"“{shown}”", "任务没有类型；请改为用户任务，或在 kind.yaml 的 steps 里写明谁办"
                )
            node = replace(node, kind="userTask")
        if tag == "businessRuleTask":
            node = replace(node, decision=self.decisions.get(key) or _reference(element))
        self.nodes[key] = node

    def _event(self, element: Element, node: Node, shown: str) -> Node:
        place = f"“{shown}”"
        definitions = [e for e in element if local(e).endswith("EventDefinition") or local(e) == "eventDefinitionRef"]
        kinds = [local(e) for e in definitions]
        for kind in kinds:
            if kind in EVENT_REASONS:
                self.faults.error(self.file, place, f"{EVENT_REASONS[kind]}不支持；只支持定时事件和终止结束事件")
        if len(definitions) > 1:
            self.faults.error(self.file, place, "一个事件只能有一个定义")
        timer = next((e for e in definitions if local(e) == "timerEventDefinition"), None)
        if timer is not None and node.kind in ("intermediateCatchEvent", "boundaryEvent"):
            node = self._timer(timer, node, place)
        elif timer is not None:
            self.faults.error(self.file, place, "定时器只能放在中间事件或边界事件上；定期开办请由系统另行安排")
        elif node.kind in ("intermediateCatchEvent", "boundaryEvent") and not kinds:
            self.faults.error(self.file, place, "这个事件没有说等什么；请给它定时器")
        if "terminateEventDefinition" in kinds and node.kind == "endEvent":
            node = replace(node, terminate=True)
        if node.kind == "boundaryEvent":
            node = replace(
                node,
                attached_to=element.get("attachedToRef", ""),
                interrupting=element.get("cancelActivity", "true") != "false",
            )
        return node

    def _timer(self, timer: Element, node: Node, place: str) -> Node:
        inner = next((e for e in timer if local(e) in ("timeDate", "timeDuration", "timeCycle")), None)
        text = (inner.text or "").strip() if inner is not None else ""
        if inner is None or not text:
            self.faults.error(self.file, place, "定时器没有写时间")
            return node
        if local(inner) == "timeCycle":
            self.faults.error(self.file, place, "循环定时不支持；请用定时中间事件和网关画成环")
            return node
        kind = "date" if local(inner) == "timeDate" else "duration"
        if re.fullmatch(r"[Pp][0-9.,YMWDTHSymwdths]+", text) or re.fullmatch(r"\d{4}-\d{2}-\d{2}[T0-9:+.Z-]*", text):
            text = f'"{text}"'
        return replace(node, timer_kind=kind, timer=self._expression(text, f"{place}（{node.id}）的时间"))


def _assigned(element: Element) -> bool:
    """Whether another modeller wrote an assignee or candidates into the file."""
    return any(
        str(key).rpartition("}")[2] in ("assignee", "candidateGroups", "candidateUsers") for key in element.attrib
    )


def _reference(element: Element) -> str:
    """The decision that a business rule task names, in Camunda's, Flowable's or SpiffWorkflow's way."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] in ("decisionRef", "decisionTableReferenceKey"):
            return str(value)
    for child in element.iter():
        if local(child) in ("calledDecisionId", "calledDecision"):
            return (child.text or child.get("decisionId") or "").strip().removeprefix("=").strip('"')
    return ""


def _connected(key: str, name: str, exporter: str, reader: _Reader) -> Process:
    out: dict[str, list[Flow]] = {node: [] for node in reader.nodes}
    into: dict[str, list[Flow]] = {node: [] for node in reader.nodes}
    known = []
    for flow in reader.flows:
        if flow.source not in reader.nodes or flow.target not in reader.nodes:
            if not reader.faults.errors:
                reader.faults.error(reader.file, f"连线“{flow.id}”", "一头没有接在任何步骤上")
            continue
        if reader.nodes[flow.source].scope != reader.nodes[flow.target].scope:
            reader.faults.error(reader.file, f"连线“{flow.id}”", "连线穿过了子流程的边框；请接在子流程本身上")
            continue
        known.append(flow)
        out[flow.source].append(flow)
        into[flow.target].append(flow)
    if len(reader.nodes) > MAX_NODES:
        reader.faults.error(reader.file, "", f"步骤超过 {MAX_NODES} 个，请把流程拆小")
    if not _ID.match(key) or (key in reader.nodes and reader.nodes[key].kind == "subProcess"):
        key = next(name for n in range(MAX_NODES) if (name := f"process{n or ''}") not in reader.nodes)
    return Process(
        key, name[:120], reader.nodes, tuple(known), exporter[:80],
        {k: tuple(v) for k, v in out.items()}, {k: tuple(v) for k, v in into.items()},
    )  # fmt: skip


def _check_flows(process: Process, file: str, faults: Faults) -> None:
    """What each kind of element needs: starts, ends, conditions, defaults."""
    for scope in {node.scope for node in process.nodes.values()} | {
        n.id for n in process.nodes.values() if n.kind == "subProcess"
    }:
        starts = [n for n in process.within(scope) if n.kind == "startEvent"]
        place = f"子流程“{process.nodes[scope].name}”" if scope else ""
        if len(starts) != 1:
            faults.error(file, place, f"应有一个开始事件，这里有 {len(starts)} 个")
        if not any(n.kind == "endEvent" for n in process.within(scope)):
            faults.error(file, place, "没有结束事件")
    for node in process.nodes.values():
        place, out, into = f"“{node.name}”", process.outgoing[node.id], process.incoming[node.id]
        if node.kind == "endEvent" and out:
            faults.error(file, place, "结束事件后面不能再有连线")
        if node.kind == "startEvent" and into:
            faults.error(file, place, "开始事件前面不能有连线")
        if node.kind != "endEvent" and not out:
            faults.error(file, place, "办到这里就断了：没有连线接到下一步或结束事件")
        if node.kind not in GATEWAYS and len(out) > 1:
            faults.error(file, place, "从这里引出了几条线；要分开走请加并行网关或排他网关")
        if node.kind not in ("exclusiveGateway", "inclusiveGateway") and any(flow.condition for flow in out):
            faults.error(file, place, "条件只能写在排他网关或包容网关引出的线上")
        if node.kind in ("exclusiveGateway", "inclusiveGateway") and len(out) > 1:
            bare = [flow for flow in out if not flow.condition and flow.id != node.default]
            if node.default not in {flow.id for flow in out} and len(bare) != 1:
                faults.error(file, place, "请指定一条默认流向：各条件都不成立时从那里走，办件才不会停住")
            elif node.default in {flow.id for flow in out} and bare:
                faults.error(file, place, f"连线“{bare[0].id}”没有写条件")
        if node.kind == "boundaryEvent" and (
            node.attached_to not in process.nodes
            or process.nodes[node.attached_to].kind not in ("userTask", "subProcess")
        ):
            faults.error(file, place, "边界事件应贴在用户任务或子流程上")


def way_of(process: Process, flow: Flow) -> str:
    """What the engine finds before the target of ``flow``: its source; or, where several flows lead from
    there into the same join, a piece of its own, because the engine knows steps and no flows."""
    twins = [one for one in process.outgoing[flow.source] if one.target == flow.target]
    joins = process.nodes[flow.target].kind in ("parallelGateway", "inclusiveGateway")
    return f"{flow.id}{PIECE}" if joins and len(twins) > 1 else flow.source


def to_bpmn(process: Process) -> str:
    """A fresh document with nothing in it but the checked graph, as the engine reads it."""
    lines = [
        f'<definitions xmlns="{BPMN}"><process id={quoteattr(process.id)} name={quoteattr(process.name)} isExecutable="true">'
    ]
    lines += _write(process, "")
    return "".join([*lines, "</process></definitions>"])


def _write(process: Process, scope: str) -> list[str]:
    lines = []
    for node in process.within(scope):
        attributes = f"id={quoteattr(node.id)} name={quoteattr(node.name)}"
        out = process.outgoing[node.id]
        default = node.default
        if node.kind in ("exclusiveGateway", "inclusiveGateway") and len(out) > 1:
            if default not in {flow.id for flow in out}:
                default = next(flow.id for flow in out if not flow.condition)
            attributes += f" default={quoteattr(default)}"
        if node.kind == "boundaryEvent":
            attributes += (
                f' attachedToRef={quoteattr(node.attached_to)} cancelActivity="{str(node.interrupting).lower()}"'
            )
        inner = ""
        if node.timer:
            inner = f"<timerEventDefinition><timeDate>{_escaped(node.timer)}</timeDate></timerEventDefinition>"
        elif node.terminate:
            inner = "<terminateEventDefinition/>"
        elif node.kind == "subProcess":
            inner = "".join(_write(process, node.id))
        lines.append(f"<{node.kind} {attributes}>{inner}</{node.kind}>")
        for flow in out:
            # a gateway with one way out takes it, whatever is written on it; so does the default
            bare = flow.id == default or len(out) == 1 or not flow.condition
            condition = "" if bare else f"<conditionExpression>{_escaped(flow.condition)}</conditionExpression>"
            target = flow.target
            if (piece := way_of(process, flow)) != flow.source:
                lines.append(f"<exclusiveGateway id={quoteattr(piece)}/>")
                lines.append(
                    f"<sequenceFlow id={quoteattr(flow.id + PIECE * 2)} sourceRef={quoteattr(piece)} targetRef={quoteattr(target)}/>"
                )
                target = piece
            ends = f"sourceRef={quoteattr(flow.source)} targetRef={quoteattr(target)}"
            lines.append(f"<sequenceFlow id={quoteattr(flow.id)} {ends}>{condition}</sequenceFlow>")
    return lines


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
