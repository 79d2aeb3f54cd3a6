"""The columns of a register's import template: how each is filled in, what can be chosen, and an example."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible

from ..spreadsheets import Asked
from .declare import Register
from .forms import reference_text
from .listing import DASH, shown_value

#: references of which a template offers all; more are typed by code or name
MOST_REFERENCES = 300


def columns(register: Register, user: Any) -> list[Asked]:
    """The columns of the register's import, with an example taken from a record that the user sees."""
    relations = [name for name in register.form_fields if register.model_field(name).is_relation]
    rows = register.model._default_manager.select_related(*relations) if relations else register.model._default_manager
    sample = visible(rows.all(), user, register.action_edit).order_by("pk").first()
    return [_column(register, name, user, sample) for name in register.import_names]


def _column(register: Register, name: str, user: Any, sample: Any) -> Asked:
    if name in register.secrets:
        return Asked(register.label(name), _("留空表示不改；填写后不再显示。"), width=18)
    field = register.model_field(name)
    must = not (field.blank or field.has_default()) or (name in register.key and not field.blank)
    choices, how = _choices(register, field, user), _how(register, field)
    told = " ".join(text for text in (str(field.help_text or ""), how) if text)
    return Asked(
        register.label(name), told, must, choices, _example(register, field, sample), 28 if field.is_relation else 16
    )


def _choices(register: Register, field: Any, user: Any) -> list[str]:
    if field.is_relation:
        rows = list(visible(field.related_model._default_manager.all(), user)[: MOST_REFERENCES + 1])
        return [reference_text(row) for row in rows] if len(rows) <= MOST_REFERENCES else []
    if field.choices:
        return [str(label) for value, label in field.flatchoices if value not in ("", None)]
    return [_("是"), _("否")] if isinstance(field, models.BooleanField) else []


def _how(register: Register, field: Any) -> str:
    if field.name in register.key:
        return _("用它认出一条记录：已有的修改，没有的新增。")
    if field.is_relation:
        return _("填代码、名称（代码），或不重名的名称。")
    if field.choices or isinstance(field, models.BooleanField):
        return _("从下拉里选。")
    if isinstance(field, models.DateField):
        return _("日期，如 2026-03-01。")
    if isinstance(field, (models.IntegerField, models.FloatField, models.DecimalField)):
        unit = register.units.get(field.name)
        return _("数字，单位%(unit)s。") % {"unit": unit} if unit else _("数字。")
    most = getattr(field, "max_length", None)
    return _("文字，不超过 %(n)s 字。") % {"n": most} if most else ""


def _example(register: Register, field: Any, sample: Any) -> str:
    if sample is not None:
        if field.is_relation:
            found = getattr(sample, field.name)
            return reference_text(found) if found is not None else ""
        text = shown_value(sample, field, register)
        return "" if text == DASH else text
    return timezone.localdate().isoformat() if isinstance(field, models.DateField) else ""
