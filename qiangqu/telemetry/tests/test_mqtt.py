"""MQTT against a real mosquitto with the accounts that we write: mosquitto_pub as the foreign device, kill -9
of the gateway in mid-stream.
"""

import base64
import json
import random
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.telemetry.mqtt.accounts import hashed
from qiangqu.telemetry.mqtt.sparkplug import REBIRTH, PayloadMessage, decode, encode

from .node import Node

EARLY = 14  # takes long: begins before others

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
pytestmark = [
    pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto (apt-get install mosquitto mosquitto-clients)"),
]
DEVICES = [
    {"mn": "M1", "password": "passwort-1", "protocol": "mqtt"},
    {"mn": "M2", "password": "passwort-2", "protocol": "mqtt"},
    {"mn": "MAP1", "password": "passwort-3", "protocol": "mqtt"},
    {"mn": "plant.edge", "password": "passwort-4", "protocol": "sparkplug"},
    {"mn": "H1", "password": "passwort-5", "protocol": "hj212"},
]
NOW = int(time.time()) - 3600


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("node")
    node = Node(home)
    node.migrate()
    node.run("make", devices=DEVICES)
    node.run("accounts", folder=str(home / "broker"), password="gateway-password")
    node.close()
    yield home
    node.remove()


class Site:
    """A node, a broker beside it, and the file that connects them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.port = free_port()
        folder = node.home / "broker"
        conf = (folder / "mosquitto.conf").read_text()
        old = next(line.split()[1] for line in conf.splitlines() if line.startswith("password_file")).rsplit("/", 1)[0]
        conf = conf.replace("listener 1883", f"listener {self.port} 127.0.0.1").replace(old, str(folder))
        (folder / "mosquitto.conf").write_text(f"user root\n{conf}")
        (folder / "gateway.password").write_text("gateway-password\n")
        self.file = folder / "connections.yaml"
        self.file.write_text(
            f"""
mqtt:
  - broker: 127.0.0.1
    port: {self.port}
    username: qiangqu
    password_file: gateway.password
    devices:
      - mn: MAP1
        topic: qiangqu/MAP1/raw
        time: meta.ts
        values:
          - {{path: data.so2, factor: a21026, scale: 1000}}
          - {{path: data.list.1, factor: a34004}}
    sparkplug:
      - {{mn: plant.edge, source: plant/edge, values: [{{metric: Stack/SO2, factor: a21026}}, {{metric: Count, factor: w00000}}]}}
