"""Annual targets are judged by what the running year will end with, and nobody takes that for an observed value."""

import datetime as dt
import io
from dataclasses import replace

import docx
import openpyxl
import pytest

from qiangqu.base.periods import parse_period
from qiangqu.decisions.distribution import nothing
from qiangqu.plan import briefing
from qiangqu.plan.expected import expected_of
from qiangqu.plan.judge import at_horizon, decides, expected_by, judge
from qiangqu.plan.models import Plan
from qiangqu.plan.observations import Observation
from qiangqu.plan.rule import Rules, words
from qiangqu.plan.track import status

from .test_judge import at, seen, spec

RULES = Rules()
NOVEMBER = dt.date(2026, 11, 20)
# every year is 1.2 times its first ten months
YEARS = {"2023": 120.0, "2023-01/2023-10": 100.0, "2024": 132.0, "2024-01/2024-10": 110.0, "2025": 144.0, "2025-01/2025-10": 120.0}  # fmt: skip
FLOW = spec(flow=True)


def judged(target, values, day=NOVEMBER, simulated=False):
    known = seen(values, simulated)
    expected = expected_by(target, known, day)
    return judge(target, known, day, None, RULES, expected)


def test_an_amount_is_judged_by_its_months_and_not_by_last_year() -> None:
    """The path asks for 180 at the end of 2026; the first ten months are 150, so that the year will be 180."""
    v = judged(FLOW, YEARS | {"2026-01/2026-10": 150.0})
    assert v.expected is not None and v.by_expected and v.expected.value == pytest.approx(180.0)
    assert v.required_then == 180.0 and v.lag == pytest.approx(0.0) and v.state == "on_track"
    assert v.current is not None and v.current.period == parse_period("2025") and v.current.value == 144.0
    assert "2025年为144亿元，2026年预计180亿元（" in v.reason and "按2026年1—10月" in v.reason
    assert v.applied.startswith("按2026年预计数")
    late = judged(FLOW, YEARS | {"2026-01/2026-10": 130.0})
    assert late.state == "off_track" and late.lag == pytest.approx(0.24)


def test_months_add_up_to_the_same() -> None:
    monthly = {
        f"{year}-{m:02d}": YEARS[f"{year}-01/{year}-10"] / 10 for year in (2023, 2024, 2025) for m in range(1, 11)
    }
    running = {f"2026-{m:02d}": 15.0 for m in range(1, 11)}
    whole = {code: value for code, value in YEARS.items() if "/" not in code}
    found = judged(FLOW, whole | monthly | running).expected
    assert found is not None and found.value == pytest.approx(180.0) and found.basis == parse_period("2026-01/2026-10")


def test_a_reader_can_repeat_it_with_the_numbers_in_the_sentence() -> None:
    found = judged(FLOW, YEARS | {"2026-01/2026-10": 151.5}).expected
    assert found is not None
    assert "2026年1—10月为151.5亿元" in found.method and "2023年1.2、2024年1.2、2025年1.2" in found.method
    assert "151.5×1.2≈181.8亿元" in found.method and found.value == pytest.approx(151.5 * 1.2)


def test_what_is_expected_has_reached_nothing() -> None:
    """200 is the target: 2026 will bring 216, but no whole year has brought it; and what is reached counts as
    reached only while the running year keeps it.
    """
    v = judged(FLOW, YEARS | {"2026-01/2026-10": 180.0})
    assert v.state == "on_track" and not v.reached
    lost = judged(FLOW, YEARS | {"2025": 210.0, "2026-01/2026-10": 100.0})
    assert lost.state != "done" and not lost.reached
    kept = judged(FLOW, YEARS | {"2025": 210.0, "2025-01/2025-10": 175.0, "2026-01/2026-10": 180.0})
    assert kept.state == "done"


def test_stale_months_expect_nothing() -> None:
    """The last month is 26 months old: the value is too old, whatever the months said."""
    v = judged(FLOW, YEARS | {"2026-01/2026-10": 150.0}, day=at("2028-12-31"))
    assert v.expected is None
    old = {code: value for code, value in YEARS.items() if code.startswith("2023") or code == "2024-01/2024-10"}
    v = judged(FLOW, old)
    assert v.expected is None and v.stale and v.state == "no_data"


def test_a_year_that_is_closed_is_not_expected() -> None:
    v = judged(FLOW, YEARS | {"2026-01/2026-10": 150.0, "2026": 170.0}, day=at("2027-02-01"))
    assert v.expected is None and v.current is not None and v.current.value == 170.0


