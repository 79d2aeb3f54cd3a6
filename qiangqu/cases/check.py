"""Whether the files of a kind fit together and run: every fault with a clear sentence, before anything is
saved.

What single files have wrong is found when they are read (:mod:`.definition`); here are the names they use of
one another, soundness (:mod:`.soundness`) and a dry run on the real engine.
"""

import contextlib
import datetime as dt
import logging
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils import timezone

from qiangqu.base.errors import InputError, QiangquError
from qiangqu.base.terms import listed

from . import contracts, engine, expressions, soundness
from .definition import KIND, PROCESS, Definition, read_definition
from .faults import Fault, Faults, KindError
from .forms import sample
from .process import Process

log = logging.getLogger(__name__)
FACTS = frozenset({"area_code", "area_level", "returned"})
LIGHT_FACTS = frozenset({"overdue", "days_left", "open_steps", "step_overdue", "late_steps"})
WALKS = 40
STEPS_IN_A_WALK = 60
PLACEHOLDER = re.compile(r"\{\{\s*([^{}]{1,60}?)\s*\}\}")
LETTER_FACTS = frozenset(
    {"number", "letter_number", "title", "area", "kind", "today", "due_on", "opened_on", "step", "step_due_on", "unit"}
)


def check_files(files: Mapping[str, str]) -> tuple[Definition | None, Faults]:
    """The definition in ``files`` (None when it cannot be read) and everything that is wrong or doubtful."""
    faults = Faults()
    definition = read_definition(files, faults, strict=True)
    if definition is None:
        return None, faults
    _check_shape(definition.process, faults)
    _check_rules(definition, faults)
    _check_expressions(definition, faults)
    _check_letters(definition, faults)
    _check_fields(definition, faults)
    contracts.check(definition, faults)
    if not faults.errors:
        soundness.check(definition.process, PROCESS, faults)
    if not faults.errors:
        contract = id(contracts.contract_of(definition.code))
        faults += _walked(_Walk(tuple(sorted(files.items())), contract, definition))
    return definition, faults


@dataclass(frozen=True)
class _Walk:
    """A dry run: files and contract decide what it finds."""

    files: tuple[tuple[str, str], ...]
    contract: int  # by identity: contracts are declared once
    definition: Definition = field(compare=False)


@lru_cache(maxsize=64)
def _walked(walk: _Walk) -> tuple[Fault, ...]:
    """What the dry run finds, remembered: who draws a process checks what he then saves, and a pack brings
    what it brought before.
    """
    faults = Faults()
    _dry_run(walk.definition, faults)
    return tuple(faults)


def checked(files: Mapping[str, str], where: str = "") -> Definition:
    """The definition in ``files``. Raises KindError with all faults."""
    definition, faults = check_files(files)
    if definition is None or faults.errors:
        raise KindError(faults, where)
    return definition


def data_names(definition: Definition) -> frozenset[str]:
    """Every name that the data of a case can hold: fields of forms (but the confidential ones), outputs of
    tables, facts of the engine.
    """
    fields = {key for form in definition.forms.values() for key in form.fields} - set(definition.confidential)
    return frozenset(fields | {key for table in definition.tables.values() for key in table.outputs} | FACTS)


def _check_shape(process: Process, faults: Faults) -> None:
    """What the engine would run otherwise than it is drawn, without a word."""
    taken = {"Start", "End", "Root"}
    for key in (process.id, *process.nodes):
        taken |= {f"{key}.{piece}" for piece in ("EndJoin", "BoundaryEventSplit", "BoundaryEventJoin")}
    for node in process.nodes.values():
        place = f"“{node.name}”"
        if node.id in taken:
            faults.error(PROCESS, place, f"编号“{node.id}”是流程引擎自己用的，请换一个")
        if node.kind == "boundaryEvent":
            holder = process.nodes.get(node.attached_to)
            if holder is not None and holder.scope != node.scope:
                faults.error(PROCESS, place, "边界事件和它所贴的任务应在同一个流程或子流程里")
            if process.incoming[node.id]:
                faults.error(PROCESS, place, "边界事件前面不能有连线")


