"""Expected values of a year against what it ended with: every series with months, from each month of each year.

    QIANGQU_HOME=var/demo python bench/nowcast_backtest.py [--every 1]

Each series (an indicator's real or simulated values in one area) is cut off after the third, fourth … eleventh
month of one year after another; what is then expected of that year (``qiangqu.decisions.nowcast``) is held
against the value that came. Printed for each kind of series, each month and for all: how many, the error as a
ratio to that of the last year's value (naive), and to the year so far scaled by the share that it had of the
last year (amounts; for rates and stocks: moved by the last year's difference), by mean absolute errors of each
series and their geometric mean; and how many of the values that came lie inside the 80 % interval (aim
75-85 %), beside the chance that the forecasts give to their own intervals: of values that come in whole pieces
(stocks counted) it is more than 80 %, because the interval ends at whole numbers. Without a demonstration in QIANGQU_HOME one is made first.
"""

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from qiangqu_demo.bench import demonstration


@dataclass
class Errors:
    """Absolute errors of one series."""

    ours: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    scaled: list[float] = field(default_factory=list)
    inside: int = 0
    promised: float = 0.0


@dataclass
class Line:
    """One series: its values so far by year and months, and those of whole years."""

    key: tuple[str, str, bool]
    flow: bool
    counted: bool
    word: str
    parts: dict[int, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    ends: dict[int, float] = field(default_factory=dict)


def lines() -> Iterator[Line]:
    """Every series of areas that has whole years and parts of them."""
    from qiangqu.base.periods import PeriodKind, from_key
    from qiangqu.formulas.models import IndicatorValue
    from qiangqu.plan.spec import is_counted
    from qiangqu.plan.track import flows

    rows = IndicatorValue.objects.filter(value__isnull=False, area__isnull=False).order_by("period_key")
    held: dict[tuple[str, str, bool], list[tuple[Any, float]]] = defaultdict(list)
    units = {}
    for code, unit, area, at, value, simulated in rows.values_list(
        "indicator__code", "indicator__unit", "area__code", "period_key", "value", "simulated"
    ).iterator(chunk_size=5000):
        held[code, area, simulated].append((from_key(at), float(value or 0.0)))
        units[code] = unit
    flow_of = flows(units)
    for key, points in sorted(held.items()):
        flow = flow_of[key[0]]
        word = "amounts" if flow else "stocks" if flow is False else "rates"
        line = Line(key, flow is True, flow is False and is_counted(units[key[0]]), word)
        months: dict[int, dict[int, float]] = defaultdict(dict)
        for period, value in points:
            if period.kind == PeriodKind.YEAR:
                line.ends[period.year] = value
            elif period.kind == PeriodKind.MONTH:
                months[period.year][period.last_month] = value
            elif period.first_month == 1:
                line.parts[period.year][period.last_month] = value
        for year, by_month in months.items():
            total = 0.0
            for month in range(1, 12):
                if month not in by_month:
                    break
                total += by_month[month]
                if flow is not None:
                    line.parts[year].setdefault(month, total if flow else by_month[month])
        if line.parts and len(line.ends) > 1:
            yield line


def tested(line: Line) -> dict[int, Errors]:
    """The errors of one series by month."""
    from qiangqu.decisions.nowcast import LEAST_MONTHS, nowcast

    errors: dict[int, Errors] = defaultdict(Errors)
    for end_year, came in sorted(line.ends.items())[1:]:
        if end_year - 1 not in line.ends:
            continue
        years = sorted(year for year in {*line.parts, *line.ends} if year <= end_year)
        for months in range(LEAST_MONTHS, 12):
            so_far = [line.parts.get(year, {}).get(months) for year in years]
            before = line.parts.get(end_year - 1, {}).get(months)
            made = nowcast(
                years, so_far, [line.ends.get(year) for year in years[:-1]] + [None], months,
                flow=line.flow, decimals=3, pieces=line.counted,
            )  # fmt: skip
            if made is None or before is None or (line.flow and before <= 0):
                continue
            forecast, last = made.forecast, line.ends[end_year - 1]
            assert forecast.mean is not None and forecast.low is not None and forecast.high is not None
            scaled = made.so_far * last / before if line.flow else made.so_far + last - before
            kept = errors[months]
            kept.ours.append(abs(forecast.mean - came))
            kept.naive.append(abs(last - came))
            kept.scaled.append(abs(scaled - came))
            kept.promised += forecast.chance(forecast.low, "range", most=forecast.high) or 0.0
            kept.inside += forecast.low - 1e-9 <= came <= forecast.high + 1e-9
    return errors


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="only each n-th series")
    arguments = parser.parse_args()
    with demonstration():
        measure(arguments.every)


def measure(every: int) -> None:
    """Print the table. Django is set up."""
    began = time.process_time()
    groups: dict[str, list[Errors]] = defaultdict(list)
    for line in list(lines())[::every]:
        sort = "simulated" if line.key[2] else "published"
        for months, errors in tested(line).items():
            for name in (f"{line.word} {sort}", f"{line.word} to month {months:>2}", "all"):
                groups[name].append(errors)
    print(
        f"{'series':<22}{'number':>8}{'forecasts':>11}{'to naive':>10}{'to scaled':>11}{'inside 80 %':>13}{'promised':>10}"
    )
    for name, found in sorted(groups.items(), key=lambda item: (item[0] == "all", item[0])):
        many = sum(len(one.ours) for one in found)
        inside = sum(one.inside for one in found) / many
        promised = sum(one.promised for one in found) / many
        print(
            f"{name:<22}{len(found):>8}{many:>11}{ratio(found, 'naive'):>10.3f}{ratio(found, 'scaled'):>11.3f}{inside:>12.1%}{promised:>10.1%}"
        )
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main()
