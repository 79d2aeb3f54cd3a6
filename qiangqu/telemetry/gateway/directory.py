"""The devices that the gateway knows, in memory, and the points of their series."""

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from ..health import alive_today
from ..models import Device, Factor, Point
from .readings import Layout, Series

MAX_POINTS = 5000  # of one device: a device that makes up names does not fill the register
MAX_SHAPES = 256
MOST_AT_ONCE = 500  # devices asked about, or points made, by one statement
MAX_ITEMS = 200  # named between two flushes: a device that makes up names does not fill the quality records


class Tally:
    """What happened with a device since the last flush."""

    __slots__ = ("frames", "items", "points", "quirks", "refused", "repeats", "seen", "skew")

    def __init__(self) -> None:
        self.frames = self.points = self.repeats = 0
        self.refused: Counter[str] = Counter()
        self.quirks: Counter[str] = Counter()
        # of those: what, refused, and the item it was about
        self.items: Counter[tuple[str, bool, str]] = Counter()
        self.seen: float = 0.0  # seconds since 1970
        self.skew: int | None = None  # milliseconds, platform minus device

    def note(self, what: str, item: str = "", *, refused: bool = True) -> None:
        """Count something refused (or taken, but noted), and what it was about."""
        (self.refused if refused else self.quirks)[what] += 1
        key = (what, refused, item[:200])
        if item and (key in self.items or len(self.items) < MAX_ITEMS):
            self.items[key] += 1

    def add(self, later: "Tally") -> None:
        """Take in what happened after this."""
        self.frames += later.frames
        self.points += later.points
        self.repeats += later.repeats
        self.refused += later.refused
        self.quirks += later.quirks
        self.items += later.items
        self.seen = max(self.seen, later.seen)
        self.skew = self.skew if later.skew is None else later.skew


class Known:
    """One registered device."""

    __slots__ = (
        "address",
        "enabled",
        "key",
        "mn",
        "password",
        "pk",
        "points",
        "protocol",
        "serial",
        "shapes",
        "system",
        "tally",
    )

    def __init__(
        self,
        pk: int,
        mn: str,
        password: str,
        key: str,
        system: str,
        enabled: bool,
        protocol: str = "",
        serial: str = "",
    ) -> None:
        self.pk, self.mn, self.enabled = pk, mn.encode(), enabled
        self.password = password.encode()
        self.key = bytes.fromhex(key) if key else None
        self.system, self.protocol, self.serial = system.encode(), protocol, serial.encode()
        self.points: dict[tuple[str, Series], int] = {}
        self.shapes: dict[tuple[str, Layout], NDArray[np.int32]] = {}
        self.tally = Tally()
        self.address = ""  # where it signed in last (:func:`.peers.address_of`)

    def take_tally(self) -> Tally | None:
        """The tally so far, and start anew; None when nothing happened. Called where the tally is written
        to.
        """
        seen = self.tally
        if not (seen.frames or seen.points or seen.repeats or seen.refused or seen.quirks):
            return None
        tally, self.tally = self.tally, Tally()
        return tally

    def give_back(self, tally: Tally) -> None:
        """A tally that was taken and could not be written."""
        tally.add(self.tally)
        self.tally = tally


