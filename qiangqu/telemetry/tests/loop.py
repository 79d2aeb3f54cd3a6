"""An event loop of one's own for a test: Playwright keeps one running in the main thread once a test of the
process used a browser.
"""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_apart(story: Coroutine[Any, Any, Result]) -> Result:
    """``asyncio.run`` in another thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()
