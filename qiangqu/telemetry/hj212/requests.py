"""What the platform asks of devices (HJ 212-2017, 6.4 and 6.6): request, 9011 (will it?), data with the same
QN, 9012 (has it?).

A request that stays unanswered is sent again, the same QN, up to three times after ten seconds each (the
retry rule of the standard: OverTime and ReCount, set with command 1000; the default values were not looked
up). Devices that drop or alter the milliseconds of the QN are matched by its second, when only one request of
that second is open.
"""

import datetime as dt
import time
from dataclasses import dataclass, field

from qiangqu.base.terms import clauses

from ..gateway import asked
from ..gateway.directory import Known
from ..models import CommandState
from .packet import Packet, build

CHINA = dt.timezone(dt.timedelta(hours=8))
EXECUTION = 120.0  # seconds from 9011 to 9012
MAX_TEXT = 1000
REQUEST_RESULTS = {
    "1": "准备执行请求",
    "2": "请求被拒绝",
    "3": "PW 错误",
    "4": "MN 错误",
    "5": "ST 错误",
    "6": "Flag 错误",
    "7": "QN 错误",
    "8": "CN 错误",
    "9": "CRC 校验错误",
    "100": "未知错误",
}
EXECUTION_RESULTS = {
    "1": "执行成功",
    "2": "执行失败，但不知道原因",
    "3": "命令请求条件错误",
    "4": "通信超时",
    "5": "系统繁忙不能执行",
    "6": "系统故障",
    "100": "没有数据",
}


@dataclass(slots=True, kw_only=True)
class Open(asked.Open):
    """A request under way; ``number`` is its QN."""

    said: list[str] = field(default_factory=list)


def question_number(now: float) -> bytes:
    """A QN: China Standard Time to the millisecond."""
    moment = dt.datetime.fromtimestamp(now, CHINA)
    return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}".encode()


class Requests(asked.Requests[Open]):
    """Requests of one gateway."""

    protocol = "hj212"

    # --- sending

    def ask(self, device: Known, pk: int, cn: str, region: str) -> bool:
        return self.send(device, cn.encode(), region.encode(), pk) is not None

    def send(self, device: Known, cn: bytes, region: bytes, pk: int | None = None) -> Open | None:
        """Send a request to a connected device; None when it is not connected here."""
        connection = self.gateway.by_device.get(device.mn)
        if connection is None:
            return None
        now = time.time()
        qn = question_number(now)
        while (device.mn, qn) in self.open:  # two requests within a millisecond
            now += 0.001
            qn = question_number(now)
        if cn == b"1012":
            region = b"SystemTime=" + qn[:14]
        raw = build(cn, region, qn=qn, mn=device.mn, pw=device.password, st=device.system or b"31")
        request = Open(pk=pk, device=device, number=qn, raw=raw, wait=self.overtime)
        connection.send(raw)
        self.sent(request, qn.decode())
        return request

    def set_time(self, device: Known) -> None:
        """Answer a device's wish for the time (1013) with 1012."""
        self.send(device, b"1012", b"")

    # --- answers

    def answered(self, packet: Packet) -> None:
        """Take 9011, 9012 or 9013."""
        request = self._match(packet)
        if request is None:
            self.gateway.counters["answers_unmatched"] += 1
            return
        fields = dict(item.partition("=")[::2] for item in packet.text.replace(",", ";").split(";"))
        if packet.cn == b"9011":
            code = fields.get("QnRtn", "")
            self._say(request, f"9011 {REQUEST_RESULTS.get(code, code[:20])}")
            if code == "1":
                request.accepted = True
                request.deadline = time.monotonic() + EXECUTION
                self.change(request, state=CommandState.ACCEPTED)
            else:
                self.end(request, CommandState.FAILED)
        elif packet.cn == b"9012":
            code = fields.get("ExeRtn", "")
            self._say(request, f"9012 {EXECUTION_RESULTS.get(code, code[:20])}")
            self.end(request, CommandState.DONE if code == "1" else CommandState.FAILED)
        else:
            self._say(request, "9013")
            self.end(request, CommandState.DONE)

    def told(self, packet: Packet) -> None:
        """Note what a device says under the QN of a request (its time, its interval …)."""
        request = self._match(packet)
        if request is not None:
            self._say(request, f"{packet.cn.decode()} {packet.text}")

    def _match(self, packet: Packet) -> Open | None:
        exact = self.open.get((packet.mn, packet.qn))
        if exact is not None:
            return exact
        second = packet.qn[:14]
        near = [r for (mn, qn), r in self.open.items() if mn == packet.mn and qn[:14] == second]
        return near[0] if len(near) == 1 and len(second) == 14 else None

    def _say(self, request: Open, text: str) -> None:
        if sum(map(len, request.said)) < MAX_TEXT:
            request.said.append(text.replace("\0", "")[:300])
            self.change(request, answer=clauses(request.said)[:MAX_TEXT])
