"""The gateway: takes in what devices say, whatever their protocol, commits it, and then has it answered.

It knows no protocol. Listening ones are given to :meth:`Gateway.listen` (:class:`~.connection.Listener`);
those that ask or subscribe hand what they received to :meth:`Gateway.store`. Here is what holds for all: who
may connect and send, limits, commits, tallies, the quarantine list.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from typing import Any

from django.db import close_old_connections

from qiangqu.base.errors import QiangquError
from qiangqu.lake import telemetry as lake

from . import intake
from .connection import Connection, Listener
from .directory import Directory, Known
from .intake import Frame, Outcome, Stranger, Told
from .peers import Guesses, Peers, lies_in
from .readings import Readings

log = logging.getLogger(__name__)
LONGEST_AT_DEVICE = 10.0  # seconds; a device that many guess at is to get through itself


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the gateway; times in seconds."""

    connections: int = 5000
    per_address: int = 1000  # connections of one address (this machine's own: no bound but the above)
    login: float = 45.0  # until the first packet of a registered device (GB/T 26875: a heartbeat in 20 to 30 s)
    frame: float = 20.0  # for one packet to arrive whole
    idle: float = 3600.0
    wrong_passwords: int = 5  # on a connection, and of a device at an address before it has to wait
    guesses_of_address: int = 20  # wrong passwords of whatever devices before an address has to wait
    # from whatever addresses before those where the device did not sign in have to wait
    guesses_at_device: int = 100
    wary: int = 4096  # bytes of work in vain on a connection of an address that gave trouble
    gather: float = 0.1  # between commits, so that they hold many frames
    pending_points: int = 400_000
    pending_frames: int = 40_000
    unsent: int = 1 << 20  # bytes of answers that a device does not fetch
    strangers: int = 1000  # unknown MN between two flushes
    flush: float = 5.0


