"""Packets of HJ 212 (2017: 6.3.2, 6.3.3): ``##``, four digits of length, data segment, four hexadecimal
digits of check sum, CR LF.
"""

import re
from dataclasses import dataclass, field

from . import sm4
from .codes import Edition, Quirk, Refusal
from .crc import checksum
from .region import decode_text

MAX_SEGMENT = 9999  # what four digits can say; the standard's own limit is 1024
STANDARD_SEGMENT = 1024
MAX_PARTS = 9999

_HEADER = re.compile(
    rb"QN=(\d{17});ST=(\w{1,5});CN=(\d{4});PW=([^;&=]{0,40});MN=([0-9A-Za-z_.-]{1,40});Flag=(\d{1,3});(?:PNUM=(\d{1,4});PNO=(\d{1,8});)?CP=&&"
)
_QN = re.compile(rb"\d{17}\Z")
_MN = re.compile(rb"[0-9A-Za-z_.-]{1,40}\Z")


@dataclass(slots=True)
class Packet:
    """One packet. ``region`` is in the clear; ``crc`` is the check sum that came with it, ``raw`` the frame
    as it came.
    """

    qn: bytes = b""
    st: bytes = b""
    cn: bytes = b""
    pw: bytes = b""
    mn: bytes = b""
    flag: int = 0
    parts: int = 1
    part: int = 1
    region: bytes = b""
    crc: int = 0
    late: bool = False
    encrypted: bool = False
    quirks: list[Quirk] = field(default_factory=list)
    raw: bytes = b""
    refused: Refusal | None = None  # why it cannot be taken, though it is known who sent it

    @property
    def edition(self) -> int:
        return self.flag >> 2

    @property
    def wants_answer(self) -> bool:
        return bool(self.flag & 1)

    @property
    def split(self) -> bool:
        return self.parts > 1

    @property
    def text(self) -> str:
        """The data region as text."""
        return decode_text(self.region)


def parse_segment(segment: bytes, crc: int) -> Packet | Refusal:
    """The packet of a data segment whose check sum has been found right (or whose region is encrypted). One
    that cannot be taken is given as the reason alone, or, when it says who sent it, with the reason in
    ``refused``."""
    found = _HEADER.match(segment)
    if found is not None and segment.endswith(b"&&") and len(segment) >= found.end() + 2:
        qn, st, cn, pw, mn, flag, parts, _part = found.groups()
        number = int(flag)
        if parts is None and number < 256:
            return Packet(qn, st, cn, pw, mn, number, 1, 1, segment[found.end() : -2], crc)
    return _loose(segment, crc)


def _loose(segment: bytes, crc: int) -> Packet | Refusal:
    quirks: list[Quirk] = []
    refused: Refusal | None = None
    head, marker, tail = segment.partition(b"CP=&&")
    if not marker:
        head, marker, tail = segment.partition(b"CP=")
        if marker:
            quirks.append(Quirk.UNCLOSED_CP)
        else:
            refused = Refusal.NO_REGION
    if tail.endswith(b"&&") or not marker:
        region, after = tail[:-2], b""
    else:  # items or separators after the region, or its end missing
        region, _closing, after = tail.rpartition(b"&&") if b"&&" in tail else (tail, b"", b"")
        quirks.append(Quirk.UNCLOSED_CP)
    fields: dict[bytes, bytes] = {}
    for item in (head + b";" + after).split(b";"):
        name, equals, value = item.partition(b"=")
        name = name.strip()
        if not name:
            continue
        if not equals or name in fields:
            refused = refused or Refusal.BAD_ITEM
        fields.setdefault(name, value.strip())
    mn = fields.get(b"MN", b"")
    if not _MN.match(mn):
        return refused or Refusal.NO_MN
    cn = fields.get(b"CN", b"")
    if len(cn) != 4 or not cn.isdigit():
        refused, cn = refused or Refusal.NO_COMMAND, b""
    flag = fields.get(b"Flag")
    if flag is None:
        quirks.append(Quirk.MISSING_FLAG)
        flag = b"0"
    if not flag.isdigit() or len(flag) > 3 or int(flag) > 255:
        refused, flag = refused or Refusal.BAD_ITEM, b"1"
    qn = fields.get(b"QN", b"")
    if not qn:
        quirks.append(Quirk.MISSING_QN)
    elif not _QN.match(qn):
        if len(qn) > 32 or not qn.isalnum():
            refused, qn = refused or Refusal.BAD_ITEM, b""
        quirks.append(Quirk.BAD_QN)
    parts, part = _parts(fields)
    if parts == 0:
        refused, parts, part = refused or Refusal.BAD_ITEM, 1, 1
    late = fields.get(b"RF") == b"1"
    if late:
        quirks.append(Quirk.LATE)
    names = [name for name in fields if name in (b"QN", b"ST", b"CN", b"PW", b"MN", b"Flag")]
    if names != [name for name in (b"QN", b"ST", b"CN", b"PW", b"MN", b"Flag") if name in fields]:
        quirks.append(Quirk.FIELD_ORDER)
    return Packet(
        qn, fields.get(b"ST", b"")[:5], cn, fields.get(b"PW", b"")[:40], mn, int(flag), parts, part, region, crc,
        late=late, quirks=quirks, refused=refused,
    )  # fmt: skip


