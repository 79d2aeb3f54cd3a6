"""The gateway as the command starts it, on two processes that share a port."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qiangqu.telemetry.devices import Account, Plan, china, names, run
from qiangqu.telemetry.hj212.packet import build

from .node import ROOT, Node

PLAN = Plan("127.0.0.1", 0, 3000.0, 24, 5, 2.0, "SIM")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[Node, subprocess.Popen[bytes], int]]:
    node = Node(tmp_path)
    node.migrate()
    node.run("make", devices=[{"mn": mn, "password": PLAN.password} for mn in names(PLAN)])
    environment = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
    environment |= {
        "QIANGQU_HOME": str(tmp_path),
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
        "--metrics-port",
        "0",
        "--processes",
        "2",
    ]
    process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE)
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
    asyncio.run(run(plan, account))
    assert account.frames == account.answered > 200
    mn = names(plan)[0].encode()
    region = b"DataTime=%b;a99999-Rtd=1.0,a99999-Flag=N" % china(time.time() - 60)
    raw = build(b"2011", region, qn=china(time.time()) + b"123", mn=mn, pw=plan.password.encode())
    for _ in range(16):  # the kernel gives the connections to one process or the other
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(raw)
            assert b"CN=9014" in connection.recv(4096)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    seen = node.run("look")
    assert len(seen["rows"]) == account.points_answered + 1
    assert seen["health"][mn.decode()][2] == 15
    assert sum(health[0] for health in seen["health"].values()) == account.frames + account.resent + 16
