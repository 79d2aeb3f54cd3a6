"""History of devices from CSV files: what a data logger wrote while it had no connection, or what an older platform exports.

One row is one value. Columns (the Chinese names are understood as well): ``mn``, ``factor``, ``time``, ``value`` and, where wanted, ``interval``
(realtime unless given), ``statistic`` (Rtd for realtime, Avg for the others) and ``flag`` (a mark of HJ 212-2017, table 8). A time is ISO 8601 or the 14
digits of HJ 212; without a zone it is China Standard Time. UTF-8 or GBK.

A file is taken whole or not at all, in one commit of the lake. Its id is the hash of its content, so that a file given twice is stored once.
"""

import csv
import datetime as dt
import hashlib
import io
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from qiangqu.base.errors import InputError
from qiangqu.lake import telemetry as lake
from qiangqu.registry import audit

from .gateway.directory import MAX_POINTS, Directory
from .hj212.codes import MARKS, STATISTICS
from .hj212.region import Layout, from_iso, milliseconds
from .incoming import INTERVALS, stored_flag

MAX_BYTES = 256 << 20
MAX_ROWS = 2_000_000
MAX_CELL = 200  # characters
MAX_NAMED = 20  # wrong rows that the error names one by one
CHINA = dt.timezone(dt.timedelta(hours=8))
REQUIRED = ("mn", "factor", "time", "value")
COLUMNS = {
    "mn": "mn", "设备编码": "mn", "设备": "mn",
    "factor": "factor", "因子代码": "factor", "因子": "factor",
    "time": "time", "时间": "time",
    "value": "value", "数值": "value",
    "interval": "interval", "时段": "interval",
    "statistic": "statistic", "统计量": "statistic",
    "flag": "flag", "标记": "flag",
}  # fmt: skip
_STATISTICS = frozenset(s.decode() for s in STATISTICS)
_INTERVALS = {"实时": "realtime", "分钟": "minute", "小时": "hour", "日": "day"} | {name: name for name in INTERVALS}
_Series = tuple[str, str, str, str]  # MN, interval, factor, statistic


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a file: rows stored, of how many devices and points; ``repeat``: it had been stored before, and nothing was stored now."""

    rows: int
    devices: int
    points: int
    repeat: bool


@dataclass(slots=True)
class _Rows:
    """Rows that are right so far; ``series`` numbers the different series in the order of their first row."""

    series: dict[_Series, int] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def fill(path: Path, *, now: int | None = None) -> Filled:
    """Store the values of a CSV file. ``now``: the node's clock in milliseconds UTC (for tests).

    Raises InputError, with nothing stored, that names the file, the wrong rows and what is wrong in each; StorageFullError when the disk is full.
    Must not be called inside a transaction.
    """
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"文件超过 {MAX_BYTES >> 20} MB，请分成几个文件", where=path.name)
    raw = path.read_bytes()
    clock = time.time_ns() // 1_000_000 if now is None else now
    directory = Directory()
    directory.reload()
    rows = _read(_text(raw, path.name), path.name, directory, clock)
    devices = {mn for mn, *_ in rows.series}
    numbers = _points(directory, rows, path.name)
    digest = hashlib.sha256(raw).hexdigest()
    done = lake.append(
        f"backfill|{digest}",
        numbers[np.array(rows.places, np.int64)],
        np.array(rows.times, np.int64),
        np.array(rows.values, np.float64),
        np.array(rows.flags, np.uint8),
        now=clock,
    )
    if done.refused:  # checked row by row above: the lake and this module disagree
        raise AssertionError(f"rows refused after they were checked: {dict(done.refused)}")
    if not done.repeat:
        detail = {"file": path.name[:200], "sha256": digest, "rows": done.rows, "devices": sorted(devices)[:100]}
        audit.record(None, "telemetry_backfilled", object_type="device", object_id=digest[:16], detail=detail)
    return Filled(0 if done.repeat else done.rows, len(devices), len(rows.series), done.repeat)


def _text(raw: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("不是 UTF-8 也不是 GBK 文本", where=name)


def _read(text: str, name: str, directory: Directory, clock: int) -> _Rows:
    """The file's rows, checked. Raises InputError that names the wrong ones."""
    reader = csv.reader(io.StringIO(text, newline=""))
    wrong: list[str] = []
    count = 0
    rows = _Rows()
    oldest, newest = clock - lake.raw_days() * lake.DAY, clock + lake.AHEAD
    try:
        columns = _columns(next(reader, []), name)
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MAX_ROWS:
                raise InputError(f"数据超过 {MAX_ROWS} 行，请分成几个文件", where=name)
            try:
                _row(rows, line, cells, columns, directory, oldest, newest)
            except InputError as error:
                wrong.append(f"第{line}行 {error.message}" if len(wrong) < MAX_NAMED else "")
    except csv.Error as error:
        raise InputError(f"第{reader.line_num}行不是合法的 CSV（{error}）", where=name) from error
    if not count:
        raise InputError("没有数据行", where=name)
    if not wrong:
        wrong = _twice(rows)
    if wrong:
        more = f"；等共 {len(wrong)} 行" if len(wrong) > MAX_NAMED else ""
        raise InputError("；".join(wrong[:MAX_NAMED]) + more + "。整个文件没有写入，请改正后再导入", where=name)
    return rows


