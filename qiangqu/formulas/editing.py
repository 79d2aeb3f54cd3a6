"""Defining indicators: checked and tried before they are saved, every change in the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import in_subtree
from qiangqu.facts import subjects
from qiangqu.registry import audit
from qiangqu.registry.models import Area
from qiangqu.registry.subjects import AREA

from . import each
from .catalog import IndicatorInfo, from_database
from .check import CheckedFormula, check_formula
from .evaluate import Value, evaluate
from .models import Direction, Indicator
from .refresh import refresh

FIELDS = ("name", "unit", "decimals", "direction", "subject", "formula", "description", "source")


@dataclass(frozen=True)
class Trial:
    """A formula that was checked, and its values now."""

    checked: CheckedFormula
    values: tuple[Value, ...]


def try_formula(
    text: str,
    *,
    unit: str,
    code: str,
    name: str,
    area: Area,
    subject: str = AREA.code,
    years: int = 3,
    viewer: Any = None,
) -> Trial:
    """Check a formula and compute the last years of ``area`` and the areas right below it, or of some records
    of ``subject`` there that ``viewer`` (None: everybody) sees, without saving anything.

    Raises InputError with a sentence that names what is wrong.
    """
    checked = check_formula(text, unit=unit, code=code, name=name, subject=subject)
    catalog = from_database().with_indicator(IndicatorInfo(code, name or code, unit, text, subject))
    today = timezone.localdate()
    if each.of_areas(subject):
        areas = [area.code, *Area.objects.filter(parent=area).order_by("code").values_list("code", flat=True)[:30]]
    else:
        declared = subjects.by_code(subject)
        column, _name = each.shown_columns(declared)
        rows = in_subtree(each.seen_records(declared, viewer), area.path)
        areas = list(rows.order_by(column).values_list(column, flat=True)[:10])
    periods = [str(year) for year in range(today.year - years, today.year + 1)]
    values = evaluate([code], areas, periods, catalog=catalog)
    return Trial(checked, tuple(values))


def save(data: Mapping[str, Any], *, user: Any, indicator: Indicator | None = None) -> Indicator:
    """Create or change an indicator; its values and those of what rests on it are computed before this
    returns.

    Raises InputError for a formula that cannot be computed, ConflictError when the code is taken.
    """
    code = indicator.code if indicator else str(data["code"])
    if indicator is None and Indicator.objects.filter(code=code).exists():
        raise ConflictError(_("已有代码为 %(code)s 的指标") % {"code": code}, where="code")
    subject = str(data.get("subject") or AREA.code)
    data = {**data, "subject": subject}
    check_formula(str(data["formula"]), unit=str(data["unit"]), code=code, name=str(data["name"]), subject=subject)
    with transaction.atomic():
        one = indicator or Indicator(code=code, order=10_000)
        before = {name: getattr(one, name) for name in FIELDS} if indicator else {}
        for name in FIELDS:
            setattr(one, name, data[name])
        changed = {
            name: [before.get(name), getattr(one, name)] for name in FIELDS if before.get(name) != getattr(one, name)
        }
        if not changed:
            return one
        one.save()
        audit.record(
            user,
            "indicator_changed" if indicator else "indicator_created",
            object_type="indicator",
            object_id=one.pk,
            area_path=getattr(user, "home_path", "") or "",
            detail={"code": code, "changes": changed},
        )
    if {"formula", "unit", "subject"} & set(changed):
        refresh()
    return one


def changes(indicator: Indicator, count: int = 20) -> list[tuple[Any, list[tuple[str, str, str]]]]:
    """Audit entries about the indicator, newest first, each with what changed: the field's name, the old and
    the new value, in words.
    """
    from qiangqu.registry.models import AuditEntry

    entries = AuditEntry.objects.filter(object_type="indicator", object_id=str(indicator.pk)).select_related("user")
    return [
        (entry, [(_label(name), _word(name, old), _word(name, new)) for name, (old, new) in _changed(entry).items()])
        for entry in entries.order_by("-id")[:count]
    ]


def _changed(entry: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = entry.detail.get("changes", {})
    return found


def _label(name: str) -> str:
    return str(getattr(Indicator._meta.get_field(name), "verbose_name", name)) if name in FIELDS else name


def _word(name: str, value: Any) -> str:
    if value in (None, ""):
        return "—"
    return str(dict(Direction.choices).get(value, value)) if name == "direction" else str(value)


def checked_code(text: str) -> str:
    """A code for a new indicator: Latin letters, digits and underscores, a letter first. Raises
    InputError.
    """
    code = text.strip()
    if not code.isascii() or not code.isidentifier() or len(code) > 80:
        raise InputError(_("代码只能用英文字母、数字和下划线，以字母开头，不超过 80 个字符"), where="code")
    return code
