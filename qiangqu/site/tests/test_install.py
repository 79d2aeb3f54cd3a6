"""The documented way from nothing to a node behind TLS, walked with the commands of the manual; a real nginx
in front.
"""

import http.client
import http.cookiejar
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.tests.homes import ROOT

from .test_front import free_port, head, start

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


@pytest.fixture(scope="module")
def proxy(home: Path, tmp_path_factory: Any) -> Iterator[tuple[int, int, Any]]:
    """A node with the manual's nginx before it: the port of the proxy, of the node, and a TLS context that
    trusts the certificate.
    """
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    key, certificate = folder / "zone.key", folder / "zone.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    outer = free_port()
    process, port = start(
        home, QIANGQU_HTTPS="1", QIANGQU_HOSTS="localhost,127.0.0.1", QIANGQU_ORIGINS=f"https://localhost:{outer}"
    )
    block = re.search(r"^```nginx\n(.*?)^```", MANUAL, re.M | re.S)
    assert block
    server = (
        block.group(1)
        .replace("listen 443 ssl", f"listen 127.0.0.1:{outer} ssl")
        .replace("zone.example.cn", "localhost")
    )
    server = server.replace("/etc/ssl/zone.pem", str(certificate)).replace("/etc/ssl/zone.key", str(key))
    server = server.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("$host;", "$http_host;")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ {paths} access_log off; {server} }}"
    )
    front = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    context = ssl.create_default_context(cafile=str(certificate))
    deadline = time.monotonic() + 60
    while True:
        try:
            assert Browser(f"https://localhost:{outer}", context).get("/healthz")[0] == 200
            break
        except OSError:
            assert front.poll() is None and time.monotonic() < deadline, (folder / "error.log").read_text()
            time.sleep(0.1)
    yield outer, port, context
    front.terminate()
    front.wait()
    process.terminate()
    process.wait()


def test_behind_tls(proxy: tuple[int, int, Any]) -> None:
    outer, port, context = proxy
    browser = Browser(f"https://localhost:{outer}", context)
    status, _page, headers = browser.get("/accounts/login/")
    assert status == 200 and headers["Strict-Transport-Security"].startswith("max-age=")
    # what a client says of his own address is not believed, what the proxy adds is
    browser.opener.addheaders = [("X-Forwarded-For", "198.51.100.7")]
    assert browser.sign_in("admin", PASSWORD)
    assert all(cookie.secure for cookie in browser.jar if cookie.name in ("sessionid", "csrftoken", "qq_device"))
    assert browser.get("/users/")[0] == 200 and "127.0.0.2" in browser.get("/accounts/")[1]
    # a large upload comes through, and too large a one is refused
    page = (
        browser.get("/facts/imports/")[1] if browser.get("/facts/imports/")[0] == 200 else browser.get("/accounts/")[1]
    )
    token = re.findall(r'csrfmiddlewaretoken" value="([^"]+)', page)[-1]
    large = b"csrfmiddlewaretoken=" + token.encode() + b"&name=" + b"x" * 9_000_000
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.get("/accounts/", large, **form)[0] == 200
    assert Browser(f"https://localhost:{outer}", context).get("/accounts/", large, **form)[0] == 413
    # whoever reaches the node itself may say what he likes
    assert (
        "Strict-Transport-Security"
        in Browser(f"http://127.0.0.1:{port}").get("/healthz", **{"X-Forwarded-Proto": "https"})[2]
    )
    assert Browser(f"https://localhost:{outer}", context).get("/metrics")[0] == 404


def test_slow_bodies_through_the_proxy_reach_no_page(proxy: tuple[int, int, Any]) -> None:
    import socket

    outer, _port, context = proxy
    slow = []
    for _ in range(40):
        one = context.wrap_socket(
            socket.create_connection(("127.0.0.1", outer), timeout=60), server_hostname="localhost"
        )
        one.sendall(head("/accounts/login/", 60000).replace(b"127.0.0.1", b"localhost") + b"x" * 60)
        slow.append(one)
    assert Browser(f"https://localhost:{outer}", context).get("/accounts/login/")[0] == 200
    for one in slow:
        one.close()
