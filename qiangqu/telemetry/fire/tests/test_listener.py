"""Transmission devices on a gateway in a process of its own: states, operations, commands, clocks, kill -9."""

import contextlib
import os
import random
import socket
import time

import pytest

from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.telemetry.alarms.rules import SAMPLES
from qiangqu.telemetry.fire.codes import Command, Kind
from qiangqu.telemetry.simulators.fire import FAULT, FIRE, NORMAL, Transmitter
from qiangqu.telemetry.tests.node import Node

KILLS = int(os.environ.get("QIANGQU_KILLS", "2"))
ONE, TWO, BOUND, FOREIGN = "000000000379", "00000000037a", "00000000037b", "00000000037c"
DEVICES = [
    {"mn": ONE, "protocol": "fire"},
    {"mn": TWO, "protocol": "fire"},
    {"mn": BOUND, "protocol": "fire", "serial": "127.0.0.0/8"},
    {"mn": FOREIGN, "protocol": "fire", "serial": "10.9.8.7"},
]


def device(node: Node, name: str = ONE, **more: float) -> Transmitter:
    return Transmitter(name, port=node.port, patience=PATIENCE, **more)


def series(node: Node) -> dict[str, list[float]]:
    """The values of each series in order of time."""
    found: dict[str, list[tuple[float, float]]] = {}
    for name, at, value, _flag in node.run("look")["rows"]:
        found.setdefault(name, []).append((at, value))
    return {name: [value for _at, value in sorted(rows)] for name, rows in found.items()}


def test_a_fire_is_confirmed_raises_an_alarm_and_ends_by_reset(node: Node) -> None:
    node.run("rules", file=str(SAMPLES))
    node.serve(protocol="fire")
    one = device(node)
    assert one.say() and one.say(one.own(NORMAL)) and one.say(one.system(NORMAL))  # heartbeat, states
    assert one.say(one.part(FIRE, 10, 2, "三层走廊")) and one.say(one.part(FAULT, 10, 3))
    assert one.say(one.value(10, 55, 0, 1))
    code = next(code for code in node.run("judge", ahead=1) if code.endswith("-fire"))
    assert code in node.run("judge", ahead=2)
    node.stop()
    node.serve(protocol="fire")  # which must know of the fire that began before
    one = device(node)
    assert one.say(one.operation(0b1))
    until(lambda: series(node)[f"{ONE}/ffire/state/0101000a0002"] == [1.0, 0.0])
    assert code not in node.run("judge", ahead=3)
    node.stop()
    found = series(node)
    assert found[f"{ONE}/ffault/state/0101000a0003"] == [1.0] and found[f"{ONE}/fa10/realtime/0c0100000001"] == [5.5]
    seen = node.run("look")
    texts = [text for _mn, _cn, text, _reason in seen["messages"]]
    assert "火灾报警系统 1 感烟火灾探测器 10区2号 三层走廊：火警" in texts and "火灾报警系统 1：复位，操作员 1" in texts
    assert "传输装置：正常" in texts and seen["health"][ONE][0] == 7


def test_who_may_speak_and_what_is_denied(node: Node) -> None:
    node.serve(protocol="fire")
    one, two = device(node), device(node, BOUND)
    assert one.say() and two.say()
    one.address = Transmitter(TWO, port=node.port).address
    assert one.say(one.part(FIRE, 1, 1))  # several devices may share a connection
    foreign, nobody = device(node, FOREIGN), device(node, "0000000000ff")
    foreign.send(foreign.part(FIRE, 1, 1))
    nobody.send(nobody.part(FIRE, 1, 1))
    assert not one.say(bytes((Kind.PART, 1)))
    assert one.say(bytes((200, 1, 2, 3)))  # a maker's own
    one.socket.sendall(one.packet(77, b"?", 900))
    assert one.hear()[:1] == (900,)
    wrong = bytearray(one.packet(Command.SEND, one.own(NORMAL), 901))
    wrong[-3] ^= 1
    one.socket.sendall(wrong)
    denied = one.hear()
    assert (denied.number, denied.command) == (901, Command.DENY)
    with socket.create_connection(("127.0.0.1", node.port), timeout=PATIENCE) as garbage:
        with contextlib.suppress(OSError):
            garbage.sendall(os.urandom(400_000))
        with contextlib.suppress(OSError):
            while garbage.recv(65536):
                pass
    until(lambda: [one["mn"] for one in node.run("look")["unknown"]] == ["0000000000ff"])
    node.stop()
    assert {name.split("/")[0] for name in series(node)} == {TWO}
    quality = {(mn, what): count for mn, what, _refused, count in node.run("look")["quality"]}
    assert quality[FOREIGN, "wrong_address"] == 1 and quality[TWO, "no_command"] == 1 and quality[TWO, "bad_item"] == 1


def test_what_is_asked_of_a_device_and_its_clock(node: Node) -> None:
    node.serve(protocol="fire", overtime=0.5)
    one = device(node, ahead=7200.0)
    assert one.say(one.part(FIRE, 4, 4))
    one.socket.settimeout(0.2)

    def heard(want: int) -> bool:
        with contextlib.suppress(TimeoutError):
            one.answer(one.hear())
        return want in [packet.unit[0] for packet in one.asked]

    until(lambda: heard(Kind.SET_TIME))
    assert abs(one.ahead) < 1 and abs(series_time(node) - time.time() * 1000) < 60_000
    for cn, region in (("81", ""), ("85", ""), ("61", "1,3"), ("91", "1")):
        node.run("ask", mn=ONE, cn=cn, region=region)
    until(lambda: heard(Kind.CALL_GUARD) and node.run("look")["commands"][-1][1] == "accepted")
    assert one.asked[-1].command == Command.CONTROL and one.asked[-1].unit == bytes((91, 1, 1))
    one.socket.settimeout(PATIENCE)
    assert one.say(one.press(1 << 5, operator=9))
    until(lambda: all(command[1] == "done" for command in node.run("look")["commands"]))
    answers = {command[0]: command[3] for command in node.run("look")["commands"]}
    assert answers["85"] == "传输装置：软件版本 1.1" and answers["61"] == "火灾报警系统 3：正常"
    assert answers["91"] == "传输装置：查岗应答，操作员 9"
    node.run("ask", mn=ONE, cn="88")
    until(lambda: node.run("look")["commands"][-1][1] == "silent")
    node.stop()


def series_time(node: Node) -> float:
    until(lambda: bool(node.run("look")["rows"]))
    return float(node.run("look")["rows"][0][1])


@pytest.mark.postgres
def test_every_confirmed_state_is_there_after_kill_9(node: Node) -> None:
    confirmed: set[int] = set()
    number = 0
    for _kill in range(KILLS):
        node.serve(protocol="fire")
        one = device(node)
        enough = len(confirmed) + random.randrange(30, 120)
        waiting: dict[int, int] = {}
        while len(confirmed) < enough:
            for _part in range(20):
                number += 1
                waiting[one.send(one.part(FIRE, 1, number))] = number
            for _answer in range(10):  # some stay under way
                confirmed.add(waiting.pop(one.hear().number))
        node.kill()
    stored = {int(name[-4:], 16) for name in series(node) if "/ffire/" in name}
    assert len(confirmed) >= 30 * KILLS and confirmed <= stored
