"""Sending a form as a browser does: with what it was opened with."""

import html
import re
from typing import Any


def opened(page: Any) -> str:
    """The hidden field ``opened`` of the last form of a page."""
    found = re.findall(r'name="opened" value="([^"]*)"', page.content.decode())
    assert found, "the page has no form that changes a record"
    return html.unescape(found[-1])


def send(client: Any, url: str, data: dict[str, Any], page: str = "", **more: Any) -> Any:
    """Open the form at ``page`` (``url`` when not given) and send it with ``data``."""
    return client.post(url, {"opened": opened(client.get(page or url))} | data, **more)
