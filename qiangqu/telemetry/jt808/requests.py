"""What the platform asks of terminals: a text, its parameters, its place. The terminal answers with a general answer
(0x0001) or with what was asked for, saying the sequence number of the request.

What stays unanswered is sent again as the standard says: the n-th repeat is waited for n + 1 times as long as the
one before.
"""

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from ..gateway.asked import exchange
from ..gateway.core import Gateway
from ..gateway.directory import Known
from ..models import CommandState
from ..words import ASKABLE
from . import bodies, settings
from .codes import CONFIRMABLE, RESULTS, Down, Up
from .frame import MOST_BODY, Message
from .location import milliseconds

if TYPE_CHECKING:
    from .listener import Session

OVERTIME, RECOUNT = 10.0, 3
MOST_ANSWER = 1000
ASKED = ASKABLE["jt808"]


@dataclass(frozen=True, slots=True)
class Open:
    """A request under way, or waiting to be sent again."""

    pk: int
    device: Known
    kind: int
    raw: bytes
    deadline: float
    wait: float
    attempts: int = 1


def region_of(cn: str, given: dict[str, str]) -> str:
    """What is to be asked, as it is kept with the command. Raises InputError.

    8300 has ``text``; 8103 ``parameters`` (``0x0055=80;0x0029=30``); 8202 ``interval`` and ``validity`` in seconds
    (0: stop); 8203 ``alarms`` (the alarm word); the others nothing.
    """
    if cn == "8300":
        text = given.get("text", "").strip()
        try:
            size = len(text.encode("gbk"))
        except UnicodeEncodeError:
            raise InputError(_("文本里有终端显示不了的字"), where="text") from None
        if not 0 < size <= 400:
            raise InputError(_("文本应为 1 至 200 个字"), where="text")
        return text
    if cn == "8103":
        return ";".join(f"0x{number:04x}={value}" for number, value in settings.read(given.get("parameters", "")))
    if cn == "8202":
        interval, validity = given.get("interval", ""), given.get("validity", "0") or "0"
        if not (re.fullmatch(r"\d{1,5}", interval, re.ASCII) and re.fullmatch(r"\d{1,6}", validity, re.ASCII)):
            raise InputError(_("间隔和有效期应为秒数"), where="interval")
        if int(interval) > 0xFFFF:
            raise InputError(_("间隔最多 65535 秒"), where="interval")
        return f"{int(interval)},{int(validity)}"
    if cn == "8203":
        word = given.get("alarms", "")
        if not (word.isascii() and word.isdigit() and int(word) & ~sum(1 << bit for bit in CONFIRMABLE) == 0):
            raise InputError(_("这些报警不能人工确认"), where="alarms")
        return word
    if cn in ASKED:
        if given:
            raise InputError(_("命令 %(cn)s 没有参数") % {"cn": cn})
        return ""
    raise InputError(_("不支持下发这个命令；可用 %(known)s") % {"known": "、".join(ASKED)}, where=cn[:4])


def body_of(cn: str, region: str, version: int) -> bytes:
    """The body of a command as it goes to the terminal."""
    if cn == "8300":
        # shown and read out; in 2019 the kind of text (1: a notice) follows
        return (bytes((0b1100, 1)) if version else bytes((0b1100,))) + region.encode("gbk")[: MOST_BODY - 2]
    if cn == "8103":
        return settings.write(settings.read(region))
    if cn == "8202":
        interval, validity = map(int, region.split(","))
        return interval.to_bytes(2, "big") + (validity.to_bytes(4, "big") if interval else b"")
    if cn == "8203":
        return b"\0\0" + int(region).to_bytes(4, "big")
    return b""