def _check_rules(definition: Definition, faults: Faults) -> None:
    raw, process = definition.raw, definition.process
    tasks = {node.id: node for node in process.tasks}
    for node in tasks.values():
        if node.id not in definition.steps:
            faults.error(KIND, f"steps.{node.id}", f"没有写“{node.name}”由谁办（by）")
    for key, rule in definition.steps.items():
        place = f"steps.{key}"
        if key not in tasks:
            faults.error(KIND, place, "流程图里没有这个用户任务")
        if rule.form and rule.form not in definition.forms:
            faults.error(KIND, place, f"没有表单 forms/{rule.form}.json")
        if rule.letter and rule.letter not in definition.letters:
            faults.error(KIND, place, f"没有文书 letters/{rule.letter}.txt")
        if rule.limit_days and rule.remind_days >= rule.limit_days:
            faults.warn(KIND, place, "提前提醒的天数不小于时限，不会提醒")
        _check_who(definition, rule.by, place, tasks, faults)
    start = raw["start"]
    if start["form"] not in definition.forms:
        faults.error(KIND, "start.form", f"没有表单 forms/{start['form']}.json")
        return
    if not start.get("public") and not start.get("roles"):
        faults.error(KIND, "start", "没有写谁可以发起（roles 或 public）")
    fields = definition.start_form.fields
    for name in ("title_field", "due_field", "area_field"):
        if name in raw and raw[name] not in fields:
            faults.error(KIND, name, f"发起表单里没有字段 {raw[name]}")
    if raw.get("due_field") in fields and fields[raw["due_field"]].get("format") != "date":
        faults.error(KIND, "due_field", "这个字段不是日期（format: date）")
    for name in definition.confidential:
        if name not in fields:
            faults.error(KIND, "confidential", f"发起表单里没有字段 {name}")
        elif any(name in form.fields for key, form in definition.forms.items() if key != start["form"]):
            faults.error(KIND, "confidential", f"身份字段 {name} 也出现在别的表单里")
    if raw.get("title_field") in definition.confidential:
        faults.error(KIND, "title_field", "标题不能取自身份字段")
    for node, decision in raw.get("decisions", {}).items():
        if node not in process.nodes or process.nodes[node].kind != "businessRuleTask":
            faults.error(KIND, f"decisions.{node}", "流程图里没有这个业务规则任务")
        elif decision not in definition.tables:
            faults.error(KIND, f"decisions.{node}", f"没有决策表 decisions/{decision}.dmn")
    for node_ in process.nodes.values():
        if node_.kind == "businessRuleTask" and node_.decision not in definition.tables:
            faults.error(
                PROCESS, f"“{node_.name}”", f"没有决策表“{node_.decision[:40]}”；请在 kind.yaml 的 decisions 里指明"
            )


def _check_who(
    definition: Definition, by: Mapping[str, Any], place: str, tasks: Mapping[str, Any], faults: Faults
) -> None:
    ways = set(by) & {"role", "starter", "public", "same_as", "organisation", "user"}
    if len(ways) != 1:
        faults.error(KIND, place, "by 里应只写一种办理人：role、starter、public、same_as、organisation 或 user")
    if "level" in by and "role" not in by:
        faults.error(KIND, place, "level 要和 role 一起写")
    if "same_as" in by and by["same_as"] not in tasks:
        faults.error(KIND, place, f"same_as 指的步骤 {by['same_as'][:40]} 不存在")
    if "public" in by and not definition.public:
        faults.error(KIND, place, "只有对公众开放的事项才能由公众办理")
    for way in ("organisation", "user"):
        if way in by:
            specs = [form.fields[by[way]] for form in definition.forms.values() if by[way] in form.fields]
            if not specs:
                faults.error(KIND, place, f"没有哪张表单有字段 {by[way]}")
            elif any(spec.get("format") != way for spec in specs):
                faults.error(KIND, place, f"字段 {by[way]} 的 format 应为 {way}")


