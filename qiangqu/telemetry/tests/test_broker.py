"""The small site's broker in one command, with a real mosquitto: accounts of the register, started again when
it dies, told of new devices.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qiangqu.base.tests.patience import PATIENCE

from .node import ROOT, Node
from .test_mqtt import MOSQUITTO, free_port, until

EARLY = 1  # takes long: begins before others

pytestmark = pytest.mark.skipif(
    MOSQUITTO is None, reason="needs mosquitto (apt-get install mosquitto mosquitto-clients)"
)


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
    return kept | {"QIANGQU_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def publishes(port: int, user: str, password: str) -> bool:
    """Whether the broker lets the user in."""
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-V", "5", "-q", "1", "-u", user, "-P", password]
    done = subprocess.run([*command, "-t", f"qiangqu/{user}/data", "-m", "{}"], capture_output=True, timeout=PATIENCE)
    return done.returncode == 0


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(text) for text in found.read_text().split()] if found.exists() else []


def test_it_runs_until_it_is_stopped_and_knows_new_devices(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.migrate()
    node.run("make", devices=[{"mn": "M1", "password": "passwort-1", "protocol": "mqtt"}])
    port = free_port()
    command = [sys.executable, "-m", "qiangqu", "broker", "--port", str(port), "--reread", "0.5"]
    with (tmp_path / "said").open("w") as said:
        program = subprocess.Popen(command, env=environment(tmp_path), cwd=tmp_path, stderr=said)
    try:
        until(lambda: publishes(port, "M1", "passwort-1"))
        assert not publishes(port, "M1", "falsch") and not publishes(port, "M2", "passwort-2")
        node.run("make", devices=[{"mn": "M2", "password": "passwort-2", "protocol": "mqtt"}])
        until(lambda: publishes(port, "M2", "passwort-2"))
        broker = children(program.pid)[0]
        os.kill(broker, signal.SIGKILL)
        until(lambda: children(program.pid) not in ([], [broker]) and publishes(port, "M1", "passwort-1"))
        # the gateway signs in by the file that was written for it
        folder = tmp_path / "broker"
        assert (folder / "gateway.password").stat().st_mode & 0o077 == 0
        node.serve(sources=str(folder / "connections.yaml"))
        node.stop()
    finally:
        program.terminate()
        assert program.wait(30) == 0
    assert "2 个设备" in (tmp_path / "said").read_text()
    assert not publishes(port, "M1", "passwort-1")


def test_a_port_in_use_is_said_and_ends_it(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.migrate()
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "qiangqu", "broker", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(
            command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
        )
    assert done.returncode != 0 and "mosquitto 启动不了" in done.stderr
