"""State, chance, forecast and path follow one printed rule: by hand, and over random series, targets and
bounds.
"""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.base.periods import parse_period
from qiangqu.decisions.distribution import Forecast, nothing
from qiangqu.decisions.forecast import forecast_many
from qiangqu.plan import observations as obs
from qiangqu.plan.judge import chance_of, in_unit, judge, request_of, series_of
from qiangqu.plan.observations import Observation
from qiangqu.plan.rule import Rules, percent, short_words, words
from qiangqu.plan.spec import Spec, telling

from .repeating import check_forecast, check_path, check_rule

RULES = Rules()
DAY = dt.date(2026, 11, 30)


def spec(**more) -> Spec:
    values = {
        "kind": "level", "comparator": ">=", "value": 200.0, "value_max": None, "unit": "亿元", "year": 2027, "base_year": 2022,
        "base": 100.0, "shape": "linear", "start_year": 2023,
    }  # fmt: skip
    return Spec(**(values | more))


def seen(values: dict[str, float | None], simulated: bool = False) -> list[Observation]:
    return [Observation(parse_period(code), value, simulated) for code, value in values.items()]


def outlook(s: Spec, values: list[Observation], day: dt.date = DAY) -> Forecast:
    known = obs.known(values, day)
    series = series_of(s, known)
    return forecast_many([request_of(s, series, known)])[0] if series.values else nothing("")


def with_chance(chance: float, limit: float = 200.0) -> Forecast:
    from scipy.special import ndtri

    return Forecast(limit + float(ndtri(chance)), 0.0, 1e9, 1.0, "short", "")


# ---- old values


def test_an_old_value_is_never_on_track() -> None:
    """Published 31 of 2023, on the path then; 88 are simulated in 2026: neither judges today, both are
    named.
    """
    s = spec(kind="cumulative", unit="个", value=100.0, base=0.0, decimals=0)
    values = seen({"2023": 31.0}) + seen({"2026-01/2026-11": 88.0}, simulated=True)
    v = judge(s, values, DAY, None, RULES)
    assert v.stale and v.state == "no_data" and v.shown == "stale" and v.chance is None
    assert v.current.value == 31.0 and v.beside.value == 88.0 and v.beside.simulated
    assert "缺2024、2025年的数据" in v.reason and "模拟数据2026年1—11月为88个（按路径应为78个）" in v.reason


@pytest.mark.parametrize("value", [50.0, 120.0, 170.0, 300.0])
@pytest.mark.parametrize("kind", ["level", "share", "annual_growth", "yearly", "growth"])
def test_old_values_of_every_kind(kind, value) -> None:
    shape = "yearly" if kind in ("yearly", "growth") else "linear"
    v = judge(spec(kind=kind, shape=shape, unit="%"), seen({"2023": value}), DAY, with_chance(0.99), RULES)
    assert v.stale and v.state == "no_data" and "数据停在2023年" in v.reason


def test_what_cannot_be_lost_again_does_not_grow_old() -> None:
    s = spec(kind="cumulative", unit="个", value=100.0, base=0.0, decimals=0)
    assert judge(s, seen({"2023": 101.0}), DAY, None, RULES).state == "done"
    late = judge(spec(), seen({"2027": 190.0}), dt.date(2031, 1, 1), None, RULES)
    assert late.state == "off_track" and "数据停在" not in late.reason


def test_a_year_and_a_half_is_the_limit() -> None:
    assert judge(spec(), seen({"2025": 170.0}), dt.date(2027, 6, 30), None, RULES).state == "on_track"
    assert judge(spec(), seen({"2025": 170.0}), dt.date(2027, 7, 3), None, RULES).stale


def test_published_values_stand_beside_simulated_ones() -> None:
    values = seen({"2021": 90.0}) + seen({"2025": 170.0}, simulated=True)
    v = judge(spec(), values, DAY, None, RULES)
    assert v.current.simulated and v.beside.value == 90.0 and "发布数据停在2021年（90亿元）" in v.reason


# ---- state and chance


@pytest.mark.parametrize(
    ("value", "chance", "state"),
    [
        (170.0, 0.31, "on_track"), (170.0, 0.29, "at_risk"), (170.0, 0.001, "at_risk"),
        (155.0, 0.50, "on_track"), (155.0, 0.90, "on_track"), (155.0, 0.49, "at_risk"), (155.0, 0.01, "at_risk"),
        (120.0, 0.50, "at_risk"), (120.0, 0.49, "off_track"), (120.0, 0.01, "off_track"),
        (201.0, 0.81, "done"), (201.0, 0.61, "on_track"), (201.0, 0.49, "at_risk"), (201.0, 0.05, "at_risk"),
    ],
)  # fmt: skip
def test_table_of_the_rule(value, chance, state) -> None:
    """2025 asks for 160 of a way of 100."""
    v = judge(spec(), seen({"2025": value}), dt.date(2026, 1, 31), with_chance(chance), RULES)
    assert v.state == state and v.chance == percent(chance) / 100 and v.applied
    check_rule(spec(), v, RULES)