def _check_expressions(definition: Definition, faults: Faults) -> None:
    known, process = data_names(definition), definition.process
    places = [(PROCESS, f"连线“{flow.id}”", flow.condition) for flow in process.flows if flow.condition]
    places += [(PROCESS, f"“{node.name}”（{node.id}）", node.timer) for node in process.nodes.values() if node.timer]
    for file, place, text in places:
        with contextlib.suppress(expressions.ExpressionError):  # said when the process was read
            _all_known(file, place, expressions.check(text), known, faults)
    for table in definition.tables.values():
        unknown = table.inputs - known
        if unknown:
            faults.error(f"decisions/{table.name}.dmn", "", f"没有哪张表单有字段 {'、'.join(sorted(unknown))}")
    for light, text in definition.raw.get("lights", {}).items():
        _known(KIND, f"lights.{light}", text, known | LIGHT_FACTS, faults)


def _known(file: str, place: str, text: str, known: frozenset[str], faults: Faults) -> None:
    try:
        _all_known(file, place, expressions.check(text), known, faults)
    except expressions.ExpressionError as error:
        faults.error(file, place, str(error))


def _all_known(file: str, place: str, names: frozenset[str], known: frozenset[str], faults: Faults) -> None:
    unknown = names - known
    if unknown:
        faults.error(file, place, f"表达式用了没有哪张表单或决策表给出的名字 {'、'.join(sorted(unknown))}")


def _check_letters(definition: Definition, faults: Faults) -> None:
    known = data_names(definition) | LETTER_FACTS
    for name, text in definition.letters.items():
        unknown = set(PLACEHOLDER.findall(text)) - known
        if unknown:
            faults.error(f"letters/{name}.txt", "", f"没有 {'、'.join(sorted(unknown))[:100]} 可填")
    for name in definition.raw.get("letters", {}):
        if name not in definition.letters:
            faults.error(KIND, f"letters.{name}", f"没有文书 letters/{name}.txt")
    nodes = {node.id for node in definition.process.tasks}
    for name, rule in definition.letter_rules.items():
        place = f"letters.{name}"
        for step in sorted(rule.steps - nodes):
            faults.error(KIND, place, f"流程图里没有这个用户任务 {step[:40]}")
        if not rule.steps and not rule.opening:
            faults.warn(
                KIND, place, f"没有写“{rule.title}”由哪一步发出（steps，或发起时发出 opening: true），它不会发出"
            )
        if rule.when:
            _known(KIND, f"{place}.when", rule.when, data_names(definition), faults)


def _check_fields(definition: Definition, faults: Faults) -> None:
    """A field of one name in two forms is one field: who fills in the second changes what the first said."""
    shared = frozenset(definition.raw.get("shared", ()))
    outputs = {key: table.name for table in definition.tables.values() for key in table.outputs}
    uses: dict[str, list[tuple[str, Any]]] = {}
    for form in definition.forms.values():
        for key, spec in form.fields.items():
            uses.setdefault(key, []).append((form.name, spec))
    for key, found in uses.items():
        titles = {str(spec.get("title", key)) for _name, spec in found}
        places = listed(f"forms/{name}.json（{spec.get('title', key)}）" for name, spec in found)
        if len({spec["type"] for _name, spec in found}) > 1:
            faults.error(KIND, "", f"字段 {key} 在几张表单里类型不同：{places}；请改成不同的字段名")
        elif len(titles) > 1 and key not in shared:
            faults.warn(
                KIND,
                "",
                f"字段 {key} 在几张表单里同名：{places}；后填的会改掉先填的。是两回事请改名，是同一件事请写进 shared",
            )
        if key in outputs and key not in shared:
            faults.warn(
                KIND, "", f"字段 {key} 既由表单 {places} 填，又由决策表 {outputs[key]} 算出；是同一件事请写进 shared"
            )
    for key in sorted(shared - set(uses)):
        faults.error(KIND, "shared", f"没有哪张表单有字段 {key}")


