import json
from dataclasses import asdict

import click

from .queries import by_area, records


@click.group("$code")
def ${name}_group() -> None:
    """$title：各区域有多少。"""


@${name}_group.command("count")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def count(form: str) -> None:
    """各区域今天有多少条记录。"""
    counts = by_area(records())
    if form == "json":
        click.echo(json.dumps([asdict(one) for one in counts], ensure_ascii=False, indent=1))
        return
    for one in counts:
        click.echo(f"{one.code}\t{one.name}\t{one.count}")
