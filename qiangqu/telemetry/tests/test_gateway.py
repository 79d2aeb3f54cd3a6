"""The gateway over real sockets, in a process of its own, on a database file as a node has it; killed with -9
in mid-stream.
"""

import asyncio
import contextlib
import os
import random
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.telemetry.hj212.packet import build, frame
from qiangqu.telemetry.hj212.region import milliseconds
from qiangqu.telemetry.hj212.stream import Decoder
from qiangqu.telemetry.simulators.hj212 import Account, SimulatedDevice, connected
from qiangqu.telemetry.tests.loop import run_apart

from .node import Node

EARLY = 18  # takes long: begins before others

KILLS = int(os.environ.get("QIANGQU_KILLS", "3"))
LEAST = 200  # values answered before each kill
KEY = "00112233445566778899aabbccddeeff"
DEVICES = [
    {"mn": "A1", "password": "aaaaaa"},
    {"mn": "B1", "password": "bbbbbb"},
    {"mn": "K1", "password": "kkkkkk", "key": KEY},
]


class Peer:
    """A plain socket that sends bytes and collects packets."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.decoder = Decoder()
        self.sent = b""

    def send(self, raw: bytes) -> None:
        self.sent += raw
        self.socket.sendall(raw)

    def receive(self, count: int, patience: float = PATIENCE) -> list[Any]:
        """The next packets; fewer when the peer closes or patience ends."""
        packets: list[Any] = []
        self.socket.settimeout(patience)
        while len(packets) < count:
            try:
                data = self.socket.recv(65536)
            except (TimeoutError, ConnectionResetError):
                break
            if not data:
                break
            packets += self.decoder.feed(data)
        return packets

    def closed(self, patience: float = PATIENCE) -> bool:
        self.socket.settimeout(patience)
        try:
            while data := self.socket.recv(65536):
                assert data
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
        return True


def unread(peer: Peer) -> int:
    """Bytes that the peer sent and the gateway has not read yet, as the kernel knows (proc_net_tcp)."""
    mine, its = peer.socket.getsockname()[1], peer.socket.getpeername()[1]
    left = 0
    for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]:
        _no, local, remote, _state, queues = line.split()[:5]
        ends = int(local.rpartition(":")[2], 16), int(remote.rpartition(":")[2], 16)
        waiting_out, _colon, waiting_in = queues.partition(":")
        if ends == (mine, its):
            left += int(waiting_out, 16)
        elif ends == (its, mine):
            left += int(waiting_in, 16)
    return left


_serial = iter(range(1, 10**6))


def data(
    mn: str = "A1", pw: str = "aaaaaa", value: float = 1.5, second: int = 0, cn: str = "2011", **kwargs: Any
) -> bytes:
    stamp = time.strftime("%Y%m%d%H", time.localtime())
    region = kwargs.pop(
        "region", f"DataTime={stamp}00{second:02d};a21026-Rtd={value},a21026-Flag=N;a34013-Rtd=2,a34013-Flag=M"
    )
    qn = kwargs.pop("qn", f"{time.strftime('%Y%m%d%H%M%S')}{next(_serial) % 1000:03d}".encode())
    return build(cn.encode(), region.encode(), qn=qn, mn=mn.encode(), pw=pw.encode(), **kwargs)


def test_values_arrive_with_their_marks_and_are_answered(node: Node) -> None:
    node.serve()
    peer = Peer(node.port)
    peer.send(
        data(value=1.5) + data(value=2.5, second=1) + data("K1", "kkkkkk", 7.0, key=bytes.fromhex(KEY), edition=2)
    )
    answers = peer.receive(3)
    assert [(p.cn, p.mn, p.wants_answer) for p in answers] == [
        (b"9014", b"A1", False), (b"9014", b"A1", False), (b"9014", b"K1", False)
    ]  # fmt: skip
    peer.send(data(value=9, second=9, answer=False) + data(region="RestartTime=20261123080000", cn="2081"))
    assert [p.cn for p in peer.receive(1)] == [b"9014"]
    node.stop()
    seen = node.run("look")
    values = sorted((name, value, flag) for name, _time, value, flag in seen["rows"])
    n, m = ord("N"), ord("M") | 0x80
    assert values == sorted(
        [("A1/a21026/realtime/Rtd", v, n) for v in (1.5, 2.5, 9.0)]
        + [("A1/a34013/realtime/Rtd", 2.0, m)] * 3
        + [("K1/a21026/realtime/Rtd", 7.0, n), ("K1/a34013/realtime/Rtd", 2.0, m)]
    )
    assert seen["messages"] == [["A1", "2081", "RestartTime=20261123080000", ""]]
    assert seen["health"]["A1"] == [4, 6, 0, 0]
    assert ["A1", "unknown_factor", False, 2] in seen["quality"]
    kept = node.run("frames")  # each message as it went over the line, the encrypted one too
    assert len(kept) == 4
    assert all(body.encode("latin-1") in peer.sent for _mn, _about, body in kept)
    assert sorted(mn for mn, _about, _body in kept) == ["A1", "A1", "A1", "K1"]


def test_sloppy_and_faulty_frames_are_noted_and_harm_no_neighbour(node: Node) -> None:
    node.serve()
    good, bad = Peer(node.port), Peer(node.port)
    raw = data(value=3)
    bad.send(
        raw[:-6] + b"FFFF\r\n" + b"##0020" + data(value=4)[6:] + data(region="DataTime=20261123080000;a-Rtd=x,a-Flag=N")
    )
    assert len(bad.receive(2)) == 2
    bad.send(b"\x00\xff##9999" * 3000)
    good.send(data("B1", "bbbbbb", 5))
    assert len(good.receive(1)) == 1
    node.stop()
    seen = node.run("look")
    quality = {(mn, what) for mn, what, _refused, _count in seen["quality"]}
    assert {("A1", "wrong_length"), ("A1", "bad_value")} <= quality
    assert [m[1:] for m in seen["messages"]] == [["2011", "DataTime=20261123080000;a-Rtd=x,a-Flag=N", "bad_value"]]
    assert sorted(v for name, _t, v, _f in seen["rows"] if "a21026" in name) == [4.0, 5.0]


def test_a_device_cannot_write_to_another_and_wrong_passwords_close_the_connection(node: Node) -> None:
    node.serve()
    thief, owner = Peer(node.port), Peer(node.port)
    thief.send(data("B1", "aaaaaa", 666) * 4)
    owner.send(data("B1", "bbbbbb", 1))
    assert len(owner.receive(1)) == 1
    assert thief.receive(1, patience=0.5) == []
    thief.send(data("B1", "wrong", 666))
    assert thief.closed()
    node.stop()
    seen = node.run("look")
    assert 666.0 not in [row[2] for row in seen["rows"]]
    assert ["B1", "wrong_password", True, 5] in seen["quality"]


def test_an_unknown_device_waits_in_quarantine(node: Node) -> None:
    node.serve(login=1.0)
    peer = Peer(node.port)
    peer.send(data("NEW1", "secret") * 3)
    assert peer.receive(1, patience=0.5) == [] and peer.closed()
    node.stop()
    (unknown,) = node.run("look")["unknown"]
    assert (unknown["mn"], unknown["frames"], unknown["password"]) == ("NEW1", 3, "secret")
    assert "a21026-Rtd=1.5" in unknown["sample"]


def test_a_repeat_is_answered_and_stored_once_but_other_data_under_the_same_number_counts(node: Node) -> None:
    node.serve()
    peer = Peer(node.port)
    qn = b"20261123080000123"
    first = data(value=1, qn=qn)
    peer.send(first)
    assert len(peer.receive(1)) == 1
    peer.send(first + data(value=2, second=5, qn=qn))
    assert len(peer.receive(2)) == 2
    node.stop()
    node.serve()  # also after a restart
    peer = Peer(node.port)
    peer.send(first)
    assert len(peer.receive(1)) == 1
    node.stop()
    seen = node.run("look")
    assert seen["health"]["A1"] == [4, 4, 2, 0]
    assert sorted(row[2] for row in seen["rows"] if "a21026" in row[0]) == [1.0, 2.0]


def signed_in(port: int, value: float) -> Peer:
    """A peer whose first reading was answered; on a machine that is too slow for the gateway's patience it
    tries again.
    """
    end = time.monotonic() + 120
    while time.monotonic() < end:
        peer = Peer(port)
        with contextlib.suppress(OSError):
            peer.send(data(value=value))
            if peer.receive(1):
                return peer
    raise AssertionError("never signed in")


def test_connections_are_bounded(node: Node) -> None:
    node.serve(connections=3)
    peers = [Peer(node.port) for _ in range(3)]
    peers[0].send(data())
    assert len(peers[0].receive(1)) == 1
    assert Peer(node.port).closed()  # the fourth
    peers[0].send(data(value=3))
    assert len(peers[0].receive(1)) == 1
    node.stop()


def test_slow_and_silent_peers_are_closed(node: Node) -> None:
    node.serve(login=1.0, frame=1.0)
    active, slow = signed_in(node.port, 1), signed_in(node.port, 2)
    silent = Peer(node.port)
    end = time.monotonic() + 120
    slow.socket.settimeout(0.2)
    with contextlib.suppress(ConnectionError):
        slow.send(b"##0200QN=2026112")
        while time.monotonic() < end:  # a byte now and then does not keep the connection
            with contextlib.suppress(TimeoutError):
                if not slow.socket.recv(1):
                    break
            slow.send(b"0")
    assert time.monotonic() < end and silent.closed()
    active.send(data(value=3))
    assert len(active.receive(1)) == 1
    node.stop()


def test_requests_are_sent_answered_and_repeated(node: Node) -> None:
    node.serve(overtime=2.0)

    async def until(holds: Any) -> None:
        end = time.monotonic() + 120
        # asked for in a thread: the device in this loop must be able to answer meanwhile
        while not holds([c[1] for c in (await asyncio.to_thread(node.run, "look"))["commands"]]):
            assert time.monotonic() < end
            await asyncio.sleep(0.1)

    async def story() -> tuple[int, list[bytes]]:
        device = SimulatedDevice("A1", "aaaaaa")
        await connected(device, "127.0.0.1", node.port)
        mute = Peer(node.port)
        mute.send(data("B1", "bbbbbb"))
        await device.report(time.time())
        await asyncio.to_thread(node.run, "ask", mn="A1", cn="1062", region="RtdInterval=30")
        await asyncio.to_thread(
            node.run, "ask", mn="A1", cn="2061", region="BeginTime=20261123080000,EndTime=20261123080000"
        )
        await until(lambda states: states[0] == "done")  # the interval is set before it is asked for
        await asyncio.to_thread(node.run, "ask", mn="A1", cn="1061")
        await asyncio.to_thread(node.run, "ask", mn="B1", cn="1012")
        await until(lambda states: states == ["done", "done", "done", "silent"])
        got = mute.receive(10, patience=0.3)
        return device.interval, [p.qn + p.cn + p.region[:11] for p in got]

    interval, heard = run_apart(story())
    node.stop()
    seen = node.run("look")
    assert [c[1] for c in seen["commands"]] == ["done", "done", "done", "silent"]
    assert interval == 30 and "RtdInterval=30" in seen["commands"][2][3]
    requests = [p for p in heard if b"9014" not in p]
    assert len(requests) == 4 and len(set(requests)) == 1 and requests[0].endswith(b"SystemTime=")
    assert seen["commands"][3][2] == 4
    assert any(name == "A1/a21026/hour/Avg" and value == 1.0 for name, _t, value, _f in seen["rows"])


def test_a_device_that_asks_for_the_time_gets_it(node: Node) -> None:
    node.serve()
    peer = Peer(node.port)
    peer.send(data(region="PolId=a21026", cn="1013"))
    heard = {p.cn for p in peer.receive(2)}
    assert heard == {b"1012", b"9013"}
    node.stop()


@pytest.mark.postgres
def test_every_answered_value_is_there_after_kill_9(node: Node) -> None:
    answered: dict[int, list[float]] = {}

    async def stream(start: int) -> int:
        sent: dict[bytes, tuple[int, list[float]]] = {}

        def note(qn: bytes) -> None:
            moment, values = sent[qn]
            answered[moment] = values
            if len(answered) >= enough:  # in mid-stream: more is under way
                node.process.kill()  # type: ignore[union-attr]

        device = SimulatedDevice("A1", "aaaaaa", account=Account(), on_answer=note, seed=start, window=500)
        await connected(device, "127.0.0.1", node.port)
        end, at = time.monotonic() + 120, start
        while device.transport is not None:
            assert time.monotonic() < end
            values = [round(value, 3) for value in device.measure()]
            for _ in range(20):
                at += 1
                qn = await device.report(at, values=values)
                sent[qn] = (at * 1000, values)
            await asyncio.sleep(0)
        return at

    at = int(time.time()) - 10 * 86400
    for _ in range(KILLS):
        node.serve()
        enough = len(answered) + random.randrange(400, 1200)
        at = run_apart(stream(at)) + 1
        node.kill()
        assert len(answered) >= enough
    found: dict[int, set[float]] = {}
    for _name, moment, value, _flag in node.run("look")["rows"]:
        found.setdefault(moment, set()).add(value)
    kept = {text.partition("DataTime=")[2][:14] for _mn, _about, text in node.run("frames")}
    assert all(time.strftime("%Y%m%d%H%M%S", time.gmtime(moment / 1000 + 8 * 3600)) in kept for moment in answered)
    missing = [moment for moment, values in answered.items() if not set(values) <= found.get(moment, set())]
    assert len(answered) >= 400 * KILLS and not missing


def test_a_graceful_stop_answers_what_has_been_read(node: Node) -> None:
    node.serve(gather=1.0)
    peer = Peer(node.port)
    peer.send(b"".join(data(value=v, second=v) for v in range(50)))
    until(lambda: unread(peer) == 0)
    node.stop()
    assert len(peer.receive(50)) == 50
    assert len({row[1] for row in node.run("look")["rows"]}) == 50


def test_the_time_helper_agrees_with_china() -> None:
    assert milliseconds(b"20261123080000") == 1795392000000


def stamp(hours: float = 0.0) -> str:
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600 + hours * 3600))


def test_midnight_as_24_is_stored_and_answered(node: Node) -> None:
    node.serve()
    peer = Peer(node.port)
    day = stamp(-24)[:8]
    region = f"DataTime={day}240000;a21026-Avg=7.5,a21026-Min=7,a21026-Max=8,a21026-Flag=N"
    peer.send(data(region=region, cn="2061", qn=f"{day}240000000".encode()))
    assert [p.cn for p in peer.receive(1)] == [b"9014"]
    node.stop()
    at = milliseconds(stamp()[:8].encode() + b"000000")
    assert {(row[0], row[1]) for row in node.run("look")["rows"]} == {
        (f"A1/a21026/hour/{statistic}", at) for statistic in ("Avg", "Min", "Max")
    }


def test_what_could_not_be_kept_is_never_acknowledged_also_when_it_is_repeated(node: Node) -> None:
    """Nothing readable, a time beyond what is stored: the answer is 9011 (refused), with a decimal comma
    among what can be read 9014.
    """
    node.serve()
    peer = Peer(node.port)
    now = stamp()
    lost = [
        data(region=f"DataTime={now};a21026-Rtd=12,5,a21026-Flag=N"),
        data(region=f"DataTime={stamp(49)};a21026-Rtd=5,a21026-Flag=N"),
        data(region="DataTime=20010101000000;a21026-Rtd=5,a21026-Flag=N"),
    ]
    for raw in lost * 2:
        peer.send(raw)
        assert [(p.cn, p.region) for p in peer.receive(1)] == [(b"9011", b"QnRtn=2")]
    peer.send(data(region=f"DataTime={now};a21026-Rtd=12,5,a21026-Flag=N;a34013-Rtd=3,a34013-Flag=N"))
    assert [p.cn for p in peer.receive(1)] == [b"9014"]
    node.stop()
    node.serve()
    peer = Peer(node.port)
    peer.send(lost[1])
    assert [p.cn for p in peer.receive(1)] == [b"9011"]
    node.stop()
    seen = node.run("look")
    assert [(row[0], row[2]) for row in seen["rows"]] == [("A1/a34013/realtime/Rtd", 3.0)]
    assert {"bad_value", "clock_ahead", "clock_behind"} <= {what for _mn, what, _refused, _count in seen["quality"]}
    assert len(seen["messages"]) == 4  # each once, as text


def test_headers_of_one_part_and_headers_without_sense_are_answered(node: Node) -> None:
    node.serve()
    peer = Peer(node.port)

    def headed(fields: str, value: int) -> bytes:
        region = f"DataTime={stamp()};a21026-Rtd={value},a21026-Flag=N"
        return frame(f"QN={stamp()}{value:03d};ST=31;CN=2011;PW=aaaaaa;MN=A1;Flag=5;{fields}CP=&&{region}&&".encode())

    ways = ["PNUM=0;PNO=0;", "PNUM=1;", "PNO=1;", "PNUM=1;PNO=1;"]
    for number, fields in enumerate(ways):
        peer.send(headed(fields, number))
        (reply,) = peer.receive(1)
        assert (reply.cn, reply.qn[-3:]) == (b"9014", b"%03d" % number)
    peer.send(headed("PNUM=2;PNO=5;", 9))
    assert [(p.cn, p.region) for p in peer.receive(1)] == [(b"9011", b"QnRtn=2")]
    node.stop()
    seen = node.run("look")
    assert len(seen["messages"]) == 0 and ["A1", "bad_item", True, 1] in seen["quality"]


def test_garbage_closes_its_connection_and_nobody_else_waits(node: Node) -> None:
    node.serve()
    owner = Peer(node.port)
    owner.send(data("B1", "bbbbbb", 1))
    assert len(owner.receive(1)) == 1
    for _ in range(30):
        hostile = Peer(node.port)
        with contextlib.suppress(OSError):
            hostile.send(b"##9999" * 350_000)
        assert hostile.closed()
    owner.send(data("B1", "bbbbbb", 2))
    assert len(owner.receive(1)) == 1
    late = Peer(node.port)  # the address gave trouble; a registered device signs in from it all the same
    late.send(data("A1", "aaaaaa", 3))
    assert len(late.receive(1)) == 1
    node.stop()


def test_an_address_without_a_registered_device_is_shut_out_for_a_while(node: Node) -> None:
    node.serve()
    for _ in range(25):
        hostile = Peer(node.port)
        with contextlib.suppress(OSError):
            hostile.send(b"##9999" * 30_000)
        assert hostile.closed()
    refused = Peer(node.port)
    with contextlib.suppress(OSError):
        refused.send(data("A1", "aaaaaa", 3))
    assert refused.closed() and node.run("look")["rows"] == []
    node.stop()


def test_guesses_at_a_password_are_delayed(node: Node) -> None:
    node.serve()
    for number in range(40):
        peer = Peer(node.port)
        with contextlib.suppress(OSError):
            peer.send(b"".join(data("A1", f"{number:03d}{n:03d}", 666) for n in range(4)))
        assert peer.receive(1, patience=0.05) == []
        peer.socket.close()
    owner = Peer(node.port)
    owner.send(data("B1", "bbbbbb", 1))  # another device at that address
    assert len(owner.receive(1)) == 1
    node.stop()
    seen = node.run("look")
    counts = {what: count for mn, what, _refused, count in seen["quality"] if mn == "A1"}
    assert counts["wrong_password"] < 20 and counts["password_waits"] > 60
    assert {row[0][:2] for row in seen["rows"]} == {"B1"}


def test_an_empty_password_is_nobody(node: Node) -> None:
    node.run("make", devices=[{"mn": "OPEN1", "password": ""}])
    node.serve()
    peer = Peer(node.port)
    peer.send(data("OPEN1", "", 666))
    assert peer.receive(1, patience=0.5) == []
    node.stop()
    seen = node.run("look")
    assert seen["rows"] == [] and ["OPEN1", "no_password", True, 1] in seen["quality"]


def test_the_first_password_of_an_unknown_device_stays_and_the_contest_is_shown(node: Node) -> None:
    node.serve(flush=0.1)
    genuine, thief = Peer(node.port), Peer(node.port)
    genuine.send(data("NEW2", "genuine"))
    wait_for(lambda: [u["password"] for u in node.run("look")["unknown"]] == ["genuine"])
    thief.send(data("NEW2", "thief") * 3)
    wait_for(lambda: node.run("look")["unknown"][0]["rivals"] == 3)
    (unknown,) = node.run("look")["unknown"]
    assert (unknown["password"], unknown["frames"]) == ("genuine", 4)
    assert unknown["rival_peer"].startswith("127.0.0.1:") and unknown["rival_peer"] != unknown["peer"]
    node.stop()


def wait_for(holds: Any, patience: float = 30.0) -> None:
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_reading_ahead_is_not_the_live_value(node: Node) -> None:
    node.serve()
    peer = Peer(node.port)
    for value, hours in ((5, 0.0), (6, 20.0), (500, 0.0)):
        peer.send(data(region=f"DataTime={stamp(hours)};a21026-Rtd={value},a21026-Flag=N", value=value))
        assert len(peer.receive(1)) == 1
    node.stop()
    assert node.run("latest") == {"A1/a21026/realtime/Rtd": 500.0}


RULES = """
- {code: t-high, name: 过高, condition: value > 100, factors: a21026, intervals: realtime, statistics: Rtd, severity: 3, grouping: device, notify: ""}
- {code: t-silent, name: 无数据, condition: age > 60, factors: a21026, intervals: realtime, statistics: Rtd, severity: 3, grouping: device, notify: ""}
"""


def test_a_reading_ahead_hides_no_alarm_and_is_no_sign_of_life(node: Node, tmp_path: Path) -> None:
    """In through the gateway, judged by the rules: now, a minute without data later, and when the waiting
    reading's time has come.
    """
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    assert node.run("rules", file=str(tmp_path / "rules.yaml")) == [2, 0]
    node.serve()
    peer = Peer(node.port)
    began = time.time()
    for value, hours in ((5, 0.0), (6, 20.0), (500, 0.0)):
        peer.send(data(region=f"DataTime={stamp(hours)};a21026-Rtd={value},a21026-Flag=N", value=value))
        assert len(peer.receive(1)) == 1
    node.stop()
    at_once = node.run("judge", ahead=0)
    assert at_once["t-high"] == 500 and (set(at_once) == {"t-high"} or time.time() - began > 55)
    assert node.run("judge", ahead=70) == {"t-high": 500, "t-silent": 500}
    # the reading that waited is the latest now: 6, just in
    assert node.run("judge", ahead=20 * 3600 + 1) == {}
    assert set(node.run("judge", ahead=20 * 3600 + 70)) == {"t-silent"}
