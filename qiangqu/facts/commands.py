"""Verb ``facts``: importing files of facts."""

import json
from pathlib import Path

import click

from qiangqu.base.errors import InputError
from qiangqu.ui.uploads import scanning

from .importing import Preview, commit, preview, sha256_of

KINDS = {"new": "新增", "correction": "更正", "contradiction": "另一来源"}
_SHOWN = 20


@click.group("facts")
def facts_group() -> None:
    """事实：导入。"""


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
