"""The data region of a packet (``CP=&&…&&``): values of factors with their marks and times.

A device sends the same items in the same order again and again. The order is therefore worked out once, as a
:class:`Layout`, and every later region of the same shape is taken apart by one split and a few bulk calls.
"""

import calendar
import datetime as dt
import re
from math import isfinite
from operator import itemgetter
from typing import Any

from ..gateway import readings
from ..gateway.readings import INVALID, Readings, Series
from .codes import COUNTING, MARKS, STATISTICS, UNAVAILABLE, Quirk, Refusal

MAX_ITEMS = 2000
MAX_LAYOUTS = 4096
MAX_REMEMBERED = 200_000  # series in all layouts together
CHINA = 8 * 3600

_TO_SEMICOLON = bytes.maketrans(b",=", b";;")
_NOT_SEPARATORS = bytes(byte for byte in range(256) if byte not in b",;=")
_FACTOR = re.compile(rb"[A-Za-z0-9_]{1,20}\Z")
_FLAGS = {mark: code if code in COUNTING else code | INVALID for mark, code in MARKS.items()}
_FLAGS_TEXT = {mark.decode(): code for mark, code in _FLAGS.items()}
_FLAGS_LOOSE = {**_FLAGS, **{mark.lower(): code for mark, code in _FLAGS.items()}, b"": 0}
_MINUTES: dict[bytes, int] = {}  # what milliseconds() found of YYYYMMDDhhmm
MAX_MINUTES = 50_000


class Layout(readings.Layout):
    """Where the values, marks and times stand in a region of one shape."""

    __slots__ = ("marked", "marks", "slots", "take_marks", "take_values", "times", "values")

    def __init__(self, series: list[Series], values: list[int], marks: list[int], times: list[int]) -> None:
        super().__init__(series)
        self.values, self.marks, self.times = values, marks, times
        self.marked = -1 not in marks
        self.take_values = itemgetter(*values) if len(values) > 1 else None
        self.take_marks = itemgetter(*marks) if len(marks) > 1 and min(marks) >= 0 else None
        self.slots = sorted(set(times))


