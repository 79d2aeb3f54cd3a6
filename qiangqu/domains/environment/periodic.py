"""What ``qiangqu worker`` does for the environment desk; each job may be done twice without harm."""

import datetime as dt

from django.utils import timezone


def roll_days(now: dt.datetime) -> str:
    from .rolling import roll

    today = timezone.localdate(now)
    done = roll(today - dt.timedelta(days=1), today)
    return f"日结果 {done.days}，新增超标 {done.exceedances}，撤回 {done.withdrawn}" if done.days else ""


def limits(now: dt.datetime) -> str:
    from .alarm_limits import copy_limits

    count, gone = copy_limits(timezone.localdate(now))
    return f"测点限值 {count} 个，撤回 {gone} 个" if count or gone else ""


def publish_month(now: dt.datetime) -> str:
    from qiangqu.facts.publishing import publish_last_month

    from .publishing import publish

    return publish_last_month(publish, now)
