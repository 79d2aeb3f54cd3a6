"""A round from its opening to its published ranking, by hand: what was frozen stays, and only decisions move marks."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import visible
from qiangqu.domains.assessment import objecting, rounds
from qiangqu.domains.assessment.corrections import corrections
from qiangqu.domains.assessment.freezing import ranked, zones_of
from qiangqu.domains.assessment.models import (
    FrozenValue,
    ObjectionState,
    Round,
    RoundState,
    ZoneResult,
)
from qiangqu.formulas.refresh import refresh
from qiangqu.formulas.tests.world import World
from qiangqu.messaging.models import Message
from qiangqu.registry.models import AuditEntry, Post, User
from qiangqu.schemes.models import Edition

from .conftest import DAY, LAST, frozen, of, opened, paper, scheme, sent, zones

pytestmark = pytest.mark.django_db
People = dict[str, User]


def marks(one: Round) -> dict[str, tuple[Any, ...]]:
    return {row.area.code: (row.low, row.high, row.rank, row.rank_worst) for row in zones_of(one)}


def test_marks_of_a_round_by_hand(world: World, people: People) -> None:
    one = frozen(world, people)
    # Z1: 8 of 8 give 40, first of two peers 40, the expert's 0 to 20; Z3 has no workforce: 10 to 40 for that
    assert marks(one) == {"Z1": (80, 100, 1, 1), "Z2": (30, 50, 2, 3), "Z3": (20, 70, 2, 3)}
    values = {(row.result.area.code, row.name): row for row in FrozenValue.objects.select_related("result__area")}
    told = values["Z1", "output"]
    assert (told.low, told.high, told.told["indicator"], told.told["period"]) == (8.0, 8.0, "z_output", LAST)
    assert values["Z1", "accident"].told["reason"] == "年报"
    assert values["Z3", "per"].low is None
    assert of(one, "Z3").missing == 2  # the workforce and the expert's mark


def test_places_of_ranges() -> None:
    assert ranked([80, 60, 10], [100, 80, 70]) == ([1, 1, 2], [1, 3, 3])
    assert ranked([5, 5, float("-0")], [5, 5, float("inf")]) == ([1, 1, 1], [2, 2, 3])


def test_the_expert_gives_marks_but_not_to_his_own(world: World, people: People) -> None:
    one = frozen(world, people)
    objecting.give_mark(of(one, "Z1"), people["expert"], "service", "15", "走访和问卷")
    objecting.give_mark(of(one, "Z1"), people["planner"], "service", "11", "材料")
    assert marks(one)["Z1"][:2] == (93, 93)  # their mean
    objecting.give_mark(of(one, "Z1"), people["expert"], "service", "17", "补充材料")
    assert marks(one)["Z1"][:2] == (94, 94)
    for mark, reason in (("21", "好"), ("十", "好"), ("10", " "), ("nan", "好")):
        with pytest.raises(InputError):
            objecting.give_mark(of(one, "Z1"), people["expert"], "service", mark, reason)
    with pytest.raises(InputError):
        objecting.give_mark(of(one, "Z1"), people["expert"], "output", "10", "好")
    for who in ("z1", "z2", "city", "leader"):
        with pytest.raises(PermissionDenied):
            objecting.give_mark(of(one, "Z1"), people[who], "service", "10", "好")
    Post.objects.create(user=people["expert"], role="zone", area=world.areas["Z2"])
    with pytest.raises(PermissionDenied):
        objecting.give_mark(of(one, "Z2"), User.objects.get(username="expert"), "service", "10", "好")


def test_frozen_data_that_is_corrected_stays_with_both_seen(world: World, people: People) -> None:
    one = frozen(world, people)
    before = marks(one)
    world.facts([("output", "FA", LAST, 6.0)])
    refresh()
    assert marks(one) == before
    found = corrections(one, zones_of(one))
    assert {one.name: (one.frozen, one.today) for one in found[of(one, "Z1").pk].values()} == {
        "output": ("8", "6"), "per": ("80", "60"),
    }  # fmt: skip
    client = Client()
    client.force_login(people["planner"])
    page = client.get(f"/assessment/zones/{of(one, 'Z1').pk}/").content.decode()
    assert "冻结后有更正的数据" in page and "今日值" in page
    # until drafts are sent the office may freeze again, and the newer value counts
    rounds.freeze(one, people["planner"])
    assert marks(one)["Z1"][0] == 70
    assert corrections(one, zones_of(one)) == {}


def test_a_changed_scheme_does_not_change_what_was_frozen(world: World, people: People) -> None:
    one = sent(world, people)
    before = marks(one)
    scheme(
        title="改过的方案",
        criteria=[
            {"code": "size", "title": "规模", "points": 40, "value": "output", "linear": {"zero": 0, "full": 80}}
        ],
        max_points=40,
        levels=[],
    )
    rounds.recompute(one)
    assert marks(one) == before


def test_objections_decide_and_nothing_else_moves_marks(world: World, people: People) -> None:
    one = sent(world, people)
    with pytest.raises(ConflictError):
        rounds.freeze(one, people["planner"])
    with pytest.raises(ConflictError):
        objecting.give_mark(of(one, "Z1"), people["expert"], "service", "15", "迟了")
    for who in ("z1", "planner", "city"):
        with pytest.raises(PermissionDenied):
            objecting.object_to(of(one, "Z3"), people[who], "从业人员漏报")
    with pytest.raises(InputError):  # a claim without evidence
        objecting.object_to(of(one, "Z3"), people["z3"], "漏报", "per", "50")
    made = objecting.object_to(of(one, "Z3"), people["z3"], "漏报从业人员", "per", "100", paper())
    assert made.files.count() == 1
    assert Message.objects.filter(user=people["planner"], subject__contains="异议").exists()
    with pytest.raises(ConflictError):
        rounds.publish(one, people["planner"], "宁政办〔2026〕1号")
    with pytest.raises(PermissionDenied):
        objecting.decide(of(one, "Z3"), people["z3"], 1, "upheld", "自己裁定")
    with pytest.raises(InputError):
        objecting.decide(of(one, "Z3"), people["planner"], 1, "upheld", "")
    before = marks(one)
    objecting.decide(of(one, "Z3"), people["planner"], 1, "upheld", "社保台账核实")
    row = FrozenValue.objects.get(result=of(one, "Z3"), name="per")
    assert (row.low, row.decided, row.objection) == (None, 100.0, made)
    made.refresh_from_db()
    assert made.effect["before"]["value"] == "—" and made.effect["after"]["value"] == "100"
    # 2 of 8 give 10, the first of three peers 40; Z1 is now the second and loses 30
    assert marks(one)["Z3"][:2] == (50, 70)
    assert marks(one)["Z1"][0] == before["Z1"][0] - 30
    assert of(one, "Z3").draft_low == 20
    objecting.object_to(of(one, "Z1"), people["z1"], "对整体有异议")
    objecting.decide(of(one, "Z1"), people["planner"], 1, "rejected", "没有依据")
    with pytest.raises(InputError):
        objecting.decide(of(one, "Z1"), people["planner"], 1, "upheld", "再裁一次")
    assert AuditEntry.objects.filter(action="assessment_zone_decided").count() == 2


def test_a_zone_may_only_object_in_time(world: World, people: People) -> None:
    one = sent(world, people)
    assert one.objection_until == DAY + dt.timedelta(days=10)
    objecting.object_to(of(one, "Z1"), people["z1"], "有异议")
    objecting.withdraw(of(one, "Z1"), people["z1"], 1)
    assert of(one, "Z1").objections.get().state == ObjectionState.WITHDRAWN
    Round.objects.update(objection_until=DAY - dt.timedelta(days=1))
    with pytest.raises(ConflictError):
        objecting.object_to(of(one, "Z1"), people["z1"], "迟了")
    with pytest.raises(InputError):
        rounds.extend(one, people["planner"], DAY - dt.timedelta(days=1))
    rounds.extend(one, people["planner"], DAY + dt.timedelta(days=3))
    objecting.object_to(of(one, "Z1"), people["z1"], "延长后提出")


def test_published_when_the_days_are_over_or_all_agree(world: World, people: People) -> None:
    one = sent(world, people)
    with pytest.raises(ConflictError):
        rounds.publish(one, people["planner"], "1号")
    for code in ("Z1", "Z2", "Z3"):
        objecting.accept(of(one, code), people[code.lower()])
    with pytest.raises(InputError):
        rounds.publish(one, people["planner"], " ")
    with pytest.raises(PermissionDenied):
        rounds.publish(one, people["city"], "1号")
    rounds.publish(one, people["planner"], "宁开评〔2026〕1号")
    one.refresh_from_db()
    assert one.state == RoundState.PUBLISHED
    assert of(one, "Z1").level == "优秀"
    assert Message.objects.filter(user=people["z2"], subject__contains="已公布").exists()
    with pytest.raises(ConflictError):
        rounds.void(one, people["planner"], "迟了")


def test_who_sees_what_and_when(world: World, people: People) -> None:
    one = frozen(world, people)

    def seen(who: str) -> tuple[int, list[str], int]:
        rows = (
            visible(ZoneResult.objects.all(), people[who]).order_by("area__code").values_list("area__code", flat=True)
        )
        return (
            visible(Round.objects.all(), people[who]).count(),
            list(rows),
            visible(FrozenValue.objects.all(), people[who]).count(),
        )

    every = ["Z1", "Z2", "Z3"]
    assert seen("leader") == (1, every, 12)
    assert seen("z1") == (0, [], 0)
    rounds.send_drafts(one, people["planner"])
    assert seen("z1") == (1, ["Z1"], 4)
    assert seen("city") == (1, ["Z1", "Z2"], 8)
    Round.objects.update(objection_until=DAY - dt.timedelta(days=1))
    rounds.publish(one, people["planner"], "1号")
    assert seen("z1") == (1, every, 4)  # the ranking of all, the data of his own
    client = Client()
    client.force_login(people["z1"])
    other = client.get(f"/assessment/zones/{of(one, 'Z2').pk}/").content.decode()
    assert "别的园区的各项数据不公开" in other and "z_output" not in other
    assert client.get(f"/assessment/rounds/{one.pk}/").status_code == 200
    assert client.post(f"/assessment/rounds/{one.pk}/void", {"reason": "x"}).status_code == 403


def test_what_may_not_be_opened(world: World, people: People) -> None:
    edition = Edition.objects.get(code="zone_test")
    for day, area in ((timezone.localdate() + dt.timedelta(days=1), "R"), (DAY, "C1")):
        with pytest.raises(InputError):
            rounds.open_round(
                Round(title="x", area=world.areas[area], edition=edition, day=day, objection_days=5),
                zones(world),
                people["planner"],
            )
    with pytest.raises(PermissionDenied):
        rounds.open_round(
            Round(title="x", area=world.areas["R"], edition=edition, day=DAY), zones(world), people["city"]
        )
    one = opened(world, people, day=dt.date(1999, 1, 1))
    with pytest.raises(ConflictError):  # the zones were not there yet
        rounds.freeze(one, people["planner"])
    rounds.void(one, people["planner"], "重复立项")
    assert Round.objects.get().void_reason == "重复立项"


def test_an_official_walks_from_the_form_to_the_ranking(world: World, people: People) -> None:
    client = Client()
    client.force_login(people["planner"])
    edition = Edition.objects.get(code="zone_test")
    assert client.get("/assessment/new").status_code == 200
    made = client.post(
        "/assessment/new",
        {
            "title": "2026年度",
            "area": world.areas["R"].pk,
            "edition": edition.pk,
            "day": DAY.isoformat(),
            "objection_days": "5",
        },
    )
    one = Round.objects.get()
    assert made.status_code == 302 and one.zones.count() == 4 and one.number
    address = f"/assessment/rounds/{one.pk}/"
    assert "冻结数据并计算" in client.get(address).content.decode()
    for act, given in (("freeze", {}), ("send-drafts", {})):
        assert client.post(address + act, given).status_code == 302
    page = client.get(address).content.decode()
    assert "异议期到" in page
    Round.objects.update(objection_until=DAY - dt.timedelta(days=1))
    assert client.post(address + "publish", {"document": "1号"}).status_code == 302
    assert "已公布" in client.get("/assessment?list=published").content.decode()
    told = client.get("/api/v1/assessment/rounds").json()
    assert told["rows"][0]["state"] == "published"
    assert client.get(f"/api/v1/assessment/rounds/{one.pk}").json()["scheme"] == "zone_test"
