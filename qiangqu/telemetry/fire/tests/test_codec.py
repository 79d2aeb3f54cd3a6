"""Packets of GB/T 26875.3: those of public sources, what is made of them, hostile ones."""

import csv
import os
import random
import time
from pathlib import Path

import pytest

from qiangqu.telemetry.fire import factors
from qiangqu.telemetry.fire.codes import Command, Kind, Quirk
from qiangqu.telemetry.fire.packet import MOST_UNIT, build, milliseconds, parse, time_of
from qiangqu.telemetry.fire.stream import Decoder
from qiangqu.telemetry.fire.units import PART, SYSTEM, read
from qiangqu.telemetry.gateway.peers import lies_in
from qiangqu.telemetry.gateway.stream import PATIENCE

FUZZ = int(os.environ.get("QIANGQU_FUZZ", "2000"))
ROWS = list(csv.DictReader(Path(__file__).with_name("frames_public.csv").open(encoding="utf-8")))
GOOD = [bytes.fromhex(row["hex"]) for row in ROWS if row["verdict"] == "ok"]
CLOCK = 1_800_000_000
NOW = CLOCK * 1000
SENT = time_of(CLOCK)


@pytest.mark.parametrize("row", ROWS, ids=[row["source"] + row["command"] for row in ROWS])
def test_packets_of_public_sources(row: dict[str, str]) -> None:
    raw = bytes.fromhex(row["hex"])
    decoder = Decoder()
    found = decoder.feed(raw)
    if row["verdict"] != "ok":
        assert not found and decoder.refused[row["verdict"]] == 1
        assert [one.raw for one in decoder.rejected] == ([raw] if row["verdict"] == "bad_check" else [])
        return
    [packet] = found
    assert packet.command == int(row["command"]) and not decoder.refused and decoder.debt == 0
    if packet.unit:
        said = read(packet.unit, packet.sent, NOW)
        assert said.kind == int(row["kind"]) and said.text == row["says"]
    again = build(
        packet.command, packet.unit, number=packet.number, source=packet.source, target=packet.target,
        sent=packet.sent, version=packet.version,
    )  # fmt: skip
    assert again == raw


def values(unit: bytes, sent: bytes = SENT, now: int = NOW) -> dict[tuple[str, str], tuple[float, int]]:
    return {(one.factor, one.statistic): (one.value, one.at) for one in read(unit, sent, now).given}


def part(word: int, tag: bytes = SENT) -> bytes:
    return PART.pack(1, 3, 40, 10, 2, word, "三层走廊".encode("gb18030")) + tag


def test_states_become_series_of_their_place() -> None:
    where = factors.place(1, 3, 10, 2)
    assert where == "0103000a0002"
    found = values(bytes((Kind.PART, 1)) + part(0b1_0000_1010))
    assert {key: value for key, (value, _at) in found.items()} == {
        ("fstate", where): 266.0, ("ffire", where): 1.0, ("ffault", where): 1.0, ("fshield", where): 1.0,
    }  # fmt: skip
    assert read(bytes((Kind.PART, 1)) + part(0b1010), SENT, NOW).text.endswith("10区2号 三层走廊：火警、屏蔽")
    system = bytes((Kind.SYSTEM, 2)) + SYSTEM.pack(1, 3, 1) + SENT + SYSTEM.pack(11, 0, 1 << 9) + SENT
    found = values(system)
    assert found["ffire", "0103"][0] == 0.0 and found["ffault", "0b00"][0] == 1.0
    assert values(bytes((Kind.DEVICE, 1, 0b1000010)) + SENT)["ffault", "Rtd"][0] == 1.0
    analogue = bytes((Kind.ANALOGUE, 1)) + bytes.fromhex("0c0163 0a000200 03 9cff") + SENT
    assert values(analogue) == {("fa03", "0c01000a0002"): (-10.0, NOW)}
    assert read(bytes((Kind.ANALOGUE, 1)) + bytes.fromhex("0c0163 0a000200 c8 9cff") + SENT, SENT, NOW).quirks == {
        Quirk.UNKNOWN_TYPE
    }


def test_a_fire_is_not_lost_to_a_clock() -> None:
    hour = 3_600_000
    unit = bytes((Kind.PART, 1)) + part(0b11, time_of(CLOCK - 60))
    assert values(unit)["ffire", "0103000a0002"] == (1.0, NOW - 60_000)
    # the device's clock is an hour ahead, and so was the time of what happened
    assert values(unit, time_of(CLOCK), NOW - hour)["ffire", "0103000a0002"][1] == NOW - hour - 60_000
    assert values(bytes((Kind.PART, 1)) + part(2, time_of(CLOCK + 20)))["ffire", "0103000a0002"][1] == NOW
    for tag, sent in ((bytes(6), SENT), (b"\xff" * 6, SENT), (SENT, bytes(6))):
        said = read(bytes((Kind.PART, 1)) + part(2, tag), sent, NOW)
        assert said.quirks == {Quirk.NO_TIME} and {one.at for one in said.given} == {NOW}
    twice = bytes((Kind.PART, 2)) + part(1) + part(2)  # normal and fire in one second
    readings = read(twice, SENT, NOW).readings
    assert readings is not None and len(readings.values) == 8 and not readings.refused
    at = readings.times
    assert isinstance(at, list) and max(at) == NOW + 1


