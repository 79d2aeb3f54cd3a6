"""From a stream of bytes to packets: bounded memory, bounded work, and back in step after garbage."""

from ..gateway.stream import PATIENCE, TRIAL, Stream
from .codes import Refusal
from .packet import AROUND, END, HEAD, MOST_UNIT, START, Packet, check, parse


class Decoder(Stream):
    """Feed it what comes in; it gives the packets. ``rejected`` are those of which only the check sum is wrong, for
    their answers; whoever wants them takes them out.
    """

    def __init__(self, patience: int = PATIENCE) -> None:
        super().__init__(patience)
        self.rejected: list[Packet] = []

    def feed(self, chunk: bytes) -> list[Packet]:
        """The packets that ``chunk`` completes."""
        if self.exhausted:
            return []
        data = self.rest + chunk if self.rest else chunk
        found: list[Packet] = []
        at, size = 0, len(data)
        while not self.exhausted:
            start = data.find(START, at)
            if start < 0:
                # a lone @ at the end may be the first half of a mark
                keep = 1 if at < size and data.endswith(b"@") else 0
                self._lost(size - keep - at)
                self.rest = data[size - keep :]
                break
            self._lost(start - at)
            if size - start < HEAD.size:
                self.rest = data[start:]
                break
            length = data[start + HEAD.size - 3] | data[start + HEAD.size - 2] << 8
            end = start + AROUND + length
            if length > MOST_UNIT:
                at = self._wrong(Refusal.BAD_LENGTH, start, 0)
            elif size < end:
                self.rest = data[start:]
                break
            elif data[end - 2 : end] != END:
                at = self._wrong(Refusal.BAD_END, start, 0)
            elif check(data[start + 2 : end - 3]) != data[end - 3]:
                self.rejected.append(parse(data[start:end]))
                at = self._wrong(Refusal.BAD_SUM, start, end - start)
            else:
                self.paid(end - start)
                found.append(parse(data[start:end]))
                at = end
        if self.exhausted:
            self.rest = b""
            self.refused[Refusal.GIVEN_UP] += 1
        return found

    def _lost(self, count: int) -> None:
        if count:
            self.refused[Refusal.GARBAGE] += 1
            self.debt += count

    def _wrong(self, why: Refusal, start: int, looked_at: int) -> int:
        """Note a packet that is none; gives where to go on: the marks may stand inside it."""
        self.refused[why] += 1
        self.debt += TRIAL + looked_at
        return start + 1
