"""Names at the broker: the system's own, and whose a Sparkplug node is. The access list is tried on a real
mosquitto.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import paho.mqtt.client as paho
import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.registry.models import Area
from qiangqu.registry.tests import factories
from qiangqu.telemetry.connections import Broker, parse_connections
from qiangqu.telemetry.gateway import intake
from qiangqu.telemetry.gateway.directory import Directory, Known
from qiangqu.telemetry.gateway.intake import Frame, Told
from qiangqu.telemetry.incoming import Reading, readings_of
from qiangqu.telemetry.models import Device, DeviceQuality, UnknownDevice
from qiangqu.telemetry.mqtt.accounts import account_problem, registered, write_accounts
from qiangqu.telemetry.mqtt.client import MqttClient
from qiangqu.telemetry.register import adopt

from .test_mqtt import MOSQUITTO, free_port, until
from .test_refused_items import Kept

pytestmark = pytest.mark.django_db
NODE_KINDS, DEVICE_KINDS = ("NBIRTH", "NDATA", "NDEATH"), ("DBIRTH", "DDATA", "DDEATH")


@pytest.fixture
def areas() -> dict[str, Area]:
    return factories.tree()


def make(mn: str, area: Area, protocol: str = "sparkplug", **more: Any) -> Device:
    """A device as a database may hold it, whatever forms allow today."""
    return Device.objects.create(
        mn=mn, name=mn, password=f"pw-{mn}", protocol=protocol, area=area, valid_from=factories.BORN, **more
    )


def checked(mn: str, area: Area, protocol: str = "sparkplug", **more: Any) -> Device:
    """A device as a form or an import makes it."""
    device = Device(mn=mn, name=mn, protocol=protocol, area=area, valid_from=factories.BORN, password="pass-1", **more)
    device.full_clean()
    device.save()
    return device


def access(folder: Path) -> dict[str, list[str]]:
    """The lines of each account in the access list; "" for those before the first."""
    found: dict[str, list[str]] = {"": []}
    user = ""
    for line in (folder / "access").read_text().splitlines():
        if line.startswith("user "):
            user = line.removeprefix("user ")
            assert user not in found, "an account has one block"
            found[user] = []
        elif line and not line.startswith(("#", "pattern")):
            found[user].append(line)
    return found


@pytest.mark.parametrize("mn", ["qiangqu", "QIANGQU", "QiangQu", "qiangqu-gateway", "Qiangqu.x", "qiangqu_2"])
@pytest.mark.parametrize("protocol", ["mqtt", "sparkplug", "hj212"])
def test_the_systems_names_cannot_be_registered(mn: str, protocol: str, areas: dict[str, Area]) -> None:
    with pytest.raises(ValidationError, match="qiangqu"):
        checked(mn, areas["Z1"], protocol)
    UnknownDevice.objects.create(mn=mn, first_seen=timezone.now(), last_seen=timezone.now(), protocol=protocol)
    user = factories.user("zone", areas["Z1"])
    with pytest.raises(ValidationError, match="qiangqu"):
        adopt(user, mn, area=areas["Z1"].code, name="x")
    assert not Device.objects.exists()
    assert checked("ZONE1-qiangqu", areas["Z1"], protocol).pk and checked("qiangqu7", areas["Z1"], protocol).pk


@pytest.mark.parametrize("mn", ["a:b", "a\nb:$7$x", "a+", "a#", "a/b", "", "ä", "a b"])
def test_characters_that_mean_something_to_the_broker_are_refused_and_left_out(
    mn: str, areas: dict[str, Area], tmp_path: Path
) -> None:
    with pytest.raises(ValidationError):
        checked(mn, areas["Z1"], "mqtt")
    make(mn, areas["Z1"], "sparkplug")
    make("M1", areas["Z1"], "mqtt")
    written = write_accounts(tmp_path, "gateway-password")
    assert [line.split(":")[0] for line in (tmp_path / "passwords").read_text().splitlines()] == ["qiangqu", "M1"]
    assert written.devices == 1 and len(written.left_out) == 1 and "请改 MN" in written.left_out[0]
    assert set(access(tmp_path)) == {"", "qiangqu"}


def test_a_device_of_an_older_database_with_the_systems_name_is_left_out_and_told(
    areas: dict[str, Area], tmp_path: Path
) -> None:
    old = make("qiangqu", areas["Z1"], "mqtt")
    make("Qiangqu", areas["Z3"], "sparkplug")
    make("M1", areas["Z1"], "mqtt")
    written = write_accounts(tmp_path, "gateway-password")
    names = [line.split(":")[0] for line in (tmp_path / "passwords").read_text().splitlines()]
    assert names == ["qiangqu", "M1"] and written.devices == 1
    assert [("系统账号" in said, "请改 MN" in said) for said in written.left_out] == [(True, True)] * 2
    assert "系统账号" in account_problem(old)
    client = Client()
    client.force_login(factories.user("zone", areas["Z1"]))
    assert "没有 MQTT 账号" in client.get(f"/devices/{old.pk}/").content.decode()
    old.enabled = False  # it can be switched off without another name
    old.full_clean()


def test_names_below_a_node_are_its_owners(areas: dict[str, Area], tmp_path: Path) -> None:
    firm, rival = factories.enterprise(areas["Z1"], 1), factories.enterprise(areas["Z1"], 2)
    make("PLANT.EDGE1", areas["Z1"])
    with pytest.raises(ValidationError, match=r"PLANT\.EDGE1"):
        checked("PLANT.EDGE1.x", areas["Z3"])
    checked("PLANT.EDGE1.y", areas["Z1"], organisation=firm)  # the zone's node speaks for the zone's firms
    checked("PLANT.EDGE10", areas["Z3"])  # another node
    checked("F.N", areas["Z1"], organisation=firm)
    with pytest.raises(ValidationError):
        checked("F.N.x", areas["Z1"], organisation=rival)
    with pytest.raises(ValidationError):
        checked("F.N.x", areas["Z1"])
    checked("LATE.N.x", areas["Z1"])
    with pytest.raises(ValidationError):  # nor may a node be put above somebody's device
        checked("LATE.N", areas["Z3"])
    with pytest.raises(ValidationError):  # nor a device beside it
        checked("LATE.N.y", areas["Z3"])
    sly = checked("PLANT.EDGE1.z", areas["Z3"], "mqtt")
    sly.protocol = "sparkplug"
    with pytest.raises(ValidationError):
        sly.full_clean()
    renamed = checked("OWN.N.z", areas["Z3"])
    renamed.mn = "PLANT.EDGE1.q"
    with pytest.raises(ValidationError):
        renamed.full_clean()


def test_an_import_asks_for_the_owner_too(areas: dict[str, Area], tmp_path: Path) -> None:
    from qiangqu.telemetry.registers import DEVICES
    from qiangqu.ui.registers.excel import preview

    make("PLANT.EDGE1", areas["Z1"])
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["mn", "name", "protocol", "area", "enabled", "valid_from"])
    for mn in ("PLANT.EDGE1.x", "qiangqu", "GOOD.N"):
        sheet.append([mn, mn, "sparkplug", areas["Z3"].code, "是", "2026-01-01"])
    file = tmp_path / "devices.xlsx"
    book.save(file)
    user = factories.user("zone", areas["Z3"])
    assert [row.state for row in preview(DEVICES, file, user, timezone.localdate()).rows] == ["bad", "bad", "new"]


def test_rights_follow_the_owner_also_when_he_changes(areas: dict[str, Area], tmp_path: Path) -> None:
    firm = factories.enterprise(areas["Z1"], 1)
    node = make("PLANT.EDGE1", areas["Z1"], enabled=False)  # a node that is switched off is still its owner's
    foreign = make("PLANT.EDGE1.x", areas["Z3"])
    make("PLANT.EDGE1.y", areas["Z1"], organisation=firm)
    make("ALONE.N.d", areas["Z3"])
    make("NODE.N", areas["Z3"])
    make("NONODE", areas["Z3"])
    make("plant.edge1.x", areas["Z3"])  # topics and names are told apart by case
    written = write_accounts(tmp_path, "gateway-password")
    found = access(tmp_path)
    assert "PLANT.EDGE1" not in found and "PLANT.EDGE1.x" not in found and "NONODE" not in found
    assert [said for said in written.left_out if "PLANT.EDGE1.x" in said and "属于别的" in said]
    assert [said for said in written.left_out if "NONODE" in said and "组.节点" in said]
    assert len(written.left_out) == 2
    assert "属于别的" in account_problem(foreign) and account_problem(node) == ""
    assert found["PLANT.EDGE1.y"] == [
        *(f"topic write spBv1.0/PLANT/{kind}/EDGE1/y" for kind in DEVICE_KINDS),
        "topic read spBv1.0/PLANT/DCMD/EDGE1/y",
    ]
    whole = [
        *(f"topic write spBv1.0/NODE/{kind}/N" for kind in NODE_KINDS),
        *(f"topic write spBv1.0/NODE/{kind}/N/+" for kind in DEVICE_KINDS),
        "topic read spBv1.0/NODE/NCMD/N",
        "topic read spBv1.0/NODE/DCMD/N/+",
    ]
    assert found["NODE.N"] == whole
    assert found["ALONE.N.d"] == [line.replace("NODE", "ALONE") for line in whole]  # nobody else is there
    assert "plant.edge1.x" in found
    before = registered()
    node.area = foreign.area
    node.save()
    assert registered() != before, "the broker that runs hears of it"
    write_accounts(tmp_path, "gateway-password")
    found = access(tmp_path)
    assert "PLANT.EDGE1.x" in found and "PLANT.EDGE1.y" not in found


@pytest.fixture
def broker(areas: dict[str, Area], tmp_path: Path) -> Iterator[int]:
    """A mosquitto with the accounts of a zone's node and of a foreign device below it."""
    if MOSQUITTO is None:
        pytest.skip("needs mosquitto (apt-get install mosquitto mosquitto-clients)")
    make("PLANT.EDGE1", areas["Z1"])
    make("PLANT.EDGE1.x", areas["Z3"])
    make("qiangqu", areas["Z3"], "mqtt")
    make("M1", areas["Z1"], "mqtt")
    port = free_port()
    write_accounts(tmp_path / "b", "gateway-password", listener=f"{port} 127.0.0.1", user="root")
    program = subprocess.Popen([str(MOSQUITTO), "-c", str(tmp_path / "b" / "mosquitto.conf")])
    yield port
    program.kill()
    program.wait()


