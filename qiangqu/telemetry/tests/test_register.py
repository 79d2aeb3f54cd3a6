"""Adopting devices, asking something of them, the dictionary of factors: who may, and what is refused."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import visible
from qiangqu.registry.models import Area, AuditEntry, User
from qiangqu.telemetry.models import Device, DeviceCommand, Factor, UnknownDevice
from qiangqu.telemetry.register import adopt, ask, load_factors, register_simulated, request_region
from qiangqu.telemetry.words import statistic_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Any]:
    day = dt.date(2026, 1, 1)
    top = Area.objects.create(code="640000", name="区", short_name="区", level="region", valid_from=day)
    zones = [
        Area.objects.create(code=code, name=code, short_name=code, level="zone", parent=top, valid_from=day)
        for code in ("Z1", "Z2")
    ]
    now = timezone.now()
    UnknownDevice.objects.create(mn="NEW1", password="secret", system="31", first_seen=now, last_seen=now)
    return {
        "owner": User.objects.create(username="owner", role="zone", area=zones[0]),
        "neighbour": User.objects.create(username="neighbour", role="zone", area=zones[1]),
        "inspector": User.objects.create(username="inspector", role="inspector", area=zones[0]),
        "stranger": AnonymousUser(),
    }


def test_adopting_makes_a_device_with_the_password_it_sends(people: dict[str, Any]) -> None:
    device = adopt(people["owner"], "NEW1", area="Z1", name="一号排口")
    assert (device.password, device.system, device.area.code) == ("secret", "31", "Z1")
    assert not UnknownDevice.objects.exists()
    assert AuditEntry.objects.filter(action="device_adopted", object_id=str(device.pk)).count() == 1
    assert list(visible(Device.objects.all(), people["neighbour"])) == []
    assert list(visible(Device.objects.all(), people["owner"])) == [device]
    with pytest.raises(NotFoundError):
        adopt(people["owner"], "NEW1", area="Z1", name="再来一次")


@pytest.mark.parametrize(
    ("who", "error"), [("neighbour", NotFoundError), ("inspector", InputError), ("stranger", InputError)]
)
def test_others_may_neither_adopt_nor_ask(people: dict[str, Any], who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        adopt(people[who], "NEW1", area="Z1", name="x")
    assert not Device.objects.exists()
    adopt(people["owner"], "NEW1", area="Z1", name="x")
    with pytest.raises(error):
        ask(people[who], "NEW1", "1012")
    assert not DeviceCommand.objects.exists()


def test_asking_is_written_down(people: dict[str, Any]) -> None:
    adopt(people["owner"], "NEW1", area="Z1", name="x")
    command = ask(people["owner"], "NEW1", "2061", begin="20261101000000", end="20261102000000")
    assert (command.cn, command.region, command.state) == (
        "2061", "BeginTime=20261101000000,EndTime=20261102000000", "waiting"
    )  # fmt: skip
    assert AuditEntry.objects.filter(action="device_command").count() == 1


@pytest.mark.parametrize(
    ("cn", "parameters"),
    [
        ("1062", {}), ("1062", {"interval": "0"}), ("1062", {"interval": "5;CN=1"}), ("2061", {"begin": "20261101000000"}),
        ("2061", {"begin": "20261102000000", "end": "20261101000000"}), ("1012", {"interval": "5"}), ("9999", {}),
    ],
)  # fmt: skip
def test_wrong_requests_are_refused(cn: str, parameters: dict[str, str]) -> None:
    with pytest.raises(InputError):
        request_region(cn, parameters)


def test_factors_are_loaded_all_or_nothing(tmp_path: Path) -> None:
    head = "code,code_2005,name,medium,unit\n"
    path = tmp_path / "factors.csv"
    path.write_text(head + "a21026,02,二氧化硫,air,mg/m³\nw01018,011,化学需氧量,water,mg/L\n")
    assert load_factors(path) == load_factors(path) == Factor.objects.count() == 2
    path.write_text(head + "a21002,03,氮氧化物,air,mg/m³\na 1,,x,,\n")
    with pytest.raises(InputError, match="第3行"):
        load_factors(path)
    assert Factor.objects.count() == 2
    path.write_text("code,name\n")
    with pytest.raises(InputError, match="缺少列"):
        load_factors(path)


def test_simulated_devices_are_marked_and_never_take_a_real_ones_name(people: dict[str, Any]) -> None:
    assert register_simulated(["S1", "S2"], "123456", "Z1") == 2
    assert register_simulated(["S1", "S2", "S3"], "123456", "Z1") == 1
    assert set(Device.objects.values_list("simulated", flat=True)) == {True}
    adopt(people["owner"], "NEW1", area="Z1", name="x")
    with pytest.raises(ConflictError):
        register_simulated(["NEW1"], "123456", "Z1")


def test_a_terminal_is_adopted_by_its_id_told_its_code_and_asked(people: dict[str, Any]) -> None:
    now = timezone.now()
    UnknownDevice.objects.create(
        mn="13419905507", password="T000001", protocol="jt808", sample="宁A12345", first_seen=now, last_seen=now
    )
    device = adopt(people["owner"], "13419905507", area="Z1", name="宁A12345")
    assert device.serial == "T000001" and len(device.password) == 16 and device.password != "T000001"
    text = ask(people["owner"], device.mn, "8300", text="前方禁行，请绕行")
    assert (text.cn, text.region) == ("8300", "前方禁行，请绕行")
    assert ask(people["owner"], device.mn, "8103", parameters="0x0055=60").region == "0x0055=60"
    assert ask(people["owner"], device.mn, "8202", interval="5", validity="600").region == "5,600"
    assert ask(people["owner"], device.mn, "8203", alarms="1").region == "1"
    assert AuditEntry.objects.filter(action="device_command", object_id=str(device.pk)).count() == 4
    for cn, wrong in (
        ("8300", {"text": ""}),
        ("8300", {"text": "😀"}),
        ("8103", {"parameters": "0x0013=1"}),
        ("8103", {"parameters": "0x0055=500"}),
        ("8202", {"interval": "-1"}),
        ("8203", {"alarms": "2"}),
        ("8105", {}),
        ("8104", {"text": "x"}),
    ):
        with pytest.raises(InputError):
            ask(people["owner"], device.mn, cn, **wrong)


def test_the_number_of_a_terminal_is_told_by_its_digits(people: dict[str, Any]) -> None:
    zone = Area.objects.get(code="Z1")
    device = Device(mn="013419905507", name="罐车", protocol="jt808", area=zone, valid_from=dt.date(2026, 1, 1))
    device.full_clean()
    assert device.mn == "13419905507" and device.password
    with pytest.raises(ValidationError, match="手机号"):
        Device(mn="TRUCK-7", name="罐车", protocol="jt808", area=zone, valid_from=dt.date(2026, 1, 1)).full_clean()


def test_a_fire_transmission_device_is_named_by_its_address_and_bound_to_where_it_calls_from(
    people: dict[str, Any],
) -> None:
    zone = Area.objects.get(code="Z1")
    common: dict[str, Any] = {"name": "传输装置", "protocol": "fire", "area": zone, "valid_from": dt.date(2026, 1, 1)}
    device = Device(mn="379", serial="10.0.7.0/24", **common)
    device.full_clean()
    assert device.mn == "000000000379" and not device.password
    for wrong in ({"mn": "G79"}, {"mn": "0000000000379"}, {"mn": "379", "serial": "tower-7"}):
        with pytest.raises(ValidationError):
            Device(**(common | wrong)).full_clean()
    assert [str(statistic_word(code)) for code in ("Rtd", "0103", "0103000a0002", "other")] == [
        "瞬时值", "火灾报警系统 3", "火灾报警系统 3 · 10 区 2 号", "other",
    ]  # fmt: skip
