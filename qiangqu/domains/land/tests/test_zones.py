"""Infrastructure projects of a zone: progress against the time that is over, investment against the plan."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.land import desk
from qiangqu.domains.land.models import AgreementShare, InfrastructureProject, ZoneAgreement
from qiangqu.ui.desk import Look

TODAY = timezone.localdate()


def works(land: dict[str, Any], code: str, **more: Any) -> InfrastructureProject:
    given = {
        "name": code,
        "kind": "road",
        "stage": "building",
        "total": 1000.0,
        "valid_from": TODAY - dt.timedelta(days=900),
    }
    return InfrastructureProject.objects.create(code=code, area=land["areas"]["Z1"], **(given | more))


def test_progress_is_told_against_the_time(land: dict[str, Any]) -> None:
    half = {"start_by": TODAY - dt.timedelta(days=100), "finish_by": TODAY + dt.timedelta(days=100)}
    one = works(land, "A", progress=20, **half)
    assert one.elapsed(TODAY) == 50 and one.behind(TODAY) == 30 and one.standing == "落后 30 个百分点"
    assert works(land, "B", progress=60, **half).standing == "超前 10 个百分点"
    assert works(land, "C", progress=50, **half).standing == "同步"
    assert works(land, "D").standing == "" and works(land, "E", finished_on=TODAY, progress=10, **half).standing == ""
    works(land, "F", start_by=TODAY + dt.timedelta(days=50), stage="approved", blocked_by="征地未完成")
    card = desk.works(Look(land["people"]["zone"], land["areas"]["Z1"], None, timezone.now()))
    assert card is not None
    assert [(line.text, line.note, line.tone) for line in card.lines] == [
        ("A", "在建", "red"),
        ("F", "征地未完成", "amber"),
    ]
    assert desk.works(Look(land["people"]["neighbour"], None, None, timezone.now())) is None


def test_the_registers_take_and_refuse(land: dict[str, Any]) -> None:
    client = Client()
    client.force_login(land["people"]["zone"])
    zone, other = land["areas"]["Z1"], land["areas"]["C2"]
    sent = {
        "code": "JC-1",
        "name": "纬三路",
        "area": zone.pk,
        "kind": "road",
        "stage": "building",
        "total": "1200",
        "invested": "300",
        "progress": "120",
        "valid_from": str(TODAY),
    }
    shown = client.post(reverse("infrastructure-create"), sent)
    assert "0—100" in shown.content.decode() and not InfrastructureProject.objects.exists()
    assert client.post(reverse("infrastructure-create"), sent | {"progress": "25"}).status_code == 302
    listed = client.get(reverse("infrastructure-list")).content.decode()
    assert "纬三路" in listed and "1,200" in listed
    agreement = {"code": "FD-1", "name": "飞地一", "kind": "enclave", "area": zone.pk, "valid_from": str(TODAY)}
    assert client.post(reverse("zone-agreements-create"), agreement).status_code == 302
    one = ZoneAgreement.objects.get()
    AgreementShare.objects.create(agreement=one, what="tax", area=other, percent=40, valid_from=TODAY)
    assert "40.00" in client.get(reverse("zone-agreements-detail", args=[one.pk])).content.decode()


@pytest.mark.parametrize("name", ["infrastructure", "zone-agreements", "agreement-shares"])
def test_every_register_has_its_spreadsheet(land: dict[str, Any], name: str) -> None:
    client = Client()
    client.force_login(land["people"]["zone"])
    assert client.get(reverse(f"{name}-export")).status_code == 200