def test_a_broker_keeps_a_foreign_device_out_of_a_node_and_of_the_gateways_account(broker: int) -> None:
    def publish(user: str, topic: str, password: str = "") -> int:
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker), "-V", "5", "-q", "1", "-u", user]
        done = subprocess.run(
            [*command, "-P", password or f"pw-{user}", "-t", topic, "-m", "x"],
            capture_output=True,
            timeout=20,
            check=False,
        )
        return done.returncode or int(b"Not authorized" in done.stderr)

    until(lambda: publish("qiangqu", "qiangqu/qiangqu/x", "gateway-password") == 0)
    assert publish("qiangqu", "qiangqu/M1/data", "pw-qiangqu") != 0, "the device of that name has no account"
    heard: list[str] = []
    listener = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="l", protocol=paho.MQTTv5)
    listener.username_pw_set("qiangqu", "gateway-password")
    listener.on_message = lambda _client, _data, message: heard.append(message.topic)
    listener.connect("127.0.0.1", broker)
    listener.loop_start()
    until(listener.is_connected)
    listener.subscribe([("spBv1.0/#", 1), ("qiangqu/#", 1)])
    topics = [f"spBv1.0/PLANT/{kind}/EDGE1" for kind in NODE_KINDS]
    topics += [f"spBv1.0/PLANT/{kind}/EDGE1/x" for kind in DEVICE_KINDS]
    for topic in [*topics, "spBv1.0/PLANT/NCMD/EDGE1", "spBv1.0/STATE/host", "qiangqu/M1/data"]:
        publish("PLANT.EDGE1.x", topic)
    for topic in topics:
        publish("PLANT.EDGE1", topic)
    publish("M1", "qiangqu/M1/data")
    until(lambda: "qiangqu/M1/data" in heard)
    listener.disconnect()
    listener.loop_stop()
    assert sorted(heard) == sorted([*topics, "qiangqu/M1/data"]), "each once: the node's own"
    assert shutil.which("mosquitto_pub")


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("qiangqu/OTHER/raw", "属于它写的那个 MN"),
        ("qiangqu", "属于它写的那个 MN"),
        ("spBv1.0/g/NDATA/n", "不能以"),
        ("SPBV1.0/g/NDATA/n", "不能以"),
        ("$SYS/x", "不能以"),
    ],
)
def test_a_mapped_topic_is_nobody_elses(topic: str, says: str, tmp_path: Path) -> None:
    values = [{"path": "a", "factor": "a1"}]
    with pytest.raises(InputError, match=says):
        parse_connections(
            {"mqtt": [{"broker": "b", "devices": [{"mn": "A", "topic": topic, "values": values}]}]}, "c", tmp_path
        )
    good = [{"mn": "A", "topic": "qiangqu/A/raw", "values": values}, {"mn": "B", "topic": "plant/b", "values": values}]
    assert len(parse_connections({"mqtt": [{"broker": "b", "devices": good}]}, "c", tmp_path).mqtt[0].devices) == 2
    good[0]["topic"] = "plant/b"
    with pytest.raises(InputError, match="写了两次"):
        parse_connections({"mqtt": [{"broker": "b", "devices": good}]}, "c", tmp_path)


