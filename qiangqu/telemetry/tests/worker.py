"""What the tests of the gateway run in processes of their own, on a node's home: ``worker.py VERB JSON``;
prints JSON.
"""

import asyncio
import datetime as dt
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import transaction  # noqa: E402

from qiangqu.lake import messages, telemetry_read  # noqa: E402
from qiangqu.registry.models import Area  # noqa: E402
from qiangqu.telemetry.alarms.evaluate import evaluate  # noqa: E402
from qiangqu.telemetry.alarms.models import Alarm, AlarmState  # noqa: E402
from qiangqu.telemetry.alarms.rules import load_rules  # noqa: E402
from qiangqu.telemetry.connections import read_connections  # noqa: E402
from qiangqu.telemetry.gateway.core import Gateway, Limits  # noqa: E402
from qiangqu.telemetry.gateway.sources import sources as sources_of  # noqa: E402
from qiangqu.telemetry.listening import LISTENING  # noqa: E402
from qiangqu.telemetry.models import (  # noqa: E402
    Device,
    DeviceCommand,
    DeviceHealth,
    DeviceMessage,
    DeviceQuality,
    Point,
    UnknownDevice,
)
from qiangqu.telemetry.mqtt.accounts import write_accounts  # noqa: E402
from qiangqu.telemetry.mqtt.client import MqttClient  # noqa: E402


@transaction.atomic
def make(devices: list[dict[str, str]]) -> None:
    day = dt.date(2026, 1, 1)
    area = Area.objects.first() or Area(code="640000", name="测试", short_name="测", level="region", valid_from=day)
    area.save()
    for each in devices:
        Device(area=area, name=each["mn"], valid_from=day, **each).save()


async def _serve(limits: dict[str, float], overtime: float, recount: int, file: str, protocol: str) -> None:
    gateway = Gateway(Limits(**limits))  # type: ignore[arg-type]
    listener: Any = next(kind for kind in LISTENING if kind.code == protocol)(gateway)
    listener.requests.overtime, listener.requests.recount = overtime, recount
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await gateway.start()
    port = await gateway.listen(listener, "127.0.0.1", 0)
    others = sources_of(gateway, read_connections(Path(file))) if file else []
    for other in others:
        await other.start()
        if isinstance(other, MqttClient):  # before its first subscription a broker keeps nothing for it
            await asyncio.wait_for(other.subscribed.wait(), 20)
    print(port, flush=True)
    await stop.wait()
    for other in others:
        await other.stop()
    await gateway.stop()


def serve(
    limits: dict[str, float], overtime: float = 10.0, recount: int = 3, sources: str = "", protocol: str = "hj212"
) -> None:
    asyncio.run(_serve(limits, overtime, recount, sources, protocol))


def accounts(folder: str, password: str) -> list[str]:
    return write_accounts(Path(folder), password).left_out


def look() -> dict[str, object]:
    names = {
        pk: f"{mn}/{factor}/{interval}/{statistic}"
        for pk, mn, factor, interval, statistic in Point.objects.values_list(
            "pk", "device__mn", "factor_code", "interval", "statistic"
        )
    }
    table = telemetry_read.rows(0, 2**53)
    rows = zip(*(table[c].to_pylist() for c in ("point", "time", "value", "flag")), strict=True)
    return {
        "rows": [[names[point], time, value, flag] for point, time, value, flag in rows],
        "unknown": list(
            UnknownDevice.objects.values("mn", "frames", "password", "sample", "peer", "rivals", "rival_peer")
        ),
        "health": {h.device.mn: [h.frames, h.points, h.repeats, h.refused] for h in DeviceHealth.objects.all()},
        "quality": [[q.device.mn, q.what, q.refused, q.count] for q in DeviceQuality.objects.all()],
        "items": {f"{q.device.mn} {q.what} {q.item}": q.count for q in DeviceQuality.objects.exclude(item="")},
        "seen": {h.device.mn: h.last_seen and h.last_seen.timestamp() for h in DeviceHealth.objects.all()},
        "messages": [[m.device.mn, m.cn, m.text, m.reason] for m in DeviceMessage.objects.all()],
        "commands": [[c.cn, c.state, c.attempts, c.answer] for c in DeviceCommand.objects.order_by("pk")],
    }


def frames() -> list[list[str]]:
    """Every message as it came: MN, what it was called, its bytes."""
    found = []
    for pk, mn in Device.objects.values_list("pk", "mn"):
        found += [[mn, one.about, one.body.decode("latin-1")] for one in messages.find(pk, 0, 2**53, 10**6)]
    return found


def latest() -> dict[str, float]:
    names = {p.pk: f"{p.device.mn}/{p.factor_code}/{p.interval}/{p.statistic}" for p in Point.objects.all()}
    return {names[row["point"]]: row["value"] for row in telemetry_read.latest().to_pylist()}


def rules(file: str) -> list[int]:
    area = Area.objects.first()
    assert area is not None
    return list(load_rules(Path(file), area, enabled=True))


def judge(ahead: float) -> dict[str, float | None]:
    """The alarms that stand, with their values, once the rules are judged so many seconds from now."""
    assert evaluate(int((time.time() + ahead) * 1000)) is not None
    return {alarm.rule.code: alarm.value for alarm in Alarm.objects.filter(state=AlarmState.ACTIVE)}


def count() -> int:
    return telemetry_read.rows(0, 2**53).num_rows


def ask(mn: str, cn: str, region: str = "") -> None:
    DeviceCommand.objects.create(device=Device.objects.get(mn=mn), cn=cn, region=region)


def answer() -> None:
    """Do what the lines of the standard input ask for, ``[verb, arguments]``, until it ends."""
    for line in sys.stdin:
        verb, arguments = json.loads(line)
        print(json.dumps(VERBS[verb](**arguments)), flush=True)


VERBS: dict[str, Callable[..., Any]] = {
    "make": make,
    "serve": serve,
    "look": look,
    "ask": ask,
    "count": count,
    "latest": latest,
    "frames": frames,
    "accounts": accounts,
    "answer": answer,
    "rules": rules,
    "judge": judge,
}

if __name__ == "__main__":
    done = VERBS[sys.argv[1]](**json.loads(sys.argv[2]))
    if done is not None:
        print(json.dumps(done))
