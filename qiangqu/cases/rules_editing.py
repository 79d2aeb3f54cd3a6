"""The rules of a kind as fields: who does each step, with which form, by when. What people choose in them is written
into ``kind.yaml``; what has no field there (and a file in which nothing was chosen anew) stays as it is written.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.packs import read_yaml
from qiangqu.registry.models import AreaLevel, Role

from .definition import KIND, PROCESS, ROLES
from .faults import Faults
from .process import read_process

#: how the names of the fields begin
FIELD = "rule:"
LEVELS = ("region", "city", "zone")
#: who does a step, where it is no role: chosen alone
OTHERS = ("starter", "public")


@dataclass(slots=True)
class Step:
    """One step as fields. ``who`` is "role", one of :data:`OTHERS`, or "" for what only the text can say
    (``told``).
    """

    code: str
    title: str
    who: str = "role"
    told: str = ""
    roles: list[str] = field(default_factory=list)
    level: str = ""
    form: str = ""
    limit_days: str = ""
    remind_days: str = ""
    escalate: list[str] = field(default_factory=list)
    letter: str = ""
    may_return: bool = True
    may_delegate: bool = True


@dataclass(slots=True)
class Rules:
    """The rules as fields; ``forms`` and ``letters`` are what can be chosen."""

    name: str
    prefix: str
    summary: str
    basis: str
    limit_days: str
    start_form: str
    start_roles: list[str]
    withdraw: bool
    restricted: bool
    steps: list[Step]
    forms: list[tuple[str, str]]
    letters: list[tuple[str, str]]


def role_words() -> list[tuple[str, str]]:
    return [(code, str(Role(code).label)) for code in ROLES]


def level_words() -> list[tuple[str, str]]:
    return [("", _("不限")), *((code, str(AreaLevel(code).label)) for code in LEVELS)]


def rules_of(files: Mapping[str, str]) -> Rules | None:
    """The rules in the files of a kind; None when ``kind.yaml`` cannot be read as such."""
    try:
        raw = read_yaml(files.get(KIND, ""), KIND)
    except InputError:
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("steps") or {}, dict):
        return None
    start: dict[str, Any] = raw["start"] if isinstance(raw.get("start"), dict) else {}
    letters = {str(code): one for code, one in raw["letters"].items()} if isinstance(raw.get("letters"), dict) else {}
    steps = raw.get("steps") or {}
    titles = _titles(files, set(map(str, steps)))
    return Rules(
        name=_text(raw, "name"), prefix=_text(raw, "prefix"), summary=_text(raw, "summary"), basis=_text(raw, "basis"),
        limit_days=_text(raw, "limit_days"), start_form=_text(start, "form"), start_roles=_names(start.get("roles")),
        withdraw=bool(raw.get("withdraw", True)), restricted=bool(raw.get("restricted", False)),
        steps=[_step(str(code), titles.get(str(code), str(code)), steps.get(code)) for code in {**titles, **steps}],
        forms=[(one, _form_title(files[f"forms/{one}.json"], one)) for one in _stems(files, "forms/")],
        letters=[(one, _letter_title(letters.get(one), one)) for one in sorted({*letters, *_stems(files, "letters/")})],
    )  # fmt: skip


def _titles(files: Mapping[str, str], steps: set[str]) -> dict[str, str]:
    """What people do in the process, in the order of the drawing: id and name."""
    try:
        process = read_process(files.get(PROCESS, ""), PROCESS, Faults(), steps)
    except InputError:
        return {}
    if process is None:
        return {}
    return {one.id: one.name or one.id for one in process.nodes.values() if one.kind == "userTask"}


def _stems(files: Iterable[str], folder: str) -> list[str]:
    return sorted(name.removeprefix(folder).rpartition(".")[0] for name in files if name.startswith(folder))


def _form_title(text: str, code: str) -> str:
    try:
        raw = json.loads(text)
    except ValueError:
        return code
    title = raw.get("title") if isinstance(raw, dict) else None
    return f"{title}（{code}）" if isinstance(title, str) and title else code


def _letter_title(rule: Any, code: str) -> str:
    title = rule.get("title") if isinstance(rule, dict) else rule
    return f"{title}（{code}）" if isinstance(title, str) and title else code


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    return "" if value is None else str(value)


def _names(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _step(code: str, title: str, raw: Any) -> Step:
    rule: dict[str, Any] = raw if isinstance(raw, dict) else {}
    by: dict[str, Any] = rule["by"] if isinstance(rule.get("by"), dict) else {}
    keys = set(by)
    who = next((one for one in OTHERS if keys == {one}), "role" if keys <= {"role", "level"} else "")
    return Step(
        code, title, who, "" if who else "，".join(f"{key}: {value}" for key, value in by.items()),
        roles=_names(by.get("role")), level=_text(by, "level"), form=_text(rule, "form"),
        limit_days=_text(rule, "limit_days"), remind_days=_text(rule, "remind_days"),
        escalate=_names(rule.get("escalate")), letter=_text(rule, "letter"),
        may_return=bool(rule.get("return", True)), may_delegate=bool(rule.get("delegate", True)),
    )  # fmt: skip


# ---------------------------------------------------------------- writing


def written(files: Mapping[str, str], post: Any) -> dict[str, str]:
    """The files with what was chosen in the fields. Fields that say what they said when the page was opened (they
    come along as ``was:…``) change nothing, so that a text that was edited beside them stands. Raises InputError for
    a number that is none.
    """
    changed = {key.removeprefix(FIELD) for key in post if key.startswith(FIELD)}
    changed |= {key.removeprefix("was:") for key in post if key.startswith("was:")}
    order = sorted(changed, key=lambda name: (not name.endswith(".who"), name))
    fields = {name: post.getlist(FIELD + name) for name in order if not _as_before(post, name)}
    raw = read_yaml(files.get(KIND, ""), KIND) if fields else None
    if not isinstance(raw, dict):
        return dict(files)
    for name, values in fields.items():
        _put(raw, name.split("."), [one.strip() for one in values if one.strip()])
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110)
    return {**files, KIND: text}


def _as_before(post: Any, name: str) -> bool:
    now, before = post.getlist(FIELD + name), post.get("was:" + name, "")
    return ",".join(now) == before or sorted(now) == sorted(before.split(","))


def _put(raw: dict[str, Any], path: list[str], values: list[str]) -> None:
    """One field into the rules."""
    name, value = path[-1], values[0] if values else ""
    if path[0] == "steps" and len(path) == 3:
        rules = raw.setdefault("steps", {})
        rule = rules.setdefault(path[1], {"by": {"role": []}})
        if name in ("who", "roles", "level"):
            _who(rule, name, values)
            return
        target, name = rule, {"may_return": "return", "may_delegate": "delegate"}.get(name, name)
    elif path[0] == "start" and len(path) == 2:
        target = raw.setdefault("start", {})
    else:
        target = raw
    if name in ("return", "delegate", "withdraw", "restricted"):
        target[name] = bool(value)
    elif name in ("roles", "escalate"):
        _set(target, name, _in_order(target.get(name), values))
    elif name in ("limit_days", "remind_days"):
        _set(target, name, _number(value, name))
    elif name in ("name", "prefix", "summary", "basis", "form", "letter"):
        _set(target, name, value)


def _who(rule: dict[str, Any], name: str, values: list[str]) -> None:
    by = rule.setdefault("by", {})
    if name == "who":
        kept = {key: by[key] for key in ("role", "level") if key in by}
        rule["by"] = {values[0]: True} if values and values[0] in OTHERS else kept
    elif not set(by) & set(OTHERS):
        if name == "roles":
            _set(by, "role", _in_order(by.get("role"), values))
        else:
            _set(by, "level", "".join(values))


def _in_order(before: Any, chosen: list[str]) -> list[str]:
    """The chosen roles, those that there were in their order: the first that is staffed gets the step."""
    kept = [one for one in _names(before) if one in chosen]
    return [*kept, *(one for one in chosen if one not in kept)]


def _set(target: dict[str, Any], name: str, value: Any) -> None:
    """An empty field is not written at all."""
    if value in ("", [], None):
        target.pop(name, None)
    else:
        target[name] = value


def _number(text: str, name: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InputError(_("“%(text)s”不是天数，请填整数") % {"text": text[:20]}, where=name)
    return int(text)
