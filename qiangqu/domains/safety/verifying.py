"""``qiangqu safety verify-draw``: needs no database, no settings and no network."""

import json
import re
from pathlib import Path
from typing import Any

import click
import drand_verify

from qiangqu.base import draw as qd1


def signed_value(document: dict[str, Any]) -> str:
    """What the round's signature says: "" for none to be checked, else the sentence that tells. Raises DrawError for
    a signature that is not that of the round in the source, or gives another value."""
    inputs, signature = document["inputs"], document.get("signature") or ""
    rounds = [
        int(found[1])
        for part in inputs["source"].split("|")
        if (found := re.fullmatch(r"drand:quicknet:(\d{1,12})", part))
    ]
    if not signature or not rounds:
        return ""
    for number in rounds:
        try:
            value = drand_verify.verify_quicknet(number, signature)
        except (ValueError, OverflowError):
            continue
        if value == inputs["public_value"]:
            return f"公开值是 drand 第 {number} 轮的，签名已校验"
    raise qd1.DrawError("公开值不是来源所指那一轮 drand 的：签名验不过")


@click.command("verify-draw")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commit", default="", help="事先公布的承诺值；给了就一并核对。")
def verify_draw(file: Path, commit: str) -> None:
    """验证一次抽查：结果是否由承诺和公开值唯一确定。

    FILE 是抽查页面上下载的验证文件（JSON）。不连网络、不读数据库。
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        wrong = qd1.differences(document, commit)
        found = qd1.result(document["inputs"])
        said = signed_value(document)
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"不能验证：{error}") from None
    click.echo(f"编号　{document['inputs']['draw_id']}\n承诺　{found['commit']}\n种子　{found['seed']}")
    for one in found["drawn"]:
        short = "（人手不足）" if one in found["short"] else ""
        click.echo(f"{one}　{'、'.join(found['teams'][one]) or '（无人）'}{short}")
    click.echo(said or "公开值没有附签名：请到来源处核对")
    if wrong:
        raise click.ClickException("；".join(wrong))
    click.echo("一致：抽取结果由承诺和公开值唯一确定" + ("" if commit else "；请再用 --commit 核对事先公布的承诺值"))
