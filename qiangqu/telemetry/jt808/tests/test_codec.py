"""Frames of public projects (``frames_public.csv`` and what its README says of them), and frames made at random."""

import csv
import json
import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.telemetry.gateway.readings import INVALID, Readings
from qiangqu.telemetry.gateway.stream import PATIENCE
from qiangqu.telemetry.jt808 import bodies, location, settings
from qiangqu.telemetry.jt808.assembly import ASK_AFTER, MOST_OPEN, Assembler
from qiangqu.telemetry.jt808.codes import Quirk, Refusal, alarm_names
from qiangqu.telemetry.jt808.frame import LONGEST, MOST_BODY, Message, build, check, parse
from qiangqu.telemetry.jt808.stream import Decoder

FRAMES = list(csv.DictReader(Path(__file__).with_name("frames_public.csv").open(encoding="utf-8")))
REFUSED = {
    "checksum_bad": Refusal.BAD_CHECK,
    "checksum_and_length_bad": Refusal.BAD_CHECK,
    "length_bad": Refusal.BAD_LENGTH,
    "escape_bad": Refusal.BAD_ESCAPE,
}
OTHER_HEAD = ("P24", "P25", "P26")  # the version flag lies about the head: taken, and noted
FUZZED = int(os.environ.get("QIANGQU_FUZZ", "20000"))
NUMBER = bytes.fromhex("013419905507")


def messages(raw: bytes) -> tuple[list[Message], Counter[Refusal]]:
    decoder = Decoder()
    return decoder.feed(raw), decoder.refused


def readings(body: bytes) -> Readings:
    found = location.read(body)
    assert isinstance(found, Readings)
    return found


def values(found: Readings) -> dict[str, float]:
    return dict(zip((name for name, _statistic in found.series), found.values, strict=True))


@pytest.mark.parametrize("row", FRAMES, ids=[row["id"] for row in FRAMES])
def test_frames_of_public_projects(row: dict[str, str]) -> None:
    found, refused = messages(bytes.fromhex(row["frame_hex"]))
    said = json.loads(row["expected_json"])
    if row["id"] in OTHER_HEAD:
        assert [one.quirk for one in found] == [Quirk.OTHER_HEAD] and found[0].kind == int(said["msg_id"], 16)
        return
    if row["verdict"] in REFUSED:
        assert not found and list(refused) == [REFUSED[row["verdict"]]]
        return
    [message] = found
    assert not refused and message.quirk is None
    assert message.kind == int(said["msg_id"], 16) and message.sequence == said["seq"]
    assert message.number.hex() == said["phone_bcd"] and message.encryption == said["encrypt"]
    assert (message.parts, message.part) == (said.get("pack_total", 0), said.get("pack_no", 0))
    assert bool(message.version) == bool(said["version_flag"])
    body = said.get("body")
    if "body_hex" in said:
        assert message.body.hex() == said["body_hex"]
    if not body or message.parts:
        return
    match message.kind:
        case 0x0001:
            assert message.body == bodies.answer(body["ack_seq"], int(body["ack_id"], 16), body["result"])
        case 0x0100:
            registration = bodies.registration(message.body, message.version)
            assert registration is not None
            assert (registration.province, registration.city) == (body["province"], body["city"])
            assert (registration.maker, registration.model) == (body["maker"], body["model"])
            assert (registration.terminal, registration.plate) == (body["terminal_id"], body["plate"])
            assert registration.colour == body["plate_color"]
        case 0x0102:
            assert bodies.code_of(message.body, message.version).decode() == body["auth_code"]
        case 0x0200:
            same_place(message.body, body)
        case 0x0201 | 0x0500:
            same_place(message.body[2:], body)
        case 0x0702:
            read = bodies.driver(message.body)
            assert int(read["status"]) == body["status"] and read["name"].count("*") == len(read["name"]) - 1
        case 0x0704:
            positions, late, whole = location.split(message.body)
            assert whole and late == bool(body["type"]) and len(positions) == body["count"]
            for position, one in zip(positions, body["locations"], strict=True):
                same_place(position, one)
        case 0x8103:
            read_back = bodies.parameters(message.body)
            assert read_back is not None
            assert [[number, raw.hex()] for number, raw in read_back] == [
                [int(one["id"], 16), one["hex"]] for one in body["params"]
            ]


