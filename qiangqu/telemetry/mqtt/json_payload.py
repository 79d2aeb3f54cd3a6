"""JSON payloads of devices: a form of our own, and a mapping for devices that have another.

Our own form, for devices that can be told what to send::

    {"time": "2026-11-23T08:00:00+08:00", "values": {"a21026": 18.2, "a34004": [33.0, "M"]}, "interval": "minute", "statistic": "Avg"}

``time`` (ISO 8601 with a zone, or milliseconds or seconds since 1970) may be missing: then it is the time of
arrival, and a message that the broker delivers twice is stored twice. A value may carry its mark (HJ
212-2017, table 8).

A value that cannot be read costs itself only: it is named in :attr:`Parsed.refused`. What concerns all values
(no JSON, a time that is none) costs the message.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.terms import listed

from ..hj212.codes import MARKS, STATISTICS, Refusal
from ..hj212.region import from_iso
from ..incoming import INTERVALS, MAX_READINGS, Reading

ROOT = "qiangqu"  # a device MN publishes this form under qiangqu/<MN>/…
MAX_BYTES = 256 * 1024
MAX_DEPTH = 12
MAX_DIGITS = 400  # of a whole number; longer ones are beyond every float
NO_ITEM = "no_item"
_STATISTICS = frozenset(s.decode() for s in STATISTICS)
_MARKS = frozenset(mark.decode() for mark in MARKS)
_MISSING = object()
_TWICE = object()
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands in a payload (``path``: keys and indices with dots) and what it is; ``scale`` and
    ``offset`` turn it into the factor's unit.
    """

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
    """What a payload says; ``timed``: it names its own time. ``refused``: items that could not be read, and
    why; ``found``: those that were there.
    """

    readings: list[Reading]
    interval: str
    timed: bool
    refused: list[tuple[str, str]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)


class _Object(dict[str, Any]):
    """An object of which some keys stand twice: which one holds is anybody's guess, so they are left out and
    listed here.
    """

    twice: Counter[str]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    counts = Counter(key for key, _value in pairs)
    made = _Object((key, value) for key, value in pairs if counts[key] == 1)
    made.twice = Counter({key: count for key, count in counts.items() if count > 1})
    return made


def _twice(data: Any) -> Counter[str]:
    return data.twice if isinstance(data, _Object) else Counter()


def load(payload: bytes) -> Any:
    """The JSON in a payload. Raises InputError for what is too large, too deep or no JSON."""
    if len(payload) > MAX_BYTES:
        raise InputError(f"报文超过 {MAX_BYTES // 1024} KB")
    depth = deepest = 0
    for byte in _STRING.sub(b"", payload):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    if deepest > MAX_DEPTH:
        raise InputError(f"报文嵌套超过 {MAX_DEPTH} 层")
    try:
        text = payload.decode(json.detect_encoding(payload))
    except UnicodeDecodeError:  # texts in GBK cost themselves, not the numbers beside them
        text = payload.decode("gb18030", "replace")
    try:
        return json.loads(text, parse_constant=float, parse_int=_whole, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise InputError("报文不是合法的 JSON") from error


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= MAX_DIGITS else float(text)


def when(value: Any) -> int:
    """A time as milliseconds UTC: ISO 8601 with a zone, or a number of seconds or milliseconds since 1970.
    Raises InputError.
    """
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
    # Python alone takes 1_000 for a number
    if isinstance(value, str) and len(value) <= 40 and "_" not in value:
        try:
            return float(value)
        except ValueError:
            pass
    raise InputError(f"“{str(value)[:40]}”不是数")


def parse_own(payload: bytes, arrival: int) -> Parsed:
    """Our own form. ``arrival`` in milliseconds UTC. Raises InputError naming what is wrong with the whole;
    nothing of the message is then taken.
    """
    data = load(payload)
    again = [key for key in ("time", "values", "interval", "statistic") if key in _twice(data)]
    if again:
        raise InputError("写了两次，不知道以哪个为准", where=listed(again))
    if not isinstance(data, dict) or not isinstance(data.get("values"), dict):
        raise InputError("报文应为带 values 的对象")
    timed = data.get("time") is not None
    at = when(data["time"]) if timed else arrival
    interval, statistic = data.get("interval", "realtime"), data.get("statistic", "Rtd")
    if not isinstance(interval, str) or interval not in INTERVALS:
        raise InputError(f"时段应为 {'、'.join(sorted(INTERVALS))}", where="interval")
    if not isinstance(statistic, str) or statistic not in _STATISTICS:
        raise InputError("统计量不认识", where="statistic")
    values, twice = data["values"], _twice(data["values"])
    if len(values) + len(twice) > MAX_READINGS:
        raise InputError(f"一份报文最多 {MAX_READINGS} 个值", where="values")
    parsed = Parsed([], interval, timed, [(factor, Refusal.REPEATED_ITEM.value) for factor in twice.elements()])
    for factor, value in values.items():
        mark = ""
        if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):  # [number, mark]
            value, mark = value
        if not _is_factor(factor):
            parsed.refused.append((factor, Refusal.BAD_ITEM.value))
        elif mark and mark not in _MARKS:
            parsed.refused.append((factor, Refusal.BAD_MARK.value))
        else:
            _take(parsed, factor, value, Value(factor, factor, statistic), at, mark)
    return parsed


def parse_mapped(payload: bytes, mapping: PayloadMap, arrival: int) -> Parsed:
    """A device's own form by its mapping; a path that is not there is refused as :data:`NO_ITEM`. Raises
    InputError as :func:`parse_own`.
    """
    data = load(payload)
    timed = bool(mapping.time)
    at = when(_at(data, mapping.time)) if timed else arrival
    parsed = Parsed([], mapping.interval, timed)
    for value in mapping.values:
        found = _at(data, value.path)
        if found is _MISSING:
            parsed.refused.append((value.path, NO_ITEM))
        elif found is _TWICE:
            parsed.refused.append((value.path, Refusal.REPEATED_ITEM.value))
        else:
            _take(parsed, value.path, found, value, at)
    return parsed


def _take(parsed: Parsed, item: str, found: Any, value: Value, at: int, mark: str = "") -> None:
    """Add what was found to the readings, or name it as refused when it is no number."""
    parsed.found.append(item)
    try:
        told = number(found) * value.scale + value.offset
    except InputError:
        told = math.nan
    if math.isfinite(told):
        parsed.readings.append(Reading(value.factor, at, told, value.statistic, mark))
    else:
        parsed.refused.append((item, Refusal.BAD_VALUE.value))


def _at(data: Any, path: str) -> Any:
    for key in path.split("."):
        if key in _twice(data):
            return _TWICE
        if isinstance(data, Mapping):
            data = data.get(key, _MISSING)
        elif isinstance(data, list) and key.isdigit() and len(key) < 6 and int(key) < len(data):
            data = data[int(key)]
        else:
            return _MISSING
    return data


def _is_factor(code: str) -> bool:
    """Whether it can be a factor's code: at most 20 letters, digits or underscores."""
    return 0 < len(code) <= 20 and code.isascii() and code.replace("_", "").isalnum()
