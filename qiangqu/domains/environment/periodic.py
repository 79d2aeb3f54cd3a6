"""What ``qiangqu worker`` does for the environment desk; each job may be done twice without harm."""

import datetime as dt

from django.utils import timezone

from qiangqu.base.periods import month

FACTS_UNTIL = 7  # day of the month until which the last month is published again, for what arrived late


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
    from .publishing import publish

    today = timezone.localdate(now)
    if today.day > FACTS_UNTIL:
        return ""
    rows = sum(batch.rows for batch in publish(month(today.year, today.month).previous()))
    return f"新增事实 {rows} 条" if rows else ""
