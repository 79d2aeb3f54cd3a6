"""A tanker followed out of its fence: a terminal speaks to a real gateway, the worker judges, and the map that the zone
has open shows it; the alarm is acknowledged, and who looks at the way is written down."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qiangqu.base.tests.homes import migrated
from qiangqu.base.tests.patience import PATIENCE, until
from qiangqu.telemetry.simulators.jt808 import Terminal
from qiangqu.telemetry.tests.test_browser import Site, free_port, wait_for
from qiangqu.ui.tests.browser import needs_browser

EARLY = 7  # takes long: begins before others
pytestmark = [pytest.mark.browser, needs_browser]
SCENE = """
import datetime as dt, json, django
django.setup()
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from qiangqu.domains.vehicles.models import Fence, Vehicle
from qiangqu.domains.vehicles.rules import load
from qiangqu.registry.models import Area, User
from qiangqu.registry.sessions import SessionStore
from qiangqu.telemetry.models import AlarmRule, Device
day = dt.date(2026, 1, 1)
top = Area.objects.create(code="640000", name="试验区", short_name="试验", level="region", valid_from=day)
zone = Area.objects.create(code="Z1", name="试验园区", short_name="园区", level="zone", parent=top, valid_from=day)
user = User.objects.create(username="zone", role="zone", area=zone)
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
common = {"area": zone, "valid_from": day}
device = Device.objects.create(mn="13900000001", name="车载终端", password="code", serial="T1", protocol="jt808", **common)
vehicle = Vehicle.objects.create(plate="宁A00001", goods="3", device=device, **common)
corners = "106.5,38.1\\\\n106.7,38.1\\\\n106.7,38.3\\\\n106.5,38.3".replace("\\\\n", chr(10))
Fence.objects.create(code="F1", name="园区围栏", kind="keep", outline=corners, **common)
load(zone)
AlarmRule.objects.exclude(factors="vfout").update(enabled=False)
print(json.dumps({"key": session.session_key, "vehicle": vehicle.pk}))
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.stop()


def test_a_tanker_is_followed_out_of_its_fence(site: Site, chromium: Any) -> None:
    migrated(site.home)
    made = json.loads(site.run("-c", SCENE))
    web, hj212, jt808, metrics = (free_port() for _n in range(4))
    site.start("serve", "--port", str(web), "--workers", "1")
    site.start(
        "gateway", "--port", str(hj212), "--jt808-port", str(jt808), "--fire-port", "0", "--metrics-port", str(metrics)
    )
    site.start("worker")
    base = f"http://127.0.0.1:{web}"
    wait_for(f"{base}/healthz")
    wait_for(f"http://127.0.0.1:{metrics}/metrics")
    terminal = Terminal("13900000001", port=jt808, edition=2019, patience=PATIENCE)
    assert terminal.register("T1", "宁A00001") == b"code" and terminal.sign_in(b"code")
    assert terminal.report(dt.datetime.now(dt.UTC), 106.6, 38.2, speed=40) == 0

    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": made["key"], "url": base}])
    page = context.new_page()
    complaints: list[str] = []
    outside: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda asked: outside.append(asked.url) if not asked.url.startswith((base, "blob:", "data:")) else None,
    )
    page.goto(f"{base}/vehicles/map/")
    page.wait_for_selector("[data-map-ready]", timeout=180_000)
    row = page.locator(f'[data-vehicle="{made["vehicle"]}"]')
    assert "正常" in row.inner_text()
    assert terminal.report(dt.datetime.now(dt.UTC), 106.9, 38.2, speed=61) == 0
    page.wait_for_selector("[data-vehicle] >> text=危货车辆驶出围栏", timeout=180_000)  # nobody reloads
    page.wait_for_function("() => document.querySelector('[data-speed]').textContent === '61'", timeout=60_000)

    row.locator("text=查看轨迹").click()
    page.wait_for_selector("[data-map-ready]", timeout=180_000)
    assert "2 个位置" in page.inner_text("[data-vehicle-summary]")
    page.reload()
    page.wait_for_selector("[data-map-ready]", timeout=180_000)
    assert "zone" in page.inner_text("main table")  # who looked before
    page.goto(f"{base}/vehicles/{made['vehicle']}/")
    assert "驶出" in page.inner_text("main") and "园区围栏" in page.inner_text("main")
    assert complaints == [] and outside == []

    def told() -> bool:
        page.goto(f"{base}/alarms")
        return "危货车辆驶出围栏" in page.inner_text("main")

    until(told)
    terminal.close()
