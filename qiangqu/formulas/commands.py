"""Verbs ``indicators``, ``explain`` and ``lake``."""

import json
from dataclasses import asdict
from typing import Any

import click

from qiangqu.base.errors import InputError, NotFoundError, UsageError
from qiangqu.facts import sealing
from qiangqu.lake import messages, segments, telemetry_merge
from qiangqu.lake.telemetry import refusals

from .evaluate import ENGINES, evaluate
from .explain import Explanation, Input, explain, rows_at, used_part
from .models import Indicator
from .refresh import forget_computed, refresh
from .rows import RowPage, read_subject
from .shown import explanation_data, number_text, page_data, value_data

_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


@click.group("indicators")
def indicators_group() -> None:
    """指标：取值与重新计算。"""


@indicators_group.command("list")
@_FORMAT
def list_command(form: str) -> None:
    """列出全部指标。"""
    rows = list(Indicator.objects.values("code", "name", "unit", "formula"))
    if form == "json":
        _json(rows)
        return
    for row in rows:
        click.echo(f"{row['code']}  {row['name']}（{row['unit']}）  {row['formula']}")


@indicators_group.command("eval")
@click.argument("codes", nargs=-1, required=True, metavar="CODE…")
@click.option("--area", help="区域代码；默认最上一级区域")
@click.option("--period", help="时期，如 2024、2024H1、2024Q2、2024-06、2024-01/2024-06；默认有数的各期")
@click.option("--engine", type=click.Choice(ENGINES), default="duckdb", show_default=True)
@_FORMAT
def eval_command(codes: tuple[str, ...], area: str | None, period: str | None, engine: str, form: str) -> None:
    """按现有事实与名录计算指标的值。"""
    try:
        values = evaluate(codes, [area or _top_area()], [period] if period else None, engine)
    except NotFoundError as error:
        raise UsageError(str(error)) from error
    if form == "json":
        _json([value_data(value) for value in values])
        return
    for value in values:
        mark = " [模拟数据]" if value.simulated else ""
        text = f"{number_text(value.value)} {value.unit}{mark}" if value.value is not None else f"—（{value.reason}）"
        click.echo(f"{value.code}  {value.area}  {value.period}  {text}")


def _top_area() -> str:
    from qiangqu.registry.models import Area

    code = Area.objects.filter(parent=None).order_by("path").values_list("code", flat=True).first()
    if code is None:
        raise InputError("还没有区域，请先载入数据包")
    return code


@indicators_group.command("refresh")
@click.argument("codes", nargs=-1, metavar="[CODE…]")
def refresh_command(codes: tuple[str, ...]) -> int:
    """把新的事实与名录变化计入指标；给出 CODE 时重新计算这些指标。"""
    summary = refresh(codes or None, _say)
    for code, message in summary.faults.items():
        _say(f"指标 {code} 无法计算：{message}")
    _say(f"{summary.indicators} 个指标，{summary.written} 个值有变化，用时 {summary.seconds:.2f} 秒")
    return 1 if summary.faults else 0


@click.command("explain")
@click.argument("code")
@click.option("--area", required=True, help="区域代码")
@click.option("--period", required=True, help="时期，如 2024 或 2024-06")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="明细行的页码")
@click.option("--node", type=int, help="只列出公式中这一项的明细行（编号见 --format json 的 node）")
@click.option("--subject", default="", help="只列出这个对象的各条事实，如 2-15（见明细行）")
@_FORMAT
def explain_command(code: str, area: str, period: str, page: int, node: int | None, subject: str, form: str) -> None:
    """说明一个值：公式、各项、分区域、明细行，直到来源。"""
    one = read_subject(subject)
    found = explain(code, area, period, page=page, with_rows=node is None and one is None)
    if node is not None or one is not None:
        part = used_part(found.root, node if node is not None else found.rows_node)
        # a part may lie in another area or period than the value
        place, when = (part.area, part.period) if part and node is None else (area, period)
        wanted = node if node is not None else found.rows_node or -1
        rows = rows_at(code, wanted, place, when, page=page, subject=one, choice=found.choice)
        if form == "json":
            _json(page_data(rows))
        else:
            _print_rows(rows)
        return
    if form == "json":
        _json(explanation_data(found))
        return
    _print_explanation(found)


