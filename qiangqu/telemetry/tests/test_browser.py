"""A value on its way in the open: a device speaks to a real gateway, and the overview that a person has open
shows it. Three processes on one home.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE
from qiangqu.ui.tests.browser import needs_browser

EARLY = 7  # takes long: begins before others

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.browser, needs_browser]
SCENE = """
import datetime as dt, json, django
django.setup()
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from qiangqu.registry.sessions import SessionStore
from qiangqu.registry.models import Area, User
from qiangqu.telemetry.register import load_factors
day = dt.date(2026, 1, 1)
top = Area.objects.create(code="R", name="试验区", short_name="试验", level="region", valid_from=day)
keys = {}
for code in ("Z1", "Z2"):
    zone = Area.objects.create(code=code, name=code + "园区", short_name=code, level="zone", parent=top, valid_from=day)
    user = User.objects.create(username="u" + code, role="zone", area=zone)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    keys[code] = session.session_key
load_factors()
print(json.dumps(keys))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A node's home with its programs."""

    def __init__(self, home: Path) -> None:
        self.environment = {k: v for k, v in os.environ.items() if k != "QIANGQU_DATABASE_URL"} | {
            "QIANGQU_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings",
            "PYTHONPATH": str(ROOT),
        }
        self.home = home
        self.running: list[subprocess.Popen[bytes]] = []

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *arguments: str) -> None:
        self.running.append(
            subprocess.Popen(
                [sys.executable, "-m", "qiangqu", *arguments],
                env=self.environment, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip

    def stop(self) -> None:
        for process in reversed(self.running):
            process.terminate()
        for process in self.running:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.stop()


def wait_for(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=PATIENCE).read()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, url
            time.sleep(0.2)


def test_a_value_arrives_while_the_overview_is_open(site: Site, chromium: Any) -> None:
    migrated(site.home)
    keys = json.loads(site.run("-c", SCENE))
    web, hj212, metrics = free_port(), free_port(), free_port()
    site.start("serve", "--port", str(web), "--workers", "1")
    site.start("gateway", "--port", str(hj212), "--jt808-port", "0", "--fire-port", "0", "--metrics-port", str(metrics))
    base = f"http://127.0.0.1:{web}"
    wait_for(f"{base}/healthz")
    wait_for(f"http://127.0.0.1:{metrics}/metrics")
    complaints: list[str] = []

    def page_of(zone: str) -> Any:
        context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        context.add_cookies([{"name": "sessionid", "value": keys[zone], "url": base}])
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{base}/telemetry")
        return page

    page, neighbour = page_of("Z1"), page_of("Z2")
    assert "这里还没有设备" in page.inner_text("#telemetry-rows")
    site.start(
        "simulate", "devices", "--devices", "1", "--factors", "3", "--rate", "3", "--seconds", "120",
        "--port", str(hj212), "--register", "Z1",
    )  # fmt: skip
    page.wait_for_selector(".dev-state.dev-online >> text=在线", timeout=180_000)  # nobody reloads
    page.wait_for_selector(".dev-value.dev-now b", timeout=180_000)
    assert page.locator(".dev-value").count() == 3 and "二氧化硫" in page.inner_text(".dev-values")
    assert page.locator("td .qq-simulated").count() == 1
    first = page.inner_text(".dev-values")
    page.wait_for_function(
        "text => document.querySelector('.dev-values').innerText !== text", arg=first, timeout=180_000
    )
    neighbour.wait_for_timeout(6000)
    assert "这里还没有设备" in neighbour.inner_text("#telemetry-rows")

    point = page.locator(".dev-value").first.get_attribute("href")
    page.goto(f"{base}{point}?span=10m")
    page.wait_for_selector("[data-series-ready]")
    chart = page.locator("[data-series]")
    assert chart.get_attribute("data-resolution") == "raw" and int(chart.get_attribute("data-count")) > 0
    # a longer time is coarser; a closer look at its last minutes asks the server again and gets the single
    # rows
    page.goto(f"{base}{point}?span=30d")
    page.wait_for_selector('[data-series-ready][data-resolution="hour"]')
    page.evaluate(
        "() => { const e = document.querySelector('[data-series]'); const end = Number(e.dataset.end) + 8 * 3600e3;"
        "echarts.getInstanceByDom(e).dispatchAction({type: 'dataZoom', startValue: end - 600e3, endValue: end}); }"
    )
    page.wait_for_selector('[data-series][data-resolution="raw"]')
    assert neighbour.goto(f"{base}{point}").status == 404
    assert [text for text in complaints if "404" not in text] == []
