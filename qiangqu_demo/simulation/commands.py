"""Commands ``qiangqu simulate …``: demonstration data, marked as such."""

import json
import time
from typing import Any

import click

from qiangqu.base.errors import NotFoundError
from qiangqu.base.periods import parse_period
from qiangqu.formulas.refresh import postponed
from qiangqu.site.packs import find_pack

from .demonstration import simulate
from .models import Demonstration


@click.group("simulate")
def simulate_group() -> None:
    """模拟数据：只用于演示库，处处注明。"""


@simulate_group.command("zones")
@click.option("--pack", "pack_name", default="ningxia", show_default=True, help="内置数据包名或文件夹")
@click.option("--seed", type=click.IntRange(0), help="随机种子；不写用数据包的")
@click.option("--enterprises", type=int, help="期末在业企业数；不写用数据包的（10000）")
@click.option("--months", type=int, default=60, show_default=True, help="月数")
@click.option("--until", default="2026-10", show_default=True, help="最后一个月")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def zones(pack_name: str, seed: int | None, enterprises: int | None, months: int, until: str, form: str) -> None:
    """生成各园区的模拟企业、宗地、认定、项目与月报，并打印与公开数据的校准差异。"""
    started = time.monotonic()

    def say(text: str) -> None:
        click.echo(f"[{time.monotonic() - started:5.1f} s] {text}", err=True)

    with postponed():  # the indicators once, not after each batch
        mark, new = simulate(
            find_pack(pack_name), parse_period(until), months=months, enterprises=enterprises, seed=seed, report=say
        )
    say("完成" if new else "未作改动")
    _show(mark, form)


@simulate_group.command("status")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(form: str) -> None:
    """这个数据库里有没有模拟数据，由什么生成，与公开数据差多少。"""
    mark = Demonstration.objects.first()
    if mark is None:
        raise NotFoundError("这个数据库里没有模拟数据")
    _show(mark, form)


def account_table(account: list[dict[str, Any]]) -> list[str]:
    """The calibration's account as lines of text: published figures met, then those not used, with the
    reason.
    """
    lines = []
    for line in (line for line in account if line["wanted"] is not None):
        unit = "%" if line["kind"] == "growth" else ""
        gap = line["reached"] - line["wanted"]
        gap_text = f"{gap:+.3f} 个百分点" if unit else f"{100 * gap / line['wanted'] if line['wanted'] else 0:+.3f}%"
        lines.append(
            f"{line['element']:<34} {line['area']:<8} {line['period']:<16} 应为 {line['wanted']:>13,.2f}{unit:<1} "
            f"校准前 {line['before']:>13,.2f}{unit:<1} 得 {line['reached']:>13,.2f}{unit:<1} 差 {gap_text}"
        )
    for line in (line for line in account if line["wanted"] is None):
        lines.append(f"{line['published']:<44} {line['area']:<8} {line['period']:<16} 未用：{line['reason']}")
    return lines


def _show(mark: Demonstration, form: str) -> None:
    if form == "json":
        names = ("pack", "seed", "enterprises", "months", "until", "fingerprint", "counts", "account")
        click.echo(json.dumps({name: getattr(mark, name) for name in names}, ensure_ascii=False, indent=1))
        return
    click.echo(
        f"模拟数据：数据包 {mark.pack}，种子 {mark.seed}，{mark.enterprises} 家在业企业，{mark.months} 个月，截至 {mark.until}"
    )
    click.echo("；".join(f"{name} {number}" for name, number in mark.counts.items()))
    click.echo("与公开数据的校准（增速按现价）：")
    for line in account_table(mark.account):
        click.echo(line)
