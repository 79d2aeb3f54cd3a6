"""A case kind 事项种类: a folder of files (process, forms, decision tables, letters, rules) read into plain
data.

``kind.yaml`` says who may open a case, who does each step and by when; :data:`KIND_SCHEMA` is its shape.
Adding a kind needs no Python.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from qiangqu.base.errors import InputError
from qiangqu.base.packs import read_yaml

from . import expressions
from .decisions import DecisionTable, read_table
from .faults import Faults
from .forms import Form, read_form
from .process import Process, read_process

KIND, PROCESS = "kind.yaml", "process.bpmn"
MAX_FILES = 60
MAX_TOTAL = 4 * 1024 * 1024
FILE_NAME = re.compile(
    r"(kind\.yaml|process\.bpmn|forms/[a-z0-9_]{1,40}\.json|letters/[a-z0-9_]{1,40}\.txt|decisions/[a-z0-9_]{1,40}\.dmn)\Z"
)
ROLES = ["leader", "planner", "bureau", "zone", "inspector", "enterprise", "admin"]
_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_NAME = {"type": "string", "pattern": r"^[a-z][a-z0-9_]{0,39}$"}
_DAYS = {"type": "integer", "minimum": 1, "maximum": 1000}
_ROLES = {"type": "array", "items": {"enum": ROLES}, "minItems": 1, "uniqueItems": True}
_WHO = {
    "type": "object",
    "properties": {
        "role": _ROLES,
        "level": {"enum": ["region", "city", "zone"]},
        "starter": {"const": True},
        "public": {"const": True},
        "same_as": {"type": "string", "maxLength": 120},
        "organisation": _NAME,
        "user": _NAME,
    },
    "additionalProperties": False,
    "minProperties": 1,
}
KIND_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["code", "name", "prefix", "start", "steps"],
    "additionalProperties": False,
    "properties": {
        "code": _NAME,
        "name": {**_TEXT, "maxLength": 40},
        "prefix": {"type": "string", "pattern": "^[A-Z]{1,6}$"},
        "summary": _TEXT,
        "basis": {**_TEXT, "maxLength": 300},
        "limit_days": _DAYS,
        "due_field": _NAME,
        "title_field": _NAME,
        "area_field": _NAME,
        "withdraw": {"type": "boolean"},
        "restricted": {"type": "boolean"},
        "start": {
            "type": "object",
            "required": ["form"],
            "additionalProperties": False,
            "properties": {
                "form": _NAME,
                "roles": _ROLES,
                "public": {"type": "boolean"},
                "elsewhere": {"type": "boolean"},
            },
        },
        "steps": {
            "type": "object",
            "maxProperties": 200,
            "additionalProperties": {
                "type": "object",
                "required": ["by"],
                "additionalProperties": False,
                "properties": {
                    "by": _WHO,
                    "form": _NAME,
                    "limit_days": _DAYS,
                    "remind_days": {"type": "integer", "minimum": 0, "maximum": 100},
                    "escalate": _ROLES,
                    "return": {"type": "boolean"},
                    "delegate": {"type": "boolean"},
                    "letter": _NAME,
                },
            },
        },
        "decisions": {"type": "object", "maxProperties": 50, "additionalProperties": _NAME},
        "lights": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"red": {**_TEXT, "maxLength": 500}, "yellow": {**_TEXT, "maxLength": 500}},
        },
        "confidential": {"type": "array", "items": _NAME, "maxItems": 20},
        "public_fields": {"type": "array", "items": _NAME, "maxItems": 20},
        "letters": {
            "type": "object",
            "maxProperties": 20,
            "additionalProperties": {
                "type": ["string", "object"],
                "minLength": 1,
                "maxLength": 200,
                "required": ["title"],
                "additionalProperties": False,
                "properties": {
                    "title": _TEXT,
                    "opening": {"type": "boolean"},
                    "steps": {"type": "array", "items": {"type": "string", "maxLength": 120}, "maxItems": 20},
                    "when": {**_TEXT, "maxLength": 500},
                },
            },
        },
        "shared": {"type": "array", "items": _NAME, "maxItems": 60},
    },
}


@dataclass(frozen=True, slots=True)
class StepRule:
    """Who does a step and by when. ``limit_days`` and ``remind_days`` are working days, no reminder with 0;
    ``escalate`` the roles told when it is overdue.
    """

    by: Mapping[str, Any]
    form: str = ""
    limit_days: int | None = None
    remind_days: int = 1
    escalate: tuple[str, ...] = ()
    may_return: bool = True
    may_delegate: bool = True
    letter: str = ""


@dataclass(frozen=True, slots=True)
class LetterRule:
    """When a letter is issued: when one of ``steps`` ends (or the case is opened), if ``when`` holds (""
    always).
    """

    title: str
    steps: frozenset[str] = frozenset()
    opening: bool = False
    when: str = ""


@dataclass(frozen=True)
class Definition:
    """Everything a version of a kind consists of, checked one by one (:mod:`.check` checks how they fit
    together).
    """

    code: str
    name: str
    prefix: str
    raw: Mapping[str, Any]
    process: Process
    forms: Mapping[str, Form]
    tables: Mapping[str, DecisionTable]
    letters: Mapping[str, str]
    steps: Mapping[str, StepRule] = field(default_factory=dict)

    @property
    def start_form(self) -> Form:
        return self.forms[self.raw["start"]["form"]]

    @property
    def start_roles(self) -> frozenset[str]:
        return frozenset(self.raw["start"].get("roles", ()))

    @property
    def public(self) -> bool:
        return bool(self.raw["start"].get("public"))

    @property
    def elsewhere(self) -> bool:
        """Whether such cases are opened from a record of another part only (a document), not from the list of
        kinds.
        """
        return bool(self.raw["start"].get("elsewhere"))

    @property
    def confidential(self) -> tuple[str, ...]:
        return tuple(self.raw.get("confidential", ()))

    @cached_property
    def letter_rules(self) -> dict[str, LetterRule]:
        """Of every letter; one with neither step nor opening is never issued."""
        found = {}
        for name in self.letters:
            raw = self.raw.get("letters", {}).get(name, name)
            said = raw if isinstance(raw, dict) else {"title": raw}
            steps = {*said.get("steps", ()), *(key for key, rule in self.steps.items() if rule.letter == name)}
            found[name] = LetterRule(said["title"], frozenset(steps), said.get("opening", False), said.get("when", ""))
        return found

    def form_of(self, step: str) -> Form | None:
        rule = self.steps.get(step)
        return self.forms.get(rule.form) if rule and rule.form else None


def read_folder(folder: Path) -> dict[str, str]:
    """The files of a kind's folder by name. Raises InputError for names and sizes that no kind has."""
    files: dict[str, str] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.name.startswith(".") or path.name.upper().startswith("README"):
            continue
        if path.is_symlink() or folder.resolve() not in path.resolve().parents:
            raise InputError("文件指向文件夹之外", where=name)
        if path.stat().st_size > MAX_TOTAL:
            raise InputError(f"文件超过 {MAX_TOTAL // 1024 // 1024} MB", where=name)
        try:
            files[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InputError("不是 UTF-8 文本", where=name) from error
    return files


def read_definition(files: Mapping[str, str], faults: Faults, strict: bool = False) -> Definition | None:
    """The definition in ``files``; faults of single files are added to ``faults``. None when too little could
    be read to go on.

    ``strict`` for files that are to be saved: what an older release let in goes on running, but does not come
    in again.
    """
    if not _names_fit(files, faults):
        return None
    raw = _read_rules(files, faults)
    forms = _each(files, "forms/", ".json", partial(read_form, strict=strict), faults)
    tables = _each(files, "decisions/", ".dmn", read_table, faults)
    letters = {_stem(name): text for name, text in files.items() if name.startswith("letters/")}
    decisions = raw.get("decisions", {}) if isinstance(raw, dict) else {}
    process: Process | None = None
    if PROCESS in files:
        try:
            process = read_process(files[PROCESS], PROCESS, faults, set((raw or {}).get("steps", {})), decisions)
        except InputError as error:
            faults.error(PROCESS, "", str(error).removeprefix(f"{PROCESS}："))
    else:
        faults.error(PROCESS, "", "缺少流程文件")
    if raw is None or process is None:
        return None
    steps = {str(key): _rule(value) for key, value in raw["steps"].items()}
    return Definition(raw["code"], raw["name"], raw["prefix"], raw, process, forms, tables, letters, steps)


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _names_fit(files: Mapping[str, str], faults: Faults) -> bool:
    if len(files) > MAX_FILES:
        faults.error("", "", f"文件超过 {MAX_FILES} 个")
        return False
    if sum(len(text) for text in files.values()) > MAX_TOTAL:
        faults.error("", "", f"文件合计超过 {MAX_TOTAL // 1024 // 1024} MB")
        return False
    for name in files:
        if not FILE_NAME.match(name):
            faults.error(
                str(name)[:80],
                "",
                "不认识的文件；应是 kind.yaml、process.bpmn、forms/*.json、decisions/*.dmn 或 letters/*.txt",
            )
    return True


def _read_rules(files: Mapping[str, str], faults: Faults) -> dict[str, Any] | None:
    if KIND not in files:
        faults.error(KIND, "", "缺少规则文件")
        return None
    try:
        raw = read_yaml(files[KIND], KIND)
    except InputError as error:
        faults.error(KIND, "", error.message)
        return None
    problems = sorted(Draft202012Validator(KIND_SCHEMA).iter_errors(raw), key=lambda e: list(map(str, e.absolute_path)))
    for problem in problems[:30]:
        faults.error(KIND, ".".join(map(str, problem.absolute_path)), _yaml_sentence(problem))
    return None if problems else raw


def _yaml_sentence(problem: Any) -> str:
    match problem.validator:
        case "required":
            missing = [name for name in problem.validator_value if name not in problem.instance]
            return f"缺少 {'、'.join(missing)}"
        case "additionalProperties":
            known = problem.schema.get("properties", {})
            return f"不认识的内容 {'、'.join(str(k) for k in problem.instance if k not in known)[:80]}"
        case "enum":
            return f"只能是 {'、'.join(map(str, problem.validator_value))}"
        case "type":
            return f"类型不对，应是 {problem.validator_value}"
        case "pattern":
            return "写法不对：代码用小写字母、数字和下划线，编号前缀用 1—6 个大写字母"
        case _:
            return f"不合要求（{problem.validator} {str(problem.validator_value)[:60]}）"


def _each(files: Mapping[str, str], start: str, suffix: str, read: Any, faults: Faults) -> dict[str, Any]:
    found = {}
    for name, text in files.items():
        if name.startswith(start) and name.endswith(suffix):
            try:
                found[_stem(name)] = read(text, _stem(name))
            except InputError as error:
                faults.error(name, error.where.removeprefix(name).strip(), error.message)
    return found


def _rule(value: Mapping[str, Any]) -> StepRule:
    return StepRule(
        by=dict(value["by"]),
        form=value.get("form", ""),
        limit_days=value.get("limit_days"),
        remind_days=value.get("remind_days", 1),
        escalate=tuple(value.get("escalate", ())),
        may_return=value.get("return", True),
        may_delegate=value.get("delegate", True),
        letter=value.get("letter", ""),
    )


def names_of(text: str) -> frozenset[str]:
    """The data names that an expression uses (raises like :func:`qiangqu.cases.expressions.check`)."""
    return expressions.check(text)
