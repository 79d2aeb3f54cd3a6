"""What a test lets a node do, in a process of its own: one act, its answer as JSON."""

import json
import sys
from typing import Any

import django

django.setup()

from django.apps import apps  # noqa: E402

from qiangqu.base.errors import QiangquError  # noqa: E402
from qiangqu.federation import client, enrolment, standing, storage  # noqa: E402
from qiangqu.federation.models import STANDING, Outgoing, Said, Standing  # noqa: E402
from qiangqu.federation.tests import far  # noqa: E402
from qiangqu.registry.models import Organisation  # noqa: E402

reports = apps.get_model("plan", "ProgressReport").objects


def report(text: str) -> None:
    far.report({"measure": apps.get_model("plan", "Measure").objects.get(), "unit": Organisation.objects.get()}, text)


def look() -> dict[str, Any]:
    own = Standing.objects.filter(pk=STANDING).first()
    return {
        "origins": sorted(set(reports.values_list("origin__code", flat=True))),
        "parked": Said.objects.exclude(waits="").count(),
        "waiting": Outgoing.objects.count(),
        "trouble": own.trouble if own else "",
        "tips": [list(log) for log in storage.Shelf().logs()],
    }


ACTS = {
    "prepare": lambda code: far.scene(code) and None,
    "report": report,
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
