"""The documented way from nothing to a node behind TLS, walked with the commands of the manual; a real nginx
in front.
"""

import http.client
import http.cookiejar
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.tests.homes import ROOT

from .certificates import self_signed
from .test_front import free_port, head, peers, start

MANUAL = (ROOT / "docs/operations/install.md").read_text(encoding="utf-8")
PASSWORD = "first-of-all-1"


def told() -> list[list[str]]:
    """The commands of the manual, in its order, as this environment runs them."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", MANUAL, re.M | re.S):
        for line in block.splitlines():
            words = shlex.split(line.removeprefix("$ "))
            if words[0].endswith("qiangqu"):
                found.append([sys.executable, "-m", "qiangqu", *words[1:]])
    return found


class _Elsewhere(urllib.request.HTTPSHandler):
    """Connections from 127.0.0.2, which is no trusted proxy."""

    def https_open(self, request: Any) -> Any:
        def connect(host: str, **more: Any) -> Any:
            return http.client.HTTPSConnection(host, source_address=("127.0.0.2", 0), **more)

        return self.do_open(connect, request, context=self._context)


class Browser:
    def __init__(self, base: str, context: Any = None) -> None:
        self.base, self.jar = base, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), _Elsewhere(context=context)
        )

    def get(self, path: str, data: dict[str, str] | bytes | None = None, **headers: str) -> tuple[int, str, Any]:
        body = urllib.parse.urlencode(data).encode() if isinstance(data, dict) else data
        origin = {"Referer": self.base + path} if body is not None else {}
        asked = urllib.request.Request(self.base + path, body, origin | headers)
        try:
            with self.opener.open(asked, timeout=60) as answer:
                return answer.status, answer.read().decode(errors="replace"), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace"), error.headers

    def sign_in(self, name: str, password: str) -> bool:
        page = self.get("/accounts/login/")[1]
        token = re.findall(r'csrfmiddlewaretoken" value="([^"]+)', page)[-1]
        self.get("/accounts/login/", {"csrfmiddlewaretoken": token, "username": name, "password": password})
        return self.get("/accounts/")[1].count(name) > 0


@pytest.fixture(scope="module")
def home(tmp_path_factory: Any) -> Path:
    """A home that was made by the manual's commands, up to serving."""
    home: Path = tmp_path_factory.mktemp("install")
    kept = {
        name: value for name, value in os.environ.items() if name not in ("QIANGQU_DATABASE_URL", "QIANGQU_SECRET_KEY")
    }
    ran = []
    for command in told():
        name = command[3]
        if name == "serve":
            continue
        words = [*command, "--password", PASSWORD] if command[3:5] == ["user", "create"] else command
        done = subprocess.run(
            words,
            cwd=home,
            env=kept | {"QIANGQU_HOME": str(home), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        ran.append(" ".join(command[3:5]))
    assert ran[:1] == ["migrate"] and "pack load" in ran and "user create" in ran
    return home


def test_the_first_administrator_may_do_all_that_an_administrator_does(home: Path) -> None:
    process, port = start(home)
    try:
        browser = Browser(f"http://127.0.0.1:{port}")
        assert browser.sign_in("admin", PASSWORD)
        for path in ("/users/", "/users/new/", "/roles/", "/audit/", "/areas/", "/organisations/"):
            assert browser.get(path)[0] == 200, path
        assert "宁夏" in browser.get("/areas/")[1]
    finally:
        process.terminate()
        process.wait()


@pytest.mark.django_db
def test_createsuperuser_makes_the_same(client: Any) -> None:
    from django.core.management import call_command

    from qiangqu.base.errors import InputError
    from qiangqu.registry.models import User
    from qiangqu.registry.tests import factories

    with pytest.raises(InputError, match="数据包"):
        call_command("createsuperuser", interactive=False, username="root", email="a@b.cn")
    factories.tree()
    call_command("createsuperuser", interactive=False, username="root", email="a@b.cn")
    client.force_login(User.objects.get())
    assert [client.get(path).status_code for path in ("/users/", "/audit/", "/areas/new/")] == [200] * 3


NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
#: what the node takes, and the proxy before it, in this test (megabytes)
NODE_TAKES, PROXY_TAKES = 16, 20


class Proxied:
    """A node with the nginx of ``deploy/nginx.conf`` before it."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.folder = home, folder
        certificate, key = self_signed(folder)
        self.outer, self.port, plain = free_port(), free_port(), free_port()
        text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
        for written, here in (
            ("    listen [::]:80;\n", ""),
            ("    listen [::]:443 ssl http2;\n", ""),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.outer} ssl http2;"),
            ("zone.example.cn", "localhost"),
            ("/etc/ssl/qiangqu/zone.pem", str(certificate)),
            ("/etc/ssl/qiangqu/zone.key", str(key)),
            ("127.0.0.1:8000", f"127.0.0.1:{self.port}"),
            ("client_max_body_size 130m", f"client_max_body_size {PROXY_TAKES}m"),
        ):
            assert written in text, written
            text = text.replace(written, here)
        paths = "".join(
            f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.getuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"daemon off; {user} pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ {paths} access_log off;\n{text}}}"
        )
        self.context = ssl.create_default_context(cafile=str(certificate))
        self.plain = plain
        self.start()
        self.front = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")])

    def start(self) -> None:
        self.process, _port = start(
            self.home, self.port, QIANGQU_HTTPS="1", QIANGQU_HOSTS="localhost,127.0.0.1",
            QIANGQU_BASE_URL=f"https://localhost:{self.outer}", QIANGQU_MAX_REQUEST_MB=str(NODE_TAKES),
        )  # fmt: skip

    def browser(self) -> "Browser":
        return Browser(f"https://localhost:{self.outer}", self.context)

    def wait(self) -> None:
        """Until the proxy answers."""
        deadline = time.monotonic() + 60
        while True:
            try:
                assert self.browser().get("/healthz")[0] == 200
                return
            except OSError:
                assert self.front.poll() is None and time.monotonic() < deadline, (
                    self.folder / "error.log"
                ).read_text()
                time.sleep(0.1)


@pytest.fixture(scope="module")
def proxy(home: Path, tmp_path_factory: Any) -> Iterator[Proxied]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    made = Proxied(home, tmp_path_factory.mktemp("nginx"))
    try:
        made.wait()
        yield made
    finally:
        made.front.terminate()
        made.front.wait()
        made.process.terminate()
        made.process.wait()


def signed_in(proxy: Proxied) -> Browser:
    browser = proxy.browser()
    assert browser.sign_in("admin", PASSWORD)
    return browser


def token_of(browser: Browser) -> str:
    return str(re.findall(r'csrfmiddlewaretoken" value="([^"]+)', browser.get("/accounts/")[1])[-1])


def test_behind_tls(proxy: Proxied) -> None:
    browser = proxy.browser()
    status, _page, headers = browser.get("/accounts/login/")
    assert status == 200 and headers["Strict-Transport-Security"].startswith("max-age=")
    # what a client says of his own address is not believed, what the proxy adds is; the audit trail has it
    browser.opener.addheaders = [("X-Forwarded-For", "198.51.100.7"), ("X-Forwarded-Host", "elsewhere.example")]
    assert browser.sign_in("admin", PASSWORD)
    assert all(cookie.secure for cookie in browser.jar if cookie.name in ("sessionid", "csrftoken", "qq_device"))
    assert browser.get("/users/")[0] == 200 and "127.0.0.2" in browser.get("/accounts/")[1]
    with sqlite3.connect(proxy.home / "qiangqu.sqlite3") as database:
        trail = database.execute("SELECT detail FROM registry_auditentry WHERE action = 'login' ORDER BY id").fetchall()
    assert json.loads(trail[-1][0]) == {"address": "127.0.0.2"}
    # whoever reaches the node past the proxy, from an address that is no proxy's, is not believed either
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"}
    assert "Strict-Transport-Security" not in plainly(proxy.port, "/healthz", "127.0.0.3", **forged)
    # the proxy itself is
    believed = Browser(f"http://127.0.0.1:{proxy.port}").get("/healthz", **{"X-Forwarded-Proto": "https"})[2]
    assert "Strict-Transport-Security" in believed
    assert proxy.browser().get("/metrics")[0] == 404
    # without TLS one is sent to it
    assert plainly(proxy.plain, "/cases/?q=1")["Location"] == "https://localhost/cases/?q=1"


def plainly(port: int, path: str, source: str = "127.0.0.1", **headers: str) -> Any:
    """The headers of the answer to a request without TLS, from the address ``source``."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
    connection.request("GET", path, headers={"Host": "localhost"} | headers)
    try:
        return connection.getresponse().headers
    finally:
        connection.close()


def test_uploads_up_to_the_limit_pass_and_larger_ones_are_refused_in_a_sentence(proxy: Proxied) -> None:
    browser = signed_in(proxy)

    def send(megabytes: float, who: Browser) -> tuple[int, str]:
        begin = (
            f'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        ).encode()
        body = begin + b"x" * int(megabytes * 1024 * 1024 - 1024) + b"\r\n--x--\r\n"
        return who.get("/accounts/", body, **{"Content-Type": "multipart/form-data; boundary=x"})[:2]

    token = token_of(browser)
    assert send(NODE_TAKES, browser)[0] == 200
    assert send(NODE_TAKES + 1, browser) == (413, "发送的内容太大")
    status, text = send(PROXY_TAKES + 1, browser)
    assert status == 413 and text.startswith("发送的内容太大，没有收下")
    assert send(9, proxy.browser())[0] == 413  # a stranger


def test_slow_bodies_and_heads_hold_nobody_up(proxy: Proxied) -> None:
    slow = []
    for begun in (
        head("/accounts/login/", 60000).replace(b"127.0.0.1", b"localhost") + b"x" * 60,
        b"GET / HTTP/1.1\r\nHo",
    ):
        for _ in range(40):
            plain = socket.create_connection(("127.0.0.1", proxy.outer), timeout=60)
            one = proxy.context.wrap_socket(plain, server_hostname="localhost")
            one.sendall(begun)
            slow.append(one)
    assert proxy.browser().get("/accounts/login/")[0] == 200
    assert peers(proxy.port) < 10  # they wait in the proxy, the node has not heard of them
    for one in slow:
        one.close()


@contextmanager
def writes_wait(home: Path) -> Iterator[None]:
    """Nobody else writes into the database meanwhile: requests that would are being answered."""
    other = sqlite3.connect(home / "qiangqu.sqlite3", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def tokens_made(home: Path, name: str) -> tuple[int, int]:
    """How many tokens of that name there are, and how many entries of the audit trail that one was made."""
    with sqlite3.connect(home / "qiangqu.sqlite3") as database:
        made = database.execute("SELECT count(*) FROM registry_apitoken WHERE name = ?", [name]).fetchone()[0]
        noted = database.execute(
            "SELECT count(*) FROM registry_auditentry WHERE action = 'token_created' AND detail LIKE ?", [f"%{name}%"]
        ).fetchone()[0]
    return made, noted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_in_the_middle_of_a_request(proxy: Proxied, number: int) -> None:
    browser, name = signed_in(proxy), f"restart-{int(number)}"
    form = {"csrfmiddlewaretoken": token_of(browser), "name": name, "days": "30"}
    with ThreadPoolExecutor(1) as pool:
        with writes_wait(proxy.home):
            asked = pool.submit(browser.get, "/accounts/", form)
            for _ in range(4):  # by now the node has it, but on a very busy machine; either end is sound
                proxy.browser().get("/accounts/login/")
            if number == signal.SIGKILL:
                os.killpg(proxy.process.pid, number)
                proxy.process.wait()
            else:  # as systemd does: the main process only
                proxy.process.terminate()
        status, text, _headers = asked.result()
    proxy.process.wait()
    made = tokens_made(proxy.home, name)
    if number == signal.SIGTERM and status != 502:  # what had begun was finished and answered
        assert status == 200 and made == (1, 1)
    else:
        assert status == 502 and text.startswith("服务正在重新启动") and made == (0, 0)
    assert proxy.browser().get("/accounts/login/")[0] == 502  # said, not hung, while there is no node
    proxy.start()
    assert browser.get("/users/")[0] == 200  # still signed in
