"""Pages and API: who sees which vehicles, that looking at a way is recorded and shown, how a way is drawn."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.domains.vehicles.fences import Track
from qiangqu.domains.vehicles.following import drawn, length_km, simplified, stops
from qiangqu.domains.vehicles.models import Fence
from qiangqu.registry.models import AuditEntry

from .conftest import LAT, LON


def enter(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_who_sees_which_vehicles(scene: dict[str, Any], drive: Callable[..., int]) -> None:
    drive((60, LON, LAT, 30))
    people = scene["people"]
    for name, plates in (
        ("planner", ["宁A00001", "宁C00003"]),
        ("zone", ["宁A00001"]),
        ("neighbour", ["宁C00003"]),
        ("owner", ["宁A00001"]),
    ):
        client = enter(people[name])
        told = client.get(reverse("vehicles-now")).json()["vehicles"]
        assert sorted(one["plate"] for one in told) == plates, name
        assert sorted(one["plate"] for one in client.get("/api/v1/vehicles/positions").json()) == plates
        page = client.get(reverse("vehicle-map")).content.decode()
        assert [plate for plate in ("宁A00001", "宁C00003") if plate in page] == plates
    place = next(one for one in enter(people["zone"]).get(reverse("vehicles-now")).json()["vehicles"])
    assert (place["lon"], place["lat"], place["speed"], place["state"]) == (LON, LAT, 30.0, "fine")
    assert Client().get(reverse("vehicle-map")).status_code == 302


def test_who_looked_at_a_way_is_recorded_and_shown(
    scene: dict[str, Any], fence: Callable[..., Fence], drive: Callable[..., int]
) -> None:
    fence("keep")
    drive((120, LON, LAT, 30), (60, LON + 0.05, LAT, 30))
    people, tanker = scene["people"], scene["tanker"]
    zone, neighbour = enter(people["zone"]), enter(people["neighbour"])
    way = reverse("vehicle-way", args=[tanker.pk])
    assert neighbour.get(way).status_code == 404
    assert not AuditEntry.objects.filter(action="vehicle_track_seen").exists()
    found = zone.get(way).json()
    fences = [one["properties"]["entered"] for one in found["features"] if "fence" in one["properties"]]
    assert found["summary"]["positions"] == 2 and fences == [True, False]
    api = zone.get(f"/api/v1/vehicles/track/{tanker.plate}?day={timezone.localdate()}")
    assert api.json()["summary"] == found["summary"]
    entries = AuditEntry.objects.filter(action="vehicle_track_seen", object_id=str(tanker.pk))
    assert [one.user for one in entries] == [people["zone"]] * 2
    page = enter(people["planner"]).get(reverse("vehicle-track", args=[tanker.pk])).content.decode()
    assert str(people["zone"]) in page
    record = enter(people["owner"]).get(reverse("vehicles-detail", args=[tanker.pk])).content.decode()
    assert "轨迹查看记录" in record and str(people["zone"]) in record and "没有电子运单" in record
    for wrong in ("2026-13-01", "1999-01-01", (timezone.localdate() + dt.timedelta(days=1)).isoformat()):
        assert zone.get(way, {"day": wrong}).status_code in (400, 422)


def test_the_fences_of_a_vehicle_are_told_and_opened_by_who_may(
    scene: dict[str, Any], fence: Callable[..., Fence], drive: Callable[..., int]
) -> None:
    kept = fence("keep", name="东片边界")
    slow = fence("speed", name="东片限速", limit=40, from_hour=7, to_hour=22)
    fence("ban", name="别车禁区", plates="宁C00003")
    fence("stay", name="昨日已废", limit=5, valid_to=timezone.localdate() - dt.timedelta(days=1))
    drive((120, LON, LAT, 30), (60, LON + 0.05, LAT, 30))  # out of the first
    people, page = scene["people"], reverse("vehicles-detail", args=[scene["tanker"].pk])
    for name, opens in (("zone", True), ("owner", False)):
        told = enter(people[name]).get(page).content.decode()
        assert "40 千米/时" in told and "7 时至 22 时" in told and "不得驶出" in told and "限速" in told
        assert "别车禁区" not in told and "昨日已废" not in told
        for one, times in ((kept, 3), (slow, 3)):  # in the list, and at the crossings in and out
            link = f'<a href="{reverse("vehicle-fences-detail", args=[one.pk])}">'
            assert told.count(link) == (times if opens else 0) and told.count(one.name) >= 3, (name, one.name)
        opened = enter(people[name]).get(reverse("vehicle-fences-detail", args=[kept.pk])).status_code
        assert opened == (200 if opens else 404)


def test_a_way_is_drawn_with_few_points_within_its_tolerance() -> None:
    seconds = np.arange(0, 7200, 5)
    lon = LON + 0.1 * np.sin(seconds / 1200)
    lat = LAT + 0.1 * np.sin(seconds / 2400) + np.where(seconds % 10, 1e-5, 0)
    track = Track(seconds * 1000, lon, lat, np.full(len(seconds), 50.0))
    kept = simplified(track)
    assert kept[0] == 0 and kept[-1] == len(track) - 1 and len(kept) < len(track) / 10
    off = np.hypot(
        (np.interp(seconds, seconds[kept], lon[kept]) - lon) * 87_000,
        (np.interp(seconds, seconds[kept], lat[kept]) - lat) * 111_000,
    )
    assert off.max() < 60  # along the way too: the bound across it is 8 m


def test_gaps_and_stops() -> None:
    seconds = np.concatenate([np.arange(0, 1200, 30), np.arange(4000, 4600, 30)])
    speed = np.where((seconds >= 300) & (seconds < 900), 0.0, 40.0)
    lon = LON + np.cumsum(speed) * 1e-5
    track = Track(seconds * 1000, lon, np.full(len(seconds), LAT), speed)
    [(begin, end, _lon, _lat)] = stops(track)
    assert (begin, end) == (300_000, 870_000)
    told = drawn(track)
    assert [one["geometry"]["type"] for one in told["features"]] == ["LineString", "LineString", "Point"]
    jump = (lon[40] - lon[39]) * 87.4
    assert length_km(track) == pytest.approx((lon[-1] - lon[0]) * 87.4 - jump, rel=0.01)
    assert drawn(Track(*[np.zeros(0)] * 4))["summary"]["positions"] == 0  # type: ignore[arg-type]