class _Steady(random.Random):
    """Takes the first of what may be chosen each time, or the last: chance alone hardly meets a step that many
    decisions lead to.
    """

    def __init__(self, at: int) -> None:
        super().__init__(7)
        self.at = at

    def choice(self, seq: Any) -> Any:
        return seq[self.at]


#: the first walks, each by one :class:`_Steady`; the others by chance
STEADY = (0, -1)


def _dry_run(definition: Definition, faults: Faults) -> None:
    """Walk through the process with made-up answers: does every way end, does every expression work?"""
    try:
        built = engine.Built(definition.process, definition.tables, data_names(definition))
    except Exception as error:
        log.warning("the engine refuses a process", exc_info=True)
        faults.error(PROCESS, "", f"引擎不接受这个流程（{type(error).__name__} {str(error)[:200]}）")
        return
    choose = random.Random(7)
    seen: set[str] = set()
    unfinished = 0
    leads = contracts.LeadCheck(definition)
    for walk in range(WALKS):
        path: list[str] = []
        chooser = choose if walk >= len(STEADY) else _Steady(STEADY[walk])
        try:
            if not _walk_once(definition, built, chooser, path, leads, faults):
                unfinished += 1
        except (
            Exception
        ) as error:  # the engine is foreign code, and the file a stranger's: whatever happens is a finding
            if not isinstance(error, QiangquError):
                log.exception("the dry run of a process failed")
            shown = " → ".join(
                definition.process.nodes[key].name for key in path[-4:] if key in definition.process.nodes
            )
            said = (
                str(error)
                if isinstance(error, QiangquError)
                else f"试不下去（{type(error).__name__} {str(error)[:200]}）"
            )
            faults.error(PROCESS, f"试运行（{shown}）" if shown else "试运行", said)
            return
        seen |= set(path)
    if unfinished == WALKS:
        faults.error(PROCESS, "试运行", f"走了 {WALKS} 遍，没有一遍走到结束；请检查条件是否可能成立")
    for node in definition.process.tasks:
        if node.id not in seen:
            faults.warn(PROCESS, f"“{node.name}”", "试运行没有走到这一步，请确认通往它的条件")


def _walk_once(
    definition: Definition,
    built: engine.Built,
    choose: random.Random,
    path: list[str],
    leads: contracts.LeadCheck,
    faults: Faults,
) -> bool:
    now = timezone.now()
    data = {"area_code": "A", "area_level": choose.choice(["region", "city", "zone"]), "returned": ""}
    start = sample(definition.start_form, choose)
    data |= {key: value for key, value in start.items() if key not in definition.confidential}
    workflow = engine.start(built, data, engine.Clock(now))
    for _step in range(STEPS_IN_A_WALK):
        if engine.is_done(workflow):
            return True
        steps, timers = engine.ready(workflow), engine.waiting(workflow)
        if not steps and not timers:
            raise InputError("办件停在半路：没有人可办，也没有定时在等")
        if timers and (not steps or choose.random() < 0.2):
            now = max(now, min(timer.due for timer in timers)) + dt.timedelta(seconds=1)
            path.append(min(timers, key=lambda timer: timer.due).node)
            workflow.script_engine.clock = engine.Clock(now)
            engine.advance(workflow)
            continue
        step = choose.choice(steps)
        path.append(step.node)
        form = definition.form_of(step.node)
        answers = sample(form, choose) if form else {}
        engine.complete(workflow, step.task_id, answers)
        before = {one.task_id for one in steps}
        opened = {one.node for one in engine.ready(workflow) if one.task_id not in before}
        leads.after(step.node, answers, opened, faults)
    return engine.is_done(workflow)
