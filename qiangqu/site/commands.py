"""Commands of the site as a whole: packs, serving, backups, keys."""

import json
import os
import tempfile
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command

from qiangqu.base import crypto
from qiangqu.site.backup import backup, restore
from qiangqu.site.packs import check_pack, find_pack, load_pack


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.group("pack")
def pack_group() -> None:
    """数据包：检查与载入。"""


@pack_group.command("check")
@click.argument("pack")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def pack_check(pack: str, form: str) -> int:
    """说出数据包缺什么、错在哪里（有错误时退出码为 1）。PACK 是内置数据包名或文件夹。"""
    findings = check_pack(find_pack(pack))
    errors = sum(finding.severity == "error" for finding in findings)
    if form == "json":
        rows = [{"severity": f.severity, "file": f.file, "where": f.where, "message": f.message} for f in findings]
        click.echo(
            json.dumps(
                {"errors": errors, "warnings": len(findings) - errors, "findings": rows}, ensure_ascii=False, indent=1
            )
        )
    else:
        for finding in findings:
            click.echo(f"{'错误' if finding.severity == 'error' else '提示'}  {finding}")
        click.echo(f"{errors} 处错误，{len(findings) - errors} 处提示")
    return 1 if errors else 0


@pack_group.command("load")
@click.argument("pack")
def pack_load(pack: str) -> None:
    """载入数据包（可重复执行：再次载入同一内容不产生变化）。"""
    load_pack(find_pack(pack), _say)


@click.command("migrate")
def migrate() -> None:
    """建立或升级数据库。"""
    call_command("migrate", verbosity=0, interactive=False)
    _say("数据库已是最新")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="PORT")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option(
    "--stop-seconds",
    type=click.IntRange(1, 600),
    default=10,
    show_default=True,
    help="停止时最多等待未答完的请求多少秒",
)
def serve(host: str, port: int, workers: int, stop_seconds: int) -> None:
    """提供网页与接口，直到 Ctrl-C。"""
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server import Server

    from qiangqu.site import front

    # every worker process writes its counters into this folder and /metrics adds them up; it must be set
    # before they start
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="qiangqu-metrics-"))
    _say(f"强区已在 http://{host}:{port} 提供服务，按 Ctrl-C 停止")
    Server(
        "qiangqu.site.rsgi:front",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=workers,
        backpressure=front.connections_allowed(),
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=front.PATIENCE * 1000, max_buffer_size=front.BUFFER),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=stop_seconds,
        log_enabled=False,
    ).serve()


@click.command("backup")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(target: Path) -> None:
    """把数据库与上传文件备份为一个文件（节点可继续工作；SQLite 存储）。"""
    backup(target.absolute())
    _say(f"已备份到 {target}")
    if not settings.QIANGQU_FIELD_KEYS:
        _say(f"字段密钥不在备份里，请另存到别处：{settings.QIANGQU_FIELD_KEY_FILE}（没有它，加密的内容解不开）")


@click.command("restore")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("home", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="另存的字段密钥文件")
def restore_command(archive: Path, home: Path, keys: Path | None) -> None:
    """把备份恢复到一个空文件夹 HOME；之后以 QIANGQU_HOME 指向它，并执行 qiangqu lake rebuild。"""
    manifest = restore(archive, home.absolute(), keys)
    _say(f"已恢复 {manifest['made_at']} 的备份到 {home}")
    if keys is None:
        _say("没有给出字段密钥（--keys）：请把另存的 field_keys 放进这个文件夹，或设置 QIANGQU_FIELD_KEYS")


@click.group("keys")
def keys_group() -> None:
    """数据库中加密内容的密钥。"""


@keys_group.command("rotate")
def keys_rotate() -> None:
    """换一把新密钥，并用它重新加密全部内容；旧密钥随后作废（已有的备份仍要旧密钥，请先另存）。"""
    _say(f"已重新加密 {crypto.rotate()} 条，新密钥在 {settings.QIANGQU_FIELD_KEY_FILE}")


@keys_group.command("encrypt")
def keys_encrypt() -> None:
    """用第一把密钥重新加密全部内容（密钥放在环境变量里时，换密钥用它）。"""
    _say(f"已重新加密 {crypto.encrypt_all()} 条")
