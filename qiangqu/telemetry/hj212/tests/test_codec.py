"""Frames, check sums, headers, regions: what is taken, with which quirk, and what is refused."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.telemetry.hj212 import sm4, stream
from qiangqu.telemetry.hj212.assembly import Assembler
from qiangqu.telemetry.hj212.codes import Quirk, Refusal
from qiangqu.telemetry.hj212.crc import checksum, modbus_checksum
from qiangqu.telemetry.hj212.packet import Packet, answer, build, frame
from qiangqu.telemetry.hj212.region import Reader
from qiangqu.telemetry.hj212.stream import LONGEST, Decoder

MN = b"010000A8900016F000169DC0"
EXAMPLE = b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n"
REGION = b"DataTime=20261123080000;a21026-Rtd=12.5,a21026-ZsRtd=14.25,a21026-Flag=N;a34013-Rtd=3,a34013-Flag=M"
AT = int(dt.datetime(2026, 11, 23, tzinfo=dt.UTC).timestamp() * 1000)


def slow_checksum(data: bytes) -> int:
    """The loop of the standard's appendix A."""
    register = 0xFFFF
    for byte in data:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def data(region: bytes = REGION, **kwargs: object) -> bytes:
    return build(b"2011", region, **{"qn": b"20261123080001123", "mn": MN, **kwargs})  # type: ignore[arg-type]


def one(raw: bytes) -> tuple[list[Packet], Decoder]:
    decoder = Decoder()
    return decoder.feed(raw), decoder


def retail(raw: bytes, change) -> bytes:
    """A frame with its segment changed and length and check sum made right again."""
    return frame(change(raw[6:-6]))


@given(st.binary(max_size=300))
def test_the_checksum_is_that_of_the_standard(raw: bytes) -> None:
    assert checksum(raw) == slow_checksum(raw)


def test_the_checksum_of_the_standards_own_example() -> None:
    packets, decoder = one(EXAMPLE)
    assert [(p.qn, p.st, p.cn, p.pw, p.mn, p.flag, p.region) for p in packets] == [
        (b"20160801085857223", b"32", b"1062", b"100000", MN, 5, b"RtdInterval=30")
    ]
    assert (packets[0].edition, packets[0].wants_answer, packets[0].quirks) == (1, True, [])
    assert not decoder.refused


def test_the_modbus_checksum_against_its_check_value() -> None:
    assert modbus_checksum(b"123456789") == 0x4B37


def test_values_with_marks_and_times() -> None:
    region = Reader().read(REGION)
    assert region.series == (("a21026", "Rtd"), ("a21026", "ZsRtd"), ("a34013", "Rtd"))
    assert region.values == [12.5, 14.25, 3.0]
    assert region.flags == [ord("N"), ord("N"), ord("M") | 0x80]
    assert region.times == AT
    assert not region.quirks and not region.refused


def test_the_second_region_of_a_shape_reads_like_the_first() -> None:
    reader = Reader()
    reader.read(REGION)
    second = reader.read(REGION.replace(b"12.5", b"99").replace(b"=M", b"=N"))
    assert second.values == [99.0, 14.25, 3.0] and second.flags[2] == ord("N") and second.times == AT
    moved = reader.read(REGION.replace(b"08000", b"09000"))
    assert moved.times == AT + 3_600_000


def test_sample_time_of_a_factor() -> None:
    reader = Reader()
    for _ in range(2):
        region = reader.read(
            b"DataTime=20261123080000;w01018-SampleTime=20261123073000,w01018-Rtd=31,w01018-Flag=N;w21003-Rtd=1,w21003-Flag=N"
        )
        assert region.times == [AT - 1_800_000, AT]


