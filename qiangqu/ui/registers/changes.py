"""What happened to a record and what refers to it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible

from ..hooks import hooks
from .declare import Register, of_model
from .listing import shown_value

MAX_VERSIONS = 100
MAX_SHOWN = 8


@dataclass(slots=True)
class Change:
    """One field of one version: label, text before, text after."""

    label: str
    old: str
    new: str


@dataclass(slots=True)
class Version:
    """One stored version: from which day it holds, when and by whom it was entered, what it changed."""

    day: dt.date
    recorded_at: dt.datetime
    who: str
    kind: str
    changes: list[Change] = field(default_factory=list)


def _compared(model: type[models.Model]) -> list[Any]:
    return [f for f in model._meta.concrete_fields if not f.primary_key and f.name not in ("simulated", "path")]


def history(register: Register, pk: int) -> list[Version]:
    """Versions of a record, newest first, each with what it changed against the one before."""
    fields = _compared(register.model)
    relations = [f.name for f in fields if f.is_relation]
    rows = register.model.history.filter(id=pk).select_related("history_user", *relations)  # type: ignore[attr-defined]
    rows = list(rows.order_by("-history_date", "-history_id")[: MAX_VERSIONS + 1])
    kinds = {"+": _("新建"), "~": _("修改"), "-": _("删除")}
    versions = []
    for at, row in enumerate(rows[:MAX_VERSIONS]):
        before = rows[at + 1] if at + 1 < len(rows) else None
        version = Version(
            timezone.localtime(row.history_date).date(),
            row.recorded_at,
            str(row.history_user or _("系统")),
            kinds[row.history_type],
        )
        if before is not None:
            version.changes = [
                Change(register.label(f.name), shown_value(before, f, register), shown_value(row, f, register))
                for f in fields
                if getattr(before, f.attname) != getattr(row, f.attname)
            ]
        versions.append(version)
    return versions


def differences(register: Register, before: dict[str, Any], record: models.Model) -> dict[str, list[str]]:
    """For the audit trail: {field: [old, new]} of what a save changed; ``before`` is :func:`values_of` the
    record before.
    """
    after = values_of(register, record)
    return {name: [str(before.get(name, "")), str(after[name])] for name in after if before.get(name) != after[name]}


def values_of(register: Register, record: models.Model) -> dict[str, Any]:
    """What can be entered of a record, by field."""
    fields = (register.model_field(name) for name in register.form_fields)
    return {f.name: f.value_from_object(record) for f in fields if f.concrete and not f.many_to_many}


@dataclass(slots=True)
class Reference:
    """Records of another register that refer to this one: how many, the first ones, and the list of all."""

    title: str
    count: int
    links: list[tuple[str, str]]
    more_url: str | None


def references(register: Register, record: models.Model, user: Any) -> list[Reference]:
    """What refers to ``record`` in registers that ``user`` may open, only rows that he may see."""
    found = []
    for relation in register.model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and not relation.concrete and (relation.one_to_many or relation.many_to_many)):
            continue
        source: Any = relation.related_model
        target = None if hasattr(source, "instance_type") or source._meta.auto_created else of_model(source)
        if target is None or (target.action_view is not None and not hooks.may(user, target.action_view)):
            continue
        name = relation.field.name  # type: ignore[union-attr]
        rows = visible(source._default_manager.filter(**{name: record.pk}), user, target.action_view).order_by("-pk")
        first = list(rows[: MAX_SHOWN + 1])
        if not first:
            continue
        count = len(first) if len(first) <= MAX_SHOWN else rows.count()
        links = [(str(row), reverse(f"{target.code}-detail", args=[row.pk])) for row in first[:MAX_SHOWN]]
        more = (
            f"{reverse(f'{target.code}-list')}?{name}={record.pk}"
            if name in target.filters and count > MAX_SHOWN
            else None
        )
        found.append(Reference(f"{target.title} · {relation.field.verbose_name}", count, links, more))  # type: ignore[union-attr]
    return found
