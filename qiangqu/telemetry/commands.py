"""Commands ``qiangqu gateway`` and ``qiangqu devices …``."""

import asyncio
import datetime as dt
import gc
import json
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from django.conf import settings

from qiangqu.base.errors import ConflictError, InputError, NotFoundError, UsageError
from qiangqu.base.options import day_of, month_of

from .connections import Broker, Connections, read_connections
from .gateway.core import Gateway, Limits
from .gateway.metrics import serve
from .gateway.sources import sources
from .listening import LISTENING
from .register import FACTORS_FILE, load_factors, register_simulated
from .simulators import hj212, modbus, mqtt


def _port_options(command: Callable[..., None]) -> Callable[..., None]:
    """An option for the port of each listening protocol: ``--hj212-port``; of the first one, ``--port``
    too.
    """
    for number, kind in reversed(list(enumerate(LISTENING))):
        names = [f"--{kind.code}-port", *(["--port"] if number == 0 else []), f"{kind.code}_port"]
        option = click.option(
            *names, type=click.IntRange(0, 65535), default=kind.port, show_default=True, help=f"{kind.title} 端口"
        )
        command = option(command)
    return command


OTHER_FILES = 300  # besides connections: the database, files of the lake, sources


def _room(connections: int) -> int:
    """How many of ``connections`` this process may hold open, once its limit of open files is raised as far as the
    system lets it (a service begins with 1024)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft == resource.RLIM_INFINITY:
        return connections
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    room = min(connections, max(1, soft - OTHER_FILES))
    if room < connections:
        click.echo(
            f"系统只许打开 {soft} 个文件，最多接 {room} 条连接（要 {connections} 条）：请调高 LimitNOFILE 或 ulimit -Hn",
            err=True,
        )
    return room


@click.command("gateway")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；对外服务写 0.0.0.0")
@_port_options
@click.option("--metrics-port", type=click.IntRange(0, 65535), default=21201, show_default=True, help="/metrics 端口")
@click.option("--connections", type=click.IntRange(1, 100_000), default=5000, show_default=True, help="最多连接数")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="进程数（共用一个端口）")
@click.option(
    "--sources",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="连接文件（YAML）：MQTT 服务器、Modbus TCP 设备、OPC UA 服务器；写法见 docs/guides/devices-connect.md",
)
@click.option("--mqtt", "broker", help="一个不需要登录的 MQTT 服务器（主机[:端口]），不用连接文件时用")
@click.option("--share", is_flag=True, hidden=True)
def gateway(
    host: str,
    metrics_port: int,
    connections: int,
    processes: int,
    file: Path | None,
    broker: str | None,
    share: bool,
    **given: int,
) -> None:
    """接收设备数据（HJ 212、JT/T 808、GB/T 26875、MQTT、Modbus TCP、OPC UA），提交后才应答，直到 Ctrl-C。"""
    listed = read_connections(file) if file else Connections()
    if broker:
        name, _colon, text = broker.partition(":")
        if not name or (text and not (text.isascii() and text.isdigit() and 0 < int(text) < 65536)):
            raise InputError("应写成 主机 或 主机:端口", where="--mqtt")
        listed = replace(listed, mqtt=(*listed.mqtt, Broker(name, int(text or 1883), "", "", False, (), ())))
    ports = {kind.code: given[f"{kind.code}_port"] for kind in LISTENING}
    children = []
    for number in range(1, processes):
        arguments = ["--host", host, "--connections", str(connections), "--share"]
        arguments += ["--metrics-port", str(metrics_port + number if metrics_port else 0)]
        for code, port in ports.items():
            arguments += [f"--{code}-port", str(port)]
        command = [sys.executable, "-m", "qiangqu", "gateway", *arguments]
        children.append(subprocess.Popen(command))  # noqa: S603 - our own program
    try:
        asyncio.run(_run(host, ports, metrics_port, connections, share or processes > 1, listed))
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait()


@click.command("broker")
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址；对外服务写 0.0.0.0")
@click.option("--port", type=click.IntRange(1, 65535), default=1883, show_default=True, help="MQTT 端口")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="配置、账号所在文件夹；默认在数据目录下的 broker"
)
@click.option("--reread", type=click.FloatRange(0.1, 3600), default=30.0, hidden=True)
def broker(host: str, port: int, folder: Path | None, reread: float) -> None:
    """小型站点自带的 MQTT 服务器：用登记的设备账号启动 mosquitto，退出后重启，登记有变化时更新账号，直到
    Ctrl-C。
    """
    from .mqtt.broker import CONNECTIONS, keep_running

    folder = folder or Path(settings.HOME) / "broker"
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo(f"网关连接它：qiangqu gateway --sources {folder / CONNECTIONS}", err=True)
    keep_running(folder, host, port, stop, lambda text: click.echo(text, err=True), reread)


async def _run(
    host: str, ports: dict[str, int], metrics_port: int, connections: int, share: bool, listed: Connections
) -> None:
    # tens of thousands of messages wait for a commit; looking through them for cycles finds none
    gc.set_threshold(100_000, 50, 100)
    gateway = Gateway(Limits(connections=_room(connections)))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await gateway.start()
    bound = {}
    for kind in LISTENING:
        try:
            bound[kind.title] = await gateway.listen(kind(gateway), host, ports[kind.code], share=share)
        except OSError as error:
            said = f"{kind.title} 不能在 {host}:{ports[kind.code]} 监听（{error.strerror}）：请换一个端口或停掉占用它的程序"
            raise InputError(said, where=f"--{kind.code}-port") from error
    metrics, metrics_bound = serve(gateway, host, metrics_port)
    others = sources(gateway, listed)  # in the first process only: a broker or a device is asked once
    for other in others:
        await other.start()
    where = "，".join(f"{title} 在 {host}:{port}" for title, port in bound.items())
    click.echo(f"网关已在接收数据：{where}，/metrics 在 {metrics_bound}，按 Ctrl-C 停止", err=True)
    stopping, failing = asyncio.create_task(stop.wait()), asyncio.create_task(gateway.failed())
    await asyncio.wait((stopping, failing), return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, failing):
        if not task.done():
            task.cancel()
    for other in others:
        await other.stop()
    await gateway.stop()
    metrics.shutdown()
    if failing.done() and not failing.cancelled():
        failing.result()
    click.echo("网关已停止：已收到的数据都已写入并应答", err=True)


@click.group("devices")
def devices_group() -> None:
    """设备：监测因子字典、设备状况、完整率、汇入指标、保留期。"""


@devices_group.command("factors")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def factors(file: Path | None) -> None:
    """载入监测因子字典 FILE（CSV：code, code_2005, name, medium,
    unit），不写则用自带的；全部载入或全不载入。
    """
    click.echo(f"已载入 {load_factors(file or FACTORS_FILE)} 个监测因子", err=True)


@devices_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """补录历史数据 FILE（.csv 或 .xlsx：mn, factor, time, value，可加 interval, statistic,
    flag）；全部写入或全不写入，重复的文件只算一次。
    """
    from .backfill import fill

    done = fill(file)
    if done.repeat:
        click.echo("这个文件以前已经写入，没有重复写入", err=True)
    else:
        click.echo(f"已写入 {done.rows} 条数据（{done.devices} 个设备，{done.points} 个测点）", err=True)


@devices_group.command("roll")
@click.option("--from", "first", help="第一天，默认昨天")
@click.option("--to", "last", help="最后一天，默认今天")
def roll_command(first: str | None, last: str | None) -> None:
    """计算设备每天的完整率、在线小时与上报间隔（可重复执行；每天或每小时运行一次）。"""
    from django.utils import timezone

    from .health import roll

    today = timezone.localdate()
    done = roll(day_of(first, today - dt.timedelta(days=1)), day_of(last, today))
    click.echo(f"{done.devices} 个设备，{done.days} 个设备日", err=True)


@devices_group.command("facts")
@click.option("--month", help="月份，如 2026-10，默认上月")
def facts_command(month: str | None) -> None:
    """把一个月的登记设备数、上云设备数与在线小时汇入事实库，供指标使用（先运行 roll；可重复执行）。"""
    from django.utils import timezone

    from .publishing import publish

    period = month_of(month, timezone.localdate())
    click.echo(f"新增事实 {sum(batch.rows for batch in publish(period))} 条", err=True)


@devices_group.command("prune")
def prune_command() -> None:
    """删除超过保留期的设备消息、已完成的命令、质量记录和久未出现的未登记设备（每天运行一次）。"""
    from .retention import prune

    done = prune()
    click.echo(
        f"删除消息 {done.messages} 条、命令 {done.commands} 条、质量记录 {done.quality} 条、未登记设备 {done.unknown} 个",
        err=True,
    )


@devices_group.command("certificate")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def certificate(folder: Path) -> None:
    """在 FOLDER 生成网关访问 OPC UA 服务器用的证书 gateway.der 与私钥
    gateway.pem（已有且有效的不动；有效期一年）。
    """
    from .polling.opcua import make_certificate

    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(make_certificate(folder / "gateway.pem", folder / "gateway.der"))
    click.echo(f"证书在 {folder / 'gateway.der'}：请交给 OPC UA 服务器的管理员，列入它信任的客户端", err=True)


@devices_group.command("mosquitto")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--password", envvar="QIANGQU_MQTT_PASSWORD", required=True, help="网关自己登录 MQTT 服务器的密码（用户名 qiangqu）"
)
def mosquitto(folder: Path, password: str) -> None:
    """把已登记的 MQTT 设备写成 mosquitto 的账号与权限文件，放在 FOLDER：设备用 MN
    和访问密码登录，只能写自己的主题。
    """
    from .mqtt.accounts import write_accounts

    written = write_accounts(folder, password)
    for sentence in written.left_out:
        click.echo(sentence, err=True)
    click.echo(
        f"已写入 {written.devices} 个设备；启动：mosquitto -c {folder / 'mosquitto.conf'}（已在运行的：kill -HUP 重读）",
        err=True,
    )


@devices_group.command("status")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(form: str) -> None:
    """每个设备的最近通信、条数、拒收数与时钟偏差，以及未登记设备。"""
    from .models import DeviceHealth, UnknownDevice

    columns = ("device__mn", "last_seen", "frames", "points", "repeats", "refused", "clock_skew_ms")
    known = list(DeviceHealth.objects.order_by("device__mn").values(*columns))
    unknown = list(UnknownDevice.objects.values("mn", "last_seen", "frames", "peer"))
    if form == "json":
        click.echo(json.dumps({"devices": known, "unknown": unknown}, ensure_ascii=False, default=str, indent=1))
        return
    for row in known:
        click.echo("  ".join("—" if row[column] is None else str(row[column]) for column in columns))
    for row in unknown:
        click.echo(f"未登记 {row['mn']}  {row['last_seen']}  {row['frames']} 个报文  {row['peer']}")


_SIMULATORS = {  # how their MN begin, the usual port, what runs them
    "hj212": ("SIM", 21200, hj212.run),
    "mqtt": ("SIMQ", 1883, mqtt.run),
    "modbus": ("SIMM", 5020, modbus.run),
}


@click.command("devices")
@click.option(
    "--rate",
    type=click.FloatRange(0.01, 5_000_000),
    default=160.0,  # of the default devices and factors: each device once a second, with the time of day
    show_default=True,
    help="合计每秒数据条数；每台设备每秒超过一个报文时，数据时间从 20 天前起逐秒排",
)
@click.option("--devices", "count", type=click.IntRange(1, 5000), default=20, show_default=True, help="设备数")
@click.option(
    "--factors", "factor_count", type=click.IntRange(1, 200), default=8, show_default=True, help="每个设备的因子数"
)
@click.option("--seconds", type=float, help="运行多久；不写则直到 Ctrl-C")
@click.option("--protocol", type=click.Choice(["hj212", "mqtt", "modbus"]), default="hj212", show_default=True)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="网关（hj212）、MQTT 服务器（mqtt）或自己的监听地址（modbus）",
)
@click.option("--port", type=click.IntRange(1, 65535), help="默认 hj212 21200，mqtt 1883，modbus 5020")
@click.option(
    "--edition", type=click.Choice(["2005", "2017", "2025"]), default="2017", show_default=True, help="HJ 212 的版本"
)
@click.option(
    "--write",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="modbus：把网关读取这些设备要用的连接文件写到这里（qiangqu gateway --sources）",
)
@click.option("--register", "area", help="先把这些设备登记到这个区域（代码），标记为模拟数据；只用于演示库")
def simulate_devices(
    rate: float,
    count: int,
    factor_count: int,
    seconds: float | None,
    protocol: str,
    host: str,
    port: int | None,
    edition: str,
    file: Path | None,
    area: str | None,
) -> None:
    """模拟设备：按 HJ 212、MQTT 或 Modbus TCP 上报模拟数据，等待应答、重发、响应命令。"""
    number = {"2005": 0, "2017": 1, "2025": 2}[edition]
    prefix, usual, run = _SIMULATORS[protocol]
    plan = hj212.Plan(host, port or usual, rate, count, factor_count, seconds, prefix, edition=number)
    if file is not None:
        if protocol != "modbus":
            raise UsageError("--write 只用于 --protocol modbus")
        modbus.write_connections(plan, file)
    if area:
        made = register_simulated(hj212.names(plan), plan.password, area, protocol)
        click.echo(f"新登记 {made} 个模拟设备；网关会在几秒内读到", err=True)
    account = hj212.Account()
    try:
        asyncio.run(run(plan, account, _progress))
    except KeyboardInterrupt:
        click.echo("", err=True)
    except OSError as error:
        where = f"{host}:{plan.port}"
        if protocol == "modbus":
            raise ConflictError(f"这个地址不能监听（{error}）", where=where) from error
        peer = "网关，请先启动 qiangqu gateway" if protocol == "hj212" else " MQTT 服务器，请先启动它"
        raise NotFoundError(f"连不上{peer}（{error}）", where=where) from error
    click.echo(
        json.dumps(
            {
                "frames": account.frames,
                "answered": account.answered,
                "points_answered": account.points_answered,
                "resent": account.resent,
                "given_up": account.given_up,
                "p99_seconds": round(account.percentile(0.99), 4) if account.latencies else None,
            }
        )
    )


def _progress(account: hj212.Account) -> None:
    click.echo(
        f"\r已发 {account.frames} 个报文，已应答 {account.answered} 个（{account.points_answered} 条数据），"
        f"重发 {account.resent}，重连 {account.reconnects}  ",
        err=True,
        nl=False,
    )
