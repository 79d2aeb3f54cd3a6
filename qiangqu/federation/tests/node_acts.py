"""What a test lets a node do, in a process of its own: one act, its answer as JSON."""

import json
import sys
from typing import Any

import django

django.setup()

import pyarrow as pa  # noqa: E402
from django.apps import apps  # noqa: E402

from qiangqu.base.errors import QiangquError  # noqa: E402
from qiangqu.facts import reading  # noqa: E402
from qiangqu.facts.models import BatchKind, FactBatch  # noqa: E402
from qiangqu.facts.store import ingest  # noqa: E402
from qiangqu.federation import client, enrolment, standing, storage  # noqa: E402
from qiangqu.federation.models import STANDING, Outgoing, Said, Standing  # noqa: E402
from qiangqu.federation.tests import far  # noqa: E402
from qiangqu.registry.models import Organisation  # noqa: E402
from qiangqu.registry.subjects import ORGANISATION  # noqa: E402

reports = apps.get_model("plan", "ProgressReport").objects


def report(text: str) -> None:
    far.report({"measure": apps.get_model("plan", "Measure").objects.get(), "unit": Organisation.objects.get()}, text)


def fact(value: str) -> None:
    from qiangqu.facts.models import Element

    element = Element.objects.get_or_create(
        code="power", defaults={"name": "用电量", "unit": "kWh", "kind": "flow", "aggregation": "sum"}
    )[0]
    about = {
        "subject_kind": [ORGANISATION.number],
        "subject_id": [Organisation.objects.get().pk],
        "period_key": [5202401],
    }
    ingest(pa.table({"element": [element.pk], "value": [float(value)], **about}), key=value, kind=BatchKind.API)


def look() -> dict[str, Any]:
    own = Standing.objects.filter(pk=STANDING).first()
    return {
        "origins": sorted(set(reports.values_list("origin__code", flat=True))),
        "parked": Said.objects.exclude(waits="").count(),
        "facts": sorted(
            [one.origin.code, row.value]
            for one in FactBatch.objects.all()
            for row in reading.rows(reading.of_batch(one))
        ),
        "waiting": Outgoing.objects.count(),
        "trouble": own.trouble if own else "",
        "tips": [list(log) for log in storage.Shelf().logs()],
    }


ACTS = {
    "prepare": lambda code: far.scene(code) and None,
    "report": report,
    "fact": fact,
    "texts": lambda: sorted(reports.values_list("text", flat=True)),
    "look": look,
    "invite": enrolment.invite,
    "words": enrolment.words_of,
    "confirm": enrolment.confirm,
    "ask": lambda url, token: client.ask_to_join(url, token)[0],
    "revoke": standing.revoke,
}
try:
    print(json.dumps(ACTS[sys.argv[1]](*sys.argv[2:])))
except QiangquError as error:
    sys.exit(error.message)
