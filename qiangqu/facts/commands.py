"""Verb ``facts``: importing files of facts, and taking back what was imported."""

import json
from pathlib import Path

import click

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.ui.uploads import scanning

from .importing import Preview, commit, preview, sha256_of
from .models import FactBatch
from .withdrawing import consequences, may_withdraw, withdraw

KINDS = {"new": "新增", "correction": "更正", "contradiction": "另一来源"}
_SHOWN = 20


@click.group("facts")
def facts_group() -> None:
    """事实：导入、撤回。"""


def _say(text: str) -> None:
    click.echo(text, err=True)


def _report(rows: int) -> None:
    _say(f"已检查 {rows} 行")


def _show(shown: Preview, name: str) -> None:
    click.echo(
        f"{name}：{shown.rows} 行，新增 {shown.new}，更正 {shown.corrections}，另一来源 {shown.contradictions}，"
        f"重复 {shown.repeats}，无数值 {shown.skipped}，有误 {shown.bad_count}"
    )
    for note in shown.notes:
        click.echo(f"  {note}")
    for heading in shown.ignored:
        click.echo(f"  未使用的列：{heading}")
    for change in shown.changes[:_SHOWN]:
        was = "" if change.old is None else f"（现为 {change.old:.15g}）"
        click.echo(
            f"  第{change.row}行 {KINDS[change.kind]} {change.element} {change.subject} {change.period} "
            f"{change.value:.15g} {change.unit}{was}"
        )
    if len(shown.changes) > _SHOWN:
        click.echo(f"  ……只列出前 {_SHOWN} 处")
    for bad in shown.bad:
        click.echo(f"  第{bad.row}行有误：{bad.reason}")


@facts_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查并说出会有什么变化，不写入")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def import_command(file: Path, dry_run: bool, form: str) -> int:
    """把 .csv 或 .xlsx 导入为事实：全部写入或全不写入，逐行指出有误的行。同一文件再次导入不产生变化。"""
    scanning.scan_path(file)
    if dry_run:
        shown = preview(file, progress=_report)
        if form == "json":
            click.echo(json.dumps(shown.as_json(), ensure_ascii=False, indent=1))
        else:
            _show(shown, file.name)
        return 1 if shown.bad_count else 0
    try:
        batch = commit(file, key=f"import:{sha256_of(file)}", progress=_report)
    except InputError:
        shown = preview(file)
        if not shown.bad_count:
            raise
        _show(shown, file.name)
        _say(f"有 {shown.bad_count} 行有误，全部未导入；请改正后重试")
        return 1
    done = {"batch": batch.pk, "rows": batch.rows, "corrections": batch.corrections, "repeats": batch.repeats}
    if form == "json":
        click.echo(json.dumps(done, ensure_ascii=False, indent=1))
    else:
        click.echo(
            f"已导入：新增或更正 {batch.rows} 条（其中更正 {batch.corrections}），重复 {batch.repeats} 条，批次 {batch.pk}"
        )
    return 0


@facts_group.command("withdraw")
@click.argument("batch", type=int)
@click.option("--reason", default="", help="撤回的原因，记入审计")
@click.option("--dry-run", is_flag=True, help="只说会改变什么，不撤回")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def withdraw_command(batch: int, reason: str, dry_run: bool, form: str) -> int:
    """整批撤回误导入的数据（批次编号见 facts import 的输出或“批次”页）：不再计入，所更正的数恢复原值。"""
    one = FactBatch.objects.filter(pk=batch).first() if 0 < batch < 2**63 else None
    if one is None:
        raise NotFoundError(f"没有批次 {batch}")
    if not may_withdraw(None, one):
        raise ConflictError(f"批次 {batch} 不能撤回，或已经撤回")
    changes = consequences(one, None)
    told = {
        "batch": one.pk,
        "facts": changes.facts,
        "restored": changes.restored,
        "corrected_since": changes.corrected_since,
        "elements": [element.code for element in changes.elements],
        "periods": changes.periods,
        "withdrawal": None if dry_run else withdraw(one, None, reason).pk,
    }
    if form == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return 0
    click.echo(
        f"{'将撤回' if dry_run else '已撤回'}批次 {one.pk}（{one.file_name or one.key}）：{changes.facts} 条，"
        f"恢复原数 {changes.restored} 条，其中已另有更正 {changes.corrected_since} 条，"
        f"涉及 {len(changes.elements)} 个要素、{changes.periods} 个时期"
    )
    return 0
