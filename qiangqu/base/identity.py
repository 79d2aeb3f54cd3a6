"""What a row is called outside the node that made it.

Ids (integers) are this database's own and never leave it. Each model says once, by the class attribute
``travels_by``, how a row of it is named where several nodes meet:

``"uid"``                a UUID made with the row (:func:`uid7`), beside ``origin``, the node that made it (``registry.models.Travelling``);
``("code",)``            a natural key: these fields together, unique, each a plain value or a reference to a record that travels itself;
a member of `Stays`      rows never leave the node, and why.

Rows of a history (simple_history) are named by their record.
"""

import enum
import secrets
import threading
import time
import uuid

from django.db.models import Model


class Stays(enum.Enum):
    """Why rows of a model never leave the node."""

    ACCOUNT = "of an account: who may sign in and what is his own; elsewhere a person is his name"
    COMPUTED = "each node computes it from what has travelled"
    WORK = "the node's own work: jobs, counters, caches, files, sessions"
    RAW = "of a device and its line: asked for when it is needed, kept where it came in"
    SEALED = "whoever wants to stay unknown stays so everywhere else"


TravelsBy = str | tuple[str, ...] | Stays

_lock = threading.Lock()
_last = 0


def uid7() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): milliseconds, then the fraction of one in 12 bits (its method 3), then
    62 random bits.

    Of one process each is greater than the one before, also when the clock is set back.
    """
    global _last
    with _lock:
        milliseconds, rest = divmod(time.time_ns(), 1_000_000)
        _last = max(_last + 1, milliseconds << 12 | rest * 4096 // 1_000_000)
        stamp = _last
    value = (stamp >> 12) << 80 | 7 << 76 | (stamp & 0xFFF) << 64 | 2 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def travels_by(model: type[Model]) -> TravelsBy:
    """How rows of ``model`` are named outside the node. Raises TypeError for a model that does not say so."""
    found: TravelsBy | None = getattr(getattr(model, "instance_type", model), "travels_by", None)
    if found is None:
        raise TypeError(f"{model.__name__} does not say by what it travels: see qiangqu.base.identity")
    return found
