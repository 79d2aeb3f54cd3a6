"""Decision tables (DMN 1.1–1.5, one table a file), read safely into SpiffWorkflow's model, whose engine
evaluates them with our expressions.

Hit policies UNIQUE, FIRST and COLLECT (without aggregation). Input entries may be written in FEEL's unary
tests or in our expressions. What SpiffWorkflow gets are whole conditions, which it hands to our reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.dmn.specs.model import DecisionTable as SpiffTable
from SpiffWorkflow.dmn.specs.model import Input, InputEntry, Output, OutputEntry, Rule

from qiangqu.base.errors import InputError

from . import dialects, expressions
from .forms import NAME
from .safexml import Element, local, namespace, read_xml

MAX_RULES = 1000
MAX_COLUMNS = 30
POLICIES = ("UNIQUE", "FIRST", "COLLECT")
INPUT = "dmninputexpr"  # how SpiffWorkflow names ``?``


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A table: the data names that it reads, those that it sets, and SpiffWorkflow's model of it."""

    name: str
    title: str
    inputs: frozenset[str]
    outputs: tuple[str, ...]
    model: Any


def read_table(text: str, name: str) -> DecisionTable:
    """The one decision table in ``text``. Raises InputError that names the row and what is wrong with it."""
    where = f"decisions/{name}.dmn"
    root = read_xml(text, where)
    if local(root) != "definitions" or "/DMN/" not in namespace(root):
        raise InputError("不是 DMN 决策表（根元素应是 DMN 的 definitions）", where=where)
    decisions = [e for e in root.iter() if isinstance(e.tag, str) and local(e) == "decision"]
    tables = [e for e in root.iter() if isinstance(e.tag, str) and local(e) == "decisionTable"]
    if len(tables) != 1 or len(decisions) != 1:
        raise InputError(
            f"每个文件应有一张决策表，这里有 {len(tables)} 张；字面表达式和多决策图请改为决策表", where=where
        )
    policy = tables[0].get("hitPolicy", "UNIQUE").upper()
    if policy not in POLICIES or tables[0].get("aggregation"):
        raise InputError(f"命中策略只支持 {'、'.join(POLICIES)}（不带汇总）", where=where)
    model = SpiffTable(name, name, policy)
    used: set[str] = set()
    for element in (e for e in tables[0] if local(e) == "input"):
        text_of = _text(element)
        expression = dialects.from_condition(text_of)
        used |= _checked(expression, f"{where} 第{len(model.inputs) + 1}列")
        model.inputs.append(Input(f"i{len(model.inputs)}", element.get("label", ""), "", expression, ""))
    for element in (e for e in tables[0] if local(e) == "output"):
        key = element.get("name") or ""
        if not NAME.match(key):
            raise InputError(f"输出列要有名字（小写字母开头的字母、数字、下划线），现在是“{key[:40]}”", where=where)
        model.outputs.append(Output(f"o{len(model.outputs)}", element.get("label", ""), key, ""))
    rules = [e for e in tables[0] if local(e) == "rule"]
    if not model.inputs or not model.outputs or max(len(model.inputs), len(model.outputs)) > MAX_COLUMNS:
        raise InputError(f"应有 1—{MAX_COLUMNS} 个输入列和 1—{MAX_COLUMNS} 个输出列", where=where)
    if not 0 < len(rules) <= MAX_RULES:
        raise InputError(f"应有 1—{MAX_RULES} 行规则", where=where)
    for number, element in enumerate(rules, 1):
        used |= _read_rule(model, element, number, where)
    title = decisions[0].get("name") or name
    return DecisionTable(name, title[:80], frozenset(used - {INPUT}), tuple(o.name for o in model.outputs), model)


def _text(element: Element) -> str:
    found = next((e for e in element.iter() if local(e) == "text"), None)
    return (found.text or "").strip() if found is not None else ""


def _read_rule(model: Any, element: Element, number: int, where: str) -> set[str]:
    place = f"{where} 第{number}行"
    ins = [e for e in element if local(e) == "inputEntry"]
    outs = [e for e in element if local(e) == "outputEntry"]
    if len(ins) != len(model.inputs) or len(outs) != len(model.outputs):
        raise InputError("格数与列数不一致", where=place)
    rule = Rule(f"r{number}")
    used: set[str] = set()
    rule.row_number = number
    for at, (cell, column) in enumerate(zip(ins, model.inputs, strict=True), 1):
        entry = InputEntry(f"{rule.id}{column.id}", column)
        test = dialects.from_unary(_text(cell))
        if test is not None:
            test = _condition(test)
            used |= _checked(test, f"{place}第{at}列")
        entry.lhs.append(test)
        rule.inputEntries.append(entry)
    for at, (cell, column) in enumerate(zip(outs, model.outputs, strict=True), len(ins) + 1):
        out = OutputEntry(f"{rule.id}{column.id}", column)
        out.text = dialects.from_condition(_text(cell)) or "None"
        used |= _checked(out.text, f"{place}第{at}列")
        rule.outputEntries.append(out)
    model.rules.append(rule)
    return used


def _checked(text: str, place: str) -> frozenset[str]:
    """The names that an entry uses. Raises InputError that names its place."""
    try:
        return expressions.check(text)
    except expressions.ExpressionError as error:
        raise InputError(str(error), where=place) from error


def _condition(test: str) -> str:
    """The whole condition of an entry with :data:`INPUT` for the column's value: SpiffWorkflow would else
    paste texts together and parse them as Python."""
    whole = dialects.outside_strings(test, lambda piece: piece.replace("?", INPUT))
    if whole != test:
        return whole
    return f"{INPUT} {test}" if test.startswith(("<", ">", "!=", "==")) else f"{INPUT} == ({test})"


def decide(table: DecisionTable, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the table says for ``data``, outside a process (for trying it out)."""
    from .engine import decide_alone

    return decide_alone(table, data)
