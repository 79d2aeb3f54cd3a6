"""Entries and batches as bytes.

What is signed are the header's bytes as they were sent: nobody writes them anew, so no canonical form is needed.
An entry is one line: what it is about, a tab, its body, each as JSON; its digest is the hash of the two hashes.
An erased body leaves ``#`` and its hash, so that the batch still proves. A relay passes lines on as they are,
with fields that it does not know.

Everything that comes in is hostile until it has been measured: :func:`unpack` and :func:`read_batch` raise
``WireError`` and nothing else.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa

from qiangqu.base.errors import QiangquError

from . import merkle
from .shapes import ALL, TO, UP, Batch, Entry, Header

#: one batch, not compressed; a longer entry does not travel in a lane (it is a file)
MOST_BYTES = 256 * 1024
MOST_ENTRIES = 2_000
MOST_ENTRY = 64 * 1024
MOST_HEADER = 16 * 1024
MOST_PREVS = 64
MOST_DEPTH = 12
#: window of zstd that a sender may ask of a receiver's memory
MOST_WINDOW = 8 * 1024 * 1024
ALG = "ed25519-sha256"

Sign = Callable[[bytes], bytes]
#: (key's name, signed bytes, signature) → whether that key signed them
Verify = Callable[[str, bytes, bytes], bool]

NODE = re.compile(r"[A-Z0-9]{1,8}\Z")
WORD = re.compile(r"[A-Za-z0-9_.:-]{1,80}\Z")
HASH = re.compile(r"[0-9a-f]{64}\Z")
RECORD = re.compile(r"[A-Z0-9]{1,8}/[A-Za-z0-9_.:-]{1,80}\Z")


class WireError(QiangquError):
    """Bytes from another node that are not what they should be."""


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# entries


def write_entry(entry: Entry) -> bytes:
    """The line of an entry. Raises WireError when it is too long for a lane."""
    about: dict[str, Any] = {"u": entry.uid, "k": entry.kind, "v": entry.version, "r": entry.record, "at": entry.at}
    about |= {"t": entry.term, "n": entry.revision}
    about |= {name: value for name, value in (("b", entry.base), ("f", entry.refs), ("s", entry.settles)) if value}
    line = _dump(about) + b"\t" + _dump(entry.body)
    if len(line) > MOST_ENTRY:
        raise WireError(f"一条内容有 {len(line)} 字节，超过 {MOST_ENTRY}", where=entry.record)
    return line


def digest(line: bytes) -> bytes:
    """What stands for a line in the Merkle tree; of an erased one the same as before."""
    about, _tab, body = line.partition(b"\t")
    hashed = bytes.fromhex(body[1:].decode()) if body.startswith(b"#") else hashlib.sha256(body).digest()
    return hashlib.sha256(about).digest() + hashed


def erase(line: bytes) -> bytes:
    """The line without its body."""
    about, _tab, body = line.partition(b"\t")
    return line if body.startswith(b"#") else about + b"\t#" + hashlib.sha256(body).hexdigest().encode()


def _shallow(value: Any, left: int) -> bool:
    if isinstance(value, dict):
        return left > 0 and all(_shallow(one, left - 1) for one in value.values())
    if isinstance(value, list):
        return left > 0 and all(_shallow(one, left - 1) for one in value)
    return True


def _parse(data: bytes) -> Any:
    def no(constant: str) -> Any:
        raise ValueError(constant)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name twice")
        return found

    try:
        value = json.loads(data.decode("utf-8"), parse_constant=no, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise WireError("不是 JSON") from error
    if not _shallow(value, MOST_DEPTH):
        raise WireError("嵌套太深")
    return value


def _text(value: Any, shape: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not shape.match(value):
        raise WireError("字段格式不对")
    return value


def _number(value: Any, least: int = 0, most: int = 2**53) -> int:
    if type(value) is not int or not least <= value <= most:
        raise WireError("数字不对")
    return value


def _texts(value: Any, shape: re.Pattern[str], most: int) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise WireError("列表不对")
    return tuple(_text(one, shape) for one in value)


def read_entry(origin: str, line: bytes) -> Entry:
    """The entry of a line of a batch of ``origin``. Raises WireError."""
    about, tab, rest = line.partition(b"\t")
    if not tab or len(line) > MOST_ENTRY:
        raise WireError("条目格式不对")
    said = _parse(about)
    if not isinstance(said, dict):
        raise WireError("条目格式不对")
    body: Any = None
    if rest.startswith(b"#"):
        _text(rest[1:].decode("ascii", "replace"), HASH)
    else:
        body = _parse(rest)
        if not isinstance(body, dict):
            raise WireError("条目内容不对")
    base = said.get("b", "")
    return Entry(
        origin,
        _text(said.get("u"), WORD),
        _text(said.get("k"), WORD),
        _number(said.get("v"), 1, 10_000),
        _text(said.get("r"), RECORD),
        _number(said.get("t"), 1, 1_000_000),
        _number(said.get("n"), 0),
        _text(base, WORD) if base != "" else "",
        _texts(said.get("f", []), RECORD, 200),
        _texts(said.get("s", []), WORD, 200),
        _number(said.get("at"), -(2**53)),
        body,
    )


# batches


def write_batch(header: Mapping[str, Any], lines: Iterable[bytes], sign: Sign) -> Batch:
    """A batch of lines with the header's fields (root, count and alg are found here), signed."""
    kept = tuple(lines)
    found = dict(header) | {"root": merkle.root([digest(one) for one in kept]), "count": len(kept), "alg": ALG}
    signed = _dump(found)
    return Batch(_hash(signed), read_header(signed), signed, sign(signed), kept)


