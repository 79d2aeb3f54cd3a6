"""One packet (6.6, table 1): ``@@``, control unit, application unit, check sum, ``##``. Nothing is escaped."""

import datetime as dt
from struct import Struct
from typing import NamedTuple

START, END = b"@@", b"##"
HEAD = Struct("<2sH2s6s6s6sHB")
MOST_UNIT = 1024
AROUND = HEAD.size + 3  # bytes besides the unit
LONGEST = AROUND + MOST_UNIT
VERSION = b"\1\0"
_CHINA = dt.timezone(dt.timedelta(hours=8))


class Packet(NamedTuple):
    """``number`` is the transaction's; ``version``, ``sent``, ``source`` and ``target`` are bytes as they came."""

    number: int
    version: bytes
    sent: bytes
    source: bytes
    target: bytes
    command: int
    unit: bytes
    raw: bytes

    @property
    def name(self) -> bytes:
        return name_of(self.source)


def name_of(address: bytes) -> bytes:
    """What an address is called: twelve hexadecimal digits, the highest byte first.

    >>> name_of(bytes.fromhex("790300000000"))
    b'000000000379'
    """
    return address[::-1].hex().encode()


def address_of(name: bytes) -> bytes:
    """The six bytes of a name. Raises ValueError."""
    return bytes.fromhex(name.decode("ascii", "replace"))[::-1]


def check(data: bytes) -> int:
    """The sum of all bytes, its low eight bits."""
    return sum(data) & 0xFF


def milliseconds(time: bytes) -> int | None:
    """A time (8.2.2: second, minute, hour, day, month, year) of China Standard Time in milliseconds UTC; None for what
    is no time.

    >>> milliseconds(bytes.fromhex("023a091a090c")) == 1348624682000
    True
    """
    second, minute, hour, day, month, year = time
    try:
        at = dt.datetime(2000 + year, month, day, hour, minute, second, tzinfo=_CHINA) if year < 100 else None
    except ValueError:
        return None
    return None if at is None else int(at.timestamp()) * 1000


def time_of(seconds: float) -> bytes:
    """A moment (seconds UTC) as the six bytes of a time."""
    at = dt.datetime.fromtimestamp(seconds, _CHINA)
    return bytes((at.second, at.minute, at.hour, at.day, at.month, at.year % 100))


def parse(raw: bytes) -> Packet:
    """A whole packet, whose marks, length and sum were checked."""
    _start, number, version, sent, source, target, _size, command = HEAD.unpack_from(raw)
    return Packet(number, version, sent, source, target, command, raw[HEAD.size : -3], raw)


def build(
    command: int,
    unit: bytes,
    *,
    number: int,
    source: bytes,
    target: bytes,
    sent: bytes,
    version: bytes = VERSION,
) -> bytes:
    """A packet. Raises ValueError for a unit that is too long."""
    if len(unit) > MOST_UNIT:
        raise ValueError(f"a unit of {len(unit)} bytes: {MOST_UNIT} at most")
    head = HEAD.pack(START, number & 0xFFFF, version, sent, source, target, len(unit), command)
    body = head[2:] + unit
    return START + body + bytes((check(body),)) + END
