"""``qiangqu node …``: inviting, joining, running, looking."""

import json
import random
import signal
import threading
import time
from types import FrameType

import click
from django.db import close_old_connections

from qiangqu.base.errors import QiangquError

from . import client, enrolment, facts, server, standing, standings, storage
from .core import pace
from .models import STANDING, Standing

#: how often a running node looks for what was missed: facts not told, parked entries that may be taken up now (s)
LOOK_EVERY = 60.0


@click.command("invite")
@click.argument("code")
@click.option("--area", default="", help="它服务的区域的代码（节点代码取自区域代码时不用写）")
def invite(code: str, area: str) -> None:
    """邀请节点 CODE 加入本节点之下：打印一次有效、24 小时内用的邀请码。"""
    click.echo(enrolment.invite(code, area))
    click.echo(
        "请在下级节点执行 qiangqu node join 地址 邀请码，两边核对字样后在本节点执行 qiangqu node confirm", err=True
    )


@click.command("confirm")
@click.argument("code")
@click.option("--yes", is_flag=True, help="字样已经核对，不再询问")
def confirm(code: str, yes: bool) -> None:
    """确认节点 CODE 加入：先看两边屏幕上的字样是否相同。"""
    click.echo(enrolment.words_of(code))
    if not yes:
        click.confirm("下级节点的屏幕上也是这些字吗？", abort=True)
    enrolment.confirm(code)
    click.echo(f"{code} 已加入", err=True)


@click.command("join")
@click.argument("url")
@click.argument("token")
@click.option("--wait", default=600, show_default=True, help="等待上级确认的秒数")
def join(url: str, token: str, wait: int) -> None:
    """加入上级节点：URL 是上级的地址（https://主机:端口），TOKEN 是它给的邀请码。"""
    until = time.monotonic() + wait
    words, answer = client.ask_to_join(url, token)
    click.echo(words)
    click.echo("请上级的值班人核对这些字后执行 qiangqu node confirm", err=True)
    pause = threading.Event()
    while "certificate" not in answer:
        if time.monotonic() > until:
            raise click.ClickException("上级还没有确认：请稍后用同一邀请码再执行一次")
        pause.wait(1)
        _words, answer = client.ask_to_join(url, token)
    click.echo("已加入", err=True)


@click.command("run")
@click.option("--host", default="0.0.0.0", show_default=True, help="监听地址")  # noqa: S104 - nodes call one another
@click.option("--port", default=8524, show_default=True, help="监听端口（下级节点呼叫本节点用）")
@click.option("--every", default=1.0, show_default=True, help="没有新内容时多少秒看一次")
@click.option("--longest", default=900.0, show_default=True, help="连不上上级时，最多隔多少秒再试")
def run(host: str, port: int, every: float, longest: float) -> None:
    """与上下级交换：封存本节点的内容，呼叫上级，应答下级，直到 Ctrl-C。"""
    standing.begin()
    listener = server.start(host, port)
    stop = threading.Event()

    def ended(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ended)
    click.echo(f"listening {listener.server_address[1]}")
    caller = client.Caller()
    after, last, looked = 0.0, "", float("-inf")
    while not stop.is_set():
        close_old_connections()
        if time.monotonic() - looked > LOOK_EVERY:
            facts.fill()
            storage.retry_parked()
            looked = time.monotonic()
        while storage.seal_waiting():
            pass
        found = last
        if time.monotonic() >= after:
            found, after = _call(caller, every, longest)
            if found != last:
                click.echo(found, err=True)
                last = found
        applied = storage.apply_stored()
        if not applied and found != "went":
            stop.wait(every)
    listener.shutdown()


def _call(caller: client.Caller, every: float, longest: float) -> tuple[str, float]:
    """One call of the parent: what came of it, and when to call again."""
    try:
        found = caller.call()
    except QiangquError as error:
        caller.pace = pace.failed(caller.pace)
        wait = pace.wait(caller.pace, random.random(), longest=longest)
        Standing.objects.filter(pk=STANDING).update(trouble=error.message[:200])
        return f"line down: {error}", time.monotonic() + wait
    return found, time.monotonic() + (0 if found == "went" else every)


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON（与接口 /api/v1/nodes 相同）")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(as_json: bool, form: str) -> None:
    """本节点与上下级：最近联系、时钟偏差、待处理、版本。"""
    said = standings.overview()
    if as_json or form == "json":
        click.echo(json.dumps(said, ensure_ascii=False, default=str))
        return
    click.echo(f"上级 {said['parent'] or '—'}  最近联系 {said['reached'] or '—'}  {said['trouble']}")
    for one in said["nodes"]:
        known = (
            "  " * one["depth"] + one["code"], one["name"], one["state_word"], one["contact"], one["clock"],
            sum(one["parked"].values()), one["version"],
        )  # fmt: skip
        click.echo("  ".join(str(value if value not in (None, "") else "—") for value in known))


@click.command("revoke")
@click.argument("code")
def revoke(code: str) -> None:
    """撤销下级节点 CODE：不再接受它的新内容和呼叫，已有的内容仍然有效。"""
    standing.revoke(code)
    click.echo(f"{code} 已撤销", err=True)


@click.command("go-on")
def go_on() -> None:
    """两份同样的节点（复制、快照、恢复备份）中由这一份继续：换用新的启动标识，打印上级要输入的标识。"""
    click.echo(standing.go_on())
    click.echo("请在上级节点执行 qiangqu node accept，另一份执行 qiangqu node stop", err=True)


@click.command("accept")
@click.argument("code")
@click.argument("word")
def accept(code: str, word: str) -> None:
    """下级节点 CODE 有两份时，认定标识为 WORD 的那一份继续，另一份不再接受。"""
    standing.accept(code, word)
    click.echo(f"{code} 由 {word} 继续", err=True)


@click.command("stop")
def stop() -> None:
    """这一份节点不再与上级交换（两份同样的节点中不继续的那一份）；本机照常工作。"""
    standing.stop()
    click.echo("本份节点已停止交换", err=True)
