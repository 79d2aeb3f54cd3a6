"""Command ``qiangqu worker``."""

import signal
import threading

import click
from django.db import close_old_connections
from django.utils import timezone

from .worker import run_due


@click.command("worker")
@click.option("--every", type=click.FloatRange(0.5, 3600), default=5.0, show_default=True, help="每隔几秒看一次")
@click.option("--once", is_flag=True, help="每项任务做一遍就结束；有一项失败时退出码为 1")
def worker(every: float, once: bool) -> int:
    """做定时任务：到期的流程定时、提醒与升级、消息外发与汇总等，直到 Ctrl-C。可以同时开几个。"""
    stop = threading.Event()
    if not once:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_args: stop.set())
        click.echo(f"后台处理已启动，每 {every:g} 秒看一次，按 Ctrl-C 停止", err=True)
    failed = False
    while True:
        for name, said, well in run_due(everything=once):
            failed = failed or not well
            if said or once:
                click.echo(
                    f"{timezone.localtime():%H:%M:%S} {name}：{said or '没有要做的'}{'' if well else '（失败）'}",
                    err=True,
                )
        if once or stop.wait(every):
            return 1 if once and failed else 0
        close_old_connections()


COMMANDS = [worker]
