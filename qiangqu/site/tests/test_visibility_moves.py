"""What moves takes all that is its own along: an enterprise its outlets, channels, results and exceedances; a
device its points and alarms; a subtree of areas everything below it. Nothing keeps a copy of where it was."""

import datetime as dt
from typing import Any

import pytest
from django.db import models

from qiangqu.base.visibility import in_subtree, visible
from qiangqu.domains.environment.models import Channel, DailyResult, Exceedance, Outlet, Station
from qiangqu.facts.models import FactBatch
from qiangqu.registry import audit
from qiangqu.registry.models import Area, AuditEntry, Organisation, Parcel, Recognition
from qiangqu.registry.tests import factories
from qiangqu.telemetry.alarms.models import Alarm, AlarmEvent, AlarmPoint, AlarmRule
from qiangqu.telemetry.models import Device, DeviceDay, DeviceMessage, Point

NOW = dt.datetime(2026, 11, 18, 8, tzinfo=dt.UTC)
BORN = factories.BORN


def seen_by(user: Any, *records: models.Model) -> list[str]:
    return [
        type(one).__name__ for one in records if visible(type(one)._default_manager.filter(pk=one.pk), user).exists()
    ]


def within(area: Area, *records: models.Model) -> list[str]:
    area.refresh_from_db()
    return [
        type(one).__name__
        for one in records
        if in_subtree(type(one)._default_manager.filter(pk=one.pk), area.path).exists()
    ]


@pytest.fixture
def scene(db: None) -> dict[str, Any]:
    areas = factories.tree()
    people = factories.users(areas)
    firm = factories.enterprise(areas["Z1"], 1, "东一化工")
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner", organisation=firm)
    outlet = Outlet.objects.create(
        code="DA001", name="锅炉排口", medium="air", enterprise=firm, lon=106.0, lat=38.1, valid_from=BORN
    )
    device = Device.objects.create(mn="DA001", name="数采仪", area=areas["Z1"], organisation=firm, valid_from=BORN)
    point = Point.objects.create(device=device, factor_code="a21026", interval="rtd", statistic="Rtd")
    channel = Channel.objects.create(outlet=outlet, factor="a21026", point=point)
    return {
        "areas": areas,
        "people": people,
        "firm": firm,
        "outlet": outlet,
        "device": device,
        "point": point,
        "channel": channel,
        "of_outlet": (
            outlet,
            channel,
            DailyResult.objects.create(channel=channel, day=NOW.date(), due=24, received=24, valid=24, mean=1.0),
            Exceedance.objects.create(
                channel=channel, average="hour", start=NOW, value=99.0, limit=50.0, unit="mg/m³", citation="GB 13223"
            ),
        ),
        "of_device": (device, point, *_of_device(device, point, areas)),
    }


def _of_device(device: Device, point: Point, areas: dict[str, Area]) -> tuple[models.Model, ...]:
    rule = AlarmRule.objects.create(code="high", name="超限", area=areas["R"], condition="value > 50", valid_from=BORN)
    alarm = Alarm.objects.create(
        rule=rule, key="d1", area=device.area, organisation=device.organisation, device=device, point=point, severity=2,
        condition="value > 50", began_at=NOW, raised_at=NOW,
    )  # fmt: skip
    return (
        alarm,
        AlarmEvent.objects.create(alarm=alarm, at=NOW, kind="raised"),
        AlarmPoint.objects.create(rule=rule, point=point, alarm=alarm, began=1),
        DeviceMessage.objects.create(device=device, received=NOW, cn="2021", text="x", digest="d" * 32),
        DeviceDay.objects.create(
            device=device, day=NOW.date(), points=1, due=24, received=24, valid=24, rows=24, due_mask=1, mask=1,
            hours_due=24, hours_online=24,
        ),
    )  # fmt: skip


def test_an_enterprise_takes_its_outlets_channels_results_and_exceedances_along(scene: dict[str, Any]) -> None:
    people, areas, records = scene["people"], scene["areas"], scene["of_outlet"]
    names = ["Outlet", "Channel", "DailyResult", "Exceedance"]
    assert seen_by(people["zone"], *records) == names and seen_by(people["neighbour"], *records) == []
    firm = scene["firm"]
    firm.area = areas["Z3"]
    firm.save()
    assert seen_by(people["neighbour"], *records) == names and seen_by(people["zone"], *records) == []
    assert seen_by(people["city"], *records) == [] and seen_by(people["owner"], *records) == names
    assert within(areas["Z3"], *records) == names and within(areas["Z1"], *records) == []


def test_an_outlet_that_another_enterprise_takes_over_is_that_enterprises(scene: dict[str, Any]) -> None:
    people, records = scene["people"], scene["of_outlet"]
    outlet = scene["outlet"]
    outlet.enterprise = factories.enterprise(scene["areas"]["Z3"], 3, "西一化工")
    outlet.save()
    assert seen_by(people["owner"], *records) == seen_by(people["zone"], *records) == []
    assert len(seen_by(people["neighbour"], *records)) == 4


