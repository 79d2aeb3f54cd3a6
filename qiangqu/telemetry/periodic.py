"""What ``qiangqu worker`` does for devices and alarms; each job may be done twice without harm."""

import datetime as dt

from django.utils import timezone


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
    from qiangqu.facts.publishing import publish_last_month

    from .publishing import publish

    return publish_last_month(publish, now)