def _parts(fields: dict[bytes, bytes]) -> tuple[int, int]:
    """How many packets a message has and which of them this is; (0, 0) when that makes no sense.

    Numbers begin with 1 (2017: 6.3.3), in some devices with 0. A message of one packet is written in many
    ways: without the fields, with either of them alone, empty, 0 or 1; with the bit of ``Flag`` that
    announces them (2017: bit D, of value 2) or without it.
    """
    parts, part = fields.get(b"PNUM", b""), fields.get(b"PNO", b"") or b"0"
    if not ((parts or b"0").isdigit() and part.isdigit()) or len(parts) > 8 or len(part) > 8:
        return 0, 0
    many, which = int(parts or b"0"), int(part)
    if many <= 1 and (parts or which <= 1):
        return 1, 1
    return (many, which) if which <= many <= MAX_PARTS else (0, 0)


def frame(segment: bytes) -> bytes:
    """A data segment as it goes over the line. Raises ValueError when it is too long."""
    if len(segment) > MAX_SEGMENT:
        raise ValueError(f"data segment of {len(segment)} characters: at most {MAX_SEGMENT}")
    return b"##%04d%b%04X\r\n" % (len(segment), segment, checksum(segment))


def build(
    cn: bytes,
    region: bytes,
    *,
    qn: bytes,
    mn: bytes,
    pw: bytes = b"123456",
    st: bytes = b"31",
    edition: int = Edition.E2017,
    answer: bool = True,
    parts: int = 1,
    part: int = 1,
    late: bool = False,
    key: bytes | None = None,
) -> bytes:
    """A frame. With ``key`` the region is encrypted after the check sum was taken (HJ 212-2025, appendix
    A.2).
    """
    flag = edition << 2 | (2 if parts > 1 else 0) | answer
    split = b"PNUM=%d;PNO=%d;" % (parts, part) if parts > 1 else b""
    head = b"QN=%b;ST=%b;CN=%b;PW=%b;MN=%b;Flag=%d;%b%b" % (qn, st, cn, pw, mn, flag, split, b"RF=1;" if late else b"")
    segment = b"%bCP=&&%b&&" % (head, region)
    if key is None:
        return frame(segment)
    sent = b"%bCP=&&%b&&" % (head, sm4.write(sm4.encrypt(region, key)))
    if len(sent) > MAX_SEGMENT:
        raise ValueError(f"data segment of {len(sent)} characters: at most {MAX_SEGMENT}")
    return b"##%04d%b%04X\r\n" % (len(sent), sent, checksum(segment))


def answer(cn: bytes, packet: Packet, region: bytes = b"") -> bytes:
    """The platform's answer to a packet: 9013 to a notice, 9014 to data. The same QN; ``Flag`` says the
    edition and wants nothing back.
    """
    qn = b"QN=%b;" % packet.qn if packet.qn else b""
    split = b"PNUM=%d;PNO=%d;" % (packet.parts, packet.part) if packet.parts > 1 else b""
    flag = packet.edition << 2 | (2 if split else 0)
    return frame(b"%bST=91;CN=%b;PW=%b;MN=%b;Flag=%d;%bCP=&&%b&&" % (qn, cn, packet.pw, packet.mn, flag, split, region))
