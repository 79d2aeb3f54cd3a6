"""Commands that fill a database with what is made up. Progress on stderr."""

import datetime as dt
import sys
import time

import click
from django.utils import timezone

from qiangqu.base.errors import NotFoundError
from qiangqu.domains.environment.rolling import roll
from qiangqu.registry.models import Area
from qiangqu.site.children import run_together
from qiangqu.site.cli import command_of
from qiangqu.site.packs import find_pack

from .environment.places import build
from .prepare import prepare
from .telemetry import COMMAND, demonstrate


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.command("demo")
@click.option("--pack", default="ningxia", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="PORT")
@click.option("--serve/--no-serve", "serve_after", default=True, help="只准备数据，不启动网站")
@click.pass_context
def demo(context: click.Context, pack: str, port: int, serve_after: bool) -> int:
    """演示：建库、载入数据包与公开数据、生成模拟园区数据、打印规划状态、启动网站。"""
    started = time.monotonic()
    accounts = prepare(find_pack(pack), _say)
    _say(f"演示数据就绪，用时 {time.monotonic() - started:.1f} 秒")
    context.invoke(command_of(context.find_root().command, "plan", "status"))
    sys.stdout.flush()
    _say("演示账号（仅供演示）：")
    for account in accounts:
        _say(f"  {account.username:<12} {account.password:<18} {account.description}")
    _say("设备接入（另开终端）：qiangqu gateway   启动网关")
    _say(f"                      {COMMAND}   模拟设备开始上报，到“园区 · 设备实时”看数值到达")
    if serve_after:
        # programs of their own, not functions of this process: what it has open (DuckDB, database) must not
        # be inherited by the web workers. Alarms, timers and messages need the periodic jobs; a node runs
        # them as a service of its own (docs/operations/install.md)
        program_of = [sys.executable, "-m", "qiangqu"]
        return run_together([[*program_of, "serve", "--port", str(port)], [*program_of, "worker"]])
    return 0


@click.command("demonstrate")
def devices() -> None:
    """在演示库里建立模拟设备和一个月的小时数据（全部标明模拟数据；再次运行只补到现在）。"""
    _say(f"写入 {demonstrate()} 条模拟数据")


@click.command("demonstrate")
@click.argument("area")
@click.option("--days", type=click.IntRange(1, 400), default=60, show_default=True)
@click.option("--stations", type=click.IntRange(1, 20), default=4, show_default=True)
@click.option("--outlets", type=click.IntRange(1, 200), default=9, show_default=True)
def environment(area: str, days: int, stations: int, outlets: int) -> None:
    """为一个园区建立模拟的监测站、排放口与读数（全部标明模拟数据）。AREA 是园区代码。"""
    found = Area.objects.filter(code=area).first()
    if found is None:
        raise NotFoundError("没有这个区域", where=area[:24])
    channels, rows = build(found, days, stations=stations, outlets=outlets, report=_say)
    today = timezone.localdate()
    done = roll(today - dt.timedelta(days=days), today)
    _say(f"监测项目 {channels} 个，读数 {rows} 个，日结果 {done.days} 条，超标 {done.exceedances} 条")


@click.command("simulate")
@click.option("--tanker", type=click.IntRange(1, 4), default=1, show_default=True, help="演示库的第几辆模拟罐车")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=21208, show_default=True, help="网关的 JT/T 808 端口")
@click.option("--seconds", type=click.FloatRange(0.1, 86_400), default=120.0, show_default=True)
@click.option("--edition", type=click.Choice(["2013", "2019"]), default="2019", show_default=True)
def tanker(tanker: int, host: str, port: int, seconds: float, edition: str) -> None:
    """演示库的模拟罐车按 JT/T 808 注册、鉴权、上报，从园区驶出围栏（标明模拟数据）。"""
    from .vehicles import simulate

    try:
        done = simulate(tanker - 1, host, port, seconds, int(edition), _say)
    except OSError as error:
        raise NotFoundError(f"连不上网关，请先启动 qiangqu gateway（{error}）", where=f"{host}:{port}") from error
    _say(f"已应答 {done} 个位置")
