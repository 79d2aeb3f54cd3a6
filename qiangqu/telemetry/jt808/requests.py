"""What the platform asks of terminals: a text, its parameters, its place. The terminal answers with a general answer
(0x0001) or with what was asked for, saying the sequence number of the request.

What stays unanswered is sent again as the standard says: the n-th repeat is waited for n + 1 times as long as the
one before.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from ..gateway import asked
from ..gateway.directory import Known
from ..models import CommandState
from ..words import ASKABLE
from . import bodies, settings
from .codes import CONFIRMABLE, RESULTS, Down, Up
from .frame import MOST_BODY, Message
from .location import milliseconds

if TYPE_CHECKING:
    from .listener import Session

MOST_ANSWER = 1000
KNOWN = ASKABLE["jt808"]


@dataclass(slots=True, kw_only=True)
class Open(asked.Open):
    """A request under way, or waiting to be sent again; ``number`` is its sequence number."""

    kind: int


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
    if cn in KNOWN:
        if given:
            raise InputError(_("命令 %(cn)s 没有参数") % {"cn": cn})
        return ""
    raise InputError(_("不支持下发这个命令；可用 %(known)s") % {"known": "、".join(KNOWN)}, where=cn[:4])


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


class Requests(asked.Requests[Open]):
    """Requests of one gateway, by device and sequence number."""

    protocol = "jt808"
    slower = True

    def answered(self, device: Known, message: Message) -> bool:
        """Take an answer of a terminal; whether it belongs to a request."""
        body = message.body
        if len(body) < 2:
            return False
        request = self.open.get((device.mn, int.from_bytes(body[:2], "big")))
        if request is None:
            return False
        if message.kind == Up.ANSWER:
            result = body[4] if len(body) > 4 else 1
            waits = result == 0 and request.kind in (Down.GET_PARAMETERS, Down.GET_ATTRIBUTES, Down.GET_POSITION)
            if waits:  # some terminals say first that they will
                return True
            self._over(request, CommandState.FAILED if result else CommandState.DONE, RESULTS.get(result, str(result)))
        elif message.kind == Up.PARAMETERS:
            values = bodies.parameters(body[2:])
            told = settings.told(values) if values is not None else body.hex()
            self._over(request, CommandState.DONE if values is not None else CommandState.FAILED, told)
        elif message.kind == Up.ATTRIBUTES:
            self._over(request, CommandState.DONE, body[2:].hex())
        else:
            at = milliseconds(body[24:30]) if len(body) >= 30 else None
            state = CommandState.FAILED if at is None else CommandState.DONE
            where = (
                ""
                if at is None
                else f"{int.from_bytes(body[14:18], 'big') / 1e6:.6f}, {int.from_bytes(body[10:14], 'big') / 1e6:.6f}"
            )
            self._over(request, state, where)
        return True

    def _over(self, request: Open, state: CommandState, said: str = "") -> None:
        self.end(request, state, answer=said[:MOST_ANSWER])

    def ask(self, device: Known, pk: int, cn: str, region: str) -> bool:
        connection = self.gateway.by_device.get(device.mn)
        if connection is None:
            return False
        session: Session = connection.session  # type: ignore[assignment]
        kind = int(cn, 16)
        number, raw = session.ask(kind, body_of(cn, region, session.version))
        self.sent(Open(pk=pk, device=device, number=number, raw=raw, wait=self.overtime, kind=kind), str(number))
        return True
