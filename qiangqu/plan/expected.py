"""Expected values 预计: where the running year will end by the months of it that are known, made of a target's
observations, and the sentence that lets a reader repeat it. Pure.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from qiangqu.base.periods import Period, PeriodKind, cumulative
from qiangqu.base.periods import year as whole_year
from qiangqu.decisions.nowcast import FACTOR_DECIMALS, Nowcast, nowcast
from qiangqu.decisions.paths import period_end, year_fraction

from .observations import Expected, Observation
from .rule import STALE_YEARS
from .spec import Spec, number, since


def expected_of(spec: Spec, observations: Iterable[Observation], as_of: dt.date) -> Expected | None:
    """The expected value of the year after the last whole one, if its months are not too old to say anything
    of ``as_of``. ``observations``: known values of one choice (real alone, or with
    simulated ones); an expected value is made of one sort only, of real ones where these suffice.
    """
    if spec.logic == "assigned":
        return None
    known = [o for o in observations if o.value is not None]
    for simulated in (False, True):
        found = _of_one_sort(spec, [o for o in known if o.simulated is simulated], simulated)
        # a year that some value of either sort closes is not expected any more
        if found is not None and not _closed(known, found.period.year) and not _is_stale(found.basis, as_of):
            return found
    return None


def _is_stale(basis: Period, as_of: dt.date) -> bool:
    return year_fraction(as_of) - period_end(basis) > STALE_YEARS


def _closed(known: Sequence[Observation], year: int) -> bool:
    return any(o.period.kind == PeriodKind.YEAR and o.period.year >= year for o in known)


def _of_one_sort(spec: Spec, known: Sequence[Observation], simulated: bool) -> Expected | None:
    # a sum over the year that can be added up of its months; what is a rate or stands at a time goes on from
    # where it is
    adds = spec.flow and spec.kind in ("level", "yearly")
    parts, ends = (_sums if adds else _standing)(known, spec)
    last = max((year for year in parts if year not in ends), default=None)
    if last is None or last < max(ends, default=last):
        return None
    months = max(parts[last])
    # what is measured from the base year on is nothing in that year itself
    first = since(spec) if spec.kind in ("change", "annual_growth") else 0.0
    years = sorted(year for year in {*parts, *ends} if first <= year <= last)
    made = nowcast(
        years,
        [parts[year].get(months) for year in years],
        [ends.get(year) for year in years],
        months,
        flow=adds,
        decimals=spec.decimals,
        lower=_lower(spec),
        upper=_upper(spec),
        pieces=spec.whole,
        rising=spec.kind == "cumulative",
    )
    if made is None:
        return None
    period, basis = whole_year(last), cumulative(last, months)
    return Expected(period, basis, made, simulated, _words(spec, period, basis, made))


def _sums(known: Sequence[Observation], spec: Spec) -> tuple[dict[int, dict[int, float]], dict[int, float]]:
    """By year: the sum of its first months by their number; and the year's own value (or the sum of its twelve
    months).
    """
    parts: dict[int, dict[int, float]] = defaultdict(dict)
    ends: dict[int, float] = {}
    by_month: dict[int, dict[int, float]] = defaultdict(dict)
    for o in known:
        assert o.value is not None
        if o.period.kind == PeriodKind.YEAR:
            ends[o.period.year] = o.value
        elif o.period.kind == PeriodKind.MONTH:
            by_month[o.period.year][o.period.last_month] = o.value
        elif o.period.first_month == 1:
            parts[o.period.year][o.period.last_month] = o.value
    for year, months in by_month.items():
        total = 0.0
        for month in range(1, 13):
            if month not in months:
                break
            total += months[month]
            parts[year].setdefault(month, total)
    for year in list(parts):
        whole = parts[year].pop(12, None)
        if whole is not None:
            ends.setdefault(year, whole)
    return parts, ends


def _standing(known: Sequence[Observation], spec: Spec) -> tuple[dict[int, dict[int, float]], dict[int, float]]:
    """By year: the value since January (what stands at a time: at the end of that month), by months; and the
    year's own.
    """
    parts: dict[int, dict[int, float]] = defaultdict(dict)
    ends: dict[int, float] = {}
    stands = spec.kind in ("count", "cumulative") or (spec.kind == "level" and not spec.flow)
    for o in sorted(known, key=lambda o: -o.period.kind):
        assert o.value is not None
        if o.period.kind == PeriodKind.YEAR:
            ends[o.period.year] = o.value
        elif o.period.first_month == 1 or stands:
            if o.period.last_month < 12:
                # growth of January alone is not that since January: of one end the longer period comes last
                parts[o.period.year][o.period.last_month] = o.value
            elif stands:
                ends.setdefault(o.period.year, o.value)
    return parts, ends


def _lower(spec: Spec) -> float | None:
    return 0.0 if spec.kind in ("share", "count", "cumulative", "yearly") else None


def _upper(spec: Spec) -> float | None:
    return 100.0 if spec.kind == "share" and spec.unit in ("%", "％") else None


def _signed(value: float, decimals: int) -> str:
    return f"{round(value, decimals) + 0.0:+.{decimals}f}"


def _words(spec: Spec, period: Period, basis: Period, made: Nowcast) -> str:
    """The method with its numbers: whoever multiplies or adds them gets the expected value."""
    decimals = spec.decimals
    head = _("%(basis)s为%(value)s") % {"basis": basis.label, "value": f"{number(made.so_far, decimals)}{spec.unit}"}
    if made.flow:
        what = _("以前各年全年数是同期数的倍数：%(steps)s，几何平均%(step)s")
        steps = [(year, number(step, FACTOR_DECIMALS)) for year, step in made.steps]
        step, sign = number(made.step, FACTOR_DECIMALS), "×"
    else:
        what = _("以前各年全年（年末）数与同期数之差：%(steps)s，平均%(step)s")
        steps = [(year, _signed(step, decimals + 1)) for year, step in made.steps]
        step, sign = _signed(made.step, decimals + 1), ""
    listed = "、".join(_("%(year)s年%(step)s") % {"year": year, "step": shown} for year, shown in steps)
    reckoned = f"{number(made.so_far, decimals)}{sign}{step}≈"
    assert made.forecast.mean is not None
    return "；".join(
        (
            head,
            what % {"steps": listed, "step": step},
            _("%(year)s年预计＝%(reckoned)s%(value)s")
            % {
                "year": period.year,
                "reckoned": reckoned,
                "value": f"{number(made.forecast.mean, decimals)}{spec.unit}",
            },
            _("80%%区间按各年的离散程度（另计未到月份3%%的误差，t分布，自由度%(df)s）") % {"df": len(made.steps)},
        )
    )
