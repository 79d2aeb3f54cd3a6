"""Bodies of messages other than positions: read and written."""

from dataclasses import dataclass
from itertools import pairwise
from struct import Struct

from .location import milliseconds

ANSWER, REGISTERED = Struct(">HHB"), Struct(">HB")
#: widths of maker, model and terminal id, by edition; 2011 is told from 2013 by a body that is too short for it
WIDTHS = {2011: (5, 8, 7), 2013: (5, 20, 7), 2019: (11, 30, 30)}
SHORT_OF_2013 = 37


@dataclass(frozen=True, slots=True)
class Registration:
    """What a terminal says of itself (0x0100). ``plate`` is a VIN where the colour is 0."""

    province: int
    city: int
    maker: str
    model: str
    terminal: str
    colour: int
    plate: str


def text(raw: bytes) -> str:
    """GBK, or what can be read of it, without what fills it up."""
    return raw.decode("gbk", "replace").replace("\0", "").strip()


def registration(body: bytes, version: int) -> Registration | None:
    """None for a body that is too short."""
    edition = 2019 if version else 2011 if len(body) < SHORT_OF_2013 else 2013
    ends = [4]
    for width in WIDTHS[edition]:
        ends.append(ends[-1] + width)
    if len(body) <= ends[-1]:
        return None
    maker, model, terminal = (text(body[begin:end]) for begin, end in pairwise(ends))
    province, city = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
    return Registration(province, city, maker, model, terminal, body[ends[-1]], text(body[ends[-1] + 1 :]))


def code_of(body: bytes, version: int) -> bytes:
    """The code of an authentication (0x0102); in 2019 its length stands before it."""
    if version and body and len(body) >= 1 + body[0]:
        return body[1 : 1 + body[0]]
    return body.rstrip(b"\0")


def driver(body: bytes) -> dict[str, str]:
    """Who drives (0x0702), with the name masked: ``status`` 1 card put in, 2 taken out; empty when it cannot be read."""
    if len(body) < 7:
        return {}
    at = milliseconds(body[1:7])
    said = {"status": str(body[0]), "time": "" if at is None else str(at)}
    if len(body) < 9:
        return said
    said["result"] = str(body[7])
    size = body[8]
    name, rest = text(body[9 : 9 + size]), body[9 + size :]
    said |= {"name": name[:1] + "*" * max(0, len(name) - 1), "licence": text(rest[:20])}
    if len(rest) > 21:
        size = rest[20]
        said |= {"issuer": text(rest[21 : 21 + size]), "until": rest[21 + size : 25 + size].hex()}
    return said


def waybill(body: bytes) -> str:
    """The text of an electronic waybill (0x0701)."""
    size = int.from_bytes(body[:4], "big")
    return text(body[4 : 4 + size]) if 4 + size <= len(body) else text(body[4:])


def parameters(body: bytes) -> list[tuple[int, bytes]] | None:
    """Parameters (the list of 0x0104): number and value; None when it cannot be read."""
    if not body:
        return None
    found, at = [], 1
    for _n in range(body[0]):
        if at + 5 > len(body) or at + 5 + body[at + 4] > len(body):
            return None
        end = at + 5 + body[at + 4]
        found.append((int.from_bytes(body[at : at + 4], "big"), body[at + 5 : end]))
        at = end
    return found


def answer(sequence: int, kind: int, result: int) -> bytes:
    """A general answer (0x8001, 0x0001) to a message."""
    return ANSWER.pack(sequence, kind, result)
