"""Limits of standards reach the alarms."""

import datetime as dt

from qiangqu.domains.environment.alarm_limits import copy_limits
from qiangqu.domains.environment.limits import limit
from qiangqu.domains.environment.models import Outlet
from qiangqu.telemetry.alarms.evaluate import evaluate
from qiangqu.telemetry.alarms.models import Alarm, AlarmRule
from qiangqu.telemetry.models import PointLimit

from .conftest import DAYS, FIRST

TODAY = FIRST + dt.timedelta(days=DAYS - 1)


def test_points_get_the_limit_in_their_own_unit(scene) -> None:
    count, gone = copy_limits(TODAY)
    assert count == PointLimit.objects.count() > 5 and gone == 0
    stack = PointLimit.objects.get(point=scene["channels"]["A.a21026"].point)
    bound = limit("GB 13223", "燃煤锅炉（特别排放限值）", "a21026", "hour", TODAY)
    assert (
        (stack.value, stack.unit) == (bound.high, "mg/m³")
        and "小时均值" in stack.citation
        and "GB 13223" in stack.citation
    )
    drain = PointLimit.objects.get(point=scene["channels"]["W.w01018"].point)
    assert drain.value == 50 and "日均值" in drain.citation
    assert not PointLimit.objects.filter(point=scene["channels"]["W.w01001"].point).exists()  # pH is a range
    ambient = PointLimit.objects.get(point=scene["channels"]["S.a21005"].point)
    assert ambient.unit == "mg/m³"
    assert (stack.seconds, drain.seconds, ambient.seconds) == (3600, 86400, 3600)
    assert copy_limits(TODAY) == (count, 0)
    Outlet.objects.filter(code="DA001").update(standard="")
    left, gone = copy_limits(TODAY)
    assert gone > 0 and left == count - gone
    assert not PointLimit.objects.filter(point=scene["channels"]["A.a21026"].point).exists()


def test_an_hour_over_the_limit_of_its_standard_raises_an_alarm(measured) -> None:
    from qiangqu.telemetry.measured import day_start

    copy_limits(TODAY)
    AlarmRule.objects.create(
        code="hour", name="小时均值超过排放限值", area=measured["areas"]["R"], condition="mean(3600) > limit AND count(3600) >= 6",
        factors="a21026", enabled=True, valid_from=dt.date(2020, 1, 1),
    )  # fmt: skip
    second = day_start(FIRST + dt.timedelta(days=1))
    assert evaluate(second + 10 * 3_600_000 - 60_000).raised == 0
    assert evaluate(second + 11 * 3_600_000 - 60_000).raised == 1
    alarm = Alarm.objects.get()
    assert (alarm.device.mn, alarm.organisation, alarm.limit) == ("DA001", measured["mine"], 50.0)