class Requests:
    """Requests of one gateway, by device and sequence number."""

    def __init__(self, gateway: Gateway, overtime: float = OVERTIME, recount: int = RECOUNT) -> None:
        self.gateway = gateway
        self.overtime, self.recount = overtime, recount
        self.open: dict[tuple[bytes, int], Open] = {}
        self._changes: list[tuple[int, dict[str, Any]]] = []

    def answered(self, device: Known, message: Message) -> bool:
        """Take an answer of a terminal; whether it belongs to a request."""
        body = message.body
        if len(body) < 2:
            return False
        request = self.open.pop((device.mn, int.from_bytes(body[:2], "big")), None)
        if request is None:
            return False
        if message.kind == Up.ANSWER:
            result = body[4] if len(body) > 4 else 1
            waits = result == 0 and request.kind in (Down.GET_PARAMETERS, Down.GET_ATTRIBUTES, Down.GET_POSITION)
            if waits:  # some terminals say first that they will
                self.open[device.mn, int.from_bytes(body[:2], "big")] = request
                return True
            self._end(request, CommandState.FAILED if result else CommandState.DONE, RESULTS.get(result, str(result)))
        elif message.kind == Up.PARAMETERS:
            values = bodies.parameters(body[2:])
            told = settings.told(values) if values is not None else body.hex()
            self._end(request, CommandState.DONE if values is not None else CommandState.FAILED, told)
        elif message.kind == Up.ATTRIBUTES:
            self._end(request, CommandState.DONE, body[2:].hex())
        else:
            at = milliseconds(body[24:30]) if len(body) >= 30 else None
            state = CommandState.FAILED if at is None else CommandState.DONE
            where = (
                ""
                if at is None
                else f"{int.from_bytes(body[14:18], 'big') / 1e6:.6f}, {int.from_bytes(body[10:14], 'big') / 1e6:.6f}"
            )
            self._end(request, state, where)
        return True

    def _end(self, request: Open, state: CommandState, said: str = "") -> None:
        self._changes.append((request.pk, {"state": state, "answer": said[:MOST_ANSWER]}))

    def send(self, device: Known, pk: int, kind: int, cn: str, region: str) -> bool:
        """Send a request to a connected terminal; False when it is not connected here."""
        connection = self.gateway.by_device.get(device.mn)
        if connection is None:
            return False
        session: Session = connection.session  # type: ignore[assignment]
        sequence, raw = session.ask(kind, body_of(cn, region, session.version))
        deadline = time.monotonic() + self.overtime
        self.open[device.mn, sequence] = Open(pk, device, kind, raw, deadline, self.overtime)
        self.gateway.counters["requests"] += 1
        self._changes.append((pk, {"state": CommandState.SENT, "qn": str(sequence), "attempts": 1}))
        return True

    def _repeat(self, key: tuple[bytes, int], request: Open, now: float) -> None:
        connection = self.gateway.by_device.get(request.device.mn)
        if request.attempts > self.recount or connection is None:
            del self.open[key]
            self._end(request, CommandState.SILENT)
            return
        connection.send(request.raw)
        wait, attempts = request.wait * (request.attempts + 1), request.attempts + 1
        self.open[key] = replace(request, deadline=now + wait, wait=wait, attempts=attempts)
        self._changes.append((request.pk, {"attempts": attempts}))

    async def tick(self) -> None:
        """Once a second: repeat what is overdue, write down what changed, fetch new requests."""
        now = time.monotonic()
        for key, request in list(self.open.items()):
            if now >= request.deadline:
                self._repeat(key, request, now)
        changes, self._changes = self._changes, []
        connected = {device.pk: device for device in self.gateway.speaking("jt808")}
        if not changes and not connected:
            return
        try:
            waiting = await self.gateway.database(exchange, "jt808", changes, set(connected))
        except Exception:  # for example a database that is locked for long
            self._changes = changes + self._changes
            self.gateway.counters["housekeeping_failed"] += 1
            return
        for pk, device_pk, cn, region in waiting:
            if not self.send(connected[device_pk], pk, int(cn, 16), cn, region):
                self._changes.append((pk, {"state": CommandState.WAITING}))
