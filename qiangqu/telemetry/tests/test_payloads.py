"""Payloads as anybody may send them: an answer or a sentence, never a crash; what is written is read back."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.telemetry.incoming import Reading, readings_of
from qiangqu.telemetry.mqtt import json_payload, sparkplug
from qiangqu.telemetry.mqtt.json_payload import PayloadMap, Value

NOW = 1_795_392_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.fixed_dictionaries(
    {},
    optional={
        "time": JSON,
        "values": st.dictionaries(st.text(max_size=6), JSON, max_size=4),
        "interval": JSON,
        "statistic": JSON,
    },
)


@settings(max_examples=400, deadline=None)
@given(
    st.binary(max_size=200) | JSON.map(lambda d: json.dumps(d).encode()) | KEYS.map(lambda d: json.dumps(d).encode())
)
def test_any_payload_gets_readings_or_a_sentence(payload: bytes) -> None:
    mapping = PayloadMap((Value("values.a", "a1"), Value("0.1", "a2")), time="time")
    for read in (
        lambda: json_payload.parse_own(payload, NOW),
        lambda: json_payload.parse_mapped(payload, mapping, NOW),
    ):
        try:
            parsed = read()
        except InputError as error:
            assert error.message
        else:
            region = readings_of(parsed.readings)
            assert all(map(math.isfinite, region.values))
            assert len(region.values) + sum(region.refused.values()) == len(parsed.readings)
            assert all(isinstance(item, str) and why for item, why in parsed.refused)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z0-9_]{1,12}", fullmatch=True).filter(lambda t: t.strip("_")),
        st.floats(allow_nan=False, allow_infinity=False),
        min_size=1,
        max_size=8,
    ),
    st.integers(10**11, 10**13),
)
def test_our_own_form_reads_back(values: dict[str, float], at: int) -> None:
    parsed = json_payload.parse_own(json.dumps({"time": at, "values": values, "interval": "hour"}).encode(), NOW)
    assert (parsed.interval, parsed.timed) == ("hour", True)
    assert {(r.factor, r.at, r.value) for r in parsed.readings} == {(code, at, value) for code, value in values.items()}


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"[" * 5000, "嵌套"),
        (b'{"values": 1}', "values"),
        (b'{"time": 1, "values": {}, "time": 2}', "time：写了两次"),
        (b'{"time": NaN, "values": {}}', "时间超出范围"),
        (b'{"time": "2026-11-23T08:00:00", "values": {}}', "时区"),
        (b'{"time": true, "values": {}}', "时间应为"),
        (b'{"time": -5, "values": {}}', "时间超出范围"),
        (b'{"time": 1' + b"0" * 400 + b', "values": {}}', "时间超出范围"),
        (b'{"values": {}, "interval": "week"}', "时段"),
        (b" " * (json_payload.MAX_BYTES + 1), "超过"),
    ],
)
def test_what_is_wrong_is_said(payload: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        json_payload.parse_own(payload, NOW)


UNREADABLE = {
    "null": "null",
    "empty": '""',
    "blank": '"  "',
    "words": '"N/A"',
    "Chinese": '"停机"',
    "decimal comma": '"12,5"',
    "thousands": '"1,000"',
    "with a unit": '"12.5 mg/m3"',
    "underscore": '"1_000"',
    "object": '{"value": 1}',
    "deep": '{"a": [{"b": [1]}]}',
    "empty object": "{}",
    "array": "[1, 2]",
    "array of one": "[1]",
    "empty array": "[]",
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "text NaN": '"nan"',
    "too large": "1e999",
    "huge": "9" * 5000,
    "long text": '"' + "1" * 50 + '"',
    "brackets": '"' + "[" * 40 + '"',
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_value_that_cannot_be_read_costs_itself_in_both_forms(text: str) -> None:
    own = json_payload.parse_own(f'{{"time": {NOW}, "values": {{"a1": {text}, "a2": 33.0}}}}'.encode(), NOW)
    assert [(r.factor, r.at, r.value) for r in own.readings] == [("a2", NOW, 33.0)]
    assert own.refused == [("a1", "bad_value")]
    mapping = PayloadMap((Value("data.list.0", "a1"), Value("data.list.1", "a2", scale=2.0)), time="ts")
    mapped = json_payload.parse_mapped(f'{{"ts": {NOW}, "data": {{"list": [{text}, 33]}}}}'.encode(), mapping, 5)
    assert [(r.factor, r.at, r.value) for r in mapped.readings] == [("a2", NOW, 66.0)]
    assert mapped.refused == [("data.list.0", "bad_value")]


def test_of_a_marked_value_whatever_is_wrong_with_it_costs_itself() -> None:
    values = (
        '"a1": [1, "N", 2], "a2": [null, "N"], "a3": [1, 2], "a4": [1, "X"], "a5": ["5", "M"], "a b": 1, "": 1, "a6": 6'
    )
    found = json_payload.parse_own(f'{{"time": {NOW}, "values": {{{values}}}}}'.encode(), NOW)
    assert [(r.factor, r.value, r.flag) for r in found.readings] == [("a5", 5.0, "M"), ("a6", 6.0, "")]
    bad = {"a1": "bad_value", "a2": "bad_value", "a3": "bad_value", "a4": "bad_mark", "a b": "bad_item", "": "bad_item"}
    assert dict(found.refused) == bad


def test_a_key_that_stands_twice_is_anybodys_guess_and_the_rest_is_kept() -> None:
    own = json_payload.parse_own(b'{"values": {"a1": 1, "a2": 2, "a1": 3}}', NOW)
    assert [(r.factor, r.value) for r in own.readings] == [("a2", 2.0)]
    assert own.refused == [("a1", "repeated_item")] * 2
    mapping = PayloadMap((Value("d.x", "a1"), Value("d.y", "a2"), Value("e.z", "a3")))
    mapped = json_payload.parse_mapped(b'{"d": {"x": 1, "y": 2, "x": 3}, "e": {"z": 1}, "e": {"z": 2}}', mapping, NOW)
    assert [(r.factor, r.value) for r in mapped.readings] == [("a2", 2.0)]
    assert mapped.refused == [("d.x", "repeated_item"), ("e.z", "repeated_item")]


def test_a_path_that_is_not_there_is_named_and_texts_in_gbk_cost_themselves() -> None:
    mapping = PayloadMap((Value("d.x", "a1"), Value("d.nox", "a2"), Value("d.list.7", "a3"), Value("d.x.y", "a4")))
    mapped = json_payload.parse_mapped('{"d": {"x": 1, "list": [1], "state": "停机"}}'.encode("gbk"), mapping, NOW)
    assert [(r.factor, r.value) for r in mapped.readings] == [("a1", 1.0)]
    assert mapped.refused == [("d.nox", "no_item"), ("d.list.7", "no_item"), ("d.x.y", "no_item")]


def test_without_a_time_it_is_the_arrival_and_numbers_may_be_text_or_huge() -> None:
    parsed = json_payload.parse_own(b'{"values": {"a1": "1e3", "a2": 1e308, "a3": true, "a4": 1e999}}', NOW)
    assert not parsed.timed
    region = readings_of(parsed.readings)
    assert region.values == [1000.0, 1e308, 1.0]
    assert parsed.refused == [("a4", "bad_value")]
    assert {r.at for r in parsed.readings} == {NOW}


def test_readings_said_twice_or_with_an_unknown_mark_are_refused() -> None:
    region = readings_of(
        [Reading("a", 1, 1.0), Reading("a", 1, 2.0), Reading("a", 2, 3.0), Reading("b", 1, 1.0, flag="X")]
    )
    assert region.values == [1.0, 3.0]
    assert region.refused == {"repeated_item": 1, "bad_mark": 1}


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_sparkplug(raw: bytes) -> None:
    edges = sparkplug.Edges()
    try:
        payload = sparkplug.decode(raw)
    except InputError:
        return
    for kind in ("NDATA", "NBIRTH", "NDATA"):
        heard = edges.hear(sparkplug.Topic("g", kind, "n"), payload)
        wanted = {metric.name: Value(metric.name, "a1") for metric in heard.values}
        found = sparkplug.read(heard, wanted, NOW)
        assert all(math.isfinite(reading.value) for reading in found.readings)
        aliases = len(heard.strangers)
        assert len(found.readings) + len(found.refused) == len(heard.values) + aliases


METRICS = st.lists(
    st.tuples(
        st.text(min_size=1, max_size=12),
        st.none() | st.integers(0, 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none(),
    ),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(METRICS, st.integers(0, 10**14), st.integers(0, 255))
def test_sparkplug_reads_back(metrics: list[tuple[str, Any, Any]], at: int, seq: int) -> None:
    found = sparkplug.decode(sparkplug.encode(metrics, at=at, seq=seq))
    assert (found.at, found.seq) == (at, seq)
    assert [(m.name, m.alias, m.value) for m in found.metrics] == [
        (name, alias, None if value is None else float(value)) for name, alias, value in metrics
    ]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"spBv1\.0/[a-z]*/[ND](BIRTH|DATA|DEATH)/[a-z/]*", fullmatch=True))
def test_topics(text: str) -> None:
    topic = sparkplug.topic_of(text)
    if topic is not None:
        assert "/".join(filter(None, (sparkplug.NAMESPACE, topic.group, topic.kind, topic.node, topic.device))) == text


def test_signed_numbers_come_as_twos_complement() -> None:
    for kind, bits in ((1, 8), (2, 16), (3, 32)):
        message = sparkplug.PayloadMessage()
        message.metrics.add(name="x", datatype=kind, int_value=(1 << bits) - 5)
        assert sparkplug.decode(message.SerializeToString()).metrics[0].value == -5.0


def test_aliases_belong_to_their_node_and_a_gap_wants_a_rebirth() -> None:
    edges = sparkplug.Edges()

    def hear(node: str, kind: str, seq: int, *metrics: tuple[str, int | None, float]) -> sparkplug.Heard:
        return edges.hear(
            sparkplug.Topic("g", kind, node), sparkplug.decode(sparkplug.encode(list(metrics), at=1, seq=seq))
        )

    assert not hear("n", "NBIRTH", 0, ("t", 1, 5.0)).rebirth
    assert [m.name for m in hear("n", "NDATA", 1, ("", 1, 6.0)).values] == ["t"]
    other = hear("other", "NDATA", 0, ("", 1, 6.0))
    assert (other.values, other.rebirth, other.strangers) == ([], True, [1])
    assert hear("n", "NDATA", 4, ("", 1, 7.0)).rebirth
    assert not hear("n", "NBIRTH", 0, ("u", 1, 5.0)).rebirth
    assert [m.name for m in hear("n", "NDATA", 1, ("", 1, 6.0)).values] == ["u"]
    hear("n", "NDEATH", 0)
    assert hear("n", "NDATA", 2, ("", 1, 6.0)).rebirth


def test_the_death_of_an_earlier_session_does_not_end_this_one() -> None:
    edges = sparkplug.Edges()

    def hear(kind: str, seq: int | None, *metrics: tuple[str, int | None, float]) -> sparkplug.Heard:
        payload = sparkplug.decode(sparkplug.encode(list(metrics), at=1, seq=seq))
        return edges.hear(sparkplug.Topic("g", kind, "n"), payload)

    hear("NBIRTH", 0, ("bdSeq", None, 4.0), ("t", 1, 5.0))
    hear("NDEATH", None, ("bdSeq", None, 3.0))
    assert not hear("NDATA", 1, ("", 1, 6.0)).rebirth
    hear("NDEATH", None, ("bdSeq", None, 4.0))
    assert hear("NDATA", 2, ("", 1, 6.0)).rebirth
