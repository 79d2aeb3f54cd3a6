"""``qiangqu plan compile`` (fixed shape: contracts.md): a pure function of the file, without settings or
database.
"""

import json
from pathlib import Path

import click

from qiangqu.base.errors import UsageError

from .compile import compile_file


def _write(text: str, target: Path | None) -> None:
    """To a file (which appears whole or not at all) or to stdout."""
    if target is None:
        click.echo(text)
        return
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"不能写入：{error.strerror}", where=str(target)) from error


@click.command("compile")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True)
@click.option("-o", "output", type=click.Path(dir_okay=False, path_type=Path), help="写入文件而不是标准输出")
def plan_compile(file: Path, form: str, output: Path | None) -> None:
    """把计划文件 FILE（.txt .md .docx .pdf）编译成目标、举措和责任单位。"""
    compiled = compile_file(file)
    if form == "json":
        text = json.dumps(compiled, ensure_ascii=False, indent=1)
    else:
        import yaml

        text = yaml.safe_dump(compiled, allow_unicode=True, sort_keys=False, width=110).rstrip("\n")
    _write(text, output)
    doubtful = sum(item["confidence"] < 0.8 for item in [*compiled["targets"], *compiled["tasks"]])
    standards = len(compiled.get("standards", []))
    click.echo(
        f"目标 {len(compiled['targets'])} 项，举措 {len(compiled['tasks'])} 条，责任单位 {len(compiled['units'])} 个"
        f"{f'，服务标准 {standards} 条（不计为目标）' if standards else ''}；{doubtful} 处把握不大，请在审核页面核对",
        err=True,
    )
