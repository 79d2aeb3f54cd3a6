"""Commands ``qiangqu cases …``."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from qiangqu.base.errors import InputError

from . import acts, calendar_text, check, definition


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.group("cases")
def cases_group() -> None:
    """办件：检查事项定义，重算期限。"""


@cases_group.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def check_kind(folder: Path, form: str) -> int:
    """检查一个事项文件夹（kind.yaml、process.bpmn、forms/、decisions/、letters/）；有错误时退出码为 1。"""
    _definition, faults = check.check_files(definition.read_folder(folder))
    if form == "json":
        rows: list[dict[str, Any]] = [
            {"severity": f.severity, "file": f.file, "where": f.where, "message": f.message} for f in faults
        ]
        click.echo(json.dumps({"errors": len(faults.errors), "findings": rows}, ensure_ascii=False, indent=1))
    else:
        for fault in faults:
            click.echo(f"{'错误' if fault.severity == 'error' else '提示'}  {fault}")
        click.echo(f"{len(faults.errors)} 处错误，{len(faults) - len(faults.errors)} 处提示")
    return 1 if faults.errors else 0


@cases_group.command("recount")
def recount() -> None:
    """按现行工作日历重算所有未办结的期限。"""
    _say(f"{acts.recount_all()} 件的期限有变化")


@cases_group.command("calendar")
@click.argument("day")
@click.argument("kind", type=click.Choice(["work", "holiday", "normal"]))
@click.option("--name", default="", help="如 国庆节")
@click.option("--source", required=True, help="依据文号")
def set_day(day: str, kind: str, name: str, source: str) -> None:
    """把 DAY（2027-01-01）定为上班（work）、放假（holiday）或恢复平常（normal）；未办结的期限随之移动。"""
    try:
        date = dt.date.fromisoformat(day)
    except ValueError as error:
        raise InputError("日期应写成 2027-01-01 的样子", where=day[:20]) from error
    if not calendar_text.FIRST <= date <= calendar_text.LAST:
        raise InputError("日期应在 2000—2100 年之间", where=day[:20])
    works = {"work": True, "holiday": False, "normal": None}[kind]
    _say(f"{acts.set_calendar([(date, works, name, source)], None)} 件的期限有变化")
