"""Simulated devices over MQTT (through a real mosquitto) and Modbus TCP, read by a gateway in another
process.
"""

import asyncio
import contextlib
import dataclasses
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.errors import InputError
from qiangqu.telemetry.connections import read_connections
from qiangqu.telemetry.simulators import modbus, mqtt
from qiangqu.telemetry.simulators.hj212 import Account, Plan, factors_of, names
from qiangqu.telemetry.tests.loop import run_apart

from .node import Node
from .test_mqtt import MOSQUITTO, Site, free_port, until

EARLY = 11  # takes long: begins before others

MQTT = Plan("127.0.0.1", 0, 4000.0, 3, 8, 2.0, "SIMQ")
MODBUS = Plan("127.0.0.1", 0, 80.0, 2, 4, 6.0, "SIMM")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node = Node(tmp_path_factory.mktemp("node"))
    node.migrate()
    devices = [(mn, "mqtt") for mn in names(MQTT)] + [(mn, "modbus") for mn in names(MODBUS)]
    devices += [("MAP1", "mqtt"), ("plant.edge", "sparkplug")]
    node.run("make", devices=[{"mn": mn, "password": "123456", "protocol": protocol} for mn, protocol in devices])
    node.run("accounts", folder=str(node.home / "broker"), password="gateway-password")
    node.close()
    return node.home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def site(home: Path) -> Iterator[Site]:
    site = Site(Node(home))
    site.start_broker()
    yield site
    site.close()


@pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto")
def test_what_mqtt_devices_were_acknowledged_is_there_once(site: Site) -> None:
    site.serve()
    account = Account()
    run_apart(mqtt.run(dataclasses.replace(MQTT, port=site.port), account))
    assert account.frames == account.answered > 30
    assert account.points_answered == account.frames * MQTT.factors
    assert 0 < account.percentile(0.5) < 5
    rows = until(lambda: len(found := site.rows()) >= account.points_answered and found)
    assert len(rows) == account.points_answered
    assert {name.split("/")[0] for name, *_ in rows} == set(names(MQTT))
    assert {name.split("/")[1] for name, *_ in rows} == {code for code, _level in factors_of(MQTT.factors)}


@pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto")
def test_a_refused_device_says_so(site: Site) -> None:
    plan = dataclasses.replace(MQTT, port=site.port, password="wrong", devices=1)
    with pytest.raises(InputError, match="拒绝设备登录"):
        run_apart(mqtt.run(plan, Account()))
    with pytest.raises(OSError, match="refused"):
        run_apart(mqtt.run(dataclasses.replace(plan, port=free_port()), Account()))
    with pytest.raises(InputError, match="最多模拟"):
        run_apart(mqtt.run(dataclasses.replace(plan, devices=501), Account()))


def test_modbus_devices_are_read_by_the_file_that_they_write(home: Path, tmp_path: Path) -> None:
    plan = dataclasses.replace(MODBUS, port=free_port(), seconds=120.0)
    file = tmp_path / "connections.yaml"
    modbus.write_connections(plan, file)
    with pytest.raises(InputError, match="已经存在"):
        modbus.write_connections(plan, file)
    listed = read_connections(file).modbus
    assert [(device.mn, device.unit, len(device.registers)) for device in listed] == [
        (mn, unit, plan.factors) for unit, mn in enumerate(names(plan), 1)
    ]
    account = Account()
    node = Node(home)

    async def both() -> None:
        running = asyncio.create_task(modbus.run(plan, account))
        await asyncio.to_thread(node.serve, sources=str(file))
        # however long the gateway took to start: until everything was read a few times
        while account.points_answered < 4 * plan.devices * plan.factors and not running.done():
            await asyncio.sleep(0.1)
        await asyncio.to_thread(node.stop)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    run_apart(both())
    rows: list[list[Any]] = node.run("look")["rows"]
    assert len(rows) >= 2 * plan.devices * plan.factors
    assert len(rows) <= account.points_answered
    levels = dict(factors_of(plan.factors))
    for name, at, value, flag in rows:
        assert abs(value - levels[name.split("/")[1]]) < 0.5 * levels[name.split("/")[1]]
        assert abs(at / 1000 - time.time()) < 60
        assert flag == 0
    assert len({value for _name, _at, value, _flag in rows}) > plan.devices * plan.factors


def test_a_taken_port_and_too_many_devices_are_refused() -> None:
    plan = dataclasses.replace(MODBUS, port=free_port(), devices=248)
    with pytest.raises(InputError, match="最多模拟 247"):
        run_apart(modbus.run(plan, Account()))
    with socket.create_server(("127.0.0.1", plan.port)), pytest.raises(OSError, match="不能监听"):
        run_apart(modbus.run(dataclasses.replace(plan, devices=1, seconds=1.0), Account()))
