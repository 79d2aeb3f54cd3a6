"""Messages split over several packets (``PNUM``/``PNO``, Flag bit A).

Devices split in two ways: at the border between items, each packet readable by itself (the standard's
example), or anywhere. A packet that is readable by itself is handed on at once, because some devices wait for
its answer before they send the next; others are kept until all parts are there and then joined in order.
"""

import time
from collections import Counter
from dataclasses import dataclass, field, replace

from .codes import MARKS, Refusal
from .packet import Packet

MAX_OPEN = 16  # unfinished messages of one connection
MAX_BYTES = 1 << 20  # of one message
PATIENCE = 120.0  # seconds


@dataclass(slots=True)
class _Open:
    began: float
    parts: dict[int, Packet] = field(default_factory=dict)
    size: int = 0


def readable_alone(region: bytes) -> bool:
    """Whether a part of a split message can be read without the others: it has its time, and ends with a
    mark, so that no value is cut.
    """
    if not region.startswith(b"DataTime="):
        return False
    last = region.rstrip(b";,").rpartition(b",")[2].rpartition(b";")[2]
    name, _equals, value = last.partition(b"=")
    return name.endswith(b"-Flag") and value in MARKS


class Assembler:
    """Joins the split messages of one connection."""

    def __init__(self) -> None:
        self._open: dict[tuple[bytes, bytes, bytes], _Open] = {}
        self.refused: Counter[Refusal] = Counter()

    def add(self, packet: Packet, now: float | None = None) -> tuple[Packet, list[Packet]] | None:
        """The message that ``packet`` completes, and the packets that it is made of; None when parts are
        missing.
        """
        if not packet.split:
            return packet, [packet]
        moment = time.monotonic() if now is None else now
        self._forget(moment)
        key = (packet.mn, packet.qn, packet.cn)
        message = self._open.get(key)
        if message is None and readable_alone(packet.region):
            return packet, [packet]
        if message is None:
            if len(self._open) >= MAX_OPEN:
                self._drop(next(iter(self._open)))
            message = self._open[key] = _Open(moment)
        earlier = message.parts.get(packet.part)
        message.size += len(packet.region) - (len(earlier.region) if earlier else 0)
        message.parts[packet.part] = packet
        if message.size > MAX_BYTES:
            self._drop(key)
            return None
        if len(message.parts) < packet.parts:
            return None
        del self._open[key]
        parts = [message.parts[number] for number in sorted(message.parts)]
        first = parts[0].part  # 1, or 0 where a device counts from there
        if first > 1 or [part.part for part in parts] != list(range(first, first + packet.parts)):
            self.refused[Refusal.INCOMPLETE] += len(parts)
            return None
        quirks = list(dict.fromkeys(quirk for part in parts for quirk in part.quirks))
        return replace(parts[0], region=joined([part.region for part in parts]), quirks=quirks), parts

    def _forget(self, now: float) -> None:
        for key in [key for key, message in self._open.items() if now - message.began > PATIENCE]:
            self._drop(key)

    def _drop(self, key: tuple[bytes, bytes, bytes]) -> None:
        self.refused[Refusal.INCOMPLETE] += len(self._open.pop(key).parts)


def joined(regions: list[bytes]) -> bytes:
    """Parts put together: cut between items they are joined by a separator, cut inside an item just strung
    together.
    """
    text = regions[0]
    for region in regions[1:]:
        name, equals, _value = region.partition(b";")[0].partition(b",")[0].partition(b"=")
        starts_item = equals and (b"-" in name or name in (b"DataTime", b"SampleTime"))
        last = text.rpartition(b";")[2].rpartition(b",")[2]
        whole = b"=" in last
        text += (b";" if starts_item and whole and not text.endswith((b";", b",")) else b"") + region
    return text
