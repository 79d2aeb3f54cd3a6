"""``qiangqu environment roll | facts | alarm-limits``. Progress on stderr."""

import datetime as dt

import click
from django.utils import timezone

from qiangqu.base.errors import UsageError
from qiangqu.base.options import day_of, month_of

from .alarm_limits import copy_limits
from .publishing import publish
from .rolling import roll


@click.group("environment")
def environment_group() -> None:
    """环境监测：计算日结果与超标、汇入指标、建立演示数据。"""


@environment_group.command("roll")
@click.option("--from", "first", help="第一天，默认昨天")
@click.option("--to", "last", help="最后一天，默认今天")
def roll_command(first: str | None, last: str | None) -> None:
    """由遥测小时值计算日结果、排放量与超标记录（可重复执行）。"""
    today = timezone.localdate()
    begin, end = day_of(first, today - dt.timedelta(days=1)), day_of(last, today)
    if begin > end or (end - begin).days > 400:
        raise UsageError("起始日期应早于结束日期，且一次不超过 400 天")
    done = roll(begin, end)
    click.echo(f"日结果 {done.days} 条，新增超标 {done.exceedances} 条，撤回 {done.withdrawn} 条", err=True)


@environment_group.command("facts")
@click.option("--month", help="月份，如 2026-10，默认上月")
def facts_command(month: str | None) -> None:
    """把一个月的排放量与固废台账汇入事实库，供指标使用（可重复执行）。"""
    batches = publish(month_of(month, timezone.localdate()))
    click.echo(f"新增事实 {sum(batch.rows for batch in batches)} 条", err=True)


@environment_group.command("alarm-limits")
@click.option("--day", help="按哪一天有效的标准，默认今天")
def alarm_limits_command(day: str | None) -> None:
    """把标准限值写到各测点上，供报警规则里的 limit 使用（可重复执行；改了执行标准或绑定后再执行一次）。"""
    count, gone = copy_limits(day_of(day, timezone.localdate()))
    click.echo(f"测点限值 {count} 个，撤回 {gone} 个", err=True)
