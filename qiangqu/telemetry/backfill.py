"""History of devices from tables (.csv, .xlsx): what a data logger wrote while it had no connection, or what
an older platform exports.

One row is one value. Columns (the Chinese names are understood as well): ``mn``, ``factor``, ``time``,
``value`` and, where wanted, ``interval`` (realtime unless given), ``statistic`` (Rtd for realtime, Avg for
the others) and ``flag`` (a mark of HJ 212-2017, table 8). A time is ISO 8601 or the 14 digits of HJ 212;
without a zone it is China Standard Time. UTF-8 or GBK, and whatever Excel and WPS make of such a file when
they save it (:mod:`qiangqu.ui.spreadsheets`).

A file is taken whole or not at all, in one commit of the lake. Its id is the hash of its content, so that a
file given twice is stored once.
"""

import datetime as dt
import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from qiangqu.base.errors import InputError
from qiangqu.base.terms import clauses
from qiangqu.base.text import folded
from qiangqu.lake import telemetry as lake
from qiangqu.registry import audit
from qiangqu.ui.spreadsheets import (
    SUFFIXES,
    Cell,
    Limits,
    Table,
    code_shown,
    heading_text,
    number_of,
    open_table,
    readable,
    text_shown,
)
from qiangqu.ui.uploads import scanning

from .gateway.directory import MAX_POINTS, Directory
from .gateway.readings import Layout
from .hj212.codes import MARKS, STATISTICS
from .hj212.region import from_iso, milliseconds
from .incoming import INTERVALS, stored_flag

MAX_BYTES = 256 << 20
MAX_ROWS = 2_000_000
MAX_CELL = 200  # characters
LIMITS = Limits(MAX_BYTES, 1 << 30, 64 << 20, 50, MAX_CELL, 600.0)
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
_TIME = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)?", re.ASCII
)
_Series = tuple[str, str, str, str]  # MN, interval, factor, statistic


@dataclass(frozen=True, slots=True)
class Filled:
    """What became of a file: rows stored, of how many devices and points; ``repeat``: it had been stored
    before, and nothing was stored now.
    """

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
    """Store the values of a file. ``now``: the node's clock in milliseconds UTC (for tests).

    Raises InputError, with nothing stored, that names the file, the wrong rows and what is wrong in each;
    StorageFullError when the disk is full. Must not be called inside a transaction.
    """
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"文件超过 {MAX_BYTES >> 20} MB，请分成几个文件", where=path.name)
    scanning.scan_path(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    clock = time.time_ns() // 1_000_000 if now is None else now
    directory = Directory()
    directory.reload()
    rows = _read(path, directory, clock)
    devices = {mn for mn, *_ in rows.series}
    numbers = _points(directory, rows, path.name)
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


def _read(path: Path, directory: Directory, clock: int) -> _Rows:
    """The file's rows, checked. Raises InputError that names the wrong ones."""
    name = path.name
    try:
        # a file of any other name is text
        with open_table(path, LIMITS, _is_heading, name if path.suffix.lower() in SUFFIXES else f"{name}.csv") as table:
            rows, wrong = _rows_of(table, directory, clock)
    except InputError as error:
        at = f"{error.where} " if error.where and error.where not in (name, f"{name}.csv") else ""
        raise InputError(f"{at}{error.message}", where=name) from error
    if not wrong:
        wrong = _twice(rows)
    if wrong:
        more = f"；等共 {len(wrong)} 行" if len(wrong) > MAX_NAMED else ""
        raise InputError(clauses(wrong[:MAX_NAMED]) + more + "。整个文件没有写入，请改正后再导入", where=name)
    return rows


def _rows_of(table: Table, directory: Directory, clock: int) -> tuple[_Rows, list[str]]:
    """Rows that are right, and what is wrong with the others (named up to :data:`MAX_NAMED`)."""
    columns = _columns(table)
    rows, wrong, count = _Rows(), list[str](), 0
    oldest, newest = clock - lake.raw_days() * lake.DAY, clock + lake.AHEAD
    for line, cells in table.rows:
        count += 1
        if count > MAX_ROWS:
            raise InputError(f"数据超过 {MAX_ROWS} 行，请分成几个文件")
        try:
            _row(rows, line, cells, columns, table.from_csv, directory, oldest, newest)
        except InputError as error:
            wrong.append(f"第{line}行 {error.message}" if len(wrong) < MAX_NAMED else "")
    if not count:
        raise InputError("没有数据行")
    if table.found.hidden_rows or table.unseen:
        raise InputError(clauses(table.notes) + "。整个文件没有写入")
    return rows, wrong


def _is_heading(cells: list[Cell]) -> bool:
    return sum(COLUMNS.get(folded(heading_text(cell)).lower()) in REQUIRED for cell in cells) >= 2


def _columns(table: Table) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(table.heading):
        text = folded(heading_text(cell))
        if cell is None:
            continue
        column = COLUMNS.get(text.lower())
        if column is None:
            raise InputError(f"不认识的列“{text[:20]}”；可用 {'、'.join(COLUMNS)}", where=table.where)
        if column in found:
            raise InputError(f"列 {column} 写了两次", where=table.where)
        found[column] = at
    missing = [column for column in REQUIRED if column not in found]
    if missing:
        raise InputError(f"缺少列 {'、'.join(missing)}", where=table.where)
    return found


def _row(
    rows: _Rows,
    line: int,
    cells: list[Cell],
    columns: Mapping[str, int],
    from_csv: bool,
    directory: Directory,
    oldest: int,
    newest: int,
) -> None:
    places = set(columns.values())
    if any(cell is not None and at not in places for at, cell in enumerate(cells)):
        raise InputError(f"有 {len(cells)} 格，应为 {len(columns)} 格")
    given = {column: cells[at] if at < len(cells) else None for column, at in columns.items()}
    row = {}
    for column, cell in given.items():
        try:
            code = column in ("mn", "factor")
            row[column] = (
                code_shown(cell, from_csv) if code else "" if column in ("time", "value") else text_shown(cell)
            )
            readable(cell)
        except InputError as error:
            raise InputError(f"{column} {error.message}") from error
    if directory.get(row["mn"].encode()) is None:
        raise InputError(f"没有登记设备“{row['mn'][:40]}”")
    factor = row["factor"]
    if not (0 < len(factor) <= 20 and factor.isascii() and factor.replace("_", "").isalnum()):
        raise InputError(f"因子代码“{factor[:20]}”应为不超过 20 个字母、数字或下划线")
    # codes of HJ/T 212-2005 are 01, 060, 101 …
    if factor.isdigit() and (len(factor) == 1 or _lost_zeros(factor, directory)):
        raise InputError(f"因子代码“{factor}”像是被表格软件去掉了前面的 0；请把这一列设为“文本”后重新填写")
    interval = _INTERVALS.get(row.get("interval") or "realtime")
    if interval is None:
        raise InputError(f"时段“{row['interval'][:20]}”应为 {'、'.join(_INTERVALS)} 之一")
    statistic = row.get("statistic") or ("Rtd" if interval == "realtime" else "Avg")
    if statistic not in _STATISTICS:
        raise InputError(f"统计量“{statistic[:20]}”应为 {'、'.join(sorted(_STATISTICS))} 之一")
    flag = row.get("flag", "")
    if flag and flag.encode("utf-8") not in MARKS:
        raise InputError(f"标记“{flag[:20]}”应为 {'、'.join(sorted(mark.decode() for mark in MARKS))} 之一或不写")
    at = _time(given["time"])
    if not oldest <= at <= newest:
        raise InputError(f"时间“{text_shown(given['time'])[:40]}”比保留期更早，或比现在晚一天以上")
    value = _value(given["value"])
    series = (row["mn"], interval, factor, statistic)
    rows.places.append(rows.series.setdefault(series, len(rows.series)))
    rows.times.append(at)
    rows.values.append(value)
    rows.flags.append(stored_flag(flag))
    rows.lines.append(line)


def _lost_zeros(factor: str, directory: Directory) -> bool:
    """Whether digits are no factor's code, and are one with zeros before them."""
    known = directory._factor
    return known(factor) is None and any(known(factor.zfill(length)) is not None for length in (2, 3))


def _time(cell: Cell) -> int:
    cell = readable(cell)
    if isinstance(cell, dt.datetime):
        return round(cell.replace(tzinfo=CHINA).timestamp() * 1000)
    if isinstance(cell, dt.date):
        return moment(cell.isoformat())
    return moment(text_shown(cell))


def _iso(year: str, _mark: str, month: str, day: str, hour: str, minute: str, second: str, fraction: str) -> str:
    return f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}.{fraction:0<6}"


