"""Commands ``qiangqu alarms run | try | load | status``. Results on stdout, progress on stderr."""

import datetime as dt
import json
import signal
import threading
import time
from pathlib import Path

import click

from qiangqu.base.errors import NotFoundError


@click.group("alarms")
def alarms_group() -> None:
    """报警：判断、试算、载入规则。"""


@alarms_group.command("run")
@click.option("--once", is_flag=True, help="只判断一次，发出通知后退出")
@click.option("--every", type=click.FloatRange(1, 3600), default=10.0, show_default=True, help="每隔多少秒判断一次")
def run_command(once: bool, every: float) -> None:
    """按启用的规则判断最新数据，记下报警并发出通知，直到 Ctrl-C。可随时中断再启动，状态都在库里。"""
    from django.utils import translation

    from .evaluate import Pass, evaluate
    from .notify import send_due

    def say(done: Pass | None) -> None:
        if done is None:
            click.echo("另一个进程刚判断过，跳过这一次", err=True)
            return
        for code, reason in done.faults.items():
            click.echo(f"规则 {code} 算不出来：{reason}", err=True)
        if once or done.raised or done.again or done.cleared or done.escalated:
            click.echo(
                f"{done.rules} 条规则，{done.points} 个测点，{done.seconds:.2f} 秒：新报警 {done.raised}，再次报警 {done.again}，"
                f"恢复 {done.cleared}，升级 {done.escalated}",
                err=True,
            )

    translation.activate("zh-hans")
    if once:
        say(evaluate())
        sent, failed = send_due()
        click.echo(f"通知：发出 {sent}，未发出 {failed}", err=True)
        return
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    # a slow mail server must not hold up the judging
    sender = threading.Thread(target=_send_until, args=(stop,), daemon=True)
    sender.start()
    click.echo(f"每 {every:g} 秒判断一次报警，按 Ctrl-C 停止", err=True)
    while not stop.is_set():
        begin = time.monotonic()
        say(evaluate())
        if not sender.is_alive():
            raise click.ClickException("发送通知的线程已停止（原因见上），报警判断随之停止，请查明后重新启动")
        stop.wait(max(0.0, every - (time.monotonic() - begin)))
    sender.join(timeout=15)


def _send_until(stop: threading.Event) -> None:
    from django.db import connection
    from django.utils import translation

    from .notify import send_due

    translation.activate("zh-hans")
    try:
        while not stop.wait(3):
            send_due()
    finally:
        connection.close()


def judge(now: dt.datetime) -> str:
    """One pass, as a periodic job of ``qiangqu worker``: soon after something was committed."""
    from .evaluate import due, evaluate

    if not due(now):
        return ""
    done = evaluate(round(now.timestamp() * 1000))
    if done is None:
        return ""
    if done.faults:
        return f"规则算不出来：{'、'.join(done.faults)}"
    return f"新报警 {done.raised}，恢复 {done.cleared}" if done.raised or done.cleared else ""


def send(now: dt.datetime) -> str:
    """Send the notices that are due, as a periodic job of ``qiangqu worker``."""
    from .notify import send_due

    sent, failed = send_due(now)
    return f"报警通知发出 {sent} 份，未发出 {failed} 份" if sent or failed else ""


@alarms_group.command("load")
@click.argument("area")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--enable", is_flag=True, help="新规则立即启用（默认先停用，试算后再启用）")
def load_command(area: str, file: Path | None, enable: bool) -> None:
    """把规则文件 FILE（YAML，默认为自带的起步规则）载入区域 AREA；已有的规则更新内容，是否启用不变。"""
    from qiangqu.registry.models import Area

    from .rules import SAMPLES, load_rules

    found = Area.objects.filter(code=area).first()
    if found is None:
        raise NotFoundError("没有这个区域", where=area[:24])
    new, old = load_rules(file or SAMPLES, found, enable)
    click.echo(f"新规则 {new} 条，更新 {old} 条", err=True)


@alarms_group.command("status")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status_command(form: str) -> None:
    """最近一次判断、未关闭的报警数与待发通知数。"""
    from .models import Alarm, AlarmNotice, AlarmRun, AlarmState, NoticeState

    run = AlarmRun.objects.filter(pk=1).first()
    told = {
        "at": run.at.isoformat() if run else None,
        "seconds": run.seconds if run else None,
        "rules": run.rules if run else 0,
        "points": run.points if run else 0,
        "faults": run.faults if run else {},
        "active": Alarm.objects.filter(state=AlarmState.ACTIVE).count(),
        "unacknowledged": Alarm.objects.exclude(state=AlarmState.CLOSED).filter(acknowledged_at=None).count(),
        "notices_waiting": AlarmNotice.objects.filter(state=NoticeState.WAITING).count(),
        "notices_failed": AlarmNotice.objects.filter(state=NoticeState.FAILED).count(),
    }
    if form == "json":
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        click.echo(f"{name}  {value if value is not None else '—'}")


@alarms_group.command("try")
@click.argument("rule")
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True, help="最近多少天的历史")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def try_command(rule: str, days: int, form: str) -> None:
    """用历史数据试算规则 RULE（代码）：会报警多少次、在哪些测点、持续多久。不改动任何东西。"""
    from .models import AlarmRule
    from .tryout import try_rule

    found = AlarmRule.objects.select_related("area").filter(code=rule).first()
    if found is None:
        raise NotFoundError("没有这条报警规则", where=rule[:60])
    end = time.time_ns() // 1_000_000
    tried = try_rule(found, end - days * 86_400_000, end)
    listed = [
        {
            "point": one.point,
            "raised": _iso(one.episode.raised),
            "cleared": _iso(one.episode.cleared),
            "value": _finite(one.episode.value),
            "lowest": _finite(one.episode.lowest),
            "highest": _finite(one.episode.highest),
        }
        for one in tried.fired
    ]
    if form == "json":
        by_day = {day.isoformat(): count for day, count in sorted(tried.by_day.items())}
        told = {"rule": rule, "days": days, "alarms": tried.alarms, "points": tried.points, "rows": tried.rows}
        click.echo(json.dumps({**told, "by_day": by_day, "fired": listed}, ensure_ascii=False))
        return
    click.echo(
        f"{days} 天、{tried.points} 个测点、{tried.rows} 条数据：会报警 {tried.alarms} 次（各测点合计 {len(listed)} 次），用时 {tried.seconds:.1f} 秒",
        err=True,
    )
    for day, count in sorted(tried.by_day.items()):
        click.echo(f"{day}  {count}")


def _iso(ms: int | None) -> str | None:
    return None if ms is None else dt.datetime.fromtimestamp(ms / 1000, dt.timezone(dt.timedelta(hours=8))).isoformat()


def _finite(value: float) -> float | None:
    import math

    return value if math.isfinite(value) else None
