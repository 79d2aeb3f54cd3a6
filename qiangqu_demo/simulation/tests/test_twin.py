"""The twin as pure arrays: sizes, consistency, realism, determinism."""

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qiangqu_demo.simulation
from qiangqu.base.codes import is_valid_uscc
from qiangqu.base.errors import InputError
from qiangqu.base.periods import from_key, parse_period
from qiangqu_demo.simulation.frame import window
from qiangqu_demo.simulation.holders import end_of
from qiangqu_demo.simulation.regional import regional_facts
from qiangqu_demo.simulation.schema import Regional, RegionalElement
from qiangqu_demo.simulation.series import MONTHLY
from qiangqu_demo.simulation.titles import holders_by_year
from qiangqu_demo.simulation.twin import build
from qiangqu_demo.simulation.yearly import SMALL_YEARLY

from .conftest import UNTIL


def settled(twin):
    """Values as they stand after corrections, by (element, kind, period, subject) order of the facts."""
    value = twin.facts.value.copy()
    cells = {
        cell: i
        for i, cell in enumerate(
            zip(
                twin.facts.element.tolist(),
                twin.facts.subject_kind.tolist(),
                twin.facts.subject.tolist(),
                twin.facts.period.tolist(),
                strict=True,
            )
        )
    }
    c = twin.corrections
    for e, k, s, p, v in zip(
        c.element.tolist(), c.subject_kind.tolist(), c.subject.tolist(), c.period.tolist(), c.value, strict=True
    ):
        value[cells[e, k, s, p]] = v
    return value


@pytest.fixture(scope="module")
def grid(full):
    """element -> (large enterprises, months) of settled monthly values; NaN where nothing was reported."""
    value, large = settled(full), int(full.enterprises.large.sum())
    at = {int(key): i for i, key in enumerate(full.window.keys)}
    found = {}
    for number, element in enumerate(full.facts.elements):
        if element not in MONTHLY:
            continue
        rows = np.flatnonzero(
            (full.facts.element == number) & (full.facts.subject_kind == 2) & (full.facts.period > 5_000_000)
        )
        table = np.full((large, full.window.months), np.nan)
        table[full.facts.subject[rows], [at[int(p)] for p in full.facts.period[rows]]] = value[rows]
        found[element] = table
    return found


def test_sizes_are_those_that_were_asked_for(full, parameters):
    e = full.enterprises
    assert (e.closed == 0).sum() == 10_000
    assert e.above_at(full.window.months - 1).sum() == 1400
    assert full.window.months == 60 and full.window.keys[-1] == UNTIL.key
    assert 1_200_000 <= len(full.facts) <= 1_600_000
    assert set(full.facts.elements) >= set(MONTHLY)
    assert set(e.zone.tolist()) == set(range(24))


def test_what_the_plan_counts_yearly_is_there(full):
    starts = Counter((v.kind, v.final["started_on"].year) for v in full.ventures if v.final.get("started_on"))
    for year in range(2022, 2026):
        assert starts["technical_renovation", year] >= 100
        assert starts["chain_extension", year] >= 250
        assert starts["energy_saving", year] >= 30
        entered = (full.window.years_of == year).nonzero()[0]
        assert np.isin(full.enterprises.enters, entered).sum() >= 100


def test_every_kind_of_the_pack_is_simulated(full, frame):
    assert {award.kind for award in full.awards} == set(frame.titles)
    assert {venture.kind for venture in full.ventures} == set(frame.project_kinds)


def test_value_added_is_less_than_output_and_quantities_are_positive(grid):
    told = ~np.isnan(grid["value_added"])
    assert told.sum() > 70_000
    assert (grid["value_added"][told] < grid["gross_output"][told]).all()
    for element in (
        "gross_output",
        "operating_revenue",
        "energy_consumption",
        "electricity_consumption",
        "water_withdrawal",
        "employees",
    ):
        assert (grid[element][told] > 0).all(), element
    for element in set(MONTHLY) - {"total_profit"}:
        assert (grid[element][~np.isnan(grid[element])] >= 0).all(), element
    assert (grid["technical_renovation_investment"][told] <= grid["fixed_asset_investment_enterprise"][told]).all()
    assert (grid["solid_waste_utilised"][told] <= grid["solid_waste_generated"][told]).all()


