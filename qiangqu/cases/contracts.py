"""Contracts of kinds that code follows: which steps, fields and codes of options a version must have so that
the code can go with its cases.

Most kinds are a region's own and no code knows them. A few are followed (a document in review, a supervised
task): the part that follows one ships its files in ``kinds/`` beside the code and declares here what it reads
and writes. A version that breaks the contract is refused when it is saved (:mod:`.check`). Everything that
people see, names of steps, titles of fields and options, time limits and who is told, stays the region's.

The code speaks in codes. A version saved before there were codes has words in their place: ``formerly`` says
which word meant which code, so that its cases go on; :func:`coded` reads both, :func:`worded` writes what the
version at hand takes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qiangqu.base.part import Reference

from .definition import KIND, PROCESS, Definition
from .faults import Faults
from .forms import Form, FormErrors, validated

FREE = "（名称和说明可以随意改，编号、字段名和选项代码不要改）"


@dataclass(frozen=True, slots=True)
class Need:
    """A field that the code reads or writes.

    ``values`` are the codes that the code knows (a region may add others); ``longest`` the length of what it
    writes; ``always`` says of an opening form that the code always fills it in, of a step that its form must
    ask for it. ``formerly`` gives codes for words of versions before codes.
    """

    type: str = "string"
    format: str = ""
    values: tuple[str, ...] = ()
    longest: int = 0
    always: bool = True
    formerly: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Work:
    """A step that the code follows: fields of its form, and who does it where the code relies on that.
    ``optional``: it may be missing.
    """

    fields: Mapping[str, Need] = field(default_factory=dict)
    by: Mapping[str, Any] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """The answer ``value`` to ``field`` of ``step`` leads straight to the step ``to``, and nothing else
    does.
    """

    step: str
    field: str
    value: str
    to: str


@dataclass(frozen=True)
class Contract:
    """What the code of ``part`` (a word for people) asks of every version of the kind ``code``; ``folder``
    holds the files that come with the code.

    ``opening`` are the fields that the code fills in when it opens a case (None: people open it, the code never
    does); ``settings`` what ``kind.yaml`` must say.
    """

    code: str
    part: str
    folder: Path
    opening: Mapping[str, Need] | None
    steps: Mapping[str, Work]
    leads: tuple[Lead, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    def needs(self) -> Iterator[tuple[str, Need]]:
        """Every field with its need."""
        yield from (self.opening or {}).items()
        for work in self.steps.values():
            yield from work.fields.items()


_contracts: dict[str, Contract] = {}


def declare(contract: Contract) -> None:
    """Hold every version of the kind to ``contract`` from now on."""
    _contracts[contract.code] = contract


def join(_kind: str, contract: Reference) -> None:
    """:func:`declare` for the manifest of a part."""
    declare(contract.get())


def declared() -> tuple[Contract, ...]:
    return tuple(_contracts.values())


def contract_of(code: str) -> Contract | None:
    return _contracts.get(code)


# ---------------------------------------------------------------- codes and words


def coded(kind: str, answers: Mapping[str, Any] | None) -> dict[str, Any]:
    """``answers`` in codes, whichever version they were given under."""
    found, contract = dict(answers or {}), _contracts.get(kind)
    for name, need in contract.needs() if contract else ():
        value = found.get(name)
        if isinstance(value, str):
            found[name] = need.formerly.get(value, value)
    return found


def worded(kind: str, form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """``data`` in codes as ``form`` takes it: a form from before codes gets its words. What such a form has
    no word for is left out unless it must be there."""
    found, contract = dict(data), _contracts.get(kind)
    for name, need in (contract.opening or {}).items() if contract else ():
        options = form.fields.get(name, {}).get("enum")
        value = found.get(name)
        if options is None or value is None or value in options:
            continue
        word = next((word for word, code in need.formerly.items() if code == value and word in options), None)
        if word is not None:
            found[name] = word
        elif name not in form.required:
            del found[name]
    return found


# ---------------------------------------------------------------- checking a version


def check(definition: Definition, faults: Faults) -> None:
    """Add to ``faults`` every place where the version does not hold what the code that follows this kind asks
    for.
    """
    contract = _contracts.get(definition.code)
    if contract is None:
        return
    says = f"“{contract.part}”的程序跟着这个事项走"
    for key, value in contract.settings.items():
        got = definition.raw["start"].get(key) if key == "elsewhere" else definition.raw.get(key)
        if got != value:
            place = "start.elsewhere" if key == "elsewhere" else key
            faults.error(KIND, place, f"{says}，这里应写 {place.rpartition('.')[2]}: {_yaml(value)}")
    for name, _need in contract.needs():
        if name in definition.confidential:
            faults.error(KIND, "confidential", f"{says}，要用字段 {name}；请不要列为身份字段")
    if contract.opening is not None:
        _check_opening(contract, contract.opening, definition, faults, says)
    for node, work in contract.steps.items():
        _check_step(node, work, definition, faults, says)


def _yaml(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _check_opening(
    contract: Contract, opening: Mapping[str, Need], definition: Definition, faults: Faults, says: str
) -> None:
    start = definition.raw["start"]["form"]
    if start not in definition.forms:
        return  # said by check
    form = definition.start_form
    file = f"forms/{start}.json"
    before = len(faults.errors)
    for name, need in opening.items():
        if _check_field(file, form, name, need, faults, says) and not need.always and name in form.required:
            faults.error(file, name, f"{says}，发起时不一定有这一项；请从 required 里去掉")
    for name in sorted(form.required - set(opening)):
        faults.error(file, name, f"{says}，发起时不会填这一项；请从 required 里去掉，或放到后面步骤的表单里")
    if len(faults.errors) > before:
        return
    for least in (True, False):  # whatever else a form can refuse: minLength, minimum …
        try:
            validated(form, worded(contract.code, form, _written(opening, least)))
        except FormErrors as error:
            for name, why in error.errors.items():
                faults.error(file, name, f"{says}，它填写的内容这里不接受（{why}）；请放宽这个字段")
            return


def _written(opening: Mapping[str, Need], least: bool) -> dict[str, Any]:
    """What the code may write at the opening: the least, or everything at its longest."""
    out: dict[str, Any] = {}
    for name, need in opening.items():
        if least and not need.always:
            continue
        match need.type:
            case "integer" | "number":
                out[name] = 0
            case "boolean":
                out[name] = True
            case _ if need.values:
                out[name] = need.values[0]
            case _ if need.format == "date":
                out[name] = "2026-12-31"
            case _ if need.format:
                out[name] = "A"
            case _:
                out[name] = "甲" * (1 if least else need.longest or 1)
    return out


def _check_step(node: str, work: Work, definition: Definition, faults: Faults, says: str) -> None:
    found = definition.process.nodes.get(node)
    rule = definition.steps.get(node)
    if found is None or not found.is_task:
        if not work.optional:
            faults.error(
                PROCESS, node, f"{says}，流程图里要有编号为 {node} 的用户任务；请加回来或把编号改回 {node}{FREE}"
            )
        return
    if rule is None:
        return  # said by check
    for way, value in work.by.items():
        if rule.by.get(way) != value:
            faults.error(KIND, f"steps.{node}.by", f"{says}，这一步应由 {{{way}: {_yaml(value)}}} 办；请改回来")
    if not work.fields:
        return
    form = definition.form_of(node)
    if form is None:
        faults.error(
            KIND, f"steps.{node}.form", f"{says}，这一步要有表单，其中有字段 {'、'.join(work.fields)}；请指定表单"
        )
        return
    file = f"forms/{form.name}.json"
    for name, need in work.fields.items():
        if _check_field(file, form, name, need, faults, says) and need.always and name not in form.required:
            faults.error(file, name, f"{says}，这一项必须填写；请列入 required")


def _check_field(file: str, form: Form, name: str, need: Need, faults: Faults, says: str) -> bool:
    """Whether the form has the field as it is needed; adds a fault where it has not."""
    spec = form.fields.get(name)
    if spec is None:
        faults.error(file, name, f"{says}，表单里要有字段 {name}（{_kind(need)}）；请加回来或把字段名改回 {name}{FREE}")
        return False
    if spec["type"] != need.type or spec.get("format", "") != need.format:
        faults.error(file, name, f"{says}，这个字段应是{_kind(need)}；请改回来")
        return False
    options = spec.get("enum")
    if need.values:
        known = {need.formerly.get(one, one) for one in options or ()}
        # an older version may lack what its release did not yet know
        missing = [code for code in need.values if code not in known]
        if options is None or missing:
            faults.error(
                file, name,
                f"{says}，选项里缺少代码 {'、'.join(missing or need.values)}；请加进 enum，给人看的字写在 titles 里",
            )  # fmt: skip
            return False
    elif options is not None:
        faults.error(file, name, f"{says}，这个字段由程序填写，不能是选项；请去掉 enum")
        return False
    if need.longest and options is None and spec.get("maxLength", need.longest) < need.longest:
        faults.error(file, name, f"{says}，这里最长会有 {need.longest} 字；请把 maxLength 改为不小于 {need.longest}")
        return False
    return True


def _kind(need: Need) -> str:
    words = {"string": "文字", "integer": "整数", "number": "数", "boolean": "是否", "array": "多选"}
    shown = words.get(need.type, need.type)
    if need.format:
        shown += f"，format 为 {need.format}"
    return f"{shown}，type 为 {need.type}"


class LeadCheck:
    """Watches a dry run: does each answer lead where the code expects it to?"""

    def __init__(self, definition: Definition) -> None:
        contract = _contracts.get(definition.code)
        self.definition = definition
        self.code = definition.code
        self.leads = contract.leads if contract else ()
        self.part = contract.part if contract else ""

    def after(self, node: str, answers: Mapping[str, Any], opened: set[str], faults: Faults) -> None:
        """A step ``node`` was finished with ``answers``; ``opened`` are the steps that wait since."""
        given = coded(self.code, answers)
        for lead in self.leads:
            right = node == lead.step and given.get(lead.field) == lead.value
            nodes = self.definition.process.nodes
            if lead.to not in nodes or (lead.to in opened) == right:
                continue
            if right:
                said = (
                    f"“{nodes[node].name}”填 {lead.field}={lead.value} 以后应直接到“{nodes[lead.to].name}”（{lead.to}）"
                )
            else:
                said = f"只有“{lead.step}”填 {lead.field}={lead.value} 才能到“{nodes[lead.to].name}”（{lead.to}）"
            fault = f"“{self.part}”的程序跟着这个事项走，{said}；请改连线或条件"
            if not any(one.message == fault for one in faults):
                faults.error(PROCESS, lead.to, fault)
