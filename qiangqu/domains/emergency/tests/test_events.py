"""An event from the call to the report: who is called, what is nearest with stock, what is handed over and comes back."""

import datetime as dt
import io
from typing import Any

import docx
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.domains.emergency.handling import calling, closing, logbook, resources
from qiangqu.domains.emergency.handling.opening import regrade, situation
from qiangqu.domains.emergency.models import EmergencyEvent, ResourceRequest, StockMovement
from qiangqu.domains.emergency.nearest import around, threatened
from qiangqu.domains.emergency.periodic import due, remind
from qiangqu.domains.emergency.report import word
from qiangqu.domains.emergency.stock import record, stock_of
from qiangqu.messaging.models import Message
from qiangqu.registry.models import AuditEntry

from .conftest import line, network, opened


def subjects(user: Any) -> list[str]:
    return list(Message.objects.filter(user=user).values_list("subject", flat=True))


def test_opening_takes_the_fitting_plan_and_calls_its_list(world: dict[str, Any]) -> None:
    event = opened(world)
    assert event.plan == world["plan"]
    assert [one.person for one in event.calls.all()] == ["甲", "乙", "丙"]
    assert subjects(world["people"]["called"]) == ["应急通知：甲化工罐区火灾"]
    assert subjects(world["people"]["far"]) == []
    flood = opened(world, hazard="flood", title="内涝")
    assert flood.plan == world["whole"] and not flood.calls.exists()
    year = timezone.localtime().year
    assert event.number.endswith(f"{year}-0001") and flood.number.endswith(f"{year}-0002")


def test_a_worse_grade_calls_those_who_were_not_called(world: dict[str, Any]) -> None:
    event, zone = opened(world), world["people"]["zone"]
    assert not visible(EmergencyEvent.objects.all(), world["people"]["far"]).exists()
    regrade(event, zone, "2", "火势扩大")
    assert [one.person for one in event.calls.all()] == ["甲", "乙", "丙", "丁"]
    assert subjects(world["people"]["called"]) == ["应急通知：甲化工罐区火灾"]
    # who was called sees the event, though it is not in his area
    assert visible(EmergencyEvent.objects.all(), world["people"]["far"]).get() == event


def test_answers_come_by_message_and_by_phone(world: dict[str, Any]) -> None:
    event, people = opened(world), world["people"]
    row = calling.answer(event, people["called"], "comes", "12", "带队")
    assert (row.answer, row.minutes, row.entered_by) == ("comes", 12, None)
    with pytest.raises(PermissionDenied):
        calling.answer(event, people["neighbour"], "comes")
    phoned = calling.enter_answer(event, people["zone"], 3, "stands_by")
    assert phoned.entered_by == people["zone"]
    with pytest.raises(InputError, match="代替人员"):
        calling.enter_answer(event, people["zone"], 1, "cannot")
    with pytest.raises(InputError, match="分钟数"):
        calling.answer(event, people["called"], "comes", "-3")
    with pytest.raises(NotFoundError):
        calling.enter_answer(event, people["zone"], 77, "comes")
    texts = list(event.entries.filter(kind="call").values_list("text", flat=True))
    assert any("12 分钟到" in text for text in texts) and any("（电话）" in text for text in texts)


def test_silence_is_reminded_once(world: dict[str, Any]) -> None:
    event, people = opened(world), world["people"]
    calling.answer(event, people["called"], "comes", "5")
    now = timezone.now()
    assert remind(now) == ""
    later = now + dt.timedelta(minutes=6)
    assert remind(later) == "催答 2 人" and remind(later) == ""
    assert subjects(people["zone"]).count("催答：甲化工罐区火灾") == 1
    told = Message.objects.get(user=people["zone"], subject__startswith="2 人未答复")
    assert "丙" in told.text and "13800000003" in told.text and "乙" not in told.text


def test_the_nearest_with_stock_stand_first_and_what_cannot_help_is_not_there(world: dict[str, Any]) -> None:
    found = around(opened(world), world["people"]["zone"])
    assert [one.name for one in found.teams] == ["近队", "远队"]
    # 1.75 km straight, ×1.4 at 40 km/h, and five minutes to get ready
    assert found.teams[0].minutes == pytest.approx(5 + 1.7525 * 1.4 / 40 * 60, rel=1e-3)
    assert [one.note for one in found.supplies] == ["B1", "B2"]  # B3 has expired, B9 lies where he sees nothing
    assert "直线距离" in found.basis and found.unreached == 0
    everywhere = around(opened(world), world["people"]["planner"])
    assert [one.note for one in everywhere.supplies] == ["B9", "B1", "B2"]


