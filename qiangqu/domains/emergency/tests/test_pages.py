"""The same by pages and JSON: forms, acts, maps, the report, registers, the desk, and what hostile addresses get."""

import datetime as dt
import json
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from qiangqu.domains.emergency.models import EmergencyDrill, EmergencyEvent, EmergencyPlace, RescueTeam, SupplyBatch
from qiangqu.domains.emergency.stock import stock_of

from .conftest import opened, signed_in


def form(world: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "title": "罐区火灾", "area": world["areas"]["Z1"].pk, "hazard": "fire", "grade": "4", "place": "罐区", "lon": "106.0", "lat": "38.0",
        "radius": "800", "happened_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "report": "值班员报告", "plan": "", "organisation": "",
    } | more  # fmt: skip


def test_an_event_from_the_call_to_the_report_by_pages(world: dict[str, Any]) -> None:
    zone, called = signed_in(world["people"]["zone"]), signed_in(world["people"]["called"])
    assert zone.get(reverse("emergency-event-new")).status_code == 200
    for wrong, said in (
        ({"lon": "38", "lat": "106"}, "颠倒"),
        ({"lon": "nan"}, "lon"),
        ({"lat": "500000"}, "投影坐标"),
        ({"title": ""}, "title"),
    ):
        refused = zone.post(reverse("emergency-event-new"), form(world, **wrong))
        assert refused.status_code == 422 and said in refused.content.decode(), wrong
    assert zone.post(reverse("emergency-event-new"), form(world)).status_code == 302
    event = EmergencyEvent.objects.get()
    page = reverse("emergency-event", args=[event.pk])
    shown = called.get(page).content.decode()
    assert "请答复：您是现场指挥" in shown and "终止响应" not in shown
    assert "请答复" in called.get("/").content.decode()
    act = lambda name: reverse("emergency-event-act", args=[event.pk, name])  # noqa: E731
    assert called.post(act("answer"), {"answer": "comes", "minutes": "7"}).status_code == 302
    assert called.post(act("end"), {"reason": "扑灭"}).status_code == 403
    shown = zone.get(page).content.decode()
    assert "7 分钟到" in shown and "2 人未答复" in shown and "近队" in shown and "直线距离" in shown
    assert (
        zone.post(
            act("request-resource"), {"kind": "supply", "key": world["batches"]["B1"].pk, "amount": "5"}
        ).status_code
        == 302
    )
    wanted = event.requests.get()
    request_page = reverse("resource-request", args=[wanted.pk])
    assert "待交付" in zone.get("/").content.decode() and zone.get(request_page).status_code == 200
    assert (
        zone.post(reverse("resource-request-act", args=[wanted.pk, "hand-over"]), {"receiver": "乙"}).status_code == 302
    )
    map_ = zone.get(reverse("emergency-event-map", args=[event.pk])).json()
    assert {one["kind"] for one in map_["points"]} == {"event", "hit", "shelter", "supply"} and len(map_["lines"]) == 1
    assert zone.post(act("end"), {"reason": "明火扑灭"}).status_code == 302
    refused = zone.post(act("review"), {"cause": "静电", "text": "处置及时"})
    assert refused.status_code == 409 and "没有归还" in refused.content.decode()
    zone.post(reverse("resource-request-act", args=[wanted.pk, "give-back"]), {"returned": "5"})
    assert zone.post(act("review"), {"cause": "静电", "text": "处置及时"}).status_code == 302
    assert (
        zone.post(
            act("find"), {"text": "水压不足", "unit": world["unit"].code, "due": timezone.localdate().isoformat()}
        ).status_code
        == 302
    )
    report = zone.get(reverse("emergency-event-report", args=[event.pk]))
    assert report.status_code == 200 and report.content[:2] == b"PK"
    assert "水压不足" in zone.get(page).content.decode()
    assert event.number[-9:] in zone.get(reverse("search"), {"q": event.number[-9:]}).content.decode()


def test_who_has_nothing_to_do_there_gets_nothing(world: dict[str, Any]) -> None:
    event = opened(world)
    neighbour = signed_in(world["people"]["neighbour"])
    for name in ("emergency-event", "emergency-event-map", "emergency-event-report"):
        assert neighbour.get(reverse(name, args=[event.pk])).status_code == 404, name
        assert Client().get(reverse(name, args=[event.pk])).status_code == 302, name
    assert neighbour.post(reverse("emergency-event-act", args=[event.pk, "end"]), {"reason": "x y"}).status_code == 404
    called = signed_in(world["people"]["called"])
    assert called.get(reverse("emergency-event-new")).status_code == 403
    assert called.get(reverse("siting-new")).status_code == 403


def test_every_list_and_register_opens(world: dict[str, Any]) -> None:
    opened(world)
    zone = signed_in(world["people"]["zone"])
    names = (
        "emergency-plans", "plan-calls", "plan-steps", "rescue-teams", "emergency-equipment", "supply-batches", "supply-items",
        "emergency-places", "protected-points",
    )  # fmt: skip
    for name in names:
        assert zone.get(reverse(f"{name}-list")).status_code == 200, name
        assert zone.get(reverse(f"{name}-create")).status_code == 200, name
    for name in ("emergency-events", "emergency-drills", "sitings"):
        assert zone.get(reverse(name)).status_code == 200, name
    shown = zone.get(reverse("emergency-plans-detail", args=[world["plan"].pk])).content.decode()
    assert "总指挥" in shown and "步骤1" in shown
    batch = world["batches"]["B1"]
    assert "20" in zone.get(reverse("supply-batches-detail", args=[batch.pk])).content.decode()
    stock = strip_tags(zone.get(reverse("supply-stock")).content.decode())  # a token may hold any two letters
    assert "B1" in stock and "已过期" in stock and "B9" not in stock


