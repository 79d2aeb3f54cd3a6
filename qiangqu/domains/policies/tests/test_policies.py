"""From three criteria in the browser to money: preview, publication, the night, the enterprise's page, double benefits."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.domains.policies import budget, handling
from qiangqu.domains.policies.amounts import rounded
from qiangqu.domains.policies.handling import held_of, received
from qiangqu.domains.policies.models import Benefit, BenefitState, Fund, Mode, Payment, Policy, PolicyState
from qiangqu.domains.policies.publishing import money, revise, set_budget, stop
from qiangqu.domains.policies.reach import reach_of
from qiangqu.domains.policies.settling import refresh, settle
from qiangqu.domains.policies.spec import scheme_of
from qiangqu.domains.policies.tests.conftest import DAY, policy, published, signed_in, user
from qiangqu.formulas.tests.world import World
from qiangqu.messaging.models import Message
from qiangqu.registry.models import AuditEntry, Recognition, RecognitionKind, Role, User

pytestmark = pytest.mark.django_db
S = BenefitState


def night() -> str:
    return refresh(timezone.now())


def states(code: str = "p") -> dict[str, str]:
    return dict(Benefit.objects.filter(code=code).values_list("organisation__code", "state"))


def holds(code: str = "p") -> None:
    """The fund says what the benefits say."""
    for fund in Fund.objects.filter(code=code):
        assert fund.held == held_of(code, fund.year)


def form(world: World, **more: Any) -> dict[str, Any]:
    return {
        "title": "产值上台阶奖励", "code": "step", "area": world.areas["R"].pk, "body": "", "document": "某文", "source": "", "mode": "direct",
        "per": "year", "starts_on": f"{DAY.year}-01-01", "ends_on": "", "scheme": "", "rounding": "100", "order": "first", "papers": "", "note": "",
        "budget_year_yuan": "250,000", "budget_total_yuan": "", "way": "share", "of": "indicator:ent_output", "rate": "0.1", "cap": "250000",
        "rule_source": ["indicator:ent_output", "indicator:ent_jobs", "attribute:kind", ""],
        "rule_op": [">=", "<", "in", ">="], "rule_than": ["1", "1000", "enterprise、group", ""],
        "rule_title": ["产值", "", "", ""], "rule_clause": ["第一条", "", "", ""], "rule_group": ["", "", "", ""],
    } | more  # fmt: skip


def alerts(page: str) -> list[str]:
    """What a page says is wrong."""
    return re.findall(r'(?:role="alert"|invalid-feedback)[^>]*>([^<]*)', page)


# ---------------------------------------------------------------- the browser


def test_an_official_adds_a_policy_of_three_criteria_and_sees_whom_it_reaches_before_it_is_published(
    world: World,
) -> None:
    office = signed_in(user(Role.PLANNER, "office", area=world.areas["R"]))
    assert "加一条条件" in office.get("/policies/new").text
    answer = office.post("/policies/new", form(world), follow=True)
    assert answer.status_code == 200, alerts(answer.text)
    page = answer.text
    one = Policy.objects.get(code="step")
    assert one.state == PolicyState.DRAFT
    assert [rule["source"] for rule in one.criteria] == ["indicator:ent_output", "indicator:ent_jobs", "attribute:kind"]
    # A 300,000 capped at 250,000, B 150,000, E 200,000; the budget is enough for one
    assert "60 万元" in page
    assert "预算够前 1 家" in page
    assert "请填写责任单位" in page
    assert not Benefit.objects.exists()
    body = office.get(f"/policies/{one.pk}/edit").text
    assert "enterprise、group" in body
    assert office.post(f"/policies/{one.pk}/publish").status_code in (409, 422)
    one.body = world.organisations["A"]
    one.save()
    assert office.post(f"/policies/{one.pk}/publish").status_code == 302
    assert AuditEntry.objects.filter(action="policy_published").exists()
    answer = office.post(f"/policies/{one.pk}/settle-now", follow=True)
    assert "安排 1 家" in answer.text
    assert states("step") == {"A": S.OFFERED, "B": S.QUEUED, "E": S.QUEUED}
    listed = office.get(f"/policies/reach?policy={one.pk}").text
    assert "250,000" in listed
    assert "ent_output" in listed
    holds("step")


def test_what_is_wrong_in_the_form_is_answered_at_its_field_and_kept(world: World) -> None:
    office = signed_in(user(Role.PLANNER, "office", area=world.areas["R"]))
    for more, said in (
        ({"rule_than": ["x", "1", "enterprise", ""]}, "第 1 条条件"),
        ({"way": "fixed", "amount": "-5"}, "应大于 0"),
        ({"way": "fixed", "amount": "1e40"}, "数太大"),
        ({"way": "fixed", "amount": "NaN"}, "应是"),
        ({"way": "fixed", "amount": "1.234"}, "小数位"),
        ({"budget_year_yuan": "-1"}, "金额应不小于 0"),
        ({"way": "formula", "formula": "area_output * 2"}, "不是逐个企业取值"),
        ({"way": "formula", "formula": "other.ent_output"}, ""),
        ({"way": "formula", "formula": "(select 1)"}, ""),
        ({"way": "formula", "formula": "ent_nothing + 1"}, "没有指标"),
        ({"rule_source": ["indicator:area_output", "", "", ""], "rule_op": [">="] * 4, "rule_than": ["1", "", "", ""]}, "不是逐个企业取值"),
        ({"rule_source": ["title:nothing", "", "", ""], "rule_than": ["是", "", "", ""]}, "没有认定类别"),
        ({"rule_source": [""] * 4, "rule_than": [""] * 4, "rule_title": [""] * 4, "rule_clause": [""] * 4}, "至少写一条条件"),
        ({"ends_on": "2001-01-01"}, "执行止早于执行起"),
        ({"code": "坏"}, "代码只能用"),
    ):  # fmt: skip
        answer = office.post("/policies/new", form(world, **more))
        assert answer.status_code == 422, more
        assert said in answer.text, more
        assert "产值上台阶奖励" in answer.text
    assert not Policy.objects.exists()


def test_drafts_are_seen_by_those_who_write_them_and_acts_are_theirs(world: World, firm: User) -> None:
    one = policy(world)
    assert signed_in(firm).get(f"/policies/{one.pk}/").status_code == 404
    zone = user(Role.ZONE, "zone", area=world.areas["Z1"])
    assert signed_in(zone).get(f"/policies/{one.pk}/").status_code == 404
    local = policy(world, "local", area=world.areas["Z1"])
    page = signed_in(zone).get(f"/policies/{local.pk}/").text
    assert "发布" in page
    with pytest.raises(InputError):
        from qiangqu.domains.policies.publishing import make

        make(Policy(code="x", title="x", area=world.areas["R"], criteria=one.criteria, benefit=one.benefit), zone)
    assert signed_in(user(Role.LEADER, "leader", area=world.areas["R"])).get("/policies/new").status_code == 403


# ---------------------------------------------------------------- amounts


def amounts(world: World, **more: Any) -> dict[str, Any]:
    found = reach_of(policy(world, f"q{Policy.objects.count()}", **more), DAY)
    return {found.known.codes[row]: (one.fen, one.why) for row, one in found.amounts.items()}


def test_amounts_are_decimal_rounded_as_stated_and_never_guessed(world: World) -> None:
    some = [{"source": "indicator:ent_jobs", "op": ">=", "than": 0}]
    found = amounts(
        world, criteria=some, benefit={"way": "share", "of": "indicator:ent_output", "rate": "0.1", "cap": "250000"}
    )
    assert found["A"] == (25_000_000, "")
    assert found["B"] == (15_000_000, "")
    assert found["D"] == (None, "缺少ent_output")
    levels = [
        {"source": "indicator:ent_output", "op": ">=", "than": 1, "amount": "400000"},
        {"source": "indicator:ent_output", "op": ">=", "than": 2, "amount": "1000000"},
    ]
    found = amounts(world, criteria=some, benefit={"way": "levels", "levels": levels})
    assert (found["A"][0], found["B"][0], found["E"][0]) == (100_000_000, 40_000_000, 100_000_000)
    assert found["D"][0] is None
    # E has no jobs: nothing is divided by zero, and nobody else is kept from his amount
    found = amounts(world, criteria=some, benefit={"way": "formula", "formula": "ent_output / ent_jobs"})
    assert found["A"] == (300_000_000, "")
    assert found["E"][0] is None
    assert "除数为零" in found["E"][1]
    found = amounts(world, criteria=some, benefit={"way": "formula", "formula": "ent_output - 200000000"})
    assert found["B"] == (None, "算出的金额不大于零")
    assert found["E"] == (None, "算出的金额不大于零")
    found = amounts(world, criteria=some, benefit={"way": "formula", "formula": "ent_output * 1000000000"})
    assert "大得不合理" in found["A"][1]
    assert rounded(Decimal("0.005"), 1) == 1
    assert rounded(Decimal("1049.99"), 100_000) == 100_000
    assert money("1，200.50", "") == 120_050


def test_conditions_of_a_group_are_alternatives_and_what_nobody_found_is_open(world: World) -> None:
    Recognition.objects.create(
        kind=RecognitionKind.objects.get(code="good"), holder=world.organisations["D"], valid_from=dt.date(2023, 1, 1)
    )
    rules = [
        {"source": "indicator:ent_output", "op": ">=", "than": 3, "group": "A"},
        {"source": "title:good", "op": "==", "than": True, "group": "A"},
        {"source": "indicator:ent_jobs", "op": ">", "than": 10},
    ]
    found = reach_of(policy(world, criteria=rules), DAY)
    assert {found.known.codes[row] for row in found.qualified} == {"A", "D"}
    found = reach_of(policy(world, "r", criteria=[*rules, {"title": "贡献突出"}]), DAY)
    assert not found.qualified
    assert scheme_of(found.policy, DAY).gates[-1].unknown == "贡献突出"


# ---------------------------------------------------------------- the night


def test_the_night_finds_tells_once_and_follows_the_figures(world: World, firm: User) -> None:
    one = published(world)
    assert "安排 3 家" in night()
    assert states() == {"A": S.OFFERED, "B": S.OFFERED, "E": S.OFFERED}
    assert Message.objects.filter(user=firm).count() == 1
    assert "100,000" in Message.objects.get(user=firm).text
    night()
    night()
    assert Message.objects.filter(user=firm).count() == 1
    assert Benefit.objects.count() == 3
    from qiangqu.domains.policies.tests.conftest import LAST
    from qiangqu.formulas.refresh import refresh as formulas

    world.facts([("output", "A", LAST, 0.5)])
    formulas()
    night()
    assert states()["A"] == S.LAPSED
    holds()
    world.facts([("output", "A", LAST, 5.0)])
    formulas()
    night()
    assert states()["A"] == S.OFFERED
    assert Message.objects.filter(user=firm).count() == 1
    handling.confirm(Benefit.objects.get(organisation__code="A"), firm)
    world.facts([("output", "A", LAST, 0.5)])
    formulas()
    night()
    assert states()["A"] == S.APPROVED
    stop(one, User.objects.get(username="office"), "试点结束")
    assert states() == {"A": S.APPROVED, "B": S.LAPSED, "E": S.LAPSED}
    holds()


def test_a_budget_that_ends_in_the_middle_serves_the_front_of_the_line_and_the_rest_waits(
    world: World, firm: User
) -> None:
    share = {"way": "share", "of": "indicator:ent_output", "rate": "0.1"}
    one = published(world, order="small", benefit=share, budget_year=40_000_000)
    night()
    # B 150,000, then E 200,000; A 300,000 does not fit
    assert states() == {"B": S.OFFERED, "E": S.OFFERED, "A": S.QUEUED}
    assert (
        "第 1 位" in signed_in(firm).get(f"/policies/benefits/{Benefit.objects.get(organisation__code='A').pk}/").text
    )
    office = User.objects.get(username="office")
    with pytest.raises(InputError):
        set_budget(one, office, "", "300000", "某文")
    set_budget(one, office, "", "650000", "某文")
    night()
    assert states()["A"] == S.OFFERED
    assert budget.left("p", DAY.year) == 0
    handling.decline(Benefit.objects.get(organisation__code="A"), firm, "不要")
    assert budget.left("p", DAY.year) == 30_000_000
    holds()
    with pytest.raises(IntegrityError), transaction.atomic():
        Fund.objects.filter(year=DAY.year).update(held=70_000_000)


def test_nobody_has_two_policies_that_exclude_each_other_nor_one_twice(world: World, firm: User) -> None:
    published(world)
    published(world, "q", mode=Mode.APPLY, excludes=["p"])
    published(world, "third", mode=Mode.APPLY)
    night()
    assert states("q") == {}
    page = signed_in(firm).get("/policies/of/A").text
    assert "不能同时享受" in page
    handling.decline(Benefit.objects.get(code="p", organisation__code="A"), firm, "选另一项")
    night()
    assert states("q") == {"A": S.FOUND}
    mine = Benefit.objects.get(code="q")
    handling.apply(mine, firm)
    handling.resume(Benefit.objects.get(code="p", organisation__code="A"), firm)
    night()
    # who has applied for the one is not given the other
    assert states("p")["A"] == S.LAPSED
    with pytest.raises(IntegrityError), transaction.atomic():
        Benefit.objects.create(policy=mine.policy, code="q", organisation=mine.organisation, period=DAY.year, year=DAY.year, state=S.FOUND, amount=1, found_on=DAY)  # fmt: skip


# ---------------------------------------------------------------- application and payment


def test_an_application_is_examined_paid_and_taken_back_as_records_of_their_own(world: World, firm: User) -> None:
    published(world, mode=Mode.APPLY, papers="营业执照\n承诺书", budget_year=10_000_000)
    night()
    one = Benefit.objects.get(organisation__code="A")
    assert one.state == S.FOUND
    with pytest.raises(InputError, match="承诺书"):
        handling.apply(one, firm)
    Policy.objects.update(papers="")
    handling.apply(one, firm)
    office = User.objects.get(username="office")
    other = user(Role.ENTERPRISE, "rival", organisation=world.organisations["B"])
    with pytest.raises(PermissionDenied):
        handling.approve(one, other)
    with pytest.raises(PermissionDenied):
        handling.approve(one, firm)
    handling.send_back(one, office, "缺章")
    assert Message.objects.filter(user=firm, subject__contains="补正").exists()
    handling.apply(one, firm)
    handling.approve(one, office)
    with pytest.raises(ConflictError):
        handling.approve(one, office)
    with pytest.raises(InputError):
        handling.pay(one, office, "P-1", DAY + dt.timedelta(days=1))
    handling.pay(one, office, "P-1", DAY)
    one.refresh_from_db()
    assert received(one) == 10_000_000
    second = Benefit.objects.get(organisation__code="B")
    handling.apply(second, other)
    handling.approve(second, office)
    assert states()["B"] == S.QUEUED
    for wrong in ("100000.01", "0", "-1", "x"):
        with pytest.raises(InputError):
            handling.take_back(one, office, "R-1", DAY, "误付", wrong)
    handling.take_back(one, office, "R-1", DAY, "误付", "40000")
    assert states()["A"] == S.PAID
    holds()
    handling.take_back(one, office, "R-2", DAY, "误付")
    assert states()["A"] == S.REVERSED
    assert list(Payment.objects.values_list("kind", "amount")) == [
        ("pay", 10_000_000),
        ("back", -4_000_000),
        ("back", -6_000_000),
    ]
    payment = Payment.objects.first()
    assert payment is not None
    with pytest.raises(TypeError):
        payment.save()
    night()
    assert states() == {"A": S.REVERSED, "B": S.APPROVED, "E": S.FOUND}
    holds()


def test_a_new_edition_replaces_the_old_one_and_what_was_approved_stays(world: World, firm: User) -> None:
    one = published(world)
    night()
    handling.confirm(Benefit.objects.get(organisation__code="A"), firm)
    office = User.objects.get(username="office")
    draft = revise(one, office)
    draft.benefit, draft.criteria = (
        {"way": "fixed", "amount": "50000"},
        [{"source": "indicator:ent_output", "op": ">=", "than": 2}],
    )
    draft.save()
    page = signed_in(office).get(f"/policies/{draft.pk}/").text
    assert "新增 0 家，减少 1 家" in page
    with pytest.raises(ConflictError):
        revise(one, office)
    assert signed_in(office).post(f"/policies/{draft.pk}/publish").status_code == 302
    one.refresh_from_db()
    assert one.state == PolicyState.ENDED
    night()
    assert states() == {"A": S.APPROVED, "B": S.LAPSED, "E": S.OFFERED}
    assert Benefit.objects.get(organisation__code="A").amount == 10_000_000
    assert Benefit.objects.get(organisation__code="E").amount == 5_000_000
    holds()
    assert settle(one, DAY) is None


# ---------------------------------------------------------------- the enterprise's page


def test_an_enterprise_sees_what_it_is_entitled_to_and_what_one_figure_would_change(world: World, firm: User) -> None:
    published(world)
    big = published(world, "big", criteria=[{"source": "indicator:ent_output", "op": ">=", "than": 4}], benefit={"way": "share", "of": "indicator:ent_output", "rate": "1"})  # fmt: skip
    night()
    client = signed_in(firm)
    assert client.get("/policies/of").headers["Location"] == "/policies/of/A"
    page = client.get("/policies/of/A").text
    assert "10 万元" in page
    assert "差一项" in page
    page = client.get(f"/policies/{big.pk}/of/A").text
    assert "3 → <strong>4 亿元" in page
    page = client.get(f"/policies/{big.pk}/of/A?v_indicator_ent_output=5").text
    assert "500 万元" in page
    assert "试算" in page
    assert "应为数字" in client.get(f"/policies/{big.pk}/of/A?v_indicator_ent_output=x").text
    for address in (
        "/policies/of/B",
        f"/policies/{big.pk}/of/B",
        "/policies/of/%00",
        f"/policies/benefits/{Benefit.objects.get(organisation__code='B').pk}/",
    ):
        assert client.get(address).status_code == 404
    assert "政策" in client.get("/policies/benefits/").text
    zone = signed_in(user(Role.ZONE, "zone", area=world.areas["Z1"]))
    assert zone.get("/policies/of/A").status_code == 200
    assert zone.get("/policies/of/B").status_code == 404
    assert set(Benefit.objects.filter(pk__in=[])) == set()
    assert "惠企政策" in zone.get(f"/organisations/{world.organisations['A'].pk}/").text
    assert "惠企政策" in client.get("/desk/", follow=True).text
