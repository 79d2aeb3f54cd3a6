"""Verdicts by the logic of each kind of target, with the sentence that says why. Pure; called by
:func:`.judge.judge`.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from django.utils.translation import gettext as _

from qiangqu.base.periods import PeriodKind
from qiangqu.base.terms import clauses, listed, with_unit
from qiangqu.decisions.distribution import round_half_up
from qiangqu.decisions.paths import Path, make_path, remaining_mean_growth, run_rate, year_fraction

from . import observations as obs
from .observations import Expected, Observation
from .rule import STALE_MONTHS, STALE_YEARS, Rules, State, applied, percent, state_of, tenths
from .spec import RATE_UNITS, Spec, Verdict, base_of, number, since, telling

# ---------------------------------------------------------------- words


def value_text(spec: Spec, value: float | None, decimals: int | None = None) -> str:
    return with_unit(number(value, spec.decimals if decimals is None else decimals), spec.unit)


def _required_text(spec: Spec, value: float | None, decimals: int) -> str:
    """What a path asks for lies between figures as they are published, except for pieces, which are whole."""
    return value_text(spec, value, decimals if spec.whole else max(decimals, 1))


def _difference_text(spec: Spec, more: float, less: float, decimals: int) -> str:
    """The difference of two figures as they are shown: a reader who subtracts them gets the same."""
    shown = decimals if spec.whole else max(decimals, 1)
    return with_unit(number(round(more, shown) - round(less, shown), shown), spec.difference_unit)


def _why_none(spec: Spec) -> str:
    year = spec.base_year if spec.base_year is not None else spec.start_year
    text = _("%(year)s年以来没有可用的数据，请导入或填报") % {"year": year}
    return clauses((text, spec.base_reason)) if spec.base_reason and spec.base is None else text


def _chance_text(chance: float | None, words: str) -> str:
    """``words`` name what the chance is of."""
    if chance is None:
        return ""
    if chance <= 0.0:
        return _("；已不可能达到目标（概率0%）")
    shown = {"what": words, "percent": percent(chance)}
    return (_("；%(what)s%(percent)s%%") if chance >= 1.0 else _("；%(what)s约%(percent)s%%")) % shown


def is_stale(time: float, as_of: dt.date) -> bool:
    """Whether a value of ``time`` (fraction of years) is too old to say anything of ``as_of``."""
    return year_fraction(as_of) - time > STALE_YEARS


def _stale(spec: Spec, frame: Verdict, head: str, as_of: dt.date) -> Verdict:
    """The verdict on a value that is too old: which data are missing, not how it goes."""
    assert frame.current is not None
    last = frame.current.period
    first = last.year + 1 if last.last_month == 12 else last.year
    missing = listed(str(year) for year in range(first, as_of.year)) or str(first)
    words = _("；数据停在%(period)s，已超过%(months)s个月，缺%(missing)s年的数据，不能判断现在的进度，请导入或填报") % {
        "period": last.label,
        "months": STALE_MONTHS,
        "missing": missing,
    }
    return replace(frame, state="no_data", stale=True, reason=head + words, chance=None, lag=None)


def expected_words(spec: Spec, expected: Expected, decimals: int) -> str:
    """The expected value with its interval and the months it rests on."""
    made = expected.forecast
    return _("%(year)s年预计%(value)s（%(low)s—%(high)s，按%(basis)s）") % {
        "year": expected.period.year,
        "value": value_text(spec, expected.value, decimals),
        "low": number(made.low, decimals),
        "high": number(made.high, decimals),
        "basis": expected.basis.label,
    }


def beside_words(spec: Spec, found: Verdict, beside: Observation) -> str:
    """The value of the other sort in the sentence: for a stale value what is simulated since, for a simulated
    one what was published.
    """
    shown = {"period": beside.period.label, "value": value_text(spec, beside.value)}
    if not beside.simulated:
        return _("；发布数据停在%(period)s（%(value)s）") % shown
    if not found.stale:
        return ""
    then = found.path.at(beside.time) if found.path is not None and found.path.shape != "yearly" else None
    if then is None:
        return _("；模拟数据%(period)s为%(value)s，只供对照") % shown
    shown["then"] = _required_text(spec, then, spec.decimals)
    return _("；模拟数据%(period)s为%(value)s（按路径应为%(then)s），只供对照") % shown


# ---------------------------------------------------------------- findings for the planner


def _findings(spec: Spec, usable: Sequence[Observation], base: tuple[int, float] | None) -> tuple[str, ...]:
    found = []
    if base is not None and spec.keep and spec.reached_by(base[1]):
        words = _(
            "基数（%(year)s年%(base)s）已达到目标%(target)s，请核对目标值或基数；要求路径按始终不%(worse)s目标值计算"
        ) % {
            "year": base[0],
            "base": value_text(spec, base[1]),
            "target": value_text(spec, spec.value),
            "worse": _("低于") if spec.upward else _("高于"),
        }
        found.append(words)
    if spec.kind == "cumulative":
        fallen = next((pair for pair in pairwise(_of_one_sort(usable)) if _falls(*pair)), None)
        if fallen is not None:
            before, after = fallen
            words = _("累计数由%(before)s的%(more)s降为%(after)s的%(less)s，公式或数据有误，请核对") % {
                "before": before.period.label,
                "more": value_text(spec, before.value),
                "after": after.period.label,
                "less": value_text(spec, after.value),
            }
            found.append(words)
    return tuple(found)


def _of_one_sort(usable: Sequence[Observation]) -> list[Observation]:
    last = obs.latest(usable)
    return [] if last is None else [o for o in usable if o.simulated is last.simulated]


def _falls(before: Observation, after: Observation) -> bool:
    assert before.value is not None and after.value is not None
    return after.time > before.time + 1e-6 and after.value < before.value - 1e-9 * max(1.0, abs(before.value))


# ---------------------------------------------------------------- by kind of target


def assigned(spec: Spec, usable: Sequence[Observation]) -> Verdict:
    return Verdict(
        "no_data", _("目标值尚未下达或录入，录入时须附文号"), current=obs.latest(usable), base_year=spec.base_year
    )


def on_path(
    spec: Spec,
    usable: Sequence[Observation],
    as_of: dt.date,
    chance: float | None,
    rules: Rules,
    expected: Expected | None = None,
) -> Verdict:
    """A target that is due at the end of a year, with a path that leads there. With an ``expected`` value that
    is what is held against the path; done is only what the latest value, too, has reached.
    """
    assert spec.value is not None
    base = base_of(spec, usable)
    began = since(spec)
    current = obs.latest([o for o in usable if o.time > began + 1e-6])
    start_year, start = base if base is not None else (None, None)
    path = make_path(
        spec.shape, start, start_year, spec.value, spec.year, spec.milestones, keep=spec.keep, whole=spec.whole
    )
    frame = Verdict(
        "no_data",
        "",
        base=start,
        base_year=start_year or spec.base_year,
        path=path,
        required_now=path.at(year_fraction(as_of)),
        findings=_findings(spec, usable, base),
    )
    if expected is not None:
        time, value = expected.time, expected.value
        closed = False
    elif current is None or current.value is None:
        return _without_value(spec, frame, usable, began)
    else:
        time, value = current.time, current.value
        closed = time >= spec.year + 1 - 1e-6
    then = path.at(time)
    # an expected value alone has reached nothing
    got = current is not None and current.value is not None and spec.reached_by(current.value)
    reached = got and spec.reached_by(value) and (closed or not spec.capped)
    kept = closed or (spec.kind == "cumulative" and spec.keep == "up")
    lag, way = (None, "") if then is None else _lag(spec, path, value, then)
    frame = replace(frame, current=current, required_then=then, lag=lag, by_expected=expected is not None)
    frame = _with_rates(spec, frame, path, (time, value))
    decimals = telling(value, (spec.value, then), spec.decimals)
    head = "，".join(_standing_words(spec, current, expected, decimals))
    required = {"required": _required_text(spec, then, decimals)}
    if expected is None and is_stale(time, as_of) and not (reached and kept) and not closed:
        return _stale(
            spec, frame, head + (_("，当时按路径应为%(required)s") % required if then is not None else ""), as_of
        )
    if closed:
        words = _done_words(spec, value, decimals) if reached else _("，到期未达到目标%(target)s") % {"target": value_text(spec, spec.value, decimals)}  # fmt: skip
        return replace(frame, state="done" if reached else "off_track", reason=head + words)
    state = state_of(lag=lag, chance=chance, reached=reached, rules=rules, kept=kept)
    by = applied(lag=lag, chance=chance, reached=reached, state=state, rules=rules, year=_year_of(expected))
    frame = replace(frame, state=state, chance=chance, reached=reached, applied=by)
    if reached:
        words = _done_words(spec, value, decimals)
        if kept:
            return replace(frame, reason=head + words)
        if state != "done":
            words += _("，还须保持到%(year)s年末") % {"year": spec.year}
        of_what = _("保持到%(year)s年末的概率") % {"year": spec.year}
        return replace(frame, reason=head + words + _chance_text(chance, of_what))
    tail = _chance_text(chance, _("预测达到目标的概率"))
    if then is None or lag is None:
        words = _("，缺少基数，数据也不足以预测，不能判断进度") if chance is None else _("，缺少基数，按预测判断")
        return replace(frame, reason=head + words + tail)
    words = _("，按路径应为%(required)s") % required
    if lag > 1e-9:
        more, less = (then, value) if spec.upward else (value, then)
        words += _("，差%(short)s") % {"short": _difference_text(spec, more, less, decimals)} + way
    elif state == "at_risk":
        words += _("，目前不落后但后劲不足")
    return replace(frame, reason=head + words + tail)


def _standing_words(spec: Spec, current: Observation | None, expected: Expected | None, decimals: int) -> Iterator[str]:
    if current is not None:
        shown = {"period": current.period.label, "value": _required_text(spec, current.value, decimals)}
        yield _("%(period)s为%(value)s") % shown
    if expected is not None:
        yield expected_words(spec, expected, decimals if spec.whole else max(decimals, 1))


def _year_of(expected: Expected | None) -> int | None:
    return None if expected is None else expected.period.year


def _without_value(spec: Spec, frame: Verdict, usable: Sequence[Observation], began: float) -> Verdict:
    shown = obs.latest([o for o in usable if abs(o.time - began) <= 1e-6]) or obs.latest(usable)
    if shown is None or shown.value is None:
        return replace(frame, reason=_why_none(spec))
    words = _("只有%(period)s的数据（%(value)s），没有计划期内的数据，请导入或填报") % {
        "period": shown.period.label,
        "value": value_text(spec, shown.value),
    }
    return replace(frame, reason=words, current=shown)


def _lag(spec: Spec, path: Path, value: float, then: float) -> tuple[float, str]:
    """How far ``value`` is behind ``then`` as a share of the whole way, and how that is said."""
    short = then - value if spec.upward else value - then
    start = path.at(path.start[0]) if path.start is not None else None
    way = abs(path.goal[1] - start) if start is not None else 0.0
    if way <= 1e-9 * max(1.0, abs(path.goal[1])):
        lag = short / (abs(path.goal[1]) or 1.0)
        return lag, _("（目标的%(percent)s%%）") % {"percent": number(tenths(lag), 1)}
    lag = short / way
    assert start is not None
    below = start - value if spec.upward else value - start
    if below > 1e-9 * max(1.0, abs(start)):
        words = _("，比基数%(base)s还差%(below)s") % {
            "base": value_text(spec, start),
            "below": _difference_text(spec, *((start, value) if spec.upward else (value, start)), spec.decimals),
        }
        return lag, words
    return lag, _("（全程的%(percent)s%%）") % {"percent": number(tenths(lag), 1)}


def _done_words(spec: Spec, value: float, decimals: int) -> str:
    if spec.value_max is not None:
        words = _("，已达到%(low)s，满额%(high)s") if value < spec.value_max else _("，已达到满额%(high)s")
        return words % {"low": value_text(spec, spec.value), "high": value_text(spec, spec.value_max)}
    return _("，已达到目标%(target)s") % {"target": value_text(spec, spec.value, decimals)}


def _with_rates(spec: Spec, frame: Verdict, path: Path, here: tuple[float, float]) -> Verdict:
    compound = path.shape == "compound" and here[1] > 0 and (path.start is None or path.start[1] > 0)
    seen = run_rate(path.start, here, compound=compound) if path.start is not None else None
    needed = run_rate(here, path.goal, compound=compound)
    if needed is not None and spec.keep:
        # what is reached need not go on, but is not asked to fall
        needed = max(needed, 0.0) if spec.keep == "up" else min(needed, 0.0)
    if compound:
        seen = None if seen is None else seen * 100
        needed = None if needed is None else needed * 100
    return replace(frame, rate_seen=seen, rate_needed=needed, rate_in_percent=compound)


def each_year(
    spec: Spec,
    usable: Sequence[Observation],
    as_of: dt.date,
    chance: float | None,
    rules: Rules,
    expected: Expected | None = None,
) -> Verdict:
    """A target that holds in every year of the plan. The running year is held to the whole year's target by
    its ``expected`` value, without one to the part of the year gone by.
    """
    assert spec.value is not None
    by_year = obs.yearly(usable)
    plan_years = range(spec.start_year, spec.year + 1)
    closed = [y for y in plan_years if dt.date(y, 12, 31) <= as_of]
    years = tuple((y, by_year[y].value if y in by_year else None, _holds(spec, by_year.get(y))) for y in plan_years)
    running = _running(spec, usable, by_year, closed)
    rate = spec.unit in RATE_UNITS
    path = make_path("yearly", None, spec.base_year, spec.value, spec.year)
    in_year = year_fraction(as_of) - as_of.year
    now = spec.value if rate or as_of.year > spec.year else _pieces(spec, spec.value * in_year)
    current = running or next((by_year[y] for y in reversed(closed) if y in by_year), None)
    frame = Verdict("no_data", "", current=current, path=path, required_now=now, years=years, base_year=spec.base_year)
    if expected is not None:
        value, year, share = expected.value, expected.period.year, 1.0
    elif current is None or current.value is None:
        return replace(frame, reason=_why_none(spec))
    else:
        value, year = current.value, current.period.year
        share = 1.0 if rate or current.period.kind == PeriodKind.YEAR else current.period.last_month / 12
    then = _pieces(spec, spec.value * share)
    short = then - value if spec.upward else value - then
    if spec.comparator == "=":
        short = abs(short)
    lag = short / (abs(then) or 1.0)
    frame = replace(
        frame, required_then=then, rate_seen=value / share, rate_needed=spec.value, lag=lag,
        by_expected=expected is not None,
    )  # fmt: skip
    decimals = telling(value, (then,), spec.decimals)
    head = "，".join(_standing_words(spec, current, expected, decimals)) + _("，要求%(required)s") % {
        "required": f"{_sign(spec)}{value_text(spec, then, decimals)}",
    }
    failed = [y for y in closed if y in by_year and not _holds(spec, by_year[y])]
    missing = [y for y in closed if y not in by_year and y < year]
    tail = _("；%(years)s年缺数据") % {"years": listed(map(str, missing))} if missing else ""
    if failed:
        tail += _("；%(years)s年未达到") % {"years": listed(map(str, failed))}
    held = [y for y in plan_years if y in by_year and _holds(spec, by_year[y])]
    if len(held) == len(plan_years):
        return replace(frame, state="done", reason=_("各年均已达到；") + head + tail)
    going = expected is not None or running is not None
    over = not going and year >= spec.year
    if current is not None and expected is None and is_stale(current.time, as_of) and not over:
        return _stale(spec, frame, head + tail, as_of)
    # that every year holds is out of reach once one has failed: no chance is given
    if failed and chance is not None:
        tail += _("，各年均达到已无可能，不给出概率")
    chance = None if failed or over else chance
    holds = lag <= 1e-9 and (spec.comparator not in (">", "<") or short < 0 or going)
    last_failed = bool(failed and failed[-1] == year - 1)
    if not holds and (not going or last_failed):
        state: State = "off_track"
    else:
        state = state_of(lag=0.0 if holds else lag, chance=chance, reached=False, rules=rules, flat=True)
        if failed and state == "on_track":
            state = "at_risk"
        elif holds and state == "at_risk":
            tail = _("，目前不落后但后劲不足") + tail
    tail += _chance_text(chance, _("%(year)s年达到的概率") % {"year": spec.year})
    shown = 0.0 if holds else lag
    by = applied(lag=shown, chance=chance, reached=False, state=state, rules=rules, year=_year_of(expected))
    return replace(frame, state=state, reason=head + tail, chance=chance, applied=by if not failed else "")


def _sign(spec: Spec) -> str:
    return {">=": "≥", ">": "＞", "<=": "≤", "<": "＜"}.get(spec.comparator, "＝")


def _pieces(spec: Spec, value: float) -> float:
    return round_half_up(value) if spec.whole else value


def _holds(spec: Spec, observation: Observation | None) -> bool | None:
    return None if observation is None or observation.value is None else spec.reached_by(observation.value)


def _running(
    spec: Spec, usable: Sequence[Observation], by_year: Mapping[int, Observation], closed: Sequence[int]
) -> Observation | None:
    """The value so far of the year after the last one with a whole value: since January, or for rates any
    part of the year.
    """
    kinds = (PeriodKind.CUMULATIVE, PeriodKind.HALF, PeriodKind.QUARTER)
    after = max((y for y in by_year if y >= spec.start_year), default=spec.start_year - 1)
    candidates = [
        o
        for o in usable
        if after < o.period.year <= spec.year
        and o.period.kind in kinds
        and (o.period.first_month == 1 or spec.unit in RATE_UNITS)
    ]
    return obs.latest(candidates)


def mean_growth(
    spec: Spec, usable: Sequence[Observation], as_of: dt.date, chance: float | None, rules: Rules
) -> Verdict:
    """A mean growth since the base, which is known only at the end."""
    assert spec.value is not None
    base_year = spec.base_year if spec.base_year is not None else spec.start_year - 1
    current = obs.latest([o for o in usable if o.period.year > base_year])
    path = make_path("yearly", None, base_year, spec.value, spec.year)
    frame = Verdict("no_data", "", path=path, required_now=spec.value, base_year=base_year)
    if current is None or current.value is None:
        return replace(frame, reason=_why_none(spec))
    needed = remaining_mean_growth(current.value, current.period.year - base_year, spec.value, spec.year - base_year)
    if needed is not None and spec.upward and spec.value >= 0:
        needed = max(needed, 0.0)  # growth is not asked to turn into a fall
    short = spec.value - current.value if spec.upward else current.value - spec.value
    lag = short / (abs(spec.value) or 1.0)
    decimals = telling(current.value, (spec.value,), spec.decimals)
    frame = replace(
        frame,
        current=current,
        required_then=spec.value,
        rate_seen=current.value,
        rate_needed=needed,
        rate_in_percent=True,
        lag=lag,
    )
    head = _("%(base)s—%(year)s年年均%(value)s，要求%(target)s") % {
        "base": base_year,
        "year": current.period.year,
        "value": value_text(spec, current.value, decimals),
        "target": f"{_sign(spec)}{value_text(spec, spec.value, decimals)}",
    }
    if current.period.year >= spec.year and current.period.kind == PeriodKind.YEAR:
        return replace(frame, state="done" if spec.reached_by(current.value) else "off_track", reason=head)
    if is_stale(current.time, as_of):
        return _stale(spec, frame, head, as_of)
    if needed is not None:
        calm = _("，其后各年不下降即可")
        head += calm if needed == 0.0 else _("，其后各年需年均%(needed)s%%") % {"needed": number(needed, 1)}
    state = state_of(lag=lag, chance=chance, reached=False, rules=rules)
    tail = _chance_text(chance, _("预测达到目标的概率"))
    by = applied(lag=lag, chance=chance, reached=False, state=state, rules=rules)
    return replace(frame, state=state, reason=head + tail, chance=chance, applied=by)
