"""The zone says whether an exceedance stands."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from qiangqu.registry import audit

from . import telling
from .models import Exceedance, ExceedanceState


def judge(one: Exceedance, state: ExceedanceState, note: str, user: Any) -> None:
    """Note the verdict with who gave it, in the audit trail too, and tell the enterprise."""
    with transaction.atomic():
        one.state, one.note, one.handled_by, one.handled_at = state, note, user, timezone.now()
        one.save(update_fields=["state", "note", "handled_by", "handled_at"])
        audit.record(
            user, "exceedance_handled", object_type="exceedance", object_id=one.pk, area_path=one.channel.area.path,
            detail={"state": state, "note": note},
        )  # fmt: skip
        telling.judged(one)
