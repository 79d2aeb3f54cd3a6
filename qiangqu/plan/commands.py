"""``qiangqu plan status | import | supervise`` (fixed shapes: contracts.md). Results on stdout, everything
else on stderr.
"""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from qiangqu.base.errors import NotFoundError, UsageError
from qiangqu.base.terms import listed

STATE_WORDS = {
    "done": ("已完成", "blue"),
    "on_track": ("正常", "green"),
    "at_risk": ("预警", "yellow"),
    "off_track": ("滞后", "red"),
    "stale": ("待更新", "bright_black"),
    "no_data": ("无数据", "bright_black"),
}
MIDDLE, WIDE = (
    100,
    150,
)  # columns of the terminal from which on the path and chance, and the forecast and units are shown


@click.group("plan")
def plan_group() -> None:
    """计划：编译文件、导入审核、目标状态。"""


@plan_group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--area", "area_code", default="", help="文件所属区域的代码，默认为计划所在的区域")
def plan_import(file: Path, area_code: str) -> None:
    """编译文件 FILE 并存入，供规划人员在网页上逐条审核。"""
    from qiangqu.registry.models import Area

    from .documents import import_file

    area = _area(area_code) or Area.objects.filter(parent=None).order_by("code").first()
    if area is None:
        raise NotFoundError("还没有区域，请先载入数据包")
    document = import_file(file, area=area, user=None)
    click.echo(document.pk)
    click.echo(
        f"已存入“{document}”，共 {document.items.count()} 条待审；审核页面 /plan/documents/{document.pk}/", err=True
    )


def _area(code: str) -> Any:
    from qiangqu.registry.models import Area

    if not code:
        return None
    area = Area.objects.filter(code=code[:24]).first()
    if area is None:
        raise NotFoundError("没有这个区域代码", where=code[:24])
    return area


@plan_group.command("status")
@click.option("--as-of", "as_of", type=click.DateTime(formats=["%Y-%m-%d"]), help="截至哪一天，默认今天")
@click.option("--area", "area_code", default="", help="区域代码，默认为计划所在的区域")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def plan_status(as_of: dt.datetime | None = None, area_code: str = "", form: str = "table") -> None:
    """每个目标：现在应到多少、实际多少、目标年预测多少、状态、责任单位。"""
    from django.utils import timezone

    from .rule import words
    from .track import current_plan, rules_of, state_counts, status

    day = as_of.date() if as_of else timezone.localdate()
    area = _area(area_code)
    plan = current_plan(area, day)
    statuses = status(day, area, plan)
    if form == "json":
        rule = list(words(rules_of(plan)))
        document = {"as_of": day.isoformat(), "targets": [one.as_contract() for one in statuses], "rule": rule}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    console = Console(file=sys.stdout, highlight=False, soft_wrap=False)
    console.print(_table(statuses, f"{plan.name} · {(area or plan.area).name} · {day}", console.width))
    numbers = state_counts(statuses)
    console.print("  ".join(f"[{STATE_WORDS[s][1]}]{STATE_WORDS[s][0]} {n}[/]" for s, n in numbers.items()))
    if any(one.simulated for one in statuses):
        console.print("* 含模拟数据")
    console.print("判断规则：")
    for sentence in words(rules_of(plan)):
        console.print(f"- {sentence}", markup=False)


def _table(statuses: Any, title: str, width: int) -> Table:
    """A table no wider than the terminal. rich counts a Chinese character as two columns."""
    from rich.text import Text

    from .rule import percent
    from .spec import number

    middle, wide = width >= MIDDLE, width >= WIDE
    table = Table(title=Text(title), expand=False, pad_edge=False, padding=(0, 1))
    table.add_column("代码", no_wrap=True)
    table.add_column("目标", overflow="fold", min_width=12)
    table.add_column("目标值", justify="right", overflow="fold", min_width=8)
    if middle:
        table.add_column("应到", justify="right", no_wrap=True)
    table.add_column("实际", justify="right", overflow="fold", min_width=8)
    if wide:
        table.add_column("预测（80%区间）", justify="right", overflow="fold", min_width=16)
    if middle:
        table.add_column("概率", justify="right", no_wrap=True)
    table.add_column("状态", no_wrap=True)
    if wide:
        table.add_column("责任单位", overflow="ellipsis", no_wrap=True, min_width=12, max_width=width // 4)
    for one in statuses:
        word, colour = STATE_WORDS[one.state]
        d = one.decimals
        goal = "—" if one.target is None else f"{one.comparator}{number(one.target, d)}"
        if one.target_max is not None:
            goal = f"{number(one.target, d)}—{number(one.target_max, d)}"
        value = number(one.value, d) + (f" ({one.value_period})" if one.value_period else "")
        if one.expected is not None and one.verdict.by_expected:
            value += f"\n{one.expected.period.year}年预计{number(one.expected.value, d)}"
        cells: list[Any] = [one.code, Text(one.name), goal + (one.unit if one.target is not None else "")]
        if middle:
            cells.append(number(one.verdict.required_now, d))
        cells.append(value + ("*" if one.simulated else ""))
        if wide:
            f = one.forecast
            cells.append(
                "依据不足" if f.mean is None else f"{number(f.mean, d)} ({number(f.low, d)}~{number(f.high, d)})"
            )
        if middle:
            cells.append("—" if one.chance is None else f"{percent(one.chance)}%")
        cells.append(Text(word, style=colour))
        if wide:
            cells.append(Text(listed(one.units)))
        table.add_row(*cells)
    return table


@plan_group.command("supervise")
@click.argument("target")
@click.option("--user", "username", required=True, help="以谁的名义立项（须有督办权限）")
@click.option("--unit", default="", help="责任单位代码；缺省为牵头单位")
@click.option("--deadline", type=click.DateTime(["%Y-%m-%d"]), help="办结期限；缺省按目标状态建议")
def plan_supervise(target: str, username: str, unit: str, deadline: dt.datetime | None) -> None:
    """对目标 TARGET（代码）立项督办；已在督办的不重复立项。输出办件编号。"""
    from django.core.exceptions import PermissionDenied
    from django.utils import timezone

    from qiangqu.registry.models import User

    from . import supervision
    from .track import current_plan, status

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or user.area is None:
        raise NotFoundError("没有这个用户，或他没有区域", where=username[:40])
    day = timezone.localdate()
    plan = current_plan(user.area, day)
    one = next((row for row in status(day, user.area, plan) if row.code == target), None)
    if one is None:
        raise NotFoundError("计划里没有这个目标", where=target[:40])
    proposal = supervision.propose_for_target(one, day)
    try:
        case, new = supervision.open_supervision(
            plan, user.area, proposal, user, unit=unit, deadline=deadline.date() if deadline else None
        )
    except PermissionDenied as error:
        raise UsageError("这个用户不能督办", where=username[:40]) from error
    click.echo(case.number)
    click.echo("已立项" if new else "已在督办", err=True)
