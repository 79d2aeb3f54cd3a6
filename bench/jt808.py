"""Messages of JT/T 808 a second: decoded on one core, and from terminals over TCP to disk; beside the least that must be
done for the same bytes, and beside another public decoder.

    python bench/jt808.py [--seconds 10] [--terminals 50] [--window 200] [--processes 1] [--peer FOLDER] [--fuzz N]
    python bench/jt808.py --terminals 5000 --window 2 [--files 1024]      # as fast as they are answered
    python bench/jt808.py --terminals 5000 --every 10 --seconds 60        # each a position every ten seconds

Decoding is what a gateway does of a position before it is stored: frames out of a stream, escapes, check byte, head,
the 28 fixed bytes and four additional items as values of series. The floor beside it only splits the stream at its
marks, takes escapes out and unpacks the fixed bytes. ``--peer`` is a folder with the client library of
github.com/QuecPython/jtt808 prepared to run here, whose ``JTMessageParse`` reads the heads of the same frames.

Durable: a gateway in a process of its own listens on loopback, the terminals are in this one, so both share the
machine's cores. A terminal has at most ``--window`` unanswered messages; what counts is what was answered, and an answer
follows the commit. After the run the positions are counted in the lake. All terminals are signed in and have said one
position (which registers their points) before the measured time begins; ``--every`` seconds: each says one position in so many, at a time of its own. ``--files`` is
the soft limit of open files that the gateway is started with. ``--fuzz N`` runs N broken frames instead.
"""

import argparse
import asyncio
import datetime as dt
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from struct import Struct

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]
ITEMS = {0x01: b"\0\1\2\3", 0x03: b"\1\x2c", 0x30: b"\x15", 0x31: b"\x0b"}


def frames(count: int) -> list[bytes]:
    from qiangqu.telemetry.jt808 import location
    from qiangqu.telemetry.jt808.frame import build

    chance, number = random.Random(1), bytes.fromhex("013419905507")
    start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    return [
        build(
            0x0200,
            location.write(
                start + dt.timedelta(seconds=n), 106 + chance.random(), 38 + chance.random(), speed=60 * chance.random(),
                course=chance.randrange(360), altitude=1100, items=ITEMS,
            ),
            number, n,
        )
        for n in range(count)
    ]  # fmt: skip


def decoded(stream: bytes, count: int) -> float:
    """Messages a CPU second."""
    from qiangqu.telemetry.jt808 import location
    from qiangqu.telemetry.jt808.stream import Decoder

    best = 0.0
    for _ in range(3):
        decoder, found, began = Decoder(), 0, time.process_time()
        for at in range(0, len(stream), 65536):
            for message in decoder.feed(stream[at : at + 65536]):
                found += len(location.read(message.body).values) == 11  # type: ignore[union-attr]
        best = max(best, found / (time.process_time() - began))
        assert found == count
    return best


