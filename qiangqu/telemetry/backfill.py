"""Back-fill: rows of devices from a CSV file, for what was recorded while nothing could be sent.

Columns (Chinese headings too): mn 设备编码, factor 因子, time 时间, value 数值; optional flag 标记 (HJ 212-2017 table 8), interval 时段, statistic 统计量.
A time is ISO 8601; without a zone it is China Standard Time. The whole file is checked first: either all rows go in or none, and each bad row is named.
A file that is loaded twice is recognised row batch by row batch: a load that was broken off goes on where it stopped.
"""

import csv
import datetime as dt
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import visible
from qiangqu.lake.telemetry import AHEAD, DAY, LARGEST, Batch, append_many, raw_days
from qiangqu.registry import audit

from .gateway.directory import Directory
from .hj212.codes import MARKS, STATISTICS
from .incoming import INTERVALS, stored_flag
from .models import Device

HEADINGS = {
    "mn": ("mn", "设备编码"),
    "factor": ("factor", "因子", "因子代码"),
    "time": ("time", "时间"),
    "value": ("value", "数值"),
    "flag": ("flag", "标记"),
    "interval": ("interval", "时段"),
    "statistic": ("statistic", "统计量"),
}
REQUIRED = ("mn", "factor", "time", "value")
MAX_BYTES = 512 << 20
MAX_FACTOR = 20
MAX_FAULTS = 50
CHUNK = 200_000
CHINA = dt.timezone(dt.timedelta(hours=8))
_STATISTICS = frozenset(one.decode() for one in STATISTICS)
Series = tuple[str, str, str, str]  # mn, interval, factor, statistic


@dataclass
class Columns:
    """The rows of a file that can be stored: which series, when, what."""

    series: dict[Series, int] = field(default_factory=dict)
    number: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    flag: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loaded:
    """``rows`` stored now, ``repeats`` that an earlier load of the same file had stored."""

    rows: int
    repeats: int


def read_rows(path: Path, *, now: int | None = None) -> Columns:
    """The rows of a file, checked but for whose devices they are. Raises InputError that names the first bad rows."""
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"文件超过 {MAX_BYTES >> 20} MB，请分成几个文件", where=path.name)
    clock = int(timezone.now().timestamp() * 1000) if now is None else now
    limits = (clock - raw_days() * DAY, clock + AHEAD)
    columns, faults = Columns(), []
    seen: set[tuple[int, int]] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            places = _headings(next(rows, []), path.name)
            for line, row in enumerate(rows, 2):
                if not any(row):
                    continue
                try:
                    _take(columns, seen, row, places, limits)
                except InputError as error:
                    faults.append(f"第{line}行：{error.message}")
                    if len(faults) >= MAX_FAULTS:
                        break
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("不是 UTF-8 编码的 CSV 文件", where=path.name) from error
    if faults:
        raise InputError(f"有 {len(faults)} 行有误，全部未导入：{'；'.join(faults)}", where=path.name)
    if not columns.value:
        raise InputError("没有数据行", where=path.name)
    return columns


def _headings(row: list[str], name: str) -> dict[str, int]:
    given = [cell.strip().lower() for cell in row]
    places = {key: given.index(word) for key, words in HEADINGS.items() for word in words if word in given}
    missing = [HEADINGS[key][-1] for key in REQUIRED if key not in places]
    if missing:
        raise InputError(f"缺少列 {'、'.join(missing)}（或 mn, factor, time, value）", where=name)
    return places


