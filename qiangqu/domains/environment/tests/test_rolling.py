"""From readings in the lake to days, emissions, exceedances, totals and facts: sums done by hand."""

import datetime as dt

import pytest

from qiangqu.base.errors import InputError
from qiangqu.base.periods import parse_period
from qiangqu.domains.environment.models import DailyResult, Exceedance, PermitAmount, WasteEntry
from qiangqu.domains.environment.publishing import publish
from qiangqu.domains.environment.reading import converted, hours_of
from qiangqu.domains.environment.results import air_days, completeness, waste_balance
from qiangqu.domains.environment.rolling import roll
from qiangqu.domains.environment.totals import totals
from qiangqu.facts.models import Element, Fact
from qiangqu.lake.telemetry import Batch, append_many
from qiangqu.telemetry.measured import day_start, readings

from .conftest import FIRST

LAST = FIRST + dt.timedelta(days=2)
SECOND = FIRST + dt.timedelta(days=1)


@pytest.fixture
def rolled(measured):
    roll(FIRST, LAST)
    return measured


def day(scene, key: str, date: dt.date) -> DailyResult:
    return DailyResult.objects.get(channel=scene["channels"][key], day=date)


def test_hours_need_their_readings(measured) -> None:
    channel = measured["channels"]["A.a21026"]
    hours = hours_of([channel], day_start(SECOND), day_start(LAST))[channel.pk]
    assert hours.mean[9] == 20.0 and hours.mean[10] == 80.0
    assert not hours.usable[14] and not hours.usable[15] and hours.usable[16]
    assert hours.received[14] == 6 and hours.valid[14] == 0
    with pytest.raises(InputError):
        hours_of([channel], 5, 10)


def test_a_day_of_a_stack(rolled) -> None:
    plain = day(rolled, "A.a21026", FIRST)
    # 20 mg/m³ · 360 000 m³/h · 10⁻⁶ = 7.2 kg/h · 24
    assert (plain.due, plain.received, plain.valid, plain.mean) == (24, 24, 24, 20.0)
    assert plain.kilograms == pytest.approx(172.8) and plain.substituted == 0
    second = day(rolled, "A.a21026", SECOND)
    # 21 hours of 7.2, one of 28.8, two replaced by the greatest hour before: 28.8 each
    assert second.valid == 22 and second.received == 24
    assert second.kilograms == pytest.approx(21 * 7.2 + 28.8 + 2 * 28.8)
    assert second.substituted == pytest.approx(57.6)
    assert day(rolled, "A.a19001", FIRST).kilograms is None


def test_a_day_of_waste_water_is_weighted_by_flow(rolled) -> None:
    found = day(rolled, "W.w01018", FIRST)
    # 10 L/s = 36 m³/h · 40 mg/L = 1.44 kg/h · 24
    assert found.mean == pytest.approx(40.0) and found.kilograms == pytest.approx(34.56)


