"""What the platform asks of transmission devices: their state, version and time (request and answer), to set their clock,
and the guard call (查岗: whoever is on duty presses a button within so many minutes).

What stays unanswered or is denied is sent again, three times after ten seconds each (6.5).
"""

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from ..gateway import asked
from ..gateway.directory import Known
from ..models import CommandState
from ..words import ASKABLE
from .codes import Command, Kind
from .packet import Packet, time_of

if TYPE_CHECKING:
    from .listener import Session

KNOWN = ASKABLE["fire"]
CONTROLS = (Kind.SET_TIME, Kind.CALL_GUARD)
MOST_ANSWER = 1000
GRACE = 120.0  # seconds that a sample packet's note gives the guard besides the minutes of the call


@dataclass(slots=True, kw_only=True)
class Open(asked.Open):
    """A request under way; ``number`` is its transaction's. ``minutes``: that the guard has."""

    kind: int
    minutes: int = 0


def region_of(cn: str, given: dict[str, str]) -> str:
    """What is to be asked, as it is kept with the command. Raises InputError.

    61 has ``system`` and ``address`` (0 to 255 each), 91 ``minutes`` (1 to 60); 81, 85, 86, 88 and 90 nothing.
    """
    if cn == "61":
        return f"{_byte(given, 'system')},{_byte(given, 'address')}"
    if cn == "91":
        minutes = given.get("minutes", "")
        if not (re.fullmatch(r"\d{1,2}", minutes, re.ASCII) and 1 <= int(minutes) <= 60):
            raise InputError(_("应答时间应为 1 至 60 分钟"), where="minutes")
        return str(int(minutes))
    if cn in KNOWN:
        if given:
            raise InputError(_("命令 %(cn)s 没有参数") % {"cn": cn})
        return ""
    raise InputError(_("不支持下发这个命令；可用 %(known)s") % {"known": "、".join(KNOWN)}, where=cn[:4])


def _byte(given: dict[str, str], name: str) -> int:
    text = given.get(name, "")
    if not (re.fullmatch(r"\d{1,3}", text, re.ASCII) and int(text) <= 255):
        raise InputError(_("系统类型和地址应为 0 至 255 的整数"), where=name)
    return int(text)


def unit_of(kind: int, region: str) -> bytes:
    """The application unit of a command (8.3.2)."""
    if kind == Kind.READ_SYSTEM:
        return bytes((kind, 1, *map(int, region.split(","))))
    if kind == Kind.SET_TIME:
        return bytes((kind, 1)) + time_of(time.time())
    return bytes((kind, 1, int(region or 0)))


class Requests(asked.Requests[Open]):
    """Requests of one gateway, by device and transaction."""

    protocol = "fire"

    def ask(self, device: Known, pk: int, cn: str, region: str) -> bool:
        return self.send(device, int(cn), region, pk)

    def send(self, device: Known, kind: int, region: str = "", pk: int | None = None) -> bool:
        """Send a command; False when the device is not connected here."""
        connection = self.gateway.by_device.get(device.mn)
        if connection is None:
            return False
        session: Session = connection.session  # type: ignore[assignment]
        command = Command.CONTROL if kind in CONTROLS else Command.REQUEST
        number, raw = session.ask(device.mn, command, unit_of(kind, region))
        minutes = int(region) if kind == Kind.CALL_GUARD else 0
        request = Open(
            pk=pk, device=device, number=number, raw=raw, wait=self.overtime, kind=kind, minutes=minutes
        )  # fmt: skip
        self.sent(request, str(number))
        return True

    def answered(self, device: Known, packet: Packet, said: str) -> bool:
        """Take a confirmation, a denial or an answer; whether it belongs to a request."""
        request = self.open.get((device.mn, packet.number))
        if request is None or request.accepted:
            return False
        if packet.command == Command.DENY:
            request.deadline = 0.0  # it is sent again
            self.change(request, answer="否认")
        elif request.kind == Kind.CALL_GUARD:
            request.accepted = True
            request.deadline = time.monotonic() + request.minutes * 60 + GRACE
            self.change(request, state=CommandState.ACCEPTED, answer="装置已确认，等待值班人员应答")
        else:
            self.end(request, CommandState.DONE, answer=said[:MOST_ANSWER] or "确认")
        return True

    def guard_answered(self, device: Known, said: str) -> None:
        """Whoever is on duty has pressed the button: all calls that wait for it are answered."""
        for request in list(self.open.values()):
            if request.device is device and request.kind == Kind.CALL_GUARD:
                self.end(request, CommandState.DONE, answer=said[:MOST_ANSWER])
