"""Who may open the pages and the API of devices, what they show, what is done on them."""

import contextlib
import datetime as dt
import io
import json
from typing import Any

import numpy as np
import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.lake.telemetry import DAY, HOUR, Batch, append_many
from qiangqu.registry.models import AuditEntry
from qiangqu.registry.tests import factories
from qiangqu.telemetry.health import roll
from qiangqu.telemetry.models import (
    Device,
    DeviceCommand,
    DeviceHealth,
    DeviceMessage,
    DeviceQuality,
    Factor,
    Point,
    UnknownDevice,
)
from qiangqu.telemetry.pages import devices as devices_pages
from qiangqu.telemetry.pages import health as health_pages
from qiangqu.telemetry.pages import points as points_pages
from qiangqu.ui.spreadsheets import write_xlsx
from qiangqu.ui.tests.opened import send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("qiangqu.telemetry.tests.urls")]
NAME, MN = "东一排口数采仪", "DEVICE0001"


@pytest.fixture
def scene(transactional_db: Any) -> dict[str, Any]:
    """Two devices of an enterprise in Z1 that report hourly, one of the neighbour in Z3, one unknown MN."""
    areas = factories.tree()
    people = factories.users(areas)
    mine = factories.enterprise(areas["Z1"], 1, "东一化工")
    people["owner"] = factories.user("enterprise", areas["Z1"], "owner", organisation=mine)
    people["rival"] = factories.user(
        "enterprise", areas["Z1"], "rival", organisation=factories.enterprise(areas["Z1"], 2)
    )
    people["inspector"] = factories.user("inspector", areas["R"], "inspector")
    factor = Factor.objects.create(code="a21026", name="二氧化硫", unit="mg/m³")
    born, now = factories.BORN, timezone.now()
    devices = []
    for mn, name, area, owner in (
        (MN, NAME, areas["Z1"], mine),
        ("DEVICE0002", "东一二号数采仪", areas["Z1"], mine),
        ("DEVICE0003", "邻区数采仪", areas["Z3"], None),
    ):
        device = Device.objects.create(
            mn=mn, name=name, password="geheim99", key="0f" * 16, area=area, organisation=owner, valid_from=born,
            lon=106.0, lat=38.0,
        )  # fmt: skip
        Point.objects.create(
            device=device, factor_code="a21026", factor=factor, interval="hour", statistic="Avg", unit="mg/m³"
        )
        DeviceHealth.objects.create(device=device, last_seen=now, frames=48, points=48, clock_skew_ms=125_000)
        devices.append(device)
    Point.objects.update(created_at=now - dt.timedelta(days=3))
    DeviceQuality.objects.create(device=devices[0], day=timezone.localdate(), what="lower_crc", refused=False, count=7)
    DeviceQuality.objects.create(device=devices[0], day=timezone.localdate(), what="bad_crc", refused=True, count=2)
    DeviceMessage.objects.create(device=devices[0], received=now, cn="2081", text="<b>RestartTime</b>", digest="1")
    end = int(now.timestamp() * 1000) // HOUR * HOUR
    times = np.arange(end - 2 * DAY, end, HOUR)
    for device in devices:
        number = device.points.get().pk
        values = 17.25 + np.arange(times.size) % 3
        append_many([Batch(device.mn, np.full(times.size, number), times, values)])
    unknown = UnknownDevice.objects.create(
        mn="STRANGER1", first_seen=now, last_seen=now, frames=5, peer="10.0.0.9:5000", password="geheim77", system="31",
        sample="ST=31;CN=2011;CP=&&<i>x</i>&&",
    )  # fmt: skip
    today = timezone.localdate()
    roll(today - dt.timedelta(days=3), today)
    return {"areas": areas, "people": people, "mine": mine, "devices": devices, "unknown": unknown, "end": end}


def text_of(response: Any) -> str:
    return str(response.content.decode())


def enter(scene: dict[str, Any], name: str) -> Client:
    client = Client()
    client.force_login(scene["people"][name])
    return client