def test_sums_agree_with_published_figures(full, grid, frame, parameters):
    """Computed here from the facts, not taken from the calibration's own account."""
    large = full.enterprises.take(np.flatnonzero(full.enterprises.large))
    codes = np.array([a.code for a in parameters.activities])[large.activity]

    def total(element, period, zones=None, divisions=(6, 46)):
        rows = large.industrial & np.array([divisions[0] <= int(c[:2]) <= divisions[1] for c in codes])
        if zones is not None:
            rows &= np.isin(large.zone, zones)
        return np.nansum(grid[element][rows][:, full.window.slots(parse_period(period))])

    ningdong = [frame.zones.index("NX-Z-01")]
    growth = total("value_added", "2024-01/2024-06") / total("value_added", "2023-01/2023-06")
    assert growth == pytest.approx(1.128 * 0.96, abs=2e-4)
    growth = total("value_added", "2024-01/2024-06", ningdong) / total("value_added", "2023-01/2023-06", ningdong)
    assert growth == pytest.approx(1.28 * 0.96, abs=2e-4)
    growth = total("value_added", "2025", divisions=(13, 43)) / total("value_added", "2024", divisions=(13, 43))
    assert growth == pytest.approx(1.112 * (1 - 0.057), abs=2e-4)
    assert total("value_added", "2022") == pytest.approx(2449.10 * 0.81, rel=2e-4)
    assert total("gross_output", "2022", ningdong) == pytest.approx(1980, rel=2e-3)
    assert total("total_profit", "2025") == pytest.approx(290, rel=2e-3)
    assert total("rd_expenditure", "2022") == pytest.approx(79.38 * 0.8, rel=2e-3)


def test_of_contradicting_figures_the_one_that_counts_is_met(frame):
    (met,) = (
        f.value for f in frame.published if (f.element, f.area, f.period.code) == ("rd_expenditure", "640000", "2022")
    )
    assert met == 79.38  # the pack prefers it to the newer 79.4


def test_the_account_of_the_calibration_is_complete(full, frame, parameters):
    used = [line for line in full.account if line.wanted is not None]
    assert len(used) >= 30
    worst = max(abs(line.reached - line.wanted) for line in used if line.kind == "growth")
    assert worst < 1.0  # percentage points; contradictory figures are averaged
    assert all(line.reason for line in full.account if line.wanted is None)


