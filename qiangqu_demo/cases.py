"""Cases of a demonstration as a pack writes them down (``demonstration_cases.yaml``): which kinds, who opens
them when, what each step says.

The script speaks in the words and codes of the pack's own kinds, so it belongs to the pack and is checked
with it. All that it opens is marked 模拟数据.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from jsonschema import Draft202012Validator

from qiangqu.base.packs import Finding, Pack
from qiangqu.cases import acts, timers
from qiangqu.cases.definition import Definition
from qiangqu.cases.forms import FormErrors, validated
from qiangqu.cases.models import Case
from qiangqu.cases.people import colleagues
from qiangqu.registry.models import Area, Role, User

FILE = "demonstration_cases.yaml"
_PLACE = re.compile(r"\{(zone|zone_code|day:-?\d{1,5}|number:[a-z]{1,20})\}")
_DAYS = {"type": "number", "minimum": 0, "maximum": 3650}
_STEP = {
    "oneOf": [
        {
            "type": "object",
            "required": ["node", "ago"],
            "additionalProperties": False,
            "properties": {
                "node": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1},
                "ago": _DAYS,
                "data": {"type": "object"},
                "if_open": {"type": "boolean"},
            },
        },
        {"type": "object", "required": ["timers"], "additionalProperties": False, "properties": {"timers": _DAYS}},
    ]
}
SCHEMA = {
    "type": "array",
    "maxItems": 200,
    "items": {
        "type": "object",
        "required": ["kind", "opened", "by", "data"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z]{1,20}$"},
            "kind": {"type": "string"},
            "opened": _DAYS,
            "by": {"enum": ["clerk", "applicant", "public"]},
            "data": {"type": "object"},
            "steps": {"type": "array", "maxItems": 60, "items": _STEP},
        },
    },
}


def check(pack: Pack, kinds: Mapping[str, Definition]) -> list[Finding]:
    """Where the script does not fit the pack's ``kinds``: steps and answers that they do not have."""
    if not pack.has(FILE):
        return []
    script = pack.yaml(FILE)
    wrong = next(iter(Draft202012Validator(SCHEMA).iter_errors(script)), None)
    if wrong is not None:
        return [Finding("error", FILE, ".".join(map(str, wrong.absolute_path)), f"写法不对：{wrong.message[:200]}")]
    found: list[Finding] = []
    for at, entry in enumerate(script, 1):
        kind = kinds.get(entry["kind"])
        if kind is None:
            found.append(Finding("error", FILE, f"第{at}件", f"数据包里没有事项 {entry['kind']}"))
            continue
        found += _unfit(kind.start_form, entry["data"], f"第{at}件 data")
        for step in entry.get("steps", ()):
            nodes = [step["node"]] if isinstance(step.get("node"), str) else step.get("node", [])
            for node in nodes:
                if node not in kind.steps:
                    found.append(Finding("error", FILE, f"第{at}件", f"事项 {kind.code} 没有步骤 {node}"))
                elif (form := kind.form_of(node)) is not None:
                    found += _unfit(form, step.get("data", {}), f"第{at}件 {node}")
    return found


def _unfit(form: Any, data: Mapping[str, Any], place: str) -> list[Finding]:
    plain = {key: _filled(value, "园区", "A", timezone.localdate(), {}) for key, value in data.items()}
    try:
        validated(form, plain)
    except FormErrors as error:
        return [Finding("error", FILE, place, str(error))]
    return []


def _filled(value: Any, zone: str, code: str, day: dt.date, numbers: Mapping[str, str]) -> Any:
    """A text of the script with its places filled."""
    if not isinstance(value, str):
        return value

    def fill(found: re.Match[str]) -> str:
        word, _colon, rest = found.group(1).partition(":")
        match word:
            case "zone":
                return zone
            case "zone_code":
                return code
            case "day":
                return (day + dt.timedelta(days=int(rest))).isoformat()
            case _:
                return numbers.get(rest, "A-2026-0001")

    return _PLACE.sub(fill, value)


def play(pack: Pack, zone: Area) -> int:
    """Open the script's cases about ``zone`` and do their steps, each at its moment in the past, unless there
    are cases already. Returns how many there are then."""
    clerk = User.objects.posted(role=Role.ZONE, area=zone).order_by("pk").first()
    applicant = User.objects.posted(role=Role.ENTERPRISE, organisation__area=zone).order_by("pk").first()
    if not pack.has(FILE) or Case.objects.exists() or clerk is None or applicant is None:
        return 0
    now, numbers = timezone.now(), dict[str, str]()

    def ago(days: float) -> dt.datetime:
        return now - dt.timedelta(days=days)

    def filled(data: Mapping[str, Any]) -> dict[str, Any]:
        today = timezone.localdate(now)
        return {key: _filled(value, zone.short_name, zone.code, today, numbers) for key, value in data.items()}

    for entry in pack.yaml(FILE):
        by = {"clerk": clerk, "applicant": applicant, "public": None}[entry["by"]]
        data, at = filled(entry["data"]), ago(entry["opened"])
        case = acts.open_case(entry["kind"], data, area=zone, user=by, simulated=True, now=at).case
        if "name" in entry:
            numbers[entry["name"]] = case.number
        for step in entry.get("steps", ()):
            if "timers" in step:
                timers.work_off_due_timers(ago(step["timers"]))
            else:
                _do(case, step, filled(step.get("data", {})), ago(step["ago"]))
    timers.work_off_due_timers(now)
    timers.refresh_lights(now)
    return Case.objects.count()


def _do(case: Case, step: Mapping[str, Any], data: Mapping[str, Any], at: dt.datetime) -> None:
    nodes = [step["node"]] if isinstance(step["node"], str) else step["node"]
    if step.get("if_open") and not case.steps.filter(node__in=nodes, status="open").exists():
        return
    finish(case, nodes, data, at)


def finish(case: Case, nodes: list[str], data: Mapping[str, Any], at: dt.datetime) -> None:
    """The one open step of ``nodes`` is done by the one who has it, or by the first at its desk."""
    step = case.steps.filter(node__in=nodes, status="open").select_related("assignee", "desk_organisation").get()
    person = step.assignee or colleagues(step).order_by("pk").first()
    acts.finish_step(case, step.pk, data, person, now=at, public=step.for_public)