@pytest.mark.parametrize("cn", [b"2051", b"2061", b"2031"])
def test_statistics(cn: bytes) -> None:
    region = Reader().read(
        b"DataTime=20261123080000;a21026-Cou=5,a21026-Min=1,a21026-Avg=2,a21026-Max=3,a21026-ZsAvg=4,a21026-Flag=N"
    )
    assert [statistic for _factor, statistic in region.series] == ["Cou", "Min", "Avg", "Max", "ZsAvg"]


def test_several_times_in_one_region() -> None:
    region = Reader().read(b"DataTime=20261123080000;a-Avg=1,a-Flag=N;DataTime=20261123090000;a-Avg=2,a-Flag=N")
    assert region.values == [1.0, 2.0] and region.times == [AT, AT + 3_600_000]


def test_a_mark_apart_from_its_value() -> None:
    region = Reader().read(b"DataTime=20261123080000;a-Rtd=1;a-Flag=D")
    assert region.flags == [ord("D") | 0x80]


@pytest.mark.parametrize(
    ("text", "quirk"),
    [
        (REGION + b";", Quirk.EXTRA_SEPARATOR),
        (REGION.replace(b";a34", b";;a34"), Quirk.EXTRA_SEPARATOR),
        (REGION.replace(b"=M", b"=m"), Quirk.MARK_CASE),
        (b"DataTime=2026-11-23 08:00:00;a-Rtd=1,a-Flag=N", Quirk.TIME_FORMAT),
        (b"DataTime=20261123080000000;a-Rtd=1,a-Flag=N", Quirk.TIME_FORMAT),
        (b"DataTime=202611230800;a-Rtd=1,a-Flag=N", Quirk.TIME_FORMAT),
        (b"DataTime=20261123080000;a-Rtd=1", Quirk.NO_MARK),
        (b"DataTime=20261123080000;a-Rtd=1,a-Flag=", Quirk.NO_MARK),
    ],
)
def test_regions_that_are_sloppy_but_clear(text: bytes, quirk: Quirk) -> None:
    reader = Reader()
    for _ in range(2):  # also when the shape is known
        region = reader.read(text)
        assert quirk in region.quirks and not region.refused
        assert region.times == AT and region.values


@pytest.mark.parametrize(
    ("text", "why", "left"),
    [
        (b"DataTime=20261123080000;a-Rtd=nan,a-Flag=N;b-Rtd=2,b-Flag=N", Refusal.BAD_VALUE, [2.0]),
        (b"DataTime=20261123080000;a-Rtd=1_0,a-Flag=N;b-Rtd=2,b-Flag=N", Refusal.BAD_VALUE, [2.0]),
        (b"DataTime=20261123080000;a-Rtd=,a-Flag=N;b-Rtd=2,b-Flag=N", Refusal.BAD_VALUE, [2.0]),
        (b"DataTime=20261123080000;a-Rtd=inf,a-Flag=N;b-Rtd=2,b-Flag=N", Refusal.BAD_VALUE, [2.0]),
        (b"DataTime=20261123080000;a-Rtd=1,a-Flag=Q;b-Rtd=2,b-Flag=N", Refusal.BAD_MARK, [2.0]),
        (b"DataTime=20261123080000;a-Rtd=1,a-Flag=N;a-Rtd=3,a-Flag=N;b-Rtd=2,b-Flag=N", Refusal.REPEATED_ITEM, [2.0]),
        (b"DataTime=20261123080000;a-Rtd=1=b-Rtd=2;b-Rtd=2,b-Flag=N", Refusal.BAD_ITEM, [2.0]),
        (b"DataTime=20261123080000;a-ZsRtd=9999.99,a-Flag=N;b-Rtd=2,b-Flag=N", Refusal.UNAVAILABLE, [2.0]),
        (b"DataTime=20261323080000;a-Rtd=1,a-Flag=N", Refusal.NO_TIME, []),
        (b"a-Rtd=1,a-Flag=N", Refusal.NO_TIME, []),
    ],
)
def test_what_is_not_clear_is_refused_and_the_rest_taken(text: bytes, why: Refusal, left: list[float]) -> None:
    reader = Reader()
    reader.read(b"DataTime=20261123080000;a-Rtd=7,a-Flag=N;b-Rtd=2,b-Flag=N")  # the shape is known
    region = reader.read(text)
    assert region.values == left and region.refused.get(why)
    assert len(region.series) == len(region.values) == len(region.flags)


