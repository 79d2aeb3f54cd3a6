"""The zone says whether an exceedance stands."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.registry import audit
from qiangqu.registry.roles import Action, may

from . import telling
from .models import Exceedance, ExceedanceState

VERDICTS = (ExceedanceState.CONFIRMED, ExceedanceState.EXPLAINED)
LONGEST = 500  # letters of a note


def may_judge(user: Any, one: Exceedance) -> bool:
    """Whoever keeps the registers where it was measured."""
    return may(user, Action.EDIT_REGISTERS, one.channel.area.path)


def verdict(state: str, note: str) -> tuple[ExceedanceState, str]:
    """A verdict as written. Raises InputError for none, and for one that has to be explained and is not."""
    note = note.strip()
    if state not in VERDICTS:
        raise InputError(_("请选择“已确认”或“非超标（有说明）”"))
    if state == ExceedanceState.EXPLAINED and not note:
        raise InputError(_("判为非超标时须写明说明"))
    if len(note) > LONGEST:
        raise InputError(_("说明不超过 500 个字"))
    return ExceedanceState(state), note


def judge(one: Exceedance, state: ExceedanceState, note: str, user: Any) -> None:
    """Note the verdict with who gave it, in the audit trail too, and tell the enterprise. Raises
    PermissionDenied.
    """
    if not may_judge(user, one):
        raise PermissionDenied
    with transaction.atomic():
        one.state, one.note, one.handled_by, one.handled_at = state, note, user, timezone.now()
        one.save(update_fields=["state", "note", "handled_by", "handled_at"])
        audit.record(
            user, "exceedance_handled", object_type="exceedance", object_id=one.pk, area_path=one.channel.area.path,
            detail={"state": state, "note": note},
        )  # fmt: skip
        telling.judged(one)
