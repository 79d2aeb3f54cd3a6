"""What ``qiangqu worker`` does for devices and alarms; each job may be done twice without harm."""

import datetime as dt

from django.utils import timezone

from qiangqu.base.periods import month

FACTS_UNTIL = 7  # day of the month until which the last month is published again, for what arrived late


def roll_days(now: dt.datetime) -> str:
    from .health import roll

    today = timezone.localdate(now)
    done = roll(today - dt.timedelta(days=1), today)
    return f"{done.days} 个设备日" if done.days else ""


def prune_records(now: dt.datetime) -> str:
    from .retention import prune

    done = prune(now=now)
    total = done.messages + done.commands + done.quality + done.unknown
    return f"清理 {total} 条" if total else ""


def merge_segments(now: dt.datetime) -> str:
    from qiangqu.lake import messages, telemetry_merge

    done = telemetry_merge.merge()
    count = done.settled + done.replaced + messages.merge()
    return f"合并 {count} 个数据段" if count else ""


def tidy_segments(now: dt.datetime) -> str:
    from qiangqu.lake import messages, telemetry_merge

    expired = messages.expire()
    done = telemetry_merge.tidy()
    count = done.expired + expired
    return f"{count} 个数据段到期，删除 {done.files} 个文件" if count or done.files else ""


def publish_month(now: dt.datetime) -> str:
    from .publishing import publish

    today = timezone.localdate(now)
    if today.day > FACTS_UNTIL:
        return ""
    rows = sum(batch.rows for batch in publish(month(today.year, today.month).previous()))
    return f"新增事实 {rows} 条" if rows else ""
