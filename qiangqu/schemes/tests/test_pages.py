"""From facts to pages: values gathered, titles and answers, who sees whose marks, the ways and the try-out."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from qiangqu.base.packs import Pack
from qiangqu.formulas.models import Indicator
from qiangqu.formulas.refresh import refresh
from qiangqu.formulas.tests.world import World, build
from qiangqu.registry.models import AuditEntry, Post, Recognition, RecognitionKind, Role, User
from qiangqu.schemes import queries
from qiangqu.schemes.evaluate import NO, OPEN, YES
from qiangqu.schemes.gather import gathered_for
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.models import Edition, Reply
from qiangqu.schemes.pack import checked, read, save
from qiangqu.schemes.reading import of_data

pytestmark = pytest.mark.django_db
DAY = timezone.localdate()
LAST = str(DAY.year - 1)
NINGXIA = Path(__file__).parents[2] / "packs" / "ningxia"


def data(**more: Any) -> dict[str, Any]:
    return {
        "code": "firm", "edition": "1", "title": "优秀企业", "subject": "enterprise", "kind": "score",
        "document": {"title": "办法", "effective": "2020-01-01"}, "grants": "good", "max_points": 100,
        "values": {
            "output": {"title": "产值", "indicator": "ent_output", "unit": "万元"},
            "per": {"title": "人均产值", "indicator": "ent_per", "unit": "万元/人"},
            "clean": {"title": "无事故", "ask": "yes_no", "question": "clean"},
            "old": {"title": "已有称号", "titles": ["base"]},
        },
        "gates": [
            {"code": "big", "title": "产值不低于2亿元", "value": "output", "op": ">=", "than": 20000},
            {"code": "clean", "title": "无事故", "value": "clean", "op": "==", "than": True},
        ],
        "criteria": [
            {"code": "a", "title": "产值", "points": 60, "value": "output", "linear": {"zero": 0, "full": 30000}},
            {"code": "b", "title": "人均", "points": 40, "value": "per", "peers": {"by": "rank", "bands": [{"max": 2, "points": 40}, {"min": 2, "points": 10}]}},
        ],
        "pass": {"any": [{"title": "60分", "score": "total", "op": ">=", "than": 60}, {"title": "称号", "value": "old", "op": "==", "than": True}]},
    } | more  # fmt: skip


def made(**more: Any) -> Scheme:
    scheme, faults = of_data(data(**more))
    assert scheme is not None, faults
    assert not faults
    return scheme


@pytest.fixture
def world() -> World:
    world = build()
    for code, formula, unit in (
        ("ent_output", "total(output)", "亿元"),
        ("ent_per", "total(output) / total(jobs)", "万元/人"),
    ):
        Indicator.objects.create(
            code=code, name=code, unit=unit, formula=formula, subject="organisation", periods="year"
        )
    for code in ("A", "B", "D"):
        world.organisation(code, {"A": "Z1", "B": "Z3", "D": "Z1"}[code])
    world.facts([
        ("output", "A", LAST, 3.0), ("jobs", "A", LAST, 100), ("output", "B", LAST, 1.5), ("jobs", "B", LAST, 400),
        ("output", "A", str(DAY.year - 2), 1.0), ("jobs", "D", LAST, 50),
    ])  # fmt: skip
    refresh()
    for code in ("good", "base"):
        RecognitionKind.objects.create(code=code, name=f"称号{code}")
    assert checked(made(), []) == []
    save(made(), 1)
    return world


def signed_in(role: str, **post: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"u{User.objects.count()}", password="x", role=role, **post))
    return client


def answer(world: World, code: str, value: float, day: dt.date = dt.date(2024, 1, 1)) -> None:
    Reply.objects.create(organisation=world.organisations[code], question="clean", value=value, day=day)


def states(world: World, day: dt.date = DAY) -> dict[str, int]:
    scheme = queries.scheme_on("firm", day)
    known = gathered_for(scheme, day)
    outcome = known.outcome(scheme)
    return {code: int(outcome.state[known.at[one.pk]]) for code, one in world.organisations.items()}


def test_values_answers_and_titles_make_marks(world: World) -> None:
    assert states(world)["A"] == OPEN  # nobody has answered yet
    answer(world, "A", 1)
    assert states(world)["A"] == YES
    assert states(world)["B"] == NO  # 1.5 亿元 is less than 20000 万元
    assert states(world)["D"] == OPEN  # its output is missing, not 0
    answer(world, "A", 0, DAY)
    assert states(world)["A"] == NO


def test_marks_follow_a_report_and_a_title_at_once(world: World) -> None:
    answer(world, "B", 1)
    assert states(world)["B"] == NO
    world.facts([("output", "B", LAST, 2.5)])
    refresh()
    # 2.5 of 3 亿元 give 50 of 60 points, a second place among peers 10
    assert states(world)["B"] == YES
    world.facts([("output", "B", LAST, 2.1)])
    refresh()
    assert states(world)["B"] == NO
    kind = RecognitionKind.objects.get(code="base")
    Recognition.objects.create(kind=kind, holder=world.organisations["B"], valid_from=dt.date(2023, 1, 1))
    assert states(world)["B"] == YES


def test_what_was_gathered_is_read_again_only_where_it_changed(world: World) -> None:
    answer(world, "A", 1)
    assert states(world).items() >= {"A": YES, "B": NO, "D": OPEN}.items()
    before = gathered_for(made(), DAY)
    world.facts([("output", "D", LAST, 2.5)])
    refresh()
    assert states(world)["D"] == OPEN  # nobody has answered
    after = gathered_for(made(), DAY)
    assert after.numbers(made(), "clean") is before.numbers(made(), "clean")
    assert after.numbers(made(), "output") is not before.numbers(made(), "output")
    answer(world, "D", 1)
    assert states(world)["D"] == YES
    answered = gathered_for(made(), DAY)
    assert answered.numbers(made(), "output") is after.numbers(made(), "output")
    assert answered.numbers(made(), "clean") is not after.numbers(made(), "clean")
    answer(world, "D", 0, DAY + dt.timedelta(days=1))
    assert states(world)["D"] == YES
    assert states(world, DAY + dt.timedelta(days=1))["D"] == NO
    world.organisation("E", "Z1")
    assert states(world)["E"] == OPEN
    planner, scheme = signed_in(Role.PLANNER, area=world.areas["R"]), queries.scheme_on("firm", DAY)
    viewer = User.objects.get(posts__role=Role.PLANNER)
    known = gathered_for(scheme, DAY)
    counted = queries.counts(scheme, known, queries.rows_seen(known, viewer))
    listed = queries.results(scheme, DAY, viewer)
    assert counted.without == queries.summary(one for one in listed if not one.holds)
    assert counted.holders == sum(one.holds for one in listed)
    assert planner.get("/schemes/results?scheme=firm").status_code == 200


def test_another_day_has_the_figures_of_its_year(world: World) -> None:
    answer(world, "A", 1)
    assert states(world, DAY.replace(year=DAY.year - 1, day=1))["A"] == NO  # 1 亿元 then


def test_who_sees_whose_marks(world: World) -> None:
    answer(world, "A", 1)
    planner, zone = signed_in(Role.PLANNER, area=world.areas["R"]), signed_in(Role.ZONE, area=world.areas["Z1"])
    firm = signed_in(Role.ENTERPRISE, organisation=world.organisations["A"])
    for client, seen, hidden in ((planner, "AB", ""), (zone, "A", "B"), (firm, "A", "B")):
        listed = client.get("/schemes/results?scheme=firm&size=100")
        assert listed.status_code == 200
        for code in seen:
            assert client.get(f"/schemes/firm/of/{code}").status_code == 200
            assert f"/schemes/firm/of/{code}" in listed.text
        for code in hidden:
            assert client.get(f"/schemes/firm/of/{code}").status_code == 404
            assert f"/schemes/firm/of/{code}" not in listed.text
            beside = client.get(f"/schemes/firm/of/A?beside={code}").text
            assert "没有这个对象，或它不在您的管辖范围内" in beside
            assert "15,000" not in beside
    assert firm.get("/schemes/firm/weights").status_code == 404
    assert Client().get("/schemes/results").status_code == 302
    assert signed_in(Role.INSPECTOR, area=world.areas["R"]).get("/schemes/results").status_code == 403


def test_a_page_says_what_is_missing_and_what_one_figure_would_change(world: World) -> None:
    planner = signed_in(Role.PLANNER, area=world.areas["R"])
    answer(world, "B", 1)
    page = planner.get("/schemes/firm/of/B").text
    assert "15,000" in page
    assert "达到途径" in page
    assert "25,00" in page  # 50 points of the output, and 10 of the second place
    missing = planner.get("/schemes/firm/of/D").text
    assert "缺少的数据" in missing
    assert "产值" in missing.split("缺少的数据</h2>")[1].split("</ul>")[0]


def test_a_try_out_answers_and_keeps_nothing(world: World) -> None:
    planner = signed_in(Role.PLANNER, area=world.areas["R"])
    answer(world, "B", 1)
    page = planner.get("/schemes/firm/of/B?v_output=26,000").text
    assert "下面按试算数据显示" in page
    assert "26,000" in page
    assert states(world)["B"] == NO
    wrong = planner.get("/schemes/firm/of/B", {"v_output": "<b>1</b>e999x"}).text
    assert "应为数字" in wrong
    assert "<b>1</b>" not in wrong
    assert "应为数字" in planner.get("/schemes/firm/of/B?v_output=nan").text


def test_editions_and_years_stand_beside_each_other(world: World) -> None:
    planner = signed_in(Role.PLANNER, area=world.areas["R"])
    save(made(document={"title": "办法", "effective": "2020-01-01", "expires": "2023-12-31"}), 1)
    save(made(edition="2", document={"title": "新办法", "effective": "2024-01-01"}, max_points=100), 2)
    assert "新办法" in planner.get("/schemes/firm").text
    assert "不是现行版本" in planner.get("/schemes/firm?edition=1").text
    both = planner.get("/schemes/firm?edition=2&beside=1").text
    assert "1 版：门槛" in both
    assert "2 版：门槛" in both
    year = planner.get(f"/schemes/firm/of/A?beside_year={DAY.year - 2}").text
    assert f"{DAY.year - 2}年度数" in year
    assert "10,000" in year
    for bad in ("?edition=9", "?edition=%00"):
        assert planner.get(f"/schemes/firm{bad}").status_code == 404
    assert planner.get("/schemes/firm/of/A?beside_year=xx").status_code == 200


def test_lists_filter_by_what_is_short_and_export(world: World) -> None:
    planner = signed_in(Role.PLANNER, area=world.areas["R"])
    answer(world, "A", 1)
    answer(world, "B", 1)
    assert "/schemes/firm/of/B" in planner.get("/schemes/results?scheme=firm&state=two").text
    assert "/schemes/firm/of/A" not in planner.get("/schemes/results?scheme=firm&state=two").text
    assert planner.get("/schemes/results/export/?scheme=firm").status_code == 200
    assert planner.get("/schemes/results?scheme=nothing").status_code == 200
    assert planner.get("/schemes").status_code == 200
    assert planner.get("/schemes/firm/weights").status_code == 200


def test_every_edition_of_the_pack_comes_back_from_the_database_as_it_was() -> None:
    found, findings = read(Pack(NINGXIA))
    assert findings == []
    assert len(found) >= 15
    for scheme in found.values():
        assert save(scheme, 1)
        assert not save(scheme, 1)
        kept = Edition.objects.get(code=scheme.code, edition=scheme.edition).scheme
        assert kept == scheme
        assert list(kept.values) == list(scheme.values)


def test_answers_are_added_by_those_who_may_and_never_about_the_own_firm(world: World) -> None:
    save(made(values=data()["values"] | {"m": {"title": "评分", "unit": "分", "mark": [0, 8]}}), 1)
    planner, address = signed_in(Role.PLANNER, area=world.areas["R"]), "/schemes/firm/of/A/answers"
    assert "填写答复和评分" in planner.get("/schemes/firm/of/A").text
    assert "已保存 1 项答复" in planner.post(address, {"a_clean": "1"}, follow=True).text
    assert states(world)["A"] == YES
    assert "专家评分须写明理由" in planner.post(address, {"a_m": "5"}, follow=True).text
    assert "应在 0 与 8 之间" in planner.post(address, {"a_m": "9", "reason": "看过"}, follow=True).text
    assert "应从给出的答复中选" in planner.post(address, {"a_clean": "7"}, follow=True).text
    assert "应为数字" in planner.post(address, {"a_clean": "nan"}, follow=True).text
    assert Reply.objects.count() == 1
    planner.post(address, {"a_clean": "0", "a_m": "5", "reason": "看过"})
    assert [one.question for one in Reply.objects.order_by("pk")] == ["clean", "clean", "firm.m"]
    assert AuditEntry.objects.filter(action="scheme_answered").count() == 2
    firm = signed_in(Role.ENTERPRISE, organisation=world.organisations["A"])
    assert firm.post(address, {"a_clean": "1"}).status_code == 403
    assert signed_in(Role.ZONE, area=world.areas["Z3"]).post(address, {"a_clean": "1"}).status_code == 404
    user = User.objects.create_user("both", password="x", role=Role.ZONE, area=world.areas["Z1"])
    Post.objects.create(user=user, role=Role.ENTERPRISE, organisation=world.organisations["A"])
    both = Client()
    both.force_login(user)
    assert both.post(address, {"a_clean": "1"}).status_code == 403
    assert Reply.objects.count() == 3


def marked(world: World) -> set[str]:
    scheme = queries.scheme_on("firm", DAY)
    known = gathered_for(scheme, DAY)
    return {code for code, one in world.organisations.items() if known.simulated(scheme)[known.at[one.pk]]}


def test_marks_that_rest_on_made_up_figures_are_marked(world: World) -> None:
    assert marked(world) == set()
    Reply.objects.create(organisation=world.organisations["B"], question="clean", value=1, day=DAY, simulated=True)
    assert marked(world) == {"B"}
    kind = RecognitionKind.objects.get(code="base")
    holder = world.organisations["A"]
    Recognition.objects.create(kind=kind, holder=holder, valid_from=dt.date(2023, 1, 1), simulated=True)
    assert marked(world) == {"A", "B"}
    viewer = signed_in("planner", area=world.areas["R"])
    page = viewer.get("/schemes/firm/of/A").content.decode()
    assert "本页含演示用的模拟数据" in page
    assert "本页含演示用的模拟数据" not in viewer.get("/schemes/firm/of/D").content.decode()
    # a place among peers rests on the figures of all of them
    world.facts([("jobs", "D", LAST, 60), ("output", "D", LAST, 1.0)], simulated=True)
    refresh()
    assert marked(world) == set(world.organisations)
