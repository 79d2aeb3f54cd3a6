"""From a stream of bytes to packets: bounded memory, bounded work, and back in step after garbage.

A frame's end is known from its declared length; where the check sum does not stand there, the end of the line
is tried. A frame counts only with a right check sum.
"""

from collections.abc import Callable

from ..gateway.stream import PATIENCE, TRIAL, Stream
from . import sm4
from .codes import Quirk, Refusal
from .crc import checksum, modbus_checksum
from .packet import MAX_SEGMENT, STANDARD_SEGMENT, Packet, parse_segment

HEAD, CRC = 6, 4
LONGEST = HEAD + MAX_SEGMENT + CRC
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Decoder(Stream):
    """Feed it what comes in; it gives the packets.

    ``key_of`` gives the SM4 key of an MN for encrypted regions. ``latest_mn`` is the MN of the last good
    packet, so that refused frames of a connection can be laid at a door. ``rejected`` are packets that cannot
    be taken though they say who sent them, for their answers; whoever wants them takes them out.
    """

    def __init__(self, key_of: Callable[[bytes], bytes | None] | None = None, patience: int = PATIENCE) -> None:
        super().__init__(patience)
        self._searched = 0  # up to where the end of a line has been tried for the frame that is waited for
        self._key_of = key_of
        self._line = (
            0,
            0,
            -1,
        )  # no end of a line stands from the first place to before the second; the length of the data that was searched
        self.rejected: list[Packet] = []
        self.latest_mn = b""

    def feed(self, chunk: bytes) -> list[Packet]:
        """The packets that ``chunk`` completes."""
        if self.exhausted:
            return []
        data = self.rest + chunk if self.rest else chunk
        packets: list[Packet] = []
        at, size = 0, len(data)
        self._line = (0, 0, -1)
        while not self.exhausted:
            start = data.find(b"##", at)
            if start < 0:
                self._garbage(data[at:size])
                # a lone # at the end may be the first half of a head
                self.rest = b"#" if data.endswith(b"#") and at < size else b""
                break
            if start > at:
                self._garbage(data[at:start])
            end = self._frame(data, start, packets)
            if end == 0:
                self.rest = data[start:]
                break
            self._searched = 0
            at = end
        if self.exhausted:
            self.rest = b""
            self.refused[Refusal.GIVEN_UP] += 1
        return packets

    def _garbage(self, between: bytes) -> None:
        lost = between.strip(b"\r\n")
        if lost and lost != b"#":
            self.refused[Refusal.GARBAGE] += 1
        self.debt += len(between) if lost else len(between) // 4

    def _line_end(self, data: bytes, begin: int, end: int) -> int:
        """Where the first CR LF at or after ``begin`` stands that ends before ``end``; -1: none. Each byte is
        searched once however many heads ask.
        """
        since, found, size = self._line
        if size != len(data) or not since <= begin <= found:
            found = data.find(b"\r\n", begin)
            found = len(data) if found < 0 else found
            self._line = (begin, found, len(data))
        return found if found + 2 <= min(end, len(data)) else -1

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
                if self._accept(data, start, end + CRC, None, packets):
                    return end + CRC
                declared = -1
        # not (yet) where the length says: a line that ends earlier or later with a right check sum is a frame
        # all the same
        if declared < 0 or size > self._searched:
            line = self._line_end(data, max(body, start + self._searched - 1), start + LONGEST + 2)
            while line >= 0:
                if line - CRC >= body and self._accept(data, start, line, Quirk.WRONG_LENGTH, packets):
                    return line + 2
                self.debt += TRIAL
                if declared < 0 or self.exhausted or data.startswith(b"##", line + 2):
                    break
                line = self._line_end(data, line + 2, start + LONGEST + 2)
            if declared >= 0 and not (line >= 0 and data.startswith(b"##", line + 2)):
                self._searched = size - start
                return 0
            if line < 0 and size - start < LONGEST + 2 and declared < 0 and data.find(b"##", start + 2) < 0:
                self._searched = 0
                return 0
        elif declared >= 0:
            return 0
        self.debt += TRIAL
        self.refused[Refusal.BAD_CRC if digits.isdigit() else Refusal.BAD_LENGTH] += 1
        return start + 2

    def _accept(self, data: bytes, start: int, end: int, quirk: Quirk | None, packets: list[Packet]) -> bool:
        """Whether the check sum at the end of a frame is right; if so the packet is taken (or refused for
        what it says).
        """
        written = data[end - CRC : end]
        if len(written) != CRC or not _HEX.issuperset(written):
            return False
        raw = data[start:end]
        segment = raw[HEAD:-CRC]
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
                self.debt += len(raw)
                return True
            else:
                self.debt += len(raw)
                return False
        packet = parse_segment(clear, stated)
        if isinstance(packet, Refusal):
            self.refused[packet] += 1
            self.debt += len(raw)
            return True
        self.paid(len(raw))
        packet.encrypted, packet.raw = encrypted, raw
        if written != written.upper():
            quirks.append(Quirk.LOWER_CRC)
        if len(clear) > STANDARD_SEGMENT:
            quirks.append(Quirk.OVERSIZE)
        if quirks:
            packet.quirks.extend(quirks)
        if packet.refused is not None:
            self.refused[packet.refused] += 1
            self.rejected.append(packet)
            return True
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
        """The segment in the clear, when its device has a key and the check sum of the clear text is the
        stated one.
        """
        cut = self._cut(segment) if self._key_of is not None else None
        if cut is None or self._key_of is None:
            return None
        at = cut[0].find(b"MN=")
        key = self._key_of(cut[0][at + 3 :].partition(b";")[0]) if at >= 0 else None
        if key is None:
            return None
        clear = cut[0] + sm4.decrypt(sm4.unwrite(cut[1]), key) + b"&&"
        return clear if checksum(clear) == stated else None
