"""The gateway as the command starts it, on two processes that share a port."""

import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qiangqu.base.tests.patience import PATIENCE
from qiangqu.telemetry.hj212.packet import build
from qiangqu.telemetry.simulators.hj212 import Account, Plan, china, names, run
from qiangqu.telemetry.tests.loop import run_apart

from .node import ROOT, Node

EARLY = 4  # takes long: begins before others

CROWD = 5000

PLAN = Plan("127.0.0.1", 0, 3000.0, 24, 5, 2.0, "SIM")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node = Node(tmp_path_factory.mktemp("node"))
    node.migrate()
    node.run("make", devices=[{"mn": mn, "password": PLAN.password} for mn in ("A", *names(PLAN))])
    node.close()
    return node.home


@pytest.fixture
def node(template: Path, tmp_path: Path) -> Iterator[Node]:
    node = Node(Path(shutil.copytree(template, tmp_path / "home")))
    yield node
    node.close()


@pytest.fixture
def gateway(node: Node) -> Iterator[tuple[Node, subprocess.Popen[bytes], int]]:
    environment = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
    environment |= {
        "QIANGQU_HOME": str(node.home),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings",
    }
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "qiangqu",
        "gateway",
        "--port",
        str(port),
        "--jt808-port",
        "0",
        "--fire-port",
        "0",
        "--metrics-port",
        "0",
        "--processes",
        "2",
    ]
    process = subprocess.Popen(command, env=environment, cwd=node.home, stderr=subprocess.PIPE)
    assert process.stderr is not None
    for _ in range(2):  # each process says that it listens
        assert "接收数据" in process.stderr.readline().decode()
    yield node, process, port
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def test_two_processes_store_what_they_answer_and_know_each_others_repeats(
    gateway: tuple[Node, subprocess.Popen[bytes], int],
) -> None:
    node, process, port = gateway
    account = Account()
    plan = Plan("127.0.0.1", port, PLAN.rate, PLAN.devices, PLAN.factors, PLAN.seconds, "SIM")
    run_apart(run(plan, account))
    assert account.frames == account.answered > 200
    mn = names(plan)[0].encode()
    region = b"DataTime=%b;a99999-Rtd=1.0,a99999-Flag=N" % china(time.time() - 60)
    raw = build(b"2011", region, qn=china(time.time()) + b"123", mn=mn, pw=plan.password.encode())
    for _ in range(16):  # the kernel gives the connections to one process or the other
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(raw)
            assert b"CN=9014" in connection.recv(4096)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    seen = node.run("look")
    assert len(seen["rows"]) == account.points_answered + 1
    assert seen["health"][mn.decode()][2] == 15
    assert sum(health[0] for health in seen["health"].values()) == account.frames + account.resent + 16


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < CROWD + 500, reason="needs that many open files")
def test_among_five_thousand_connections_a_device_is_answered_and_one_more_is_turned_away(node: Node) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the gateway inherits it
    crowd: list[socket.socket] = []
    try:
        node.serve(login=120.0)
        for _ in range(CROWD - 1):
            crowd.append(socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE))
        region = b"DataTime=%b;a21026-Rtd=1.0,a21026-Flag=N" % china(time.time() - 60)
        raw = build(b"2011", region, qn=china(time.time()) + b"123", mn=b"A", pw=b"123456")
        with socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE) as device:
            device.sendall(raw)
            assert b"CN=9014" in device.recv(4096)
            one_more = socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE)
            with one_more, contextlib.suppress(ConnectionResetError):
                assert one_more.recv(1) == b""
            device.sendall(raw)
            assert b"CN=9014" in device.recv(4096)
        for each in crowd[:100]:
            each.close()
        deadline = time.monotonic() + PATIENCE
        while True:  # there is room again
            with socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE) as device:
                try:
                    device.sendall(raw)
                    if b"CN=9014" in device.recv(4096):
                        break
                except ConnectionError:
                    pass
            assert time.monotonic() < deadline
            time.sleep(0.1)
        node.stop()
    finally:
        for each in crowd:
            each.close()
        if node.process is not None and node.process.poll() is None:
            node.kill()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(node.run("look")["rows"]) == 1
