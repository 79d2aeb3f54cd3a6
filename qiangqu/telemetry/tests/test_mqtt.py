"""MQTT against a real mosquitto with the accounts that we write: mosquitto_pub as the foreign device, kill -9 of the gateway in mid-stream."""

import base64
import json
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.telemetry.mqtt.accounts import hashed
from qiangqu.telemetry.mqtt.sparkplug import REBIRTH, decode, encode

from .node import Node

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

    def publish(self, topic: str, payload: str, user: str = "M1", password: str = "passwort-1") -> int:
        """mosquitto_pub; its exit code."""
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-V", "5", "-q", "1"]
        done = subprocess.run(
            [*command, "-u", user, "-P", password, "-t", topic, "-m", payload],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode

    def client(self, user: str, password: str) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{user}", protocol=paho.MQTTv5)
        client.username_pw_set(user, password)
        client.max_inflight_messages_set(500)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        return client

    def rows(self) -> list[list[Any]]:
        found: list[list[Any]] = self.node.run("look")["rows"]
        return found

    def close(self) -> None:
        self.node.remove()
        if self.broker is not None:
            self.broker.kill()
            self.broker.wait()


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
    seen = until(lambda: (look := site.node.run("look")) and look["quality"] and look)
    assert (
        sum(count for mn, what, refused, count in seen["quality"] if (mn, what, refused) == ("M1", "bad_payload", True))
        >= 6
    )
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
        seen = {what: count for mn, what, refused, count in site.node.run("look")["quality"] if mn == "M1" and refused}
        return seen == counts

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


def test_a_password_hash_is_what_mosquitto_itself_makes(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("needs mosquitto_passwd")
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(file), "someone", "geheim"], check=True)
    _empty, kind, iterations, salt, _digest = file.read_text().strip().split(":")[1].split("$")
    assert (kind, iterations) == ("7", "101")
    assert file.read_text().strip() == f"someone:{hashed('geheim', base64.b64decode(salt))}"
