"""What can be wrong with the way of devices into the node."""

import datetime as dt
import socket
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error, warning
from qiangqu.base.errors import InputError
from qiangqu.lake.models import WaitingValue

from .connections import read_connections
from .health import serving_on
from .listening import LISTENING
from .models import Device, Point, Protocol
from .mqtt.broker import CONNECTIONS

PATIENCE = 2.0  # seconds
AHEAD = dt.timedelta(minutes=10)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def gateway(now: dt.datetime) -> Iterable[Finding]:
    """Whether somebody listens to the devices that the register expects."""
    if settings.QIANGQU_GATEWAY:
        calling = [kind.code for kind in LISTENING]
        devices = Device.objects.filter(serving_on(timezone.localdate(now)), simulated=False, protocol__in=calling)
        count = devices.count()
        host, _colon, port = settings.QIANGQU_GATEWAY.rpartition(":")
        if count and not port.isdigit():
            yield error(_("QIANGQU_GATEWAY 应写成 主机:端口，如 127.0.0.1:21200"))
        elif count and not _answers(host, int(port)):
            yield error(
                _("登记了 %(count)s 台主动上报的设备，网关却没有在 %(where)s 接收：请启动它，如 systemctl start qiangqu@gateway（网关在别处的，用 QIANGQU_GATEWAY 指出；没有的，设为空）"),
                count=count, where=settings.QIANGQU_GATEWAY,
            )  # fmt: skip
    unbound = Device.objects.filter(
        serving_on(timezone.localdate(now)), simulated=False, protocol=Protocol.FIRE, serial="", enabled=True
    ).count()
    if unbound:
        yield warning(
            _("%(count)s 台 GB/T 26875 装置没有登记来源地址，这个协议没有密码，任何连得到网关的人都能冒充：请在设备里填写来源地址，或只让专网、隧道连到这个端口"),
            count=unbound,
        )  # fmt: skip
    file = Path(settings.HOME) / "broker" / CONNECTIONS
    if not file.is_file():
        return
    try:
        listed = read_connections(file)
    except InputError as failure:
        yield error(_("MQTT 的连接文件有错（%(reason)s）：请改正 %(file)s"), reason=failure, file=file)
        return
    for broker in listed.mqtt:
        if not _answers(broker.host, broker.port):
            yield error(
                _("MQTT 服务器 %(where)s 连不上：请启动它，如 systemctl start qiangqu@broker（不再用的，删去 %(file)s）"),
                where=f"{broker.host}:{broker.port}", file=file,
            )  # fmt: skip


def readings(now: dt.datetime) -> Iterable[Finding]:
    """Whether readings of real devices are stamped with times that have not come yet."""
    limit = int((now + AHEAD).timestamp() * 1000)
    real = Point.objects.filter(device__simulated=False).values("pk")
    ahead = WaitingValue.objects.filter(time__gt=limit, point__in=real)
    newest = ahead.aggregate(time=Max("time"))["time"]
    if newest is not None:
        at = timezone.localtime(dt.datetime.fromtimestamp(newest / 1000, dt.UTC))
        yield warning(
            _("%(count)s 个测点的读数写着还没有到的时刻（最晚 %(at)s）：请校准设备的时钟；若全是如此，请校准本机的时钟"),
            count=ahead.values("point").distinct().count(), at=f"{at:%Y-%m-%d %H:%M}",
        )  # fmt: skip
