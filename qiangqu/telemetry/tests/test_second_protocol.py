"""A listening protocol beside HJ 212 that the gateway's core knows nothing of: logins, quarantine, answers
after the commit, kill -9.
"""

import contextlib
import os
import random
import socket
import time
from pathlib import Path

import pytest

from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.base.tests.programs import Program
from qiangqu.telemetry.hj212.packet import build
from qiangqu.telemetry.simulators.hj212 import china

from .node import Node

KILLS = int(os.environ.get("QIANGQU_KILLS", "3"))
PROGRAM = Path(__file__).with_name("line_protocol.py")
DEVICES = [
    {"mn": "LINE1", "password": "secret", "protocol": "mqtt"},
    {"mn": "LINE2", "password": "other", "protocol": "mqtt"},
    {"mn": "HJ1", "password": "123456"},
]


def serve(node: Node) -> tuple[int, int]:
    """Start the gateway with both protocols; gives the ports of HJ 212 and of the lines."""
    node.process = Program(PROGRAM, home=node.home)
    first, second = node.process.stdout.readline().split()
    return int(first), int(second)


class Lines:
    """A device that speaks the lines."""

    def __init__(self, port: int, *login: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.file = self.socket.makefile("rb")
        if login:
            self.say("LOGIN", *login)
            assert self.hear() == "OK"

    def say(self, *words: object) -> None:
        self.socket.sendall(" ".join(map(str, words)).encode() + b"\n")

    def hear(self) -> str:
        """The next line; empty at the end of the connection."""
        try:
            return self.file.readline().decode().strip()
        except ConnectionResetError:
            return ""


def now() -> int:
    return int(time.time()) * 1000


def test_both_protocols_share_one_gateway(node: Node) -> None:
    """Each is answered in its own way after the commit; the core's tallies, messages, repeats and refusals
    hold for both.
    """
    hj212, lines = serve(node)
    device = Lines(lines, "LINE1", "secret")
    at = now()
    device.say("PUT", 1, "a21026", at, 12.5)
    assert device.hear() == "ACK 1"
    device.say("PUT", 1, "a21026", at, 12.5)  # again
    assert device.hear() == "ACK 1"
    device.say("PUT", 2, "a21026", at + 3 * 86_400_000, 1.0)  # three days ahead: nothing that could be kept
    assert device.hear() == "NAK 2"
    with socket.create_connection(("127.0.0.1", hj212), timeout=PATIENCE) as other:
        region = b"DataTime=%b;a21026-Rtd=7.0,a21026-Flag=N" % china(time.time() - 60)
        other.sendall(build(b"2011", region, qn=china(time.time()) + b"001", mn=b"HJ1"))
        assert b"CN=9014" in other.recv(4096)
        # a device that is registered for the other protocol is a stranger here
        other.sendall(build(b"2011", region, qn=china(time.time()) + b"002", mn=b"LINE1", pw=b"secret"))
        until(lambda: "LINE1" in [one["mn"] for one in node.run("look")["unknown"]])
    node.stop()
    seen = node.run("look")
    assert sorted((name, value) for name, _time, value, _flag in seen["rows"]) == [
        ("HJ1/a21026/realtime/Rtd", 7.0),
        ("LINE1/a21026/realtime/Rtd", 12.5),
    ]
    assert seen["health"]["LINE1"] == [3, 1, 1, 1] and seen["health"]["HJ1"] == [1, 1, 0, 0]
    assert ["LINE1", "PUT", f"PUT 2 a21026 {at + 3 * 86_400_000} 1.0", "clock_ahead"] in seen["messages"]
    assert ["LINE1", "line", f"PUT 1 a21026 {at} 12.5"] in node.run("frames")


def test_the_core_judges_who_may_send(node: Node) -> None:
    _hj212, lines = serve(node)
    stranger = Lines(lines)
    stranger.say("LOGIN", "NOBODY", "x")
    silent = Lines(lines)
    silent.say("PUT", 1, "a21026", now(), 666)  # without a login
    guesser = Lines(lines)
    for number in range(8):
        try:
            guesser.say("LOGIN", "LINE2", f"guess{number}")
        except OSError:
            break
    assert guesser.hear() == ""  # closed, unanswered
    garbage = Lines(lines)
    with contextlib.suppress(OSError):
        garbage.socket.sendall(b"x" * 50_000)
    assert garbage.hear() == ""
    honest = Lines(lines, "LINE1", "secret")
    honest.say("PUT", 3, "a21026", now(), 3.0)
    assert honest.hear() == "ACK 3"
    node.stop()
    seen = node.run("look")
    assert [row[2] for row in seen["rows"]] == [3.0]
    unknown = {one["mn"]: one for one in seen["unknown"]}
    assert unknown["NOBODY"]["password"] == "x" and unknown["NOBODY"]["sample"] == "LOGIN NOBODY x"
    assert ["LINE2", "wrong_password", True, 5] in seen["quality"]


@pytest.mark.postgres
def test_every_acknowledged_line_is_there_after_kill_9(node: Node) -> None:
    acknowledged: dict[str, float] = {}
    number, start = 0, now() - 86_400_000
    for _ in range(KILLS):
        _hj212, lines = serve(node)
        device = Lines(lines, "LINE1", "secret")
        sent: dict[str, float] = {}
        enough = len(acknowledged) + random.randrange(50, 300)
        while len(acknowledged) < enough:
            batch = []
            for _line in range(20):
                number += 1
                sent[str(number)] = value = round(random.random(), 6)
                batch.append(f"PUT {number} a21026 {start + number * 1000} {value}")
            device.socket.sendall("\n".join(batch).encode() + b"\n")
            for _answer in range(10):  # some stay under way
                word, what = device.hear().split()
                assert word == "ACK"
                acknowledged[what] = sent[what]
        node.kill()
    stored = {str((row[1] - start) // 1000): row[2] for row in node.run("look")["rows"]}
    assert len(acknowledged) >= 50 * KILLS
    assert {what: stored.get(what) for what in acknowledged} == acknowledged
