"""What the database refuses, as a sentence for people: a code that another took in the same moment, a number
beyond its column.

Forms check before they save; two that check at once both pass, and the database stops the second. That is no
fault of the program, so it must not end as one (HTTP 500).
"""

import re
from typing import Any

from django.apps import apps
from django.db import models
from django.db.utils import DataError, IntegrityError
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError, QiangquError
from qiangqu.base.terms import listed

_SQLITE = re.compile(r"UNIQUE constraint failed: (.+)")
_POSTGRES = re.compile(r"\((?P<columns>[^()]+)\)=\(")
#: what a driver raises for numbers, dates and texts that no column can hold
OUT_OF_RANGE = (OverflowError, DataError)


class Taken(ConflictError):
    """A unique value is taken; ``field`` names the field of the form when it is one alone."""

    def __init__(self, message: str, field: str = "", where: str = "") -> None:
        self.field = field
        super().__init__(message, where=where)


def _columns(error: IntegrityError) -> tuple[str, list[str]]:
    """Table and columns that a unique constraint holds; "" and none when the error is of another kind."""
    found = _SQLITE.search(str(error))
    if found:
        names = [part.strip().split(".") for part in found.group(1).split(",")]
        if all(len(name) == 2 for name in names):
            return names[0][0], [name[1] for name in names]
        return "", ["?"]  # an index on an expression
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None and getattr(error.__cause__, "sqlstate", "") == "23505":
        told = _POSTGRES.search(diagnosis.message_detail or "")
        return diagnosis.table_name or "", [
            part.strip(' "') for part in told.group("columns").split(",")
        ] if told else ["?"]
    return "", []


def explained(error: IntegrityError) -> Taken:
    """The sentence for what the database refused. For anything but a taken value: that it refers to something
    that is gone meanwhile.
    """
    table, columns = _columns(error)
    if not columns:
        return Taken(_("引用的内容刚刚被别人改动或删除，请刷新后重试"))
    model: type[models.Model] | None = next((m for m in apps.get_models() if m._meta.db_table == table), None)
    fields: list[Any] = [f for f in model._meta.concrete_fields if f.column in columns] if model else []
    if not fields:
        return Taken(_("同样的内容刚刚被别人登记，请刷新后核对"))
    labels = listed(str(field.verbose_name) for field in fields)
    field = fields[0].name if len(fields) == 1 else ""
    return Taken(_("同样的%(labels)s刚刚被别人登记，请换一个或刷新后核对") % {"labels": labels}, field)


def for_people(error: Exception) -> QiangquError | None:
    """The error that says to people what ``error`` means; None when it means a fault of the program."""
    if isinstance(error, QiangquError):
        return error
    if isinstance(error, IntegrityError):
        return explained(error)
    if isinstance(error, OUT_OF_RANGE) or (isinstance(error, ValueError) and "NUL" in str(error)):
        return InputError(_("有数值或日期超出范围，请改小后重试"))
    return None
