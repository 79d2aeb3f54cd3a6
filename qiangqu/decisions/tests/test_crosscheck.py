"""The cross-check on small worlds made by hand: what it must find, and what it must leave alone."""

import numpy as np
import pytest

from qiangqu.decisions.crosscheck.copying import copied
from qiangqu.decisions.crosscheck.judging import judge
from qiangqu.decisions.crosscheck.line import Yearly, below_line
from qiangqu.decisions.crosscheck.model import fit
from qiangqu.decisions.crosscheck.panel import KINDS, Flag, Panel, median

MONTHS, FIRMS, FIRST = 30, 120, 2024 * 12
NAMES = ("electricity", "water", "freight")
SLOPE = {"electricity": 0.75, "water": 0.6, "freight": 1.0}


@pytest.fixture(scope="module")
def honest() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Output and three meters of 120 enterprises in two industries; nobody cheats."""
    random = np.random.default_rng(5)
    industry = np.arange(FIRMS) % 2
    season = 0.2 * np.sin(np.arange(MONTHS) / 2)[None, :] * np.where(industry == 0, 1, -1)[:, None]
    volume = 6 + random.normal(0, 1, (FIRMS, 1)) + season + random.normal(0, 0.12, (FIRMS, MONTHS))
    output = np.round(np.exp(volume + random.normal(0, 0.01, (FIRMS, MONTHS))), 2)
    meters = {
        name: np.exp(SLOPE[name] * volume + random.normal(0, 0.02, (FIRMS, MONTHS)) + random.normal(0, 1, (FIRMS, 1)))
        for name in NAMES
    }
    return output, meters


def panel_of(output: np.ndarray, meters: dict[str, np.ndarray], **reported: np.ndarray) -> Panel:
    months = tuple(range(FIRST, FIRST + MONTHS))
    return Panel(months, np.arange(FIRMS) % 2, {"output": output} | reported, meters, KINDS, {"output": 0.01})


def about(flags: list[Flag], row: int) -> list[Flag]:
    return [flag for flag in flags if flag.row == row]


def test_slopes_are_those_of_the_meters(honest: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    output, meters = honest
    slopes = fit(panel_of(output, meters), "output").slopes
    for name in NAMES:
        assert slopes[name] == pytest.approx([SLOPE[name]] * 2, abs=0.04)


def test_false_figures_do_not_bend_the_slopes(honest: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    output, meters = honest
    false = output.copy()
    false[:15, 18:] *= 1.3
    slopes = fit(panel_of(false, meters), "output").slopes
    assert slopes["freight"] == pytest.approx([1.0] * 2, abs=0.05)


def test_too_high_is_found_with_its_months_and_size(honest: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    output, meters = honest
    false = output.copy()
    false[7, 22:] *= 1.15
    flags, _fits = judge(panel_of(false, meters))
    (flag,) = about(flags, 7)
    assert flag.what == "over" and abs(flag.first - (FIRST + 22)) <= 1 and flag.last == FIRST + MONTHS - 1
    assert flag.low is not None and flag.high is not None and flag.low < np.log(1.15) < flag.high
    assert {kind for kind, gap in flag.agree if gap > 0.08} == {"energy", "water", "freight"}
    assert len({one.row for one in flags} - {7}) <= 0.05 * FIRMS


def test_a_saving_of_one_meter_is_no_falsehood(honest: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    output, meters = honest
    saved = {name: series.copy() for name, series in meters.items()}
    saved["electricity"][7, 20:] *= 0.8
    flags, _fits = judge(panel_of(output, saved))
    assert not about(flags, 7)


def test_a_stop_is_no_falsehood(honest: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    output, meters = honest
    still, low = output.copy(), {name: series.copy() for name, series in meters.items()}
    still[7, 25:27] *= 0.02
    for series in low.values():
        series[7, 25:27] *= 0.25  # base load goes on
    flags, _fits = judge(panel_of(still, low))
    assert not about(flags, 7)


@pytest.mark.parametrize("later", [True, False])
def test_a_shift_between_months_is_found(honest: tuple[np.ndarray, dict[str, np.ndarray]], later: bool) -> None:
    output, meters = honest
    false = output.copy()
    moved = 0.3 * false[9, 25 if later else 26]
    false[9, 25] += -moved if later else moved
    false[9, 26] += moved if later else -moved
    flags, _fits = judge(panel_of(false, meters))
    assert ("shift", FIRST + 25, FIRST + 26) in [(flag.what, flag.first, flag.last) for flag in about(flags, 9)]


def test_copies_are_found_and_standing_counts_are_not(honest: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    output, meters = honest
    false = output.copy()
    false[3, 24], false[4, 26] = false[3, 23], false[4, 25] * 1.0008
    added = np.round(false * 0.3 * np.exp(np.random.default_rng(1).normal(0, 0.03, false.shape)), 2)
    added[3, 24], added[4, 26] = added[3, 23], added[4, 25]
    staff = np.full(false.shape, 50.0)  # everybody's staff stands still
    found = copied(panel_of(false, meters, value_added=added, employees=staff))
    assert {(flag.row, flag.first - FIRST) for flag in found} == {(3, 24), (4, 26)}


def test_what_is_missing_is_no_zero(honest: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    output, meters = honest
    holes = output.copy()
    holes[:, 20] = np.nan
    holes[5] = np.nan
    bare = {name: series.copy() for name, series in meters.items()}
    for series in bare.values():
        series[6] = np.nan
        series[8, 12:20] = np.nan
    flags, _fits = judge(panel_of(holes, bare))
    assert not about(flags, 5) and not about(flags, 6)
    judge(panel_of(np.full_like(output, np.nan), bare))  # nothing at all
    judge(panel_of(output, {}))


def test_split_is_found_with_its_partner() -> None:
    random = np.random.default_rng(3)
    rows, years = 80, (2023, 2024, 2025)
    true = np.exp(random.uniform(6.2, 8.6, (rows, 1)) + random.normal(0, 0.1, (rows, 3)))
    meters = {name: true * np.exp(random.normal(0, 0.25, (rows, 1)) + random.normal(0, 0.03, true.shape)) for name in NAMES}  # fmt: skip
    revenue, group = true.copy(), np.full(rows, -1)
    true[4], revenue[4] = (2600, 2700, 2800), (2600, 2700, 1500)
    revenue[5] = (np.nan, np.nan, 1300)
    for series in meters.values():
        series[4] = true[4] * series[4] / series[4].mean() * 1.1
        series[5] = np.nan
    group[[4, 5]] = 0
    found = {flag.row: flag for flag in below_line(Yearly(years, np.zeros(rows, dtype=int), revenue, meters, group, 2000, KINDS))}  # fmt: skip
    assert found[4].partners == (5,) and found[4].gap is not None and found[4].gap < -0.4
    assert len(found) <= 3


def test_shapes_and_medians() -> None:
    with pytest.raises(ValueError, match="instead of"):
        Panel((1, 2), np.zeros(2, dtype=int), {"output": np.ones((2, 3))}, {})
    with pytest.raises(ValueError, match="consecutive"):
        Panel((1, 3), np.zeros(1, dtype=int), {"output": np.ones((1, 2))}, {})
    with pytest.raises(ValueError, match="infinite"):
        Panel((1, 2), np.zeros(1, dtype=int), {"output": np.array([[1.0, np.inf]])}, {})
    assert median(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, 4.0]]), 1).tolist() == [[2.0], [4.0]]
    assert np.isnan(median(np.array([[1.0, np.nan]]), 1, 2)).all()
