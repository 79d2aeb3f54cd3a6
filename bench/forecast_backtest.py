"""Forecasts against what came: every series of the demonstration and every published one, from rolling origins.

    QIANGQU_HOME=var/demo python bench/forecast_backtest.py [--every 1] [--area 640000]

Each series (an indicator's real or simulated values of one area and one length of period) is cut off at one
origin after another; what the forecast then says of 1, 2 or 3 years (years), of 1, 6 or 12 months, of 1 or 4
quarters ahead is held against the value that came. Printed for each length of period, each distance, and for
all: how many forecasts, the error as a ratio to that of the last value carried on (naive) and of the value of the same
season before (seasonal naive), by mean absolute errors of each series and their geometric mean; and how many
of the values that came lie inside the 80 % interval (aim 75-85 %). Without a demonstration in QIANGQU_HOME
one is made first.
"""

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from qiangqu_demo.bench import demonstration

SEASON = {"年": 1, "季": 4, "月": 12}
AHEAD = {"年": (1, 2, 3), "季": (1, 4), "月": (1, 6, 12)}
LEAST = {"年": 4, "季": 8, "月": 18}  # points before the first origin
ORIGINS = 6  # of a series: the newest ones


@dataclass
class Errors:
    """Absolute errors of one series."""

    ours: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    seasonal: list[float] = field(default_factory=list)
    inside: int = 0


def series_of(area: str) -> Iterator[tuple[str, Any, str, bool, list[tuple[Any, float]]]]:
    """Indicator, word of the period, whether simulated, (period, value) in the order of time."""
    from qiangqu.base.periods import PeriodKind, from_key
    from qiangqu.formulas.models import IndicatorValue

    words = {PeriodKind.YEAR: "年", PeriodKind.QUARTER: "季", PeriodKind.MONTH: "月"}
    rows = IndicatorValue.objects.filter(area__code=area, value__isnull=False).select_related("indicator")
    held: dict[tuple[int, Any, bool], list[tuple[Any, float]]] = defaultdict(list)
    known = {}
    for row in rows.order_by("period_key").iterator():
        period = from_key(row.period_key)
        known[row.indicator_id] = row.indicator
        held[row.indicator_id, period.kind, row.simulated].append((period, float(row.value or 0.0)))
    for (pk, kind, simulated), points in sorted(held.items()):
        if kind in words:
            yield known[pk].code, known[pk], words[kind], simulated, points


def tested(indicator: Any, word: str, points: list[tuple[Any, float]]) -> tuple[Errors, dict[int, Errors]]:
    """The errors of one series over its origins: of all distances, and of each."""
    from qiangqu.decisions.forecast import Request, forecast_many
    from qiangqu.decisions.paths import period_end

    errors, season = Errors(), SEASON[word]
    by_ahead: dict[int, Errors] = defaultdict(Errors)
    share = indicator.unit in ("%", "％")
    level = min(value for _period, value in points) >= 0
    asked, came = [], []
    last = len(points) - 1
    for origin in range(max(LEAST[word] - 1, last - ORIGINS), last):
        past = points[: origin + 1]
        if len({value for _period, value in past}) < 2:
            continue
        for ahead in AHEAD[word]:
            if origin + ahead > last:
                continue
            wanted, value = points[origin + ahead]
            if (period_end(wanted) - period_end(past[-1][0])) * season > ahead + 0.5:
                continue  # a gap in the series
            asked.append(
                Request(
                    [period_end(period) for period, _value in past], [v for _period, v in past], period_end(wanted),
                    lower=0.0 if level else None, upper=100.0 if share and level else None, growing=level and not share,
                )
            )  # fmt: skip
            before = past[origin + ahead - season] if season > 1 and ahead <= season <= origin + ahead else past[-1]
            came.append((ahead, value, past[-1][1], before[1]))
    for made, (ahead, value, naive, seasonal) in zip(forecast_many(asked), came, strict=True):
        if made.mean is None or made.low is None or made.high is None:
            continue
        for kept in (errors, by_ahead[ahead]):
            kept.ours.append(abs(made.mean - value))
            kept.naive.append(abs(naive - value))
            kept.seasonal.append(abs(seasonal - value))
            kept.inside += made.low - 1e-9 <= value <= made.high + 1e-9
    return errors, by_ahead


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
    parser.add_argument("--area", default="", help="code of the area (default: the pack's region)")
    arguments = parser.parse_args()
    with demonstration():
        measure(arguments)


def measure(arguments: argparse.Namespace) -> None:
    """Print the table. Django is set up."""
    from qiangqu.registry.models import Area

    area = arguments.area or Area.objects.get(parent=None).code
    began = time.perf_counter()
    groups: dict[str, list[Errors]] = defaultdict(list)
    for number, (_code, indicator, word, simulated, points) in enumerate(series_of(area)):
        if number % arguments.every:
            continue
        errors, by_ahead = tested(indicator, word, points)
        for ahead, found in by_ahead.items():
            groups[f"{word} {ahead:>2} ahead"].append(found)
        if errors.ours:
            groups[f"{word} {'simulated' if simulated else 'published'}"].append(errors)
            groups["all"].append(errors)
    print(f"{'series':<20}{'number':>8}{'forecasts':>11}{'to naive':>10}{'to seasonal':>13}{'inside 80 %':>13}")
    for name, group in sorted(groups.items(), key=lambda item: (item[0] == "all", item[0])):
        many = sum(len(one.ours) for one in group)
        inside = sum(one.inside for one in group) / many
        print(
            f"{name:<20}{len(group):>8}{many:>11}{ratio(group, 'naive'):>10.3f}{ratio(group, 'seasonal'):>13.3f}"
            f"{inside:>12.1%}"
        )
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