class Gateway:
    """Devices, their connections and what they say, over one committing thread."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.directory = Directory()
        self.listeners: list[Listener] = []
        self.connections: set[Connection] = set()
        self.by_device: dict[bytes, Connection] = {}
        self.counters: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.quirks: Counter[str] = Counter()
        self.strangers: dict[str, Stranger] = {}
        self.peers = Peers(self.limits.per_address)
        self.guesses = Guesses(self.limits.wrong_passwords)
        self.guesses_of_address = Guesses(self.limits.guesses_of_address)
        self.guesses_at_device = Guesses(self.limits.guesses_at_device, LONGEST_AT_DEVICE)
        self.commit_seconds = 0.0
        self.waits: deque[float] = deque(
            maxlen=20_000
        )  # of MQTT, seconds from a message's arrival to its acknowledgement
        self._pending: list[Frame] = []
        self._pending_points = 0
        self._paused: set[Connection] = set()
        self._thread = ThreadPoolExecutor(1, "gateway-database")
        self._wake = asyncio.Event()
        self._stopping = False
        self._flushing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._servers: list[asyncio.Server] = []

    # --- life

    async def start(self) -> None:
        """Read the register and begin to commit."""
        await self.database(lake.start)
        await self.database(self.directory.reload)
        self._tasks = [asyncio.create_task(work) for work in (self._commit_loop(), self._watch(), self._housekeeping())]

    async def listen(self, listener: Listener, host: str, port: int, *, share: bool = False) -> int:
        """Let devices of a protocol connect; gives the port. ``share``: several processes listen on the same
        port. Raises OSError.
        """
        await listener.start()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(self, listener), host, port, backlog=1024, reuse_port=share or None
        )
        self.listeners.append(listener)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and reading, commit and answer what has been read, flush, close."""
        for server in self._servers:
            server.close()
        for connection in self.connections:
            if connection.transport is not None:
                connection.transport.pause_reading()
        self._stopping = True
        self._wake.set()
        await self._tasks[0]
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks[1:], return_exceptions=True)
        await self._flush()
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0.05)
        self._thread.shutdown()

    async def failed(self) -> None:
        """Waits until one of the gateway's own tasks ends, which it should not; raises what ended it."""
        done, _rest = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def database(self, work: Any, *args: Any) -> Any:
        """Run ``work`` in the one thread that touches the database."""

        def run() -> Any:
            close_old_connections()
            return work(*args)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    # --- connections

    def opened(self, connection: Connection) -> None:
        self.counters["connections"] += 1
        if len(self.connections) >= self.limits.connections or self._stopping:
            connection.close("full")
            return
        welcome = self.peers.opened(connection.address, time.monotonic())
        if welcome not in ("", "wary"):
            connection.close(welcome)
            return
        if welcome == "wary":
            connection.stream.patience = self.limits.wary
        connection.counted = True
        self.connections.add(connection)

    def closed(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if connection.counted:
            connection.counted = False
            self.peers.closed(connection.address, time.monotonic())
        self._paused.discard(connection)
        for mn in connection.devices:
            if self.by_device.get(mn) is connection:
                del self.by_device[mn]

    def blame(self, connection: Connection, refused: Counter[Any]) -> None:
        """Count what could not be read; where only one device speaks on a connection it is counted among what
        that device sent. Empties ``refused``.
        """
        for why, count in refused.items():
            self.refused[why] += count
        if len(connection.devices) == 1:
            device = self.directory.get(next(iter(connection.devices)))
            if device is not None:
                device.tally.refused.update({str(why): count for why, count in refused.items()})
        refused.clear()

    async def _watch(self) -> None:
        """Close connections that are too slow."""
        limits = self.limits
        while True:
            await asyncio.sleep(min(1.0, limits.frame / 4, limits.login / 4))
            now = time.monotonic()
            for connection in list(self.connections):
                if connection in self._paused:
                    continue
                if not connection.devices and now - connection.opened > limits.login:
                    connection.close("no_login")
                elif connection.unfinished_since and now - connection.unfinished_since > limits.frame:
                    connection.close("slow_frame")
                elif now - connection.heard > limits.idle:
                    connection.close("idle")
            for listener in self.listeners:
                try:
                    await listener.tick()
                except Exception:  # one protocol's fault stops none of the others
                    self.counters["housekeeping_failed"] += 1
                    log.exception("%s 的定时工作出错", listener.code)

    async def _housekeeping(self) -> None:
        while True:
            await asyncio.sleep(self.limits.flush)
            try:
                await self._flush()
                await self.database(self.directory.reload)
            except Exception:  # a locked database now is no reason to stop taking data in
                self.counters["housekeeping_failed"] += 1
                log.exception("设备状况未能写入数据库，稍后重试")

    async def _flush(self) -> None:
        # what was taken is written also when the gateway is told to stop meanwhile
        await asyncio.shield(self._write_tallies())

    async def _write_tallies(self) -> None:
        """Write what happened since the last time; what could not be written is counted on."""
        async with self._flushing:
            taken = [(known, tally) for known in self.directory.devices.values() if (tally := known.take_tally())]
            strangers, self.strangers = self.strangers, {}
            if not taken and not strangers:
                return
            try:
                await self.database(intake.flush_tallies, [(known.pk, tally) for known, tally in taken], strangers)
            except Exception:
                for known, tally in taken:
                    known.give_back(tally)
                for name, stranger in strangers.items():
                    since = self.strangers.get(name)
                    if since is not None:
                        stranger.add(since)
                    self.strangers[name] = stranger
                raise

    # --- who sends

    def speaking(self, protocol: str) -> list[Known]:
        """The devices of a protocol that are connected here."""
        found = map(self.directory.get, self.by_device)
        return [device for device in found if device is not None and device.protocol == protocol]

    def sender(
        self,
        connection: Connection,
        name: bytes,
        password: bytes | None,
        size: int,
        describe: Callable[[], tuple[str, str]],
    ) -> Known | None:
        """The device ``name`` that a message of ``size`` bytes comes from, if it may send: judged by the
        password that the message says, or, where it says none (None), by an earlier one on this connection. A
        name that is in no register goes to the quarantine list, with what ``describe`` gives (system and
        sample)."""
        device = self._registered(connection, name, password or b"", size, describe)
        if device is None:
            return None
        signed_in = name in connection.devices
        why = ""
        if not device.password:
            why = "no_password"  # registered without one: nobody is let in for saying nothing
        elif password is None:
            why = "" if signed_in else "not_signed_in"
        else:
            why = self._judged(connection, device, password, device.password, signed_in)
        if not self._let_in(connection, device, why, size):
            return None
        if not signed_in:
            device.address = connection.address
            self.peers.signed_in(connection.address, time.monotonic())
            self.guesses.right((name, connection.address))
        return self._entered(connection, device)

    def addressed(
        self, connection: Connection, name: bytes, size: int, describe: Callable[[], tuple[str, str]]
    ) -> Known | None:
        """As :meth:`sender`, of a protocol that knows no password: whoever says the name is taken for the device,
        unless the register says from which address or network it calls (its ``serial``). Where it does not, the
        address that is called from earns no trust by it."""
        device = self._registered(connection, name, b"", size, describe)
        if device is None:
            return None
        signed_in = name in connection.devices
        why = "" if signed_in or lies_in(connection.address, device.serial.decode()) else "wrong_address"
        if not self._let_in(connection, device, why, size):
            return None
        if not signed_in and device.serial:
            self.peers.signed_in(connection.address, time.monotonic())
        return self._entered(connection, device)

    def _entered(self, connection: Connection, device: Known) -> Known:
        """A device that may send is the connection's from now on."""
        if device.mn not in connection.devices:
            connection.devices.add(device.mn)
            connection.stream.patience = connection.patience
        self.by_device[device.mn] = connection
        return device

    def recognised(
        self, connection: Connection, name: bytes, serial: bytes, size: int, describe: Callable[[], tuple[str, str]]
    ) -> Known | None:
        """The device ``name`` if ``serial`` is its own: of protocols in which a device first says which one it is
        and is then told its password. Guesses count as those of passwords do; nobody is signed in by it."""
        device = self._registered(connection, name, serial, size, describe)
        if device is None:
            return None
        why = self._judged(connection, device, serial, device.serial, False) if device.serial else "no_serial"
        return device if self._let_in(connection, device, why, size) else None

    def signed_out(self, connection: Connection, name: bytes) -> None:
        """A device says that it has done."""
        connection.devices.discard(name)
        if self.by_device.get(name) is connection:
            del self.by_device[name]

    def _registered(
        self, connection: Connection, name: bytes, said: bytes, size: int, describe: Callable[[], tuple[str, str]]
    ) -> Known | None:
        device = self.directory.devices.get(name)
        if device is None or device.protocol != connection.listener.code:
            self._stranger(connection, name, said, describe)  # also one that is registered for another protocol
            connection.stream.unwanted(size, bool(connection.devices))
            return None
        return device

    def _judged(self, connection: Connection, device: Known, said: bytes, right: bytes, signed_in: bool) -> str:
        """Why what a device says is not taken; "" when it is right."""
        now = time.monotonic()
        if not signed_in and self._waits(device, connection.address, now):
            return "password_waits"
        if compare_digest(said, right):
            return ""
        self.guesses.wrong((device.mn, connection.address), now)
        self.guesses_of_address.wrong(connection.address, now)
        self.guesses_at_device.wrong(device.mn, now)
        connection.wrong_passwords += 1
        return "wrong_password"

    def _let_in(self, connection: Connection, device: Known, why: str, size: int) -> bool:
        if why:
            self.refused[why] += 1
            device.tally.refused[why] += 1
            connection.stream.unwanted(size, bool(connection.devices))
            if connection.wrong_passwords >= self.limits.wrong_passwords:
                connection.give_up("wrong_password")
            return False
        if not device.enabled:
            self.refused["disabled"] += 1
            return False
        return True

    def _waits(self, device: Known, address: str, now: float) -> bool:
        """Whether a password that is said for a device at an address must not be judged yet."""
        if self.guesses.waits((device.mn, address), now):
            return True
        if device.address == address:  # it signed in from there: what others do does not hold it up
            return False
        return self.guesses_of_address.waits(address, now) or self.guesses_at_device.waits(device.mn, now)

    def _stranger(
        self, connection: Connection, name: bytes, password: bytes, describe: Callable[[], tuple[str, str]]
    ) -> None:
        self.refused["unknown_mn"] += 1
        mn = _text(name)
        said = _text(password)
        known = self.strangers.get(mn)
        if known is not None:
            known.frames += 1
            known.say(said, connection.peer)
        elif len(self.strangers) < self.limits.strangers:
            system, sample = describe()
            self.strangers[mn] = Stranger(
                1,
                connection.peer,
                said,
                system.replace("\0", ""),
                sample.replace("\0", "")[:1000],
                connection.listener.code,
            )

    def note_stranger(self, name: str, protocol: str, peer: str, sample: str) -> None:
        """A message of a device that is in no register goes to the quarantine list."""
        self.refused["unknown_mn"] += 1
        known = self.strangers.get(name)
        if known is not None:
            known.frames += 1
        elif len(self.strangers) < self.limits.strangers:
            self.strangers[name] = Stranger(1, peer[:64], "", "", sample.replace("\0", "")[:1000], protocol)

    # --- what they say

    def take(self, frame: Frame) -> None:
        """Take in a message of a device that may send; its origin is told what became of it. Called in the
        gateway's loop.
        """
        readings = frame.readings
        if readings is not None:
            if readings.quirks:
                self.quirks.update(readings.quirks)
                frame.device.tally.quirks.update(readings.quirks)
            if readings.refused:
                self.note_refused(frame.device, readings.refused)
            self._pending_points += len(readings.values)
        pending = self._pending
        pending.append(frame)
        if len(pending) == 1:
            self._wake.set()
        if self._pending_points > self.limits.pending_points or len(pending) > self.limits.pending_frames:
            connection = frame.connection  # sources without one hold themselves back: they wait to be told
            if connection is not None and connection.transport is not None and connection not in self._paused:
                connection.transport.pause_reading()
                self._paused.add(connection)
                self.counters["paused"] += 1

    def store(
        self,
        device: Known,
        readings: Readings,
        interval: str,
        key: str,
        done: Callable[[bool], None],
        message: tuple[str, bytes] = ("", b""),
        *,
        beside: str = "",
        alive: bool = True,
    ) -> None:
        """:meth:`take` for those that hold no connection here: what a device said, with its name on the line
        and its bytes; ``done`` hears whether it is on disk. ``beside``: a second batch id under which it may
        come again. ``alive``: False for what is only delivered again."""
        self.counters["packets"] += 1
        device.tally.frames += 1
        if alive:
            device.tally.seen = time.time()
        about, body = message
        self.take(
            Frame(device, key.encode(), Told(done), interval, readings, body, about[:400], beside=beside.encode())
        )

    async def stored(
        self, device: Known, readings: Readings, interval: str, key: str, message: tuple[str, bytes] = ("", b"")
    ) -> bool:
        """As :meth:`store`; waits and says whether it is on disk."""
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(stored: bool) -> None:
            if not waiting.done():
                waiting.set_result(stored)

        self.store(device, readings, interval, key, done, message)
        return await waiting

    def note_refused(self, device: Known, refused: Mapping[str, int]) -> None:
        """Count rows or items of a device that could not be taken, by reason."""
        self.refused.update(refused)
        device.tally.refused.update({str(why): count for why, count in refused.items()})

    def refuse(self, device: Known | None, why: str, item: str = "") -> None:
        """Count a message that could not be read, or one ``item`` of it, for its device when that is
        known.
        """
        self.refused[why] += 1
        if device is not None:
            device.tally.note(why, item)

    def notice(self, device: Known | None, what: str, item: str = "") -> None:
        """As :meth:`refuse`, of what is noted but nothing that was refused."""
        self.quirks[what] += 1
        if device is not None:
            device.tally.note(what, item, refused=False)

    # --- commits

    async def _commit_loop(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending:
                if not self._stopping and self._pending_points < self.limits.pending_points // 4:
                    await asyncio.sleep(self.limits.gather)
                frames, self._pending, self._pending_points = self._pending, [], 0
                await self._commit(frames)
                self._resume()
            if self._stopping:
                return

    def _resume(self) -> None:
        paused, self._paused = self._paused, set()
        for connection in paused:
            if connection.transport is not None and not connection.transport.is_closing() and not self._stopping:
                connection.heard = time.monotonic()
                if connection.unfinished_since:  # it could not go on while it was not read
                    connection.unfinished_since = connection.heard
                connection.transport.resume_reading()

    async def _commit(self, frames: list[Frame]) -> None:
        began = time.monotonic()
        try:
            await self.database(partial(intake.commit, self.directory, frames))
        except Exception as error:
            # nothing is answered: the devices send it again
            self.counters["commits_failed"] += 1
            self.counters["frames_not_stored"] += len(frames)
            log.error("遥测数据未能写入，设备将重发：%s", error, exc_info=not isinstance(error, QiangquError))
            for frame in frames:
                frame.origin.settled(frame, Outcome.FAILED)
            await asyncio.sleep(1.0)
            return
        self.commit_seconds = time.monotonic() - began
        counters = self.counters
        counters["commits"] += 1
        counters["frames"] += len(frames)
        answered = set()
        for frame in frames:
            readings, outcome = frame.readings, Outcome.STORED
            if frame.repeat:
                counters["repeats"] += 1
                frame.device.tally.repeats += 1
            else:
                if frame.stored:
                    counters["points"] += frame.stored
                    frame.device.tally.points += frame.stored
                if frame.refused:
                    self.note_refused(frame.device, frame.refused)
                if readings is not None and (readings.unreadable or (readings.values and not frame.stored)):
                    outcome = Outcome.REFUSED
            frame.origin.settled(frame, outcome)
            answered.add(frame.connection)
        for connection in answered:
            if connection is not None:
                connection.flush()


def _text(said: bytes) -> str:
    """A name or a password as it may stand in the database."""
    return said.decode("ascii", "replace").replace("\0", "")
