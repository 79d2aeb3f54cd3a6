"""Measured places of a part that telemetry does not know: an energy meter's channel with hours, newest value,
chart and the message behind a value.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.lake import messages
from qiangqu.lake.segments import publish
from qiangqu.lake.telemetry import HOUR, INVALID, Batch, append_many
from qiangqu.registry.tests import factories
from qiangqu.telemetry import measured
from qiangqu.telemetry.models import Device, Point

N = ord("N")


@dataclass
class Meter:
    """A part's own channel: any class with these four will do."""

    pk: int
    point: Point | None
    interval: int

    @property
    def point_id(self) -> int | None:
        return self.point.pk if self.point else None


@pytest.fixture
def meters(transactional_db: None) -> list[Meter]:
    device = Device(mn="METER1", name="电表", password="x", area=factories.tree()["Z1"], valid_from=factories.BORN)
    device.save()
    points = [
        Point.objects.create(device=device, factor_code=code, interval="realtime", statistic="Rtd", unit="kW")
        for code in ("p0001", "p0002")
    ]
    return [Meter(71, points[0], 900), Meter(72, points[1], 900), Meter(73, None, 900)]


def fill(meters: list[Meter], start: int) -> None:
    """Four hours of quarter hours, without the third hour; the second hour's first value does not count."""
    first, second = meters[0].point_id, meters[1].point_id
    times = [start + quarter * HOUR // 4 for quarter in range(16) if not 8 <= quarter < 12]
    values = [float(at) for at in range(len(times))]
    flags = [N | (INVALID if at == 4 else 0) for at in range(len(times))]
    append_many([Batch("a", [first] * 12, times, values, flags), Batch("b", [second], [times[0]], [9.0], [N])])
    incoming = messages.Incoming()
    assert meters[0].point is not None
    incoming.add(meters[0].point.device_id, times[0], "qiangqu/METER1/power", b'{"p0001": 0, "p0002": 9}')
    publish([messages.write(incoming)])


def test_hours_newest_value_chart_and_message_of_any_parts_channel(meters: list[Meter]) -> None:
    now = timezone.now()
    start = int(now.timestamp() * 1000) // HOUR * HOUR - 5 * HOUR
    fill(meters, start)
    hours = measured.hours_of(meters, start, start + 4 * HOUR)
    assert set(hours) == {71, 72}  # without a point there are none
    np.testing.assert_array_equal(hours[71].mean, [1.5, 6.0, np.nan, 9.5])
    assert hours[71].received.tolist() == [4, 4, 0, 4] and hours[71].valid.tolist() == [4, 3, 0, 4]
    assert hours[72].usable.tolist() == [True, False, False, False]
    newest = measured.latest_of(meters)
    assert set(newest) == {71, 72} and newest[71].value == 11.0 and not newest[71].invalid
    assert newest[71].at == measured.moment(start + 15 * HOUR // 4)
    assert measured.stopped_of(meters) == set()
    drawn = measured.chart(meters[0], 24, now)
    lines = {line["name"]: line["values"] for line in drawn["series"]}
    assert [value for value in lines["均值"] if value is not None][-1] == 11.0
    assert None in lines["均值"] and len(drawn["x"]) == len(lines["均值"])  # the third hour is a gap
    rows = measured.readings(meters[0], start, start + HOUR)
    assert [(row["value"], row["flag"], row["invalid"]) for row in rows] == [(float(at), N, False) for at in range(4)]


def test_a_value_opens_down_to_the_message_that_brought_it(meters: list[Meter]) -> None:
    start = int(timezone.now().timestamp() * 1000) // HOUR * HOUR - 5 * HOUR
    fill(meters, start)
    behind = measured.opened(meters[1], start)
    assert behind is not None and behind.at == measured.moment(start)
    assert [(row["factor"], row["value"], row["own"]) for row in behind.rows] == [
        ("p0002", 9.0, True),
        ("p0001", 0.0, False),
    ]
    assert behind.region.endswith(";p0002-Rtd=9,p0002-Flag=N;p0001-Rtd=0,p0001-Flag=N")
    assert [(one.about, one.text) for one in behind.frames] == [("qiangqu/METER1/power", '{"p0001": 0, "p0002": 9}')]
    assert measured.opened(meters[1], start + 1) is None


def test_what_cannot_be_asked_is_refused(meters: list[Meter]) -> None:
    start = measured.day_start(dt.date(2026, 11, 24))
    for begin, end in ((start + 1, start + HOUR), (start, start), (start, start + HOUR + 1)):
        with pytest.raises(InputError, match="整点"):
            measured.hours_of(meters, begin, end)
    with pytest.raises(InputError, match="测点"):
        measured.readings(meters[2], start, start + HOUR)
    with pytest.raises(InputError, match="测点"):
        measured.opened(meters[2], start)
    with pytest.raises(InputError, match="一天"):
        measured.readings(meters[0], start, start + 25 * HOUR)
