"""The audit trail: an append-only chain of hashes (SHA-256 over the entry and the hash before it)."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Area, AuditEntry, User

GENESIS = "0" * 64
# what people read for the codes of acts: parts declare theirs in their manifests
ACTION_WORDS: dict[str, Any] = {}


def name_actions(words: Mapping[str, Any]) -> None:
    """Give codes of acts their words (lazy translations)."""
    ACTION_WORDS.update(words)


class ObjectWords(Mapping[str, Any]):
    """The names of models by the code that the trail keeps (``organisation`` → 单位)."""

    def _words(self) -> dict[str, Any]:
        return {"pack": _("数据包"), **{str(m._meta.model_name): m._meta.verbose_name for m in apps.get_models()}}

    def __getitem__(self, code: str) -> Any:
        return self._words()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words())

    def __len__(self) -> int:
        return len(self._words())


def _digest(
    at: dt.datetime, user_id: int | None, action: str, what: tuple[str, str, str], detail: Any, previous: str
) -> str:
    stamp = at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    body = json.dumps(
        [stamp, user_id, action, *what, detail, previous], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(body.encode()).hexdigest()


def record(
    user: Any,
    action: str,
    *,
    object_type: str = "",
    object_id: object = "",
    area_path: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry, in the caller's transaction: the act and its entry stand or fall together.

    ``detail`` must be JSON data. An act without ``area_path`` concerns the whole: it is filed under the top of the tree. Two writers at once are put in order (row lock on PostgreSQL, the write lock on SQLite); the unique
    ``previous_hash`` makes a fork impossible.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(32100)")
        last = AuditEntry.objects.order_by("-id").values_list("hash", flat=True).first() or GENESIS
        user_id = user.pk if isinstance(user, User) else None
        at = timezone.now()
        detail = json.loads(json.dumps(detail or {}, ensure_ascii=False, default=str))
        if not area_path:
            area_path = Area.objects.filter(parent=None).values_list("path", flat=True).first() or ""
        what = (object_type[:60], str(object_id)[:80], area_path[:120])
        return AuditEntry.objects.create(
            at=at,
            user_id=user_id,
            action=action[:60],
            object_type=what[0],
            object_id=what[1],
            area_path=what[2],
            detail=detail,
            previous_hash=last,
            hash=_digest(at, user_id, action[:60], what, detail, last),
        )


def last_writer(object_type: str, object_id: object) -> str:
    """The name of who did the last act on a record; "" when nobody is known."""
    entry = (
        AuditEntry.objects.filter(object_type=object_type, object_id=str(object_id)[:80])
        .select_related("user")
        .order_by("-id")
        .first()
    )
    return str(entry.user) if entry and entry.user else ""


def verify() -> tuple[int, str | None]:
    """Walk the chain. Returns the number of entries and, when it does not hold, one sentence that names the first bad entry."""
    previous, count = GENESIS, 0
    for entry in AuditEntry.objects.order_by("id").iterator():
        what = (entry.object_type, entry.object_id, entry.area_path)
        if entry.previous_hash != previous:
            return count, f"审计记录 {entry.pk} 与前一条不衔接：之前有记录被删除或改动"
        if entry.hash != _digest(entry.at, entry.user_id, entry.action, what, entry.detail, previous):
            return count, f"审计记录 {entry.pk} 的内容与其校验值不符：该条被改动"
        previous, count = entry.hash, count + 1
    return count, None