def same_place(body: bytes, said: dict[str, Any]) -> None:
    found = readings(body)
    got = values(found)
    assert (got["valarm"], got["vstatus"]) == (said["alarm"], said["status"])
    assert got["vlon"] == pytest.approx(said["lon"]) and got["vlat"] == pytest.approx(said["lat"])
    assert got["vspeed"] == pytest.approx(said["speed_kmh"]) and got["vcourse"] == said["course"]
    sound = bool(said["positioned"]) and abs(said["lat"]) <= 90
    assert [bool(flag & INVALID) for flag in found.flags[:2]] == [not sound] * 2


def test_items_that_do_not_fill_the_message_lose_only_themselves() -> None:
    [bad] = [row for row in FRAMES if row["verdict"] == "ok_items_bad"]
    [message] = messages(bytes.fromhex(bad["frame_hex"]))[0]
    found = readings(message.body)
    assert Quirk.ITEMS_BAD in found.quirks or Quirk.ITEM_LENGTH in found.quirks or len(found.values) > 7
    assert values(found)["vmileage"] == 10.0


def test_a_carriage_may_be_cold_and_areas_are_told_in_words() -> None:
    at = location.dt.datetime(2026, 12, 1, 8, tzinfo=location.dt.UTC)
    items = {
        0x06: bytes.fromhex("8014"),
        0x12: bytes.fromhex("010000000701"),
        0x2B: bytes.fromhex("00020001"),
        0xE1: b"x",
    }
    found = readings(location.write(at, 106.5, 38.1, speed=61.5, items=items))
    assert values(found) | {"vcargotemp": -20.0, "vad0": 1.0, "vad1": 2.0, "vspeed": 61.5} == values(found)
    assert found.extras == {"0x12": "010000000701"} and not found.quirks and found.times == 1796112000000


def test_a_stream_cut_anywhere_gives_the_same_messages() -> None:
    rows = [row for row in FRAMES if row["verdict"].startswith("ok")]
    stream = b"rubbish" + b"".join(bytes.fromhex(row["frame_hex"]) for row in rows) + b"\x7e\x7e"
    whole = messages(stream)[0]
    assert len(whole) == len(rows)
    for step in (1, 2, 7, 61):
        decoder, found = Decoder(), []
        for at in range(0, len(stream), step):
            found += decoder.feed(stream[at : at + step])
        assert found == whole


def test_frames_may_share_their_mark_and_follow_rubbish() -> None:
    one, two = build(0x0002, b"", NUMBER, 1), build(0x0002, b"", NUMBER, 2)
    found, refused = messages(one[:-1] + two + b"\x7e\x00\x01\x7e" + one)
    assert [message.sequence for message in found] == [1, 2, 1] and refused[Refusal.BAD_LENGTH] == 1


