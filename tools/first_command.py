"""The README's first command as a newcomer meets it: run it, sign in as every account that it prints, and
open what there is to open.

    python3 tools/first_command.py [--home FOLDER]     # in CI it comes first: `make demo` sets everything up

Starts ``make demo`` (twice: the second start must work as the first), and over HTTP opens, as each account,
every address of the menu, one address of each other kind that the pages link to, and, as the planner, one
value of every indicator down to its rows. A page that answers with an error, has English left in it, or takes
longer than ``SLOWEST`` seconds, fails. At last a request is left hanging and Ctrl-C pressed: nothing may stay
behind.
"""

import argparse
import http.client
import json
import os
import re
import signal
import site
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SLOWEST = 5.0  # seconds a page may take
FEWEST = 12  # pages of an account: one of the three offices sees little
READY = 900.0  # seconds the first start may take, installation included
ENDING = 40.0  # seconds after Ctrl-C
ACCOUNT = re.compile(r"^  ([\w-]+) +(\S+) +\S+ · ")
SERVING = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Visitor:
    """A browser without pictures: one cookie jar, one address at a time, each timed."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.times: dict[str, float] = {}

    def ask(self, method: str, url: str, body: bytes = b"", kind: str = "") -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SLOWEST * 6)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if kind:
            headers["Content-Type"] = kind
        begin = time.monotonic()
        try:
            connection.request(method, url, body=body or None, headers=headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            self.times[url] = time.monotonic() - begin
            connection.close()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return response.status, {name.lower(): value for name, value in response.getheaders()}, answer

    def sign_in(self, username: str, password: str) -> None:
        _status, _headers, page = self.ask("GET", "/accounts/login/")
        found = re.search(rb'csrfmiddlewaretoken" value="([^"]+)"', page)
        if not found:
            raise SystemExit("first_command: the sign-in page has no form")
        form = {"csrfmiddlewaretoken": found[1].decode(), "username": username, "password": password}
        status, _headers, _page = self.ask(
            "POST", "/accounts/login/", urlencode(form).encode(), "application/x-www-form-urlencoded"
        )
        if status != 302:
            raise SystemExit(f"first_command: {username} cannot sign in with the password that the command printed")


@contextmanager
def demonstration(home: Path, port: int) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """``make demo`` until its site answers: the process and the accounts that it printed. It is ended however
    the block ends.
    """
    log = home.with_suffix(".log")
    environment = {**os.environ, "QIANGQU_HOME": str(home)}
    for name in ("DJANGO_SETTINGS_MODULE", "MAKEFLAGS", "MAKELEVEL"):
        environment.pop(name, None)
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "demo", f"PORT={port}"], cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    try:
        deadline = time.monotonic() + READY
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
                raise SystemExit("first_command: make demo ended, or served nothing in time")
            time.sleep(0.5)
        text = log.read_text(errors="replace")
        accounts = {found[1]: found[2] for line in text.splitlines() if (found := ACCOUNT.match(line))}
        if not accounts or not SERVING.search(text):
            raise SystemExit("first_command: make demo printed no accounts or no address")
        yield process, accounts
    finally:
        for pid in [process.pid, *_group(process.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SLOWEST)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False


def _group(leader: int) -> list[int]:
    """Processes below ``leader``, however deep, also those that made a session of their own."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found, queue = [], [leader]
    while queue:
        below = parents.get(queue.pop(), [])
        found += below
        queue += below
    return found