def test_a_reset_ends_the_fires_of_its_system() -> None:
    unit = bytes((Kind.OPERATION, 1, 1, 3, 0b1, 7)) + SENT
    said = read(unit, SENT, NOW, lambda place: ["0103000a0002"] if place == "0103" else [])
    given = {(one.factor, one.statistic, one.value) for one in said.given}
    assert given == {("foperation", "0103", 1.0), ("ffire", "0103000a0002", 0.0), ("ffire", "0103", 0.0)}
    assert said.text == "火灾报警系统 3：复位，操作员 7"


def test_units_that_do_not_fit() -> None:
    whole = bytes((Kind.PART, 2)) + part(2) + part(2)
    said = read(whole[:-1], SENT, NOW)
    assert len(said.given) == 4 and said.quirks == {Quirk.UNIT_LENGTH}
    assert len(read(whole + b"more", SENT, NOW).given) == 8
    for unit in (b"", b"\2", b"\2\0", b"\2\1", bytes((Kind.PART, 1)) + part(2)[:-1], b"\6\3\1\1\xff"):
        assert read(unit, SENT, NOW).words == [] and read(unit, SENT, NOW).readings is None
    setup = bytes((Kind.SYSTEM_SETUP, 2, 1, 3, 4)) + "泵房".encode("gb18030") + bytes((11, 0, 0))
    assert read(setup, SENT, NOW).text == "火灾报警系统 3：泵房；消火栓系统 0：（空）"


def test_a_stream_in_pieces_and_with_garbage() -> None:
    stream = b"noise" + b"@" + b"\r\n".join(GOOD) + b"@@@"
    for size in (1, 7, 30, 1000):
        decoder = Decoder()
        found = [packet for at in range(0, len(stream), size) for packet in decoder.feed(stream[at : at + size])]
        assert [packet.raw for packet in found] == GOOD and decoder.rest == b"@@@"[-decoder.waiting :]
        assert not decoder.exhausted and decoder.waiting < 32


def test_work_in_vain_is_bounded() -> None:
    heads = b"@@" * 500_000
    wrong = bytearray(GOOD[0])
    wrong[-3] ^= 1
    for hostile in (os.urandom(2_000_000), heads, bytes(wrong) * 5000, b"@@" + bytes(23) + b"\xff\3" + heads):
        decoder, began = Decoder(), time.process_time()
        for at in range(0, len(hostile), 65536):
            decoder.feed(hostile[at : at + 65536])
        assert decoder.exhausted and decoder.waiting == 0 and decoder.feed(GOOD[0]) == []
        assert len(decoder.rejected) <= PATIENCE // len(wrong) + 1
        assert time.process_time() - began < 2.0
    with pytest.raises(ValueError, match="1024 at most"):
        build(Command.SEND, bytes(MOST_UNIT + 1), number=0, source=bytes(6), target=bytes(6), sent=SENT)


def test_fuzzed_frames_escape_nothing() -> None:
    chance = random.Random(26875)
    for number in range(FUZZ):
        raw = bytearray(chance.choice(GOOD))
        for _flip in range(chance.randrange(1, 6)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        if number % 2:  # so that what it says is read, whatever it is
            unit = bytes(raw[27:-3]) + chance.randbytes(chance.randrange(60))
            packet = parse(
                build(raw[26], unit, number=number, source=bytes(raw[12:18]), target=bytes(6), sent=bytes(raw[6:12]))
            )
            said = read(packet.unit, packet.sent, NOW, lambda place: [f"{place}00000000"])
            readings = said.readings
            assert readings is None or (len(readings.values) == len(readings.flags) and max(readings.times) < NOW + 300)  # type: ignore[arg-type]
            assert len(said.text) <= 4000
        decoder = Decoder()
        cut = chance.randrange(len(raw))
        decoder.feed(bytes(raw[:cut]))
        decoder.feed(bytes(raw[cut:]))
        found = Decoder().feed(bytes(raw) + GOOD[0] + bytes(1100) + GOOD[1])
        assert found and found[-1].raw == GOOD[1]


def test_addresses_that_devices_call_from() -> None:
    assert lies_in("10.0.0.7", "10.0.0.7") and not lies_in("10.0.0.8", "10.0.0.7")
    assert not lies_in("10.0.0.7", "nowhere") and milliseconds(bytes(6)) is None
