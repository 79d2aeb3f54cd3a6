"""Stores batches of facts, seals and merges for ever, saying each batch's key after its commit; it is killed from
outside, or kills itself (or finds the disk full) the nth time it comes to a named point.
"""

import datetime as dt
import errno
import itertools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

import pyarrow as pa  # noqa: E402
from django.db import connections, transaction  # noqa: E402

from qiangqu.base.periods import month  # noqa: E402
from qiangqu.facts import sealing  # noqa: E402
from qiangqu.facts.models import BatchKind, Element, FactBatch  # noqa: E402
from qiangqu.facts.store import ingest  # noqa: E402
from qiangqu.lake import segments  # noqa: E402
from qiangqu.registry.models import Area, Organisation  # noqa: E402

#: where it may stop: before this function, or after it
POINTS: dict[str, tuple[Any, str]] = {
    "write": (sealing, "write_file"),
    "encode": (segments.pq, "write_table"),
    "sync": (segments.os, "fsync"),
    "list": (sealing, "publish"),
    "take": (sealing, "_take_away"),
}


def say(text: str) -> None:
    """A whole line or nothing, however the process ends: a short write to a pipe is not divided."""
    os.write(sys.stdout.fileno(), f"{text}\n".encode())


point, nth, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sealing.LARGE = 40
sealing.CHUNK = 4000


def stopping(real: Callable[..., Any], how: str) -> Callable[..., Any]:
    passed = itertools.count(1)

    def wrapped(*words: Any, **more: Any) -> Any:
        if next(passed) != nth:
            return real(*words, **more)
        if how == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        if how == "after":
            real(*words, **more)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    return wrapped


if "-" in point:
    name, how = point.split("-")
    module, function = POINTS[name]
    setattr(module, function, stopping(getattr(module, function), how))

element = Element.objects.get_or_create(code="output", defaults={"name": "产值", "unit": "亿元", "kind": "flow"})[0]
since = dt.date(2000, 1, 1)
if not Area.objects.filter(code="K0").exists():
    with transaction.atomic():
        parent = None
        for n in range(60):
            one = Area.objects.create(
                code=f"K{n}",
                name=f"园{n}",
                short_name=f"园{n}",
                level="zone" if n else "region",
                parent=parent,
                valid_from=since,
            )
            Organisation.objects.create(
                code=f"F{n}", name=f"企{n}", kind="enterprise", area=one, industry_code="2700", valid_from=since
            )
            parent = parent or one
#: kinds of subjects by turns, with their records
KINDS = [
    (1, list(Area.objects.filter(code__startswith="K").order_by("pk"))),
    (2, list(Organisation.objects.filter(code__startswith="F").order_by("pk"))),
]


def store(number: int) -> None:
    """Every third batch is large; each corrects half of the one before."""
    count = 60 if number % 3 == 0 else 7
    kind, records = KINDS[number // 2 % 2]
    table = pa.table(
        {
            "element": pa.array([element.pk] * count, pa.int32()),
            "subject_kind": pa.array([kind] * count, pa.int8()),
            "subject_id": pa.array([one.pk for one in records[:count]], pa.int32()),
            "period_key": pa.array([month(2000 + number // 24 % 90, number // 2 % 12 + 1).key] * count, pa.int32()),
            "value": pa.array([float(number)] * count),
        }
    )
    batch = ingest(table, key=f"b{number}", kind=BatchKind.IMPORT)
    say(f"b{number} {batch.rows}")


def work(number: int) -> None:
    while True:
        try:
            store(number)
            number += 1
            if number % 4 == 0:
                sealing.seal()
            if number % 10 == 0:
                sealing.merge()
        except OSError:
            # a full disk stops one act, and nothing of it stays
            assert not transaction.get_connection().in_atomic_block
            say(f"full {FactBatch.objects.count()}")
            number += 1


def work_in_children(count: int) -> None:
    """One child after another, so that each of a thousand to be killed need not start Python anew."""
    for _ in range(count):
        connections.close_all()
        child = os.fork()
        if not child:
            keys = FactBatch.objects.filter(key__startswith="b").values_list("key", flat=True)
            work(max((int(key[1:]) for key in keys), default=0) + 2)
        say(f"child {child}")
        _child, status = os.waitpid(child, 0)
        say(f"gone {os.waitstatus_to_exitcode(status)}")


say("ready")
if point == "children":
    work_in_children(nth)
else:
    work(first)
