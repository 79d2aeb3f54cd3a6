import datetime as dt

import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.errors import ConflictError
from qiangqu.lake import messages, segments
from qiangqu.lake.messages import MESSAGES, Incoming, Message, expire, find, merge, write
from qiangqu.lake.models import Segment
from qiangqu.lake.segments import check, vacuum
from qiangqu.lake.telemetry import DAY, HOUR, Batch, append_many

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC)
MS = int(NOW.timestamp() * 1000)


def _message(device: int, at: int, text: str = "", span: int = 0, about: str = "") -> Message:
    return Message(device, MS + at, MS + at + span, about, (text or f"{device}-{at}").encode())


def _written(*found: Message, received: int = MS) -> Segment:
    incoming = Incoming()
    for one in found:
        incoming.add(one.device, [one.first, one.last], one.about, one.body)
    return write(incoming, received)


def _commit(batch: str, *found: Message, received: int = MS) -> None:
    file = _written(*found, received=received)
    append_many([Batch(batch, [1], [MS - 1000], [1.0])], now=MS, also=lambda: file)


def _texts(device: int, first: int = -DAY, last: int = DAY, limit: int = 100) -> list[str]:
    return [message.body.decode() for message in find(device, MS + first, MS + last, limit)]


def _age(files: "list[Segment]", by: dt.timedelta) -> None:
    for each in files:
        Segment.objects.filter(pk=each.pk).update(created_at=timezone.now() - by)


def test_messages_count_with_their_readings_and_are_found_by_device_and_time() -> None:
    _commit("a", _message(7, 0), _message(7, 1000), _message(8, 0, span=HOUR))
    assert _texts(7) == ["7-0", "7-1000"]
    assert _texts(7, 1, 1000) == ["7-1000"]
    assert _texts(8, 500, 600) == ["8-0"]  # a message of an hour of readings
    assert _texts(8, HOUR + 1, 2 * HOUR) == _texts(9) == []
    assert _texts(7, limit=1) == ["7-0"]
    assert [message.body for message in find(7, MS, MS + DAY, 1, newest=True)] == [b"7-1000"]


def test_a_repeat_leaves_no_file_and_a_message_told_twice_is_shown_once() -> None:
    _commit("a", _message(7, 0), received=MS)
    _commit("a", _message(7, 0), received=MS + 5)  # the whole commit is a repeat
    assert Segment.objects.filter(dataset=MESSAGES).count() == 1
    assert vacuum(grace_seconds=0).orphans == 0
    _commit("b", _message(7, 0), _message(7, 1), received=MS + 9)  # part of it is
    found = find(7, MS, MS + 10)
    assert [(message.body, message.received) for message in found] == [(b"7-0", MS), (b"7-1", MS + 9)]


def test_what_is_not_listed_does_not_count_and_is_cleared() -> None:
    _written(_message(7, 0))
    assert _texts(7) == []
    assert vacuum(grace_seconds=0).orphans == 1


def test_files_grow_by_round_hour_and_day_and_lose_nothing() -> None:
    for number in range(12):
        _commit(f"b{number}", *(_message(device, number * 1000) for device in (3, 1, 2)), received=MS + number)
    before = {device: _texts(device) for device in (1, 2, 3)}
    assert merge() == 12
    live = segments.live(MESSAGES)
    assert [(each.group, each.rows) for each in live] == [("round", 36)]
    table = pq.read_table(live[0].path)
    assert table["device"].to_pylist() == sorted([1, 2, 3] * 12)
    assert merge() == 0  # its hour is not over
    _age(live, dt.timedelta(hours=2))
    _commit("later", _message(1, 99_000))
    merge()
    assert sorted((each.group, each.rows) for each in segments.live(MESSAGES)) == [("hour", 36), ("round", 1)]
    _age(segments.live(MESSAGES, ["hour"]), dt.timedelta(days=2))
    merge()
    assert sorted((each.group, each.rows) for each in segments.live(MESSAGES)) == [("day", 36), ("round", 1)]
    assert {device: _texts(device) for device in (2, 3)} == {device: before[device] for device in (2, 3)}
    assert _texts(1) == [*before[1], "1-99000"]
    assert check(MESSAGES) == []


def test_files_stay_below_their_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "FILE_BYTES", 1000)
    for number in range(6):
        _commit(f"b{number}", _message(1, number, "x" * 400))
    merge()
    assert [each.rows for each in segments.live(MESSAGES)] == [2, 2, 2]
    assert len(find(1, MS, MS + 10)) == 6


def test_of_two_merges_one_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    _commit("a", _message(1, 0))

    def taken(*_args: object, **_kwargs: object) -> None:
        raise ConflictError("数据段已被另一个进程合并或作废，请重试")

    monkeypatch.setattr(messages, "store", taken)
    assert merge() == 0
    assert _texts(1) == ["1-0"]


def test_old_messages_go_by_the_day_they_came_in(monkeypatch: pytest.MonkeyPatch) -> None:
    _commit("old", _message(1, 0), received=MS - 40 * DAY)
    _commit("new", _message(1, 1), received=MS)
    assert expire(NOW) == 0  # three years
    monkeypatch.setenv("QIANGQU_TELEMETRY_MESSAGE_DAYS", "30")
    assert expire(NOW) == 1
    assert _texts(1) == ["1-1"]
    assert vacuum(grace_seconds=0).retired == 1


@settings(deadline=None)  # each example writes and syncs a file
@given(
    st.lists(
        st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**53), st.text(max_size=30), st.binary(max_size=300)),
        min_size=1,
        max_size=20,
    )
)
def test_any_bytes_come_back(rows: list[tuple[int, int, str, bytes]]) -> None:
    Segment.objects.filter(dataset=MESSAGES).delete()
    segments.publish([_written(*(Message(device, at, at, about, body) for device, at, about, body in rows))])
    for device, at, about, body in rows:
        assert (about, body) in [(one.about, one.body) for one in find(device, at, at)]
