"""What goes over the line between a child and its parent, as bytes: hello and answer as JSON, batches as frames. All
that comes in is measured first; what is wrong raises ``WireError``."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .core import exchange, wire
from .core.shapes import Log, Mark

#: of one message, of batches (not compressed there is at most one portion more)
MOST_MESSAGE = 4 * 1024 * 1024
MOST_FRAMES = 16 * 1024 * 1024
MOST_LOGS = 20_000


def _logs(marks: Mapping[Log, Iterable[Mark]]) -> list[Any]:
    return [[*log, [[mark.seq, mark.hash] for mark in some]] for log, some in marks.items()]


def _log(said: Any) -> Log:
    origin, lane, epoch = said
    if not (isinstance(lane, str) and len(lane) <= 20 and wire.NODE.match(origin) and wire.WORD.match(epoch)):
        raise ValueError
    return Log(origin, lane, epoch)


def _marks(said: Any) -> dict[Log, list[Mark]]:
    if not isinstance(said, list) or len(said) > MOST_LOGS:
        raise ValueError
    found = {}
    for origin, lane, epoch, some in said:
        if len(some) > 200 or not all(type(seq) is int and wire.HASH.match(hash) for seq, hash in some):
            raise ValueError
        found[_log((origin, lane, epoch))] = [Mark(seq, hash) for seq, hash in some]
    return found


def _tips(said: Any) -> dict[Log, frozenset[Mark]]:
    return {log: frozenset(marks) for log, marks in _marks(said).items()}


def _outlines(said: Any) -> dict[Log, tuple[Mark, ...]]:
    return {log: tuple(marks) for log, marks in _marks(said).items()}


def load(data: bytes) -> dict[str, Any]:
    """A message. Raises WireError."""
    try:
        said = json.loads(data) if len(data) <= MOST_MESSAGE else None
    except (ValueError, RecursionError) as error:
        raise wire.WireError("报文不是 JSON") from error
    if not isinstance(said, dict):
        raise wire.WireError("报文格式不对")
    return said


def dump(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def write_hello(hello: exchange.Hello) -> dict[str, Any]:
    marks = {name: _logs(getattr(hello, name)) for name in ("tips", "outlines", "safe")}
    return {**hello._asdict(), **marks, "proto": list(hello.proto)}


def read_hello(said: Mapping[str, Any], node: str) -> exchange.Hello:
    """A child's call; who calls (``node``) is said by its certificate. Raises WireError."""
    try:
        low, high = said["proto"]
        instance, lease, next = (str(said[name]) for name in ("instance", "lease", "next"))
        if not all(wire.WORD.match(word) for word in (instance, lease, next)) or {type(low), type(high)} != {int}:
            raise ValueError
        clock, parked = float(said["clock"]), int(said["parked"])
        tips, outlines, safe = _tips(said["tips"]), _outlines(said["outlines"]), _tips(said["safe"])
        return exchange.Hello((low, high), node, instance, lease, next, clock, tips, outlines, safe, parked)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise wire.WireError("报文内容不对") from error


def write_answer(answer: exchange.Answer) -> dict[str, Any]:
    marks = {name: _logs(getattr(answer, name)) for name in ("tips", "outlines", "safe")}
    return {**answer._asdict(), **marks, "ask": [list(log) for log in answer.ask]}


def read_answer(said: Mapping[str, Any]) -> exchange.Answer:
    """The parent's answer. Raises WireError."""
    try:
        return exchange.Answer(
            str(said["verdict"]), int(said["proto"]), float(said["clock"]), _tips(said["tips"]), _tips(said["safe"]),
            _outlines(said["outlines"]), tuple(_log(one) for one in said["ask"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise wire.WireError("报文内容不对") from error


def write_frames(batches: Iterable[tuple[bytes, bytes, bytes]]) -> bytes:
    """Batches (signed bytes, signature, packed body), each part with its length before it."""
    return b"".join(len(part).to_bytes(4, "big") + part for one in batches for part in one)


def read_frames(data: bytes) -> list[Any]:
    """The batches of a message, measured and parsed. Raises WireError."""
    parts, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        part = data[at + 4 : at + 4 + length]
        if len(part) != length or len(data) - at < 4:
            raise wire.WireError("报文不完整")
        parts.append(part)
        at += 4 + length
    if len(parts) % 3:
        raise wire.WireError("报文不完整")
    return [wire.read_batch(*parts[n : n + 3]) for n in range(0, len(parts), 3)]
