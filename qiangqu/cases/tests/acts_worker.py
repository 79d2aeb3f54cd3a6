"""Acts in processes of their own: ``acts_worker.py prepare | kill STATEMENTS | race WHO | check``."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from qiangqu.base.errors import ConflictError  # noqa: E402
from qiangqu.base.tests.patience import until  # noqa: E402
from qiangqu.cases import acts  # noqa: E402
from qiangqu.cases.models import Case, Step  # noqa: E402
from qiangqu.registry import audit  # noqa: E402
from qiangqu.registry.models import User  # noqa: E402


def prepare() -> None:
    from qiangqu.cases.definition import read_folder
    from qiangqu.cases.tests.conftest import KINDS, set_up

    made = set_up(read_folder(KINDS / "approval"))
    for _n in range(2):
        acts.open_case(
            "approval", {"title": "甲", "amount": 5}, area=made["areas"]["Z1"], user=made["people"]["enterprise"]
        )


def _accept(number: int, who: str) -> Step:
    case = Case.objects.order_by("id")[number]
    step = case.steps.get(node="accept")
    return acts.finish_step(case, step.pk, {"accepted": "受理"}, User.objects.get(username=who), revision=0)


def kill(statements: int) -> None:
    """Finish a step and die at the given statement of it."""
    left = statements

    def die(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die):
        _accept(0, "zone")


def race(who: str) -> None:
    """Finish the step of the second case when the file ``go`` appears, as somebody else does too."""
    step = Case.objects.order_by("id")[1].steps.get(node="accept")
    user = User.objects.get(username=who)
    Path(f"ready-{who}").touch()
    until(Path("go").exists, pause=0.005)
    try:
        acts.finish_step(step.case, step.pk, {"accepted": "受理"}, user, revision=step.revision)
    except ConflictError as error:
        print(json.dumps({"won": False, "said": str(error)}))
    else:
        print(json.dumps({"won": True}))


def check() -> None:
    found = []
    for case in Case.objects.order_by("id"):
        entries = audit.AuditEntry.objects.filter(object_id=case.number)
        found.append(
            {
                "revision": case.revision, "entries": entries.count(), "done": case.steps.filter(status="done").count(),
                "open": sorted(case.steps.filter(status="open").values_list("node", flat=True)),
            }
        )  # fmt: skip
    print(json.dumps({"fault": audit.verify()[1], "cases": found}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["prepare"]:
            prepare()
        case ["kill", statements]:
            kill(int(statements))
        case ["race", who]:
            race(who)
        case _:
            check()
