"""Device days and states: what was due, what came, what is told of it."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import DAY, HOUR, Batch, append_many
from qiangqu.registry.models import Area
from qiangqu.telemetry.completeness import Gap, day_start
from qiangqu.telemetry.health import gaps_of, roll, scores, total
from qiangqu.telemetry.models import Device, DeviceDay, DeviceHealth, Point
from qiangqu.telemetry.series import MINUTE, Resolution, series

pytestmark = pytest.mark.django_db(transaction=True)
DAY1 = dt.date(2026, 11, 1)
START = day_start(DAY1)
NOW = START + 2 * DAY + 6 * HOUR + 1


def device(mn: str, area: Area, born: dt.date = DAY1, codes: tuple[str, ...] = ("a21026",), **more: Any) -> Device:
    made = Device.objects.create(mn=mn, name=mn, area=area, valid_from=born, **more)
    for code in codes:
        point = Point.objects.create(device=made, factor_code=code, interval="realtime", statistic="Rtd")
        Point.objects.filter(pk=point.pk).update(
            created_at=dt.datetime.combine(born, dt.time(), dt.timezone(dt.timedelta(hours=8)))
        )
    return made


@pytest.fixture
def area() -> Area:
    return Area.objects.create(code="Z1", name="一区", short_name="一区", level="zone", valid_from=DAY1)


def store(made: Device, times: Any, point: int = 0) -> None:
    number = list(made.points.order_by("pk"))[point].pk
    times = np.asarray(times, np.int64)
    append_many([Batch(f"{number}|{times[0]}", np.full(times.size, number), times, np.ones(times.size))], now=NOW)


def test_days_of_devices(area: Area) -> None:
    good, holed, mute, off = (device(mn, area) for mn in ("G", "H", "M", "O"))
    Device.objects.filter(pk=off.pk).update(enabled=False)
    times = START + np.arange(0, 2 * DAY + 6 * HOUR, 60_000)
    store(good, times)
    store(holed, times[(times < START + 10 * HOUR) | (times >= START + 12 * HOUR)])
    DeviceHealth.objects.create(device=good, last_seen=timezone.now())
    done = roll(DAY1, DAY1 + dt.timedelta(days=2), now=NOW)
    assert (done.devices, done.days) == (3, 9)
    rows = {(d.device_id, d.day.day): d for d in DeviceDay.objects.all()}
    assert (rows[good.pk, 1].due, rows[good.pk, 1].received, rows[good.pk, 1].rows) == (24, 24, 1440)
    assert (rows[good.pk, 3].due, rows[good.pk, 3].received, rows[good.pk, 3].hours_due) == (6, 6, 6)
    assert (rows[holed.pk, 1].received, rows[holed.pk, 1].hours_online) == (22, 22)
    assert (rows[mute.pk, 1].due, rows[mute.pk, 1].received, rows[mute.pk, 1].hours_online) == (24, 0, 0)
    assert gaps_of(holed.pk, DAY1, DAY1) == [Gap(START + 10 * HOUR, START + 12 * HOUR)]
    assert DeviceHealth.objects.get(device=good).period == 60
    found = scores(DeviceDay.objects.filter(day=DAY1), "device__area")[area.pk]
    assert (found.devices, found.reporting) == (3, 2)
    assert found.completeness == pytest.approx(46 / 72) and found.online == pytest.approx(46 / 72)
    assert found.on_cloud == pytest.approx(2 / 3)
    each = scores(DeviceDay.objects.filter(day=DAY1), "device")
    assert total(each.values()) == found and total([]).completeness is None
    roll(DAY1, DAY1, now=NOW)
    assert DeviceDay.objects.count() == 9, "a second run replaces"


def test_a_declared_step_shows_what_a_measured_one_hides(area: Area) -> None:
    lossy = device("L", area)
    store(lossy, START + np.arange(0, DAY, 120_000))  # half of what it should send
    roll(DAY1, DAY1, now=NOW)
    assert DeviceDay.objects.get().received == 24
    lossy.points.update(period=60)
    roll(DAY1, DAY1, now=NOW)
    assert DeviceDay.objects.get().received == 12


def test_earlier_data_counts_as_far_as_it_came(area: Area) -> None:
    late = device("F", area, DAY1)
    late.points.update(created_at=dt.datetime.fromtimestamp((START + DAY) / 1000, dt.UTC))
    store(late, START + np.arange(20 * HOUR, 2 * DAY, 600_000))
    roll(DAY1, DAY1 + dt.timedelta(days=1), now=NOW)
    first, second = DeviceDay.objects.order_by("day")
    assert (first.due, first.received, second.due) == (4, 4, 24)


def test_wrong_ranges_are_refused() -> None:
    for first, last in ((2, 1), (1, 500)):
        with pytest.raises(InputError):
            roll(DAY1 + dt.timedelta(days=first), DAY1 + dt.timedelta(days=last))


def test_the_resolution_follows_from_the_time_asked_for(area: Area) -> None:
    one = device("S", area)
    times = START + np.arange(0, 2 * DAY, 10_000)
    store(one, times)
    point = one.points.get().pk
    raw = series(point, START, START + HOUR)
    assert raw.resolution == Resolution.RAW and len(raw.times) == 360 and raw.mean == [1.0] * 360
    minutes = series(point, START + 1, START + DAY)
    assert minutes.resolution == Resolution.MINUTE and len(minutes.times) == 1440
    assert minutes.count[5] == 6 and minutes.times[1] - minutes.times[0] == MINUTE
    hours = series(point, START, START + 30 * DAY)
    assert hours.resolution == Resolution.HOUR and hours.count == [360] * 48
    days = series(point, START - 300 * DAY, START + 300 * DAY)
    assert days.resolution == Resolution.DAY and days.times == [START, START + DAY] and days.count == [8640, 8640]
    for wrong in ((START, START), (START, START + 21 * 366 * DAY), (-5, 5)):
        with pytest.raises(InputError):
            series(point, *wrong)
