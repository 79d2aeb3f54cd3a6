"""Air quality index 环境空气质量指数: HJ 633-2012 for days before 1 March 2026, HJ 633-2026 since (both read
in full).

What differs: the 2026 edition lowers the PM₁₀ and PM₂.₅ concentrations at IAQI 100; takes six one-hour means
for the current report (the 2012 edition nine, with the running means of O₃ and particles, of which this
module uses the one-hour ones alike); counts SO₂ 1 h above 800 μg/m³ as IAQI 200 and O₃ 8 h above 800 μg/m³ as
300, where the 2012 edition leaves the IAQI to the other averaging time; and withholds an index of 100 or less
when a pollutant is missing (5.3.1). In both, IAQI is rounded up to an integer (2012: 6.2, 2026: 4.2.6), and
the primary pollutants are those of the greatest IAQI when the AQI exceeds 50 (2012: 4.4.2, 2026: 4.3.1).

Units: μg/m³ at 298.15 K, CO in mg/m³.
"""

import csv
import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Literal

from qiangqu.base.errors import InputError

from .factors import DATA

Report = Literal["daily", "hourly"]
POLLUTANTS = ("SO2", "NO2", "PM10", "CO", "O3", "PM2.5")
CODES = {"SO2": "a21026", "NO2": "a21004", "PM10": "a34002", "CO": "a21005", "O3": "a05024", "PM2.5": "a34004"}
LEVELS = (0, 50, 100, 150, 200, 300, 400, 500)
EDITION_2026 = dt.date(2026, 3, 1)


@dataclass(frozen=True, slots=True)
class Grade:
    """Class of an AQI (HJ 633-2026 table 1; colours annex A, as in HJ 633-2012 annex A)."""

    level: int
    name: str
    colour_name: str
    colour: str


GRADES = (
    (50, Grade(1, "优", "绿色", "#00e400")),
    (100, Grade(2, "良", "黄色", "#ffff00")),
    (150, Grade(3, "轻度污染", "橙色", "#ff7e00")),
    (200, Grade(4, "中度污染", "红色", "#ff0000")),
    (300, Grade(5, "重度污染", "紫色", "#99004c")),
    (math.inf, Grade(6, "严重污染", "褐红色", "#7e0023")),
)


@dataclass(frozen=True, slots=True)
class Breakpoints:
    """Concentrations at IAQI 0, 50 … (as many as the table has) and the IAQI of what lies above the last
    (None: not computed).
    """

    unit: str
    concentrations: tuple[Decimal, ...]
    above: int | None


@dataclass(frozen=True, slots=True)
class AirQuality:
    """An index and how it came about. ``aqi`` None means 缺测 (NA): ``reason`` says why."""

    standard: str
    report: Report
    aqi: int | None
    iaqi: Mapping[str, int]
    primary: tuple[str, ...]
    missing: tuple[str, ...]
    reason: str

    @property
    def grade(self) -> Grade | None:
        return None if self.aqi is None else grade(self.aqi)


def grade(aqi: int) -> Grade:
    """Class and colour of an AQI.

    >>> grade(100).name, grade(101).name
    ('良', '轻度污染')
    """
    return next(found for top, found in GRADES if aqi <= top)


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str, str], Breakpoints]:
    with (DATA / "iaqi.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["standard"], row["pollutant"], row["average"]): Breakpoints(
                row["unit"],
                tuple(Decimal(row[f"b{level}"]) for level in LEVELS if row[f"b{level}"]),
                int(row["above"]) if row["above"] else None,
            )
            for row in csv.DictReader(file)
        }


def edition(day: dt.date) -> str:
    """The edition in force on ``day``."""
    return "HJ 633-2026" if day >= EDITION_2026 else "HJ 633-2012"


def breakpoints(pollutant: str, average: str, day: dt.date) -> Breakpoints:
    """The row of the table of limits. Hourly means of particles use the daily ones (HJ 633-2026, formula 1).

    Raises InputError for a pollutant or averaging time that the table does not have.
    """
    if average == "1h" and pollutant in ("PM10", "PM2.5"):
        average = "24h"
    found = _table().get((edition(day), pollutant, average))
    if found is None:
        raise InputError("空气质量分指数没有这一项", where=f"{pollutant} {average}")
    return found


def rounded(pollutant: str, concentration: float) -> Decimal:
    """Concentration as it enters the index: whole μg/m³, CO one decimal of mg/m³, rounded half to even (HJ
    633-2026 4.2.2, GB/T 8170).

    >>> rounded("SO2", 10.5), rounded("CO", 1.25)
    (Decimal('10'), Decimal('1.2'))
    """
    place = Decimal("0.1") if pollutant == "CO" else Decimal(1)
    return Decimal(repr(float(concentration))).quantize(place, rounding=ROUND_HALF_EVEN)


def iaqi(pollutant: str, average: str, concentration: float, day: dt.date) -> int | None:
    """Individual index of one pollutant (formula 1), rounded up; None where the standard computes none.

    >>> iaqi("PM2.5", "24h", 60, dt.date(2026, 6, 1)), iaqi("PM2.5", "24h", 60, dt.date(2025, 6, 1))
    (100, 82)

    Raises InputError for a concentration that is negative or no finite number.
    """
    if not math.isfinite(concentration) or concentration < 0:
        raise InputError(f"浓度 {concentration} 不是有效的数", where=pollutant)
    row = breakpoints(pollutant, average, day)
    value = rounded(pollutant, min(concentration, 1e9))
    points = row.concentrations
    if value > points[-1]:
        return row.above
    at = next(i for i, top in enumerate(points[1:]) if value <= top)
    low, high = points[at], points[at + 1]
    exact = Decimal(LEVELS[at + 1] - LEVELS[at]) * (value - low) / (high - low) + LEVELS[at]
    return int(exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN).to_integral_value(rounding=ROUND_CEILING))


def air_quality(concentrations: Mapping[str, float | None], report: Report, day: dt.date) -> AirQuality:
    """AQI of one station.

    ``daily``: means of the day, O₃ under the key ``O3`` as the greatest 8-hour mean (2012 also ``O3_1h``, the
    greatest hourly value); ``hourly``: one-hour means of the six. A value that is missing is None or left
    out. A missing pollutant withholds an AQI of 100 or less (HJ 633-2026, 5.3.1; for earlier days the same
    rule is applied, the 2012 edition having none beyond naming what is missing).
    """
    averages = dict.fromkeys(POLLUTANTS, "1h" if report == "hourly" else "24h")
    if report == "daily":
        averages["O3"] = "8h"
    found: dict[str, int] = {}
    for pollutant in POLLUTANTS:
        value = concentrations.get(pollutant)
        index = None if value is None else iaqi(pollutant, averages[pollutant], value, day)
        if pollutant == "O3" and report == "daily" and edition(day) == "HJ 633-2012":
            hourly = concentrations.get("O3_1h")
            other = None if hourly is None else iaqi("O3", "1h", hourly, day)
            index = max((one for one in (index, other) if one is not None), default=None)
        if index is not None:
            found[pollutant] = index
    missing = tuple(p for p in POLLUTANTS if p not in found)
    top = max(found.values(), default=None)
    reason = ""
    if top is None:
        reason = "六项污染物均无有效数据"
    elif missing and top <= 100:
        reason = f"缺 {'、'.join(missing)}，其余不高于100，不发布指数（HJ 633-2026 5.3.1）"
        top = None
    primary = tuple(p for p in POLLUTANTS if top is not None and top > 50 and found.get(p) == top)
    return AirQuality(edition(day), report, top, found, primary, missing, reason)