def walk(port: int, accounts: dict[str, str]) -> list[str]:
    """What is wrong on the pages, as each account; prints a line for each account."""
    from qiangqu.site.tests.crawling import Answer, codes_of_data, crawl, route_of

    faults, codes = [], codes_of_data()
    for username, password in accounts.items():
        visitor = Visitor(port)
        visitor.sign_in(username, password)

        def get(url: str, visitor: Visitor = visitor) -> Answer:
            try:
                status, headers, body = visitor.ask("GET", quote(url, safe="/?&=%:+,;@!$'()*~-._"))
            except TimeoutError:
                return Answer(599)
            is_page = headers.get("content-type", "").startswith("text/html")
            return Answer(status, headers.get("location", ""), body.decode() if is_page else None)

        walked = crawl(get, per_kind=1, limit=600, codes=codes, kind_of=route_of)
        opened = open_indicators(visitor) if username == "planner" else 0
        faults += [
            f"{username}: {url} answered {status} (linked from {by})" for url, (status, by) in walked.dead.items()
        ]
        faults += [f"{username}: {url} shows English: {', '.join(words)}" for url, words in walked.english.items()]
        slow = {url: seconds for url, seconds in visitor.times.items() if seconds > SLOWEST}
        faults += [f"{username}: {url} took {seconds:.1f} s" for url, seconds in slow.items()]
        if len(walked.statuses) < FEWEST:
            faults.append(f"{username}: only {len(walked.statuses)} pages could be found")
        url, seconds = max(visitor.times.items(), key=lambda pair: pair[1])
        print(
            f"{username:<12} {len(walked.statuses):4} pages, {opened:3} values opened; slowest {seconds:5.2f} s {url}"
        )
    return faults


def open_indicators(visitor: Visitor) -> int:
    """Open the latest value of every indicator that has one; gives how many. Raises SystemExit for one that
    does not open.
    """
    opened = 0
    for offset in range(0, 2000, 100):
        _status, _headers, body = visitor.ask("GET", f"/api/v1/indicators/?limit=100&offset={offset}")
        items = json.loads(body)["items"]
        for item in items:
            if item["value"] is None:
                continue
            status, _headers, page = visitor.ask(
                "GET", f"/indicators/{quote(item['code'])}/explain?period={quote(item['period'], safe='')}"
            )
            if status != 200 or b"qq-" not in page:
                raise SystemExit(
                    f"first_command: the value of {item['code']} for {item['period']} does not open: {status}"
                )
            opened += 1
        if len(items) < 100:
            return opened
    return opened


def interrupt(process: subprocess.Popen[bytes], port: int) -> list[str]:
    """Ctrl-C while requests hang: what is wrong afterwards."""
    below = _group(process.pid)
    hanging = [socket.create_connection(("127.0.0.1", port)) for _ in range(12)]
    for each in hanging:
        each.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nusername=")
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does at Ctrl-C
    try:
        process.wait(ENDING)
    except subprocess.TimeoutExpired:
        return [f"make demo still runs {ENDING:.0f} s after Ctrl-C"]
    finally:
        for each in hanging:
            each.close()
    left = [pid for pid in below if Path(f"/proc/{pid}").exists() and "zombie" not in _state(pid)]
    return [f"processes {left} are left after Ctrl-C"] if left else []


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text().split("State:", 1)[1].splitlines()[0]
    except OSError:
        return "zombie"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="data folder of the demonstration (default: a new one)")
    arguments = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "qiangqu.site.settings"
    with tempfile.TemporaryDirectory(prefix="qiangqu-first-") as folder:
        home = (arguments.home or Path(folder) / "demo").resolve()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        begin = time.monotonic()
        with demonstration(home, port) as (process, accounts):
            print(f"make demo serves after {time.monotonic() - begin:.0f} s")
            os.environ["QIANGQU_HOME"] = str(home)
            for packages in (ROOT / ".venv" / "lib").glob("python*/site-packages"):
                site.addsitedir(str(packages))  # this program was there before what `make demo` installed
            import django

            # the walk tells kinds of addresses apart by the site's own routes, and codes of the data from
            # English
            django.setup()
            faults = walk(port, accounts)
            faults += interrupt(process, port)
        begin = time.monotonic()
        with demonstration(home, port) as (process, accounts):
            print(f"a second start serves after {time.monotonic() - begin:.0f} s")
            visitor = Visitor(port)
            visitor.sign_in("planner", accounts["planner"])
            print(f"{open_indicators(visitor)} values opened")
            faults += [
                f"second start: {url} took {took:.1f} s" for url, took in visitor.times.items() if took > SLOWEST
            ]
            faults += interrupt(process, port)
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
