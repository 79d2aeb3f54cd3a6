"""Simulated devices that speak HJ 212 over TCP as real ones do: they wait for answers, send again what was
not answered, and obey requests.
"""

import asyncio
import datetime as dt
import math
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..hj212.codes import Edition
from ..hj212.packet import Packet, build
from ..hj212.stream import Decoder

CHINA = dt.timezone(dt.timedelta(hours=8))
FACTORS = (
    ("a21026", 18.0), ("a21002", 42.0), ("a34013", 6.5), ("a19001", 8.2), ("a01011", 11.0), ("a01012", 96.0), ("a01013", 0.12),
    ("a01014", 9.0), ("a00000", 35.0), ("a21005", 55.0), ("a24088", 12.0), ("a21001", 2.1), ("w01018", 28.0), ("w21003", 1.6),
    ("w21011", 0.3), ("w21001", 9.5), ("w01001", 7.4), ("w00000", 0.05), ("a34004", 33.0), ("a34002", 61.0), ("a05024", 88.0),
    ("a21004", 24.0), ("a01001", 8.0), ("a01007", 2.6),
)  # fmt: skip
RESEND, ATTEMPTS = 10.0, 3


def china(seconds: float) -> bytes:
    """YYYYMMDDhhmmss of China Standard Time."""
    return dt.datetime.fromtimestamp(seconds, CHINA).strftime("%Y%m%d%H%M%S").encode()


@dataclass(slots=True)
class Sent:
    """A frame that waits for its answer."""

    raw: bytes
    at: float
    rows: int
    attempts: int = 1


@dataclass(slots=True)
class Account:
    """What devices did. Latencies in seconds from sending to the answer (the last 200,000)."""

    frames: int = 0
    answered: int = 0
    points_answered: int = 0
    resent: int = 0
    given_up: int = 0
    reconnects: int = 0
    requests: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=200_000))

    def percentile(self, share: float) -> float:
        """Latency below which ``share`` of the answers came; NaN without answers."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else math.nan


class SimulatedDevice(asyncio.Protocol):
    """One device. ``on_answer(qn)`` is told of each 9014."""

    def __init__(
        self,
        mn: str,
        password: str,
        *,
        factors: Sequence[tuple[str, float]] = FACTORS,
        edition: int = Edition.E2017,
        account: Account | None = None,
        seed: int = 0,
        window: int = 4000,
        on_answer: Callable[[bytes], None] | None = None,
    ) -> None:
        self.mn, self.password, self.edition = mn.encode(), password.encode(), edition
        self.account = account or Account()
        self.unanswered: dict[bytes, Sent] = {}
        self.window = window
        self.interval = 60
        self.on_answer = on_answer
        self.transport: asyncio.Transport | None = None
        self._random = random.Random(seed)
        self._levels = [level for _code, level in factors]
        self._values = list(self._levels)
        self._template = ";".join(f"{code}-Rtd=%.3f,{code}-Flag=N" for code, _level in factors)
        self._count = len(factors)
        self._last_qn = 0
        self._decoder = Decoder()
        self._may_write = asyncio.Event()
        self.lost = asyncio.Event()

    # --- connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.lost.clear()
        self._may_write.set()
        self._decoder = Decoder()

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        self.lost.set()
        self._may_write.set()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        for packet in self._decoder.feed(data):
            if packet.cn != b"9014":
                self._obey(packet)
                continue
            sent = self.unanswered.pop(packet.qn, None)
            if sent is not None:
                self.account.answered += 1
                self.account.points_answered += sent.rows
                self.account.latencies.append(now - sent.at)
                if self.on_answer is not None:
                    self.on_answer(packet.qn)

    # --- sending

    def qn(self) -> bytes:
        """A QN that was not given before."""
        self._last_qn = max(self._last_qn + 1, int(time.time() * 1000))
        return china(self._last_qn / 1000) + b"%03d" % (self._last_qn % 1000)

    def measure(self) -> list[float]:
        """The next values: a walk that keeps near its level."""
        gauss = self._random.gauss
        self._values = [
            abs(value + 0.05 * (level - value) + gauss(0, 0.02) * level)
            for value, level in zip(self._values, self._levels, strict=True)
        ]
        return self._values

    async def report(self, seconds: float, *, values: Sequence[float] | None = None) -> bytes:
        """Send one realtime message (2011) for a time; waits while too much is unanswered or unsent. Gives
        its QN.
        """
        while len(self.unanswered) >= self.window and self.transport is not None:
            await asyncio.sleep(0.005)
        await self._may_write.wait()
        qn = self.qn()
        given = self.measure() if values is None else values
        region = b"DataTime=%b;%b" % (china(seconds), (self._template % tuple(given)).encode())
        raw = build(b"2011", region, qn=qn, mn=self.mn, pw=self.password, edition=self.edition)
        self.unanswered[qn] = Sent(raw, time.monotonic(), self._count)
        self.account.frames += 1
        if self.transport is not None:
            self.transport.write(raw)
        return qn

    def resend(self, *, everything: bool = False, patience: float = RESEND) -> None:
        """Send again what is overdue (``everything``: after a new connection)."""
        now = time.monotonic()
        for qn, sent in list(self.unanswered.items()):
            if self.transport is None or not (everything or now - sent.at > patience):
                continue
            if sent.attempts > ATTEMPTS and not everything:
                del self.unanswered[qn]
                self.account.given_up += 1
                continue
            sent.attempts += 1
            sent.at = now
            self.account.resent += 1
            self.transport.write(sent.raw)

    # --- requests of the platform

    def _obey(self, packet: Packet) -> None:
        self.account.requests += 1
        cn, region = packet.cn, packet.region
        reply = {b"1011": b"SystemTime=" + china(time.time()), b"1061": b"RtdInterval=%d" % self.interval}.get(cn)
        known = reply is not None or cn in (b"1012", b"1062", b"2011", b"2012", b"2031", b"2051", b"2061")
        if not packet.wants_answer or self.transport is None:
            return
        self._say(packet, b"9011", b"QnRtn=1" if known else b"QnRtn=8")
        if not known:
            return
        if cn == b"1062":
            self.interval = int(region.partition(b"=")[2] or 60)
        if reply is not None:
            self._say(packet, cn, reply)
        elif cn in (b"2031", b"2051", b"2061"):
            begin = dict(item.partition(b"=")[::2] for item in region.split(b",")).get(b"BeginTime", b"")
            history = ";".join(
                f"{item.partition('-')[0]}-Avg=1.000,{item.partition('-')[0]}-Flag=N"
                for item in self._template.split(";")
            )
            self._say(packet, cn, b"DataTime=%b;%b" % (begin, history.encode()), answer=True)
        self._say(packet, b"9012", b"ExeRtn=1")

    def _say(self, packet: Packet, cn: bytes, region: bytes, *, answer: bool = False) -> None:
        if self.transport is not None:
            self.transport.write(build(cn, region, qn=packet.qn, mn=self.mn, pw=self.password, st=b"91", answer=answer))


async def connected(device: SimulatedDevice, host: str, port: int, patience: float = 60.0) -> None:
    """Connect, trying again while the gateway is away; then send again what was not answered. Raises OSError
    when patience ends.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            await asyncio.get_running_loop().create_connection(lambda: device, host, port)
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
            continue
        device.resend(everything=True)
        return


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is sent: ``rate`` points a second by ``devices`` devices together, for ``seconds`` (None:
    until stopped).
    """

    host: str
    port: int
    rate: float
    devices: int
    factors: int
    seconds: float | None = None
    prefix: str = "SIM"
    password: str = "123456"  # noqa: S105 - of made-up devices
    edition: int = Edition.E2017
    window: int = 4000


def names(plan: Plan) -> list[str]:
    """The MN of the plan's devices."""
    return [f"{plan.prefix}{number:0{24 - len(plan.prefix)}d}" for number in range(plan.devices)]


