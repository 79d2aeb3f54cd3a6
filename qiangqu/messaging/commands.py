"""Command ``qiangqu worker``."""

import logging
import signal
import threading

import click
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone

from .worker import run_due

log = logging.getLogger(__name__)


@click.command("worker")
@click.option("--every", type=click.FloatRange(0.5, 3600), default=1.0, show_default=True, help="每隔几秒看一次")
@click.option("--once", is_flag=True, help="每项任务做一遍就结束；有一项失败时退出码为 1")
def worker(every: float, once: bool) -> int:
    """做定时任务：到期的流程定时、提醒与升级、消息外发与汇总等，直到 Ctrl-C。可以同时开几个。"""
    stop = threading.Event()
    if not once:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_args: stop.set())
        click.echo(f"后台处理已启动，每 {every:g} 秒看一次，按 Ctrl-C 停止", err=True)
    if once:
        return 1 if _round(None, everything=True) else 0
    beside = threading.Thread(target=_rounds, args=(stop, every, True), name="long jobs")
    beside.start()
    try:
        _rounds(stop, every, False)
    finally:
        stop.set()
        beside.join()
    return 0


def _rounds(stop: threading.Event, every: float, long: bool) -> None:
    while True:
        try:
            _round(long)
        # a database that is away for a moment; the jobs themselves note their failures
        except OperationalError:
            log.exception("后台处理未能读写数据库，稍后重试")
        close_old_connections()
        if stop.wait(every):
            connection.close()
            return


def _round(long: bool | None, *, everything: bool = False) -> bool:
    """Do what is due; whether anything failed."""
    failed = False
    for name, said, well in run_due(everything=everything, long=long):
        failed = failed or not well
        if said or everything:
            click.echo(
                f"{timezone.localtime():%H:%M:%S} {name}：{said or '没有要做的'}{'' if well else '（失败）'}",
                err=True,
            )
    return failed