def _message(topic: str, payload: bytes, mid: int, *, dup: bool = False, retain: bool = False) -> paho.MQTTMessage:
    message = paho.MQTTMessage(mid=mid, topic=topic.encode())
    message.payload, message.qos, message.dup, message.retain = payload, 1, dup, retain
    return message


class Keys(Kept):
    """Keeps under which ids messages would be stored, and whether they are a sign of life."""

    def __init__(self) -> None:
        super().__init__("M1", "mqtt")
        self.given: list[tuple[str, str, int, bool]] = []

    def store(self, device: Known, region: Any, interval: str, key: str, done: Any, message: Any = ("", b""), *, beside: str = "", alive: bool = True) -> None:  # fmt: skip
        self.given.append((key, beside, region.times[0], alive))


def test_what_is_delivered_again_is_known_again_and_no_sign_of_life() -> None:
    gateway = Keys()
    broker = Broker("b", 1883, "", "", False, (), ())
    client = MqttClient(gateway, broker, "x")
    topic, payload = "qiangqu/M1/data", b'{"values": {"a1": 1}}'
    client._take(_message(topic, payload, 7), 1000, 0)
    client._take(_message(topic, payload, 7, dup=True), 9000, 0)  # after a break of the connection
    first, again = gateway.given
    assert again[:1] + again[2:] == (first[0], 1000, False) and first[3]
    fresh = MqttClient(gateway, broker, "x")  # after a restart of the gateway
    fresh._take(_message(topic, payload, 7, dup=True), 9000, 0)
    assert gateway.given[-1][0] == first[1] and not gateway.given[-1][3]
    client._take(_message(topic, payload, 7), 20_000, 0)  # the number is used again, for the same value
    assert gateway.given[-1][0] not in (first[0], first[1]) and gateway.given[-1][3]
    before = len(gateway.given)
    client._take(_message(topic, payload, 0, retain=True), 30_000, 0)
    client._take(_message("spBv1.0/g/NBIRTH/n", b"", 0, retain=True), 30_000, 0)
    assert len(gateway.given) == before and gateway.counters["mqtt_retained"] == 2