def addresses(scene: dict[str, Any]) -> list[str]:
    """What belongs to the first device."""
    device = scene["devices"][0]
    point, end = device.points.get().pk, scene["end"]
    day = timezone.localdate()
    return [
        f"/devices/{device.pk}/",
        f"/devices/{device.pk}/frames",
        f"/api/v1/telemetry/devices/{device.pk}/frames?start=0&end={end}",
        f"/points/{point}/",
        f"/points/{point}/?span=1y",
        f"/points/{point}/reliability",
        f"/points/{point}/series?start={end - DAY}&end={end}",
        f"/api/v1/telemetry/devices/{device.pk}",
        f"/api/v1/telemetry/points/{point}",
        f"/api/v1/telemetry/points/{point}/series?start={end - DAY}&end={end}",
        f"/api/v1/telemetry/points/{point}/health?first={day}&last={day}",
        f"/api/v1/telemetry/latest?device={device.pk}",
    ]


def lists() -> list[str]:
    day = timezone.localdate()
    week = f"first={day - dt.timedelta(days=6)}&last={day}"
    return [
        "/telemetry",
        "/telemetry?state=online&q=DEVICE",
        "/telemetry/health",
        "/telemetry/health?by=area",
        "/telemetry/health?by=organisation&from=2026-01-01",
        "/devices/",
        "/devices/export/",
        "/points/",
        "/api/v1/telemetry/devices",
        "/api/v1/telemetry/devices/states",
        "/api/v1/telemetry/points",
        "/api/v1/telemetry/latest",
        f"/api/v1/telemetry/health?{week}",
        f"/api/v1/telemetry/health?{week}&by=area",
    ]


EDITORS = ["/telemetry/quarantine", "/devices/new/", "/devices/import/", "/api/v1/telemetry/quarantine"]


@pytest.mark.one_database  # refused before anything is asked
def test_strangers_are_refused_everywhere(scene: dict[str, Any]) -> None:
    device = scene["devices"][0]
    pages = [*lists(), *addresses(scene), *EDITORS, f"/telemetry/quarantine/{scene['unknown'].pk}"]
    for page in pages:
        response = Client().get(page)
        wanted = 401 if page.startswith("/api/") else 302
        assert response.status_code == wanted, page
    for page in (f"/devices/{device.pk}/ask", f"/devices/{device.pk}/edit/"):
        assert Client().post(page, {"cn": "1011"}).status_code == 302
    for page in (f"/api/v1/telemetry/devices/{device.pk}/ask", "/api/v1/telemetry/quarantine/adopt"):
        assert Client().post(page, "{}", content_type="application/json").status_code in (401, 403)
    assert not DeviceCommand.objects.exists()


@pytest.mark.parametrize("who", ["neighbour", "rival"])
def test_neighbours_find_nothing(scene: dict[str, Any], who: str) -> None:
    client = enter(scene, who)
    for page in addresses(scene):
        assert client.get(page).status_code == 404, page
    for page in lists():
        response = client.get(page)
        assert response.status_code == 200, page
        if "export" not in page:
            assert NAME not in text_of(response) and MN not in text_of(response), page
    pk = scene["devices"][0].pk
    allowed = 404 if who == "neighbour" else 403
    assert client.post(f"/devices/{pk}/ask", {"cn": "1011"}).status_code == allowed
    assert client.get(f"/devices/{pk}/edit/").status_code == allowed
    asked = client.post(f"/api/v1/telemetry/devices/{pk}/ask", '{"cn": "1011"}', content_type="application/json")
    assert asked.status_code == allowed
    assert not DeviceCommand.objects.exists()


@pytest.mark.one_database  # visibility is asked of both by test_visibility_property
@pytest.mark.parametrize("who", ["planner", "city", "zone", "leader", "inspector", "owner"])
def test_those_who_may_see_it(scene: dict[str, Any], who: str) -> None:
    client = enter(scene, who)
    for page in (*lists(), *addresses(scene)):
        assert client.get(page).status_code == 200, page
    for page in lists()[:3]:
        assert NAME in text_of(client.get(page)), page


@pytest.mark.one_database  # it shows what others ask for
def test_secrets_are_shown_nowhere(scene: dict[str, Any]) -> None:
    client = enter(scene, "admin")
    pk, unknown = scene["devices"][0].pk, scene["unknown"].pk
    more = [f"/devices/{pk}/edit/", f"/telemetry/quarantine/{unknown}"]
    for page in (*lists(), *addresses(scene), *EDITORS, *more):
        response = client.get(page)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200 and b"geheim" not in body and b"0f0f" not in body, page
    assert not AuditEntry.objects.filter(detail__icontains="geheim").exists()


