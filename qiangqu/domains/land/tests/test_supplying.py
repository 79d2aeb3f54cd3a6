"""A parcel is supplied step by step as a case; what the contract promises is watched, kept or broken."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.cases import acts
from qiangqu.cases.models import Case
from qiangqu.cases.people import colleagues
from qiangqu.domains.land import promises, supplying
from qiangqu.domains.land.models import LandContract, Obligation
from qiangqu.domains.land.payments import instalments
from qiangqu.domains.land.standards import below, far_min, published
from qiangqu.domains.land.supplying import open_supply
from qiangqu.registry.models import AuditEntry, Parcel

from .conftest import BORN

TODAY = timezone.localdate()


def day(days: int) -> str:
    return (TODAY + dt.timedelta(days=days)).isoformat()


STEPS: dict[str, dict[str, Any]] = {
    "conditions": {"conditions_document": "规条1号", "far_min": 0.7, "coefficient_min": 40, "office_max": 7, "assessed": True},
    "standard": {"industry": "26", "investment_per_mu": 250, "output_per_mu": 400, "tax_per_mu": 20},
    "approve": {"scheme": "approve"},
    "notice": {"mode": "grant", "years": 50, "notice_document": "告1号", "notice_on": day(-900), "closes_on": day(-880)},
    "deal": {"deal": "sold", "winner": "", "deal_price": 900, "deal_on": day(-879), "deal_document": "确1号"},
    "contract": {
        "contract_number": "HT-新", "signed_on": day(-870), "handover_by": day(-860), "start_by": day(-800), "finish_by": day(-300),
        "operate_by": day(-200), "review_by": day(-10), "ends_on": day(17_400), "investment": 15000,
    },
    "handover": {"handed_over_on": day(-860), "handover_document": "交1号"},
    "begin": {"started_on": day(-790)},
    "completion": {"acceptance": "passed", "finished_on": day(-310), "invested": 15000, "far": 0.8},
    "operation": {"operated_on": day(-200)},
    "review": {"review": "met", "review_output": 410, "review_tax": 21, "review_on": day(-5)},
}  # fmt: skip


@pytest.fixture
def supply(land: dict[str, Any]) -> dict[str, Any]:
    Parcel.objects.filter(code="P3").update(status="planned")
    STEPS["deal"]["winner"] = land["one"].code
    return land | {"case": open_supply(Parcel.objects.get(code="P3"), land["people"]["zone"])}


def do(case: Case, node: str, **changed: Any) -> None:
    step = case.steps.get(node=node, status="open")
    person = step.assignee or colleagues(step).order_by("pk").first()
    sent = {key: value for key, value in (STEPS[node] | changed).items() if value not in ("", None)}
    acts.finish_step(case, step.pk, sent, person)


def through(case: Case, last: str) -> None:
    for node in STEPS:
        do(case, node)
        if node == last:
            return


def obligations() -> dict[str, Obligation]:
    return {one.kind: one for one in Obligation.objects.all()}


def test_the_whole_way(supply: dict[str, Any]) -> None:
    case = supply["case"]
    with pytest.raises(ConflictError, match="正在供地"):
        open_supply(Parcel.objects.get(code="P3"), supply["people"]["zone"])
    through(case, "contract")
    parcel = Parcel.objects.get(code="P3")
    assert (parcel.status, parcel.holder) == ("supplied", supply["one"])
    contract = LandContract.objects.get()
    assert (contract.far_min, contract.investment_per_mu, contract.price, contract.case) == (0.7, 250, 900, case)
    held = obligations()
    assert set(held) == {
        "handover", "start", "finish", "operate", "investment", "intensity", "far", "output", "tax", "end",
    }  # fmt: skip
    assert {one.state for one in held.values()} == {"pending"} and held["tax"].due_on == TODAY - dt.timedelta(days=10)
    for node in ("handover", "begin", "completion"):
        do(case, node)
    assert Parcel.objects.get(code="P3").status == "built"
    held = obligations()
    assert [held[kind].state for kind in ("start", "finish", "investment", "intensity", "far")] == ["met"] * 5
    assert held["start"].done_on == TODAY - dt.timedelta(days=790)
    do(case, "operation")
    with pytest.raises(InputError, match="亩均税收没有达到约定"):
        do(case, "review", review_tax=19)
    do(case, "review")
    case.refresh_from_db()
    assert case.status == "closed" and obligations()["tax"].actual == 21
    page = Client()
    page.force_login(supply["people"]["zone"])
    shown = page.get(reverse("land-parcel", args=[parcel.pk])).content.decode()
    assert case.number in shown and "亩均税收" in shown
    told = supplying.supply_of(parcel)
    assert told is not None and "公布值" in page.get(reverse("cases-case", args=[told.number])).content.decode()


@pytest.mark.parametrize(
    ("before", "node", "changed", "said"),
    [
        ("", "conditions", {"assessed": False}, "前期开发"),
        ("conditions", "standard", {"industry": "14"}, "低于国土资发〔2008〕24号的 1"),
        ("approve", "notice", {"closes_on": day(-881)}, "至少 20 天"),
        ("approve", "notice", {"mode": "long_lease", "years": 4}, "不少于 5 年"),
        ("approve", "notice", {"mode": "flexible_term", "years": 50}, "最多 50 年"),
        ("notice", "deal", {"winner": ""}, "竞得人"),
        ("deal", "contract", {"start_by": day(-865)}, "日期要依次"),
        ("deal", "contract", {"ends_on": day(3650)}, "短"),
        ("contract", "handover", {"handed_over_on": day(1)}, "不晚于今天"),
    ],
)
def test_what_does_not_hold_is_refused(supply: dict[str, Any], before: str, node: str, changed: Any, said: str) -> None:
    if before:
        through(supply["case"], before)
    with pytest.raises(InputError, match=said):
        do(supply["case"], node, **changed)
    assert supply["case"].steps.filter(node=node, status="open").exists()


def test_an_unsold_parcel_is_listed_again_and_failed_acceptance_is_mended(supply: dict[str, Any]) -> None:
    case = supply["case"]
    through(case, "notice")
    do(case, "deal", deal="again", winner="", deal_price=None, deal_on="")
    for node in ("notice", "deal", "contract", "handover", "begin"):
        do(case, node)
    do(case, "completion", acceptance="failed")
    assert LandContract.objects.get().finished_on is None, "production does not start before acceptance"
    step = case.steps.get(status="open")
    assert step.node == "rectify"


@pytest.fixture
def broken(land: dict[str, Any]) -> Obligation:
    LandContract.objects.create(
        number="HT-1", parcel=land["parcels"]["P1"], valid_from=TODAY - dt.timedelta(days=900), tax_per_mu=20, start_by=TODAY - dt.timedelta(days=100),
        ends_on=TODAY + dt.timedelta(days=100), mode="long_lease",
    )  # fmt: skip
    return Obligation.objects.get(kind="start")


def act(land: dict[str, Any], one: Obligation, name: str, who: str = "zone", **sent: str) -> Any:
    client = Client()
    client.force_login(land["people"][who])
    return client.post(reverse("land-promise-act", args=[one.pk, name]), sent)


def test_a_breach_is_noticed_punished_and_the_land_taken_back(land: dict[str, Any], broken: Obligation) -> None:
    assert act(land, broken, "take-land-back", document="x", hearing="y").status_code == 409
    assert act(land, broken, "notice", who="owner", document="x", until=day(30)).status_code == 403
    assert act(land, broken, "notice", document="催1号", until=day(30)).status_code == 302
    assert "还没有过" in act(land, broken, "penalise", document="x", amount="3").content.decode()
    Obligation.objects.filter(pk=broken.pk).update(remedy_by=TODAY - dt.timedelta(days=1))
    assert "不小于 0" in act(land, broken, "penalise", document="x", amount="nan").content.decode()
    assert act(land, broken, "penalise", document="罚1号", amount="1,200.5").status_code == 302
    broken.refresh_from_db()
    assert (broken.state, broken.penalty) == ("penalised", 1200.5)
    assert act(land, broken, "take-land-back", document="收1号", hearing="已告知，未申请").status_code == 302
    parcel, contract = Parcel.objects.get(code="P1"), LandContract.objects.get()
    assert (parcel.status, parcel.holder, contract.valid_to) == ("planned", None, TODAY)
    assert {one.kind: one.state for one in Obligation.objects.all()} == {
        "start": "taken_back", "tax": "released", "end": "released",
    }  # fmt: skip
    told = set(AuditEntry.objects.filter(object_type="land_promise").values_list("action", flat=True))
    assert {"land_promise_noticed", "land_promise_penalised", "land_promise_taken_back"} <= told


def test_kept_short_or_postponed(land: dict[str, Any], broken: Obligation) -> None:
    tax = Obligation.objects.get(kind="tax")
    assert tax.due_on is None and not tax.late(TODAY)
    assert "还没有到期" in act(land, tax, "notice", document="x", until=day(9)).content.decode()
    assert act(land, tax, "judge", value="19.99", day=day(0), document="税务证明").status_code == 302
    tax.refresh_from_db()
    assert (tax.state, tax.actual, tax.done_on) == ("short", 19.99, None)
    assert act(land, tax, "judge", value="20", day=day(0), document="税务证明").status_code == 302
    tax.refresh_from_db()
    assert tax.state == "met"
    assert act(land, broken, "postpone", document="补1号", until=day(60)).status_code == 302
    assert LandContract.objects.get().start_by == TODAY + dt.timedelta(days=60)
    broken.refresh_from_db()
    assert (broken.state, broken.late(TODAY)) == ("pending", False)
    contract = LandContract.objects.get()
    contract.started_on = TODAY
    contract.save()
    broken.refresh_from_db()
    assert (broken.state, broken.done_on) == ("met", TODAY)
    assert promises.refresh(timezone.now()) == "", "a second time nothing is new"


def test_published_values_have_their_source_and_what_was_not_found_stays_empty(land: dict[str, Any]) -> None:
    assert far_min("26").value == 0.6 and far_min("99").value is None
    assert all(one.document for one in published("26"))
    assert below({"industry": "26", "far_min": 0.5, "coefficient_min": 29, "office_max": 8}) == [
        "容积率 0.5 低于国土资发〔2008〕24号的 0.6",
        "建筑系数 29 % 低于国土资发〔2008〕24号的 30 %",
        "行政办公及生活服务设施用地所占比重 8 % 高于国土资发〔2008〕24号的 7 %",
    ]
    client = Client()
    client.force_login(land["people"]["zone"])
    shown = client.get(reverse("land-standards"), {"industry": "17"}).content.decode()
    assert "未查到" in shown and "94" in shown, "1,420 万元/公顷 is 94.67 万元/亩"
    assert client.get(reverse("land-promises"), {"list": "undated"}).status_code == 200


def test_instalments_are_promises_with_dates_watched_and_a_breach_goes_the_same_way(land: dict[str, Any]) -> None:
    first, second = TODAY - dt.timedelta(days=5), TODAY + dt.timedelta(days=60)
    one = LandContract.objects.create(
        number="HT-F",
        parcel=land["parcels"]["P1"],
        valid_from=BORN,
        price=1000,
        instalments=f"{first} 600\n{second} 400",
    )
    one.full_clean()
    paid, owed = Obligation.objects.filter(contract=one).order_by("due_on")
    assert [(row.kind, row.due_on, row.value, row.unit) for row in (paid, owed)] == [
        ("pay_1", first, 600, "万元"), ("pay_2", second, 400, "万元"),
    ]  # fmt: skip
    assert paid.late(TODAY) and not owed.late(TODAY)
    assert act(land, paid, "notice", document="催1号", until=day(9)).status_code == 302
    assert act(land, paid, "judge", value="500", day=day(0), document="缴款书").status_code == 302
    paid.refresh_from_db()
    assert (paid.state, paid.actual) == ("short", 500)
    assert act(land, owed, "postpone", document="补2号", until=day(90)).status_code == 302
    one.refresh_from_db()
    assert one.instalments == f"{first} 600\n{day(90)} 400"
    one.instalments = f"{first} 1000"
    one.save()
    owed.refresh_from_db()
    assert owed.state == "released", "the contract no longer says it"
    one.instalments = f"{first} 900"
    with pytest.raises(ValidationError, match=r"900\.00 万元，与价款 1,000\.00"):
        one.full_clean()


@pytest.mark.parametrize(
    "text",
    ["2026-06-30", "600 2026-06-30", "2026-02-30 5", "2026-06-30 0", "2026-06-30 5\n2026-06-30 6", "2026-06-30 1e9"],
)
def test_a_line_that_is_no_instalment_is_named(text: str) -> None:
    with pytest.raises(InputError, match=r"每行写日期和金额|依次往后"):
        instalments(text)