@pytest.mark.parametrize(
    "value",
    [
        "12,5", "12,", "12;5", "12, 5", "12 5", "1,234.5", "1.234,5", "12,5,7", "12,,5", "12;;5", "12,5=", "12,5=7", "12=5", "12,=5", "1e", "1e,5", "0x1F",
        "12.5mg/m3", "12,5mg/m3", "12.5 mg/m3", "１２.５", "12，5", "12．5", "1'234", "1_0", "12,.5", "12,-5", "12.", "12,N", "12,5a-Min=1", "<0.5", "12/5",
    ],
)  # fmt: skip
def test_no_part_of_a_number_is_taken_for_it(value: str) -> None:
    """A piece that cannot be read takes the value that it was cut from with it; in GBK and UTF-8, in known
    and in unknown shapes.
    """
    for encoding in ("gbk", "utf-8"):
        text = f"DataTime=20261123080000;a-Rtd={value},a-Flag=N;b-Rtd=2,b-Flag=N".encode(encoding)
        warm = Reader()
        warm.read(b"DataTime=20261123080000;a-Rtd=7,a-Flag=N;b-Rtd=2,b-Flag=N")
        for reader in (Reader(), warm):
            region = reader.read(text)
            found = dict(zip(region.series, region.values, strict=True))
            assert found.pop(("b", "Rtd")) == 2.0
            if value in ("12.", "12,"):  # the whole of it is there
                assert found == {("a", "Rtd"): 12.0}
            else:
                assert ("a", "Rtd") not in found and region.refused


@pytest.mark.parametrize(
    "text",
    [
        b"DataTime=20261123080000;a-Rtd=12,5a-Flag=N",  # a separator is missing behind a decimal comma
        b"DataTime=20261123080000;011-Rtd=12,5011-Flag=N",
        b"DataTime=20261123080000;a-Rtd=12.5a-Flag=N",
        b"DataTime=20261123080000;a-Rtd=12,a-Flag=N,5",  # the mark cannot be read
        b"DataTime=20261123080000;a-Rtd=12,a-Flag=N=D",
        b"DataTime=202611230800,00;a-Rtd=12,a-Flag=N",  # nor the time
        b"DataTime=20261123;080000;a-Rtd=12,a-Flag=N",
        b"DataTime=2026=11;a-Rtd=12,a-Flag=N",
        b"DataTime=20261123080000;a-SampleTime=20261123080000,5,a-Rtd=12,a-Flag=N",
    ],
)
def test_unreadable_marks_and_times_take_their_values_along(text: bytes) -> None:
    for default in (None, AT):
        region = Reader().read(text, default_time=default)
        assert region.values == [] and region.refused and region.unreadable


def test_codes_of_2005_are_not_taken_for_pieces() -> None:
    region = Reader().read(b"DataTime=20261123080000;011-Rtd=31,011-Flag=N;001-Rtd=7,001-Flag=N;101-Rtd=1,101-Flag=N")
    assert [factor for factor, _statistic in region.series] == ["011", "001", "101"] and not region.refused


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("20261122240000", AT - 8 * 3_600_000),
        ("2026-11-22 24:00:00", AT - 8 * 3_600_000),
        ("202611222400", AT - 8 * 3_600_000),
        ("20261122240000000", AT - 8 * 3_600_000),
        ("20261231240000", int(dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC).timestamp() * 1000)),
        ("20240228240000", int(dt.datetime(2024, 2, 28, 16, tzinfo=dt.UTC).timestamp() * 1000)),
    ],
)
def test_midnight_written_as_24(text: str, at: int) -> None:
    reader = Reader()
    for _ in range(2):
        region = reader.read(f"DataTime={text};a-Avg=7.5,a-Min=7,a-Max=8,a-Flag=N".encode())
        assert region.times == at and region.values == [7.5, 7.0, 8.0] and not region.refused
    region = reader.read(f"DataTime=20261123080000;a-SampleTime={text},a-Rtd=1,a-Flag=N".encode())
    assert region.times == at