def test_thresholds_are_held_against_what_is_shown() -> None:
    """0.496 is shown as 50 %, 10.04 % of the way as 10 %."""
    v = judge(spec(), seen({"2025": 149.96}), dt.date(2026, 1, 31), with_chance(0.496), RULES)
    assert v.state == "on_track" and v.chance == 0.5 and "（全程的10%）" in v.reason


def test_every_year_the_same_and_a_forecast_on_the_wrong_side() -> None:
    """3.3 percentage points, at least 0 wanted, forecast −1.9: not on track."""
    s = spec(kind="growth", shape="yearly", unit="百分点", value=0.0, base=None)
    values = seen({"2024": 6.0, "2025": -8.0, "2026-01/2026-10": 3.3})
    v = judge(s, values, DAY, Forecast(-1.9, -28.7, 24.8, 20.0, "short", ""), RULES)
    assert v.state in ("at_risk", "off_track")
    good = judge(s, seen({"2026-01/2026-10": 3.3}), DAY, Forecast(-1.9, -28.7, 24.8, 20.0, "short", ""), RULES)
    assert good.state == "at_risk" and good.chance == 0.46 and "后劲不足" in good.reason


def test_a_failed_year_takes_the_chance_away() -> None:
    s = spec(kind="yearly", shape="yearly", unit="个", value=300.0, base=None, decimals=0)
    values = seen({"2023": 200.0, "2024": 310.0, "2025": 320.0, "2026-01/2026-11": 262.0})
    v = judge(s, values, DAY, with_chance(0.9, 300.0), RULES)
    assert v.state == "at_risk" and v.chance is None and "2023年未达到" in v.reason and v.required_then == 275.0


def test_nothing_is_certain_but_what_bounds_decide() -> None:
    capped = spec(kind="cumulative", comparator="<=", unit="个", value=100.0, base=0.0, decimals=0)
    values = seen({"2023": 40.0, "2024": 80.0, "2025": 101.0})
    v = judge(capped, values, dt.date(2026, 1, 31), outlook(capped, values, dt.date(2026, 1, 31)), RULES)
    assert v.chance == 0.0 and v.state == "off_track" and "已不可能达到" in v.reason
    early = seen({"2023": 10.0, "2024": 20.0})
    assert judge(capped, early, dt.date(2025, 1, 31), None, RULES).state == "on_track", "a cap is kept only at the end"
    share = spec(kind="share", unit="%", value=100.0, base=80.0)
    values = seen({str(2018 + i): v for i, v in enumerate([80, 83, 86, 89, 92, 95, 97, 98.5])})
    v = judge(share, values, dt.date(2026, 1, 31), outlook(share, values, dt.date(2026, 1, 31)), RULES)
    assert 0.9 <= v.chance < 1.0


def test_the_rule_names_its_thresholds() -> None:
    text = "".join(words(Rules(0.2, 0.6, 0.4)))
    assert "20%" in text and "60%" in text and "40%" in text and "80%" in text and "18个月" in text
    assert "20%" in short_words(Rules(0.2, 0.6, 0.4))


# ---- paths that fall, whole pieces, words


def test_base_beyond_the_target_is_a_finding_and_asks_for_no_fall() -> None:
    s = spec(value=1200.0, base=1345.7)
    v = judge(s, seen({"2025": 1189.3}), DAY, None, RULES)
    assert v.required_then == v.required_now == 1200.0 and v.state == "at_risk" and v.rate_needed > 0
    assert "已达到目标1,200亿元" in v.findings[0] and "差10.7亿元（目标的0.9%）" in v.reason
    above = judge(spec(value=6000.0, base=8485.7, shape="compound"), seen({"2025": 8837.5}), DAY, None, RULES)
    assert above.rate_needed == 0.0 and above.state == "done" and above.findings
    down = judge(spec(comparator="<=", value=0.9, base=0.5, decimals=2), seen({"2025": 0.6}), DAY, None, RULES)
    assert down.required_now == 0.9 and down.findings and down.rate_needed == 0.0
    assert not judge(spec(), seen({"2025": 160.0}), DAY, None, RULES).findings


