"""Alarm rules from a file: written down as data, loaded into an area, switched off until a person has tried
them.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.registry import audit
from qiangqu.registry.models import Area

from .models import AlarmRule

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "alarm_rules.yaml"
FIELDS = (
    "code", "name", "condition", "clear_condition", "limit", "factors", "intervals", "statistics", "devices", "severity", "delay_on",
    "delay_off", "grouping", "notify", "escalation", "note",
)  # fmt: skip
MAX_RULES = 1000
MAX_BYTES = 2 * 1024 * 1024


def read_rules(path: Path) -> list[dict[str, Any]]:
    """The rules of a YAML file (a list of mappings with :data:`FIELDS`). Raises InputError that names the
    rule and field.
    """
    if path.stat().st_size > MAX_BYTES:
        raise InputError("规则文件超过 2 MB", where=path.name)
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError("不是可读的 YAML（UTF-8）", where=path.name) from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError("应是规则的列表，每条规则以 - code: 开头", where=path.name)
    if len(found) > MAX_RULES:
        raise InputError(f"一次最多 {MAX_RULES} 条规则", where=path.name)
    for number, one in enumerate(found, 1):
        unknown = [str(name) for name in one if name not in FIELDS]
        if unknown:
            raise InputError(f"没有字段 {'、'.join(unknown)[:80]}", where=f"{path.name} 第{number}条")
    return found


def load_rules(path: Path, area: Area, enabled: bool = False, since: dt.date | None = None) -> tuple[int, int]:
    """Make or change the rules of a file in ``area``, all or none; gives how many are new and how many were
    there.

    New rules are switched off unless ``enabled`` and valid from ``since`` (default: today); whether a rule
    that exists is on stays as it is. ``{area}`` in a code stands for the area's.
    """
    new = old = 0
    with transaction.atomic():
        for number, given in enumerate(read_rules(path), 1):
            values = {name: value for name, value in given.items() if value is not None}
            code = str(values.pop("code", "")).replace("{area}", area.code)
            rule = AlarmRule.objects.filter(code=code).first()
            if rule is None:
                rule = AlarmRule(code=code, enabled=enabled, valid_from=since or timezone.localdate())
                new += 1
            else:
                old += 1
            rule.area = area
            for name, value in values.items():
                setattr(rule, name, value)
            try:
                rule.full_clean()
            except ValidationError as error:
                field, messages = next(iter(error.message_dict.items()))
                raise InputError(messages[0], where=f"{path.name} 第{number}条 {field}") from error
            rule.save()
        audit.record(
            None, "alarm_rules_loaded", object_type="alarmrule", object_id=path.name, area_path=area.path,
            detail={"new": new, "old": old},
        )  # fmt: skip
    return new, old