def test_on_a_network_the_road_counts_and_where_none_leads_it_is_said(world: dict[str, Any]) -> None:
    # the near depot is reached by a detour only, the far one straight by a fast road
    network(
        line((106.0, 38.0), (106.2, 38.0), speed=90),
        line((106.0, 38.0), (106.0, 38.2), (106.02, 38.2), (106.02, 38.001), speed=30),
        line((106.5, 38.5), (106.6, 38.5)),
    )
    # the depot beside the fast road's middle would join it there: put it where only the detour passes
    world["places"]["P1"].lat = 38.19
    world["places"]["P1"].save()
    found = around(opened(world), world["people"]["zone"])
    assert "试验路网" in found.basis
    assert [one.name for one in found.teams] == ["远队", "近队"]
    world["places"]["P2"].lon, world["places"]["P2"].lat = 106.55, 38.5
    world["places"]["P2"].save()
    cut = around(opened(world), world["people"]["zone"])
    assert [one.minutes is None for one in cut.teams] == [False, True]
    assert cut.unreached == 2


def test_supplies_are_asked_for_handed_over_and_come_back(world: dict[str, Any]) -> None:
    event, people, batch = opened(world), world["people"], world["batches"]["B1"]
    made = resources.request_resource(event, people["zone"], "supply", batch.pk, 15)
    assert made.minutes is not None and stock_of(batch) == 20
    with pytest.raises(InputError, match="1—5"):  # what is spoken for is not asked for again
        resources.request_resource(event, people["zone"], "supply", batch.pk, 6)
    with pytest.raises(PermissionDenied):
        resources.hand_over(made, people["neighbour"], "乙")
    resources.hand_over(made, people["zone"], "乙")
    assert stock_of(batch) == 5
    with pytest.raises(ConflictError):
        resources.hand_over(made, people["zone"], "乙")
    resources.give_back(made, people["zone"], 4)
    assert stock_of(batch) == 9
    moves = list(StockMovement.objects.filter(batch=batch).order_by("pk").values_list("kind", "amount"))
    assert moves == [("in", 20), ("handed", -15), ("returned", 4)]
    assert AuditEntry.objects.filter(action="resource_request_handed").count() == 1


def test_a_team_is_with_one_event_at_a_time(world: dict[str, Any]) -> None:
    first, second, zone = opened(world), opened(world, title="另一起"), world["people"]["zone"]
    made = resources.request_resource(first, zone, "team", world["teams"]["T1"].pk)
    with pytest.raises(ConflictError, match="其他事件"):
        resources.request_resource(second, zone, "team", world["teams"]["T1"].pk)
    resources.refuse(made, zone, "在执行其他任务")
    assert resources.request_resource(second, zone, "team", world["teams"]["T1"].pk).event == second
    with pytest.raises(NotFoundError):
        resources.request_resource(second, zone, "team", 99999)


def test_the_keeper_of_another_area_is_told_and_hands_over(world: dict[str, Any]) -> None:
    event, people = opened(world), world["people"]
    made = resources.request_resource(event, people["planner"], "supply", world["batches"]["B9"].pk, 3)
    assert subjects(people["neighbour"]) == ["应急调用：泡沫液 3 吨（B9）"]
    assert visible(ResourceRequest.objects.all(), people["neighbour"]).get() == made
    assert not visible(EmergencyEvent.objects.all(), people["neighbour"]).exists()
    resources.hand_over(made, people["neighbour"], "乙")
    made.refresh_from_db()
    assert made.state == "handed" and made.handed_by == people["neighbour"]


