"""From a stream of bytes to packets: bounded memory, and back in step after garbage.

A frame's end is known from its declared length; where the check sum does not stand there, the end of the line is tried. A frame counts only with a
right check sum.
"""

from collections import Counter
from collections.abc import Callable

from . import sm4
from .codes import Quirk, Refusal
from .crc import checksum, modbus_checksum
from .packet import MAX_SEGMENT, STANDARD_SEGMENT, Packet, parse_segment

HEAD, CRC = 6, 4
LONGEST = HEAD + MAX_SEGMENT + CRC
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Decoder:
    """Feed it what comes in; it gives the packets. ``refused`` counts what could not be read, by reason.

    ``key_of`` gives the SM4 key of an MN for encrypted regions. ``latest_mn`` is the MN of the last good packet, so that refused frames of a
    connection can be laid at a door.
    """

    def __init__(self, key_of: Callable[[bytes], bytes | None] | None = None) -> None:
        self._rest = b""
        self._searched = 0  # up to where the end of a line has been tried for the frame that is waited for
        self._key_of = key_of
        self.refused: Counter[Refusal] = Counter()
        self.latest_mn = b""

    @property
    def waiting(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self._rest)

    def feed(self, chunk: bytes) -> list[Packet]:
        """The packets that ``chunk`` completes."""
        data = self._rest + chunk if self._rest else chunk
        packets: list[Packet] = []
        at, size = 0, len(data)
        while True:
            start = data.find(b"##", at)
            if start < 0:
                self._garbage(data[at:size])
                # a lone # at the end may be the first half of a head
                self._rest = b"#" if data.endswith(b"#") and at < size else b""
                break
            if start > at:
                self._garbage(data[at:start])
            end = self._frame(data, start, packets)
            if end == 0:
                self._rest = data[start:]
                break
            self._searched = 0
            at = end
        return packets

    def _garbage(self, between: bytes) -> None:
        lost = between.strip(b"\r\n")
        if lost and lost != b"#":
            self.refused[Refusal.GARBAGE] += 1

    def _frame(self, data: bytes, start: int, packets: list[Packet]) -> int:
        """Read the frame at ``start``. Gives where to go on, or 0 when more bytes are needed."""
        size = len(data)
        body = start + HEAD
        if size < body:
            return 0
        digits = data[start + 2 : body]
        declared = int(digits) if digits.isdigit() else -1
        if declared >= 0:
            end = body + declared
            if size >= end + CRC:
                if self._accept(data[start : end + CRC], None, packets):
                    return end + CRC
                declared = -1
        # not (yet) where the length says: a line that ends earlier or later with a right check sum is a frame all the same
        if declared < 0 or size > self._searched:
            line = data.find(b"\r\n", max(body, start + self._searched - 1), start + LONGEST + 2)
            while line >= 0:
                if line - CRC >= body and self._accept(data[start:line], Quirk.WRONG_LENGTH, packets):
                    return line + 2
                if declared < 0 or data.startswith(b"##", line + 2):
                    break
                line = data.find(b"\r\n", line + 2, start + LONGEST + 2)
            if declared >= 0 and not (line >= 0 and data.startswith(b"##", line + 2)):
                self._searched = size - start
                return 0
            if line < 0 and size - start < LONGEST + 2 and declared < 0 and data.find(b"##", start + 2) < 0:
                self._searched = 0
                return 0
        elif declared >= 0:
            return 0
        self.refused[Refusal.BAD_CRC if digits.isdigit() else Refusal.BAD_LENGTH] += 1
        return start + 2

    def _accept(self, raw: bytes, quirk: Quirk | None, packets: list[Packet]) -> bool:
        """Whether the check sum at the end of a frame is right; if so the packet is taken (or refused for what it says)."""
        segment, written = raw[HEAD:-CRC], raw[-CRC:]
        if len(written) != CRC or not _HEX.issuperset(written):
            return False
        stated = int(written, 16)
        quirks = [] if quirk is None else [quirk]
        clear, encrypted = segment, False
        if checksum(segment) != stated:
            opened = self._decrypted(segment, stated)
            if opened is not None:
                clear, encrypted = opened, True
            elif modbus_checksum(segment) == stated:
                quirks.append(Quirk.MODBUS_CRC)
            elif quirk is None and self._locked(segment):
                self.refused[Refusal.NO_KEY] += 1
                return True
            else:
                return False
        packet = parse_segment(clear, stated)
        if isinstance(packet, Refusal):
            self.refused[packet] += 1
            return True
        packet.encrypted, packet.raw = encrypted, raw
        if written != written.upper():
            quirks.append(Quirk.LOWER_CRC)
        if len(clear) > STANDARD_SEGMENT:
            quirks.append(Quirk.OVERSIZE)
        if quirks:
            packet.quirks.extend(quirks)
        self.latest_mn = packet.mn
        packets.append(packet)
        return True

    @staticmethod
    def _cut(segment: bytes) -> tuple[bytes, bytes] | None:
        head, marker, tail = segment.partition(b"CP=&&")
        return (head + marker, tail[:-2]) if marker and tail.endswith(b"&&") else None

    def _locked(self, segment: bytes) -> bool:
        cut = self._cut(segment)
        return cut is not None and sm4.written(cut[1])

    def _decrypted(self, segment: bytes, stated: int) -> bytes | None:
        """The segment in the clear, when its device has a key and the check sum of the clear text is the stated one."""
        cut = self._cut(segment) if self._key_of is not None else None
        if cut is None or self._key_of is None:
            return None
        at = cut[0].find(b"MN=")
        key = self._key_of(cut[0][at + 3 :].partition(b";")[0]) if at >= 0 else None
        if key is None:
            return None
        clear = cut[0] + sm4.decrypt(sm4.unwrite(cut[1]), key) + b"&&"
        return clear if checksum(clear) == stated else None
