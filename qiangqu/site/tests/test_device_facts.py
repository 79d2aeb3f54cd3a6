"""Months of devices as facts and as indicators; what is kept of messages; the demonstration's devices."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from click.testing import CliRunner
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Pack
from qiangqu.base.periods import parse_period
from qiangqu.facts.models import Element, Fact
from qiangqu.lake.models import LatestValue
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories
from qiangqu.site.cli import build_program
from qiangqu.site.packs import find_pack
from qiangqu.telemetry.models import (
    CommandState,
    Device,
    DeviceCommand,
    DeviceDay,
    DeviceMessage,
    DeviceQuality,
    Point,
    UnknownDevice,
)
from qiangqu.telemetry.publishing import ELEMENTS, publish
from qiangqu.telemetry.register import load_factors
from qiangqu.telemetry.retention import Retention, prune
from qiangqu_demo.telemetry import REPORTING, SILENT, demonstrate

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = parse_period("2026-10")


def elements() -> dict[str, Element]:
    return {
        code: Element.objects.create(code=code, name=code, unit="台", kind="level", aggregation="sum", decimals=0)
        for code in ELEMENTS
    }


def day_of(device: Device, day: int, online: int, due: int = 24) -> None:
    DeviceDay.objects.create(
        device=device, day=dt.date(2026, 10, day), points=1, due=due, received=online, valid=online, rows=online,
        due_mask=(1 << due) - 1, mask=(1 << online) - 1, hours_due=due, hours_online=online,
    )  # fmt: skip


def figures() -> dict[tuple[str, int, bool], float]:
    """The newest value of each cell."""
    rows = Fact.objects.order_by("pk").values_list("element__code", "subject_id", "batch__simulated", "value")
    return {(code, subject, simulated): value for code, subject, simulated, value in rows}


@pytest.fixture
def devices() -> dict[str, Any]:
    areas = factories.tree()
    mine, other = factories.enterprise(areas["Z1"], 1), factories.enterprise(areas["Z3"], 3)
    born = factories.BORN
    made = {
        mn: Device.objects.create(
            mn=mn, name=mn, area=owner.area if owner else areas["Z1"], organisation=owner, valid_from=born, **more
        )
        for mn, owner, more in (
            ("A", mine, {}),
            ("B", mine, {}),
            ("OFF", mine, {"enabled": False}),
            ("LATER", mine, {}),
            ("ZONE", None, {}),
            ("SIM", other, {"simulated": True}),
        )
    }
    Device.objects.filter(mn="LATER").update(valid_from=dt.date(2026, 11, 2))
    return made | {"mine": mine, "other": other}


def test_a_month_of_devices_becomes_facts(devices: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="telemetry_devices"):
        publish(OCTOBER)
    elements()
    day_of(devices["A"], 1, 24)
    day_of(devices["A"], 2, 12)
    day_of(devices["B"], 1, 0)
    day_of(devices["OFF"], 1, 24)
    day_of(devices["ZONE"], 1, 24)
    day_of(devices["SIM"], 1, 6)
    assert [batch.rows for batch in publish(OCTOBER)] == [4, 4]
    mine, other = devices["mine"].pk, devices["other"].pk
    assert figures() == {
        ("telemetry_devices", mine, False): 2, ("telemetry_devices_reporting", mine, False): 1,
        ("telemetry_hours_due", mine, False): 72, ("telemetry_hours_online", mine, False): 36,
        ("telemetry_devices", other, True): 1, ("telemetry_devices_reporting", other, True): 1,
        ("telemetry_hours_due", other, True): 24, ("telemetry_hours_online", other, True): 6,
    }  # fmt: skip
    before = Fact.objects.count()
    publish(OCTOBER)
    assert Fact.objects.count() == before, "the same figures add nothing"
    DeviceDay.objects.filter(device=devices["B"]).update(rows=3, mask=7, hours_online=3)
    publish(OCTOBER)
    assert figures()["telemetry_devices_reporting", mine, False] == 2
    assert figures()["telemetry_hours_online", mine, False] == 39


def test_the_pack_defines_what_is_published() -> None:
    pack: Pack = find_pack("ningxia")
    text = pack.path("elements.yaml").read_text(encoding="utf-8")
    formulas = pack.path("indicators.yaml").read_text(encoding="utf-8")
    for code in ELEMENTS:
        assert f"- code: {code}\n" in text and code in formulas


def message(device: Device, number: int, age_days: float) -> None:
    DeviceMessage.objects.create(
        device=device, received=timezone.now() - dt.timedelta(days=age_days), cn="2081", text="x",
        digest=hashlib.md5(str(number).encode()).hexdigest(),
    )  # fmt: skip


def test_old_records_go_and_a_device_gone_mad_is_bounded(devices: dict[str, Any]) -> None:
    for number in range(12):
        message(devices["A"], number, number)
    message(devices["B"], 100, 200)
    message(devices["B"], 101, 1)
    same = timezone.now()
    DeviceMessage.objects.filter(device=devices["A"]).order_by("-received")[0:1]
    old = same - dt.timedelta(days=400)
    for state in (CommandState.DONE, CommandState.WAITING):
        DeviceCommand.objects.create(device=devices["A"], cn="1011", state=state)
    DeviceCommand.objects.update(changed_at=old)
    DeviceQuality.objects.create(device=devices["A"], day=dt.date(2020, 1, 1), what="no_mark", refused=False, count=1)
    UnknownDevice.objects.create(mn="X", first_seen=old, last_seen=old)
    UnknownDevice.objects.create(mn="Y", first_seen=old, last_seen=same)
    done = prune(Retention(message_days=180, quality_days=1000, unknown_days=90, messages_of_device=5))
    assert (done.messages, done.commands, done.quality, done.unknown) == (8, 1, 1, 1)
    ages = [
        (same - received).days
        for received in DeviceMessage.objects.filter(device=devices["A"]).values_list("received", flat=True)
    ]
    assert sorted(max(0, age) for age in ages) == [0, 1, 2, 3, 4]
    assert DeviceCommand.objects.get().state == CommandState.WAITING
    assert UnknownDevice.objects.get().mn == "Y"
    assert AuditEntry.objects.filter(action="device_records_pruned").count() == 1
    assert prune(Retention(messages_of_device=5)).messages == 0
    assert AuditEntry.objects.filter(action="device_records_pruned").count() == 1


def test_messages_of_one_moment_are_bounded_too(devices: dict[str, Any]) -> None:
    for number in range(8):
        message(devices["A"], number, 0)
    DeviceMessage.objects.update(received=timezone.now())
    assert prune(Retention(messages_of_device=3)).messages == 5
    assert DeviceMessage.objects.count() == 3


@pytest.mark.parametrize("text", ["-1", "many", "0"])
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("QIANGQU_DEVICE_MESSAGE_DAYS", text)
    with pytest.raises(InputError, match="QIANGQU_DEVICE_MESSAGE_DAYS"):
        prune()


def test_the_demonstration_leaves_marked_devices_with_a_month() -> None:
    areas = factories.tree()
    people = factories.users(areas)
    load_factors()
    elements()
    assert demonstrate() == 0 and not Device.objects.exists(), "not without simulated enterprises"
    for number, zone in enumerate(("Z1", "Z1", "Z2", "Z3"), 1):
        factories.enterprise(areas[zone], number, simulated=True, scale="above")
    now = timezone.now()
    rows = demonstrate(now=now - dt.timedelta(hours=3))
    assert rows > REPORTING * 8 * 600
    assert Device.objects.count() == REPORTING + SILENT and not Device.objects.filter(simulated=False).exists()
    assert Device.objects.filter(area=people["zone"].area).count() >= 8
    assert Point.objects.count() == (REPORTING + SILENT - 1) * 8
    assert all(name != "a21026" for name in Point.objects.values_list("factor__name", flat=True))
    assert DeviceDay.objects.filter(rows__gt=0).count() > 28 * REPORTING
    assert Fact.objects.exclude(batch__simulated=True).count() == 0 and Fact.objects.exists()
    newest = max(LatestValue.objects.values_list("time", flat=True))
    again = demonstrate(now=now)
    assert 0 < again <= 3 * 8 * REPORTING and Device.objects.count() == REPORTING + SILENT
    assert max(LatestValue.objects.values_list("time", flat=True)) == newest + 3 * 3_600_000
    assert demonstrate(now=now) == 0


def test_commands(devices: dict[str, Any]) -> None:
    program = build_program()

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(program, ["devices", *arguments], standalone_mode=False)

    assert "196 个监测因子" in run("factors").output
    assert "4 个设备" in run("roll", "--from", "2026-10-01", "--to", "2026-10-03").output
    assert "删除消息 0 条" in run("prune").output
    for wrong in (
        ("roll", "--from", "x"),
        ("facts", "--month", "2026"),
        ("roll", "--from", "2026-02-01", "--to", "2026-01-01"),
    ):
        assert run(*wrong).exception is not None, wrong
    elements()
    assert "新增事实 8 条" in run("facts", "--month", "2026-10").output
