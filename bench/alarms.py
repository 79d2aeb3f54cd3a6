"""Alarms: time of one live pass over POINTS points and 20 rules, a storm in which every point fires at once,
and a try-out over 30 days.

    python bench/alarms.py [--points 10000] [--hours 3] [--days 30]

Uses a database and lake of its own in a temporary folder. Prints one JSON line a measurement; seconds by the
wall clock.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

RULES = (
    ("value > limit", "value < limit * 0.95"), ("value > 90", ""), ("value < lower OR value > upper", ""), ("age > 3600", "age < 1800"),
    ("age > 600", ""), ("mean(3600) > limit AND count(3600) >= 45", ""), ("mean(600) > limit", ""), ("ABS(change(600)) > 50", ""),
    ("ABS(change(60)) > 60", ""), ("span(3600) = 0 AND count(3600) >= 30", ""), ("span(1800) = 0 AND count(1800) >= 15", ""),
    ("high(3600) > 100", ""), ("low(3600) < 0", ""), ("high(600) - low(600) > 60", ""), ("mean(1800) > 80", ""),
    ("count(3600) < 30", "count(3600) >= 45"), ("value < 0", ""), ("value BETWEEN 98 AND 99", ""), ("high(300) > limit * 2", ""),
    ("NOT value > -1 AND age < 60", ""),
)  # fmt: skip


def say(what: str, **numbers: object) -> None:
    print(json.dumps({"what": what, **numbers}, ensure_ascii=False), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--days", type=int, default=30)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="alarms-bench-") as folder:
        os.environ["QIANGQU_HOME"] = str(Path(folder))
        os.environ["DJANGO_SETTINGS_MODULE"] = "qiangqu.site.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        measure(chosen.points, chosen.hours, chosen.days)


def measure(count: int, hours: float, days: int) -> None:
    import datetime as dt

    import numpy as np

    from qiangqu.lake.telemetry import Batch, append_many
    from qiangqu.registry.models import Area
    from qiangqu.telemetry.alarms.evaluate import evaluate
    from qiangqu.telemetry.alarms.models import Alarm, AlarmRule
    from qiangqu.telemetry.alarms.tryout import try_rule
    from qiangqu.telemetry.models import Device, Point

    rng = np.random.default_rng(7)
    born = dt.date(2020, 1, 1)
    area = Area.objects.create(code="Z", name="园区", short_name="园区", level="zone", valid_from=born)
    devices = [Device(mn=f"D{n}", name=f"设备{n}", area=area, valid_from=born) for n in range(count // 20)]
    Device.objects.bulk_create(devices, batch_size=500)
    Point.objects.bulk_create(
        [
            Point(device=device, factor_code=f"a{n:05d}", interval="rtd", statistic="Rtd", lower=0, upper=200)
            for device in devices
            for n in range(20)
        ],
        batch_size=500,
    )
    points = np.array(Point.objects.order_by("pk").values_list("pk", flat=True), np.int32)
    now = time.time_ns() // 1_000_000 // 60_000 * 60_000
    for minute in range(int(hours * 60), -1, -1):
        values = rng.normal(50, 12, len(points))
        append_many([Batch(f"m{minute}", points, np.full(len(points), now - minute * 60_000), values)])
    for number, (fire, clear) in enumerate(RULES):
        AlarmRule.objects.create(
            code=f"r{number}", name=f"规则{number}", area=area, condition=fire, clear_condition=clear, limit=85.0, enabled=True,
            notify="zone", valid_from=born,
        )  # fmt: skip
    for turn in range(5):
        begin = time.perf_counter()
        done = evaluate(now + turn)
        assert done is not None and not done.faults, done
        say(
            "pass",
            seconds=round(time.perf_counter() - begin, 3),
            rules=done.rules,
            points=done.points,
            raised=done.raised,
            open=Alarm.objects.filter(state="active").count(),
        )
    AlarmRule.objects.create(
        code="day", name="日均值", area=area, condition="mean(86400) > limit", limit=85.0, enabled=True, valid_from=born
    )
    for turn in range(3):
        begin = time.perf_counter()
        evaluate(now + 10 + turn)
        say(f"pass with a window of a day as well ({hours:g} h of data)", seconds=round(time.perf_counter() - begin, 3))
    AlarmRule.objects.filter(code="day").update(enabled=False)
    now += 60_000
    append_many([Batch("storm", points, np.full(len(points), now), np.full(len(points), 95.0))])
    begin = time.perf_counter()
    done = evaluate(now)
    assert done is not None
    say(
        "storm: every point fires",
        seconds=round(time.perf_counter() - begin, 3),
        raised=done.raised,
        alarms=Alarm.objects.count(),
    )
    now += 60_000
    append_many([Batch("calm", points, np.full(len(points), now), np.full(len(points), 50.0))])
    begin = time.perf_counter()
    done = evaluate(now)
    assert done is not None
    say("calm: they clear", seconds=round(time.perf_counter() - begin, 3), cleared=done.cleared)
    some = points[:200]
    start = now - days * 86_400_000
    for day in range(days):
        minutes = np.arange(0, 1440, 1, dtype=np.int64) * 60_000 + start + day * 86_400_000
        minutes = minutes[minutes < now - int(hours * 3_600_000) - 60_000]
        times = np.repeat(minutes, len(some))
        append_many([Batch(f"d{day}", np.tile(some, len(minutes)), times, rng.normal(50, 12, len(times)))])
    for code in ("r0", "r5", "r3"):
        begin = time.perf_counter()
        tried = try_rule(AlarmRule.objects.get(code=code), start, now, Point.objects.filter(pk__in=some.tolist()))
        say(
            "try-out of 30 days of 200 points, a row a minute",
            rule=RULES[int(code[1:])][0],
            seconds=round(time.perf_counter() - begin, 2),
            rows=tried.rows,
            alarms=tried.alarms,
        )


if __name__ == "__main__":
    main()