def _take(
    columns: Columns, seen: set[tuple[int, int]], row: list[str], places: dict[str, int], limits: tuple[int, int]
) -> None:
    def cell(key: str, default: str = "") -> str:
        place = places.get(key)
        return (row[place].strip() if place is not None and place < len(row) else "") or default

    mn, factor = cell("mn"), cell("factor")
    if not mn:
        raise InputError("没有设备编码")
    if not (0 < len(factor) <= MAX_FACTOR and factor.isascii() and factor.replace("_", "").isalnum()):
        raise InputError(f"因子“{factor[:20]}”应为不超过 20 个字母、数字或下划线")
    interval, statistic = cell("interval", "realtime"), cell("statistic", "Rtd")
    if interval not in INTERVALS:
        raise InputError(f"时段“{interval[:12]}”应为 {'、'.join(sorted(INTERVALS))} 之一")
    if statistic not in _STATISTICS:
        raise InputError(f"统计量“{statistic[:12]}”不认识")
    mark = cell("flag")
    if mark and mark.encode("ascii", "replace") not in MARKS:
        raise InputError(f"标记“{mark[:4]}”应为 {'、'.join(sorted(m.decode() for m in MARKS))} 之一")
    at = _time(cell("time"), limits)
    value = _value(cell("value"))
    number = columns.series.setdefault((mn, interval, factor, statistic), len(columns.series))
    if (number, at) in seen:
        raise InputError("同一设备、因子、时间写了两次")
    seen.add((number, at))
    columns.number.append(number)
    columns.time.append(at)
    columns.value.append(value)
    columns.flag.append(stored_flag(mark))


def _time(text: str, limits: tuple[int, int]) -> int:
    try:
        found = dt.datetime.fromisoformat(text[:40])
        at = int((found if found.tzinfo else found.replace(tzinfo=CHINA)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise InputError(f"时间“{text[:24]}”读不懂，应写成 2026-11-23 08:00:00") from error
    if not limits[0] <= at <= limits[1]:
        raise InputError(f"时间“{text[:24]}”在可收范围之外")
    return at


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InputError(f"数值“{text[:24]}”不是数") from error
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise InputError(f"数值“{text[:24]}”不是有限的数，或过大")
    return value


def load(path: Path, user: Any = None, report: Callable[[str], None] = lambda _text: None) -> Loaded:
    """Store a file's rows. ``user`` None: the operator, who may write for all devices.

    Raises InputError naming the file and its bad rows or unknown devices; nothing is then stored.
    """
    columns = read_rows(path)
    devices = (
        Device.objects.filter(valid_to=None) if user is None else visible(Device.objects.filter(valid_to=None), user)
    )
    mns = {series[0] for series in columns.series}
    areas = dict(devices.filter(mn__in=mns).values_list("mn", "area__path"))
    unknown = sorted(mns - areas.keys())
    if unknown:
        raise InputError(f"没有登记这些设备，或它们不在您的管辖范围内：{'、'.join(unknown[:10])}", where=path.name)
    points = _points(columns, path.name)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    stored = repeats = 0
    total = len(columns.value)
    for start in range(0, total, CHUNK):
        end = min(start + CHUNK, total)
        part = np.array(columns.number[start:end])
        batch = Batch(
            f"csv|{sha256}|{start}",
            points[part],
            np.array(columns.time[start:end], np.int64),
            np.array(columns.value[start:end], np.float64),
            np.array(columns.flag[start:end], np.uint8),
        )
        done = append_many([batch])[0]
        stored, repeats = stored + done.rows, repeats + (end - start if done.repeat else 0)
        report(f"已处理 {end} / {total} 行")
    audit.record(
        user,
        "telemetry_backfilled",
        object_type="device",
        object_id=path.name[:60],
        area_path=min(areas.values(), key=len),
        detail={"file": path.name[:200], "sha256": sha256, "rows": stored, "repeats": repeats, "devices": len(mns)},
    )
    return Loaded(stored, repeats)


def _points(columns: Columns, name: str) -> "np.ndarray[Any, Any]":
    """The lake's point number of each series, made where it is new."""
    from .hj212.region import Layout

    directory = Directory()
    directory.reload()
    points = np.zeros(len(columns.series), np.int32)
    groups: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for (mn, interval, factor, statistic), number in columns.series.items():
        groups.setdefault((mn, interval), []).append((factor, statistic, number))
    for (mn, interval), series in groups.items():
        device = directory.get(mn.encode())
        assert device is not None
        layout = Layout([(factor, statistic) for factor, statistic, _ in series], [], [], [])
        found = directory.points(device, interval, layout)
        if (found < 0).any():
            raise InputError(f"设备 {mn} 的测点过多", where=name)
        points[[number for _, _, number in series]] = found
    return points
