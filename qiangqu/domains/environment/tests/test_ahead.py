"""A reading stamped ahead decides nothing on the environment desk; a stopped device is stopped there as on
the page of devices.
"""

import datetime as dt

import numpy as np
import pytest
from django.utils import timezone

from qiangqu.domains.environment.models import Channel, DailyResult, Exceedance
from qiangqu.domains.environment.queries import readings_now
from qiangqu.domains.environment.rolling import roll
from qiangqu.lake.telemetry import HOUR, Batch, append_many
from qiangqu.registry.tests import factories
from qiangqu.telemetry.health import State, in_service
from qiangqu.telemetry.measured import day_start
from qiangqu.telemetry.models import Device
from qiangqu.telemetry.reading import live, states
from qiangqu_demo.environment import places


@pytest.fixture
def zone(transactional_db, settings, tmp_path):
    settings.LAKE_DIR = tmp_path
    areas = factories.tree()
    for number in range(3):
        factories.enterprise(areas["Z1"], 10 + number, scale="above")
    places.build(areas["Z1"], 1, stations=1, outlets=1)
    return areas["Z1"]


def channel(factor: str) -> Channel:
    return Channel.objects.select_related("station", "outlet", "point__device").filter(factor=factor).first()


def test_a_reading_ahead_is_neither_live_nor_in_results(zone) -> None:
    so2 = channel("a21026")
    now = int(timezone.now().timestamp() * 1000)
    today = timezone.localdate()
    before = readings_now([so2], today)[0].latest
    # every hour of the rest of the day, and the hour after this one, full of readings far beyond the limit
    begin = now // HOUR * HOUR + HOUR
    times = np.arange(begin, begin + 20 * HOUR, 10 * 60_000, dtype=np.int64)
    append_many([Batch("ahead", np.full(times.size, so2.point_id, np.int32), times, np.full(times.size, 9e5))])
    after = readings_now([so2], today)[0]
    assert (after.latest.value, after.latest.at) == (before.value, before.at) and after.latest.value < 9e5
    roll(today, today + dt.timedelta(days=1))
    results = DailyResult.objects.filter(channel=so2)
    assert not results.filter(maximum__gte=9e4).exists() and not results.filter(day__gt=today).exists()
    assert not Exceedance.objects.filter(channel=so2, start__gt=timezone.now()).exists()
    for result in results:
        assert result.received <= result.due and result.valid <= result.due


@pytest.mark.parametrize("how", ["switched off", "ended", "not begun"])
def test_a_stopped_device_is_stopped_on_every_desk(zone, how: str) -> None:
    one = channel("a21026")
    device, today = one.point.device, timezone.localdate()
    assert in_service(device, today) and not readings_now([one], today)[0].stopped
    assert live([device])[0].state in (State.ONLINE, State.LATE)
    changes = {
        "switched off": {"enabled": False},
        "ended": {"valid_to": today - dt.timedelta(days=1)},
        "not begun": {"valid_from": today + dt.timedelta(days=1)},
    }[how]
    Device.objects.filter(pk=device.pk).update(**changes)
    device.refresh_from_db()
    reading = readings_now([one], today)[0]
    assert reading.stopped and not reading.over
    assert live([device])[0].state == states(Device.objects.filter(pk=device.pk))[device.pk] == State.DISABLED


def test_the_demonstration_has_the_coming_day_and_devices_in_service(zone) -> None:
    made = Device.objects.filter(pk__in=places.devices())
    assert (
        made.count() == 2
        and all(made.values_list("enabled", flat=True))
        and all(made.values_list("password", flat=True))
    )
    assert places.extend(timezone.now() + dt.timedelta(hours=3)) == 0, "the coming day is there already"
    assert day_start(timezone.localdate()) > 0