def test_few_enterprises_dominate(full):
    size = np.sort(full.enterprises.size[full.enterprises.above_at(full.window.months - 1)])[::-1]
    assert size[: len(size) // 10].sum() > 0.55 * size.sum()
    assert np.median(size) < 0.35 * size.mean()


def test_the_spring_festival_is_seen_where_machines_stop(full, grid, parameters):
    large = full.enterprises.take(np.flatnonzero(full.enterprises.large))
    stops = large.sector == list(parameters.sectors).index("equipment")
    for year in (2023, 2024, 2025):
        january, april = (full.window.slots(parse_period(f"{year}-{m:02d}"))[0] for m in (1, 4))
        february = january + 1
        holidays = {2023: january, 2024: february, 2025: january}[year]
        output = np.nansum(grid["gross_output"][stops], axis=0)
        assert output[holidays] < 0.9 * output[april]


def test_some_reports_are_missing_and_some_were_corrected_late(full, grid):
    large = full.enterprises.take(np.flatnonzero(full.enterprises.large))
    at = np.arange(full.window.months)
    due = (at >= large.enters[:, None]) & (at < large.leaves[:, None])
    told = ~np.isnan(grid["gross_output"])
    assert not (told & ~due).any()
    assert 0.003 < 1 - told[:, :-1].sum() / due[:, :-1].sum() < 0.012
    assert 0.015 < 1 - told[:, -1].sum() / due[:, -1].sum() < 0.06
    assert 0.002 < len(full.corrections) / 4 / told.sum() < 0.012


def test_enterprises_come_and_go(full):
    e = full.enterprises
    start, end = e.above_at(0).sum(), e.above_at(full.window.months - 1).sum()
    assert start < end
    assert (e.leaves < full.window.months).sum() > 100
    last = end_of(full.window).toordinal()
    assert ((e.closed == 0) | ((e.born < e.closed) & (e.closed <= last))).all()
    assert (e.born <= last).all()


def test_small_ones_report_yearly_and_nobody_twice(full):
    f = full.facts
    yearly = (f.period // 1_000_000 == 1) & (f.subject_kind == 2)
    for element in SMALL_YEARLY:
        number = f.elements.index(element)
        rows = yearly & (f.element == number) & (f.period == 1_202_400)
        subjects = f.subject[rows]
        assert len(set(subjects.tolist())) == len(subjects) > 8500
    cells = ((f.element * 8 + f.subject_kind) * (1 << 24) + f.subject) * (1 << 23) + f.period
    assert len(np.unique(cells)) == len(f)


def test_an_annual_return_is_the_sum_of_the_months(full, grid):
    f, value = full.facts, settled(full)
    rows = np.flatnonzero(
        (f.element == f.elements.index("gross_output")) & (f.period == 1_202_300) & (f.subject_kind == 2)
    )
    months = full.window.slots(parse_period("2023"))
    sums = np.nansum(grid["gross_output"][:, months], axis=1)
    checked = 0
    for row in rows:
        subject = f.subject[row]
        if subject < len(sums) and sums[subject] > 0:
            assert value[row] == pytest.approx(sums[subject], abs=1e-3)
            checked += 1
    assert checked > 1000


def test_dates_are_in_order(full):
    last = end_of(full.window)
    for award in full.awards:
        assert award.start <= last and (award.end is None or award.start <= award.end)
    for records in (full.awards, full.ventures, full.parcels):
        for record in records:
            days = [version.day for version in record.versions]
            assert days == sorted(days) and days[-1] <= last
    for venture in full.ventures:
        steps = [venture.entered, *(venture.final.get(name) for name in ("started_on", "finished_on", "accepted_on"))]
        known = [step for step in steps if step is not None]
        assert known == sorted(known)
        stage = venture.final["stage"]
        assert (stage == "reserve") == (venture.final.get("started_on") is None)
        assert (stage == "accepted") == (venture.final.get("accepted_on") is not None)


def test_titles_follow_their_path_and_some_lapse(full, parameters):
    for code, title in parameters.recognitions.kinds.items():
        awards = [award for award in full.awards if award.kind == code]
        targets = holders_by_year(parameters, full.window, title)
        assert targets[:4] == list(title.holders[:4]) and len(targets) == 5  # the fifth year ends in October
        for year, wanted in zip(parameters.recognitions.years, targets, strict=False):
            day = min(dt.date(year, 12, 31), end_of(full.window))
            holding = [a.holder for a in awards if a.start <= day and (a.end is None or a.end >= day)]
            assert len(holding) == len(set(holding)) == wanted, (code, year)
    expired = [award for award in full.awards if award.end and award.end <= end_of(full.window)]
    assert len(expired) > 1000
    kinds_of_giants = {a.holder for a in full.awards if a.kind == "srdi"}
    assert all(a.holder in kinds_of_giants for a in full.awards if a.kind == "little_giant")


def test_nobody_holds_a_title_after_closing(full):
    for award in full.awards:
        closed = int(full.enterprises.closed[award.holder.enterprise]) if award.holder.enterprise >= 0 else 0
        if closed and closed <= end_of(full.window).toordinal() and award.planned_end is None:
            assert award.end is not None and award.end.toordinal() <= closed


def test_names_and_codes_cannot_be_mistaken(full, parameters):
    assert len(set(full.names)) == len(full.names) == len(set(full.codes))
    assert all(name.endswith(parameters.names.marker) for name in full.names + full.short_names)
    assert all(is_valid_uscc(code) and code[2:8] == "000000" for code in full.codes)
    assert all(parameters.names.marker in venture.name for venture in full.ventures)
    assert len({v.code for v in full.ventures}) == len(full.ventures)
    assert len({p.code for p in full.parcels}) == len(full.parcels)


def test_industry_codes_agree_with_the_pack_where_it_names_them(pack, parameters):
    prefixes = {}
    for row in pack.rows("industries.csv"):
        prefixes[row["code"]] = tuple(filter(None, row["gbt4754"].split(";")))
    for activity in parameters.activities:
        known = prefixes.get(activity.chain, ()) + prefixes.get(activity.sector, ())
        assert not known or activity.code.startswith(known), activity


def test_land_is_all_used_by_somebody_of_the_zone(full, frame):
    for parcel in full.parcels:
        assert parcel.land_area > 0
        if parcel.holder >= 0:
            assert full.enterprises.zone[parcel.holder] == parcel.zone
    states = Counter(parcel.status for parcel in full.parcels)
    assert set(states) == {"planned", "supplied", "built", "idle", "low_use"}
    assert states["built"] > 0.6 * len(full.parcels)


def test_same_seed_same_twin_other_seed_another(parameters, frame):
    small = window(UNTIL, 26)
    one, same, other = (build(parameters, frame, small, seed, 300) for seed in (7, 7, 8))
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert (one.facts.value == same.facts.value).all()


def test_another_process_makes_the_same_twin(parameters, frame, pack):
    code = (
        "from qiangqu.base.packs import Pack; from qiangqu.base.periods import parse_period\n"
        "from qiangqu_demo.simulation.frame import read_frame, window; from qiangqu_demo.simulation.parameters import read_parameters\n"
        "from qiangqu_demo.simulation.twin import build\n"
        f"p = Pack({str(pack.folder)!r}); q = read_parameters(p)\n"
        "print(build(q, read_frame(p, q), window(parse_period('2026-10'), 26), 7, 300).fingerprint)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert printed == build(parameters, frame, window(UNTIL, 26), 7, 300).fingerprint


@pytest.mark.parametrize(
    ("until", "months", "count"), [("2026-10", 2, 60), ("2024-12", 36, 100), ("2023-03", 13, 24), ("2027-06", 7, 120)]
)
def test_other_windows_work(parameters, frame, until, months, count):
    twin = build(parameters, frame, window(parse_period(until), months), 1, count)
    assert len(twin.facts) and np.isfinite(twin.facts.value).all()
    assert (twin.enterprises.closed == 0).sum() == count
    assert max(version.day for a in twin.awards for version in a.versions) <= end_of(twin.window)


def test_a_year_without_its_festival_is_refused(parameters, frame):
    with pytest.raises(InputError, match="2033"):
        build(parameters, frame, window(parse_period("2034-06"), 12), 1, 60)


def test_nothing_of_the_region_is_in_the_code():
    folder = Path(qiangqu_demo.simulation.__file__).parent
    for file in folder.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        for word in ("宁夏", "宁东", "银川", "NX-Z", "6400"):
            assert word not in text, (file.name, word)


def test_the_region_states_only_what_nobody_has_published(parameters, frame) -> None:
    """A value for each full year, whole pieces whole, the newest month of what stands; nothing of a published
    element.
    """
    until = window(parse_period("2026-10"), 60)
    blocks = {block.element: block for block in regional_facts(parameters, frame, until)}
    assert set(blocks) == set(parameters.regional.elements)
    assert not set(blocks) & {figure.element for figure in frame.published if figure.area == frame.region}
    chains = blocks["key_chains"]
    told = {from_key(int(key)).code: value for key, value in zip(chains.period, chains.value, strict=True)}
    assert told == {"2022": 0, "2023": 2, "2024": 4, "2025": 6, "2026-10": 7}
    assert {from_key(int(key)).code for key in blocks["industrial_investment"].period} == {
        "2022",
        "2023",
        "2024",
        "2025",
    }
    wrong = replace(parameters, regional=Regional((2022,), {"gdp": RegionalElement((1.0,))}))
    with pytest.raises(InputError, match="不能模拟"):
        regional_facts(wrong, frame, until)
    with pytest.raises(InputError, match="没有这个统计要素"):
        regional_facts(
            replace(parameters, regional=Regional((2022,), {"nothing": RegionalElement((1.0,))})), frame, until
        )