@pytest.mark.parametrize("text", ["20261122240001", "20261122240100", "20261122250000", "20261131240000"])
def test_no_other_time_after_24(text: str) -> None:
    assert Reader().read(f"DataTime={text};a-Rtd=1,a-Flag=N".encode()).values == []


def test_a_statement_that_there_is_no_value_was_read() -> None:
    assert not Reader().read(b"DataTime=20261123080000;a-ZsRtd=9999.99,a-Flag=N").unreadable
    assert not Reader().read(b"").unreadable
    assert Reader().read(b"DataTime=20261123080000;a-Rtd=x,a-Flag=N").unreadable


def test_a_known_shape_is_not_taken_for_another() -> None:
    reader = Reader()
    assert reader.read(b"DataTime=20261123080000;a-Rtd=1;b-Rtd=2").values == [1.0, 2.0]
    # the same names and values between other separators
    assert reader.read(b"DataTime=20261123080000;a-Rtd=1=b-Rtd;2").values == []


def test_chinese_text_is_read_in_both_encodings() -> None:
    for encoding in ("gbk", "utf-8"):
        region = Reader().read("DataTime=20261123080000;Info=锅炉房;a-Rtd=1,a-Flag=N".encode(encoding))
        assert region.extras == {"Info": "锅炉房"} and region.values == [1.0]


@pytest.mark.parametrize(
    ("raw", "quirk"),
    [
        (data().replace(b"##0", b"##1"), Quirk.WRONG_LENGTH),
        (b"##0020" + data()[6:], Quirk.WRONG_LENGTH),
        (b"##" + b"12x4" + data()[6:], Quirk.WRONG_LENGTH),
        (data()[:-6] + data()[-6:].lower(), Quirk.LOWER_CRC),
        (b"##%b%04X\r\n" % (data()[2:-6], modbus_checksum(data()[6:-6])), Quirk.MODBUS_CRC),
        (retail(data(), lambda s: s[21:]), Quirk.MISSING_QN),
        (retail(data(), lambda s: s.replace(b"QN=20261123080001123", b"QN=20261123080001")), Quirk.BAD_QN),
        (retail(data(), lambda s: s.replace(b"Flag=5;CP", b"CP")), Quirk.MISSING_FLAG),
        (retail(data(), lambda s: s.removesuffix(b"&&")), Quirk.UNCLOSED_CP),
        (retail(data(), lambda s: s + b";"), Quirk.UNCLOSED_CP),
        (retail(data(), lambda s: s.replace(b"ST=31;CN=2011", b"CN=2011;ST=31")), Quirk.FIELD_ORDER),
        (data(b"DataTime=20261123080000;" + b"x" * 1100 + b"=1"), Quirk.OVERSIZE),
        (data(late=True), Quirk.LATE),
    ],
)
def test_frames_that_are_sloppy_but_clear(raw: bytes, quirk: Quirk) -> None:
    good = data()
    packets, decoder = one(good + raw + good)
    if raw[-6:] != raw[-6:].upper() and raw[-6:-2].isdigit():
        pytest.skip("a check sum without letters has no case")
    assert len(packets) == 3 and not decoder.refused
    assert quirk in packets[1].quirks and packets[1].mn == MN
    assert b"DataTime=2026112308" in packets[1].region
    assert packets[0].quirks == packets[2].quirks == []


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (data().replace(b"12.5", b"12.6"), Refusal.BAD_CRC),
        (b"##abcd junk\r\n", Refusal.BAD_LENGTH),
        (b"GET / HTTP/1.1\r\n\r\n", Refusal.GARBAGE),
        (retail(data(), lambda s: s.replace(b"MN=" + MN, b"MN=")), Refusal.NO_MN),
        (retail(data(), lambda s: s.replace(b"CN=2011", b"CN=x")), Refusal.NO_COMMAND),
        (frame(b"QN=20261123080001123;ST=31;CN=2011;MN=1"), Refusal.NO_REGION),
        (data(key=b"0" * 16), Refusal.NO_KEY),
    ],
)
def test_faulty_frames_do_not_take_their_neighbours_along(raw: bytes, why: Refusal) -> None:
    good = data()
    packets, decoder = one(good + raw + good)
    assert len(packets) == 2 and decoder.refused[why] >= 1
    # neither when they come byte by byte
    decoder, got = Decoder(), []
    for byte in good + raw + good:
        got += decoder.feed(bytes([byte]))
    assert len(got) == 2 and decoder.refused[why] >= 1


