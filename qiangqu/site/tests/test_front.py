"""A real node over the network: slow and oversized requests, slow readers; and what the front hands to the
application.
"""

import asyncio
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qiangqu.base.tests.homes import ROOT, migrated
from qiangqu.site.front import Front

PATIENCE = 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int = 0, **environment: str) -> tuple[subprocess.Popen[bytes], int]:
    """A node of this checkout, and its port."""
    kept = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
    own = {"QIANGQU_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return serving([sys.executable, "-m", "qiangqu"], home, kept | own | environment, port)


def serving(
    program: list[str], home: Path, environment: dict[str, str], port: int = 0
) -> tuple[subprocess.Popen[bytes], int]:
    """``program serve`` once it answers, and its port."""
    port = port or free_port()
    process = subprocess.Popen(
        [*program, "serve", "--port", str(port), "--workers", "1"], env=environment, cwd=home, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while True:
        try:
            if ask(port, "GET", "/healthz")[0] == 200:
                return process, port
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="module")
def node(tmp_path_factory: Any) -> Iterator[int]:
    home = tmp_path_factory.mktemp("front")
    migrated(home)
    process, port = start(home, QIANGQU_PATIENCE_SECONDS=str(PATIENCE))
    yield port
    process.terminate()
    process.wait()


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def raw(port: int, text: bytes) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=60)
    one.sendall(text)
    return one


def head(path: str, length: int | str, more: str = "") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {length}\r\n{more}\r\n"
    ).encode()


def answer_of(one: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    found = b""
    try:
        while chunk := one.recv(65536):
            found += chunk
    except ConnectionError:
        pass
    return found


def test_slow_bodies_and_heads_hold_nobody_up_and_are_ended(node: int) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(raw(node, head("/accounts/login/", 60000) + b"x" * 60)) for _ in range(150)]
        slow += [stack.enter_context(raw(node, head("/service/query", 60000))) for _ in range(50)]
        heads = [stack.enter_context(raw(node, b"GET /accounts/login/ HTTP/1.1\r\nHost: 127.")) for _ in range(50)]
        for _ in range(5):
            assert ask(node, "GET", "/accounts/login/")[0] == 200
        for one in slow:
            assert answer_of(one).startswith(b"HTTP/1.1 408")
        for one in heads:
            answer_of(one)  # it ends
    assert ask(node, "GET", "/accounts/login/")[0] == 200


def test_a_body_that_drips_is_ended_as_well(node: int) -> None:
    with raw(node, head("/accounts/login/", 60000)) as one:
        one.settimeout(0.2)
        found = b""
        for _ in range(600):
            try:
                one.sendall(b"x")
                found += one.recv(1000)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            if found:
                break
        assert found.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "start_of_body",
    [
        head("/accounts/login/", 400 * 1024 * 1024),
        head("/nowhere/", 1024 * 1024),
        head("/service/query", 1024 * 1024),
        head("/accounts/login/", 1024 * 1024, "Cookie: sessionid=invented\r\n"),
        head("/api/v1/facts/imports", 1024 * 1024, "Authorization: Bearer qq_invented\r\n"),
        head("/accounts/login/", 1024 * 1024, "Expect: 100-continue\r\n"),
    ],
)
def test_large_bodies_of_strangers_are_refused_before_they_are_read(node: int, start_of_body: bytes) -> None:
    with raw(node, start_of_body) as one:
        assert answer_of(one).startswith(b"HTTP/1.1 413")


def test_a_body_of_unknown_length_ends_at_the_limit(node: int) -> None:
    head_ = b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    with raw(node, head_) as one:
        piece = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        sent = 0
        try:
            while sent < 400 * 1024 * 1024:
                one.sendall(piece)
                sent += len(piece)
        except ConnectionError:
            pass
        assert sent < 32 * 1024 * 1024  # what fits into the buffers of two sockets