def test_the_log_is_kept_and_steps_are_timed(world: dict[str, Any]) -> None:
    event, people = opened(world), world["people"]
    logbook.log_entry(event, people["called"], "report", "火势已控制", "", 0, "106.01，38.01")
    logbook.log_entry(event, people["zone"], "step", "", "", 1)
    for sent, wrong in (
        ({"kind": "report", "text": ""}, "1—1000"),
        ({"kind": "state", "text": "x"}, "类别"),
        ({"kind": "report", "text": "x", "place": "38.0,106.0"}, "颠倒"),
        ({"kind": "report", "text": "x", "place": "nan,38"}, "不是数字"),
        ({"kind": "report", "text": "x", "happened": "2999-01-01T00:00"}, "不能晚于现在"),
        ({"kind": "report", "text": "x", "happened": "2001-01-01T00:00"}, "早于"),
        ({"kind": "step", "text": "x", "step": 9}, "没有这一步"),
    ):
        with pytest.raises(InputError, match=wrong):
            logbook.log_entry(event, people["zone"], **sent)
    steps = logbook.checklist(event, timezone.now() + dt.timedelta(minutes=31))
    assert [(one.taken, one.late) for one in steps] == [(0, False), (None, True)]


def test_whom_it_may_hit_is_counted_within_the_radius(world: dict[str, Any]) -> None:
    event = opened(world)  # 1,500 m; the points lie 877 m apart
    assert [one.code for one, _far in threatened(event, world["people"]["zone"])] == ["F0", "F1"]
    situation(event, world["people"]["zone"], 0, 0, 3, 300, 2000)
    event.refresh_from_db()
    assert [one.code for one, _far in threatened(event, world["people"]["zone"])] == ["F0", "F1", "F2"]
    assert event.evacuated == 300


def test_ending_review_and_what_was_found(world: dict[str, Any]) -> None:
    event, people = opened(world), world["people"]
    zone = people["zone"]
    out = resources.request_resource(event, zone, "team", world["teams"]["T1"].pk)
    resources.hand_over(out, zone, "乙")
    asked = resources.request_resource(event, zone, "equipment", world["machine"].pk)
    closing.end(event, zone, "明火扑灭")
    asked.refresh_from_db()
    assert asked.state == "refused"
    with pytest.raises(ConflictError, match="没有归还"):
        closing.review(event, zone, "静电", "处置及时，通知到位")
    resources.give_back(out, zone)
    closing.review(event, zone, "静电", "处置及时，通知到位")
    made = closing.find_in_event(event, zone, "消防水压不足", world["unit"].code, timezone.localdate())
    assert made.subject == f"emergency_event:{event.pk}:1"
    with pytest.raises(InputError, match="责任单位"):
        closing.find_in_event(event, zone, "x y", "nobody", timezone.localdate())
    with pytest.raises(ConflictError):
        logbook.log_entry(event, zone, "report", "归档以后")
    proposal = closing.proposal_at_event(zone, f"{event.pk}:1")
    with pytest.raises(NotFoundError):
        closing.proposal_at_event(people["neighbour"], f"{event.pk}:1")
    assert proposal.unit == world["unit"] and "消防水压不足" in proposal.requirement
    event.refresh_from_db()
    said = "\n".join(one.text for one in docx.Document(io.BytesIO(word(event, zone))).paragraphs)
    assert "静电" in said and "消防水压不足" in said and "通知3人" in said and "2处" in said


def test_stock_never_falls_below_nothing_and_a_count_is_the_difference(world: dict[str, Any]) -> None:
    batch, zone = world["batches"]["B1"], world["people"]["zone"]
    with pytest.raises(ConflictError, match="只有 20"):
        record(batch, zone, "out", "21")
    made = record(batch, zone, "counted", "18", "盘点少 2 吨")
    assert made is not None and made.amount == -2 and stock_of(batch) == 18
    assert record(batch, zone, "counted", "18", "再盘") is None
    for kind, amount, reason in (
        ("out", "x", ""),
        ("out", "-1", ""),
        ("in", "0", ""),
        ("counted", "1", ""),
        ("handed", "1", "a"),
    ):
        with pytest.raises(InputError):
            record(batch, zone, kind, amount, reason)
    with pytest.raises(PermissionDenied):
        record(batch, world["people"]["neighbour"], "in", "1")


def test_what_is_due_is_told_once(world: dict[str, Any]) -> None:
    now = timezone.now()
    first = due(now)
    assert first and due(now) == ""
    assert any("物资到期" in one for one in subjects(world["people"]["zone"]))
    assert not any("物资到期" in one for one in subjects(world["people"]["neighbour"]))
