"""``prepare`` makes a node; a named point acts, seals, receives and applies, saying what it has acknowledged, until
it kills itself there in the nth round; ``look`` says what the node holds."""

import collections
import json
import os
import sys

import django

django.setup()

from django.apps import apps  # noqa: E402

from qiangqu.federation import storage  # noqa: E402
from qiangqu.federation.core import wire  # noqa: E402
from qiangqu.federation.models import Batch, Outgoing, Peer  # noqa: E402
from qiangqu.federation.tests.far import Far, body, report, scene  # noqa: E402
from qiangqu.registry.models import Organisation  # noqa: E402

reports = apps.get_model("plan", "ProgressReport").objects


def go_on(point: str, last: int) -> None:
    known = {"measure": apps.get_model("plan", "Measure").objects.get(), "unit": Organisation.objects.get()}
    far = Far(f"K{Peer.objects.count()}")
    for n in range(last + 5):
        text = f"{far.code} {n}"
        report(known, f"here {text}")
        print(f"here {text}", flush=True)
        if n == last:
            os.environ["QIANGQU_FAULT"] = point
        storage.seal_waiting()
        if storage.receive([far.batch(far.entry(body(f"far {text}")))])[0].what == "stored":
            print(f"far {text}", flush=True)
        storage.apply_stored()


def look() -> None:
    storage.seal_waiting()
    storage.apply_stored()
    said: collections.Counter[str] = collections.Counter()
    for row in Batch.objects.order_by("pk"):
        header = wire.read_header(bytes(row.signed))
        assert all(Batch.objects.filter(hash=one).exists() for one in header.prevs)
        for line in wire.unpack(bytes(row.body or b"")).split(b"\n"):
            said[str((wire.read_entry(row.origin, line).body or {})["text"])] += 1
    shown = collections.Counter(reports.values_list("text", flat=True))
    print(json.dumps({"said": said, "shown": shown, "waiting": Outgoing.objects.count()}))


if sys.argv[1] == "prepare":
    scene()
elif sys.argv[1] == "look":
    look()
else:
    go_on(sys.argv[1], int(sys.argv[2]))
