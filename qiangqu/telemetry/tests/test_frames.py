"""Messages as people see them: from the gateway's commit to the page."""

import datetime as dt
import itertools
import time
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qiangqu.lake import messages
from qiangqu.lake.segments import publish
from qiangqu.registry.tests import factories
from qiangqu.telemetry.frames import frames
from qiangqu.telemetry.gateway import intake
from qiangqu.telemetry.gateway.directory import Directory, Known
from qiangqu.telemetry.gateway.readings import Readings
from qiangqu.telemetry.hj212.packet import build
from qiangqu.telemetry.hj212.region import Reader
from qiangqu.telemetry.hj212.stream import Decoder
from qiangqu.telemetry.incoming import Reading, readings_of
from qiangqu.telemetry.models import Device
from qiangqu.telemetry.mqtt import sparkplug

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("qiangqu.telemetry.tests.urls")]
KEY = "0f" * 16
HOUR = 3_600_000


@pytest.fixture
def device(transactional_db: Any) -> Device:
    areas = factories.tree()
    device = Device(mn="DEVICE0001", name="数采仪", password="geheim", key=KEY, area=areas["Z1"])
    device.valid_from = factories.BORN
    device.save()
    return device


def take(raw: bytes, key: bytes | None = None) -> None:
    """What the gateway does with a frame, up to the disk."""
    directory = Directory()
    directory.reload()
    packet = Decoder(lambda _mn: key).feed(raw)[0]
    known = directory.devices[packet.mn]
    commit(directory, known, Reader().read(packet.region), packet.raw)


def commit(directory: Directory, known: Known, readings: Readings, body: bytes, about: str = "") -> None:
    heard: list[bool] = []
    intake.commit(directory, [intake.Frame(known, body, intake.Told(heard.append), "realtime", readings, body, about)])


def now_in_china(seconds: int = 0) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600 - seconds))


def test_a_frame_is_shown_as_it_came_without_the_password_and_opened_when_encrypted(device: Device) -> None:
    region = f"DataTime={now_in_china()};a21026-Rtd=12.5,a21026-Flag=N".encode()
    take(build(b"2011", region, qn=b"20261124080000000", mn=b"DEVICE0001", pw=b"geheim"))
    locked = build(
        b"2011", region.replace(b"12.5", b"13.5"), qn=b"20261124080001000", mn=b"DEVICE0001", pw=b"geheim",
        key=bytes.fromhex(KEY), edition=2,
    )  # fmt: skip
    take(locked, bytes.fromhex(KEY))
    now = int(time.time() * 1000)
    plain, opened = sorted(frames(device, now - HOUR, now + HOUR, 10), key=lambda shown: bool(shown.clear))
    assert plain.text.startswith("##") and "PW=******;" in plain.text and "geheim" not in plain.text + opened.text
    assert "a21026-Rtd=12.5" in plain.text and plain.size > len(region)
    assert "13.5" not in opened.text and "a21026-Rtd=13.5" in opened.clear


def test_messages_of_other_protocols_are_spelled_out(device: Device) -> None:
    incoming = messages.Incoming()
    body = sparkplug.encode([("Stack/SO2", 3, 12.5), ("", 4, True)], at=1000)
    incoming.add(device.pk, 1000, "spBv1.0/plant/DDATA/edge", body)
    incoming.add(device.pk, 2000, "spBv1.0/plant/DDATA/edge", b"\xff\x00")
    publish([messages.write(incoming)])
    device.protocol = "sparkplug"
    first, second = frames(device, 0, 3000, 10)
    assert first.text == "Stack/SO2 = 12.5\nalias 4 = 1.0"
    assert second.text == "ff 00"


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each example has a time of its own
@given(st.binary(max_size=200), st.sampled_from(["hj212", "mqtt", "sparkplug"]), st.booleans())
def test_no_message_makes_the_page_fail(device: Device, body: bytes, protocol: str, topic: bool) -> None:
    device.protocol = protocol
    at = next(_times)
    incoming = messages.Incoming()
    incoming.add(device.pk, at, "spBv1.0/a/DDATA/b" if topic else "", body)
    publish([messages.write(incoming)])
    (shown,) = frames(device, at, at, 10)
    assert all(c.isprintable() or c == "\n" for c in shown.text) or topic


_times = itertools.count(10**6)


def test_the_page_shows_an_hour_and_refuses_strangers_and_neighbours(device: Device) -> None:
    areas = {area.code: area for area in type(device.area).objects.all()}
    people = {name: factories.user("zone", area, f"p{name}") for name, area in areas.items()}
    home = next(name for name, area in areas.items() if area == device.area)
    directory = Directory()
    directory.reload()
    at = int(time.time() * 1000)
    readings = readings_of([Reading("a21026", at, 12.5)])
    known = directory.devices[b"DEVICE0001"]
    body = b'{"t": "<script>alert(1)</script>"}'
    commit(directory, known, readings, body, "qiangqu/D/x")
    address, client = f"/devices/{device.pk}/frames", Client()
    client.force_login(people[home])
    page = client.get(address)
    assert page.status_code == 200
    text = page.content.decode()
    assert "qiangqu/D/x" in text and "&lt;script&gt;" in text and "<script>alert" not in text
    assert "这段时间没有报文" in client.get(f"{address}?at=2026-01-01T08:30").content.decode()
    assert client.get(f"{address}?at=gestern").status_code == 422
    found = client.get(f"/api/v1/telemetry{address}?start={at - 1}&end={at + 1}").json()
    assert [one["about"] for one in found] == ["qiangqu/D/x"]
    for name, area in areas.items():
        if area.level == "zone" and name != home:
            other = Client()
            other.force_login(people[name])
            assert other.get(address).status_code == 404
            assert other.get(f"/api/v1/telemetry{address}?start=0&end=1").status_code == 404
    assert Client().get(address).status_code == 302
    assert Client().get(f"/api/v1/telemetry{address}?start=0&end=1").status_code == 401
    assert dt.datetime.fromisoformat(found[0]["received"]).year >= 2026