"""
        )
        self.broker: subprocess.Popen[bytes] | None = None

    def start_broker(self) -> None:
        self.broker = subprocess.Popen([str(MOSQUITTO), "-c", str(self.node.home / "broker" / "mosquitto.conf")])
        until(lambda: socket.create_connection(("127.0.0.1", self.port), timeout=1).close() is None)

    def serve(self) -> None:
        self.node.serve(sources=str(self.file))

    def publish(self, topic: str, payload: str, user: str = "M1", password: str = "passwort-1", *more: str) -> int:
        """mosquitto_pub; its exit code."""
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-V", "5", "-q", "1", *more]
        done = subprocess.run(
            [*command, "-u", user, "-P", password, "-t", topic, "-m", payload],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode

    def client(self, user: str, password: str, name: str = "", keep: int = 0) -> paho.Client:
        """A client with a session that the broker keeps for ``keep`` seconds."""
        name = name or f"test-{user}"
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
        client.username_pw_set(user, password)
        client.max_inflight_messages_set(500)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = keep
        client.connect("127.0.0.1", self.port, clean_start=not keep, properties=properties)
        client.loop_start()
        return client

    def rows(self) -> list[list[Any]]:
        found: list[list[Any]] = self.node.run("look")["rows"]
        return found

    def kill_broker(self) -> None:
        if self.broker is not None:
            self.broker.kill()
            self.broker.wait()

    def close(self) -> None:
        self.node.remove()
        self.kill_broker()


@pytest.fixture
def site(template: Path, tmp_path: Path) -> Iterator[Site]:
    site = Site(Node.copy(template, tmp_path / "home"))
    site.start_broker()
    yield site
    site.close()


@contextmanager
def site_client(site: Site) -> Iterator[paho.Client]:
    client = site.client("M1", "passwort-1")
    yield client
    client.disconnect()
    client.loop_stop()


def own(second: int, **values: Any) -> str:
    return json.dumps({"time": NOW + second, "values": values})


def test_what_mosquitto_pub_sends_arrives_with_its_marks(site: Site) -> None:
    site.serve()
    assert site.publish("qiangqu/M1/data", own(0, a21026=12.5, a34004=[33, "M"])) == 0
    assert site.publish("qiangqu/M1/data", own(60, a21026=13)) == 0
    raw = {"meta": {"ts": (NOW + 5) * 1000}, "data": {"so2": "0.0185", "list": [1, 7.5]}}
    assert site.publish("qiangqu/MAP1/raw", json.dumps(raw), "MAP1", "passwort-3") == 0
    rows = until(lambda: len(found := site.rows()) == 5 and found)
    assert sorted((name, at, value) for name, at, value, _flag in rows) == [
        ("M1/a21026/realtime/Rtd", NOW * 1000, 12.5),
        ("M1/a21026/realtime/Rtd", (NOW + 60) * 1000, 13.0),
        ("M1/a34004/realtime/Rtd", NOW * 1000, 33.0),
        ("MAP1/a21026/realtime/Rtd", (NOW + 5) * 1000, 18.5),
        ("MAP1/a34004/realtime/Rtd", (NOW + 5) * 1000, 7.5),
    ]
    assert {flag for name, _at, _value, flag in rows if name.startswith("M1/a34004")} == {ord("M") | 0x80}
    assert site.publish("qiangqu/M1/data", own(60, a21026=13)) == 0
    site.node.stop()
    assert len(site.rows()) == 5


def test_a_device_cannot_write_to_its_neighbour_and_needs_its_password(site: Site) -> None:
    site.serve()
    site.publish("qiangqu/M2/data", own(0, a21026=99))
    assert site.publish("qiangqu/M1/data", own(0, a21026=1), password="wrong") != 0
    assert site.publish("qiangqu/M1/data", own(1, a21026=1)) == 0
    until(site.rows)
    # what comes after the stranger's message is there: so the stranger's would be
    assert site.publish("qiangqu/M1/data", own(2, a21026=2)) == 0
    until(lambda: len(site.rows()) >= 2)
    assert sorted((row[0], row[2]) for row in site.rows()) == [
        ("M1/a21026/realtime/Rtd", 1.0),
        ("M1/a21026/realtime/Rtd", 2.0),
    ]


def test_what_cannot_be_read_is_counted_and_strangers_wait_in_quarantine(site: Site) -> None:
    site.serve()
    for payload in (
        "",
        "{",
        "[1]",
        '{"values": {"a b": 1}}',
        '{"values": {"a1": NaN}}',
        '{"time": "gestern", "values": {"a1": 1}}',
    ):
        site.publish("qiangqu/M1/data", payload)
    site.publish("qiangqu/M1/data", own(0, a21026=1))
    site.publish("qiangqu/NEW-7/data", own(0, a21026=5), "qiangqu", "gateway-password")
    client = site.client("M1", "passwort-1")
    client.publish("qiangqu/M1/data", bytes(range(256)), qos=1).wait_for_publish(PATIENCE)
    client.publish("qiangqu/M1/data", own(10, a21026=2), qos=1).wait_for_publish(PATIENCE)
    client.disconnect()
    client.loop_stop()
    until(lambda: len(site.rows()) == 2)
    counts = [["M1", "bad_item", True, 1], ["M1", "bad_payload", True, 5], ["M1", "bad_value", True, 1]]
    seen = until(
        lambda: (look := site.node.run("look")) and sorted(q for q in look["quality"] if q[2]) == counts and look
    )
    assert seen["items"] == {"M1 bad_item a b": 1, "M1 bad_value a1": 1}
    assert all(unknown["mn"] != "H1" for unknown in seen["unknown"])


def test_everything_that_the_broker_took_is_there_once_after_kill_9(site: Site) -> None:
    site.serve()
    client = site.client("M1", "passwort-1")
    sent = 0
    for round_ in range(3):
        infos = []
        for _ in range(400):
            infos.append(client.publish("qiangqu/M1/data", own(sent, a21026=sent, a34004=-sent), qos=1))
            sent += 1
            if random.random() < 0.02:
                time.sleep(0.05)
        if round_ < 2:
            site.node.kill()
            site.serve()
        for info in infos:
            info.wait_for_publish(PATIENCE)
            assert info.is_published()
    client.disconnect()
    client.loop_stop()
    rows = until(lambda: len(found := site.rows()) >= 2 * sent and found, 40.0)
    assert len(rows) == 2 * sent
    assert {value for name, _at, value, _flag in rows if "a21026" in name} == set(map(float, range(sent)))


def test_impossible_values_and_clocks_are_refused_and_counted_beside_good_ones(site: Site) -> None:
    site.serve()
    year = 365 * 86_400
    for payload in (
        f'{{"time": {NOW}, "values": {{"a1": 1e308, "a2": 1e999, "a3": "NaN", "a4": "-Infinity", "a5": 5}}}}',
        own(9 * year, a1=1),
        own(-9 * year, a1=1),
        '{"time": 1e300, "values": {"a1": 1}}',
        json.dumps({"time": NOW, "values": {f"b{number}": number for number in range(2001)}}),
        "[" * 5000,
        f'{{"time": {NOW}, "values": {{"a1": {"1" * 300_000}}}}}',
    ):
        with site_client(site) as client:
            client.publish("qiangqu/M1/data", payload, qos=1).wait_for_publish(PATIENCE)
    assert site.publish("qiangqu/M1/data", own(1, a1=1)) == 0
    rows = until(lambda: len(found := site.rows()) == 2 and found)
    assert sorted((name, value) for name, _at, value, _flag in rows) == [
        ("M1/a1/realtime/Rtd", 1.0),
        ("M1/a5/realtime/Rtd", 5.0),
    ]
    counts = {"bad_payload": 4, "bad_value": 3, "too_large": 1, "clock_ahead": 1, "clock_behind": 1}

    def counted() -> bool:
        seen: Counter[str] = Counter()
        for mn, what, refused, count in site.node.run("look")["quality"]:
            seen[what] += count if mn == "M1" and refused else 0
        return +seen == counts

    until(counted)


def test_sparkplug_names_come_from_the_birth_and_a_lost_order_asks_for_another(site: Site) -> None:
    site.serve()
    client = site.client("plant.edge", "passwort-4")
    asked: list[Any] = []
    client.on_message = lambda _c, _d, message: asked.append(decode(message.payload))
    client.subscribe("spBv1.0/plant/NCMD/edge", 1)
    at = NOW * 1000
    client.publish("spBv1.0/plant/NDATA/edge", encode([("", 7, 1.0)], at=at, seq=5), qos=1).wait_for_publish(PATIENCE)
    until(lambda: asked)
    assert [(metric.name, metric.value) for metric in asked[0].metrics] == [(REBIRTH, 1.0)]
    birth = encode([("Stack/SO2", 7, 20.0), ("Count", 8, 3.0), ("Other", 9, 1.0)], at=at, seq=0)
    client.publish("spBv1.0/plant/NBIRTH/edge", birth, qos=1).wait_for_publish(PATIENCE)
    client.publish("spBv1.0/plant/NDATA/edge", encode([("", 7, 21.5)], at=at + 1000, seq=1), qos=1).wait_for_publish(
        PATIENCE
    )
    client.publish("spBv1.0/plant/NDATA/edge", encode([("", 8, None)], at=at + 2000, seq=2), qos=1).wait_for_publish(
        PATIENCE
    )
    rows = until(lambda: len(found := site.rows()) == 3 and found)
    client.disconnect()
    client.loop_stop()
    assert sorted((name, moment, value) for name, moment, value, _flag in rows) == [
        ("plant.edge/a21026/realtime/Rtd", at, 20.0),
        ("plant.edge/a21026/realtime/Rtd", at + 1000, 21.5),
        ("plant.edge/w00000/realtime/Rtd", at, 3.0),
    ]


def metric(at: int, value: int | float | bool | None, **more: Any) -> dict[str, Any]:
    """A metric as encoders write one: whole numbers as the bits of an unsigned field."""
    found: dict[str, Any] = {"timestamp": at, **more}
    if isinstance(value, bool):
        found["boolean_value"] = value
    elif isinstance(value, float):
        found["double_value"] = value
    elif value is not None:
        wide = more.get("datatype") in (4, 8) or not -(2**31) <= value < 2**32
        found["long_value" if wide else "int_value"] = value & (2**64 - 1 if wide else 2**32 - 1)
    return found


def sparkplug_payload(seq: int | None, *metrics: dict[str, Any]) -> bytes:
    message = PayloadMessage(timestamp=NOW * 1000)
    if seq is not None:
        message.seq = seq
    for one in metrics:
        message.metrics.add(**one)
    return bytes(message.SerializeToString())


def test_what_a_birth_says_holds_for_later_messages(site: Site) -> None:
    site.serve()
    client = site.client("plant.edge", "passwort-4")

    def send(kind: str, seq: int, *metrics: dict[str, Any]) -> None:
        payload = sparkplug_payload(seq, *metrics)
        client.publish(f"spBv1.0/plant/{kind}/edge", payload, qos=1).wait_for_publish(10)

    at = NOW * 1000
    send(
        "NBIRTH", 0, metric(at, 21, name="Stack/SO2", alias=1, datatype=3), metric(at, None, name="Count", is_null=True)
    )
    send("NDATA", 1, metric(at + 1000, -12, alias=1))
    send("NDATA", 2, metric(at + 2000, -11, name="Stack/SO2"))
    rows = until(lambda: len(found := site.rows()) == 3 and found)
    assert sorted((moment, value) for _name, moment, value, _flag in rows) == [
        (at, 21.0),
        (at + 1000, -12.0),
        (at + 2000, -11.0),
    ]
    # what the mapping wants and the birth cannot give is named
    until(lambda: site.node.run("look")["items"] == {"plant.edge bad_value Count": 1})
    client.disconnect()
    client.loop_stop()


def test_what_the_broker_replays_is_no_reading_and_no_sign_of_life(site: Site) -> None:
    site.serve()
    retained = (
        ("qiangqu/M1/data", '{"values": {"a21026": 55.5}}', "M1", "passwort-1"),
        ("qiangqu/M2/state/x", own(-9000, a21026=7), "M2", "passwort-2"),
        ("qiangqu/MAP1/raw", json.dumps({"meta": {"ts": NOW}, "data": {"so2": 1}}), "MAP1", "passwort-3"),
    )
    for topic, payload, user, password in retained:
        assert site.publish(topic, payload, user, password, "-r") == 0
    client = site.client("plant.edge", "passwort-4")
    birth = sparkplug_payload(0, metric(NOW * 1000, 5.0, name="Stack/SO2", alias=1, datatype=10))
    client.publish("spBv1.0/plant/NBIRTH/edge", birth, qos=1, retain=True).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()
    rows = until(lambda: len(found := site.rows()) == 4 and found)  # live they are readings
    seen = until(lambda: len(found := site.node.run("look")["seen"]) == 4 and found)
    for start in range(3):
        site.node.stop()
        if start == 1:  # a broker whose sessions are lost: subscriptions are new
            site.kill_broker()
            (site.node.home / "broker" / "mosquitto.db").unlink(missing_ok=True)
            site.start_broker()
            for topic, payload, user, password in retained:
                assert site.publish(topic, payload, user, password, "-r") == 0
        if start == 2:
            # a session that never was: all that is retained would come
            (site.node.home / "mqtt-client-id").unlink()
        site.serve()
        assert site.publish("qiangqu/M1/data", own(start, a34004=start)) == 0
        until(lambda at=start: any(row[0] == "M1/a34004/realtime/Rtd" and row[2] == at for row in site.rows()))
    assert [row for row in site.rows() if "a34004/realtime" not in row[0] or row[0].startswith("MAP1")] == rows
    site.node.stop()
    look = site.node.run("look")
    assert {mn: at for mn, at in look["seen"].items() if mn != "M1"} == {
        mn: at for mn, at in seen.items() if mn != "M1"
    }
    assert look["health"]["M2"][0] == 1


def test_a_null_costs_itself_and_is_counted(site: Site) -> None:
    site.serve()
    assert site.publish("qiangqu/M1/data", '{"values": {"a21026": null, "a34004": 33.0}}') == 0
    raw = {"meta": {"ts": NOW}, "data": {"list": [1, 7.5]}}
    assert site.publish("qiangqu/MAP1/raw", json.dumps(raw), "MAP1", "passwort-3") == 0
    until(lambda: sorted(row[2] for row in site.rows()) == [7.5, 33.0])
    counts = {"M1 bad_value a21026": 1, "MAP1 no_item data.so2": 1}
    until(lambda: site.node.run("look")["items"] == counts)
    # once it was there its absence is no refusal: the device may send what changed
    for data in ({"so2": 1, "list": [1, 2]}, {"list": [1, 3]}):
        at = {"meta": {"ts": NOW + len(data)}, "data": data}
        assert site.publish("qiangqu/MAP1/raw", json.dumps(at), "MAP1", "passwort-3") == 0
    until(lambda: site.node.run("look")["items"] == {**counts, "MAP1 item_absent data.so2": 1})
    assert ["MAP1", "item_absent", False, 1] in site.node.run("look")["quality"]


def test_the_session_of_an_earlier_release_is_emptied_and_given_up(site: Site) -> None:
    former = site.client("qiangqu", "gateway-password", "qiangqu-gateway", keep=600)
    until(former.is_connected)
    former.subscribe("qiangqu/+/#", 1)
    assert site.publish("qiangqu/M1/data", own(0, a21026=1)) == 0
    former.disconnect()
    former.loop_stop()
    assert site.publish("qiangqu/M1/data", own(1, a21026=2)) == 0  # waits in the former session
    site.serve()
    until(lambda: 2.0 in [row[2] for row in site.rows()])
    # a device that takes the former name gets nothing of it and disturbs nobody
    thief = site.client("M2", "passwort-2", "qiangqu-gateway", keep=600)
    until(thief.is_connected)
    assert site.publish("qiangqu/M1/data", own(2, a21026=3)) == 0
    until(lambda: 3.0 in [row[2] for row in site.rows()])
    thief.disconnect()
    thief.loop_stop()


def test_a_password_hash_is_what_mosquitto_itself_makes(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("needs mosquitto_passwd")
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "someone", "geheim"], check=True)
    _empty, kind, iterations, salt, _digest = file.read_text().strip().split(":")[1].split("$")
    assert (kind, iterations) == ("7", "101")
    assert file.read_text().strip() == f"someone:{hashed('geheim', base64.b64decode(salt))}"
