"""Accounts of devices for a mosquitto broker, from the register: a device signs in by its MN and password and may write under its own topic only."""

import base64
import hashlib
import secrets
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from qiangqu.base.errors import InputError

from ..models import Device, Protocol

ITERATIONS = 101  # mosquitto_passwd's own default; the hash is made anew at each export
GATEWAY = "qiangqu"


def hashed(password: str, salt: bytes | None = None) -> str:
    """A line's second part in mosquitto's password file: ``$7$`` PBKDF2-HMAC-SHA512 (mosquitto 2.0, mosquitto_passwd)."""
    salt = salt if salt is not None else secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _devices() -> "QuerySet[Device]":
    found = Device.objects.filter(protocol__in=(Protocol.MQTT, Protocol.SPARKPLUG), enabled=True, valid_to=None)
    return found.exclude(password="").order_by("mn")


def registered() -> list[tuple[str, str, str]]:
    """What accounts are made of: MN, password and protocol of each device that has one."""
    return list(_devices().values_list("mn", "password", "protocol"))


def write_accounts(folder: Path, gateway_password: str, *, listener: str = "1883", user: str = "") -> int:
    """Write ``passwords``, ``access`` and ``mosquitto.conf`` into ``folder``; gives the number of devices.

    Devices of MQTT that are registered, enabled and have a password. ``listener`` is a port and perhaps an address, ``user`` whom a mosquitto started by
    root becomes. Files are replaced whole. Raises InputError when the gateway's password is too short.
    """
    if len(gateway_password) < 8:
        raise InputError("网关的密码至少 8 个字符")
    devices = _devices()
    rows = [f"{GATEWAY}:{hashed(gateway_password)}"]
    rows += [f"{mn}:{hashed(password)}" for mn, password in devices.values_list("mn", "password")]
    folder.mkdir(parents=True, exist_ok=True)
    access = [
        f"# {timezone.now():%Y-%m-%d %H:%M} UTC",
        f"user {GATEWAY}",
        "topic read qiangqu/#",
        "topic readwrite spBv1.0/#",
        "",
        "pattern write qiangqu/%u/#",
    ]
    for mn in devices.filter(protocol=Protocol.SPARKPLUG).values_list("mn", flat=True):
        group, _dot, node = mn.partition(".")
        node = node.split(".")[0]
        if node:
            access += [
                "",
                f"user {mn}",
                f"topic write spBv1.0/{group}/+/{node}/#",
                f"topic read spBv1.0/{group}/NCMD/{node}",
            ]
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
        "autosave_interval 30",  # seconds; mosquitto's own 1800 would lose half an hour with a broker that dies
        f"persistence_location {folder.resolve()}/",
        *([f"user {user}"] if user else []),
    ]
    for name, lines, mode in (("passwords", rows, 0o600), ("access", access, 0o600), ("mosquitto.conf", conf, 0o644)):
        fresh = folder / f".{name}.new"
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
        fresh.chmod(mode)
        fresh.replace(folder / name)
    return len(rows) - 1
