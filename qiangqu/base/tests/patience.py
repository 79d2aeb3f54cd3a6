"""How long a test waits for what must come: so long that only a fault, never a busy machine, lets it pass.
Nothing waits that long when all is well.
"""

import time
from collections.abc import Callable
from typing import Any

PATIENCE = 180.0  # seconds


def until(holds: Callable[[], Any], patience: float = PATIENCE, pause: float = 0.1) -> Any:
    """What ``holds`` gives as soon as it is true (an OSError counts as not yet). Fails when patience ends."""
    end = time.monotonic() + patience
    while True:
        try:
            found = holds()
        except OSError:
            found = None
        if found:
            return found
        assert time.monotonic() < end, f"nothing after {patience:g} seconds"
        time.sleep(pause)
