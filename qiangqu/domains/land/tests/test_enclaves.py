"""What is made in a 飞地 counts in the partners' areas by the agreement's shares, and once in the region."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from qiangqu.domains.land.models import AgreementShare, ZoneAgreement
from qiangqu.facts.models import Element
from qiangqu.formulas import refresh
from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.explain import explain, rows_at
from qiangqu.formulas.inputs import Inputs
from qiangqu.formulas.models import IndicatorValue
from qiangqu.formulas.tests.world import TODAY, World, build

pytestmark = pytest.mark.django_db
BEGAN = dt.date(2024, 7, 1)


@pytest.fixture
def world() -> World:
    made = build()
    for code, name, unit in (("gross_output", "工业总产值", "亿元"), ("tax_paid", "税收", "万元")):
        made.elements[code] = Element.objects.create(code=code, name=name, unit=unit, kind="flow", aggregation="sum")
    facts = [
        ("gross_output", code, f"2024-{month:02d}", value)
        for code, value in (("E1", 10.0), ("E2", 4.0), ("E4", 20.0))
        for month in range(1, 13)
    ]
    made.facts([*facts, *(("tax_paid", "E1", f"2024-{month:02d}", 100.0) for month in range(1, 13))])
    made.catalog(
        made_of=("total(gross_output)", "亿元"),
        metal=("total(gross_output, sector = 'metal')", "亿元"),
        large=("total(gross_output, value >= 8)", "亿元"),
        many=("reporters(gross_output)", "家"),
        taxed=("total(tax_paid)", "万元"),
    )
    return made


def agreement(world: World, **more: Any) -> ZoneAgreement:
    one = ZoneAgreement(code="FD-1", name="东西飞地", area=world.areas["Z1"], valid_from=BEGAN, **more)
    one.full_clean()
    one.save()
    return one


def share(
    world: World, one: ZoneAgreement, area: str, percent: float, what: str = "output", **more: Any
) -> AgreementShare:
    made = AgreementShare(
        agreement=one, what=what, area=world.areas[area], percent=percent, **({"valid_from": BEGAN} | more)
    )
    made.full_clean()
    made.save()
    return made


def values(code: str, period: str) -> dict[str, float]:
    found = evaluate([code], periods=[period], today=TODAY)
    return {one.area: one.value for one in found if one.value is not None}


def test_a_zones_output_is_split_from_the_month_on_and_the_region_counts_it_once(world: World) -> None:
    before = values("made_of", "2024-06")
    one = agreement(world)
    share(world, one, "Z3", 25)
    assert values("made_of", "2024-06") == before
    after = values("made_of", "2024-07")
    assert (after["Z1"], after["Z3"], after["C1"], after["C2"], after["R"]) == (
        pytest.approx(10.5), pytest.approx(23.5), pytest.approx(10.5), pytest.approx(23.5), pytest.approx(34),
    )  # fmt: skip
    assert values("made_of", "2024")["Z1"] == pytest.approx(14 * 6 + 10.5 * 6)
    assert values("made_of", "2024")["R"] == pytest.approx(34 * 12)
    # conditions go with the enterprise, a reporter is one where it lies, tax was not agreed on
    assert values("metal", "2024-07")["Z3"] == pytest.approx(2.5)
    large = values("large", "2024-07")
    assert (large["Z1"], large["Z3"], large["R"]) == (pytest.approx(7.5), pytest.approx(22.5), pytest.approx(30))
    many = values("many", "2024-07")
    assert (many["Z1"], many["Z3"], many["R"]) == (2, 1, 3)
    assert values("taxed", "2024-07") == {"Z1": 100, "C1": 100, "R": 100}


def test_of_one_enterprise_only_and_until_the_end(world: World) -> None:
    one = agreement(world, organisation=world.organisations["E1"])
    share(world, one, "C2", 50, valid_to=dt.date(2024, 9, 30))
    share(world, one, "C2", 30, valid_from=dt.date(2024, 10, 1))
    share(world, one, "Z2", 20, valid_from=dt.date(2024, 10, 1))
    september, october = values("made_of", "2024-09"), values("made_of", "2024-10")
    assert (september["Z1"], september["C2"], september["R"]) == (9, 25, 34)
    assert (october["Z1"], october["Z2"], october["C2"], october["C1"], october["R"]) == (
        pytest.approx(9), pytest.approx(2), pytest.approx(23), pytest.approx(11), pytest.approx(34),
    )  # fmt: skip


def test_an_opened_value_leads_to_the_agreement(world: World) -> None:
    one = agreement(world)
    share(world, one, "Z3", 25)
    found = explain("made_of", "Z3", "2024-07", today=TODAY)
    assert found.rows is not None and found.rows.sum == pytest.approx(23.5)
    rows = {row.name: row for row in found.rows.rows}
    assert (rows["E4"].value, rows["E4"].note) == (20, "")
    assert rows["E1"].value == pytest.approx(2.5)
    assert "FD-1 东西飞地" in rows["E1"].note and "25.0 %" in rows["E1"].note and "10" in rows["E1"].note
    assert rows["E1"].note_url == f"/zone-agreements/{one.pk}/"
    region = explain("made_of", "R", "2024-07", today=TODAY)
    assert region.rows is not None
    whole = {row.name: row for row in region.rows.rows}
    assert (region.rows.total, region.rows.sum, whole["E1"].value, whole["E1"].note) == (3, pytest.approx(34), 10, "")
    year = explain("made_of", "Z1", "2024", today=TODAY)
    assert year.rows is not None and year.rows.sum == pytest.approx(147)
    first = year.rows.rows[0]
    assert "FD-1" in first.note and first.facts == 12
    facts = rows_at("made_of", year.rows_node, "Z1", "2024", subject=(first.subject_kind, first.id))
    assert [round(row.value or 0, 2) for row in facts.rows] == [10] * 6 + [7.5] * 6
    large = explain("large", "Z3", "2024-07", today=TODAY)
    assert large.rows is not None and large.rows.sum == pytest.approx(22.5)


def test_stored_values_follow_an_agreement_and_its_end(world: World) -> None:
    def stored() -> dict[str, float]:
        refresh.refresh(today=TODAY)
        rows = IndicatorValue.objects.filter(indicator__code="made_of", area__code__in=("Z1", "Z3", "R"))
        return {row.area.code: row.value for row in rows if row.period.code == "2024-07" and row.value is not None}

    assert stored() == {"Z1": 14, "Z3": 20, "R": 34}
    one = agreement(world)
    mine = share(world, one, "Z3", 25)
    assert stored() == {"Z1": pytest.approx(10.5), "Z3": pytest.approx(23.5), "R": pytest.approx(34)}
    world.facts([("gross_output", "E3", "2024-07", 1.0), ("tax_paid", "E2", "2024-07", 1.0)])
    assert stored()["R"] == pytest.approx(35)
    world.organisation("E9", "Z1")
    refresh.refresh(today=TODAY)
    world.facts([("gross_output", "E9", "2024-07", 8.0)])
    assert stored() == {"Z1": pytest.approx(16.5), "Z3": pytest.approx(25.5), "R": pytest.approx(43)}
    mine.delete()
    assert stored() == {"Z1": 22, "Z3": 20, "R": 43}


def test_nothing_is_shared_out_twice_or_beyond_the_whole(world: World) -> None:
    one = agreement(world)
    share(world, one, "Z3", 60)
    for sent, said in (
        ({"area": "Z2", "percent": 40.1}, "超过 100"),
        ({"area": "Z1", "percent": 10}, "不用登记"),
        ({"area": "Z3", "percent": 10, "valid_from": dt.date(2024, 8, 1)}, "已有比例"),
        ({"area": "Z2", "percent": 0}, "大于 0"),
    ):
        with pytest.raises(ValidationError, match=said):
            share(world, one, **sent)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="不能分两次"):
        ZoneAgreement(
            code="FD-2", name="又一份", area=world.areas["Z1"], organisation=world.organisations["E1"], valid_from=BEGAN
        ).full_clean()
    with pytest.raises(ValidationError, match="不在所在园区"):
        ZoneAgreement(
            code="FD-3", name="别处", area=world.areas["Z2"], organisation=world.organisations["E1"], valid_from=BEGAN
        ).full_clean()
    # what came in past the checks is not shared out at all
    AgreementShare.objects.create(agreement=one, what="output", area=world.areas["Z2"], percent=50, valid_from=BEGAN)
    assert Inputs().shares.num_rows == 0
