import click

from qiangqu.base.errors import NotFoundError

from .rules import load


@click.group("vehicles")
def vehicles_group() -> None:
    """危险货物车辆：报警规则，判断围栏。"""


@vehicles_group.command("rules")
@click.argument("area")
def rules(area: str) -> None:
    """把车辆的报警规则载入区域 AREA 并启用；已有的更新内容，是否启用不变。"""
    from qiangqu.registry.models import Area

    found = Area.objects.filter(code=area).first()
    if found is None:
        raise NotFoundError("没有这个区域", where=area[:24])
    new, old = load(found)
    click.echo(f"新规则 {new} 条，更新 {old} 条", err=True)


@vehicles_group.command("judge")
def judge_command() -> None:
    """判断上次以来到达的位置：围栏、证件、终端报警（平时由 qiangqu worker 做）。"""
    from .judging import judge

    done = judge()
    click.echo(
        f"{done.vehicles} 辆车 {done.positions} 个位置：围栏事件 {done.crossings}，改判 {done.withdrawn}", err=True
    )