class Directory:
    """All devices by MN. Methods that touch the database say so; they belong into the committing thread."""

    def __init__(self) -> None:
        self.devices: dict[bytes, Known] = {}
        self._factors: dict[str, Factor] = {}

    def get(self, mn: bytes) -> Known | None:
        return self.devices.get(mn)

    def speaking(self, mn: str, protocol: str) -> Known | None:
        """The device of this MN if it is registered for ``protocol`` and enabled."""
        device = self.devices.get(mn.encode())
        return device if device is not None and device.protocol == protocol and device.enabled else None

    def key_of(self, mn: bytes) -> bytes | None:
        """The SM4 key of a device, if it has one."""
        device = self.devices.get(mn)
        return device.key if device is not None else None

    def reload(self) -> None:
        """Read the register again (database). Devices that did not change keep what is known of them."""
        columns = ("pk", "mn", "password", "key", "system", "enabled", "protocol", "serial")
        found: dict[bytes, Known] = {}
        for row in Device.objects.filter(alive_today()).values_list(*columns).iterator():
            fresh = Known(*row)
            known = self.devices.get(fresh.mn)
            if known is not None and known.pk == fresh.pk:
                known.password, known.key, known.enabled = fresh.password, fresh.key, fresh.enabled
                known.system, known.protocol, known.serial = fresh.system, fresh.protocol, fresh.serial
                fresh = known
            found[fresh.mn] = fresh
        self.devices = found
        factors = list(Factor.objects.all())
        self._factors = {f.code_2005.lower(): f for f in factors if f.code_2005} | {f.code.lower(): f for f in factors}

    def points(self, device: Known, interval: str, layout: Layout) -> NDArray[np.int32]:
        """Point numbers of a layout's series; -1 where the device has too many points (database, when one is
        new).
        """
        key = (interval, layout)
        if key not in device.shapes:
            self.learn([(device, interval, layout)])
        return device.shapes[key]

    def learn(self, wanted: Iterable[tuple[Known, str, Layout]]) -> None:
        """Find the point numbers of layouts, of many devices by few questions; registers the points of series that
        are new, those that a device has too many of stay unknown (database).
        """
        fresh = [one for one in wanted if one[1:] not in one[0].shapes]
        if not fresh:
            return
        self._read({device for device, _interval, _layout in fresh if not device.points})
        new: dict[tuple[Known, str, Series], Point] = {}
        count = Counter({device: len(device.points) for device, _interval, _layout in fresh})
        for device, interval, layout in fresh:
            for series in layout.series:
                factor = self._factor(series[0])
                code = factor.code if factor is not None else series[0]
                key = (device, interval, (code, series[1]))
                known = key[1:] in device.points or (interval, series) in device.points or key in new
                if known or count[device] >= MAX_POINTS:
                    continue
                if factor is None:
                    device.tally.quirks["unknown_factor"] += 1
                count[device] += 1
                new[key] = Point(
                    device_id=device.pk,
                    factor_code=code,
                    factor=factor,
                    interval=interval,
                    statistic=series[1],
                    unit=factor.unit if factor else "",
                )
        if new:  # another gateway may be making the same ones
            Point.objects.bulk_create(new.values(), ignore_conflicts=True, batch_size=MOST_AT_ONCE)
            self._read({device for device, _interval, _series in new})
        for device, interval, layout in fresh:
            if len(device.shapes) >= MAX_SHAPES:
                device.shapes.clear()
            device.shapes[interval, layout] = np.array(
                [self._number(device, interval, series) for series in layout.series], np.int32
            )

    def _number(self, device: Known, interval: str, series: Series) -> int:
        """The point of a series, also of one that is named by a code of the 2005 edition; -1 for none."""
        found = device.points.get((interval, series))
        if found is None:
            factor = self._factor(series[0])
            found = -1 if factor is None else device.points.get((interval, (factor.code, series[1])), -1)
            if found >= 0:
                device.points[interval, series] = found
        return found

    def read_points(self, protocol: str) -> None:
        """Read the points of the devices of a protocol before they speak (database)."""
        self._read({device for device in self.devices.values() if device.protocol == protocol})

    def _read(self, devices: Collection[Known]) -> None:
        by_pk = {device.pk: device for device in devices}
        keys = sorted(by_pk)
        for begin in range(0, len(keys), MOST_AT_ONCE):
            rows = Point.objects.filter(device__in=keys[begin : begin + MOST_AT_ONCE]).order_by()
            for pk, interval, code, statistic, point in rows.values_list(
                "device", "interval", "factor_code", "statistic", "pk"
            ):
                by_pk[pk].points[interval, (code, statistic)] = point

    def _factor(self, code: str) -> Factor | None:
        """The factor of a code; codes of the 2005 edition are understood in every edition (no code means two
        things).
        """
        return self._factors.get(code.lower())