def test_real_months_are_not_joined_to_simulated_years() -> None:
    real, made_up = seen({"2026-01/2026-10": 150.0}), seen(YEARS, simulated=True)
    assert expected_of(FLOW, [*real, *made_up], NOVEMBER) is None
    found = expected_of(FLOW, seen(YEARS | {"2026-01/2026-10": 150.0}, simulated=True), NOVEMBER)
    assert found is not None and found.simulated


def test_the_target_of_each_year_asks_for_the_whole_year() -> None:
    """Without earlier years the ten months are held to 10/12 of 130, with them the year to the whole."""
    target = spec(kind="yearly", shape="yearly", unit="个", value=130.0, flow=True, base=None)
    v = judged(target, {**YEARS, "2023": 132.0, "2024": 132.0, "2026-01/2026-10": 108.0})
    assert v.by_expected and v.required_then == 130.0 and v.expected is not None and v.expected.value == 134.0
    alone = judged(target, {"2026-01/2026-10": 108.0})
    assert not alone.by_expected and alone.required_then == 108.0


def test_rates_and_stocks_are_expected_but_judged_by_where_they_are() -> None:
    share = spec(kind="share", unit="%", value=40.0, base=31.0)
    v = judged(
        share, {"2024": 34.0, "2024-01/2024-10": 33.6, "2025": 35.0, "2025-01/2025-10": 34.8, "2026-01/2026-10": 36.0}
    )
    assert v.expected is not None and not v.by_expected and v.expected.value == pytest.approx(36.3)
    assert v.current is not None and v.current.period == parse_period("2026-01/2026-10")


def test_in_the_target_year_itself_the_forecast_is_what_the_months_say() -> None:
    target = replace(FLOW, year=2026, value=170.0)
    expected = expected_by(target, seen(YEARS | {"2026-01/2026-10": 150.0}), NOVEMBER)
    assert expected is not None and decides(target, expected)
    assert at_horizon(target, nothing(""), expected) is expected.forecast
    assert at_horizon(FLOW, nothing(""), expected) is not expected.forecast
    v = judge(target, seen(YEARS | {"2026-01/2026-10": 150.0}), NOVEMBER, expected.forecast, RULES, expected)
    assert v.chance is not None and v.chance > 0.9 and v.state == "on_track"


def test_the_printed_rule_says_so() -> None:
    assert any(sentence.startswith("预计：") and "3个月" in sentence for sentence in words(RULES))


# ---- where the value stands

DAY = dt.date(2032, 11, 30)


@pytest.fixture
def running(full: Plan, put) -> Plan:
    """The ships' year 2032 is not over: months to October, and those of two years before."""
    from qiangqu.formulas.models import IndicatorValue

    last = [parse_period(code).key for code in ("2032", *(f"2032-{m:02d}" for m in range(1, 13)))]
    IndicatorValue.objects.filter(indicator__code="ship_output", period_key__in=last).delete()
    put("ship_output", {"2030-01/2030-10": 80, "2031-01/2031-10": 84, "2032-01/2032-10": 88})
    return full


@pytest.mark.django_db
def test_everywhere_it_stands_as_expected(running, people, client) -> None:
    one = next(row for row in status(DAY) if row.code == "A1")
    assert one.expected is not None and one.verdict.by_expected and one.value == 105.0 and one.value_period == "2031"
    assert one.expected.value == pytest.approx(110.0)
    client.force_login(people["planner"])
    for address in ("/plan/targets", "/plan/targets/A1", "/"):
        page = client.get(address, {"as_of": DAY.isoformat()}).content.decode()
        assert "2032年预计" in page, address
    assert "88×1.25≈110亿元" in client.get("/plan/targets/A1", {"as_of": DAY.isoformat()}).content.decode()
    assert "预计110" in client.get("/cockpit", {"as_of": DAY.isoformat()}).content.decode()
    sheet = openpyxl.load_workbook(
        io.BytesIO(client.get("/plan/targets", {"as_of": DAY.isoformat(), "format": "xlsx"}).content)
    ).active
    header, *rows = sheet.iter_rows(values_only=True)
    row = next(dict(zip(header, cells, strict=True)) for cells in rows if cells[0] == "A1")
    assert (row["实际"], row["全年预计"], row["预计年度"], row["按预计判断"]) == (105, 110, 2032, "是")


@pytest.mark.django_db
def test_the_paper_names_it_and_its_months(running) -> None:
    rows = status(DAY)
    paper = docx.Document(io.BytesIO(briefing.build(running, rows, [], DAY, running.area)))
    cells = [cell.text for table in paper.tables for line in table.rows for cell in line.cells]
    assert any(text.startswith("105亿元；2032年预计110亿元（") and "按2032年1—10月" in text for text in cells)


def test_no_value_is_made_of_observations_without_one() -> None:
    empty = [Observation(parse_period("2026-01/2026-10"), None)]
    assert expected_of(FLOW, empty, NOVEMBER) is None
