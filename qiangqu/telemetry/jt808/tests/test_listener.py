"""Terminals on a gateway in a process of its own: registration, sign-in, positions, batches, requests, kill -9."""

import contextlib
import datetime as dt
import os
import random
import socket

import pytest

from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.telemetry.jt808 import location
from qiangqu.telemetry.jt808.frame import build
from qiangqu.telemetry.simulators.jt808 import Terminal
from qiangqu.telemetry.tests.node import Node

KILLS = int(os.environ.get("QIANGQU_KILLS", "3"))
ONE, TWO, OLD = "13419905507", "13900000002", "13900000003"
DEVICES = [
    {"mn": ONE, "password": "code-one", "serial": "T000001", "protocol": "jt808"},
    {"mn": TWO, "password": "code-two", "serial": "T000002", "protocol": "jt808"},
    {"mn": OLD, "password": "code-old", "protocol": "jt808"},
]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def terminal(node: Node, number: str, edition: int = 2013, code: str = "") -> Terminal:
    found = Terminal(number, port=node.port, edition=edition, patience=PATIENCE)
    if code:
        assert found.sign_in(code.encode())
    return found


def places(node: Node) -> dict[str, list[list[float]]]:
    """Time, longitude by device."""
    found: dict[str, list[list[float]]] = {}
    for name, time, value, _flag in node.run("look")["rows"]:
        device, factor, *_rest = name.split("/")
        if factor == "vlon":
            found.setdefault(device, []).append([time, value])
    return found


@pytest.mark.parametrize("edition", [2013, 2019])
def test_a_terminal_registers_signs_in_and_reports(node: Node, edition: int) -> None:
    node.serve(protocol="jt808")
    one = terminal(node, ONE, edition)
    assert one.register("T999999", "宁A12345") is None  # not the terminal that was registered
    code = one.register("T000001", "宁A12345")
    assert code == b"code-one" and one.sign_in(code)
    at = now()
    assert one.report(at, 106.5, 38.1, speed=61.5, items={0x01: b"\0\0\x03\xe8"}) == 0
    assert one.report(at, 106.5, 38.1, speed=61.5, items={0x01: b"\0\0\x03\xe8"}) == 0  # again: a repeat
    assert one.say(0x0002) == 0 and one.say(0x0F00, b"what") == 3
    late = [location.write(at - dt.timedelta(minutes=n), 106.4, 38.1) for n in range(1, 6)]
    assert one.batch([*late, location.write(at, 106.5, 38.1, speed=61.5, items={0x01: b"\0\0\x03\xe8"})]) == 0
    assert one.report(at + dt.timedelta(days=5), 1.0, 1.0) == 2  # nothing that could be kept
    assert one.say(0x0200, b"short") == 2
    one.send(0x0004)
    assert one.hear().kind == 0x8004
    assert one.say(0x0003) == 0
    node.stop()
    assert [time for time, _lon in places(node)[ONE]] == [int(at.timestamp() - 60 * n) * 1000 for n in range(5, -1, -1)]
    seen = node.run("look")
    assert seen["health"][ONE][2] == 2  # repeats
    assert [ONE, "wrong_password", True, 1] in seen["quality"] and [ONE, "late", False, 1] in seen["quality"]
    assert len([one for one in node.run("frames") if one[1] == "0704"]) == 6  # as it came, the repeat too


def test_nobody_speaks_before_the_sign_in_or_for_another(node: Node) -> None:
    node.serve(protocol="jt808")
    silent = terminal(node, ONE)
    assert silent.report(now(), 1.0, 1.0) == 1
    one = terminal(node, ONE, code="code-one")
    one.number = terminal(node, TWO, code="code-two").number
    assert one.report(now(), 2.0, 2.0) == 1 and not one.sign_in(b"code-two")
    nobody = terminal(node, "18800000000")
    assert nobody.register("T000009", "宁B00000") is None
    assert terminal(node, OLD).register("", "宁A00003") is None  # no terminal id is registered
    guesser = terminal(node, TWO)
    with contextlib.suppress(OSError):
        for number in range(20):
            guesser.sign_in(b"guess%d" % number)
    before = terminal(node, ONE, code="code-one")
    terminal(node, ONE, edition=2019, code="code-one")  # the same terminal, anew
    assert before.socket.recv(100) == b""
    with socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE) as garbage:
        with contextlib.suppress(OSError):
            garbage.sendall(os.urandom(400_000))
        with contextlib.suppress(OSError):
            while garbage.recv(65536):
                pass
    until(lambda: "18800000000" in [one["mn"] for one in node.run("look")["unknown"]])
    node.stop()
    assert places(node) == {}
    seen = node.run("look")
    [unknown] = seen["unknown"]
    assert unknown["password"] == "T000009" and "宁B00000" in unknown["sample"]
    quality = {(mn, what): count for mn, what, _refused, count in seen["quality"]}
    assert quality[ONE, "before_sign_in"] == 1 and quality[ONE, "speaks_for_another"] == 2
    assert quality[TWO, "wrong_password"] == 5 and quality[OLD, "no_serial"] == 1


