"""Readings of devices that do not speak HJ 212, in the shape in which the gateway stores all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from .gateway.readings import INVALID, Layout, Readings, Series
from .hj212.codes import MARKS, Refusal

MAX_READINGS = 2000  # of one message
MAX_LAYOUTS = 4096
INTERVALS = frozenset(("realtime", "minute", "hour", "day"))


@dataclass(frozen=True, slots=True)
class Reading:
    """One value: ``at`` milliseconds UTC, ``flag`` a mark of HJ 212-2017 table 8 (letter) or ""."""

    factor: str
    at: int
    value: float
    statistic: str = "Rtd"
    flag: str = ""


_layouts: dict[tuple[Series, ...], Layout] = {}


def _layout(series: tuple[Series, ...]) -> Layout:
    known = _layouts.get(series)
    if known is None:
        if len(_layouts) >= MAX_LAYOUTS:
            _layouts.clear()
        known = _layouts[series] = Layout(series)
    return known


def stored_flag(mark: str) -> int:
    """A mark as the lake stores it: the letter's code, with a high bit for values that do not count. Raises
    KeyError for an unknown one.
    """
    if not mark:
        return 0
    code = MARKS[mark.encode("ascii", "replace")]
    return code if mark in "NS" else code | INVALID


def readings_of(given: Sequence[Reading]) -> Readings:
    """The readings of one message. What is not finite, too much, or said twice with one time is refused and
    counted.
    """
    readings = Readings()
    taken: list[Reading] = []
    seen: set[tuple[str, str, int]] = set()
    flags: list[int] = []
    for reading in given:
        key = (reading.factor, reading.statistic, reading.at)
        if len(taken) >= MAX_READINGS:
            readings.refuse(Refusal.TOO_MANY)
        elif not isfinite(reading.value):
            readings.refuse(Refusal.BAD_VALUE)
        elif reading.flag and reading.flag.encode("ascii", "replace") not in MARKS:
            readings.refuse(Refusal.BAD_MARK)
        elif key in seen:
            readings.refuse(Refusal.REPEATED_ITEM)
        else:
            seen.add(key)
            taken.append(reading)
            flags.append(stored_flag(reading.flag))
    readings.layout = _layout(tuple((reading.factor, reading.statistic) for reading in taken))
    readings.values = [float(reading.value) for reading in taken]
    readings.flags = flags
    readings.times = [reading.at for reading in taken]
    return readings
