"""``qiangqu worker``: every job that a part registers runs on a node with devices, and runs again without
harm.
"""

import datetime as dt

import pytest
from django.utils import timezone

from qiangqu.base.jobs import jobs
from qiangqu.messaging.worker import run_due
from qiangqu.registry.models import Area
from qiangqu.telemetry.models import Device, DeviceDay
from qiangqu.telemetry.register import load_factors

EXPECTED = {
    "alarms-judge",
    "alarms-send",
    "cases-lights",
    "cases-timers",
    "demonstration-live",
    "devices-facts",
    "devices-prune",
    "devices-roll",
    "environment-facts",
    "lake-merge",
    "lake-tidy",
    "environment-limits",
    "environment-roll",
    "plan-forecasts",
    "vehicles-judge",
}


@pytest.mark.django_db(transaction=True)
def test_every_job_runs_and_runs_again() -> None:
    assert {job.name for job in jobs()} >= EXPECTED
    area = Area.objects.create(
        code="NX-Z-01", name="园区", short_name="园区", level="zone", valid_from=dt.date(2020, 1, 1)
    )
    load_factors()
    Device.objects.create(mn="W1", name="设备", area=area, valid_from=dt.date(2020, 1, 1))
    now = timezone.localtime()
    # twice now, then where a month, a year and the days in which the last month is published begin and end
    for at in (
        now,
        now,
        now.replace(day=1, hour=0, minute=1),
        now.replace(day=7, hour=23, minute=59),
        now.replace(day=8, hour=0, minute=0),
        now.replace(month=1, day=1, hour=0, minute=0),
        now.replace(month=12, day=31, hour=23, minute=59),
    ):
        done = {name: (said, good) for name, said, good in run_due(at, everything=True)}
        assert {name: said for name, (said, good) in done.items() if not good} == {}, at
        assert set(done) >= EXPECTED
    assert DeviceDay.objects.filter(device__mn="W1").exists()
