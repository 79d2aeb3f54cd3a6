"""Modbus TCP and OPC UA: real servers of the libraries' own in this process, the gateway in another."""

import asyncio
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asyncua import Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography.x509.oid import ExtendedKeyUsageOID
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from qiangqu.base.errors import InputError
from qiangqu.base.packs import read_yaml
from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.telemetry.connections import Register, parse_connections
from qiangqu.telemetry.mqtt.json_payload import Value
from qiangqu.telemetry.polling.modbus import requests_of, value_of
from qiangqu.telemetry.polling.opcua import make_certificate

from .loop import run_apart
from .node import Node

EARLY = 6  # takes long: begins before others

DEVICES = [{"mn": "METER", "protocol": "modbus"}, {"mn": "PLC", "protocol": "opcua"}]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Background:
    """A coroutine in a thread of its own; ``ready`` is set by it, ``stop`` ends it."""

    def __init__(self, work: Callable[["Background"], Any]) -> None:
        self.ready, self.loop = threading.Event(), asyncio.new_event_loop()
        self.stop_event = asyncio.Event()
        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(work(self)), daemon=True)
        self.thread.start()
        assert self.ready.wait(PATIENCE)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.stop_event.set)
        self.thread.join(PATIENCE)


def words(form: str, value: float) -> list[int]:
    raw = struct.pack(f">{form}", value)
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]


def modbus_server(port: int) -> Background:
    holding = [0] * 120
    holding[10:12] = words("f", 21.25)
    holding[12:14] = list(reversed(words("i", -70_000)))
    holding[100] = 65535
    inputs = words("d", 1234.5) + [0] * 10

    async def serve(own: Background) -> None:
        device = SimDevice(
            1,
            simdata=(
                [SimData(0, values=[True, False], datatype=DataType.BITS)],
                [SimData(0, values=[False] * 16, datatype=DataType.BITS)],
                [SimData(0, values=holding, datatype=DataType.REGISTERS)],
                [SimData(0, values=inputs, datatype=DataType.REGISTERS)],
            ),
        )
        server = ModbusTcpServer(device, address=("127.0.0.1", port))
        await server.serve_forever(background=True)
        own.ready.set()
        await own.stop_event.wait()
        await server.shutdown()

    return Background(serve)


class OneUser(UserManager):
    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        return User(role=UserRole.User) if (username, password) == ("qiangqu", "secret") else None


def opcua_server(port: int, folder: Path | None = None) -> tuple[Background, dict[str, Any]]:
    """``folder``: speaks only to who signs and encrypts and logs in; its certificate is put there."""
    held: dict[str, Any] = {}

    async def serve(own: Background) -> None:
        server = Server(user_manager=OneUser() if folder else None)
        await server.init()
        server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/test")
        if folder is not None:
            uri, use = "urn:test:server", [ExtendedKeyUsageOID.SERVER_AUTH]
            await server.set_application_uri(uri)
            key, certificate = folder / "plc.pem", folder / "plc.der"
            await setup_self_signed_certificate(key, certificate, uri, socket.gethostname(), use, {"commonName": "plc"})
            await server.load_certificate(str(certificate))
            await server.load_private_key(str(key))
            server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
            server.set_identity_tokens([ua.UserNameIdentityToken])
        space = await server.register_namespace("urn:test")
        held["node"] = await server.nodes.objects.add_variable(ua.NodeId("Stack.SO2", space), "SO2", 18.5)
        async with server:
            own.ready.set()
            await own.stop_event.wait()

    return Background(serve), held


def test_registers_of_a_real_server_are_read_in_their_types(node: Node, tmp_path: Path) -> None:
    port = free_port()
    server = modbus_server(port)
    file = tmp_path / "connections.yaml"
    file.write_text(
        f"""
modbus:
  - mn: METER
    host: 127.0.0.1
    port: {port}
    every: 0.2
    registers:
      - {{address: 10, type: float32, factor: a21026}}
      - {{address: 12, type: int32, order: little, factor: a34004, scale: 0.001, offset: 100}}
      - {{address: 100, type: int16, factor: w00000}}
      - {{address: 0, kind: input, type: float64, factor: w01001}}
      - {{address: 0, kind: coil, factor: valve}}
"""
    )
    node.serve(sources=str(file))
    rows = until(lambda: len(found := node.run("look")["rows"]) >= 10 and found)
    server.stop()
    latest = {name.split("/")[1]: value for name, _at, value, _flag in rows}
    assert latest == {
        "a21026": 21.25,
        "a34004": pytest.approx(30.0),
        "w00000": -1.0,
        "w01001": 1234.5,
        "valve": 1.0,
    }
    told = node.run("frames")[0]
    assert told[1] == f"modbus 127.0.0.1:{port} unit 1"
    assert json.loads(told[2])["coil 0"] == [1]
    seen = until(lambda: (look := node.run("look")) and any(q[1] == "no_answer" for q in look["quality"]) and look)
    before = len(seen["rows"])
    again = modbus_server(port)
    until(lambda: len(node.run("look")["rows"]) > before)
    again.stop()


