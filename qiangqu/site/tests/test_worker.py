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
}


@pytest.mark.django_db(transaction=True)
def test_every_job_runs_and_runs_again() -> None:
    assert {job.name for job in jobs()} >= EXPECTED
    area = Area.objects.create(
        code="NX-Z-01", name="园区", short_name="园区", level="zone", valid_from=dt.date(2020, 1, 1)
    )
    load_factors()
    Device.objects.create(mn="W1", name="设备", area=area, valid_from=dt.date(2020, 1, 1))
    for _ in range(2):
        done = {name: (said, good) for name, said, good in run_due(timezone.now(), everything=True)}
        assert {name: said for name, (said, good) in done.items() if not good} == {}
        assert set(done) >= EXPECTED
    assert DeviceDay.objects.filter(device__mn="W1").exists()