def factors_of(count: int) -> list[tuple[str, float]]:
    """``count`` factors with the level that each keeps near; beyond the known ones with made-up codes."""
    return [
        (f"{code}" if not lap else f"{code[:3]}{lap}{code[4:]}", level)
        for lap in range(1 + count // len(FACTORS))
        for code, level in FACTORS
    ][:count]


async def run(plan: Plan, account: Account, report: Callable[[Account], None] | None = None) -> None:
    """Run the devices of a plan. Where each reports more often than once a second, the times that it gives
    run ahead of a day long past, a second for each report, so that no two rows are the same."""
    every = plan.devices * plan.factors / plan.rate
    factors = factors_of(plan.factors)
    devices = [
        SimulatedDevice(
            mn, plan.password, factors=factors, edition=plan.edition, account=account, seed=number, window=plan.window
        )
        for number, mn in enumerate(names(plan))
    ]
    end = None if plan.seconds is None else time.monotonic() + plan.seconds
    work = [asyncio.create_task(_live(device, plan, every, number, end)) for number, device in enumerate(devices)]
    try:
        while not all(task.done() for task in work):
            await asyncio.wait(work, timeout=1.0, return_when=asyncio.FIRST_EXCEPTION)
            for task in work:
                if task.done():
                    task.result()
            if report is not None:
                report(account)
    finally:
        for task in work:
            task.cancel()
        for device in devices:
            if device.transport is not None:
                device.transport.close()


async def _live(device: SimulatedDevice, plan: Plan, every: float, number: int, end: float | None) -> None:
    await connected(device, plan.host, plan.port)
    past = int(time.time()) - 20 * 86400
    due = time.monotonic() + every * number / plan.devices
    checked = 0.0
    while end is None or time.monotonic() < end:
        now = time.monotonic()
        if device.transport is None:
            device.account.reconnects += 1
            await connected(device, plan.host, plan.port)
        if now - checked > 1.0:
            device.resend()
            checked = now
        if now < due:
            await asyncio.sleep(min(due - now, 1.0))
            continue
        due = max(due + every, now - 1.0)
        if every < 1.0:
            past += 1
        await device.report(past if every < 1.0 else time.time())
    while device.unanswered and device.transport is not None and time.monotonic() < (end or 0) + 30:
        device.resend()
        await asyncio.sleep(0.02)
