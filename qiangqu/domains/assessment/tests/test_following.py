"""What follows from a published round, where zones stand today, two rounds, the reports."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from docx import Document

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.domains.assessment import measured, objecting, outcomes, rounds
from qiangqu.domains.assessment.comparing import compared
from qiangqu.domains.assessment.desk import to_answer, to_follow, under_way
from qiangqu.domains.assessment.live import last_published, note, standings, zone_schemes
from qiangqu.domains.assessment.models import FollowUp, MeasureKind, Round, ZonePosition
from qiangqu.domains.assessment.outcomes import Rule, among_last, proposed, rules
from qiangqu.formulas.refresh import refresh
from qiangqu.formulas.tests.world import World
from qiangqu.registry.models import User
from qiangqu.schemes.models import Reply
from qiangqu.ui.desk import Look

from .conftest import DAY, LAST, data, of, scheme, sent

pytestmark = pytest.mark.django_db
People = dict[str, User]


def published(world: World, people: People, **more: Any) -> Round:
    one = sent(world, people, **more)
    Round.objects.filter(pk=one.pk).update(objection_until=DAY - dt.timedelta(days=1))
    rounds.publish(one, people["planner"], "宁开评〔2026〕1号")
    return Round.objects.get(pk=one.pk)


def test_where_zones_stand_today_and_what_moved_them(world: World, people: People) -> None:
    one = sent(world, people)
    objecting.object_to(of(one, "Z1"), people["z1"], "有异议")
    objecting.withdraw(of(one, "Z1"), people["z1"], 1)
    Round.objects.update(objection_until=DAY - dt.timedelta(days=1))
    rounds.publish(one, people["planner"], "1号")
    known = zone_schemes(DAY)["zone_test"]
    before = {row.code: row for row in standings(known, DAY, last_published("zone_test"))}
    assert (before["Z1"].low, before["Z1"].more, before["Z1"].moved) == (80, 0, [])
    note(timezone.now())
    count = ZonePosition.objects.count()
    note(timezone.now())
    assert ZonePosition.objects.count() == count  # nothing moved, nothing is noted
    world.facts([("output", "FA", LAST, 3.0)])
    refresh()
    after = {row.code: row for row in standings(known, DAY, last_published("zone_test"))}
    # 3 of 8 give 15; 30 万元 a head is second to Z2's 40
    assert (after["Z1"].low, after["Z1"].more) == (25, -55)
    told = {row.title: (row.before, row.after, row.points) for row in after["Z1"].moved}
    assert told == {"规模": ("8", "3", -25), "人均": ("80", "30", -30)}
    note(timezone.now())
    moved = ZonePosition.objects.filter(area=world.areas["Z1"]).first()
    assert moved is not None and {row["title"]: row["after"] for row in moved.moved} == {
        "工业产值": "3",
        "人均产值": "30",
    }
    client = Client()
    client.force_login(people["z1"])
    page = client.get("/assessment/now").content.decode()
    assert "区Z1" in page and "区Z2" not in page and "最近的位次变动" in page
    assert client.get("/assessment/now?scheme=nope").status_code == 404


def test_experts_marks_go_on_counting(world: World, people: People) -> None:
    from .conftest import frozen

    one = frozen(world, people)
    objecting.give_mark(of(one, "Z1"), people["expert"], "service", "15", "走访")
    rounds.send_drafts(one, people["planner"])
    Round.objects.update(objection_until=DAY - dt.timedelta(days=1))
    rounds.publish(one, people["planner"], "1号")
    rows = {row.code: row for row in standings(zone_schemes(DAY)["zone_test"], DAY, last_published("zone_test"))}
    assert (rows["Z1"].low, rows["Z1"].high, rows["Z1"].moved) == (95, 95, [])
    assert (rows["Z2"].low, rows["Z2"].high) == (30, 50)


def test_an_alarm_moves_a_zone_at_once(world: World, people: People, monkeypatch: Any) -> None:
    more = data()["values"] | {
        "accident": {"title": "正在报警", "ask": "number", "unit": "次", "question": measured.OPEN_NOW}
    }
    scheme(values=more, edition="2", document={"title": "新办法", "effective": "2024-01-01"})
    from qiangqu.schemes.models import Edition

    Edition.objects.filter(edition="1").delete()
    alarms = {"Z1": 0, "Z2": 1, "Z3": 0, "Z4": 0}
    monkeypatch.setattr(measured, "counted", lambda zone, question, day: (alarms[zone.code], False))
    assert measured.answer(timezone.now()) == "报警计入评价 4 项"
    assert measured.answer(timezone.now()) == ""
    known = zone_schemes(DAY)["zone_test"]
    low = {row.code: row.low for row in standings(known, DAY)}
    alarms["Z1"] = 3
    measured.answer(timezone.now(), [world.areas["Z1"]])
    after = {row.code: row.low for row in standings(known, DAY)}
    assert low["Z1"] - after["Z1"] == 6 and low["Z2"] == after["Z2"]
    assert "报警台账自动统计" in Reply.objects.latest("pk").reason


def test_rules_propose_from_places() -> None:
    rule = Rule("x", "3年内2次后5名", "办法", "", 3, 2, 5, "demotion", ("s",))
    assert among_last(20, 24, 5) and not among_last(19, 24, 5)
    never = [("c", 3, 3, 24), ("b", 22, 22, 24), ("a", 4, 4, 24)]
    assert proposed(rule, never, "s") is None
    twice = [("c", 21, 21, 24), ("b", 22, 22, 24), ("a", 4, 4, 24)]
    made = proposed(rule, twice, "s")
    assert made is not None and made.sure and made.own and made.seen == "c、b"
    perhaps = [("c", 15, 21, 24), ("b", 22, 22, 24), ("a", 4, 4, 24)]
    made = proposed(rule, perhaps, "other")
    assert made is not None and not made.sure and not made.own
    assert proposed(rule, twice[:2], "s") is None  # too few rounds to say
    assert {one.proposes for one in rules()} <= set(MeasureKind.values)


def test_what_follows_has_a_unit_and_a_date(world: World, people: People) -> None:
    one = sent(world, people)
    with pytest.raises(ConflictError):
        outcomes.follow(of(one, "Z3"), people["planner"], "warning", "约谈", "第三条", "E4", DAY)
    Round.objects.update(objection_until=DAY - dt.timedelta(days=1))
    rounds.publish(one, people["planner"], "1号")
    zone = of(one, "Z3")
    due = DAY + dt.timedelta(days=30)
    for kind, unit, day, operator in (
        ("nothing", "E4", due, ""), ("warning", "none", due, ""), ("warning", "E4", DAY - dt.timedelta(days=1), ""),
        ("operator", "E4", due, ""), ("operator", "E4", due, "E1"),
    ):  # fmt: skip
        with pytest.raises(InputError):
            outcomes.follow(zone, people["planner"], kind, "要求", "依据", unit, day, operator)
    with pytest.raises(PermissionDenied):
        outcomes.follow(zone, people["z3"], "warning", "要求", "依据", "E4", due)
    made = outcomes.follow(zone, people["planner"], "operator", "年底前退出", "第十条", "E4", due, "E4")
    assert made.subject == f"assessment_zone:{zone.pk}:1"
    asked = outcomes.proposal_at(people["planner"], f"{zone.pk}:1")
    assert (asked.unit, asked.deadline, asked.area) == (made.unit, due, world.areas["Z3"])
    for rest in (f"{zone.pk}:2", "999:1", "x:1", f"{zone.pk}"):
        with pytest.raises(NotFoundError):
            outcomes.proposal_at(people["planner"], rest)
    with pytest.raises(NotFoundError):  # the neighbour sees the ranking, not what follows for others
        outcomes.proposal_at(people["z1"], f"{zone.pk}:1")
    outcomes.finish(zone, people["z3"], 1, "已清算退出")
    assert FollowUp.objects.get().done == "已清算退出"
    with pytest.raises(InputError):
        outcomes.finish(zone, people["z3"], 1, "再来一次")


def test_reports_say_how_marks_came_about(world: World, people: People) -> None:
    one = published(world, people)
    client = Client()
    client.force_login(people["planner"])

    def text(address: str) -> str:
        answer = client.get(address)
        assert answer.status_code == 200, address
        paper = Document(io.BytesIO(b"".join(answer.streaming_content) if answer.streaming else answer.content))
        cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(each.text for each in paper.paragraphs), *cells])

    zone = text(f"/assessment/zones/{of(one, 'Z3').pk}/report.docx")
    assert "缺少的数据：人均产值" in zone and "区Z3得20—70分" in zone and "指标z_output" in zone
    whole = text(f"/assessment/rounds/{one.pk}/report.docx")
    assert "参评园区3个" in whole and "80—100" in whole and "宁开评〔2026〕1号" in whole
    client.force_login(people["z1"])
    assert client.get(f"/assessment/zones/{of(one, 'Z1').pk}/report.docx").status_code == 200
    for address in (
        f"/assessment/zones/{of(one, 'Z3').pk}/report.docx",
        f"/assessment/rounds/{one.pk}/report.docx",
        f"/assessment/rounds/{one.pk}/compare",
    ):
        assert client.get(address).status_code == 403


def test_two_rounds_side_by_side(world: World, people: People) -> None:
    first = published(world, people, day=dt.date(DAY.year - 1, 12, 31))
    second = published(world, people)
    pairs = {pair.name: pair for pair in compared(first, second)}
    assert [g[0] for g in pairs["区Z1"].groups] == ["规模", "人均", "营商环境", "事故"]
    assert pairs["区Z1"].groups[0] == ("规模", "0—40", "40")  # there are no figures of two years ago
    assert pairs["区Z1"].right is not None and pairs["区Z1"].right.low == 80
    client = Client()
    client.force_login(people["planner"])
    assert "0—40 → 40" in client.get(f"/assessment/rounds/{second.pk}/compare").content.decode()
    assert client.get(f"/assessment/rounds/{second.pk}/compare?with=999").status_code == 404


def test_the_desk_tells_whoever_has_to_act(world: World, people: People) -> None:
    def look(who: str) -> Look:
        return Look(people[who], None, None, timezone.now())

    assert under_way(look("planner")) is None and to_answer(look("z1")) is None
    one = sent(world, people)
    held, asked = under_way(look("planner")), to_answer(look("z1"))
    assert held is not None and "还有 3 个园区没有确认" in held.lines[0].note
    assert asked is not None and asked.lines[0].url == f"/assessment/zones/{of(one, 'Z1').pk}/"
    assert to_answer(look("planner")) is None and under_way(look("z1")) is None
    objecting.accept(of(one, "Z1"), people["z1"])
    assert to_answer(look("z1")) is None
    Round.objects.update(objection_until=DAY - dt.timedelta(days=1))
    rounds.publish(one, people["planner"], "1号")
    outcomes.follow(of(one, "Z1"), people["planner"], "warning", "约谈", "第三条", "E1", DAY)
    card = to_follow(look("z1"))
    assert card is not None and card.lines[0].word == "办理中"
    assert to_follow(look("z2")) is None
