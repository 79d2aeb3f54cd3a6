"""Forecasts against what came: every series of the demonstration and every published one, from rolling origins.

    QIANGQU_HOME=var/demo python bench/forecast_backtest.py [--every 1] [--area 640000] [--split]

Each series (an indicator's real or simulated values of one area and one length of period; of amounts that add
up also the sums of twelve months, which is what targets are forecast by) is cut off at one origin after
another; what the forecast then says of 1, 2 or 3 years (years), of 1, 6 or 12 months, of 1 or 4 quarters ahead
is held against the value that came. Printed for each length of period, each distance, and for all: how many
forecasts, the error as a ratio to that of the last value carried on (naive) and of the value of the same
season before (seasonal naive), by mean absolute errors of each series and their geometric mean; how many
of the values that came lie inside the 80 % interval (aim 75-85 %), and the chance that the forecasts
themselves give to their intervals (more than 80 % where these end at whole numbers). Years are also
printed of all areas below, by size, because the region alone has few.

``--split``: the constant by which yearly intervals widen with the distance (``TURN`` of
``qiangqu.decisions.forecast``) is chosen on four fifths of the indicators, over all areas, and held against
the fifth that had no part in the choice; printed are the five choices and the coverage of what was held out.
Without a demonstration in QIANGQU_HOME one is made first.
"""

import argparse
import math
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from qiangqu_demo.bench import demonstration

SEASON = {"年": 1, "季": 4, "月": 12, "年累": 12}
AHEAD = {"年": (1, 2, 3), "季": (1, 4), "月": (1, 6, 12), "年累": (1, 6, 12)}
LEAST = {"年": 4, "季": 8, "月": 18, "年累": 24}  # points before the first origin
ORIGINS = 6  # of a series and a distance: the newest ones, of months every third
FOLDS = 5
LARGE = 10.0  # below it, what comes in whole pieces is mostly a matter of rounding


@dataclass
class Errors:
    """Absolute errors of one series."""

    ours: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    seasonal: list[float] = field(default_factory=list)
    inside: int = 0
    promised: float = 0.0


@dataclass
class Line:
    """One series in the order of time. ``times`` are ends of periods (fractions of years); of sums of twelve months
    ``month_times`` and ``months`` are what they are made of.
    """

    indicator: Any
    area: str
    word: str
    simulated: bool
    times: list[float]
    values: list[float]
    month_times: list[float] = field(default_factory=list)
    months: list[float] = field(default_factory=list)


@dataclass
class Case:
    """What is asked, and what came. ``before``: the value a season earlier, or the last one."""

    line: Line
    request: Any
    ahead: int
    came: float
    naive: float
    before: float


def series_of(areas: list[str], words: set[str]) -> Iterator[Line]:
    """Every series of the areas whose kind is one of ``words`` (keys of SEASON)."""
    from qiangqu.base.periods import PeriodKind, from_key
    from qiangqu.decisions.paths import period_end
    from qiangqu.formulas.models import IndicatorValue
    from qiangqu.plan.track import flows

    kinds = {PeriodKind.YEAR: "年", PeriodKind.QUARTER: "季", PeriodKind.MONTH: "月"}
    rows = IndicatorValue.objects.filter(area__code__in=areas, value__isnull=False).select_related("indicator", "area")
    held: dict[tuple[str, str, Any, bool], list[tuple[Any, float]]] = defaultdict(list)
    known = {}
    for row in rows.order_by("period_key").iterator(chunk_size=5000):
        period = from_key(row.period_key)
        known[row.indicator.code] = row.indicator
        held[row.indicator.code, row.area.code, period.kind, row.simulated].append((period, float(row.value or 0.0)))
    adds = flows(known)
    for (code, area, kind, simulated), points in sorted(held.items()):
        periods, values = [period for period, _value in points], [value for _period, value in points]
        if kinds.get(kind) in words:
            yield Line(known[code], area, kinds[kind], simulated, [period_end(period) for period in periods], values)
        if kind == PeriodKind.MONTH and adds[code] and "年累" in words:
            ends = [period_end(period) for period in periods]
            gaps = [at for at in range(1, len(ends)) if ends[at] - ends[at - 1] > 1.5 / 12]
            first = gaps[-1] if gaps else 0
            sums = [math.fsum(values[at - 11 : at + 1]) for at in range(first + 11, len(values))]
            yield Line(known[code], area, "年累", simulated, ends[first + 11 :], sums, ends[first:], values[first:])


