"""Points a second from simulated devices over MQTT (QoS 1, a real mosquitto with accounts) to disk, and how
long messages wait.

    python bench/telemetry_mqtt.py [--seconds 15] [--devices 8] [--factors 24] [--rate 5000000] [--window 500]

The broker and the gateway run in processes of their own on loopback, the senders in this one; all share the
machine's cores. Two waits are given: what a device waits for the broker's acknowledgement, and what the
broker waits for the gateway's, which is sent after the rows are synced to disk. The rate is over the time
from the first message until the last row is on disk. After the run the rows are counted in the lake.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def parsing(factors: int) -> float:
    """Points a second of the payload parser alone, on one core."""
    from qiangqu.telemetry.incoming import readings_of
    from qiangqu.telemetry.mqtt.json_payload import parse_own
    from qiangqu.telemetry.simulators.hj212 import factors_of

    payload = json.dumps({"time": 1_790_000_000, "values": dict(factors_of(factors))}).encode()
    best = 0.0
    for _ in range(3):
        began = time.perf_counter()
        for _ in range(5000):
            readings = readings_of(parse_own(payload, 0).readings)
        best = max(best, 5000 * factors / (time.perf_counter() - began))
        assert len(readings.values) == factors
    return best


def figures(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


def wait_for(holds: Callable[[], object], seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except OSError:
            pass
        if time.monotonic() > end:
            sys.exit(f"bench: waited {seconds:.0f} s for {what}")
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--devices", type=int, default=8)
    parser.add_argument("--factors", type=int, default=24)
    parser.add_argument("--rate", type=float, default=5e6)
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--port", type=int, default=21410)
    arguments = parser.parse_args()
    mosquitto = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if mosquitto is None:
        sys.exit("bench: needs mosquitto (apt-get install mosquitto)")
    home = Path(tempfile.mkdtemp(prefix="qiangqu-bench-"))
    environment = {**os.environ, "QIANGQU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings"}
    environment.pop("QIANGQU_DATABASE_URL", None)
    environment["PYTHONPATH"] = str(ROOT)
    os.environ.update(environment)

    from qiangqu.telemetry.simulators.hj212 import Account, Plan, names
    from qiangqu.telemetry.simulators.mqtt import run

    port, metrics = arguments.port, arguments.port + 1
    plan = Plan(
        "127.0.0.1", port, arguments.rate, arguments.devices, arguments.factors, arguments.seconds, "BENCH",
        window=arguments.window,
    )  # fmt: skip
    worker = ROOT / "qiangqu/telemetry/tests/worker.py"
    devices = [{"mn": mn, "password": plan.password, "protocol": "mqtt"} for mn in names(plan)]

    def ask(*command: str) -> str:
        return subprocess.run(
            [sys.executable, *command], env=environment, check=True, capture_output=True, text=True
        ).stdout

    ask(str(ROOT / "manage.py"), "migrate", "-v0")
    ask(str(worker), "make", json.dumps({"devices": devices}))
    folder = home / "broker"
    ask(str(worker), "accounts", json.dumps({"folder": str(folder), "password": "bench-password"}))
    conf = folder / "mosquitto.conf"
    user = "user root\n" if os.geteuid() == 0 else ""
    conf.write_text(user + conf.read_text().replace("listener 1883", f"listener {port} 127.0.0.1"))
    (folder / "password").write_text("bench-password")
    (folder / "connections.yaml").write_text(
        f"mqtt: [{{broker: 127.0.0.1, port: {port}, username: qiangqu, password_file: password}}]"
    )
    broker = subprocess.Popen([mosquitto, "-c", str(conf)], stderr=subprocess.DEVNULL)
    gateway = None
    account = Account()
    try:
        wait_for(lambda: _listens(port), 10, "mosquitto")
        command = [
            sys.executable,
            "-m",
            "qiangqu",
            "gateway",
            "--port",
            "0",
            "--jt808-port",
            "0",
            "--fire-port",
            "0",
            "--metrics-port",
            str(metrics),
        ]
        gateway = subprocess.Popen([*command, "--sources", str(folder / "connections.yaml")], env=environment)
        connected = 'qiangqu_gateway_events_total{event="mqtt_connections"}'
        wait_for(lambda: figures(metrics).get(connected), 20, "the gateway")
        time.sleep(1.0)
        began = time.perf_counter()
        asyncio.run(run(plan, account))
        sent = time.perf_counter() - began
        points = 'qiangqu_gateway_events_total{event="points"}'
        expected = account.frames * arguments.factors
        wait_for(lambda: figures(metrics).get(points, 0) >= expected, 120, "the last row")
        took = time.perf_counter() - began
        last = figures(metrics)
        status = Path(f"/proc/{gateway.pid}/status").read_text()
        peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    finally:
        if gateway is not None:
            gateway.send_signal(signal.SIGTERM)
            gateway.wait(60)
        broker.terminate()
        broker.wait(20)
    rows = int(ask(str(worker), "count", "{}"))
    assert rows == expected == account.points_answered, (rows, expected, account.points_answered)
    shutil.rmtree(home)
    print(
        json.dumps(
            {
                "points_per_second_durable": round(rows / took),
                "messages_per_second": round(account.frames / took),
                "seconds": round(took, 1),
                "seconds_until_broker_had_all": round(sent, 1),
                "device_waits_for_broker_p50_s": round(account.percentile(0.5), 3),
                "device_waits_for_broker_p99_s": round(account.percentile(0.99), 3),
                "broker_waits_for_disk_p50_s": round(last['qiangqu_gateway_mqtt_wait_seconds{quantile="0.5"}'], 3),
                "broker_waits_for_disk_p99_s": round(last['qiangqu_gateway_mqtt_wait_seconds{quantile="0.99"}'], 3),
                "rows_in_lake": rows,
                "gateway_peak_mb": round(int(peak) / 1024),
                "parsing_alone_points_per_second": round(parsing(arguments.factors)),
                "load_average": os.getloadavg()[0],
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
