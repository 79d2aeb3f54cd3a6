"""Who does not sign in, and who looks after another area, is refused at every page and operation of a record."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.safety import stocks
from qiangqu.domains.safety.models.chemicals import Chemical, HazardUnit
from qiangqu.domains.safety.models.hazards import CheckAnswer, Hazard
from qiangqu.domains.safety.models.permits import WorkPermit
from qiangqu.domains.safety.permits import apply_for
from qiangqu.registry.tests import factories

from .conftest import opened
from .test_hazards import item, point, self_found
from .test_pages import signed_in

API = "/api/v1/safety"


@pytest.fixture
def records(world: dict[str, Any]) -> dict[str, Any]:
    """One record of each kind, all of the first zone."""
    firm, now = world["firms"][0], timezone.now()
    user, guardian = (factories.user("enterprise", firm.area, name, organisation=firm) for name in ("works", "guards"))
    permit = apply_for(
        WorkPermit(
            organisation=firm, kind="hot_work", level="特级", work="焊接管线", place="罐区", workers="王五", guardian=guardian,
            planned_from=now, planned_to=now + dt.timedelta(hours=4),
        ),
        user,
    )  # fmt: skip
    unit = HazardUnit.objects.create(
        code="U1", name="氨罐区", organisation=firm, area=firm.area, kind="storage", valid_from=factories.BORN
    )
    Chemical.objects.create(code="NH3", name="氨", listed=1, valid_from=factories.BORN)
    stocks.stock(unit, user, "NH3", "60")
    item()
    return world | {
        "hazard": self_found(world, user), "risk-point": point(world), "work-permit": permit, "hazard-unit": unit,
        "visit": opened(world).visits.order_by("place").first(),
    }  # fmt: skip


def addresses(records: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(method, address) of what there is of each record."""
    for name in ("hazard", "risk-point", "work-permit", "hazard-unit", "visit"):
        yield "get", reverse(name, args=[records[name].pk])
    yield "get", reverse("visit-check", args=[records["visit"].pk])
    for name, act in (
        ("hazard", "rectify"), ("hazard", "open-case"), ("risk-point", "check"), ("work-permit", "tick"), ("work-permit", "analyse"),
        ("hazard-unit", "stock"), ("visit", "open-case"),
    ):  # fmt: skip
        yield "post", reverse(f"{name}-act", args=[records[name].pk, act])
    hazard, risk, permit, unit = (records[name].pk for name in ("hazard", "risk-point", "work-permit", "hazard-unit"))
    yield from (("get", f"{API}{rest}") for rest in (
        f"/hazards/{hazard}", f"/risk-points/{risk}/checks", f"/permits/{permit}", f"/permits/{permit}/readings",
        f"/hazard-units/{unit}/assessment",
    ))  # fmt: skip
    yield "post", f"{API}/hazards/{hazard}/open-case"
    yield "post", f"{API}/permits/{permit}/start"


def test_a_stranger_is_refused_everywhere(records: dict[str, Any]) -> None:
    for method, address in addresses(records):
        answer = getattr(Client(), method)(address)
        if address.startswith("/api/"):
            assert answer.status_code == 401, address
        else:
            assert answer.status_code == 302 and "login" in answer.headers["Location"], address


def test_a_neighbour_finds_nothing(records: dict[str, Any]) -> None:
    client = signed_in(records["people"]["neighbour"])
    for method, address in addresses(records):
        assert getattr(client, method)(address).status_code == 404, address
    for name in ("hazards", "permits"):
        assert client.get(f"{API}/{name}").json()["count"] == 0
    for name in ("hazards", "work-permits", "risk-points-list", "hazard-units-list", "visits"):
        shown = client.get(reverse(name), {"list": "all"}).content.decode()
        assert records["firms"][0].name not in shown, name


def test_a_neighbours_entries_are_not_kept(records: dict[str, Any]) -> None:
    address = reverse("visit-entries", args=[records["visit"].pk])
    form = {
        "kind": "answer", "uid": str(uuid.uuid4()), "item": "JC-1", "verdict": "not_met", "note": "过期", "at": timezone.now().isoformat(),
    }  # fmt: skip
    refused = signed_in(records["people"]["neighbour"]).post(address, form)
    assert refused.status_code == 422 and refused.json()["error"]
    assert Client().post(address, form).status_code == 302
    finish = {"kind": "finish", "on": timezone.localdate().isoformat(), "outcome": "none", "findings": ""}
    assert signed_in(records["people"]["neighbour"]).post(address, finish).status_code == 422
    records["visit"].refresh_from_db()
    assert not CheckAnswer.objects.exists() and records["visit"].outcome == "" and Hazard.objects.count() == 1


def test_a_neighbours_table_of_duties_counts_none_of_these_firms(records: dict[str, Any]) -> None:
    for firm in records["firms"]:
        firm.industry_code = "2614"
        firm.save()
    rows = {}
    for name in ("zone", "neighbour"):
        answer = signed_in(records["people"][name]).get(reverse("duty-table"))
        rows[name] = {one["row"].trade: one["row"].firms for one in answer.context["rows"]}
    assert rows["zone"]["26"] == len(records["firms"]) and "26" not in rows["neighbour"]
    assert Client().get(reverse("duty-table")).status_code == 302