def _print_explanation(found: Explanation) -> None:
    mark = " [模拟数据]" if found.cell.simulated else ""
    value = (
        f"{number_text(found.cell.value)} {found.unit}{mark}"
        if found.cell.value is not None
        else f"—（{found.cell.reason}）"
    )
    click.echo(f"{found.name}  {found.area_name}  {found.period}：{value}")
    click.echo(f"公式：{found.formula}")
    click.echo(f"含义：{found.words}")
    if found.choice_words:
        click.echo(found.choice_words)
    click.echo("各项：")
    _print_input(found.root, 1)
    if found.contributions:
        click.echo("下级区域：")
        for part in found.contributions:
            share = f"  {part.share:.1f}%" if part.share is not None else ""
            click.echo(f"  {part.name}  {number_text(part.cell.value)}{share}")
    for difference in found.differences:
        click.echo(
            f"{difference.name}：发布数 {number_text(difference.official)}，上报数之和 {number_text(difference.summed)}，"
            f"相差 {number_text(difference.difference)} {difference.unit}"
        )
    if found.rows:
        _print_rows(found.rows)


def _print_rows(page: RowPage) -> None:
    click.echo(f"明细（第 {page.page}/{page.pages} 页，共 {page.total} 行）：")
    for row in page.rows:
        source = row.source.get("title", "") if row.source else ""
        file = row.batch.get("file") or row.batch.get("kind", "")
        file += f" 第{row.batch['row']}行" if row.batch.get("row") else ""
        several = f"{row.facts} 条事实，--subject {row.subject_key} 列出" if row.kind == "subject" else ""
        life = f"{row.first or ''}—{row.last or ''}" if row.first or row.last else ""
        unused = "（未采用）" if not row.counts else ""
        number = number_text(row.value) if row.value is not None else ""
        pieces = [
            row.name,
            row.code,
            row.area,
            row.period,
            life,
            number,
            row.unit,
            source,
            file,
            several,
            row.note,
            unused,
        ]
        click.echo("  " + "  ".join(piece for piece in pieces if piece))


def _print_input(part: Input, depth: int) -> None:
    value = f"{number_text(part.cell.value)} {part.unit}" if part.cell.value is not None else f"—（{part.cell.reason}）"
    mark = " [模拟数据]" if part.cell.simulated else ""
    taken = "" if part.used else "（未采用）"
    click.echo(f"{'  ' * depth}{part.label}  {part.area} {part.period}  {value}{mark}{taken}")
    for child in part.inputs:
        _print_input(child, depth + 1)


@click.group("lake")
def lake_group() -> None:
    """列存：已封存的事实与遥测数据。"""


@lake_group.command("seal")
def lake_seal() -> None:
    """把等候的事实行封存为列存数据段；中断后再次执行会接着做。"""
    _say(f"封存了 {sealing.seal(_say)} 条事实")


@lake_group.command("rebuild")
def lake_rebuild() -> None:
    """丢弃由事实算出的数据段并重新计算指标（事实与遥测数据不受影响）。"""
    forget_computed()
    refresh(None, _say)


@lake_group.command("vacuum")
def lake_vacuum() -> None:
    """合并小的数据段，汇总遥测小时值，按保留期清理，删除作废的和无主的文件。"""
    merged = sealing.merge()
    telemetry = telemetry_merge.merge(report=_say)
    put_together, expired = messages.merge(), messages.expire()
    tidied = telemetry_merge.tidy()
    _say(
        f"合并了 {merged + telemetry.settled + telemetry.replaced + put_together} 个数据段，汇总了 {telemetry.hours} 个小时值，"
        f"{tidied.expired + expired} 个数据段到期，删除了 {tidied.files} 个作废的或无主的文件"
    )


@lake_group.command("status")
@_FORMAT
def lake_status(form: str) -> None:
    """列存中各数据集的数据段、行数与字节数，最近几天拒收的遥测行数。"""
    held, refused = segments.holdings(), refusals()
    if form == "json":
        _json({"datasets": [asdict(each) for each in held], "refused": refused})
        return
    for each in held:
        size = f"{each.bytes / each.rows:.2f}" if each.rows else "—"
        click.echo(f"{each.dataset:<20} {each.segments} 段  {each.rows} 行  {each.bytes} 字节（每行 {size}）")
    for reason, count in sorted(refused.items()):
        click.echo(f"拒收 {reason}：{count} 行")


@lake_group.command("check")
def lake_check() -> int:
    """核对列存文件是否完整（有问题时退出码为 1）。"""
    faults = segments.check()
    for fault in faults:
        click.echo(fault)
    _say(f"{len(faults)} 处问题")
    return 1 if faults else 0
