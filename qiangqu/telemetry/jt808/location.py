"""What a position says (0x0200, and each of 0x0704): place, speed, alarm and status words, additional items.

Each value has its factor; one position is one set of values at the terminal's own time. Lengths of items that are
not those of the standard, and items that it does not have, stay in the message, which is kept as it came.
"""

import datetime as dt
from struct import Struct

from ..gateway.readings import INVALID, Layout, Readings
from .codes import ENCRYPTED, FIXED, SOUTH, WEST, Quirk, Refusal

FIX = Struct(">IIIIHHH")
SIZE = FIX.size + 6
LON, LAT, SPEED, COURSE, ALTITUDE, ALARM, STATUS = "vlon", "vlat", "vspeed", "vcourse", "valt", "valarm", "vstatus"
BASE = (LON, LAT, SPEED, COURSE, ALTITUDE, ALARM, STATUS)
#: of an item its length, factor, what one step of it is; the statistic is always Rtd
ITEMS: dict[int, tuple[int, str, float]] = {
    0x01: (4, "vmileage", 0.1),
    0x02: (2, "vfuel", 0.1),
    0x03: (2, "vrecorder", 0.1),
    0x06: (2, "vcargotemp", 1.0),
    0x25: (4, "vsignals", 1.0),
    0x2A: (2, "vio", 1.0),
    0x30: (1, "vradio", 1.0),
    0x31: (1, "vsatellites", 1.0),
}
ANALOGUE, TEMPERATURE = 0x2B, 0x06
AD = ("vad0", "vad1")
#: an alarm that somebody has to confirm, area, route and segment alarms of the terminal itself: told in words
IN_WORDS = (0x04, 0x11, 0x12, 0x13)
GOOD, DOUBTFUL, BEYOND = ord("N"), INVALID | ord("D"), INVALID | ord("T")
_TENS = [10 * (byte >> 4) + (byte & 15) if (byte >> 4) < 10 and (byte & 15) < 10 else -1 for byte in range(256)]
_CHINA = dt.timezone(dt.timedelta(hours=8))
_MOST_DAYS, _MOST_LAYOUTS = 4000, 512
_days: dict[bytes, int] = {}
_layouts: dict[bytes, Layout] = {}


def milliseconds(time: bytes) -> int | None:
    """A BCD time ``YYMMDDhhmmss`` of GMT+8 in milliseconds UTC; None for what is no time.

    >>> milliseconds(bytes.fromhex("180715101010")) == 1531620610000
    True
    """
    day = _days.get(time[:3])
    if day is None:
        year, month, date = (_TENS[byte] for byte in time[:3])
        try:
            begin = dt.datetime(2000 + year, month, date, tzinfo=_CHINA) if year >= 0 else None
        except ValueError:
            begin = None
        if begin is None:
            return None
        if len(_days) >= _MOST_DAYS:
            _days.clear()
        day = _days[time[:3]] = int(begin.timestamp()) * 1000
    hour, minute, second = _TENS[time[3]], _TENS[time[4]], _TENS[time[5]]
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    return day + ((hour * 60 + minute) * 60 + second) * 1000


def read(body: bytes) -> Readings | Refusal:
    """The values of a position; a refusal for one without its fixed part or time. Coordinates without a fix, and
    impossible ones, are kept but do not count."""
    if len(body) < SIZE:
        return Refusal.BAD_ITEM
    at = milliseconds(body[22:28])
    if at is None:
        return Refusal.NO_TIME
    alarm, status, lat, lon, altitude, speed, course = FIX.unpack_from(body)
    readings = Readings()
    readings.times = at
    mark = GOOD if status & FIXED and not status & ENCRYPTED else DOUBTFUL
    if lat > 90_000_000 or lon > 180_000_000:
        mark = BEYOND
        readings.quirks.add(Quirk.IMPLAUSIBLE)
    readings.values = values = [
        (-lon if status & WEST else lon) / 1e6,
        (-lat if status & SOUTH else lat) / 1e6,
        speed / 10,
        course,
        altitude if altitude < 0x8000 else altitude - 0x10000,
        alarm,
        status,
    ]
    readings.flags = [mark, mark, mark, mark, mark, GOOD, GOOD]
    size = len(body)
    if size == SIZE:
        readings.layout = _layout(b"")
        return readings
    found, seen = b"", SIZE
    flags = readings.flags
    while seen + 2 <= size:
        kind, length = body[seen], body[seen + 1]
        end = seen + 2 + length
        if end > size:
            break
        known = ITEMS.get(kind)
        if known is not None and body[seen : seen + 1] not in found:
            if known[0] == length:
                number = int.from_bytes(body[seen + 2 : end], "big")
                if kind == TEMPERATURE and number & 0x8000:
                    number = -(number & 0x7FFF)
                values.append(number * known[2])
                flags.append(GOOD)
                found += body[seen : seen + 1]
            else:
                readings.quirks.add(Quirk.ITEM_LENGTH)
        elif kind == ANALOGUE and length == 4 and b"\x2b" not in found:
            values += (int.from_bytes(body[end - 2 : end], "big"), int.from_bytes(body[end - 4 : end - 2], "big"))
            flags += (GOOD, GOOD)
            found += b"\x2b"
        elif kind in IN_WORDS:
            readings.extras[f"0x{kind:02x}"] = body[seen + 2 : end].hex()
        seen = end
    if seen != size:
        readings.quirks.add(Quirk.ITEMS_BAD)
    readings.layout = _layout(found)
    return readings


def _layout(items: bytes) -> Layout:
    layout = _layouts.get(items)
    if layout is None:
        names = list(BASE)
        for kind in items:
            names += AD if kind == ANALOGUE else [ITEMS[kind][1]]
        layout = Layout([(name, "Rtd") for name in names])
        if len(_layouts) >= _MOST_LAYOUTS:  # of terminals that make up orders: theirs are not remembered
            return layout
        _layouts[items] = layout
    return layout


def split(body: bytes) -> tuple[list[bytes], bool, bool]:
    """The positions of a batch (0x0704); whether they come late (a blind zone); whether they fill the batch."""
    if len(body) < 3:
        return [], False, False
    count, late = int.from_bytes(body[:2], "big"), body[2] == 1
    found: list[bytes] = []
    at = 3
    while at + 2 <= len(body) and len(found) < count:
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if end > len(body):
            break
        found.append(body[at + 2 : end])
        at = end
    return found, late, len(found) == count and at == len(body)


def write(
    at: dt.datetime,
    lon: float,
    lat: float,
    *,
    speed: float = 0.0,
    course: int = 0,
    altitude: int = 0,
    alarm: int = 0,
    status: int = 0b11,
    items: dict[int, bytes] | None = None,
) -> bytes:
    """The body of a position, for simulators and tests. ``speed`` in km/h, ``altitude`` in m."""
    status |= (SOUTH if lat < 0 else 0) | (WEST if lon < 0 else 0)
    fixed = FIX.pack(
        alarm, status, round(abs(lat) * 1e6), round(abs(lon) * 1e6), altitude & 0xFFFF, round(speed * 10), course % 360
    )
    time = bytes.fromhex(at.astimezone(_CHINA).strftime("%y%m%d%H%M%S"))
    return fixed + time + b"".join(bytes((kind, len(value))) + value for kind, value in (items or {}).items())
