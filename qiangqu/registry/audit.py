"""The audit trail: an append-only chain of hashes (SHA-256 over the entry and the hash before it), one chain
a node.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Area, AuditEntry, User
from .models.node import HERE
from .nodes import this_node

GENESIS = "0" * 64
CHAIN_LOCK = 32100  # of PostgreSQL's advisory locks


class ActionWords(Mapping[str, Any]):
    """What people read for the codes of acts: parts give theirs in their manifests, or where the acts are
    declared; those are read when the first word is asked for.
    """

    def __init__(self) -> None:
        self._words: dict[str, Any] = {}
        self._declared: list[Callable[[], Mapping[str, Any]]] = []

    def update(self, words: Mapping[str, Any], *declared: Callable[[], Mapping[str, Any]]) -> None:
        self._words.update(words)
        self._declared.extend(declared)

    def _all(self) -> dict[str, Any]:
        while self._declared:
            self._words.update(self._declared[-1]())
            self._declared.pop()  # kept where reading it failed: the next asks again
        return self._words

    def __getitem__(self, code: str) -> Any:
        return self._all()[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


ACTION_WORDS = ActionWords()


def name_actions(words: Mapping[str, Any], *declared: Callable[[], Mapping[str, Any]]) -> None:
    """Give codes of acts their words (lazy translations): ``words``, and what functions give that are called
    when they are needed.
    """
    ACTION_WORDS.update(words, *declared)


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


def _digest(entry: AuditEntry, previous: str) -> str:
    stamp = entry.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    node = [entry.origin.code] if entry.names_node else []
    what = (entry.object_type, entry.object_id, entry.area_path, entry.detail, previous, *node)
    body = json.dumps(
        [stamp, entry.user_id, entry.action, *what], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(body.encode()).hexdigest()


def area_of(path: str) -> Area | None:
    """The area that a path ends in, wherever it lies now; of "" the top of the tree."""
    if not path:
        return Area.objects.filter(parent=None).order_by("path").first()
    return Area.objects.filter(code=path.strip("/").rpartition("/")[2]).first()


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

    ``detail`` must be JSON data. An act without ``area_path`` concerns the whole: it is filed under the top
    of the tree. The entry takes its place in the chain when the caller's transaction has ended
    (:func:`seal`), so that acts do not wait for one another.
    """
    area = area_of(area_path)
    if not area_path:
        area_path = area.path if area is not None else ""
    node = this_node()
    entry = AuditEntry(
        origin=node,
        names_node=bool(node.code),
        at=timezone.now(),
        user=user if isinstance(user, User) else None,
        action=action[:60],
        object_type=object_type[:60],
        object_id=str(object_id)[:80],
        area_path=area_path[:120],
        area=area,
        detail=json.loads(json.dumps(detail or {}, ensure_ascii=False, default=str)),
    )
    with transaction.atomic():
        if connection.vendor == "sqlite":  # one writer at a time: a second transaction would only cost time
            _chain([entry])
        else:
            _seal_on_commit()
        entry.save(force_insert=True)
    return entry


def _seal_on_commit() -> None:
    """Once a transaction, however many acts it has; a call that falls with its savepoint does not count."""
    here = set(connection.savepoint_ids)
    if not any(work is seal and savepoints <= here for savepoints, work, *_ in connection.run_on_commit):
        transaction.on_commit(seal, robust=True)


def _chain(entries: list[AuditEntry]) -> None:
    """Give entries the places after the last one. The caller keeps all others from doing the same."""
    ends = AuditEntry.objects.filter(origin=HERE).exclude(position=None).order_by("-position")
    position, previous = cast("tuple[int, str]", ends.values_list("position", "hash").first() or (0, GENESIS))
    for entry in entries:
        position += 1
        entry.position, entry.previous_hash = position, previous
        entry.hash = previous = _digest(entry, previous)


def seal(*, wait: bool = False) -> int:
    """Put the entries that have no place yet at the end of the chain, in the order in which they were
    written. Returns how many.

    Called after each act. One caller at a time does it, for all that is there, in a transaction of its own;
    another passes by (unless it is to ``wait``): what comes while one is at work, or what a killed process
    left, is taken along after the next act.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_xact_lock(%s)", [CHAIN_LOCK])
                if cursor.fetchone() == (False,):
                    return 0
        unsealed = AuditEntry.objects.filter(origin=HERE, position=None)
        waiting = list(unsealed.select_related("origin").order_by("id"))
        if waiting:
            _chain(waiting)
            AuditEntry.objects.bulk_update(waiting, ["position", "previous_hash", "hash"], batch_size=500)
    return len(waiting)


def record_of(object_type: str, object_id: object, most: int = 60) -> list[tuple[Any, AuditEntry]]:
    """What happened to a record, the latest first: the word for the act, and the entry."""
    found = AuditEntry.objects.filter(object_type=object_type, object_id=str(object_id)[:80]).select_related("user")
    return [(ACTION_WORDS.get(entry.action, entry.action), entry) for entry in found.order_by("-id")[:most]]


def last_writer(object_type: str, object_id: object) -> str:
    """The name of who did the last act on a record; "" when nobody is known."""
    entry = (
        AuditEntry.objects.filter(object_type=object_type, object_id=str(object_id)[:80])
        .select_related("user")
        .order_by("-id")
        .first()
    )
    return str(entry.user) if entry and entry.user else ""


def verify(node: int = HERE) -> tuple[int, str | None]:
    """Walk the chain of a node (its id here). Returns the number of entries and, when it does not hold, one
    sentence that names the first bad entry.
    """
    seal(wait=True)
    previous, count = GENESIS, 0
    entries = AuditEntry.objects.filter(origin=node).select_related("area", "origin")
    for entry in entries.order_by("position").iterator():
        if entry.previous_hash != previous:
            return count, f"审计记录 {entry.pk} 与前一条不衔接：之前有记录被删除或改动"
        if entry.hash != _digest(entry, previous):
            return count, f"审计记录 {entry.pk} 的内容与其校验值不符：该条被改动"
        if not _names(entry.area, entry.area_path):
            return count, f"审计记录 {entry.pk} 所归的区域与其区域路径不符：该条被改动"
        previous, count = str(entry.hash), count + 1
    return count, None


def _names(area: Area | None, path: str) -> bool:
    """Whether a path ends in this area, by the code that it has or once had."""
    code = path.strip("/").rpartition("/")[2]
    if area is None:
        return not Area.objects.filter(code=code).exists()
    return area.code == code or Area.history.filter(id=area.pk, code=code).exists()