def test_changes_of_an_opcua_server_arrive_with_their_time_also_after_a_break(node: Node, tmp_path: Path) -> None:
    port = free_port()
    server, held = opcua_server(port)
    file = tmp_path / "connections.yaml"
    file.write_text(
        f"""
opcua:
  - mn: PLC
    url: opc.tcp://127.0.0.1:{port}/test
    every: 0.1
    nodes: [{{node: "ns=2;s=Stack.SO2", factor: a21026}}]
"""
    )
    node.serve(sources=str(file))
    until(lambda: [row[2] for row in node.run("look")["rows"]] == [18.5])
    for count, value in enumerate((19.0, 19.5, 20.0), start=2):
        asyncio.run_coroutine_threadsafe(held["node"].write_value(value), server.loop).result(PATIENCE)
        until(lambda count=count: len(node.run("look")["rows"]) >= count)
    rows = until(lambda: len(found := node.run("look")["rows"]) == 4 and found)
    assert sorted(row[2] for row in rows) == [18.5, 19.0, 19.5, 20.0]
    assert all(abs(row[1] / 1000 - time.time()) < 600 for row in rows)
    server.stop()
    until(lambda: any(q[1] == "no_answer" for q in node.run("look")["quality"]))
    server, _held = opcua_server(port)
    until(lambda: len(node.run("look")["rows"]) == 5)
    server.stop()


def test_a_server_that_wants_encryption_and_a_login_is_read_and_one_with_another_certificate_is_not(
    node: Node, tmp_path: Path
) -> None:
    run_apart(make_certificate(tmp_path / "gateway.pem", tmp_path / "gateway.der"))
    assert (tmp_path / "gateway.pem").stat().st_mode & 0o077 == 0
    port = free_port()
    server, _held = opcua_server(port, tmp_path)
    (tmp_path / "plc.password").write_text("secret\n")
    file = tmp_path / "connections.yaml"
    text = f"""
opcua:
  - mn: PLC
    url: opc.tcp://127.0.0.1:{port}/test
    every: 0.1
    security: Basic256Sha256
    certificate: gateway.der
    private_key: gateway.pem
    server_certificate: plc.der
    username: qiangqu
    password_file: plc.password
    nodes: [{{node: "ns=2;s=Stack.SO2", factor: a21026, scale: 2}}]
"""
    file.write_text(text)
    node.serve(sources=str(file))
    until(lambda: [row[2] for row in node.run("look")["rows"]] == [37.0])
    told = node.run("frames")
    assert [(mn, about) for mn, about, _body in told] == [("PLC", f"opcua opc.tcp://127.0.0.1:{port}/test")]
    assert [(one["node"], one["value"]) for one in json.loads(told[0][2])] == [("ns=2;s=Stack.SO2", 18.5)]
    node.stop()
    file.write_text(text.replace("plc.der", "gateway.der"))  # not this server's
    node.serve(sources=str(file))
    until(lambda: any(q[1] == "no_answer" for q in node.run("look")["quality"]))
    assert len(node.run("look")["rows"]) == 1
    server.stop()


def test_a_login_is_not_sent_in_the_clear(tmp_path: Path) -> None:
    plc = {"mn": "A", "url": "opc.tcp://x:4840", "nodes": [{"node": "i=1", "factor": "a1"}]}
    with pytest.raises(InputError, match="security"):
        parse_connections({"opcua": [{**plc, "username": "qiangqu"}]}, "c.yaml", tmp_path)
    with pytest.raises(InputError, match="没有文件"):
        parse_connections(
            {
                "opcua": [
                    {
                        **plc,
                        "security": "Basic256Sha256",
                        "certificate": "gateway.der",
                        "private_key": "k",
                        "server_certificate": "s",
                    }
                ]
            },
            "c.yaml",
            tmp_path,
        )