@pytest.mark.django_db(transaction=True)
def test_a_message_without_a_time_is_stored_once_when_it_comes_again_after_a_restart() -> None:
    device = make("M1", factories.tree()["Z1"], "mqtt")
    directory = Directory()
    directory.reload()
    known = directory.devices[b"M1"]
    now = int(timezone.now().timestamp() * 1000)

    def repeats(*given: tuple[bytes, bytes, int]) -> list[bool]:
        frames = [
            Frame(
                known, key, Told(lambda _stored: None), "realtime", readings_of([Reading("a1", at, 1.0)]), beside=beside
            )
            for key, beside, at in given
        ]
        intake.commit(directory, frames)
        return [frame.repeat for frame in frames]

    assert repeats((b"k1", b"again", now), (b"k2", b"", now + 1)) == [False, False]
    assert repeats((b"again", b"", now + 5000)) == [True]
    assert repeats((b"new", b"", now + 6000)) == [False]
    assert device.points.count() == 1


def test_refused_items_stand_on_the_pages(areas: dict[str, Area]) -> None:
    device, other = make("METER", areas["Z1"], "modbus"), make("FAR", areas["Z3"], "modbus")
    day = timezone.localdate()
    for of, item, count in ((device, "holding <b>2</b>", 1234), (device, "holding 7", 3), (other, "ns=2;s=FAR", 9)):
        DeviceQuality.objects.create(device=of, day=day, what="no_item", item=item, refused=True, count=count)
    DeviceQuality.objects.create(device=device, day=day, what="item_absent", item="data.so2", refused=False, count=5)
    client = Client()
    client.force_login(factories.user("zone", areas["Z1"]))
    page = client.get(f"/devices/{device.pk}/").content.decode()
    for text in (
        "数据源没有这一项",
        "holding &lt;b&gt;2&lt;/b&gt;",
        "1,234",
        "holding 7",
        "data.so2",
        "报文里没有这一项",
    ):
        assert text in page
    health = client.get("/telemetry/health").content.decode()
    assert "拒收最多的数据项" in health and "holding &lt;b&gt;2&lt;/b&gt;" in health
    assert "ns=2;s=FAR" not in health and "data.so2" not in health