def test_a_missing_tail_is_no_matter() -> None:
    packets, decoder = one(data()[:-2] + data()[:-1] + data())
    assert len(packets) == 3 and not decoder.refused


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_frames_cut_anywhere(cut: int) -> None:
    sent, decoder, got = (data() + EXAMPLE) * 5, Decoder(), []
    for start in range(0, len(sent), cut):
        got += decoder.feed(sent[start : start + cut])
    assert len(got) == 10 and not decoder.refused and decoder.waiting == 0


def test_memory_is_bounded() -> None:
    decoder = Decoder()
    for _ in range(50):
        decoder.feed(b"##9999" + b"x" * 5000)
        assert decoder.waiting <= LONGEST + 5006
    decoder = Decoder()
    for _ in range(50):
        decoder.feed(b"y" * 5000)
        assert decoder.waiting <= 1


def test_encrypted_regions() -> None:
    key = bytes(range(16))
    decoder = Decoder(lambda mn: key if mn == MN else None)
    raw = data(key=key, edition=2)
    assert b"a21026" not in raw
    packet = decoder.feed(raw)[0]
    assert packet.region == REGION and packet.encrypted and packet.edition == 2
    assert Decoder(lambda mn: b"1" * 16).feed(raw) == []


def test_sm4_against_the_example_of_its_standard() -> None:
    """GB/T 32907-2016, appendix A.1."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    sent = sm4.encrypt(key + b"rest", key)
    assert sent == bytes.fromhex("681edf34d206965e86b3e94f536e4246") + b"rest"
    assert sm4.decrypt(sm4.unwrite(sm4.write(sent)), key) == key + b"rest"


def test_split_messages() -> None:
    assembler = Assembler()

    def part(number: int, region: bytes, parts: int = 2) -> Packet:
        return one(data(region, parts=parts, part=number))[0][0]

    # cut between items: each by itself, at once
    whole = b"DataTime=20261123080000;a-Rtd=1,a-Flag=N"
    assert assembler.add(part(1, whole)) == (part(1, whole), [part(1, whole)])
    # cut anywhere: kept, joined in order whatever the order of arrival
    cut = [whole + b";b-Rtd=12.", b"75,b-Flag=N"]
    assert assembler.add(part(2, cut[1])) is None
    joined = assembler.add(part(1, cut[0]))
    assert joined is not None and joined[0].region == cut[0] + cut[1] and len(joined[1]) == 2
    cut = [whole + b";b-Rtd=12", b"c-Rtd=1,c-Flag=N"]
    assert assembler.add(part(1, cut[0])) is None
    joined = assembler.add(part(2, cut[1]))
    assert joined is not None and Reader().read(joined[0].region).values == [1.0, 12.0, 1.0]
    # parts that never come are forgotten and counted
    assert assembler.add(part(1, b"x"), now=0.0) is None
    assert assembler.add(part(2, b"x", parts=3), now=1000.0) is None
    assert assembler.refused[Refusal.INCOMPLETE] == 1


def headed(fields: bytes, flag: int = 5) -> bytes:
    return frame(b"QN=20261123080001123;ST=31;CN=2011;PW=123456;MN=%b;Flag=%d;%bCP=&&%b&&" % (MN, flag, fields, REGION))


@pytest.mark.parametrize("flag", [1, 3, 5, 7, 9, 11])
@pytest.mark.parametrize(
    "fields",
    [
        b"", b"PNUM=0;PNO=0;", b"PNUM=1;PNO=1;", b"PNUM=1;PNO=0;", b"PNUM=0;PNO=1;", b"PNUM=1;", b"PNUM=0;", b"PNO=1;", b"PNO=0;", b"PNUM=;PNO=;",
        b"PNO=1;PNUM=1;", b"PNUM=0001;PNO=0001;", b"PNUM=1;PNO=7;", b"PNUM= 1 ;PNO= 1 ;",
    ],
)  # fmt: skip
def test_one_part_however_it_is_written(fields: bytes, flag: int) -> None:
    packets, decoder = one(headed(fields, flag))
    assert [(p.split, p.parts, p.part, p.region, p.refused) for p in packets] == [(False, 1, 1, REGION, None)]
    assert not decoder.refused and not decoder.rejected


@pytest.mark.parametrize("fields", [b"PNUM=2;PNO=3;", b"PNUM=x;PNO=1;", b"PNO=3;", b"PNUM=99999;PNO=1;", b"PW=1;"])
def test_parts_that_make_no_sense_are_rejected_with_their_sender(fields: bytes) -> None:
    packets, decoder = one(headed(fields))
    assert packets == [] and decoder.refused == {Refusal.BAD_ITEM: 1}
    (packet,) = decoder.rejected
    assert (packet.mn, packet.pw, packet.qn, packet.wants_answer) == (MN, b"123456", b"20261123080001123", True)


def test_parts_that_are_counted_from_0() -> None:
    assembler, whole = Assembler(), None
    for number in (0, 1, 2):
        packet = one(data([REGION[:30], REGION[30:60], REGION[60:]][number], parts=3, part=number))[0][0]
        assert whole is None
        whole = assembler.add(packet)
    assert whole is not None and whole[0].region == REGION and not assembler.refused


def test_answers_carry_the_question_number() -> None:
    packet = one(data())[0][0]
    reply = one(answer(b"9014", packet))[0][0]
    assert (reply.qn, reply.cn, reply.mn, reply.st, reply.wants_answer) == (packet.qn, b"9014", MN, b"91", False)


# --- hostile input


def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes go through check sums from now on."""
    seen = [0]
    for name in ("checksum", "modbus_checksum"):
        inner = getattr(stream, name)

        def counting(segment: bytes, inner=inner) -> int:
            seen[0] += len(segment)
            return inner(segment)

        monkeypatch.setattr(stream, name, counting)
    return seen