def _columns(header: list[str], name: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(header):
        column = COLUMNS.get(cell.strip().lower())
        if column is None:
            raise InputError(f"不认识的列“{cell.strip()[:20]}”；可用 {'、'.join(COLUMNS)}", where=f"{name} 第1行")
        if column in found:
            raise InputError(f"列 {column} 写了两次", where=f"{name} 第1行")
        found[column] = at
    missing = [column for column in REQUIRED if column not in found]
    if missing:
        raise InputError(f"缺少列 {'、'.join(missing)}", where=f"{name} 第1行")
    return found


def _row(
    rows: _Rows, line: int, cells: list[str], columns: Mapping[str, int], directory: Directory, oldest: int, newest: int
) -> None:
    if len(cells) > len(columns):
        raise InputError(f"有 {len(cells)} 格，应为 {len(columns)} 格")
    row = {column: cells[at].strip() if at < len(cells) else "" for column, at in columns.items()}
    long = next((column for column, cell in row.items() if len(cell) > MAX_CELL), None)
    if long:
        raise InputError(f"{long} 超过 {MAX_CELL} 个字")
    if directory.get(row["mn"].encode()) is None:
        raise InputError(f"没有登记设备“{row['mn'][:40]}”")
    factor = row["factor"]
    if not (0 < len(factor) <= 20 and factor.isascii() and factor.replace("_", "").isalnum()):
        raise InputError(f"因子代码“{factor[:20]}”应为不超过 20 个字母、数字或下划线")
    interval = _INTERVALS.get(row.get("interval") or "realtime")
    if interval is None:
        raise InputError(f"时段“{row['interval'][:20]}”应为 {'、'.join(_INTERVALS)} 之一")
    statistic = row.get("statistic") or ("Rtd" if interval == "realtime" else "Avg")
    if statistic not in _STATISTICS:
        raise InputError(f"统计量“{statistic[:20]}”应为 {'、'.join(sorted(_STATISTICS))} 之一")
    flag = row.get("flag", "")
    if flag and flag.encode("utf-8") not in MARKS:
        raise InputError(f"标记“{flag[:20]}”应为 {'、'.join(sorted(mark.decode() for mark in MARKS))} 之一或不写")
    at = moment(row["time"])
    if not oldest <= at <= newest:
        raise InputError(f"时间“{row['time'][:40]}”比保留期更早，或比现在晚一天以上")
    value = _value(row["value"])
    series = (row["mn"], interval, factor, statistic)
    rows.places.append(rows.series.setdefault(series, len(rows.series)))
    rows.times.append(at)
    rows.values.append(value)
    rows.flags.append(stored_flag(flag))
    rows.lines.append(line)


def moment(text: str) -> int:
    """A time as milliseconds UTC; without a zone it is China Standard Time. Raises InputError."""
    if len(text) == 14 and text.isascii() and text.isdigit():
        found = milliseconds(text.encode())
        if found is not None:
            return found
    elif len(text) >= 8:
        try:
            at = from_iso(text.replace("/", "-"))
            return round((at if at.tzinfo else at.replace(tzinfo=CHINA)).timestamp() * 1000)
        except (ValueError, OverflowError):
            pass
    raise InputError(f"时间“{text[:40]}”应如 2026-11-23 08:00:00 或 20261123080000")


def _value(text: str) -> float:
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > lake.LARGEST:
        raise InputError(f"数值“{text[:40]}”不是可用的数")
    return value


def _twice(rows: _Rows) -> list[str]:
    """Rows that give a series a second value for one time."""
    places, times = np.array(rows.places, np.int64), np.array(rows.times, np.int64)
    order = np.lexsort((times, places))
    same = (np.diff(places[order]) == 0) & (np.diff(times[order]) == 0)
    pairs = sorted(
        (rows.lines[second], rows.lines[first]) for first, second in zip(order[:-1][same], order[1:][same], strict=True)
    )
    return [f"第{line}行 与第{earlier}行的设备、因子、时段、统计量和时间相同" for line, earlier in pairs]


def _points(directory: Directory, rows: _Rows, name: str) -> NDArray[np.int32]:
    """The point number of each series; points that are new are registered, all of them or none."""
    wanted: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for mn, interval, factor, statistic in rows.series:
        wanted.setdefault((mn, interval), []).append((factor, statistic))
    found: dict[_Series, int] = {}
    with transaction.atomic():
        for (mn, interval), series in wanted.items():
            device = directory.devices[mn.encode()]
            numbers = directory.points(device, interval, Layout(series, [], [], []))
            if numbers.min() < 0:  # leaving the block undoes what was registered so far
                raise InputError(f"设备 {mn} 的测点会超过 {MAX_POINTS} 个，没有写入", where=name)
            found |= {(mn, interval, *one): int(number) for one, number in zip(series, numbers, strict=True)}
        all_numbers = np.array([found[one] for one in rows.series], np.int32)
        if len(set(all_numbers.tolist())) < len(all_numbers):
            raise InputError("同一因子用了新旧两种代码，请统一成一种", where=name)
    return all_numbers