def moment(text: str) -> int:
    """A time as milliseconds UTC; without a zone it is China Standard Time.

    >>> moment("2026/11/5 8:00") == moment("2026-11-05 08:00:00") == moment("20261105080000") == moment("2026-11-05T00:00Z")
    True

    Raises InputError.
    """
    plain = folded(text)
    if len(plain) == 14 and plain.isascii() and plain.isdigit():
        found = milliseconds(plain.encode())
        if found is not None:
            return found
    try:
        parts = _TIME.fullmatch(plain)
        if parts or len(plain) >= 8:
            at = from_iso(_iso(*parts.groups("0")) if parts else plain.replace("/", "-"))
            return round((at if at.tzinfo else at.replace(tzinfo=CHINA)).timestamp() * 1000)
    except (ValueError, OverflowError):
        pass
    if re.fullmatch(r"\d(\.\d+)?E\+\d+", plain, re.ASCII):
        raise InputError(
            f"时间“{plain}”被表格软件改成了科学计数，后面的数字已经丢失；请把这一列设为“文本”或日期时间后重新填写"
        )
    raise InputError(f"时间“{text[:40]}”应如 2026-11-23 08:00:00 或 20261123080000")


def _value(cell: Cell) -> float:
    try:
        value, unit = number_of(cell)
    except InputError as error:
        if not isinstance(cell, (str, type(None))):
            raise
        raise InputError(f"数值“{(cell or '')[:40]}”不是可用的数") from error
    if unit or abs(value) > lake.LARGEST:
        raise InputError(f"数值“{value:.15g}{unit}”不是可用的数")
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
            numbers = directory.points(device, interval, Layout(series))
            if numbers.min() < 0:  # leaving the block undoes what was registered so far
                raise InputError(f"设备 {mn} 的测点会超过 {MAX_POINTS} 个，没有写入", where=name)
            found |= {(mn, interval, *one): int(number) for one, number in zip(series, numbers, strict=True)}
        all_numbers = np.array([found[one] for one in rows.series], np.int32)
        if len(set(all_numbers.tolist())) < len(all_numbers):
            raise InputError("同一因子用了新旧两种代码，请统一成一种", where=name)
    return all_numbers
