"""One frame: ``7e head body check 7e``, where ``7e`` and ``7d`` inside are escaped."""

from struct import Struct
from typing import NamedTuple

from .codes import Quirk, Refusal

MOST_BODY = 1023
SPLIT, VERSION = 1 << 13, 1 << 14
SHORT, LONG = Struct(">HH6sH"), Struct(">HHB10sH")  # heads of 2011 and 2013; of 2019
PARTS = Struct(">HH")
#: a frame between its marks: the longest, every byte of it escaped
LONGEST = 2 * (LONG.size + PARTS.size + MOST_BODY + 1)
SHORTEST = SHORT.size + 1
_MOST_NAMES = 20_000
_names: dict[bytes, bytes] = {}


class Message(NamedTuple):
    """A frame with a right check byte. ``version``: 0 of 2011 and 2013, else what the head of 2019 says; ``part`` of
    ``parts``: of a split message, else 0 of 0; ``number``: the terminal's field as it was sent.
    """

    kind: int
    name: bytes
    sequence: int
    body: bytes
    number: bytes
    version: int
    parts: int
    part: int
    encryption: int
    quirk: Quirk | None
    size: int


def check(data: bytes) -> int:
    """XOR of all bytes.

    >>> check(bytes.fromhex("00020000012345678900000a"))
    129
    """
    number, half = int.from_bytes(data, "big"), 4 << (len(data) - 1).bit_length() if data else 0
    while half >= 8:
        number ^= number >> half
        half >>= 1
    return number & 0xFF


def escape(data: bytes) -> bytes:
    return data.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


def unescape(data: bytes) -> bytes | None:
    """None where a ``7d`` is followed by anything but 01 and 02."""
    if data.count(b"\x7d") != data.count(b"\x7d\x01") + data.count(b"\x7d\x02"):
        return None
    return data.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")


def name_of(number: bytes) -> bytes:
    """What a terminal is called: the digits of its number without leading zeros, in which the editions differ (and,
    with makers that put something else there, its hexadecimal digits).

    >>> name_of(bytes.fromhex("013419905507")), name_of(bytes.fromhex("00000000013419905507"))
    (b'13419905507', b'13419905507')
    """
    found = _names.get(number)
    if found is None:
        found = number.hex().lstrip("0").encode() or b"0"
        if len(_names) >= _MOST_NAMES:
            _names.clear()
        _names[number] = found
    return found


def parse(piece: bytes) -> Message | Refusal:
    """The frame whose marks enclose ``piece``; where the length does not fit the head that the version flag says,
    the other head is tried."""
    if 0x7D in piece:
        clear = unescape(piece)
        if clear is None:
            return Refusal.BAD_ESCAPE
    else:
        clear = piece
    size = len(clear)
    if size < SHORTEST:
        return Refusal.BAD_LENGTH
    number, half = int.from_bytes(clear, "big"), 4 << (size - 1).bit_length()
    while half >= 8:
        number ^= number >> half
        half >>= 1
    if number & 0xFF:  # with the check byte it comes to nothing
        return Refusal.BAD_CHECK
    attributes = clear[2] << 8 | clear[3]
    more = PARTS.size if attributes & SPLIT else 0
    length = (attributes & MOST_BODY) + more + 1
    long = attributes & VERSION
    quirk = None
    if size != length + (LONG.size if long else SHORT.size):
        if size != length + (SHORT.size if long else LONG.size):
            return Refusal.BAD_LENGTH
        long, quirk = not long, Quirk.OTHER_HEAD
    if long:
        kind, _attributes, version, terminal, sequence = LONG.unpack_from(clear)
        at = LONG.size
    else:
        kind, _attributes, terminal, sequence = SHORT.unpack_from(clear)
        at, version = SHORT.size, 0
    parts = part = 0
    if more:
        parts, part = PARTS.unpack_from(clear, at)
        at += more
    return Message(
        kind,
        _names.get(terminal) or name_of(terminal),
        sequence,
        clear[at:-1],
        terminal,
        version,
        parts,
        part,
        attributes >> 10 & 7,
        quirk,
        size + 2,
    )


def build(
    kind: int, body: bytes, number: bytes, sequence: int, version: int = 0, parts: int = 0, part: int = 0
) -> bytes:
    """A frame of the edition that ``version`` says, to or from the terminal of that number. Raises ValueError for
    a body that is too long."""
    if len(body) > MOST_BODY:
        raise ValueError(f"a body of {len(body)} bytes: {MOST_BODY} at most")
    attributes = len(body) | (SPLIT if parts else 0)
    if len(number) == 10:
        head = LONG.pack(kind, attributes | VERSION, version or 1, number, sequence & 0xFFFF)
    else:
        head = SHORT.pack(kind, attributes, number, sequence & 0xFFFF)
    whole = head + (PARTS.pack(parts, part) if parts else b"") + body
    return b"\x7e%b\x7e" % escape(whole + bytes((check(whole),)))
