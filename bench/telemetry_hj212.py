"""Points a second from simulated devices over HJ 212 to disk, and how long a device waits for its answer;
beside parsing alone.

    python bench/telemetry_hj212.py [--seconds 15] [--devices 50] [--factors 24] [--rate 5000000] [--window 100] [--processes 1]

A gateway in a process of its own listens on loopback; the senders run in this one, so both share the
machine's cores. Every message is a frame of HJ 212-2017 with the answer asked for; a device has at most
``--window`` unanswered messages, which bounds the waiting time. What counts is what was answered, and a
message is answered after its rows are synced to disk. After the run the rows are counted in the lake.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def parsing(factors: int) -> float:
    """Points a second of the codec alone, on one core."""
    from qiangqu.telemetry.hj212.packet import build
    from qiangqu.telemetry.hj212.region import Reader
    from qiangqu.telemetry.hj212.stream import Decoder
    from qiangqu.telemetry.simulators.hj212 import SimulatedDevice, china

    device = SimulatedDevice("A", "123456", factors=_factors(factors))
    frames = []
    for at in range(4000):
        region = b"DataTime=%b;%b" % (china(1.79e9 + at), (device._template % tuple(device.measure())).encode())
        frames.append(build(b"2011", region, qn=device.qn(), mn=b"A"))
    stream, best = b"".join(frames), 0.0
    for _ in range(3):
        decoder, reader, count = Decoder(), Reader(), 0
        began = time.perf_counter()
        for start in range(0, len(stream), 65536):
            for packet in decoder.feed(stream[start : start + 65536]):
                count += len(reader.read(packet.region).values)
        best = max(best, count / (time.perf_counter() - began))
        assert count == 4000 * factors
    return best


def _factors(count: int) -> list[tuple[str, float]]:
    from qiangqu.telemetry.simulators.hj212 import FACTORS

    return [(f"a{number:05d}", FACTORS[number % len(FACTORS)][1]) for number in range(count)]


def wait_until_it_listens(port: int, patience: float = 120.0) -> None:
    """The time that a process takes to start is not measured. Raises TimeoutError."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"nobody listens on port {port}")


def cpu_seconds(pid: int) -> float:
    """What a process and its ended children used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--factors", type=int, default=24)
    parser.add_argument("--rate", type=float, default=5e6)
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--port", type=int, default=21310)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="qiangqu-bench-"))
    environment = {**os.environ, "QIANGQU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings"}
    environment.pop("QIANGQU_DATABASE_URL", None)
    environment["PYTHONPATH"] = str(ROOT)
    os.environ.update(environment)

    from qiangqu.telemetry.simulators.hj212 import Account, Plan, names, run

    plan = Plan(
        "127.0.0.1", arguments.port, arguments.rate, arguments.devices, arguments.factors, arguments.seconds, "BENCH",
        window=arguments.window,
    )  # fmt: skip
    worker = ROOT / "qiangqu/telemetry/tests/worker.py"

    def ask(*command: str) -> str:
        return subprocess.run(
            [sys.executable, *command], env=environment, check=True, capture_output=True, text=True
        ).stdout

    ask(str(ROOT / "manage.py"), "migrate", "-v0")
    ask(str(worker), "make", json.dumps({"devices": [{"mn": mn, "password": plan.password} for mn in names(plan)]}))
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
    gateway = subprocess.Popen([*command, "--processes", str(arguments.processes)], env=environment)
    account = Account()
    try:
        wait_until_it_listens(arguments.port)
        used, began = cpu_seconds(gateway.pid), time.perf_counter()
        asyncio.run(run(plan, account))
        took, used = time.perf_counter() - began, cpu_seconds(gateway.pid) - used
        status = Path(f"/proc/{gateway.pid}/status").read_text()
        peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    finally:
        gateway.send_signal(signal.SIGTERM)
        gateway.wait(60)
    rows = int(ask(str(worker), "count", "{}"))
    assert rows == account.points_answered, (rows, account.points_answered)
    files = sum(path.stat().st_size for path in (home / "lake").rglob("*.parquet"))
    shutil.rmtree(home)
    alone = parsing(arguments.factors)
    print(
        json.dumps(
            {
                "points_per_second_durable": round(account.points_answered / took),
                "frames_per_second": round(account.answered / took),
                "seconds": round(took, 1),
                "answer_p50_s": round(account.percentile(0.5), 3),
                "answer_p99_s": round(account.percentile(0.99), 3),
                "resent": account.resent,
                "rows_in_lake": rows,
                "bytes_per_row_before_merging": round(files / rows, 2),
                "gateway_peak_mb": round(int(peak) / 1024),
                "gateway_cpu_seconds_per_million_points": round(used / account.points_answered * 1e6, 2),
                "parsing_alone_points_per_second": round(alone),
                "share_of_parsing_alone": round(account.points_answered / took / alone, 3),
                "load_average": os.getloadavg()[0],
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
