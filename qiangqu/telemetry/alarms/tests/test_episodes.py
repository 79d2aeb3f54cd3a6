import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiangqu.telemetry.alarms.conditions import parse_condition
from qiangqu.telemetry.alarms.episodes import Logic, episode_at, holds, states
from qiangqu.telemetry.alarms.features import features

MINUTE = 60_000


def episodes(times, values, grid, logic: Logic, limit: float = np.nan):
    columns = features(times, values, grid, logic.windows, None) | {"limit": np.full(len(grid), limit)}
    fired, cleared = holds(logic.fire, logic.clear, columns)
    return [episode_at(index, grid, columns["value"]) for index in states(fired, cleared, grid, logic)]


def run(values, logic: Logic, limit: float = np.nan, step: int = MINUTE):
    values = np.asarray(values, dtype=float)
    times = np.arange(1, len(values) + 1, dtype=np.int64) * step
    return episodes(times, values, times, logic, limit)


def logic(fire: str, clear: str | None = None, on: int = 0, off: int = 0) -> Logic:
    return Logic(parse_condition(fire), parse_condition(clear) if clear else None, on, off)


def test_over_the_limit_and_back() -> None:
    (one,) = run([1, 5, 6, 2, 1], logic("value > limit"), limit=4)
    assert (one.began, one.raised, one.cleared) == (2 * MINUTE, 2 * MINUTE, 4 * MINUTE)
    assert (one.value, one.lowest, one.highest) == (5, 5, 6)


def test_without_a_limit_nothing_fires() -> None:
    assert run([1, 5, 6], logic("value > limit")) == []


def test_hysteresis_holds_the_alarm_until_the_value_is_well_below() -> None:
    values = [5, 3.9, 5, 3.9, 5, 2]
    assert len(run(values, logic("value > 4"))) == 3
    (one,) = run(values, logic("value > 4", "value < 3"))
    assert one.cleared == 6 * MINUTE


def test_short_peaks_do_not_outlast_the_delay() -> None:
    assert run([5, 1, 5, 5, 1], logic("value > 4", on=120)) == []
    (one,) = run([5, 5, 5, 1], logic("value > 4", on=120))
    assert (one.began, one.raised) == (MINUTE, 3 * MINUTE)


def test_delay_before_clearing() -> None:
    (one,) = run([5, 1, 5, 1, 1, 1], logic("value > 4", off=120))
    assert one.cleared == 6 * MINUTE


def test_missing_data_and_a_frozen_value() -> None:
    times = np.array([MINUTE, 2 * MINUTE], dtype=np.int64)
    grid = np.arange(1, 20, dtype=np.int64) * MINUTE
    (one,) = episodes(times, np.array([1.0, 2.0]), grid, logic("age > 600"))
    assert (one.raised, one.cleared) == (13 * MINUTE, None)
    never = episodes(np.array([], dtype=np.int64), np.array([]), grid, logic("age > 600"))
    assert never[0].raised == MINUTE
    (frozen,) = run([1, 2, 3, 3, 3, 3, 3, 3, 4], logic("span(240) = 0 AND count(240) >= 4"))
    assert (frozen.raised, frozen.cleared) == (6 * MINUTE, 9 * MINUTE)


def test_mean_of_an_hour_over_the_limit() -> None:
    values = [10] * 30 + [100] * 30 + [10] * 61
    (one,) = run(values, logic("mean(3600) > 50 AND count(3600) >= 45"))
    assert one.raised == 54 * MINUTE  # 30 of 10 and 24 of 100: the mean is exactly 50; one more exceeds it
    assert one.cleared is not None


def test_rate_of_change() -> None:
    (one,) = run([1, 1, 1, 9, 9, 9, 9], logic("change(120) > 5"))
    assert (one.raised, one.cleared) == (4 * MINUTE, 6 * MINUTE)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 400), st.floats(-1e6, 1e6)), max_size=60),
    st.lists(st.integers(0, 500), min_size=1, max_size=20),
    st.integers(1, 300),
)
def test_features_are_what_a_slow_reading_gives(rows, moments, seconds) -> None:
    rows = sorted({time * 1000: value for time, value in rows}.items())
    times = np.array([t for t, _ in rows], dtype=np.int64)
    values = np.array([v for _, v in rows])
    grid = np.array(sorted(moments), dtype=np.int64) * 1000
    windows = [(f, seconds) for f in ("mean", "low", "high", "span", "change", "count")]
    found = features(times, values, grid, windows)
    for at, moment in enumerate(grid.tolist()):
        before = [v for t, v in rows if t <= moment]
        inside = [v for t, v in rows if moment - seconds * 1000 < t <= moment]
        earlier = [v for t, v in rows if moment - 2 * seconds * 1000 < t <= moment - seconds * 1000]
        expected = {
            "value": before[-1] if before else np.nan,
            f"count_{seconds}": float(len(inside)),
            f"mean_{seconds}": sum(inside) / len(inside) if inside else np.nan,
            f"low_{seconds}": min(inside) if inside else np.nan,
            f"high_{seconds}": max(inside) if inside else np.nan,
            f"span_{seconds}": max(inside) - min(inside) if inside else np.nan,
            f"change_{seconds}": before[-1] - earlier[-1] if inside and earlier else np.nan,
        }
        for name, value in expected.items():
            assert found[name][at] == pytest.approx(value, rel=1e-9, abs=1e-6, nan_ok=True), name
