"""Seventy-two hours of 20,000 points a minute, as fast as the gateway takes them: does memory stay flat, is
every answered value there.

    python bench/soak.py [--hours 72] [--devices 834] [--factors 24] [--every 6]

A gateway in a process of its own; 834 simulated devices with 24 values each report once a simulated minute
over HJ 212-2017 and wait for their answers. The times of the values run through the last 72 hours. Every six
simulated hours the devices fall silent until everything is answered; then the segments are merged as the
timer of an installation does (``qiangqu lake vacuum``, a process of its own), and the gateway's memory and
the segments are noted. At the end the rows in the lake are counted and must be those that were answered.
Memory counts as flat when the straight line through the notes of the second half rises by less than 1 MB a
simulated hour.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qiangqu.telemetry.simulators.hj212 import Account, SimulatedDevice

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
WORKER = ROOT / "qiangqu/telemetry/tests/worker.py"
FLAT_MB_PER_HOUR = 1.0
COUNT = """
import sys, django
django.setup()
from qiangqu.lake import telemetry_read
step = 6 * 3_600_000
print(sum(telemetry_read.rows(at, at + step).num_rows for at in range(int(sys.argv[1]), int(sys.argv[2]), step)))
"""


def rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def _same(device: SimulatedDevice) -> SimulatedDevice:
    return device


async def report(
    arguments: argparse.Namespace, first: float, pid: int, tidy: Callable[[], dict[str, float]]
) -> tuple[Account, list[dict[str, float]]]:
    """Let the devices report; gives what they counted, and the notes."""
    from qiangqu.telemetry.simulators.hj212 import FACTORS, Account, SimulatedDevice

    account, loop = Account(), asyncio.get_running_loop()
    factors = [(f"a{number:05d}", FACTORS[number % len(FACTORS)][1]) for number in range(arguments.factors)]
    devices = []
    for number in range(arguments.devices):
        device = SimulatedDevice(
            f"SOAK{number:06d}", "123456", factors=factors, account=account, seed=number, window=50
        )
        await loop.create_connection(partial(_same, device), "127.0.0.1", arguments.port)
        devices.append(device)
        if number % 100 == 99:
            await asyncio.sleep(0.2)
    notes = []
    for minute in range(int(arguments.hours * 60)):
        for device in devices:
            await device.report(first + minute * 60)
        await asyncio.sleep(0)
        if (minute + 1) % (arguments.every * 60) == 0:
            await _answered(devices)
            notes.append({"hour": (minute + 1) / 60, "gateway_mb": round(rss_mb(pid), 1)} | tidy())
            print(json.dumps(notes[-1]), flush=True)
    await _answered(devices)
    for device in devices:
        if device.transport is not None:
            device.transport.close()
    return account, notes


async def _answered(devices: list[SimulatedDevice]) -> None:
    until = time.monotonic() + 120
    while any(device.unanswered for device in devices):
        for device in devices:
            device.resend(patience=30)
        if time.monotonic() > until:
            raise SystemExit("not everything was answered within two minutes")
        await asyncio.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=float, default=72)
    parser.add_argument("--devices", type=int, default=834)
    parser.add_argument("--factors", type=int, default=24)
    parser.add_argument("--every", type=int, default=6, help="simulated hours between two notes")
    parser.add_argument("--port", type=int, default=21311)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="qiangqu-soak-"))
    environment = {**os.environ, "QIANGQU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings"}
    environment.pop("QIANGQU_DATABASE_URL", None)
    environment["PYTHONPATH"] = str(ROOT)
    os.environ.update(environment)

    def ask(*command: str) -> str:
        done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        return done.stdout

    def tidy() -> dict[str, float]:
        ask("-m", "qiangqu", "lake", "vacuum")
        held = json.loads(ask("-m", "qiangqu", "lake", "status", "--format", "json"))["datasets"]
        return {
            "segments": sum(each["segments"] for each in held),
            "megabytes": round(sum(each["bytes"] for each in held) / 2**20, 1),
        }

    ask(str(ROOT / "manage.py"), "migrate", "-v0")
    names = [f"SOAK{number:06d}" for number in range(arguments.devices)]
    ask(str(WORKER), "make", json.dumps({"devices": [{"mn": mn, "password": "123456"} for mn in names]}))
    command = [
        sys.executable,
        "-m",
        "qiangqu",
        "gateway",
        "--port",
        str(arguments.port),
        "--jt808-port",
        "0",
        "--fire-port",
        "0",
        "--metrics-port",
        "0",
    ]
    gateway = subprocess.Popen(command, env=environment)
    time.sleep(5)
    first = (int(time.time()) // 3600 - int(arguments.hours) - 1) * 3600
    try:
        began = time.perf_counter()
        account, notes = asyncio.run(report(arguments, first, gateway.pid, tidy))
        took = time.perf_counter() - began
    finally:
        gateway.send_signal(signal.SIGTERM)
        gateway.wait(60)
    rows = int(ask("-c", COUNT, str(first * 1000), str((first + int(arguments.hours * 3600)) * 1000)))
    shutil.rmtree(home)
    answered = account.points_answered  # type: ignore[attr-defined]
    half = notes[len(notes) // 2 :]
    slope = (
        float(np.polyfit([n["hour"] for n in half], [n["gateway_mb"] for n in half], 1)[0]) if len(half) > 1 else 0.0
    )
    figures = {
        "simulated_hours": arguments.hours,
        "points_a_simulated_minute": arguments.devices * arguments.factors,
        "points_answered": answered,
        "rows_in_lake": rows,
        "seconds": round(took, 1),
        "points_per_second": round(answered / took),
        "times_the_real_clock": round(arguments.hours * 3600 / took),
        "answer_p99_s": round(account.percentile(0.99), 3),  # type: ignore[attr-defined]
        "gateway_mb_first_last": [notes[0]["gateway_mb"], notes[-1]["gateway_mb"]] if notes else [],
        "mb_per_simulated_hour_second_half": round(slope, 3),
        # ids of batches are remembered for seven days by design (lake/telemetry_ids.py): 16 bytes a message
        "of_which_batch_ids": round(arguments.devices * 60 * 16 / 2**20, 3),
        "load_average": os.getloadavg()[0],
    }
    print(json.dumps(figures, indent=1))
    if rows != answered:
        raise SystemExit(f"{answered} values answered, {rows} in the lake")
    if slope > FLAT_MB_PER_HOUR:
        raise SystemExit(f"memory rises by {slope:.2f} MB a simulated hour")


if __name__ == "__main__":
    main()
