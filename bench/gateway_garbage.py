"""How long a real device waits for its answer while others send garbage to the gateway: quiet, beside one
connection, beside ten; prints seconds.

    python bench/gateway_garbage.py [--hostile 1 10] [--answers 20] [--megabytes 2]

A gateway in a process of its own, on a new home, over real sockets. Each hostile connection sends ``##9999``
again and again, the given number of megabytes, and comes anew when it was closed, until the device has its
answers. Whatever the gateway does about it (bounded work, closing, shutting out) is in the figures; so is
everything else that the machine does meanwhile, which is why the quiet figures stand beside them, before and
after.
"""

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")

from qiangqu.telemetry.hj212.packet import build  # noqa: E402
from qiangqu.telemetry.hj212.stream import Decoder  # noqa: E402
from qiangqu.telemetry.tests.node import Node  # noqa: E402

MN, PASSWORD = b"BENCH1", b"bench12"
PATIENCE = 120.0  # seconds for one answer


def answer_seconds(port: int, answers: int) -> list[float]:
    """The waiting time of each of ``answers`` readings that a device sends one after the other on one
    connection.
    """
    decoder, waits = Decoder(), []
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        for number in range(answers):
            now = time.time()
            stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(now + 8 * 3600))
            region = f"DataTime={stamp};a21026-Rtd={number},a21026-Flag=N".encode()
            qn = f"{stamp}{int(now * 1000) % 1000:03d}".encode()
            began = time.perf_counter()
            line.sendall(build(b"2011", region, qn=qn, mn=MN, pw=PASSWORD))
            while not decoder.feed(line.recv(65536)):
                pass
            waits.append(time.perf_counter() - began)
    return waits


class Hostile:
    """Connections that send garbage until they are told to stop."""

    def __init__(self, port: int, count: int, size: int) -> None:
        self.port, self.garbage = port, b"##9999" * (size // 6)
        self.sent = self.rounds = 0
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._send, daemon=True) for _ in range(count)]

    def _send(self) -> None:
        while not self.over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                view = memoryview(self.garbage)
                while view and not self.over.is_set():
                    done = line.send(view[: 1 << 16])
                    self.sent += done
                    view = view[done:]
            self.rounds += 1
            self.over.wait(0.05)

    def __enter__(self) -> "Hostile":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(10)


def shown(name: str, waits: list[float], more: str = "") -> None:
    waits = sorted(waits)
    print(f"{name:<24} median {statistics.median(waits):7.3f} s   longest {waits[-1]:7.3f} s   {more}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hostile", type=int, nargs="+", default=[1, 10], help="connections that send garbage")
    parser.add_argument("--answers", type=int, default=20)
    parser.add_argument("--megabytes", type=float, default=2.0, help="on each hostile connection")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        node = Node(Path(folder) / "home")
        node.home.mkdir()
        try:
            environment = {**os.environ, "QIANGQU_HOME": str(node.home)}
            subprocess.run([sys.executable, "-m", "qiangqu", "migrate"], env=environment, cwd=ROOT, check=True)
            node.run("make", devices=[{"mn": MN.decode(), "password": PASSWORD.decode()}])
            node.serve()
            answer_seconds(node.port, 3)  # points are made
            shown("quiet", answer_seconds(node.port, given.answers))
            for count in given.hostile:
                with Hostile(node.port, count, int(given.megabytes * 1e6)) as hostile:
                    waits = answer_seconds(node.port, given.answers)
                shown(
                    f"{count} hostile", waits, f"({hostile.sent / 1e6:.1f} MB of garbage, {hostile.rounds} connections)"
                )
            shown("quiet again", answer_seconds(node.port, given.answers))
            node.stop()
        finally:
            node.remove()


if __name__ == "__main__":
    main()