def milliseconds(text: bytes) -> int | None:
    """YYYYMMDDhhmmss of China Standard Time as milliseconds UTC, midnight also as 240000 of the day before;
    None when it is no such time.
    """
    if len(text) != 14 or not text.isdigit():
        return None
    second = int(text[12:])
    minute_begins = _MINUTES.get(text[:12])
    if minute_begins is not None and second < 60:
        return minute_begins + second * 1000
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute = int(text[8:10]), int(text[10:12])
    if not (year >= 1970 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    # 24:00:00, the end of a day, is the beginning of the next (GB/T 7408)
    last = (hour, minute, second) == (24, 0, 0)
    if (hour > 23 or minute > 59 or second > 59) and not last:
        return None
    begins = (calendar.timegm((year, month, day, hour, minute, 0)) - CHINA) * 1000
    if not last:
        if len(_MINUTES) >= MAX_MINUTES:
            _MINUTES.clear()
        _MINUTES[text[:12]] = begins
    return begins + second * 1000


def loose_time(text: bytes) -> tuple[int | None, bool]:
    """A time, also with milliseconds, without seconds or with separators; and whether it departs from the
    standard.
    """
    exact = milliseconds(text)
    if exact is not None:
        return exact, False
    digits = text.strip().translate(None, b"-:/ T")
    if len(digits) == 12:
        return milliseconds(digits + b"00"), True
    if len(digits) == 17 and digits.isdigit():
        whole = milliseconds(digits[:14])
        return (None if whole is None else whole + int(digits[14:])), True
    return milliseconds(digits), True


_ISO_24 = re.compile(r"(\d{4}-\d\d-\d\d[T ])24:00(:00(?:\.0+)?)?(?![\d:])")


def from_iso(text: str) -> dt.datetime:
    """As ``datetime.fromisoformat``, also for 24:00 as the end of a day (ISO 8601), which Python reads from
    3.13 on. Raises ValueError.

    >>> from_iso("2026-11-22 24:00:00"), from_iso("2026-12-31T24:00+08:00").isoformat()
    (datetime.datetime(2026, 11, 23, 0, 0), '2027-01-01T00:00:00+08:00')
    """
    found = _ISO_24.match(text)
    if found is None:
        return dt.datetime.fromisoformat(text)
    return dt.datetime.fromisoformat(f"{found[1]}00:00{found[2] or ''}{text[found.end() :]}") + dt.timedelta(days=1)


def decode_text(raw: bytes) -> str:
    """Text as devices send it: UTF-8 or GBK."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


class Reader:
    """Reads regions; remembers the layouts it met (at most :data:`MAX_LAYOUTS`, with :data:`MAX_REMEMBERED`
    series).
    """

    def __init__(self) -> None:
        self._layouts: dict[Any, Layout] = {}
        self._remembered = 0

    def read(self, text: bytes, *, default_time: int | None = None) -> Readings:
        """Take a region apart. ``default_time`` (ms) stands in where the region gives no time."""
        # text is taken apart faster than bytes; float() would take 1_000
        if text.isascii() and b"_" not in text:
            tokens = text.translate(_TO_SEMICOLON).decode("ascii").split(";")
            layout = self._layouts.get((text.translate(None, _NOT_SEPARATORS), *tokens[::2]))
            if layout is not None:
                region = _fast(layout, tokens[1::2])
                if region is not None:
                    return region
        return self._slow(text, default_time)

    def _slow(self, text: bytes, default_time: int | None) -> Readings:
        region = Readings()
        pairs = _pairs(text, region)
        if pairs is None:
            return region
        layout = _arrange(pairs, region)
        region.layout = layout
        _values(pairs, layout, region, default_time)
        # only a region without faults of form may be read by its shape the next time
        clean = ";".join("=" for _ in pairs)
        shape = text.translate(None, _NOT_SEPARATORS)
        if layout.series and len(shape) == len(clean) and not region.extras and min(layout.times) >= 0:
            self._remembered += len(layout.series)
            if len(self._layouts) >= MAX_LAYOUTS or self._remembered > MAX_REMEMBERED:
                self._layouts.clear()
                self._remembered = len(layout.series)
            self._layouts[(shape, *(decode_text(key) for key, _value, _group in pairs))] = layout
        return region


def _fast(layout: Layout, values: list[str]) -> Readings | None:
    """A region of a known shape; None when something in it needs a closer look."""
    try:
        if layout.take_values is not None:
            numbers = list(map(float, layout.take_values(values)))
        else:
            numbers = [float(values[layout.values[0]])]
        if layout.take_marks is not None:
            flags = list(map(_FLAGS_TEXT.__getitem__, layout.take_marks(values)))
        else:
            flags = [_FLAGS_TEXT[values[at]] if at >= 0 else 0 for at in layout.marks]
        moments = {at: milliseconds(values[at].encode()) for at in layout.slots}
        if None in moments.values():
            return None
        times: Any = moments[layout.slots[0]] if len(moments) == 1 else [moments[at] for at in layout.times]
    except (ValueError, KeyError):
        return None
    if not isfinite(sum(numbers)) or UNAVAILABLE in numbers:
        return None
    region = Readings()
    region.layout, region.values, region.flags, region.times = layout, numbers, flags, times
    if not layout.marked:
        region.quirks.add(Quirk.NO_MARK)
    return region


def _of_number(name: bytes, factors: set[bytes]) -> bool:
    """Whether what stands before a "=" is, or begins with, the rest of a number rather than what an item is
    called: ``a-Rtd=12,5=…``, and with a separator missing ``a-Rtd=12,5a-Flag=N``, where the name less its
    digits is that of a factor met before."""
    factor, dash, what = name.partition(b"-")
    if not name or not (name[:1].isdigit() or name[:1] in b".+-"):
        return not name
    if not dash or _FACTOR.match(factor) is None:
        return True
    if factor in factors:
        return False
    letters = factor.lstrip(b"0123456789")
    if letters or what not in (b"Flag", b"SampleTime"):
        return letters in factors
    return any(factor[at:] in factors for at in range(1, len(factor)))  # the codes of 2005 are digits only


def _pairs(text: bytes, region: Readings) -> list[tuple[bytes, bytes, int]] | None:
    """Items (name, value, group) in order.

    A piece that is no item belongs to the value before it (``a-Rtd=12,5``): it makes that value unreadable,
    so that no part of it is taken for the whole.
    """
    if text.count(b"=") > MAX_ITEMS:
        region.refuse(Refusal.TOO_MANY)
        return None
    found: list[tuple[bytes, int, int, int]] = []  # name, where the value begins and ends, group
    factors: set[bytes] = set()
    at = 0
    for number, group in enumerate(text.split(b";") if text else ()):
        for item in group.split(b","):
            name, equals, value = item.partition(b"=")
            begin, end = at + len(name) + 1, at + len(item)
            at = end + 1
            name = name.strip()
            if not equals and not name:
                region.quirks.add(Quirk.EXTRA_SEPARATOR)
            elif not equals or _of_number(name, factors):
                if found:
                    found[-1] = (*found[-1][:2], end, found[-1][3])
                else:
                    region.refuse(Refusal.BAD_ITEM)
            elif b"-" in name and _FACTOR.match(name.partition(b"-")[0]) is None:
                region.refuse(Refusal.BAD_ITEM)
            else:
                if b"=" in value:  # kept, so that no other item takes its place; it cannot be read
                    region.refuse(Refusal.BAD_ITEM)
                found.append((name, begin, end, number))
                factors.add(name.partition(b"-")[0])
    return [(name, text[begin:end], number) for name, begin, end, number in found]


def _arrange(pairs: list[tuple[bytes, bytes, int]], region: Readings) -> Layout:
    """Which items are values, and which marks and times go with them.

    A mark or sample time belongs to the values of its factor in its group, else to those of its factor since
    the last ``DataTime``.
    """
    section, section_time = 0, -1
    # series, place, group, section, place of the section's time
    found: list[tuple[Series, int, int, int, int]] = []
    near: dict[tuple[str, bytes, int], int] = {}
    wide: dict[tuple[str, bytes, int], int] = {}
    for at, (name, value, group) in enumerate(pairs):
        factor, dash, what = name.partition(b"-")
        if not dash:
            if name == b"DataTime":
                section, section_time = section + 1, at
            else:
                region.extras.setdefault(decode_text(name)[:40], decode_text(value))
            continue
        if what in (b"Flag", b"SampleTime"):
            kind = what.decode()
            near[kind, factor, group] = at
            wide[kind, factor, section] = at
        elif what in STATISTICS:
            found.append(((factor.decode(), what.decode()), at, group, section, section_time))
        else:
            region.extras.setdefault(decode_text(name)[:40], decode_text(value))
    counts: dict[tuple[Series, int, int], int] = {}
    rows = []
    for series, at, group, of_section, time_at in found:
        factor = series[0].encode()
        mark = near.get(("Flag", factor, group), wide.get(("Flag", factor, of_section), -1))
        sample = near.get(("SampleTime", factor, group), wide.get(("SampleTime", factor, of_section), time_at))
        key = (series, of_section, 0)
        counts[key] = counts.get(key, 0) + 1
        rows.append((series, at, mark, sample, key))
    kept = [row for row in rows if counts[row[4]] == 1]
    if len(kept) != len(rows):  # the same item twice: which one holds is anybody's guess
        region.refuse(Refusal.REPEATED_ITEM, len(rows) - len(kept))
    return Layout(
        [row[0] for row in kept], [row[1] for row in kept], [row[2] for row in kept], [row[3] for row in kept]
    )


def _values(pairs: list[tuple[bytes, bytes, int]], layout: Layout, region: Readings, default_time: int | None) -> None:
    kept: list[int] = []
    times: list[int] = []
    for place, (at, mark_at, time_at) in enumerate(zip(layout.values, layout.marks, layout.times, strict=True)):
        number = _number(pairs[at][1])
        if number is None:
            region.refuse(Refusal.BAD_VALUE)
            continue
        if number == UNAVAILABLE and layout.series[place][1].startswith("Zs"):
            region.refuse(Refusal.UNAVAILABLE)
            continue
        if time_at >= 0:
            moment, loose = loose_time(pairs[time_at][1])
            if moment is not None and loose:
                region.quirks.add(Quirk.TIME_FORMAT)
        else:
            moment = default_time
            if moment is not None:
                region.quirks.add(Quirk.TIME_FROM_QN)
        if moment is None:
            region.refuse(Refusal.NO_TIME)
            continue
        flag = 0
        if mark_at < 0:
            region.quirks.add(Quirk.NO_MARK)
        else:
            raw = pairs[mark_at][1].strip()
            code = _FLAGS_LOOSE.get(raw)
            if code is None:  # the value may be meant as invalid: kept out of means
                region.refuse(Refusal.BAD_MARK)
                continue
            if raw not in _FLAGS:
                region.quirks.add(Quirk.MARK_CASE if raw else Quirk.NO_MARK)
            flag = code
        kept.append(place)
        region.values.append(number)
        region.flags.append(flag)
        times.append(moment)
    region.kept = None if len(kept) == len(layout.values) else kept
    region.times = times[0] if times and min(times) == max(times) else times


def _number(raw: bytes) -> float | None:
    try:
        number = float(raw)
    except ValueError:
        return None
    return number if isfinite(number) and b"_" not in raw else None