def read_header(signed: bytes) -> Header:
    """What the signed bytes say. Raises WireError."""
    if len(signed) > MOST_HEADER:
        raise WireError("批头太长")
    said = _parse(signed)
    if not isinstance(said, dict):
        raise WireError("批头格式不对")
    lane = _text(said.get("lane"), re.compile(r"[a-zA-Z0-9/]{1,20}\Z"))
    if lane not in (*UP, ALL) and not (lane.startswith(TO) and NODE.match(lane.removeprefix(TO))):
        raise WireError("没有这样的通道")
    return Header(
        _number(said.get("proto"), 1, 1000),
        _text(said.get("origin"), NODE),
        lane,
        _text(said.get("epoch"), WORD),
        _number(said.get("seq"), 1),
        _texts(said.get("prevs"), HASH, MOST_PREVS),
        _text(said.get("root"), HASH),
        _number(said.get("count"), 1, MOST_ENTRIES),
        _text(said.get("key"), WORD),
        _text(said.get("alg"), WORD),
    )


def read_batch(signed: bytes, signature: bytes, packed: bytes) -> Batch:
    """A batch as it came: measured, parsed, its lines compared with the root. The signature is looked at by
    :func:`qiangqu.federation.core.store.judge`, which knows the keys. Raises WireError."""
    header = read_header(signed)
    if header.alg != ALG or len(signature) != 64:
        raise WireError("签名算法不认识")
    lines = tuple(unpack(packed).split(b"\n"))
    if len(lines) != header.size:
        raise WireError("条数与批头不符")
    for line in lines:
        read_entry(header.origin, line)
    if merkle.root([digest(one) for one in lines]) != header.root:
        raise WireError("内容与批头的校验值不符")
    return Batch(_hash(signed), header, signed, signature, lines)


def entries(batch: Batch) -> list[Entry]:
    """What a batch says, in order."""
    return [read_entry(batch.header.origin, line) for line in batch.lines]


# compression: pyarrow's zstd, which is there already


def pack(lines: Iterable[bytes]) -> bytes:
    return bytes(pa.Codec("zstd", compression_level=3).compress(b"\n".join(lines), asbytes=True))


def _window(packed: bytes) -> int:
    """The memory that a zstd frame asks for (RFC 8878, 3.1.1.1). Raises WireError for what is no frame."""
    if len(packed) < 6 or packed[:4] != b"\x28\xb5\x2f\xfd":
        raise WireError("不是 zstd")
    mode = packed[4]
    if not mode & 0x20:
        base = 1 << (10 + (packed[5] >> 3))
        return base + base // 8 * (packed[5] & 7)
    at = 5 + (0, 1, 2, 4)[mode & 3]
    length = (1, 2, 4, 8)[mode >> 6]
    return int.from_bytes(packed[at : at + length], "little") + (256 if length == 2 else 0)


def unpack(packed: bytes, most: int = MOST_BYTES) -> bytes:
    """What was compressed, of at most ``most`` bytes; a byte more is never unpacked. Raises WireError."""
    if len(packed) > most + 1024 or _window(packed) > MOST_WINDOW:
        raise WireError("压缩内容太大")
    try:
        with pa.input_stream(pa.py_buffer(packed), compression="zstd") as stream:
            found = bytearray()
            while piece := stream.read(most + 1 - len(found)):
                found += piece
                if len(found) > most:
                    raise WireError("解开后超过允许的大小")
    except (OSError, pa.ArrowException) as error:
        raise WireError("压缩内容坏了") from error
    return bytes(found)
