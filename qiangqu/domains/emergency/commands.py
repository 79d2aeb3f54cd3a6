import time
from pathlib import Path

import click

from qiangqu.base.errors import NotFoundError

from .models import RoadNetwork
from .roads import keeping
from .roads.travel import LONG, network_in_use


@click.group("roads")
def roads() -> None:
    """道路网：导入、查看、换用。"""


@roads.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="道路网的名称；不写用文件名。")
def load(file: Path, name: str) -> None:
    """导入道路网：GeoPackage、GeoJSON、Shapefile 的线，或 CSV 路段表。

    CSV 要有 from_lon、from_lat、to_lon、to_lat 四列，可有 class（道路等级）、maxspeed（限速）、oneway（单行）。
    """
    began = time.monotonic()
    made, found = keeping.load(file, name)
    click.echo(
        f"已导入“{made.name}”：道路 {found.roads:,} 条，{made.kilometres:,.1f} 公里，节点 {made.nodes:,} 个，{time.monotonic() - began:.1f} 秒"
    )
    if found.passed_over:
        click.echo(f"不是车行道的 {found.passed_over:,} 条，未导入")
    if found.broken:
        click.echo(f"读不出的 {found.broken:,} 条，未导入；第一条：{found.first_broken}")
    if found.unknown:
        click.echo(f"等级不明的 {found.unknown:,} 条，按支路车速计")
    if made.parts > 1:
        click.echo(
            f"注意：分成互不连通的 {made.parts:,} 部分，{made.outside:,} 个节点不在最大的一部分；跨部分的行程按不可达计算"
        )


@roads.command("list")
def list_networks() -> None:
    """已导入的道路网。"""
    used = network_in_use()
    rows = list(RoadNetwork.objects.defer(*LONG))
    for one in rows:
        state = "在用" if used is not None and one.pk == used.pk else "停用" if one.retired_at else "旧"
        click.echo(f"{one.pk}\t{state}\t{one.name}\t{one.kilometres:,.1f} 公里\t{one.loaded_at:%Y-%m-%d}")
    if not rows:
        click.echo("没有道路网：行程时间按直线距离估算")


@roads.command("retire")
@click.argument("number", type=int, required=False)
def retire(number: int | None) -> None:
    """停用一个道路网（默认在用的那个）；没有在用的，就按直线距离估算。"""
    used = network_in_use()
    if number is None and used is None:
        raise NotFoundError("没有在用的道路网")
    one = keeping.retire(number if number is not None else used.pk if used else 0)
    click.echo(f"已停用“{one.name}”")
