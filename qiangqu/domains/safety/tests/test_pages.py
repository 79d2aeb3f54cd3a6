"""The same by pages and JSON: forms, acts, the desk, the search, and what hostile addresses get."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.safety.models.inspections import Draw, Inspector
from qiangqu.domains.safety.terms import Outcome
from qiangqu.registry.models import AuditEntry

from .conftest import drafted, drawn, later, opened


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(world: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "area": world["areas"]["Z1"].pk, "title": "危化企业检查", "as_of": timezone.localdate().isoformat(), "quotas": "重大 2\n低：1家",
        "team": "2", "max_load": "3", "source_kind": "published", "source_text": "某彩票 1 期", "value_due": "2199-01-01T08:00",
        "starts_at": "2199-01-01T09:00", "publish_workdays": "20",
    } | more  # fmt: skip


def test_a_draw_is_prepared_changed_and_committed_to(world: dict[str, Any]) -> None:
    client = signed_in(world["people"]["planner"])
    made = client.post(reverse("draw-new"), form(world))
    draw = Draw.objects.get()
    assert made.status_code == 302 and draw.source == "published:某彩票 1 期"
    shown = client.get(reverse("draw-edit", args=[draw.pk])).content.decode()
    assert "重大 2" in shown and "某彩票 1 期" in shown
    client.post(reverse("draw-edit", args=[draw.pk]), form(world, title="改过的", revision="0"))
    draw.refresh_from_db()
    assert (draw.title, draw.revision) == ("改过的", 1)
    assert client.post(reverse("draw-act", args=[draw.pk, "commit"])).status_code == 302
    refused = client.post(reverse("draw-act", args=[draw.pk, "commit"]))
    assert refused.status_code == 409 and "已承诺" in refused.content.decode()
    assert client.get(reverse("draw-edit", args=[draw.pk])).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"quotas": "重大"}, "格式不对"),
        ({"quotas": "重大 1\n重大 2"}, "写了两次"),
        ({"quotas": "重大 0"}, "都是 0"),
        ({"quotas": "\n".join(f"层{n} 1" for n in range(9))}, "1—8 层"),
        ({"source_text": "x"}, "号码的公布单位"),
        ({"starts_at": "2199-01-01T07:00"}, "应晚于"),
        ({"fallback": "a|b"}, "不含"),
        ({"team": "0"}, "1"),
    ],
)
def test_a_wrong_form_is_shown_again_with_a_sentence(
    world: dict[str, Any], wrong: dict[str, Any], sentence: str
) -> None:
    answer = signed_in(world["people"]["planner"]).post(reverse("draw-new"), form(world, **wrong))
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not Draw.objects.exists()


def test_who_may_not_prepare_or_run_is_refused(world: dict[str, Any]) -> None:
    draw = drafted(world)
    zone, inspector = signed_in(world["people"]["zone"]), signed_in(world["people"]["other"])
    assert zone.get(reverse("draw-new")).status_code == 200
    assert zone.post(reverse("draw-act", args=[draw.pk, "commit"])).status_code == 403
    assert inspector.get(reverse("draw-new")).status_code == 403
    assert inspector.post(f"/api/v1/safety/draws/{draw.pk}/commit").status_code == 403
    neighbour = signed_in(world["people"]["neighbour"])
    assert neighbour.get(reverse("draw", args=[draw.pk])).status_code == 404
    draw.refresh_from_db()
    assert draw.state == "prepared"


def test_the_whole_way_by_json(world: dict[str, Any]) -> None:
    first, second = (signed_in(world["people"][name]) for name in ("planner", "second"))
    draw = drafted(world)
    address = f"/api/v1/safety/draws/{draw.pk}"

    def post(client: Client, rest: str, **sent: Any) -> Any:
        answer = client.post(f"{address}/{rest}", json.dumps(sent), content_type="application/json")
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    assert post(first, "commit")["state"] == "committed"
    later(draw)
    assert post(second, "draw", value="12 34", evidence="某网站")["state"] == "drawn"
    assert first.get(f"{address}/visits").json() == []
    later(draw, started=True)
    assert post(first, "open")["state"] == "opened"
    visits = first.get(f"{address}/visits").json()
    assert len(visits) == 5 and all(one["team"] for one in visits)
    for one in visits:
        sent = {"outcome": Outcome.NONE, "on": timezone.localdate().isoformat()}
        done = first.post(f"/api/v1/safety/visits/{one['id']}/enter", json.dumps(sent), content_type="application/json")
        assert done.status_code == 200, done.content.decode()
    assert post(first, "publish")["state"] == "published"
    assert AuditEntry.objects.filter(action="visit_seen").count() == 1


def test_the_desk_says_what_waits_and_names_nobody(world: dict[str, Any]) -> None:
    committed = drafted(world)
    planner = signed_in(world["people"]["planner"])
    planner.post(reverse("draw-act", args=[committed.pk, "commit"]))
    later(committed)
    assert "待抽取" in planner.get("/").content.decode()
    for one in Inspector.objects.exclude(code="P01"):
        one.qualified_to = timezone.localdate() - dt.timedelta(days=1)
        one.save()
    one_by_one = {"team": 1, "max_load": 9, "quota": [["低", 2]]}
    opened(world, rules=one_by_one)
    desk = signed_in(world["people"]["sent"]).get("/").content.decode()
    assert "去检查" in desk and not any(firm.name in desk for firm in world["firms"])


def test_results_are_entered_on_the_page_and_looked_for(world: dict[str, Any]) -> None:
    draw = opened(world)
    client = signed_in(world["people"]["planner"])
    visit = draw.visits.get(place=1)
    sent = {"outcome": "rectify", "on": timezone.localdate().isoformat(), "findings": "通道堵塞"}
    assert client.post(reverse("visit-act", args=[visit.pk, "enter"]), sent).status_code == 302
    assert "责令限期改正" in client.get(reverse("visits")).content.decode()
    refused = client.post(reverse("visit-act", args=[visit.pk, "enter"]), sent | {"findings": ""})
    assert refused.status_code == 422 and "检查情况" in refused.content.decode()
    assert draw.number in client.get(reverse("search"), {"q": draw.number[-9:]}).content.decode()


def test_public_addresses_of_what_is_not_there(world: dict[str, Any]) -> None:
    draw = drawn(world)
    for number in ("AJ-0", "x" * 400, "%00", "'--", draw.number + "0"):
        assert Client().get(f"/safety/public/{number}/").status_code == 404
        assert Client().get(f"/safety/public/{number}/file").status_code == 404
    assert Client().get(reverse("public-draws"), {"page": "x"}).status_code == 200
    Draw.objects.filter(pk=draw.pk).update(state="published", inspectors_file="x")
    spoiled = Client().get(reverse("public-draw-file", args=[draw.number]))
    assert spoiled.status_code == 409 and "封存的名单" in spoiled.content.decode()
