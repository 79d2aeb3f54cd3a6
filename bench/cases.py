"""Speed of cases, with many of them open, beside bare SpiffWorkflow.

    QIANGQU_HOME=/tmp/bench-home python bench/cases.py [--cases 100000] [--timers 10000]

Makes a database of its own in ``QIANGQU_HOME`` (which must be empty), opens one case of the test kind through
the program and copies it (rows with their own states; opening 100,000 one by one is not what is measured),
then prints the server time of a work list, of the other lists, of the page of a case, of one step through the
page (median and 95th percentile), of the statistics, and of timers worked off. Beside the step and the timers
stands what SpiffWorkflow alone takes for the same: deserialise, finish the task, serialise.
"""

import argparse
import copy
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
os.environ.setdefault("QIANGQU_HOME", tempfile.mkdtemp(prefix="qiangqu-bench-"))
os.environ.setdefault("QIANGQU_HOSTS", "testserver,127.0.0.1,localhost")

import django  # noqa: E402

django.setup()

import logging  # noqa: E402

logging.disable(logging.WARNING)

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from qiangqu.base.identity import uid7  # noqa: E402
from qiangqu.cases import acts, engine, kinds, timers  # noqa: E402
from qiangqu.cases.definition import read_folder  # noqa: E402
from qiangqu.cases.models import Case, Step, Timer  # noqa: E402

BATCH = 2000


def timed(work: Callable[[int], object], runs: int) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    took = []
    for number in range(runs):
        began = time.perf_counter()
        work(number)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return statistics.median(took), took[int(0.95 * (len(took) - 1))]


def fill(model: Case, count: int) -> None:
    """``count`` copies of a case with its step and timers."""
    step, clocks = model.steps.get(), list(model.timers.all())
    for start in range(0, count, BATCH):
        made = []
        for number in range(start, min(start + BATCH, count)):
            one = copy.copy(model)
            one.pk, one.number, one.title = None, f"SP-2025-{number:06d}", f"办件{number}"
            one.uid = uid7()
            one._state = copy.copy(model._state)
            made.append(one)
        Case.objects.bulk_create(made)
        steps = [copy.copy(step) for _one in made]
        for one, row in zip(made, steps, strict=True):
            row.pk, row.case_id, row.uid = None, one.pk, uid7()
        Step.objects.bulk_create(steps)
        rows = []
        for one, row in zip(made, steps, strict=True):
            for clock in clocks:
                new = copy.copy(clock)
                new.pk, new.case_id, new.step_id = None, one.pk, row.pk if clock.step_id else None
                rows.append(new)
        Timer.objects.bulk_create(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--timers", type=int, default=10_000)
    wanted = parser.parse_args()
    call_command("migrate", verbosity=0)
    from qiangqu.cases.tests.conftest import KINDS, set_up

    scene = set_up(read_folder(KINDS / "approval"))
    zone, planner = scene["people"]["zone"], scene["people"]["planner"]
    data = {"title": "基准", "amount": 2000}
    model = acts.open_case("approval", data, area=scene["areas"]["Z1"], user=scene["people"]["enterprise"]).case
    began = time.perf_counter()
    fill(model, wanted.cases)
    print(f"{wanted.cases} open cases made in {time.perf_counter() - began:.1f} s")

    def show(name: str, found: tuple[float, float]) -> None:
        print(f"{name:44} median {found[0]:8.1f} ms   95 % {found[1]:8.1f} ms")

    clients = {}
    for person in (zone, planner):
        clients[person.username] = Client()
        clients[person.username].force_login(person)

    def get(who: str, path: str) -> Callable[[int], object]:
        def work(_n: int) -> None:
            answer = clients[who].get(path)
            assert answer.status_code == 200, answer.status_code

        work(0)
        return work

    show("work list 待办 (all of them on this desk)", timed(get("zone", "/cases/"), 15))
    show("work list, its last page", timed(get("zone", "/cases/?page=33"), 10))
    show("search in 待办", timed(get("zone", "/cases/?q=办件99"), 10))
    show("全部 of the region", timed(get("planner", "/cases/?list=all"), 10))
    show("我发起 (none)", timed(get("zone", "/cases/?list=mine"), 10))
    show("statistics", timed(get("planner", "/cases/statistics/"), 3))
    show("page of a case", timed(get("zone", "/cases/case/SP-2025-000007/"), 15))

    steps = list(Step.objects.filter(case__number__startswith="SP-2025", status="open").select_related("case")[:100])

    def finish(number: int) -> None:
        step = steps[number]
        body = {"_step": step.pk, "_revision": step.revision, "accepted": "受理"}
        answer = clients["zone"].post(f"/cases/case/{step.case.number}/finish", body)
        assert answer.status_code == 302, answer.status_code

    show("one step, through the page", timed(finish, len(steps)))

    ready = kinds.ready(model.version)
    text = json.dumps(model.state)

    task_id = model.steps.get().task_id

    def bare(_n: int) -> None:
        workflow = engine.load(ready.built, json.loads(text), engine.Clock(timezone.now()))
        engine.complete(workflow, task_id, {"accepted": "受理", "returned": ""})
        json.dumps(engine.dump(ready.built, workflow))

    show("the same in bare SpiffWorkflow", timed(bare, 100))

    now = timezone.now()
    due: Any = Timer.objects.filter(worked_at=None, kind="overdue").values_list("pk", flat=True)[: wanted.timers]
    Timer.objects.filter(pk__in=list(due)).update(due_at=now)
    began = time.perf_counter()
    worked = timers.work_off_due_timers(now, limit=wanted.timers)
    took = time.perf_counter() - began
    print(f"{worked.done} due timers worked off in {took:.1f} s ({worked.failed} failed)")
    began = time.perf_counter()
    for _n in range(1000):
        workflow = engine.load(ready.built, json.loads(text), engine.Clock(now))
        json.dumps(engine.dump(ready.built, workflow))
    print(
        f"bare SpiffWorkflow, reading and writing {worked.done} states: {(time.perf_counter() - began) * worked.done / 1000:.1f} s"
    )


if __name__ == "__main__":
    main()