def cases_of(line: Line) -> Iterator[Case]:
    """The newest origins of each distance, asked for as targets are."""
    from qiangqu.decisions.forecast import Request
    from qiangqu.plan.spec import is_counted

    season, share = SEASON[line.word], line.indicator.unit in ("%", "％")
    level = min(line.values, default=-1.0) >= 0
    whole = is_counted(line.indicator.unit) and all(value.is_integer() for value in line.values)
    for ahead in AHEAD[line.word]:
        last = len(line.values) - 1 - ahead
        step = max(1, SEASON[line.word] // 4)
        for origin in range(last, max(LEAST[line.word] - 1, last - ORIGINS * step + 1) - 1, -step):
            past, wanted = line.values[: origin + 1], line.times[origin + ahead]
            if len(set(past)) < 2 or (wanted - line.times[origin]) * season > ahead + 0.5:
                continue  # nothing moves, or a gap
            summed = bool(line.months)
            request = Request(
                line.month_times[: origin + 12] if summed else line.times[: origin + 1],
                line.months[: origin + 12] if summed else past,
                wanted,
                lower=0.0 if level else None, upper=100.0 if share and level else None,
                growing=level and not share, whole=whole, summed=12 if summed else 1,
            )  # fmt: skip
            before = past[origin + ahead - season] if season > 1 and ahead <= season <= origin + ahead else past[-1]
            yield Case(line, request, ahead, line.values[origin + ahead], past[-1], before)


def is_inside(made: Any, case: Case) -> bool:
    return bool(made.low - 1e-9 <= case.came <= made.high + 1e-9)


def ratio(found: list[Errors], against: str) -> float:
    """Geometric mean over series of the ratio of mean absolute errors; a series whose peer makes no error is
    left out.
    """
    logs = []
    for one in found:
        ours, theirs = sum(one.ours), sum(getattr(one, against))
        if theirs > 0:
            logs.append(math.log(max(ours, 1e-6 * theirs) / theirs))
    return math.exp(sum(logs) / len(logs)) if logs else math.nan


def table(cases: list[Case], names: Callable[[Case], tuple[str, ...]]) -> None:
    """Print one line for each name that ``names`` gives to a case."""
    from qiangqu.decisions.forecast import forecast_many

    groups: dict[str, dict[int, Errors]] = defaultdict(lambda: defaultdict(Errors))
    for made, case in zip(forecast_many(case.request for case in cases), cases, strict=True):
        if made.mean is None or made.low is None:
            continue
        promised = made.chance(made.low, "range", most=made.high)
        for name in names(case):
            kept = groups[name][id(case.line)]
            kept.ours.append(abs(made.mean - case.came))
            kept.naive.append(abs(case.naive - case.came))
            kept.seasonal.append(abs(case.before - case.came))
            kept.inside += is_inside(made, case)
            kept.promised += promised or 0.0
    print(
        f"{'series':<24}{'number':>8}{'forecasts':>11}{'to naive':>10}{'to seasonal':>13}{'inside 80 %':>13}{'promised':>10}"
    )
    for name, group in sorted(groups.items(), key=lambda item: (item[0] == "all", item[0])):
        found = list(group.values())
        many = sum(len(one.ours) for one in found)
        inside, promised = sum(one.inside for one in found) / many, sum(one.promised for one in found) / many
        print(
            f"{name:<24}{len(found):>8}{many:>11}{ratio(found, 'naive'):>10.3f}{ratio(found, 'seasonal'):>13.3f}"
            f"{inside:>12.1%}{promised:>11.1%}"
        )


def size_names(case: Case) -> tuple[str, ...]:
    size = "large" if case.naive >= LARGE or not case.request.whole else "small counts"
    return (f"{size} {case.ahead} years ahead",)


def split(cases: list[Case], region: str) -> None:
    """Choose TURN on four fifths of the indicators, hold it against the fifth, five times."""
    from qiangqu.decisions import forecast as method

    candidates = [round(0.02 * step, 2) for step in range(21)]
    found: dict[float, list[bool | None]] = {}
    for candidate in candidates:
        method.TURN = candidate
        made = method.forecast_many(case.request for case in cases)
        found[candidate] = [
            None if one.mean is None else is_inside(one, case) for one, case in zip(made, cases, strict=True)
        ]
    folds = [zlib.crc32(case.line.indicator.code.encode()) % FOLDS for case in cases]
    region_or_large = [
        "region" if case.line.area == region else size_names(case)[0].rsplit(" ", 3)[0] for case in cases
    ]

    def covered(candidate: float, keep: Callable[[int], bool], ahead: int) -> list[float]:
        """Of the region and of large values elsewhere, each with the same weight."""
        parts = []
        for sort in ("region", "large"):
            hits = [
                hit for at, hit in enumerate(found[candidate])
                if hit is not None and keep(folds[at]) and region_or_large[at] == sort and cases[at].ahead == ahead
            ]  # fmt: skip
            parts.append(sum(hits) / len(hits) if hits else math.nan)
        return parts

    held_out: dict[int, float] = {}
    for fold in range(FOLDS):

        def off(candidate: float, out: int = fold) -> float:
            shares = [
                share for ahead in AHEAD["年"] for share in covered(candidate, lambda f: f != out, ahead)
                if not math.isnan(share)
            ]  # fmt: skip
            return sum((share - 0.8) ** 2 for share in shares)

        held_out[fold] = min(candidates, key=off)
    print("TURN chosen without each fifth:", *held_out.values())
    for sort in ("region", "large", "small counts"):
        shares = []
        for ahead in AHEAD["年"]:
            hits = [
                hit for at in range(len(cases))
                if region_or_large[at] == sort and cases[at].ahead == ahead
                and (hit := found[held_out[folds[at]]][at]) is not None
            ]  # fmt: skip
            shares.append(f"{sum(hits) / len(hits):.1%} of {len(hits)}" if hits else "-")
        print(f"held out, {sort}, inside 80 % at 1, 2, 3 years: " + ", ".join(shares))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only each n-th series")
    parser.add_argument("--area", default="", help="code of the area (default: the pack's region)")
    parser.add_argument("--split", action="store_true", help="how far the constant holds of what did not choose it")
    arguments = parser.parse_args()
    with demonstration():
        measure(arguments)


def measure(arguments: argparse.Namespace) -> None:
    """Print the tables. Django is set up."""
    from qiangqu.registry.models import Area

    area = arguments.area or Area.objects.get(parent=None).code
    below = list(Area.objects.order_by("code").values_list("code", flat=True))
    began = time.process_time()
    yearly = [case for line in list(series_of(below, {"年"}))[:: arguments.every] for case in cases_of(line)]
    if arguments.split:
        split(yearly, area)
    else:
        lines = list(series_of([area], set(SEASON)))[:: arguments.every]
        table(
            [case for line in lines for case in cases_of(line)],
            lambda case: (
                f"{case.line.word} {case.ahead:>2} ahead",
                f"{case.line.word} {'simulated' if case.line.simulated else 'published'}",
                "all",
            ),
        )
        print("\nYears of every area:")
        table(yearly, size_names)
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