def test_a_station_takes_its_channels_along(scene: dict[str, Any]) -> None:
    people, areas = scene["people"], scene["areas"]
    station = Station.objects.create(
        code="S1", name="空气站", kind="ambient", area=areas["Z1"], lon=106.0, lat=38.0, valid_from=BORN
    )
    channel = Channel.objects.create(station=station, factor="a21026")
    Station.objects.filter(pk=station.pk).update(area=areas["Z3"])  # not by save(): nothing hangs on it
    assert seen_by(people["zone"], station, channel) == []
    assert seen_by(people["neighbour"], station, channel) == ["Station", "Channel"]


def test_a_device_takes_its_points_alarms_and_messages_along(scene: dict[str, Any]) -> None:
    people, records, device = scene["people"], scene["of_device"], scene["device"]
    names = [type(one).__name__ for one in records]
    assert seen_by(people["zone"], *records) == names == seen_by(people["owner"], *records)
    device.area = scene["areas"]["Z3"]
    device.organisation = None
    device.save()
    assert seen_by(people["zone"], *records) == [] == seen_by(people["owner"], *records)
    assert seen_by(people["neighbour"], *records) == names
    assert within(scene["areas"]["Z3"], *records) == names


def test_a_subtree_of_areas_takes_everything_along(scene: dict[str, Any]) -> None:
    people, areas = scene["people"], scene["areas"]
    records = (*scene["of_outlet"], *scene["of_device"], scene["firm"])
    west = factories.user("bureau", areas["C2"], "west")
    assert len(seen_by(people["city"], *records)) == len(records) and seen_by(west, *records) == []
    zone = areas["Z1"]
    zone.parent = areas["C2"]
    zone.save()
    people["city"].refresh_from_db()
    assert seen_by(people["city"], *records) == []
    assert len(seen_by(west, *records)) == len(seen_by(people["zone"], *records)) == len(records)


def test_audit_entries_and_batches_of_facts_follow_their_area(scene: dict[str, Any]) -> None:
    areas, people = scene["areas"], scene["people"]
    reader = factories.user("planner", areas["C1"], "reader")
    west = factories.user("planner", areas["C2"], "west-reader")
    entry = audit.record(people["zone"], "update", object_type="device", object_id=1, area_path=areas["Z1"].path)
    batch = FactBatch.objects.create(key="k", kind="import", user=people["zone"], area=areas["Z1"])
    assert seen_by(reader, entry, batch) == ["AuditEntry", "FactBatch"] and seen_by(west, entry, batch) == []
    zone = areas["Z1"]
    zone.parent = areas["C2"]
    zone.save()
    assert seen_by(reader, entry, batch) == [] and seen_by(west, entry, batch) == ["AuditEntry", "FactBatch"]
    assert audit.verify() == (AuditEntry.objects.count(), None)


def test_an_entry_that_was_put_into_another_area_is_found(scene: dict[str, Any]) -> None:
    areas = scene["areas"]
    entry = audit.record(None, "update", area_path=areas["Z1"].path)
    zone = areas["Z1"]
    zone.code = "Z1B"
    zone.save()
    assert audit.verify()[1] is None  # its code was another then
    AuditEntry.objects.filter(pk=entry.pk).update(area=areas["Z3"])
    assert "区域" in str(audit.verify()[1])


def test_history_follows_the_record_as_it_stands(scene: dict[str, Any]) -> None:
    """A record that has moved is seen, with its whole history, by those in whose area it lies; a deleted one
    by those in whose area it lay last.
    """
    people, areas, firm = scene["people"], scene["areas"], scene["firm"]
    parcel = Parcel.objects.create(
        code="P1", area=areas["Z1"], land_area=10.0, use="工业用地", status="idle", valid_from=BORN
    )
    title = Recognition.objects.create(kind=_kind(), holder=firm, valid_from=BORN)
    parcel.area, firm.area = areas["Z3"], areas["Z3"]
    parcel.save()
    firm.save()

    def versions(user: Any) -> list[int]:
        found = (Parcel.history.filter(id=parcel.pk), Organisation.history.filter(id=firm.pk))
        return [visible(one, user).count() for one in (*found, Recognition.history.filter(id=title.pk))]

    assert versions(people["zone"]) == [0, 0, 0] and versions(people["neighbour"]) == [2, 2, 1]
    gone = parcel.pk
    parcel.delete()
    old = Parcel.history.filter(id=gone)
    assert visible(old, people["zone"]).count() == 0 and visible(old, people["neighbour"]).count() >= 1


def _kind() -> Any:
    from qiangqu.registry.models import RecognitionKind

    return RecognitionKind.objects.get_or_create(code="green", defaults={"name": "绿色工厂"})[0]
