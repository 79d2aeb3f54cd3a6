"""From a device's frame to the message on a duty person's desk: a gas detector over HJ 212, and a tanker over JT/T 808
that leaves its fence. Gateway, worker and database are processes of their own, as on a node.

    python bench/alarm_latency.py [--trials 10]

Each trial sends one frame (gas above its limit; a position outside) and looks at the database until the message of the
duty person is there; then the value goes back and the alarm is acknowledged and closed for the next trial. The
escalation of a last alarm that nobody acknowledges is waited for too (a step of one minute). Seconds by the wall clock,
with what else the machine does.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
DUTY, CHIEF = "duty", "chief"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare() -> None:
    from qiangqu.domains.vehicles.models import Fence, Vehicle
    from qiangqu.domains.vehicles.rules import load
    from qiangqu.registry.models import Area, User
    from qiangqu.telemetry.models import AlarmRule, Device

    day = dt.date(2026, 1, 1)
    top = Area.objects.create(code="R", name="区", short_name="区", level="region", valid_from=day)
    zone = Area.objects.create(code="Z1", name="园区", short_name="园", level="zone", parent=top, valid_from=day)
    User.objects.create(username=DUTY, role="zone", area=zone)
    User.objects.create(username=CHIEF, role="planner", area=top)
    common = {"area": zone, "valid_from": day}
    Device.objects.create(mn="GAS1", name="可燃气体探测器", password="123456", **common)
    terminal = Device.objects.create(mn="13900000001", name="罐车", password="x", protocol="jt808", **common)
    Vehicle.objects.create(plate="宁A00001", goods="3", device=terminal, licence_until=dt.date(2030, 1, 1), **common)
    corners = "106.5,38.1\n106.7,38.1\n106.7,38.3\n106.5,38.3"
    Fence.objects.create(code="F1", name="围栏", kind="keep", outline=corners, **common)
    load(zone)
    AlarmRule.objects.exclude(factors="vfout").update(enabled=False)
    AlarmRule.objects.create(
        code="gas", name="可燃气体超限", condition="value > limit", limit=25, factors="gas01", severity=1, notify="zone",
        escalation="1:planner", enabled=True, **common,
    )  # fmt: skip


class Gas:
    """A detector on HJ 212."""

    rule = "gas"

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.number = 0

    def say(self, bad: bool) -> None:
        from qiangqu.telemetry.hj212.packet import build
        from qiangqu.telemetry.simulators.hj212 import china

        self.number += 1
        now = time.time()
        region = b"DataTime=%b;gas01-Rtd=%.1f,gas01-Flag=N" % (china(now), 60.0 if bad else 1.0)
        self.socket.sendall(build(b"2011", region, qn=china(now) + b"%03d" % (self.number % 1000), mn=b"GAS1"))
        assert b"CN=9014" in self.socket.recv(4096)


class Tanker:
    """A terminal on JT/T 808."""

    rule = "Z1-vehicle-out"

    def __init__(self, port: int) -> None:
        from qiangqu.telemetry.simulators.jt808 import Terminal

        self.terminal = Terminal("13900000001", port=port, edition=2019)
        assert self.terminal.sign_in(b"x")

    def say(self, bad: bool) -> None:
        assert self.terminal.report(dt.datetime.now(dt.UTC), 106.9 if bad else 106.6, 38.2, speed=60) == 0


def until(found: object, patience: float = 120.0) -> float:
    began = time.perf_counter()
    while not found():  # type: ignore[operator]
        if time.perf_counter() - began > patience:
            raise TimeoutError
        time.sleep(0.05)
    return time.perf_counter() - began


def trial(device: Gas | Tanker) -> float:
    from qiangqu.messaging.models import Message
    from qiangqu.registry.models import User
    from qiangqu.telemetry.alarms.handle import acknowledge
    from qiangqu.telemetry.models import Alarm

    before = Message.objects.filter(user__username=DUTY).count()
    began = time.perf_counter()
    device.say(True)
    until(lambda: Message.objects.filter(user__username=DUTY).count() > before)
    took = time.perf_counter() - began
    alarm = Alarm.objects.exclude(state="closed").get(rule__code=device.rule)
    acknowledge(User.objects.get(username=DUTY), [alarm.pk], "已到现场")
    time.sleep(1.1)  # times are whole seconds
    device.say(False)
    until(lambda: Alarm.objects.filter(pk=alarm.pk, state="closed").exists())
    time.sleep(1.1)
    return took


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=10)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="qiangqu-bench-"))
    os.environ |= {
        "QIANGQU_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings",
        "PYTHONPATH": str(ROOT),
    }
    os.environ.pop("QIANGQU_DATABASE_URL", None)
    subprocess.run([sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"], check=True)
    import django

    django.setup()
    prepare()
    from telemetry_hj212 import wait_until_it_listens

    from qiangqu.messaging.models import Message

    hj212, jt808 = free_port(), free_port()
    command = [sys.executable, "-m", "qiangqu"]
    ports = ["--port", str(hj212), "--jt808-port", str(jt808), "--fire-port", "0", "--metrics-port", "0"]
    programs = [subprocess.Popen([*command, "gateway", *ports]), subprocess.Popen([*command, "worker"])]
    try:
        for port in (hj212, jt808):
            wait_until_it_listens(port)
        found: dict[str, object] = {}
        for name, device in (("gas", Gas(hj212)), ("tanker", Tanker(jt808))):
            device.say(False)
            trial(device)  # the points are made, the programs warm
            took = sorted(trial(device) for _n in range(arguments.trials))
            found[f"{name}_frame_to_desk_p50_s"] = round(took[len(took) // 2], 2)
            found[f"{name}_frame_to_desk_max_s"] = round(took[-1], 2)
        gas = Gas(hj212)
        gas.say(True)
        told = until(lambda: Message.objects.filter(user__username=CHIEF).exists())
        found["escalated_after_s"] = round(told, 1)
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait(60)
        shutil.rmtree(home)
    print(json.dumps(found | {"load_average": os.getloadavg()[0]}, indent=1))


if __name__ == "__main__":
    main()
