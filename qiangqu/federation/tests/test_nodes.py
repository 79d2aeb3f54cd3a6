"""Two nodes, each a process with a home of its own, over real lines with real certificates."""

import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE
from qiangqu.base.tests.programs import ROOT, Program, environment_of

EARLY = 14
SCRIPT = Path(__file__).with_name("node_acts.py")


class Home:
    """A node's home, and the program on it."""

    def __init__(self, folder: Path, code: str) -> None:
        self.folder, self.code = folder, code
        folder.mkdir()
        migrated(folder)
        self.act("prepare", code)
        self.process: subprocess.Popen[str] | None = None
        self.port = 0

    def act(self, *words: object) -> Any:
        code, said, complaints = Program(SCRIPT, *words, home=self.folder).finish(PATIENCE)
        assert code == 0, complaints
        return json.loads(said or "null")

    def run(self, port: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "qiangqu", "node", "run", "--host", "127.0.0.1", "--port", str(port), "--every", "0.2", "--longest", "1"],
            env=environment_of(self.folder), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split()[1])

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None

    def until(self, texts: list[str]) -> None:
        """Wait until the node shows these reports, each once."""
        end = time.monotonic() + PATIENCE
        while (found := self.act("texts")) != sorted(texts):
            assert time.monotonic() < end, (found, self.act("look"))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Home, Home]]:
    parent, child = Home(tmp_path / "R", "R"), Home(tmp_path / "Z1", "Z1")
    parent.run()
    try:
        yield parent, child
    finally:
        for home in (parent, child):
            home.stop(signal.SIGKILL)


def join(parent: Home, child: Home) -> None:
    token = parent.act("invite", child.code)
    url = f"https://127.0.0.1:{parent.port}"
    words = child.act("ask", url, token)
    assert parent.act("words", child.code) == words, "the same words on both screens"
    parent.act("confirm", child.code)
    assert child.act("ask", url, token) == words


def test_a_child_works_alone_and_all_of_it_arrives_once(pair: tuple[Home, Home]) -> None:
    parent, child = pair
    child.act("report", "加入之前")
    parent.act("fact", "1")
    join(parent, child)
    child.run()
    parent.until(["加入之前"])
    port = parent.port
    parent.stop()  # the line is cut
    for n in range(5):
        child.act("report", f"断网 {n}")
    child.act("fact", 42)
    child.stop(signal.SIGKILL)
    child.act("report", "停机时")
    child.run()
    parent.run(port)  # and heals
    parent.until(["加入之前", "停机时", *(f"断网 {n}" for n in range(5))])
    end = time.monotonic() + PATIENCE
    while len((found := parent.act("look"))["facts"]) < 2 and time.monotonic() < end:
        pass  # facts go after acts
    assert found["facts"] == [["R", 1.0], ["Z1", 42.0]]
    assert found["origins"] == ["Z1"] and found["parked"] == 0
    again = child.act("look")
    assert again["waiting"] == 0 and again["trouble"] == ""
    parent.act("revoke", "Z1")
    child.act("report", "撤销之后")
    end = time.monotonic() + PATIENCE
    while "403" not in child.act("look")["trouble"]:
        assert time.monotonic() < end
    assert "撤销之后" not in parent.act("texts")


def test_who_has_no_certificate_of_this_node_is_answered_nothing(pair: tuple[Home, Home], tmp_path: Path) -> None:
    parent, child = pair
    join(parent, child)
    other = Home(tmp_path / "X", "X")
    other.run()
    try:
        join(other, Home(tmp_path / "Z9", "Z9"))
    finally:
        other.stop()

    def post(folder: Path | None, path: str, data: bytes = b"{}") -> str:
        context = ssl.create_default_context(cafile=str(child.folder / "node/parent.crt"))
        if folder is not None:
            context.load_cert_chain(folder / "node/client.crt", folder / "node/client.key")
        try:
            plain = socket.create_connection(("127.0.0.1", parent.port), PATIENCE)
            with context.wrap_socket(plain, server_hostname="r.node.qiangqu") as line:
                line.sendall(b"POST %s HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(data)) + data)
                return line.recv(100).split(b" ")[1].decode()
        except (OSError, IndexError):
            return "refused"

    assert post(child.folder, "/knock") == "200"
    assert post(None, "/knock") == "403" and post(None, "/pull") == "403" and post(None, "/push", b"") == "403"
    assert post(tmp_path / "Z9", "/knock") == "refused", "a certificate of another authority"
    assert post(child.folder, "/push", b"\x00\x00\x00\x05abc") == "422" == post(child.folder, "/hello", b"[" * 9000)
    assert post(child.folder, "/nothing") == "404" and post(child.folder, "/knock", b'{"instance":5}') == "200"
    assert post(None, "/join", json.dumps({"code": "Z1", "secret": "x"}).encode()) == "422"


def test_an_invitation_is_for_one(pair: tuple[Home, Home], tmp_path: Path) -> None:
    parent, child = pair
    token = parent.act("invite", "Z1")
    url = f"https://127.0.0.1:{parent.port}"
    child.act("ask", url, token)
    thief = Home(tmp_path / "T", "Z1")
    with pytest.raises(AssertionError, match="已经有人用过"):
        thief.act("ask", url, token)
    wrong = token[:-4] + "0000"
    with pytest.raises(AssertionError, match="不是发出邀请的节点"):
        child.act("ask", url, wrong)
