"""Messages as they came in, made readable: passwords hidden, encrypted regions opened beside them, Sparkplug and
GB/T 26875 spelled out.
"""

import datetime as dt
import re
from dataclasses import dataclass

from qiangqu.base.errors import InputError
from qiangqu.lake import messages

from .completeness import moment
from .fire import packet as fire
from .fire.units import read
from .hj212.region import decode_text
from .hj212.stream import Decoder
from .models import Device
from .mqtt import sparkplug

MAX_TEXT = 20_000
_PASSWORD = re.compile(r"(?<=\bPW=)[^;&]*")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message for people. ``about``: what it was called on its line; ``clear``: what an encrypted one says;
    ``values_from`` and ``values_to``: the times of its readings."""

    values_from: dt.datetime
    values_to: dt.datetime
    received: dt.datetime
    about: str
    text: str
    clear: str
    size: int


def frames(device: Device, first: int, last: int, limit: int, *, newest: bool = False) -> list[Shown]:
    """At most ``limit`` messages of a device with readings from ``first`` to ``last`` (ms UTC, both
    included), in order of time (``newest``: the latest, latest first)."""
    return [_shown(message, device) for message in messages.find(device.pk, first, last, limit, newest=newest)]


def _shown(message: messages.Message, device: Device) -> Shown:
    text, clear = _text(message, device)
    return Shown(
        moment(message.first),
        moment(message.last),
        moment(message.received),
        message.about,
        text[:MAX_TEXT],
        clear[:MAX_TEXT],
        len(message.body),
    )


def _text(message: messages.Message, device: Device) -> tuple[str, str]:
    if message.about.startswith(f"{sparkplug.NAMESPACE}/"):
        try:
            told = sparkplug.decode(message.body)
        except InputError:
            return message.body.hex(" "), ""
        return "\n".join(_spelled(metric) for metric in told.metrics), ""
    if message.about.startswith("26875 "):
        # corrections of times are those of now: of words alone they do not matter
        packet = fire.parse(message.body)
        return message.body.hex(" "), read(packet.unit, packet.sent, message.received).text
    text = decode_text(message.body)
    if device.protocol != "hj212":
        return _printable(text), ""
    key = bytes.fromhex(device.key) if device.key else None
    packets = Decoder(lambda _mn: key).feed(message.body + b"\r\n")
    clear = "\n".join(packet.text for packet in packets if packet.encrypted)
    return _printable(_PASSWORD.sub("******", text)), _printable(clear)


def _spelled(metric: sparkplug.Metric) -> str:
    name = metric.name[:200] or f"alias {metric.alias}"
    if metric.value is None and metric.raw is not None:  # its type stands in the birth
        return f"{name} = {metric.raw[0]} {metric.raw[1]}"
    return f"{name} = {metric.value}"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text.replace("\r\n", "\n"))