def test_a_sum_that_falls_is_a_finding() -> None:
    """A yearly series bound where a sum belongs: 22, 26, 28, 22."""
    s = spec(kind="cumulative", unit="个", value=100.0, base=0.0, decimals=0)
    v = judge(s, seen({"2023": 22.0, "2024": 26.0, "2025": 28.0, "2026-01/2026-11": 22.0}), DAY, None, RULES)
    assert "累计数由2025年的28个降为2026年1—11月的22个" in v.findings[0]


@pytest.mark.parametrize(("last", "series"), [(603.0, [300.0, 590.0, 600.0]), (4.0, [1.0, 3.0, 4.0])])
def test_forecast_of_a_sum_begins_where_it_stands(last, series) -> None:
    s = spec(kind="cumulative", unit="家", value=1000.0, base=0.0, decimals=0)
    values = seen({"2023": series[0], "2024": series[1], "2025": series[2], "2026-01/2026-11": last})
    f = outlook(s, values)
    assert f.low >= last and f.whole and float(f.low).is_integer() and all(step.low >= last for step in f.path)


def test_counts_are_whole_and_gaps_between_percentages_are_points() -> None:
    s = spec(kind="count", unit="家", value=15.0, base=5.0, decimals=0)
    v = judge(s, seen({"2026-01/2026-11": 12.0}), DAY, None, RULES)
    assert v.required_now == 13.0 and "差1家（全程的10%）" in v.reason
    share = judge(spec(kind="share", unit="%", value=15.0, base=8.0), seen({"2025": 9.6}), DAY, None, RULES)
    assert "差2.6个百分点" in share.reason
    below = judge(
        spec(kind="count", unit="个", value=4.0, base=3.0, decimals=0), seen({"2026-10": 2.0}), DAY, None, RULES
    )
    assert "差2个，比基数3个还差1个" in below.reason and "全程" not in below.reason


def test_shown_decimals_tell_which_side_a_value_is_on() -> None:
    assert telling(199.96, [200.0], 1) == 2 and telling(199.9, [200.0], 1) == 1 and telling(None, [1.0], 0) == 0
    v = judge(spec(), seen({"2025": 199.96}), DAY, None, RULES)
    assert "199.96" in v.reason and v.state == "on_track"


# ---- any target, any series

PERIODS = [str(y) for y in range(2020, 2028)] + ["2024-01/2024-06", "2025-06", "2026-01/2026-10", "2026Q3"]
UNITS = {"level": "亿元", "growth": "百分点", "annual_growth": "%", "share": "%", "count": "家", "change": "%", "cumulative": "个", "yearly": "个"}  # fmt: skip


@given(
    kind=st.sampled_from(sorted(UNITS)),
    comparator=st.sampled_from([">=", ">", "<=", "<", "="]),
    shape=st.sampled_from(["linear", "compound", "milestones"]),
    value=st.floats(0, 100),
    base=st.none() | st.floats(0, 100),
    milestone=st.none() | st.floats(0, 100),
    values=st.dictionaries(st.sampled_from(PERIODS), st.tuples(st.floats(0, 100), st.booleans()), max_size=9),
    day=st.dates(dt.date(2023, 2, 1), dt.date(2030, 12, 31)),
    rules=st.sampled_from([RULES, Rules(0.2, 0.6, 0.4), Rules(0.0, 0.5, 0.5)]),
)
@settings(max_examples=400, deadline=None)
def test_any_target_follows_the_rule(kind, comparator, shape, value, base, milestone, values, day, rules) -> None:
    counted = kind in ("count", "cumulative", "yearly")
    as_is = float if not counted else lambda x: float(round(x))
    s = spec(
        kind=kind, comparator=comparator, unit=UNITS[kind], value=as_is(value), base=None if base is None else as_is(base),
        shape="yearly" if kind in ("yearly", "growth") else shape, decimals=0 if counted else 1,
        milestones={2025: milestone} if milestone is not None and shape == "milestones" else {},
    )  # fmt: skip
    seen_ = sorted((parse_period(code), as_is(v), sim) for code, (v, sim) in values.items())
    if kind == "cumulative":
        seen_ = [(p, max(v for q, v, _s in seen_ if q.end <= p.end), sim) for p, _v, sim in seen_]
    rows = [Observation(p, v, sim) for p, v, sim in seen_]
    f = outlook(s, rows, day)
    v = judge(s, rows, day, f, rules)
    check_rule(s, v, rules)
    check_path(s, v)
    if chance_of(s, f) is not None:
        check_forecast(s, v, in_unit(s, f))
    if v.beside is not None:
        assert v.beside.simulated is not v.current.simulated