def register(address: int, type_: str = "uint16", kind: str = "holding", order: str = "big") -> Register:
    return Register(address, kind, type_, order, Value("x", "a1"))


def test_neighbours_are_read_together_and_requests_stay_within_the_standard() -> None:
    made = requests_of(
        [register(0), register(1, "float32"), register(9), register(40), *map(register, range(200, 400))]
    )
    assert [(r.address, r.count) for r in made] == [(0, 10), (40, 1), (200, 125), (325, 75)]
    assert sum(len(r.registers) for r in made) == 204
    bits = requests_of([register(n, "bit", "coil") for n in range(2500)])
    assert [(r.address, r.count) for r in bits] == [(0, 2000), (2000, 500)]


@pytest.mark.parametrize(
    ("type_", "order", "given", "value"),
    [
        ("uint16", "big", [65535], 65535.0),
        ("int16", "big", [65535], -1.0),
        ("uint32", "big", [1, 0], 65536.0),
        ("uint32", "little", [0, 1], 65536.0),
        ("int64", "big", [65535] * 4, -1.0),
        ("float32", "big", words("f", 1.5), 1.5),
        ("float64", "little", list(reversed(words("d", -2.25))), -2.25),
    ],
)
def test_values_of_all_types(type_: str, order: str, given: list[int], value: float) -> None:
    assert value_of(register(0, type_, order=order), given) == value
    with pytest.raises(InputError, match="不足"):
        value_of(register(0, type_, order=order), given[:-1])


GOOD_MODBUS = {"mn": "A", "host": "h", "registers": [{"address": 1, "factor": "a1"}]}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "应是一组字段"),
        ({"http": []}, "不认识的字段 http"),
        ({"modbus": {}}, "modbus：?.*应是一个列表"),
        ({"modbus": [{"mn": "A", "host": "h"}]}, "缺少字段 registers"),
        ({"modbus": [{**GOOD_MODBUS, "mn": "a b"}]}, "mn 只能"),
        ({"modbus": [{**GOOD_MODBUS, "every": 0}]}, "every 应为"),
        ({"modbus": [{**GOOD_MODBUS, "every": True}]}, "every 应为"),
        ({"modbus": [{**GOOD_MODBUS, "unit": 1.5}]}, "unit 应为整数"),
        ({"modbus": [{**GOOD_MODBUS, "registers": []}]}, "应有 1"),
        (
            {"modbus": [{**GOOD_MODBUS, "registers": [{"address": 65535, "type": "float32", "factor": "a1"}]}]},
            "超出地址",
        ),
        (
            {
                "modbus": [
                    {**GOOD_MODBUS, "registers": [{"address": 1, "kind": "coil", "type": "int16", "factor": "a"}]}
                ]
            },
            "bit",
        ),
        ({"modbus": [{**GOOD_MODBUS, "registers": [{"address": 1, "factor": "../x"}]}]}, "factor 应为"),
        (
            {"modbus": [{**GOOD_MODBUS, "registers": [{"address": 1, "factor": "a", "scale": float("nan")}]}]},
            "scale 应为",
        ),
        ({"modbus": [GOOD_MODBUS, GOOD_MODBUS]}, "MN A 写了两次"),
        ({"opcua": [{"mn": "A", "url": "http://x", "nodes": []}]}, "opc.tcp"),
        ({"mqtt": [{"broker": "b", "devices": [{"mn": "A", "topic": "a/#", "values": []}]}]}, "确定的主题|应有 1"),
        ({"mqtt": [{"broker": "b", "password_file": "none"}]}, "password_file：没有文件 none"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(data: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says) as caught:
        parse_connections(data, "连接.yaml", tmp_path)
    assert "连接.yaml" in str(caught.value)


def test_the_examples_of_the_guide_are_taken(tmp_path: Path) -> None:
    guide = Path(__file__).resolve().parents[3] / "docs" / "guides" / "devices-connect.md"
    examples = re.findall(r"```yaml\n(.*?)```", guide.read_text(encoding="utf-8"), re.S)
    assert len(examples) >= 4
    for text in examples:
        for name in re.findall(r"(?:password_file|certificate|private_key): (\S+)", text):
            (tmp_path / name).write_text("geheim")
        found = parse_connections(read_yaml(text, "guide"), "guide", tmp_path)
        assert found.mqtt or found.modbus or found.opcua
