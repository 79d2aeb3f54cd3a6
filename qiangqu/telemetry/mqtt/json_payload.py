"""JSON payloads of devices: a form of our own, and a mapping for devices that have another.

Our own form, for devices that can be told what to send::

    {"time": "2026-11-23T08:00:00+08:00", "values": {"a21026": 18.2, "a34004": [33.0, "M"]}, "interval": "minute", "statistic": "Avg"}

``time`` (ISO 8601 with a zone, or milliseconds or seconds since 1970) may be missing: then it is the time of arrival, and a message that the broker
delivers twice is stored twice. A value may carry its mark (HJ 212-2017, table 8).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qiangqu.base.errors import InputError

from ..hj212.codes import STATISTICS
from ..hj212.region import from_iso
from ..incoming import INTERVALS, MAX_READINGS, Reading

ROOT = "qiangqu"  # a device MN publishes this form under qiangqu/<MN>/…
MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
_STATISTICS = frozenset(s.decode() for s in STATISTICS)
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands in a payload (``path``: keys and indices with dots) and what it is; ``scale`` and ``offset`` turn it into the factor's unit."""

    path: str
    factor: str
    statistic: str = "Rtd"
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class PayloadMap:
    """How to read one device's payloads. ``time`` is a path, "" for the time of arrival."""

    values: tuple[Value, ...]
    time: str = ""
    interval: str = "realtime"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a payload says; ``timed``: it names its own time."""

    readings: list[Reading]
    interval: str
    timed: bool


def _refuse_constant(name: str) -> Any:
    raise InputError(f"报文里的 {name} 不是 JSON 的数")


def load(payload: bytes) -> Any:
    """The JSON in a payload. Raises InputError for what is too large, too deep or no JSON."""
    if len(payload) > MAX_BYTES:
        raise InputError(f"报文超过 {MAX_BYTES // 1024} KB")
    depth = deepest = 0
    for byte in payload:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise InputError(f"报文嵌套超过 {MAX_DEPTH} 层")
    try:
        return json.loads(payload, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError("报文不是合法的 JSON") from error


def when(value: Any) -> int:
    """A time as milliseconds UTC: ISO 8601 with a zone, or a number of seconds or milliseconds since 1970. Raises InputError."""
    if isinstance(value, bool):
        raise InputError("时间应为 ISO 8601 或 1970 年以来的秒、毫秒")
    if isinstance(value, int | float):
        if not 0 <= value < 1e14:  # false for NaN; math.isfinite would fail on long integers
            raise InputError("时间超出范围")
        return int(value * 1000) if value < 1e11 else int(value)
    if isinstance(value, str) and len(value) <= 40:
        try:
            found = from_iso(value)
        except ValueError as error:
            raise InputError(f"时间“{value[:40]}”不是 ISO 8601") from error
        if found.tzinfo is None:
            raise InputError(f"时间“{value[:40]}”没有写时区，应如 2026-11-23T08:00:00+08:00")
        return int(found.timestamp() * 1000)
    raise InputError("时间应为 ISO 8601 或 1970 年以来的秒、毫秒")


def number(value: Any) -> float:
    """A number, also written as text; true and false are 1 and 0. Raises InputError."""
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    if isinstance(value, str) and len(value) <= 40:
        try:
            return float(value)
        except ValueError:
            pass
    raise InputError(f"“{str(value)[:40]}”不是数")


def parse_own(payload: bytes, arrival: int) -> Parsed:
    """Our own form. ``arrival`` in milliseconds UTC. Raises InputError naming what is wrong; nothing of the message is then taken."""
    data = load(payload)
    if not isinstance(data, dict) or not isinstance(data.get("values"), dict):
        raise InputError("报文应为带 values 的对象")
    timed = data.get("time") is not None
    at = when(data["time"]) if timed else arrival
    interval, statistic = data.get("interval", "realtime"), data.get("statistic", "Rtd")
    if not isinstance(interval, str) or interval not in INTERVALS:
        raise InputError(f"时段应为 {'、'.join(sorted(INTERVALS))}", where="interval")
    if not isinstance(statistic, str) or statistic not in _STATISTICS:
        raise InputError("统计量不认识", where="statistic")
    if len(data["values"]) > MAX_READINGS:
        raise InputError(f"一份报文最多 {MAX_READINGS} 个值", where="values")
    readings = []
    for factor, value in data["values"].items():
        mark = ""
        if isinstance(value, list):
            if len(value) != 2 or not isinstance(value[1], str):
                raise InputError("带标记的值应写成 [数, 标记]", where=factor[:20])
            value, mark = value
        _check_factor(factor)
        readings.append(Reading(factor, at, number(value), statistic, mark[:4]))
    return Parsed(readings, interval, timed)


def parse_mapped(payload: bytes, mapping: PayloadMap, arrival: int) -> Parsed:
    """A device's own form by its mapping; values that are absent or null are left out. Raises InputError as :func:`parse_own`."""
    data = load(payload)
    timed = bool(mapping.time)
    at = when(_at(data, mapping.time)) if timed else arrival
    readings = []
    for value in mapping.values:
        found = _at(data, value.path)
        if found is _MISSING or found is None:
            continue
        readings.append(Reading(value.factor, at, number(found) * value.scale + value.offset, value.statistic))
    return Parsed(readings, mapping.interval, timed)


def _at(data: Any, path: str) -> Any:
    for key in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(key, _MISSING)
        elif isinstance(data, list) and key.isdigit() and len(key) < 6 and int(key) < len(data):
            data = data[int(key)]
        else:
            return _MISSING
    return data


def _check_factor(code: str) -> None:
    if not (0 < len(code) <= 20 and code.isascii() and code.replace("_", "").isalnum()):
        raise InputError(f"因子代码“{code[:20]}”应为不超过 20 个字母、数字或下划线")
