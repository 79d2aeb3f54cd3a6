"""A real Chromium for tests: ``from qiangqu.ui.tests.browser import chromium, visit`` in the root's
``conftest.py`` gives the fixtures.

Set ``QIANGQU_SHOTS`` to a folder to keep a picture of every page that a test visits.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

EXECUTABLE = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
# the browser's own talk with its maker is switched off: closed networks refuse it, slowly
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=zh-CN",
]  # fmt: skip
SIZES = {1920: 1080, 1366: 768, 390: 844}
ASSETS = Path(__file__).resolve().parents[1] / "static" / "vendor" / ".built"

needs_browser = pytest.mark.skipif(
    EXECUTABLE is None or not ASSETS.exists(), reason="no Chromium or no built assets (tools/build_assets.py)"
)


@dataclass
class Visit:
    """A visited page: the Playwright page, and what the console complained of."""

    page: Any
    complaints: list[str] = field(default_factory=list)

    @property
    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def text(self) -> str:
        return str(self.page.inner_text("body"))

    def too_wide(self) -> dict[int, int]:
        """Windows of :data:`SIZES` that the page does not fit into, and by how many pixels."""
        found = {}
        for width, height in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.wait_for_timeout(120)  # charts follow the window
            found[width] = self.overflow
        return {width: over for width, over in found.items() if over > 0}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Any, live_server: Any, client: Any) -> Iterator[Callable[..., Visit]]:
    """``visit(user, path, width=1366)`` opens a page as ``user`` (None: a stranger) and waits until its
    charts are drawn.
    """
    contexts = []

    def go(user: Any, path: str, width: int = 1366, shot: str = "") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": SIZES.get(width, 800)}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        contexts.append(context)
        if user is not None:
            client.force_login(user)
            context.add_cookies(
                [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
            )
        found = Visit(context.new_page())
        found.page.on(
            "console",
            lambda message: found.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.goto(live_server.url + path, wait_until="networkidle")
        found.page.wait_for_selector("[data-chart]:not([data-chart-ready])", state="detached", timeout=180_000)
        folder = os.environ.get("QIANGQU_SHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            name = shot or path.strip("/").replace("/", "-").split("?")[0] or "home"
            found.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        return found

    yield go
    for context in contexts:
        context.close()