def test_sub_packets_are_joined_and_the_missing_asked_for(node: Node) -> None:
    node.serve(protocol="jt808")
    one = terminal(node, ONE, code="code-one")
    at = now()
    positions = [location.write(at - dt.timedelta(seconds=n), 106.0 + n / 1000, 38.0) for n in range(60)]
    body = (60).to_bytes(2, "big") + b"\1" + b"".join(b"\0\x1c" + position for position in positions)
    cut = [body[start : start + 400] for start in range(0, len(body), 400)]
    order = list(range(len(cut)))
    random.Random(5).shuffle(order)
    for place in order:
        one.socket.sendall(build(0x0704, cut[place], one.number, 500 + place, 0, len(cut), place + 1))
    answered = {int.from_bytes(one.hear().body[:2], "big") for _part in cut}
    assert answered == {500 + place for place in range(len(cut))}
    node.stop()
    assert len(places(node)[ONE]) == 60


def test_what_is_asked_of_a_terminal(node: Node) -> None:
    node.serve(protocol="jt808", overtime=0.5)
    one = terminal(node, ONE, edition=2019, code="code-one")
    for cn, region in (("8300", "请减速"), ("8103", "0x0055=60"), ("8104", ""), ("8201", ""), ("8203", "1")):
        node.run("ask", mn=ONE, cn=cn, region=region)
    one.socket.settimeout(0.2)

    def over() -> bool:
        with contextlib.suppress(TimeoutError):
            one.answer(one.hear())
        return all(command[1] == "done" for command in node.run("look")["commands"])

    until(over)
    node.run("ask", mn=ONE, cn="8300", region="没有人听")
    until(lambda: node.run("look")["commands"][-1][1] == "silent")
    node.stop()
    seen = node.run("look")
    assert one.values[0x0055] == 60
    text = next(message for message in one.asked if message.kind == 0x8300)
    assert text.body[2:].decode("gbk") == "请减速"
    answers = {command[0]: command[3] for command in seen["commands"][:-1]}
    assert answers["8104"] == "最高速度 60km/h，缺省汇报间隔 30s" and answers["8201"] == "106.500000, 38.100000"
    assert [command[2] for command in seen["commands"]][-1] == 4 and len(places(node)[ONE]) == 1


@pytest.mark.postgres
def test_every_acknowledged_position_is_there_after_kill_9(node: Node) -> None:
    acknowledged: set[int] = set()
    start, number = now() - dt.timedelta(days=1), 0
    for _kill in range(KILLS):
        node.serve(protocol="jt808")
        one = terminal(node, ONE, code="code-one")
        enough = len(acknowledged) + random.randrange(50, 300)
        waiting: dict[int, int] = {}
        while len(acknowledged) < enough:
            for _position in range(20):
                number += 1
                body = location.write(start + dt.timedelta(seconds=number), 106.0, 38.0, course=number % 360)
                waiting[one.send(0x0200, body)] = number
            for _answer in range(10):  # some stay under way
                acknowledged.add(waiting.pop(int.from_bytes(one.hear().body[:2], "big")))
        node.kill()
    stored = {(time - int(start.timestamp()) * 1000) // 1000 for time, _lon in places(node)[ONE]}
    assert len(acknowledged) >= 50 * KILLS and acknowledged <= stored


def test_five_thousand_connections(node: Node) -> None:
    """As many as the machine lets this process hold, up to 5000: each is signed in and reports."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(int(os.environ.get("QIANGQU_TERMINALS", "300")), resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
    numbers = [str(15_000_000_000 + n) for n in range(count)]
    node.run("make", devices=[{"mn": mn, "password": "x", "protocol": "jt808"} for mn in numbers])
    node.serve(protocol="jt808")
    terminals = [terminal(node, number, code="x") for number in numbers]
    at = now()
    for one in terminals:
        one.send(0x0200, location.write(at, 106.0, 38.0))
    assert {one.hear().body[4] for one in terminals} == {0}
    for one in terminals:
        one.close()
    node.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(places(node)) == count
