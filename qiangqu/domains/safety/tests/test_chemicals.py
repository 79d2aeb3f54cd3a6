"""Major hazard sources from stock by date, and the responsibility table with its gaps and overlaps."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.domains.safety import gb18218, stocks
from qiangqu.domains.safety.duties import Line, table
from qiangqu.domains.safety.gb18218 import Held, assess
from qiangqu.domains.safety.models.chemicals import Chemical, HazardUnit, Stock
from qiangqu.domains.safety.models.duties import Duty
from qiangqu.registry.tests import factories

from .test_pages import signed_in


def test_the_tables_are_whole() -> None:
    assert (len(gb18218.TABLE_1), len(gb18218.CLASSES), len(gb18218.TOXIC)) == (85, 24, 14)
    assert gb18218.TABLE_1[1].critical == 10 and gb18218.TABLE_1[65].critical == 500
    assert all(row.critical > 0 for row in gb18218.TABLE_1.values())


def test_ammonia_and_methanol_worked_by_hand() -> None:
    # 20 t ammonia (Q 10, beta 2), 1000 t methanol (Q 500, class W5.3 beta 1), 40 people: alpha 1.2
    found = assess([Held("氨", 20, 1), Held("甲醇", 1000, 65, "W5.3")], 40)
    assert found.s == pytest.approx(4.0) and found.r == pytest.approx(1.2 * (2 * 2 + 1 * 2)) and found.level == "四级"
    assert [one.beta_from for one in found.addends] == ["表3", "表4 W5.3"]
    chlorine = assess([Held("氯", 100, None, "J2", "7782-50-5")], 100)
    assert chlorine.r == pytest.approx(2 * 4 * 100 / 50) and chlorine.level == "三级"


def test_what_is_missing_is_said_and_nothing_guessed() -> None:
    found = assess([Held("甲醇", 600, 65)], None)
    assert found.major and found.r is None and found.level == "" and len(found.missing) == 2
    small = assess([Held("甲醇", 499, 65)], None)
    assert not small.major and small.missing == ()
    assert assess([], 0).s == 0
    for wrong in (Held("水", 1), Held("氨", -1, 1), Held("氨", float("nan"), 1)):
        with pytest.raises(InputError):
            assess([wrong], 0)


def test_a_chemical_is_one_of_the_standard(db: None) -> None:
    for wrong in ({"hazard_class": "W99"}, {}, {"listed": 1, "cas": "67-56-1"}):
        with pytest.raises(ValidationError):
            Chemical(code="x", name="x", valid_from=factories.BORN, **wrong).full_clean()


@pytest.fixture
def unit(world: dict[str, Any]) -> dict[str, Any]:
    firm = world["firms"][0]
    made = HazardUnit.objects.create(
        code="U1",
        name="氨罐区",
        organisation=firm,
        area=firm.area,
        kind="storage",
        exposed=0,
        valid_from=factories.BORN,
    )
    for code, name, listed in (("NH3", "氨", 1), ("MEOH", "甲醇", 65)):
        Chemical.objects.create(code=code, name=name, listed=listed, hazard_class="W5.3", valid_from=factories.BORN)
    works = factories.user("enterprise", firm.area, "works", organisation=firm)
    return world | {"unit": made, "works": works}


def test_stock_by_date_and_its_corrections(unit: dict[str, Any]) -> None:
    one, works, today = unit["unit"], unit["works"], timezone.localdate()
    early, late = today - dt.timedelta(days=20), today - dt.timedelta(days=5)
    stocks.stock(one, works, "NH3", "5", "200", early)
    stocks.stock(one, works, "NH3", "50", "200", late)
    stocks.stock(one, works, "NH3", "60", "200", late)  # a correction of the same day
    stocks.stock(one, works, "MEOH", "100", "", late)
    rows = stocks.stocks_of(one)

    def s_on(day: dt.date, **how: Any) -> float:
        return stocks.assessed(one, rows, day, **how).s

    assert (s_on(early - dt.timedelta(days=1)), s_on(early)) == (0, 0.5)
    assert s_on(today) == pytest.approx(6.2) and s_on(today, design=True) == pytest.approx(20.2)
    assert [day for day, _found in stocks.course(one, rows)] == [late, early]
    assert Stock.objects.count() == 4
    for wrong in (("XX", "1"), ("NH3", "x"), ("NH3", "-1"), ("NH3", "nan"), ("NH3", "300", "200")):
        with pytest.raises(InputError):
            stocks.stock(one, works, *wrong)
    with pytest.raises(InputError, match="晚于今天"):
        stocks.stock(one, works, "NH3", "1", "", today + dt.timedelta(days=1))
    with pytest.raises(PermissionDenied):
        stocks.stock(one, unit["people"]["neighbour"], "NH3", "1")


def test_the_arithmetic_is_shown_and_given_as_json(unit: dict[str, Any]) -> None:
    one, client = unit["unit"], signed_in(unit["works"])
    sent = client.post(
        reverse("hazard-unit-act", args=[one.pk, "stock"]), {"chemical": "NH3", "tonnes": "60", "most": "200"}
    )
    assert sent.status_code == 302
    HazardUnit.objects.filter(pk=one.pk).update(registered_level="四级")
    shown = client.get(reverse("hazard-unit", args=[one.pk])).content.decode()
    assert "60/10" in shown and "0.5 × (2×6)" in shown and "备案等级为四级" in shown
    told = client.get(f"/api/v1/safety/hazard-units/{one.pk}/assessment", {"design": "true"}).json()
    assert told["s"] == 20 and told["level"] == "三级" and told["addends"][0]["beta"] == 2


# ---------------------------------------------------------------- who supervises what


def line(trade: str, kind: str, supervisor: str, area: str = "/R/", new: bool = False) -> Line:
    return Line(area, trade, f"业{trade}", new, kind, supervisor)


def test_gaps_and_overlaps_are_found() -> None:
    lines = [line("26", kind, "工信局") for kind in ("trade", "business", "operation")]
    lines += [
        line("2614", "trade", "应急局"),
        line("26", "trade", "发改委", "/R/Z1/"),
        line("外卖", "trade", "", new=True),
    ]
    rows = table(
        lines,
        [
            ("2614", "/R/Z2/"),
            ("2611", "/R/Z2/"),
            ("2612", "/R/Z2/"),
            ("2613", "/R/Z1/"),
            ("3011", "/R/Z1/"),
            ("", "/R/"),
        ],
    )
    told = [(row.trade, row.firms, row.gaps, row.overlaps, row.holders.get("trade")) for row in rows]
    everything = ["trade", "business", "operation"]
    assert told == [
        ("", 1, everything, [], None),
        ("30", 1, everything, [], None),
        ("外卖", 0, everything, [], None),
        ("26", 1, [], ["trade"], ("工信局", "发改委")),
        ("26", 2, [], [], ("工信局",)),
        ("26", 1, [], [], ("应急局",)),
    ]


def test_the_table_on_the_page(world: dict[str, Any]) -> None:
    for firm in world["firms"]:
        firm.industry_code = "2614"
        firm.save()
    for n, kind in enumerate(("trade", "business")):
        Duty.objects.create(
            code=f"D{n}",
            area=world["areas"]["R"],
            trade="26",
            title="化工",
            kind=kind,
            supervisor=world["firms"][14],
            valid_from=factories.BORN,
        )
    shown = signed_in(world["people"]["planner"]).get(reverse("duty-table")).content.decode()
    assert "空白" in shown and "化工" in shown and "职责空白 2 行" in shown  # the office of the fixture has no code
    assert signed_in(world["people"]["zone"]).get(reverse("duties-list")).status_code == 200