def floor(stream: bytes) -> float:
    fixed, best = Struct(">HH6sHIIIIHHH6s"), 0.0
    for _ in range(3):
        found, began = 0, time.process_time()
        for at in range(0, len(stream), 65536):
            for piece in stream[at : at + 65536].split(b"\x7e"):
                if len(piece) > 50:
                    fixed.unpack_from(piece.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d"))
                    found += 1
        best = max(best, found / (time.process_time() - began))
    return best


def peer(folder: str, raw: list[bytes]) -> float:
    sys.path.insert(0, folder)
    from usr.jt_message import JTMessageParse  # type: ignore[import-not-found]

    began = time.process_time()
    for one in raw[:2000]:
        parse = JTMessageParse()
        parse.set_message(one)
        assert parse.get_header()["message_id"] == 0x0200 and parse.get_body()
    return 2000 / (time.process_time() - began)


async def terminals(
    port: int, count: int, window: int, seconds: float, every: float, connected: Callable[[float], None]
) -> tuple[int, float, list[float]]:
    """Answered positions, the seconds it took, waiting times. ``connected`` hears how long it took until all were
    signed in."""
    from qiangqu.telemetry.jt808 import location
    from qiangqu.telemetry.jt808.codes import Up
    from qiangqu.telemetry.jt808.frame import build, escape

    waits: list[float] = []
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=20)
    chance = random.Random(1)
    template = [
        location.write(
            start + dt.timedelta(seconds=n), 106 + chance.random(), 38 + chance.random(), speed=60 * chance.random(),
            course=chance.randrange(360), items=ITEMS,
        )
        for n in range(5000)
    ]  # fmt: skip

    arriving, all_here = asyncio.Semaphore(200), asyncio.Event()  # no more than fit into the queue of the port
    here = 0

    async def one(number: int) -> int:
        nonlocal here
        async with arriving:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            phone = bytes.fromhex(f"{15_000_000_000 + number:012d}")
            writer.write(build(Up.SIGN_IN, b"x", phone, 0))
            await reader.readuntil(b"\x7e")
            await reader.readuntil(b"\x7e")
        # the first position registers the points of a terminal
        writer.write(build(Up.POSITION, template[number % 5000], phone, 1))
        await reader.readuntil(b"\x7e")
        await reader.readuntil(b"\x7e")
        here += 1
        if here == count:
            connected(time.perf_counter() - opened)
            all_here.set()
        await all_here.wait()
        if every:
            await asyncio.sleep(chance.random() * every)
        sent = answered = 1
        at: dict[int, float] = {}
        end = began() + seconds
        head = Struct(">HH6sH")
        while True:
            more = time.perf_counter() < end
            if more:
                batch, now = [], time.perf_counter()
                while sent - answered < (1 if every else window):
                    sent += 1
                    body = template[sent % 5000]
                    body = body[:16] + (sent // 5000).to_bytes(2, "big") + body[18:]  # another one: the height
                    whole = head.pack(0x0200, len(body), phone, sent & 0xFFFF) + body
                    value, half = int.from_bytes(whole, "big"), 4 << (len(whole) - 1).bit_length()
                    while half >= 8:
                        value ^= value >> half
                        half >>= 1
                    batch.append(b"\x7e%b\x7e" % escape(whole + bytes((value & 255,))))
                if batch:
                    at[sent] = now
                    writer.write(b"".join(batch))
            elif answered == sent:
                writer.close()
                return answered - 1
            data = await reader.read(1 << 16)
            if not data:
                raise ConnectionError
            answered += data.count(b"\x7e\x80\x01")
            for asked in [asked for asked in at if asked <= answered]:
                waits.append(time.perf_counter() - at.pop(asked))
            if every and answered == sent and time.perf_counter() + every < end:
                await asyncio.sleep(every)

    first: list[float] = []

    def began() -> float:
        first.append(time.perf_counter())
        return first[0]

    opened = time.perf_counter()
    done = sum(await asyncio.gather(*(one(number) for number in range(count))))
    return done, time.perf_counter() - first[0], sorted(waits)


def durable(arguments: argparse.Namespace) -> dict[str, object]:
    from telemetry_hj212 import cpu_seconds, wait_until_it_listens

    home = Path(tempfile.mkdtemp(prefix="qiangqu-bench-"))
    environment = {**os.environ, "QIANGQU_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("QIANGQU_DATABASE_URL", None)
    worker = ROOT / "qiangqu/telemetry/tests/worker.py"

    def ask(*command: str, said: str = "") -> str:
        return subprocess.run(
            [sys.executable, *command], env=environment, check=True, capture_output=True, text=True, input=said
        ).stdout

    ask(str(ROOT / "manage.py"), "migrate", "-v0")
    numbers = [str(15_000_000_000 + n) for n in range(arguments.terminals)]
    devices = [{"mn": number, "password": "x", "protocol": "jt808"} for number in numbers]
    ask(str(worker), "answer", "{}", said=json.dumps(["make", {"devices": devices}]))
    ports = ["--port", "0", "--jt808-port", str(arguments.port), "--fire-port", "0", "--metrics-port", "0"]
    command = [sys.executable, "-m", "qiangqu", "gateway", *ports, "--processes", str(arguments.processes)]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (arguments.files or hard, hard))
    gateway = subprocess.Popen(command, env=environment)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    found: dict[str, object] = {}
    started: list[float] = []

    def memory(name: str) -> int:
        status = Path(f"/proc/{gateway.pid}/status").read_text()
        return round(int(next(line.split()[1] for line in status.splitlines() if line.startswith(name))) / 1024)

    def connected(seconds: float) -> None:
        found["connections"] = arguments.terminals
        found["signed_in_and_known_after_s"] = round(seconds, 1)
        found["gateway_open_files"] = len(list(Path(f"/proc/{gateway.pid}/fd").iterdir()))
        found["gateway_mb_when_all_are_known"] = memory("VmRSS")
        started.extend((cpu_seconds(gateway.pid), time.process_time()))

    try:
        wait_until_it_listens(arguments.port)
        found["gateway_mb_before"] = memory("VmRSS")
        answered, took, waits = asyncio.run(
            terminals(
                arguments.port, arguments.terminals, arguments.window, arguments.seconds, arguments.every, connected
            )
        )
        used, own = cpu_seconds(gateway.pid) - started[0], time.process_time() - started[1]
        found["gateway_peak_mb"] = memory("VmHWM")
    finally:
        gateway.send_signal(signal.SIGTERM)
        gateway.wait(120)
    rows = int(ask(str(worker), "count", "{}"))
    shutil.rmtree(home)
    assert rows == (answered + arguments.terminals) * 11, (rows, answered)
    return found | {
        "messages_per_second_durable": round(answered / took),
        "messages_per_gateway_cpu_second": round(answered / used),
        "sender_share_of_cpu": round(own / (own + used), 2),
        "answer_p50_s": round(waits[len(waits) // 2], 3),
        "answer_p99_s": round(waits[int(len(waits) * 0.99)], 3),
        "answer_longest_s": round(waits[-1], 3),
        "rows_in_lake": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--terminals", type=int, default=50)
    parser.add_argument("--window", type=int, default=200)
    parser.add_argument("--every", type=float, default=0)
    parser.add_argument("--files", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--port", type=int, default=21318)
    parser.add_argument("--peer")
    parser.add_argument("--fuzz", type=int)
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qiangqu.site.settings")
    if arguments.fuzz:
        test = "qiangqu/telemetry/jt808/tests/test_codec.py::test_fuzzed_frames_escape_nothing"
        command = [sys.executable, "-m", "pytest", "-q", test]
        sys.exit(subprocess.call(command, env={**os.environ, "QIANGQU_FUZZ": str(arguments.fuzz)}, cwd=ROOT))
    raw = frames(40_000)
    stream = b"".join(raw)
    found: dict[str, object] = {
        "messages_decoded_per_cpu_second": round(decoded(stream, len(raw))),
        "floor_per_cpu_second": round(floor(stream)),
    }
    if arguments.peer:
        found["peer_heads_per_cpu_second"] = round(peer(arguments.peer, raw))
    found |= durable(arguments) | {"load_average": os.getloadavg()[0]}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