def test_the_overview_shows_states_and_values(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    Device.objects.filter(pk=scene["devices"][1].pk).update(enabled=False)
    body = text_of(client.get("/telemetry"))
    assert "17.25" in body or "18.25" in body or "19.25" in body
    assert "在线" in body and "已停用" in body and 'hx-trigger="every 5s"' in body and "邻区" not in body

    def rows(**query: str) -> str:
        """What an open page asks for every few seconds."""
        return text_of(client.get("/telemetry", query, headers={"HX-Request": "true", "HX-Target": "telemetry-rows"}))

    assert "DEVICE0002" not in rows(state="online") and "DEVICE0002" in rows(state="disabled")
    assert NAME not in rows(q="nothing like it")
    assert 'id="telemetry-figures" hx-swap-oob="true"' in rows() and "<html" not in rows()
    DeviceHealth.objects.update(last_seen=timezone.now() - dt.timedelta(days=40))
    assert NAME in rows(state="silent")


def test_a_device_page_tells_what_was_sloppy_and_what_was_refused(scene: dict[str, Any]) -> None:
    body = text_of(enter(scene, "zone").get(f"/devices/{scene['devices'][0].pk}/"))
    assert "CRC 用了小写字母" in body and "收下并记录" in body and "CRC 错误" in body and "拒收" in body
    assert "设备慢 2.1 分钟" in body and "设备开机时间" in body and "&lt;b&gt;RestartTime" in body
    assert 'class="dev-cell-on"' in body and "完整率" in body


def test_a_command_is_put_down_and_recorded(scene: dict[str, Any]) -> None:
    client, pk = enter(scene, "zone"), scene["devices"][0].pk
    page = f"/devices/{pk}/ask"
    assert client.post(page, {"cn": "1062", "interval": "30"}).status_code == 302
    history = {"cn": "2061", "begin": "2026-11-01T00:00", "end": "2026-11-02T00:00"}
    assert client.post(page, history).status_code == 302
    regions = list(DeviceCommand.objects.order_by("pk").values_list("region", flat=True))
    assert regions == ["RtdInterval=30", "BeginTime=20261101000000,EndTime=20261102000000"]
    assert AuditEntry.objects.filter(action="device_command").count() == 2
    for wrong in ({"cn": "1062", "interval": "0"}, {"cn": "9999"}, {"cn": "2061", "begin": "x", "end": ""}, {}):
        assert client.post(page, wrong).status_code == 422, wrong
    for who in ("leader", "owner", "inspector"):
        assert enter(scene, who).post(page, {"cn": "1011"}).status_code == 403
    body = text_of(client.get(f"/devices/{pk}/"))
    assert "设置实时数据间隔" in body and "RtdInterval=30" in body
    sent = client.post(
        f"/api/v1/telemetry/devices/{pk}/ask", json.dumps({"cn": "1061"}), content_type="application/json"
    )
    assert sent.status_code == 200 and sent.json()["state"] == "waiting"


def test_only_devices_of_hj212_are_asked(scene: dict[str, Any]) -> None:
    client, pk = enter(scene, "zone"), scene["devices"][0].pk
    Device.objects.filter(pk=pk).update(protocol="mqtt")
    assert 'id="ask-cn"' not in text_of(client.get(f"/devices/{pk}/"))
    assert client.post(f"/devices/{pk}/ask", {"cn": "1011"}).status_code == 422
    assert not DeviceCommand.objects.exists()


@given(st.text(max_size=30) | st.from_regex(r"[0-9T:. +-]{0,25}", fullmatch=True))
def test_what_addresses_say_is_read_or_refused(text: str) -> None:
    for read in (devices_pages._moment, points_pages._milliseconds):
        with contextlib.suppress(InputError):
            read(text, "start")
    with contextlib.suppress(InputError):
        health_pages._day(text)


def test_adopting_from_the_list(scene: dict[str, Any]) -> None:
    page = f"/telemetry/quarantine/{scene['unknown'].pk}"
    for who in ("leader", "inspector", "owner"):
        assert enter(scene, who).get("/telemetry/quarantine").status_code == 403
        assert enter(scene, who).post(page, {"name": "x", "area": "Z1"}).status_code == 403
        assert enter(scene, who).get("/api/v1/telemetry/quarantine").status_code == 403
    client = enter(scene, "zone")
    assert "STRANGER1" in text_of(client.get("/telemetry/quarantine?q=strang"))
    assert "&lt;i&gt;x" in text_of(client.get(page))
    elsewhere = client.post(page, {"name": "一号", "area": "Z3"})
    assert elsewhere.status_code == 422 and not Device.objects.filter(mn="STRANGER1").exists()
    nobody = client.post(page, {"name": "一号", "area": "Z1", "organisation": "没有这家"})
    assert nobody.status_code == 422 and "没有找到" in text_of(nobody)
    assert client.post(page, {"name": "一号", "area": "Z1", "organisation": "东一化工"}).status_code == 302
    device = Device.objects.get(mn="STRANGER1")
    assert (device.area.code, device.organisation, device.password) == ("Z1", scene["mine"], "geheim77")
    assert AuditEntry.objects.filter(action="device_adopted").count() == 1
    assert client.get(page).status_code == 404
    assert "没有未登记的设备" in text_of(client.get("/telemetry/quarantine"))


def test_adopting_by_the_api(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    assert client.get("/api/v1/telemetry/quarantine").json()["items"][0]["mn"] == "STRANGER1"
    given = {"mn": "STRANGER1", "area": "Z1", "name": "一号"}

    def adopt(**more: str) -> Any:
        return client.post(
            "/api/v1/telemetry/quarantine/adopt", json.dumps(given | more), content_type="application/json"
        )

    assert adopt(area="Z3").status_code == 404
    assert adopt().status_code == 200
    assert adopt().status_code == 404


def test_a_device_is_registered_and_changed(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    fields = {
        "mn": "NEW01", "name": "新设备", "protocol": "hj212", "area": scene["areas"]["Z1"].pk, "enabled": "on",
        "valid_from": "2026-11-01", "new_password": "abc123", "organisation": "东一化工",
    }  # fmt: skip
    assert client.post("/devices/new/", fields).status_code == 302
    device = Device.objects.get(mn="NEW01")
    assert device.password == "abc123" and device.organisation == scene["mine"]
    changed = fields | {
        "name": "改名", "new_password": "", "effective_from": timezone.localdate().isoformat(),
        "version": str(device.history.first().history_id),
    }  # fmt: skip
    assert send(client, f"/devices/{device.pk}/edit/", changed).status_code == 302
    device.refresh_from_db()
    assert (device.name, device.password) == ("改名", "abc123")
    for wrong in (
        {"mn": "A B"},
        {"mn": MN},
        {"area": scene["areas"]["Z3"].pk},
        {"new_key": "xyz"},
        {"new_password": "a;b"},
        {"new_password": ""},
        {"lon": "106"},
        {"lon": "999", "lat": "38"},
    ):
        response = client.post("/devices/new/", fields | {"mn": "NEW02"} | wrong)
        assert response.status_code == 422, wrong
    assert not Device.objects.filter(mn="NEW02").exists()


def test_devices_come_in_by_a_spreadsheet(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    today = timezone.localdate().isoformat()
    header = ["设备编码 MN", "名称", "协议", "所在区域", "所属单位", "启用", "起始日期"]

    def upload(*rows: list[Any]) -> Any:
        file = io.BytesIO()
        write_xlsx(file, "设备", header, rows)
        sent = SimpleUploadedFile("设备.xlsx", file.getvalue())
        return client.post("/devices/import/", {"file": sent, "effective_from": today})

    row = ["SHEET01", "表一", "HJ 212", "Z1", scene["mine"].code, "否", today]
    # without a password in the sheet: of HJ 212 nobody is let in without one
    open_to_all = upload([*row[:5], "是", today])
    assert "访问密码" in text_of(open_to_all) and "token" not in (open_to_all.context or {})
    wrong = upload(
        row, ["A B", "表二", "HJ 212", "Z1", "", "是", today], ["SHEET03", "表三", "HJ 212", "Z3", "", "是", today]
    )
    assert not Device.objects.filter(mn__startswith="SHEET").exists() and "token" not in (wrong.context or {})
    good = upload(row)
    assert good.status_code == 200
    done = client.post("/devices/import/commit/", {"token": good.context["token"], "effective_from": today})
    assert done.status_code == 302
    made = Device.objects.get(mn="SHEET01")
    assert (made.area.code, made.organisation, made.password) == ("Z1", scene["mine"], "")


def test_passwords_come_in_by_a_spreadsheet_and_never_go_out(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    today = timezone.localdate().isoformat()
    columns = ["设备编码 MN", "名称", "协议", "所在区域", "启用", "起始日期"]

    def upload(heading: list[str], *rows: list[Any]) -> Any:
        file = io.BytesIO()
        write_xlsx(file, "设备", columns + heading, rows)
        sent = SimpleUploadedFile("设备.xlsx", file.getvalue())
        return client.post("/devices/import/", {"file": sent, "effective_from": today})

    def take(response: Any) -> None:
        done = client.post("/devices/import/commit/", {"token": response.context["token"], "effective_from": today})
        assert done.status_code == 302

    def row(mn: str, *rest: Any, name: str = "表") -> list[Any]:
        return [mn, name, "HJ 212", "Z1", "是", today, *rest]

    key = "00112233445566778899aabbccddeeff"
    good = upload(
        ["访问密码", "SM4 密钥"], row("PW01", "Zq7secret", key), row("PW02", "001234", None), row("PW03", 654321, "")
    )
    assert "Zq7secret" not in good.content.decode() and key not in good.content.decode()
    take(good)
    stored = {d.mn: (d.enabled, d.password, d.key) for d in Device.objects.filter(mn__startswith="PW")}
    assert stored == {"PW01": (True, "Zq7secret", key), "PW02": (True, "001234", ""), "PW03": (True, "654321", "")}
    # nothing shows them, an export comes back as it is, an empty cell keeps what is stored
    for address in ("/devices/export/", "/devices/", "/api/v1/telemetry/devices"):
        response = client.get(address)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200
        if address == "/devices/export/":
            rows = list(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
            assert not {"访问密码", "访问密码 PW", "SM4 密钥"} & set(rows[0]) and any("PW01" in row for row in rows)
            body = repr(rows).encode()
        assert b"Zq7secret" not in body and key.encode() not in body
    take(upload(["访问密码", "SM4 密钥"], row("PW01", None, None, name="表一改名"), row("PW02", "", "")))
    first = Device.objects.get(mn="PW01")
    assert (first.name, first.password, first.key) == ("表一改名", "Zq7secret", key)
    # the same one again is not told from another one
    same, other = (upload(["访问密码 PW"], row("PW02", text)) for text in ("001234", "999999"))
    assert (
        [r["state"] for r in same.context["shown_rows"]]
        == [r["state"] for r in other.context["shown_rows"]]
        == ["changed"]
    )
    assert "001234" not in same.content.decode()
    take(other)
    assert Device.objects.get(mn="PW02").password == "999999"
    take(upload(["SM4 密钥"], row("PW01", "-", name="表一改名")))
    assert Device.objects.get(mn="PW01").key == ""
    # what is wrong is said without being repeated
    for heading, text in (
        ("访问密码", "a;b&c9x"),
        ("访问密码", "密码不行"),
        ("访问密码", "x" * 41),
        ("SM4 密钥", "12zz77"),
    ):
        bad = upload([heading], row("PW01", text))
        assert "token" not in (bad.context or {}) and text not in bad.content.decode(), text
    sheet = client.get("/devices/import/template/")
    body = b"".join(sheet.streaming_content) if sheet.streaming else sheet.content
    heading = next(openpyxl.load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
    assert {"访问密码", "SM4 密钥", "设备编码 MN"} <= set(heading)


def test_pages_as_of_an_earlier_day(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    device = scene["devices"][0]
    day = timezone.localdate() - dt.timedelta(days=1)
    for page in ("/devices/", f"/devices/{device.pk}/", f"/points/{device.points.get().pk}/", "/telemetry/health"):
        response = client.get(f"{page}?as_of={day}")
        assert response.status_code == 200 and "geheim" not in text_of(response), page


def test_the_series_answers_in_the_resolution_of_the_time(scene: dict[str, Any]) -> None:
    client, end = enter(scene, "zone"), scene["end"]
    point = scene["devices"][0].points.get().pk

    def ask(start: Any, finish: Any) -> Any:
        return client.get(f"/points/{point}/series?start={start}&end={finish}")

    day = ask(end - DAY, end).json()
    assert day["resolution"] == "raw" and len(day["times"]) == 24 and day["unit"] == "mg/m³"
    year = ask(end - 366 * DAY, end).json()
    assert year["resolution"] == "day" and len(year["times"]) in (2, 3)
    # the first day may hold a single reading, as the clock stands
    assert any(low < high for low, high in zip(year["low"], year["high"], strict=True))
    assert ask(end, end + HOUR).json()["times"] == []
    for start, finish in (("", end), ("-5", end), (end, end), ("9" * 15, end), ("１", end), (0, 10**13)):
        assert ask(start, finish).status_code == 422, (start, finish)
    assert client.get(f"/points/{point}/?span=nonsense").status_code == 200


def test_health_and_states_by_the_api(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    day = timezone.localdate()
    rows = client.get(f"/api/v1/telemetry/health?first={day - dt.timedelta(days=3)}&last={day}&by=area").json()
    assert len(rows) == 1 and rows[0]["devices"] == 2 and 0 < rows[0]["completeness"] < 1
    states = client.get("/api/v1/telemetry/devices/states").json()
    assert states["count"] == 2 and states["states"]["online"] == 2 and states["items"][0]["skew_ms"] == 125_000
    assert client.get("/api/v1/telemetry/latest?factor=a21026").json()["count"] == 2
    for wrong in (
        "devices/states?state=x",
        f"health?first={day}&last=2020-01-01",
        f"health?first={day}&last={day}&by=x",
    ):
        assert client.get(f"/api/v1/telemetry/{wrong}").status_code == 422, wrong


@pytest.mark.parametrize(
    "page", ["/telemetry/health?from=x", "/telemetry/health?by=x", "/telemetry/health?from=2020-01-01"]
)
def test_nonsense_is_answered_in_a_sentence(scene: dict[str, Any], page: str) -> None:
    response = enter(scene, "zone").get(page)
    assert response.status_code == 422 and "Traceback" not in text_of(response)
    assert enter(scene, "zone").get("/telemetry?page=zz&state=zz").status_code == 200


@pytest.mark.one_database  # it shows what others ask for
def test_names_with_markup_are_shown_as_text(scene: dict[str, Any]) -> None:
    evil = "<script>alert(1)</script>"
    Device.objects.update(name=evil)
    Factor.objects.update(name=evil)
    client = enter(scene, "zone")
    for page in (*lists(), *addresses(scene)):
        response = client.get(page)
        if response.headers["Content-Type"].startswith("text/html"):
            assert "<script>alert" not in text_of(response), page


def test_simulated_devices_are_marked(scene: dict[str, Any]) -> None:
    client = enter(scene, "zone")
    pages = ["/telemetry", "/telemetry/health", "/devices/", "/points/", *addresses(scene)[:2]]
    for page in pages:
        assert 'class="qq-ribbon"' not in text_of(client.get(page)), page
    Device.objects.update(simulated=True)
    for page in pages:
        assert 'class="qq-ribbon"' in text_of(client.get(page)), page
    assert client.get("/api/v1/telemetry/devices/states").json()["items"][0]["simulated"] is True


def test_pages_ask_the_database_as_often_for_many_devices_as_for_few(
    scene: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    client = enter(scene, "planner")
    pages = [page for page in lists() if "export" not in page]
    factor = Factor.objects.get()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    before = {}
    for page in pages:
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        before[page] = len(asked)
    for number in range(15):
        device = Device.objects.create(
            mn=f"MORE{number}", name=f"更多{number}", area=scene["areas"]["Z2"], valid_from=factories.BORN,
            organisation=factories.enterprise(scene["areas"]["Z2"], 100 + number), lon=106.1, lat=38.1,
        )  # fmt: skip
        Point.objects.create(device=device, factor_code="a21026", factor=factor, interval="hour", statistic="Avg")
        point = Point.objects.create(device=device, factor_code=f"x{number}", interval="realtime", statistic="Rtd")
        DeviceHealth.objects.create(device=device, last_seen=timezone.now(), clock_skew_ms=70_000)
        append_many([Batch(device.mn, [point.pk], [scene["end"]], [1.0])])
    today = timezone.localdate()
    roll(today - dt.timedelta(days=1), today)
    for page in pages:
        with CaptureQueriesContext(connection) as asked:
            client.get(page)
        assert len(asked) <= before[page] + 2, (page, before[page], len(asked))
        assert len(asked) < 32, page


def test_english_pages_have_no_chinese_words_of_the_program(scene: dict[str, Any]) -> None:
    if not (settings.LOCALE_PATHS[0] / "en/LC_MESSAGES/django.mo").exists():
        pytest.skip("catalogues are not compiled (tools/build_messages.py)")
    client = enter(scene, "zone")
    client.cookies["django_language"] = "en"
    body = text_of(client.get("/telemetry"))
    if "Devices now" not in body:
        pytest.skip("the catalogue does not have this part's words yet")
    assert "未登记设备" not in body and "最近通信" not in body