@pytest.mark.parametrize(
    "piece",
    [
        b"##9999",
        b"##",
        b"#",
        b"##9999AAAA\r\n",
        b"##0000FFFF\r\n",
        b"AAAA\r\n",
        b"##00",
        b"x",
        b"##9999\r\n",
        b"\r\n",
        b"##0006AAAAAAAA",
    ],
)
@pytest.mark.parametrize("chunk", [1500, 2_000_000])
def test_work_on_garbage_is_bounded_and_the_stream_given_up(
    piece: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two million bytes of what looks like frames cost no more than the patience with a stream."""
    seen, decoder = looked_at(monkeypatch), Decoder()
    raw = piece * (2_000_000 // len(piece))
    for at in range(0, len(raw), chunk):
        assert decoder.feed(raw[at : at + chunk]) == []
    assert seen[0] <= 2 * (stream.PATIENCE + LONGEST)
    assert decoder.exhausted and decoder.waiting == 0 and decoder.refused[Refusal.GIVEN_UP] == 1
    assert sum(decoder.refused.values()) < 4 * stream.PATIENCE
    assert decoder.feed(data()) == []


def test_good_frames_pay_for_noise_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line on which every second frame is broken is read for ever; the work stays within a constant times
    the bytes.
    """
    seen, decoder, got = looked_at(monkeypatch), Decoder(), 0
    noise = data().replace(b"12.5", b"12.6")
    for number in range(2000):
        got += len(decoder.feed(data() + (noise if number % 2 else b"\x00\xff!")))
    assert got == 2000 and not decoder.exhausted and seen[0] <= 4 * 2000 * len(data())


def test_frames_of_strangers_may_be_charged_for() -> None:
    decoder = Decoder()
    while not decoder.exhausted:
        (packet,) = decoder.feed(data())
        decoder.unwanted(len(packet.raw), signed_in=False)
    assert decoder.feed(data()) == []


def test_the_work_on_a_region_is_linear() -> None:
    """Half a megabyte of pieces that belong to one value: nothing is put together again and again."""
    region = Reader().read(b"DataTime=20261123080000;a-Rtd=1" + b",5" * 250_000 + b",a-Flag=N;b-Rtd=2,b-Flag=N")
    assert region.values == [2.0]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.binary(max_size=80), st.just(data()), st.just(b"##"), st.just(b"\r\n"), st.just(b"##0101")))
)
def test_no_bytes_break_the_decoder(chunks: list[bytes]) -> None:
    decoder, reader, assembler = Decoder(lambda mn: b"k" * 16), Reader(), Assembler()
    for chunk in chunks:
        for packet in decoder.feed(chunk):
            assembler.add(packet)
            reader.read(packet.region)
        assert decoder.waiting <= LONGEST + 200


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_no_change_to_a_region_breaks_the_reader(draw: st.DataObject) -> None:
    text = bytearray(REGION)
    for _ in range(draw.draw(st.integers(0, 6))):
        at = draw.draw(st.integers(0, len(text) - 1))
        text[at : at + draw.draw(st.integers(0, 3))] = draw.draw(
            st.one_of(st.binary(max_size=3), st.sampled_from([b";", b",", b"=", b"-", b"1e999", b"Flag", b"NaN"]))
        )
        text = text or bytearray(b";")
    reader = Reader()
    reader.read(REGION)
    for given_time in (None, AT):
        region = reader.read(bytes(text), default_time=given_time)
        assert len(region.series) == len(region.values) == len(region.flags)
        assert isinstance(region.times, int) or len(region.times) == len(region.values)
        # a fresh reader says the same: what was read before has no influence
        fresh = Reader().read(bytes(text), default_time=given_time)
        assert (fresh.series, fresh.values, fresh.flags) == (region.series, region.values, region.flags)


factors = st.from_regex(r"\A[a-z][0-9]{5}\Z")


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(factors, st.tuples(st.floats(-1e9, 1e9), st.sampled_from("NFMSDCTB")), min_size=1, max_size=20),
    st.integers(0, 2),
    st.integers(1, 50),
)
def test_what_is_sent_is_what_is_read(sent: dict[str, tuple[float, str]], edition: int, cut: int) -> None:
    region = "DataTime=20261123080000;" + ";".join(f"{f}-Rtd={v!r},{f}-Flag={m}" for f, (v, m) in sent.items())
    raw = data(region.encode(), edition=edition)
    decoder, reader, got = Decoder(), Reader(), []
    for start in range(0, len(raw), cut):
        got += decoder.feed(raw[start : start + cut])
    assert len(got) == 1 and got[0].edition == edition
    for _ in range(2):
        read = reader.read(got[0].region)
        assert {
            f: (v, chr(m & 0x7F)) for (f, _s), v, m in zip(read.series, read.values, read.flags, strict=True)
        } == sent