def test_garbage_is_given_up_with_bounded_memory() -> None:
    for junk in (b"\x00", b"\x7e", b"\x7d\x01", b"\x7e\x00\x02", b"\x7e" + b"\x00" * LONGEST):
        decoder, fed = Decoder(), 0
        piece = junk * (4096 // len(junk) + 1)
        while not decoder.exhausted and fed < 40 * PATIENCE:
            decoder.feed(piece)
            fed += len(piece)
            assert decoder.waiting <= LONGEST
        assert decoder.exhausted == (junk != b"\x7e") and fed <= 40 * PATIENCE + len(piece)


@given(
    st.integers(0, 0xFFFF), st.binary(max_size=MOST_BODY), st.booleans(), st.integers(0, 0xFFFF),
    st.lists(st.integers(0, 99), min_size=10, max_size=10), st.sampled_from([(0, 0), (1, 1), (3, 2), (65535, 65535)]),
)  # fmt: skip
def test_what_is_built_is_read_back(
    kind: int, body: bytes, long: bool, sequence: int, digits: list[int], parts: tuple[int, int]
) -> None:
    number = bytes.fromhex("".join(f"{two:02d}" for two in digits[: 10 if long else 6]))
    [message] = messages(build(kind, body, number, sequence, int(long), *parts))[0]
    assert (message.kind, message.body, message.number) == (kind, body, number)
    assert (message.sequence, message.version, message.parts, message.part) == (sequence, int(long), *parts)


def test_the_check_byte_is_the_sum_of_all() -> None:
    chance = random.Random(1)
    for size in (*range(70), 1000):
        data = chance.randbytes(size)
        slow = 0
        for byte in data:
            slow ^= byte
        assert check(data) == slow


def test_fuzzed_frames_escape_nothing() -> None:
    """Broken, cut and joined frames: only refusals, and a good frame after them is read."""
    chance = random.Random(FUZZED)
    good = [bytes.fromhex(row["frame_hex"]) for row in FRAMES if row["verdict"].startswith("ok")]
    decoder, assembler, read = Decoder(1 << 40), Assembler(), 0
    for _n in range(FUZZED):
        raw = bytearray(chance.choice(good))
        for _change in range(chance.randrange(4)):
            at = chance.randrange(len(raw))
            match chance.randrange(4):
                case 0:
                    raw[at] ^= 1 << chance.randrange(8)
                case 1:
                    del raw[at : at + chance.randrange(1, 9)]
                case 2:
                    raw[at:at] = chance.randbytes(chance.randrange(1, 9))
                case 3:  # right again, with another body
                    message = parse(bytes(raw).strip(b"\x7e"))
                    if isinstance(message, Message):
                        body = chance.randbytes(chance.randrange(MOST_BODY))
                        raw = bytearray(
                            build(message.kind, body, message.number, 1, message.version, message.parts, message.part)
                        )
            if not raw:
                break
        for message in decoder.feed(bytes(raw)):
            read += 1
            for one in (message.body, *location.split(message.body)[0]):
                found = location.read(one)
                assert isinstance(found, Refusal) or len(found.values) == len(found.flags) == len(found.series)
            bodies.registration(message.body, message.version)
            bodies.code_of(message.body, message.version)
            bodies.driver(message.body)
            bodies.waybill(message.body)
            bodies.parameters(message.body)
            if message.parts:
                assembler.add(message, 0.0)
    assert read > FUZZED // 10 and decoder.waiting <= LONGEST
    decoder.feed(b"\x7e")
    assert [message.sequence for message in decoder.feed(build(2, b"", NUMBER, 4711))] == [4711]


def part(number: int, of: int, body: bytes, sequence: int = 100, kind: int = 0x0104) -> Message:
    [message] = messages(build(kind, body, NUMBER, sequence + number - 1, 0, of, number))[0]
    return message


def test_parts_in_any_order_make_one_message() -> None:
    text = bytes(range(250)) * 4
    pieces = [text[at : at + 100] for at in range(0, 1000, 100)]
    numbers = [*range(1, 11), 4, 7]  # two come again
    random.Random(3).shuffle(numbers)
    assembler = Assembler()
    done = [assembler.add(part(number, 10, pieces[number - 1])) for number in numbers]
    [(whole, parts)] = [one for one in done if one is not None]
    assert whole.body == text and [one.part for one in parts] == list(range(1, 11)) and whole.parts == 0


def test_missing_parts_are_asked_for_and_then_forgotten() -> None:
    assembler = Assembler()
    assert assembler.add(part(1, 4, b"a"), 0.0) is None and assembler.add(part(3, 4, b"c"), 1.0) is None
    assert list(assembler.due(2.0)) == []
    [missing] = assembler.due(1.0 + ASK_AFTER + 0.1)
    assert missing.first == 100 and missing.parts == (2, 4)
    assert assembler.add(part(4, 4, b"d"), 12.0) is None
    done = assembler.add(part(2, 4, b"b"), 13.0)
    assert done is not None and done[0].body == b"abcd"
    assembler.add(part(1, 2, b"x"), 20.0)
    assert sum(len(list(assembler.due(20.0 + n * 11))) for n in range(1, 100)) == 3 and assembler.lost == 1


def test_unfinished_messages_are_bounded() -> None:
    assembler = Assembler()
    for kind in range(1000):
        assembler.add(part(1, 3, bytes(1000), kind=kind))
    assert assembler.lost == 1000 - MOST_OPEN
    assembler = Assembler()
    for number in range(1, 3000):
        assembler.add(part(number, 65535, bytes(1000)))
    assert assembler.lost > 1000
    assert assembler.add(part(7, 3, b"")) is None  # the seventh of three


def test_a_part_that_says_something_else_begins_anew() -> None:
    assembler = Assembler()
    assembler.add(part(1, 2, b"old"))
    assert assembler.add(part(1, 2, b"new")) is None and assembler.lost == 1
    done = assembler.add(part(2, 2, b"!"))
    assert done is not None and done[0].body == b"new!"


def test_parameters_are_written_as_they_are_read() -> None:
    asked = settings.read("0x0055=80；0x0029=30")
    assert bodies.parameters(settings.write(asked)) == [(0x55, b"\0\0\0\x50"), (0x29, b"\0\0\0\x1e")]
    assert settings.told([(0x55, b"\0\0\0\x50"), (0x13, b"host")]) == "最高速度 80km/h，0x0013 686f7374"
    assert alarm_names(1 | 1 << 20) == ["紧急报警", "进出区域"]