def test_exceedances_name_their_limit(rolled) -> None:
    hour = Exceedance.objects.get(channel=rolled["channels"]["A.a21026"])
    # oxygen 6 % is the reference: 80 stays 80, limit 50
    assert (hour.value, hour.limit, hour.average, hour.times) == (80.0, 50.0, "hour", pytest.approx(0.6))
    assert hour.start == dt.datetime(2026, 11, 17, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert hour.citation.startswith("GB 13223-2011 表2")
    cod = Exceedance.objects.get(channel=rolled["channels"]["W.w01018"])
    assert (cod.average, cod.value, cod.limit) == ("day", pytest.approx(60.0), 50.0)
    fine = Exceedance.objects.get(channel=rolled["channels"]["S.a34004"])
    assert (fine.average, fine.limit) == ("day", 60.0) and fine.citation.startswith("GB 3095-2026")
    assert Exceedance.objects.count() == 3


def test_rolling_again_changes_nothing_and_keeps_what_people_said(rolled) -> None:
    Exceedance.objects.update(state="confirmed", note="看过")
    before = list(DailyResult.objects.order_by("pk").values())
    again = roll(FIRST, LAST)
    assert (again.exceedances, again.withdrawn) == (0, 0)
    assert list(DailyResult.objects.order_by("pk").values()) == before
    assert set(Exceedance.objects.values_list("state", "note")) == {("confirmed", "看过")}


def test_corrected_readings_withdraw_an_exceedance(rolled) -> None:
    channel = rolled["channels"]["A.a21026"]
    begin = day_start(SECOND) + 10 * 3_600_000
    times = [begin + n * 600_000 for n in range(6)]
    append_many(
        [Batch("late", [channel.point_id] * 6, times, [20.0] * 6)], now=day_start(LAST) + 86_400_000, behind_days=400
    )
    assert roll(SECOND, SECOND).withdrawn == 1
    assert Exceedance.objects.get(channel=channel).state == "withdrawn"
    assert day(rolled, "A.a21026", SECOND).kilograms == pytest.approx(24 * 7.2)


def test_air_quality_of_days(rolled) -> None:
    days = dict(air_days(rolled["station"], FIRST, LAST))
    assert days[FIRST].aqi == 40 and days[FIRST].primary == () and days[FIRST].standard == "HJ 633-2026"
    assert (days[LAST].aqi, days[LAST].primary, days[LAST].grade.name) == (101, ("PM2.5",), "轻度污染")


def test_totals_are_held_against_the_permit(rolled) -> None:
    planner = rolled["people"]["planner"]
    found = {(t.enterprise.name, t.factor): t for t in totals(planner, rolled["areas"]["R"], 2026, LAST)}
    so2 = found["东一化工", "a21026"]
    kg = 172.8 + 21 * 7.2 + 3 * 28.8 + 172.8
    assert so2.emitted == pytest.approx(kg / 1000) and so2.permitted == 2.0
    assert so2.share == pytest.approx(kg / 20) and so2.status == "on_track" and so2.expected is None
    assert sum(
        DailyResult.objects.filter(channel=rolled["channels"]["A.a21026"]).values_list("kilograms", flat=True)
    ) == pytest.approx(kg)
    PermitAmount.objects.update(tonnes=0.1)
    assert totals(planner, None, 2026, LAST)[0].status == "off_track"
    assert {t.enterprise.name for t in totals(rolled["people"]["neighbour"], rolled["areas"]["Z3"], 2026, LAST)} == {
        "西一化工"
    }


def test_completeness_counts_valid_hours(rolled) -> None:
    rows = completeness(rolled["people"]["zone"], rolled["areas"]["Z1"], FIRST, LAST)
    stack = next(r for r in rows if r.place == rolled["stack"])
    # four channels · 72 hours, two hours of one of them invalid
    assert (stack.one.due, stack.one.received, stack.one.valid) == (288, 288, 286)
    assert stack.rank == 1 and {r.place.code for r in rows} == {"S1", "DA001", "DW001"}


def test_readings_are_what_the_device_sent(measured) -> None:
    channel = measured["channels"]["A.a21026"]
    begin = day_start(SECOND) + 14 * 3_600_000
    found = readings(channel, begin, begin + 3_600_000)
    assert len(found) == 6 and all(row["invalid"] and row["value"] == 20.0 for row in found)
    with pytest.raises(InputError, match="一天"):
        readings(channel, begin, begin + 2 * 86_400_000)


def test_units_that_do_not_convert_are_refused() -> None:
    assert converted(1.5, "mg/L", "μg/L") == 1500.0
    with pytest.raises(InputError):
        converted(1.0, "mg/L", "mg/m³")
    with pytest.raises(InputError):
        converted(1.0, "", "mg/L")


def element(code: str) -> None:
    Element.objects.create(code=code, name=code, unit="吨", kind="flow", aggregation="sum")


def test_months_become_facts(rolled) -> None:
    for code in ("emission_so2", "emission_pm", "emission_cod", "solid_waste_generated", "solid_waste_utilised"):
        element(code)
    mine = rolled["mine"]
    entry = {"enterprise": mine, "day": FIRST, "waste_class": "general", "waste_code": "SW02", "waste_name": "粉煤灰"}
    WasteEntry.objects.create(act="generated", tonnes=100, **entry)
    used = WasteEntry.objects.create(act="used", tonnes=54, **entry)
    month = parse_period("2026-11")
    # SO₂ of two enterprises, particles, COD, two of waste
    assert sum(batch.rows for batch in publish(month)) == 6
    assert sum(batch.rows for batch in publish(month)) == 6, "the same batch again"
    assert Fact.objects.count() == 6
    so2 = Fact.objects.get(element__code="emission_so2", subject_id=mine.pk)
    assert so2.value == pytest.approx((172.8 * 2 + 21 * 7.2 + 3 * 28.8) / 1000) and so2.period_key == month.key
    assert Fact.objects.get(element__code="solid_waste_utilised").value == 54
    used.voided_at, used.void_reason = dt.datetime.now(dt.UTC), "重复"
    used.save()
    publish(month)
    newest = Fact.objects.filter(element__code="solid_waste_utilised").order_by("-pk").first()
    assert newest.value == 0 and newest.supersedes_id is not None


def test_facts_need_their_elements(rolled) -> None:
    with pytest.raises(InputError, match="emission_so2"):
        publish(parse_period("2026-11"))
    assert Fact.objects.count() == 0


def test_stock_of_earlier_years_opens_the_ledger(scene) -> None:
    entry = {"enterprise": scene["mine"], "waste_class": "general", "waste_code": "SW02", "waste_name": "粉煤灰"}
    WasteEntry.objects.create(act="generated", tonnes=300, day=dt.date(2025, 5, 1), **entry)
    WasteEntry.objects.create(act="used", tonnes=100, day=dt.date(2025, 6, 1), **entry)
    WasteEntry.objects.create(act="generated", tonnes=100, day=dt.date(2026, 5, 1), **entry)
    WasteEntry.objects.create(act="used", tonnes=80, day=dt.date(2026, 5, 2), from_stock=True, **entry)
    found = waste_balance(WasteEntry.objects.all(), 2026, "general")
    assert (found.opening, found.closing) == (200, 220) and found.utilisation_rate == pytest.approx(80 / 180 * 100)
