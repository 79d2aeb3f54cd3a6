"""Acts that are declared: what is open to whom, and asking for them by a form and by JSON."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client
from ninja import NinjaAPI, Router, Schema
from ninja.testing import TestClient

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import covers, visible
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files, act_view, add_acts, needs
from qiangqu.registry.models import Area, AuditEntry
from qiangqu.registry.roles import Action
from qiangqu.registry.tests import factories

AREAS = Acts(Area, "area", may=lambda user, area: covers(user, area.path), state="level", title="name")
DAY = dt.date(2026, 3, 1)


def _not_closed(area: Area) -> str:
    return "已关闭" if area.note == "closed" else ""


@AREAS.declare(
    "renamed",
    "改名",
    states=("zone",),
    refusal="%(state)s不改名",
    stands=_not_closed,
    said=lambda made: f"现在叫{made}",
)
def rename(
    act: Act[Area],
    to: str,
    on: dt.date | None = None,
    by: Sequence[str] = (),
    marks: Sequence[int] = (),
    sure: bool = False,
    files: Files = (),
) -> str:
    """Give it another name."""
    if not to:
        raise InputError("要有名称", where="to")
    act.record.name = to
    act.record.save(update_fields=["name"])
    act.detail |= {"on": on, "by": list(by), "marks": list(marks), "sure": sure, "files": [one.name for one in files]}
    return to


@AREAS.declare("closed", "关闭", may=lambda user, area: user.username == "planner", said="已关闭")
def close_it(act: Act[Area]) -> None:
    act.record.note = "closed"
    act.record.save(update_fields=["note"])


@AREAS.declare("moved", "迁移", own_page=True)
def move(act: Act[Area], to: Area) -> None:
    act.record.parent = to


def area_for(user: Any, pk: int) -> Area:
    found = visible(Area.objects.all(), user).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("没有这个区域")
    return found


def page(request: HttpRequest, area: Area, *, error: str, status: int) -> HttpResponse:
    return HttpResponse(f"{area.name}|{error}", status=status)


VIEW = act_view(AREAS, area_for, page, Action.VIEW, "areas-detail")


@pytest.fixture
def scene(db):
    areas = factories.tree()
    return areas, factories.users(areas)


def send(user: Any, pk: int, name: str, sent: dict[str, Any] | None = None) -> tuple[HttpResponse, list[str]]:
    client = Client()
    client.force_login(user)
    request = client.get("/").wsgi_request
    asked = client.post("/nowhere", sent or {}).wsgi_request
    request.method, request.POST, request._files = "POST", asked.POST, asked.FILES  # type: ignore[assignment]
    answer = VIEW(request, pk=pk, name=name)
    return answer, [str(one) for one in get_messages(request)]


def test_a_declared_act_is_called_with_the_record_and_the_user(scene) -> None:
    areas, people = scene
    assert rename(areas["Z1"], people["zone"], "新园", on=DAY) == "新园"
    entry = AuditEntry.objects.get(action="area_renamed")
    assert (entry.detail["name"], entry.detail["on"]) == ("新园", "2026-03-01")
    with pytest.raises(PermissionDenied):
        rename(areas["Z1"], people["neighbour"], "别园")
    with pytest.raises(ConflictError, match="不改名"):
        rename(areas["R"], people["planner"], "别区")
    close_it(areas["Z1"], people["planner"])
    with pytest.raises(ConflictError, match="已关闭"):
        rename(areas["Z1"], people["zone"], "别园")


def test_what_is_open_is_what_would_be_done(scene) -> None:
    areas, people = scene
    assert AREAS.open_to(people["zone"], areas["Z1"]) == {"rename": True, "close_it": False, "move": True}
    assert AREAS.open_to(people["neighbour"], areas["Z1"]) == {"rename": False, "close_it": False, "move": False}
    assert AREAS.open_to(people["planner"], areas["R"]) == {"rename": False, "close_it": True, "move": True}
    areas["Z1"].note = "closed"
    assert not AREAS.open_to(people["zone"], areas["Z1"])["rename"]


def test_a_form_asks_by_the_names_of_the_parameters(scene) -> None:
    areas, people = scene
    sent = {"to": "新园", "on": "2026-03-01", "by": ["甲", "乙"], "marks": ["3", "x", "5"], "sure": "1"}
    answer, said = send(
        people["zone"], areas["Z1"].pk, "rename", sent | {"files": SimpleUploadedFile("a.pdf", b"%PDF-1.4")}
    )
    assert answer.status_code == 302 and answer["Location"] == f"/areas/{areas['Z1'].pk}/" and said == ["现在叫新园"]
    detail = AuditEntry.objects.get(action="area_renamed").detail
    assert {name: detail[name] for name in ("on", "by", "marks", "sure", "files")} == {
        "on": "2026-03-01", "by": ["甲", "乙"], "marks": [3, 5], "sure": True, "files": ["a.pdf"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "sent", "status", "said"),
    [
        ("Z1", {}, 422, "Z1|to：要有名称"),
        ("Z1", {"to": "新园", "on": "1.3.2026"}, 422, "日期写得不对"),
        ("R", {"to": "新区"}, 409, "不改名"),
    ],
)
def test_what_is_refused_is_shown_on_the_record_as_it_stands(scene, zone, sent, status, said) -> None:
    areas, people = scene
    Area.objects.filter(pk=areas["Z1"].pk).update(name="Z1")
    answer, told = send(people["planner"], areas[zone].pk, "rename", sent)
    assert answer.status_code == status and said in answer.content.decode() and not told
    assert not AuditEntry.objects.filter(action="area_renamed").exists()


def test_who_may_not_and_what_there_is_not(scene) -> None:
    areas, people = scene
    with pytest.raises(PermissionDenied):
        send(people["zone"], areas["Z1"].pk, "close-it")
    for user, name in (("neighbour", "rename"), ("zone", "move"), ("zone", "close_it"), ("zone", "x" * 50)):
        with pytest.raises(NotFoundError):
            send(people[user], areas["Z1"].pk, name, {"to": "新园"})


class AreaOut(Schema):
    name: str
    note: str


def test_the_api_has_an_operation_for_each(scene) -> None:
    areas, people = scene
    router = Router()
    add_acts(router, "/areas", AREAS, area_for, AreaOut)
    add_acts(router, "/told", AREAS, area_for, str, tell=lambda area, made: f"{area.pk} {made}")
    client = TestClient(router)
    zone = areas["Z1"].pk
    sent = {"to": "新园", "on": "2026-03-01", "marks": [1]}
    assert client.post(f"/areas/{zone}/rename", json=sent, user=people["zone"]).json()["name"] == "新园"
    assert client.post(f"/areas/{zone}/close-it", user=people["planner"]).json()["note"] == "closed"
    assert client.post(f"/told/{zone}/close-it", user=people["planner"]).json() == f"{zone} None"
    assert client.post(f"/areas/{zone}/rename", json={}, user=people["zone"]).status_code == 422
    detail = AuditEntry.objects.get(action="area_renamed").detail
    assert (detail["on"], detail["marks"], detail["sure"]) == ("2026-03-01", [1], False)
    api = NinjaAPI(urls_namespace="asking")
    api.add_router("/", router)
    paths = api.get_openapi_schema(path_prefix="")["paths"]
    assert sorted(path.rpartition("}")[2] for path in paths if "areas" in path) == ["/close-it", "/rename"]
    assert paths["/areas/{pk}/rename"]["post"]["summary"] == "改名"
    assert AREAS.words() == {"area_renamed": "改名", "area_closed": "关闭", "area_moved": "迁移"}


def test_what_no_form_holds_and_a_name_taken_are_found_when_it_is_declared() -> None:
    with pytest.raises(TypeError, match="no form holds"):
        needs(move)
    with pytest.raises(ValueError, match="called rename"):
        AREAS.declare("again", "再改名", name="rename")(lambda act: None)
