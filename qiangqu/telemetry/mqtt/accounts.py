"""Accounts of devices for a mosquitto broker, from the register: a device signs in by its MN and password and
may write under its own topic only.

Which name gives which right is said in :mod:`.rights`.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError

from ..models import Device, Protocol
from .rights import SYSTEM, Name, Owner, fault_of, lines_of, node_of, owners

ITERATIONS = 101  # mosquitto_passwd's own default; the hash is made anew at each export


def hashed(password: str, salt: bytes | None = None) -> str:
    """A line's second part in mosquitto's password file: ``$7$`` PBKDF2-HMAC-SHA512 (mosquitto 2.0,
    mosquitto_passwd).
    """
    salt = salt if salt is not None else secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _devices() -> "QuerySet[Device]":
    found = Device.objects.filter(protocol__in=(Protocol.MQTT, Protocol.SPARKPLUG), enabled=True, valid_to=None)
    return found.exclude(password="").order_by("mn")


Account = tuple[str, str, str, str, int | None]
_COLUMNS = ("mn", "password", "protocol", "area__path", "organisation_id")


def registered() -> tuple[list[Account], list[Name]]:
    """What accounts are made of: MN, password, protocol and owner of each device that has one, and whose the
    Sparkplug nodes are. When none of it changed the files need not be written again."""
    return list(_devices().values_list(*_COLUMNS)), _names()


def _names(node: str = "") -> list[Name]:
    """The records that have a say in who owns a Sparkplug node (or this one): also those that are switched
    off or over, and those of other protocols that have a node's name."""
    sparkplug = Q(protocol=Protocol.SPARKPLUG)
    if node:
        rows = Device.objects.filter(Q(mn=node) | sparkplug & Q(mn__startswith=f"{node}."))
    else:
        nodes = {of for mn in Device.objects.filter(sparkplug).values_list("mn", flat=True) if (of := node_of(mn))}
        rows = Device.objects.filter(sparkplug | Q(mn__in=nodes))
    columns = ("mn", "pk", "area__path", "organisation_id")
    found = [Name(mn, pk, Owner(path, organisation)) for mn, pk, path, organisation in rows.values_list(*columns)]
    # SQLite compares without regard to case
    return [name for name in found if not node or node_of(name.mn) == node]


def account_problem(device: Device) -> str:
    """Why a device of MQTT does not get the account or the topics that its name asks for, for its page; ""
    when it does.
    """
    if device.protocol not in (Protocol.MQTT, Protocol.SPARKPLUG):
        return ""
    if fault_of(device.mn):
        return _("这个 MN 与系统账号同名或含有不允许的字符，没有 MQTT 账号；请改 MN")
    if device.protocol != Protocol.SPARKPLUG:
        return ""
    node = node_of(device.mn)
    if not node:
        return _("Sparkplug 设备的 MN 应为 组.节点 或 组.节点.设备，现在没有主题权限；请改 MN")
    own = Owner(device.area.path, device.organisation_id)
    if not own.is_part_of(owners(_names(node))[node]):
        return _("Sparkplug 节点 %(node)s 属于别的区域或单位，没有主题权限；请改 MN") % {"node": node}
    return ""


@dataclass(frozen=True, slots=True)
class Written:
    """How many devices got an account, and a sentence for each that did not get what its name asks for."""

    devices: int
    left_out: list[str]


def write_accounts(folder: Path, gateway_password: str, *, listener: str = "1883", user: str = "") -> Written:
    """Write ``passwords``, ``access`` and ``mosquitto.conf`` into ``folder``.

    Devices of MQTT that are registered, enabled and have a password. ``listener`` is a port and perhaps an
    address, ``user`` whom a mosquitto started by root becomes. Files are replaced whole. Raises InputError
    when the gateway's password is too short.
    """
    if len(gateway_password) < 8:
        raise InputError("网关的密码至少 8 个字符")
    rows = [f"{SYSTEM}:{hashed(gateway_password)}"]
    access = [
        f"# {timezone.now():%Y-%m-%d %H:%M} UTC",
        f"user {SYSTEM}",
        "topic read qiangqu/#",
        "topic readwrite spBv1.0/#",
        "",
        "pattern write qiangqu/%u/#",
    ]
    left_out = []
    accounts, names = registered()
    of_nodes, known = owners(names), {name.mn for name in names}
    for mn, password, protocol, path, organisation in accounts:
        fault = fault_of(mn)
        if fault:
            left_out.append(f"设备 {mn[:40]!r} 没有账号：{fault}")
            continue
        rows.append(f"{mn}:{hashed(password)}")
        if protocol != Protocol.SPARKPLUG:
            continue
        lines = lines_of(mn, Owner(path, organisation), of_nodes, node_of(mn) in known)
        if lines:
            access += ["", f"user {mn}", *lines]
        elif not node_of(mn):
            left_out.append(f"设备 {mn} 没有 Sparkplug 主题的权限：MN 应为 组.节点 或 组.节点.设备")
        else:
            left_out.append(f"设备 {mn} 没有 Sparkplug 主题的权限：节点 {node_of(mn)} 属于别的区域或单位")
    folder.mkdir(parents=True, exist_ok=True)
    conf = [
        "per_listener_settings false",
        f"listener {listener}",
        "allow_anonymous false",
        f"password_file {folder.resolve() / 'passwords'}",
        f"acl_file {folder.resolve() / 'access'}",
        "max_inflight_messages 4000",
        "max_queued_messages 1000000",
        "message_size_limit 1048576",
        "persistence true",
        # seconds; mosquitto's own 1800 would lose half an hour with a broker that dies
        "autosave_interval 30",
        f"persistence_location {folder.resolve()}/",
        *([f"user {user}"] if user else []),
    ]
    for name, lines, mode in (("passwords", rows, 0o600), ("access", access, 0o600), ("mosquitto.conf", conf, 0o644)):
        fresh = folder / f".{name}.new"
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.chmod(mode)
        fresh.replace(folder / name)
    return Written(len(rows) - 1, left_out)
