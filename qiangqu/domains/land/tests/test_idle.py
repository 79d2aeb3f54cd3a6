"""Idle and little-used land: found by the contract's dates to the day, taken to a decision step by step."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.periods import month
from qiangqu.domains.land import desk, idle
from qiangqu.domains.land.models import ClockStop, Clue, LandContract
from qiangqu.domains.land.potential import PerMu, gain, measures
from qiangqu.formulas.models import Indicator
from qiangqu.registry.models import AuditEntry, Parcel
from qiangqu.registry.models.history import as_of
from qiangqu.ui.desk import Look

from .conftest import MU

LEAP = dt.date(2024, 2, 29)


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def contract(land: dict[str, Any], code: str = "P2", **fields: Any) -> LandContract:
    return LandContract.objects.create(number=f"HT-{code}", parcel=land["parcels"][code], valid_from=LEAP, **fields)


def found(day: dt.date) -> dict[str, idle.Found]:
    rows = LandContract.objects.select_related("parcel").prefetch_related("stops")
    return {one.rule: one for one in idle.find(rows, day)}


def test_a_year_to_the_day_with_stops(land: dict[str, Any]) -> None:
    one = contract(land, start_by=LEAP)
    assert "not_started" not in found(dt.date(2025, 2, 27))
    assert found(dt.date(2025, 2, 28))["not_started"].days == 365
    assert found(dt.date(2026, 2, 28))["not_started"].days == 730
    ClockStop.objects.create(contract=one, first=dt.date(2024, 6, 1), last=dt.date(2024, 6, 10), cause="拆迁未完成")
    assert "not_started" not in found(dt.date(2025, 3, 9))
    assert found(dt.date(2025, 3, 10))["not_started"].days == 365
    ClockStop.objects.create(contract=one, first=dt.date(2025, 3, 1), cause="文物")
    assert "not_started" not in found(dt.date(2026, 12, 1))


def test_stopped_needs_too_little_built_or_invested(land: dict[str, Any]) -> None:
    one = contract(
        land,
        start_by=LEAP,
        started_on=LEAP,
        stopped_on=dt.date(2024, 6, 1),
        investment=1000,
        invested=260,
        built_share=34,
    )
    day = dt.date(2025, 6, 1)
    assert "stopped" not in found(day)
    one.invested = 249
    one.save()
    assert found(day)["stopped"].days == 365
    one.invested, one.built_share = None, 33
    one.save()
    assert ("投资完成", "没有登记", one.number) in found(day)["stopped"].evidence
    one.finished_on = day
    one.save()
    assert "stopped" not in found(day)


def test_a_contract_without_dates_is_no_clue(land: dict[str, Any]) -> None:
    contract(land)
    assert found(dt.date(2030, 1, 1)) == {}


def test_short_of_what_was_promised(land: dict[str, Any]) -> None:
    contract(land, finish_by=LEAP, investment=1000, invested=999, far_min=1.0, far=0.8, started_on=LEAP)
    assert set(found(dt.date(2026, 1, 1))) == {"investment_short", "far_short"}
    assert set(found(LEAP)) == {"far_short"}, "the day agreed is not over"


def test_the_job_makes_each_clue_once_and_leaves_what_was_dismissed(land: dict[str, Any]) -> None:
    contract(land, start_by=LEAP)
    assert idle.refresh(dt.date(2025, 3, 1)).startswith("新线索 1 条")
    assert idle.refresh(dt.date(2025, 3, 1)) == ""
    assert "更新 1 条" in idle.refresh(dt.date(2025, 3, 2))
    clue = Clue.objects.get()
    assert (clue.days, clue.due_on) == (367, dt.date(2025, 3, 31))
    answer = enter(land["people"]["zone"]).post(
        reverse("land-clue-act", args=[clue.pk, "dismiss"]), {"reason": "已开工，合同登记有误"}
    )
    assert answer.status_code == 302
    assert idle.refresh(dt.date(2025, 3, 3)) == "" and Clue.objects.count() == 1


@pytest.fixture
def clue(land: dict[str, Any]) -> Clue:
    contract(land, start_by=timezone.localdate() - dt.timedelta(days=800), price=1000)
    idle.refresh(timezone.localdate())
    return Clue.objects.get()


def act(land: dict[str, Any], clue: Clue, name: str, who: str = "zone", **sent: str) -> Any:
    return enter(land["people"][who]).post(reverse("land-clue-act", args=[clue.pk, name]), sent)


def test_from_clue_to_supplied_again(land: dict[str, Any], clue: Clue) -> None:
    assert act(land, clue, "determine", cause="holder", document="x").status_code == 409, "first the investigation"
    act(land, clue, "investigate", document="调〔2026〕1号")
    clue.refresh_from_db()
    assert clue.due_on == timezone.localdate() + dt.timedelta(days=30)
    assert "请选择原因" in act(land, clue, "determine", cause="", document="x").content.decode()
    act(land, clue, "determine", cause="holder", document="认〔2026〕1号")
    assert Parcel.objects.get(code="P2").status == "idle"
    act(land, clue, "charge-fee", document="征〔2026〕1号")
    clue.refresh_from_db()
    assert (clue.state, clue.fee) == ("fee", 200.0)
    assert "请填写听证情况" in act(land, clue, "take-back", document="收〔2026〕1号").content.decode()
    assert act(land, clue, "take-back", document="收〔2026〕1号", hearing="已告知，未申请").status_code == 302
    parcel = Parcel.objects.get(code="P2")
    assert (parcel.status, parcel.holder) == ("planned", None)
    before = as_of(Parcel, timezone.localdate() - dt.timedelta(days=1)).get(id=parcel.pk)
    assert (before.status, before.holder_id) == ("built", land["other"].pk), "the past stays as it was"
    act(land, clue, "supply-again", document="HT-新")
    clue.refresh_from_db()
    assert clue.state == "supplied" and Parcel.objects.get(code="P2").status == "supplied"
    acts = set(AuditEntry.objects.filter(object_type="clue").values_list("action", flat=True))
    assert {"clue_investigated", "clue_determined", "clue_charged", "clue_taken_back", "clue_supplied"} <= acts


def test_governments_cause_and_days_that_do_not_count_keep_from_fee_and_taking_back(
    land: dict[str, Any], clue: Clue
) -> None:
    act(land, clue, "investigate", document="调1")
    act(land, clue, "determine", cause="government", document="认1")
    assert "不征缴" in act(land, clue, "charge-fee", document="x").content.decode()
    Clue.objects.update(cause="holder")
    first = timezone.localdate() - dt.timedelta(days=100)
    assert act(land, clue, "stop-clock", first=str(first), cause="供电未到").status_code == 302
    clue.refresh_from_db()
    assert clue.days == 699
    assert "未满 730 天" in act(land, clue, "take-back", document="x", hearing="y").content.decode()
    assert "今天之后" in act(land, clue, "extend", document="x", until=str(first)).content.decode()


def test_the_holder_explains_and_decides_nothing(land: dict[str, Any]) -> None:
    contract(land, "P1", start_by=LEAP)
    idle.refresh(timezone.localdate())
    clue = Clue.objects.get()
    assert act(land, clue, "explain", who="owner", text="正在办理施工许可").status_code == 302
    clue.refresh_from_db()
    assert "施工许可" in clue.objection
    assert act(land, clue, "investigate", who="owner", document="x").status_code == 403
    assert act(land, clue, "explain", who="neighbour", text="x").status_code == 404
    shown = enter(land["people"]["owner"]).get(reverse("land-clue", args=[clue.pk])).content.decode()
    assert "约定开工日期" in shown and "发调查通知书" not in shown
    listed = enter(land["people"]["zone"]).get(reverse("land-clues")).content.decode()
    assert "超过约定开工日期一年未动工" in listed


def test_what_a_parcel_would_bring(land: dict[str, Any]) -> None:
    known = PerMu({land["one"].pk: 10.0, land["other"].pk: 30.0}, {land["areas"]["Z1"].pk: 20.0}, "2025")
    parcels, output = land["parcels"], measures()["output"]
    assert gain(parcels["P1"], output, known) == pytest.approx(10 * MU, rel=1e-4)
    assert gain(parcels["P2"], output, known) is None
    assert gain(parcels["P2"], output, known, unused=True) == pytest.approx(20 * MU, rel=1e-4)
    assert gain(parcels["P3"], output, known) == pytest.approx(20 * MU, rel=1e-4)
    assert gain(parcels["P9"], output, known) is None


def test_the_desk_tells_of_clues_and_of_dates_that_are_near_or_over(land: dict[str, Any]) -> None:
    now = timezone.now()
    today = timezone.localdate()
    contract(land, "P1", start_by=today - dt.timedelta(days=1), finish_by=today + dt.timedelta(days=900))
    contract(land, "P2", started_on=LEAP, finished_on=LEAP, mode="long_lease", ends_on=today + dt.timedelta(days=30))
    contract(land, "P3", start_by=today + dt.timedelta(days=400))
    look = Look(land["people"]["zone"], land["areas"]["Z1"], None, now)
    card = desk.promises(look)
    assert card is not None
    assert [(line.note, line.word, line.tone) for line in card.lines] == [
        ("开工", "已过期限", "red"),
        ("期限届满", "将到期", "amber"),
    ]
    assert [figure.value for figure in card.figures] == ["1", "0", "1"]
    assert desk.clues(look) is None and desk.promises(Look(land["people"]["neighbour"], None, None, now)) is None
    idle.refresh(today + dt.timedelta(days=365))
    clues = desk.clues(look)
    assert clues is not None and clues.lines[0].word == "1 宗"


def test_a_plant_that_draws_no_power_is_found_with_its_readings(
    land: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve months of reported or metered electricity: the last six next to nothing, each opened to its reading."""
    Indicator.objects.create(
        code="enterprise_electricity",
        name="企业用电量",
        unit="万千瓦时",
        subject="organisation",
        formula="total(electricity_consumption)",
    )
    months = [month(2025, n) for n in range(1, 13)]
    dark, busy = land["other"].pk, land["one"].pk

    def valued(_subject: Any, _indicator: int, when: Any) -> list[tuple[int, float, bool]]:
        return [(dark, 0.1 if when.start.month > 6 else 50.0, False), (busy, 40.0, False)]

    monkeypatch.setattr(idle.record_values, "periods_of", lambda *_asked, **_more: months)
    monkeypatch.setattr(idle.record_values, "valued", valued)
    contract(land), contract(land, "P1")
    (one,) = [row for row in idle.find(
        LandContract.objects.select_related("parcel__holder").prefetch_related("stops", "parcel__evidence"), dt.date(2026, 1, 31)
    ) if row.rule == "no_power"]  # fmt: skip
    assert one.contract.number == "HT-P2"
    readings = [line for line in one.evidence if len(line) == 4]
    assert [line[1] for line in readings] == ["0.1 万千瓦时"] * 6
    assert (
        readings[-1][3].endswith(f"explain?record={land['other'].code}&period=2025-12") and "of=" not in readings[-1][3]
    )
    clue = Clue.objects.create(
        parcel=one.contract.parcel, contract=one.contract, rule="no_power", found_on=LEAP, evidence=[list(line) for line in one.evidence]
    )  # fmt: skip
    shown = enter(land["people"]["zone"]).get(reverse("land-clue", args=[clue.pk])).content.decode()
    assert "enterprise_electricity/explain?record=" in shown and "0.1 万千瓦时" in shown