def test_the_public_form_may_carry_its_files(node: int) -> None:
    # the kind is not there: the application, not the front, answers
    status, _, _ = ask(node, "POST", "/service/none/", b"x" * (20 * 1024 * 1024), Content_Type="text/plain")
    assert status in (403, 404)
    with raw(node, head("/service/none/", 40 * 1024 * 1024)) as one:
        assert answer_of(one).startswith(b"HTTP/1.1 413")
    # who sends somewhat too much comes to read it
    status, body, _ = ask(node, "POST", "/service/none/", b"x" * (40 * 1024 * 1024), Content_Type="text/plain")
    assert (status, body.decode()) == (413, "发送的内容太大")


def test_readers_that_do_not_read_hold_no_thread_and_are_let_go(node: int) -> None:
    page = ask(node, "GET", "/accounts/login/")[1].decode()
    large = max(set(re.findall(r'(?:src|href)="(/static/[^"?]+)', page)), key=lambda url: len(ask(node, "GET", url)[1]))
    whole = len(ask(node, "GET", large)[1])
    request = f"GET {large} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    many = max(20, 16_000_000 // whole)  # more than the kernel holds for a reader (4 MB, tcp_wmem)
    with ExitStack() as stack:
        idle = []
        for _ in range(30):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.settimeout(60)
            one.connect(("127.0.0.1", node))
            one.sendall(request * many)
            idle.append(one)
        for _ in range(5):
            assert ask(node, "GET", "/accounts/login/")[0] == 200
        deadline = time.monotonic() + 90
        while peers(node) > 1 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert peers(node) <= 1
        assert all(len(answer_of(one)) < whole * many for one in idle)


def peers(port: int) -> int:
    """Established connections of which ``port`` is the near end."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "01" for row in rows)


def test_what_reaches_the_application(node: int) -> None:
    assert ask(node, "GET", "/api/v1/openapi.json")[0] in (200, 404)
    status, _, headers = ask(node, "GET", "/%E4%BA%BA/?q=%E5%90%8D%26")  # decoded once
    assert status == 404
    status, _, headers = ask(node, "GET", "/cases/?q=%E4%BA%BA+a%26b")
    assert (status, headers["location"]) == (302, "/accounts/login/?next=/cases/%3Fq%3D%25E4%25BA%25BA%2Ba%2526b")
    # no header passes for another by an underscore
    assert ask(node, "GET", "/metrics")[0] == 200
    assert ask(node, "GET", "/metrics", X_Forwarded_For="1.2.3.4")[0] == 404
    with raw(
        node, b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX_Forwarded_For: 1.2.3.4\r\nConnection: close\r\n\r\n"
    ) as one:
        assert answer_of(one).startswith(b"HTTP/1.1 200")
    status, body, headers = ask(node, "HEAD", "/healthz")
    assert (status, body, headers["content-length"]) == (200, b"", "16")


def test_what_the_application_cannot_answer_is_said_and_written_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def broken(environ: Any, start_response: Any) -> Any:
        raise ImportError("half an upgrade")

    said: list[tuple[int, bytes]] = []
    scope = SimpleNamespace(
        proto="http", method="GET", path="/x", query_string="", http_version="1.1", server="127.0.0.1:80",
        client="127.0.0.1:9", scheme="http", authority="x", headers={},
    )  # fmt: skip
    proto = SimpleNamespace(response_bytes=lambda status, headers, body: said.append((status, body)))
    # in a thread of its own: a browser that another test left open keeps a loop running in this one
    with ThreadPoolExecutor(1) as own:
        own.submit(asyncio.run, Front(broken, 1).__rsgi__(scope, proto)).result()
    assert said[0][0] == 500 and "日志" in said[0][1].decode()
    assert "GET /x failed" in caplog.text and "half an upgrade" in caplog.text


def test_both_lengths_at_once_are_refused(node: int) -> None:
    both = (
        head("/accounts/login/", 5, "Transfer-Encoding: chunked\r\n")
        + b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    with raw(node, both) as one:
        one.shutdown(socket.SHUT_WR)
        assert answer_of(one).count(b"HTTP/1.1") <= 2
