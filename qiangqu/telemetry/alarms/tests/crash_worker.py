"""Passes of the evaluator in a process of its own that kills itself: ``crash_worker.py prepare | run
STATEMENTS SEED | check``.
"""

import datetime as dt
import json
import os
import random
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

import numpy as np  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402

from qiangqu.lake.telemetry import Batch, append_many  # noqa: E402
from qiangqu.registry.models import Area, User  # noqa: E402
from qiangqu.telemetry.alarms.evaluate import evaluate  # noqa: E402
from qiangqu.telemetry.alarms.models import Alarm, AlarmEvent, AlarmNotice, AlarmPoint, AlarmRule, AlarmRun  # noqa: E402
from qiangqu.telemetry.models import Device, Point  # noqa: E402

BORN = dt.date(2020, 1, 1)


def prepare() -> None:
    area = Area.objects.create(code="Z", name="园区", short_name="园区", level="zone", valid_from=BORN)
    User.objects.create(username="zone", role="zone", area=area, email="zone@example.cn")
    for number in range(4):
        device = Device.objects.create(mn=f"D{number}", name=f"D{number}", area=area, valid_from=BORN)
        for factor in range(5):
            Point.objects.create(device=device, factor_code=f"a{factor}", interval="rtd", statistic="Rtd")
    common: dict[str, Any] = {"area": area, "limit": 50.0, "enabled": True, "valid_from": BORN, "notify": "zone"}
    AlarmRule.objects.create(code="a", name="a", condition="value > limit", escalation="3:zone", **common)
    AlarmRule.objects.create(code="b", name="b", condition="value > 70", grouping="point", delay_on=60, **common)
    AlarmRule.objects.create(code="c", name="c", condition="value < 30", grouping="area", delay_off=120, **common)


def run(statements: int, seed: int) -> None:
    chance = random.Random(seed)
    points = np.array(Point.objects.order_by("pk").values_list("pk", flat=True), np.int32)
    last = AlarmRun.objects.filter(pk=1).first()
    start = 1_795_000_000_000 if last is None or last.at.year < 2000 else int(last.at.timestamp() * 1000)
    left = statements

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*args)

    for turn in range(1, 200):
        now = start + turn * 60_000
        values = np.array([chance.gauss(50, 25) for _ in points])
        append_many([Batch(f"{seed}-{turn}", points, np.full(len(points), now), values)], now=now)
        with connection.execute_wrapper(count):
            evaluate(now)


def check() -> None:
    """What must hold after any number of deaths."""
    for alarm in Alarm.objects.annotate(n=Count("points", distinct=True)):
        events = list(alarm.events.values_list("kind", flat=True))
        assert events.count("raised") == 1 and events[0] == "raised", events
        assert events.count("again") == alarm.times - 1
        assert alarm.points.filter(cleared=None).count() == alarm.points_on
        assert (alarm.points_on == 0) == (alarm.state != "active"), alarm.state
        assert alarm.n > 0
        assert alarm.notices.count() == 1 + alarm.level, (alarm.notices.count(), alarm.level)
    orphans = AlarmPoint.objects.filter(alarm=None).exclude(raised=None)
    assert not orphans.exists()
    doubles = Alarm.objects.exclude(state="closed").values("rule", "key").annotate(n=Count("pk")).filter(n__gt=1)
    assert not doubles.exists()
    told = {
        "alarms": Alarm.objects.count(),
        "events": AlarmEvent.objects.count(),
        "notices": AlarmNotice.objects.count(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    {"prepare": prepare, "run": run, "check": check}[sys.argv[1]](*(int(text) for text in sys.argv[2:]))
