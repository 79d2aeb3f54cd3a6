"""What ``qiangqu worker`` does for devices and alarms; each job may be done twice without harm."""

import datetime as dt

from django.utils import timezone

from qiangqu.base import jobs
from qiangqu.base.periods import month

FACTS_UNTIL = 7  # day of the month until which the last month is published again, for what arrived late


def register() -> None:
    """Register the jobs (called once the apps are ready)."""
    jobs.register("alarms", dt.timedelta(seconds=10), alarms)
    jobs.register("alarm-notices", dt.timedelta(seconds=5), notices)
    jobs.register("devices-roll", dt.timedelta(hours=1), roll_days)
    jobs.register("devices-prune", dt.timedelta(days=1), prune_records, at=dt.time(3, 10))
    jobs.register("devices-facts", dt.timedelta(days=1), publish_month, at=dt.time(4, 10))


def alarms(_now: dt.datetime) -> str:
    from .alarms.evaluate import evaluate

    done = evaluate()
    if done is None:
        return ""
    faults = "；".join(f"规则 {code}：{reason}" for code, reason in done.faults.items())
    moved = done.raised or done.again or done.cleared or done.escalated
    counts = f"新报警 {done.raised}，再次 {done.again}，恢复 {done.cleared}，升级 {done.escalated}" if moved else ""
    return "；".join(filter(None, (counts, faults)))


def notices(now: dt.datetime) -> str:
    from .alarms.notify import send_due

    sent, failed = send_due(now)
    return f"发出 {sent}，未发出 {failed}" if sent or failed else ""


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


def publish_month(now: dt.datetime) -> str:
    from .publishing import publish

    today = timezone.localdate(now)
    if today.day > FACTS_UNTIL:
        return ""
    rows = sum(batch.rows for batch in publish(month(today.year, today.month).previous()))
    return f"新增事实 {rows} 条" if rows else ""
