"""Items that a device's protocol refuses one by one: registers, nodes, metrics, paths.

Each is counted every time in the device's quality records, under its name; the log names it once when it
begins, not at every change.
"""

import logging
import time

from .gateway.core import Gateway
from .words import QUALITY

log = logging.getLogger(__name__)
# seconds in which the log names an item with one reason at most once, however often it comes and goes
AGAIN = 3600.0
MAX_KNOWN = 5000


def shown(text: str) -> str:
    """A name from outside as it may stand in a log and in the database.

    >>> shown("a\\0b\\nc")
    'a?b?c'
    """
    return "".join(c if c.isprintable() else "?" for c in text[:200])


class Items:
    """The items of one device of a protocol, and which of them are refused at present."""

    def __init__(self, gateway: Gateway, mn: str, protocol: str) -> None:
        self.gateway, self.mn, self.protocol = gateway, mn, protocol
        self._bad: dict[str, str] = {}
        self._logged: dict[tuple[str, str], float] = {}

    def refuse(self, item: str, why: str, detail: str = "") -> None:
        """Count ``item`` as refused, and name it in the log when that is new. ``detail``: what the device
        said, for the log.
        """
        name = shown(item)
        self.gateway.refuse(self.gateway.directory.speaking(self.mn, self.protocol), why, name)
        self._begin(name, why, detail)

    def absent(self, item: str, why: str) -> None:
        """An item that was there before is not in this message: noted under its name, but nothing was
        refused.
        """
        name = shown(item)
        self.gateway.notice(self.gateway.directory.speaking(self.mn, self.protocol), why, name)
        self._begin(name, why, "")

    def took(self, item: str) -> None:
        """The item is good."""
        if self._bad:
            self._bad.pop(shown(item), None)

    def _begin(self, name: str, why: str, detail: str) -> None:
        if self._bad.get(name) == why:
            return
        if len(self._bad) < MAX_KNOWN:
            self._bad[name] = why
        now, key = time.monotonic(), (name, why)
        if now - self._logged.get(key, -AGAIN) < AGAIN:
            return
        if len(self._logged) >= MAX_KNOWN:
            self._logged.clear()
        self._logged[key] = now
        log.warning(
            "设备 %s 的 %s：%s%s", self.mn, name, QUALITY.get(why, why), f"（{shown(detail)}）" if detail else ""
        )
