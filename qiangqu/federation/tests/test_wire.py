"""Bytes of other nodes: what comes in is measured before it is believed. ``QIANGQU_FUZZ=1000000`` for a long run."""

import json
import os
import random
import tracemalloc

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.federation.core import merkle, wire
from qiangqu.federation.core.shapes import Batch, Entry

from .model import signer

FUZZ = int(os.environ.get("QIANGQU_FUZZ", "3000"))
HEADER = {"proto": 1, "origin": "Z1", "lane": "acts", "epoch": "e1", "seq": 1, "prevs": [], "key": "Z1"}


def entry(uid: str, **body: object) -> Entry:
    return Entry("Z1", uid, "thing", 1, f"Z1/{uid}", 1, 1, "", ("Z1/x",), (), 5, body)


def made(count: int = 5) -> Batch:
    return wire.write_batch(
        HEADER, [wire.write_entry(entry(f"u{n}", n=n, 名称="园区\n\t")) for n in range(count)], signer("Z1")
    )


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=12), values, max_size=6))
def test_any_body_comes_back(body: dict[str, object]) -> None:
    line = wire.write_entry(entry("a")._replace(body=body))
    assert b"\n" not in line and wire.read_entry("Z1", line).body == body


def test_a_batch_comes_back_and_names_itself() -> None:
    one = made()
    again = wire.read_batch(one.signed, one.signature, wire.pack(one.lines))
    assert again == one and [each.body["n"] for each in wire.entries(again) if each.body] == [0, 1, 2, 3, 4]


def test_an_erased_body_leaves_a_batch_that_proves() -> None:
    one = made()
    lines = list(one.lines)
    lines[2] = wire.erase(lines[2])
    again = wire.read_batch(one.signed, one.signature, wire.pack(lines))
    assert again.hash == one.hash and wire.entries(again)[2].body is None and wire.erase(lines[2]) == lines[2]
    digests = [wire.digest(line) for line in lines]
    assert merkle.proves(digests[3], merkle.proof(digests, 3), one.header.root)
    assert not merkle.proves(digests[4], merkle.proof(digests, 3), one.header.root)


@pytest.mark.parametrize(
    "change",
    [
        {"lane": "to/../etc"}, {"lane": "down"}, {"origin": "z1"}, {"origin": "Z1/../R"}, {"seq": 0}, {"seq": True},
        {"seq": 1.0}, {"prevs": ["x"]}, {"prevs": ["a" * 64] * 65}, {"proto": -1}, {"key": "a b"}, {"epoch": ""},
        {"epoch": None}, {"count": 7}, {"root": "0" * 64},
    ],
)  # fmt: skip
def test_a_header_that_is_not_one_is_refused(change: dict[str, object]) -> None:
    one = made()
    signed = json.dumps(json.loads(one.signed) | change).encode()
    with pytest.raises(wire.WireError):
        wire.read_batch(signed, signer("Z1")(signed), wire.pack(one.lines))


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\t", b"{}\t{}", b"[]\t{}", b'{"u":"a"}\t{}', b"x" * 70_000, b"\xff\xfe\t{}", b'{"u":NaN}\t{}',
        b"[" * 5000 + b"\t{}",
        wire.write_entry(entry("a")).replace(b'"t":1', b'"t":0'),
        wire.write_entry(entry("a")).replace(b'"t":1', b'"t":1,"t":2'),
        wire.write_entry(entry("a")).replace(b"Z1/a", b"Z1/../a"),
        wire.write_entry(entry("a")).partition(b"\t")[0] + b"\t[1]",
        wire.write_entry(entry("a")).partition(b"\t")[0] + b"\t#zz",
        wire.write_entry(entry("a")).partition(b"\t")[0] + b"\t" + b'{"a":' * 20 + b"1" + b"}" * 20,
        wire.write_entry(entry("a")).partition(b"\t")[0] + b"\t" + b'{"a":' * 9000 + b"1" + b"}" * 9000,
    ],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_refused(line: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.read_entry("Z1", line)


def test_the_origin_is_that_of_the_signed_batch() -> None:
    line = wire.write_entry(entry("a")).replace(b'{"u"', b'{"origin":"R","o":"R","u"')
    assert wire.read_entry("Z1", line).origin == "Z1"


def test_a_zip_bomb_costs_no_more_than_a_batch() -> None:
    bomb = bytes(pa.Codec("zstd", compression_level=19).compress(b"\0" * 400_000_000, asbytes=True))
    assert len(bomb) < 60_000
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    with pytest.raises(wire.WireError):
        wire.unpack(bomb)
    assert tracemalloc.get_traced_memory()[1] < 4 * wire.MOST_BYTES
    assert pa.total_allocated_bytes() - before < 4 * wire.MOST_BYTES
    tracemalloc.stop()


def test_a_frame_that_asks_for_much_memory_is_refused() -> None:
    frame = b"\x28\xb5\x2f\xfd" + bytes([0x00, 17 << 3]) + b"\x01\x00\x00"  # a window of 128 MiB, an empty block
    with pytest.raises(wire.WireError):
        wire.unpack(frame)
    with pytest.raises(wire.WireError):
        wire.unpack(b"\x28\xb5\x2f\xfd" + bytes([0xE0]) + (1 << 40).to_bytes(8, "little") + b"\x01\x00\x00")


def test_the_limit_of_a_body_to_the_byte() -> None:
    assert len(wire.unpack(wire.pack([b"x" * wire.MOST_BYTES]))) == wire.MOST_BYTES
    with pytest.raises(wire.WireError):
        wire.unpack(wire.pack([b"x" * (wire.MOST_BYTES + 1)]))


def test_hostile_bytes_raise_one_error_only() -> None:
    """Bits turned, pieces cut out, doubled and mixed: never accepted as another batch, never another exception."""
    chance = random.Random(7)
    one = made(8)
    packed = wire.pack(one.lines)
    accepted = 0
    for _ in range(FUZZ):
        parts = [bytearray(one.signed), bytearray(packed), bytearray(b"\n".join(one.lines))]
        which = chance.randrange(3)
        part = parts[which]
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(part) + 1)
            act = chance.randrange(4)
            if act == 0 and at < len(part):
                part[at] ^= 1 << chance.randrange(8)
            elif act == 1:
                del part[at : at + chance.randint(1, 40)]
            elif act == 2:
                part[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
            else:
                part[at:at] = part[at : at + chance.randint(1, 200)]
        body = bytes(parts[1]) if which != 2 else wire.pack([bytes(parts[2])])
        try:
            found = wire.read_batch(bytes(parts[0]), one.signature, body)
        except wire.WireError:
            continue
        accepted += 1
        # the lines are proved by the root: only a header that says otherwise (and is not signed) may differ
        assert found.lines == one.lines or found.header.root != one.header.root
        assert found.hash == one.hash or found.signed != one.signed
    assert accepted < FUZZ / 2