def test_a_place_with_exchanged_degrees_is_refused_by_the_register(world: dict[str, Any]) -> None:
    zone = signed_in(world["people"]["zone"])
    sent = {
        "code": "N1",
        "name": "新站",
        "kind": "station",
        "area": world["areas"]["Z1"].pk,
        "lon": "38.0",
        "lat": "106.0",
        "valid_from": "2026-01-01",
    }
    refused = zone.post(reverse("emergency-places-create"), sent)
    assert "颠倒" in refused.content.decode() and not EmergencyPlace.objects.filter(code="N1").exists()
    assert zone.post(reverse("emergency-places-create"), sent | {"lon": "106.0", "lat": "38.0"}).status_code == 302
    team = {
        "code": "N2",
        "name": "新队",
        "kind": "fire",
        "place": EmergencyPlace.objects.get(code="N1").pk,
        "people": "9",
        "leader": "丁",
        "phone": "1",
        "turnout": "5",
        "valid_from": "2026-01-01",
    }
    assert zone.post(reverse("rescue-teams-create"), team).status_code == 302
    assert RescueTeam.objects.get(code="N2").place.code == "N1"


def test_stock_is_moved_on_the_page(world: dict[str, Any]) -> None:
    zone, batch = signed_in(world["people"]["zone"]), world["batches"]["B1"]
    page = reverse("supply-batch", args=[batch.pk])
    assert "最低储备" not in zone.get(page).content.decode()
    assert (
        zone.post(reverse("supply-batch-act", args=[batch.pk, "record"]), {"kind": "out", "amount": "12"}).status_code
        == 302
    )
    assert "低于最低储备 10" in zone.get(page).content.decode()
    refused = zone.post(reverse("supply-batch-act", args=[batch.pk, "record"]), {"kind": "out", "amount": "12"})
    assert refused.status_code == 409 and "只有 8" in refused.content.decode()
    assert SupplyBatch.objects.get(pk=batch.pk) == batch and stock_of(batch) == 8


def test_a_drill_is_planned_held_and_its_findings_become_tasks(world: dict[str, Any]) -> None:
    zone = signed_in(world["people"]["zone"])
    today = timezone.localdate()
    sent = {
        "title": "罐区火灾演练",
        "area": world["areas"]["Z1"].pk,
        "plan": world["plan"].pk,
        "kind": "whole",
        "held_on": (today + dt.timedelta(days=1)).isoformat(),
        "place": "罐区",
        "planned_minutes": "60",
    }
    assert zone.post(reverse("emergency-drill-new"), sent).status_code == 302
    drill = EmergencyDrill.objects.get()
    act = lambda name: reverse("emergency-drill-act", args=[drill.pk, name])  # noqa: E731
    held = {"minutes": "75", "people": "40", "summary": "按预案进行"}
    assert zone.post(act("hold"), held).status_code == 409
    EmergencyDrill.objects.update(held_on=today)
    assert zone.post(act("hold"), held).status_code == 302
    assert (
        zone.post(act("find"), {"text": "集结慢", "unit": world["unit"].code, "due": today.isoformat()}).status_code
        == 302
    )
    assert (
        zone.post(act("find"), {"text": "集结慢", "unit": world["unit"].code, "due": "2020-01-01"}).status_code == 422
    )
    shown = zone.get(reverse("emergency-drill", args=[drill.pk])).content.decode()
    assert "集结慢" in shown and "75" in shown and "未立项" in shown
    planner = signed_in(world["people"]["planner"])
    assert "转督办" in planner.get(reverse("emergency-drill", args=[drill.pk])).content.decode()


def test_the_same_by_json(world: dict[str, Any]) -> None:
    event, zone = opened(world), signed_in(world["people"]["zone"])
    address = f"/api/v1/emergency/events/{event.pk}"

    def post(rest: str, **sent: Any) -> Any:
        answer = zone.post(f"/api/v1/emergency/{rest}", json.dumps(sent), content_type="application/json")
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    near = zone.get(f"{address}/nearest").json()
    assert [one["name"] for one in near["found"] if one["kind"] == "team"] == ["近队", "远队"] and "直线" in near[
        "basis"
    ]
    batch = world["batches"]["B1"]
    assert post(f"stock/{batch.pk}/record", kind="in", amount="5", reason="") == {
        "id": batch.pk,
        "code": "B1",
        "stock": 25,
    }
    post(f"events/{event.pk}/request-resource", kind="supply", key=batch.pk, amount=2)
    found = zone.get(f"{address}/requests").json()
    assert [(one["what"], one["state"]) for one in found] == [("泡沫液 2 吨（B1）", "asked")]
    assert post(f"requests/{event.requests.get().pk}/hand-over", receiver="乙")["state"] == "handed"
    assert zone.get(f"/api/v1/emergency/stock/{batch.pk}").json()["stock"] == 23
    assert post(f"events/{event.pk}/end", reason="扑灭")["state"] == "ended"
    assert len(zone.get(f"{address}/entries").json()) >= 5
    assert zone.get("/api/v1/emergency/events").json()["count"] == 1
