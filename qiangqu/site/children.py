"""Several programs run together until one ends or somebody stops them."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from types import FrameType

GRACE_SECONDS = 20.0  # longer than `qiangqu serve` waits for requests that are being answered


def run_together(commands: Sequence[Sequence[str]]) -> int:
    """Run ``commands`` side by side until one of them ends or this process is told to stop (Ctrl-C, SIGTERM,
    SIGHUP), then end the others.

    Each gets ``GRACE_SECONDS`` to end by itself; after that, or at a second signal, it is killed. Returns the
    exit code of the one that ended by itself, or 0 when all were told to stop.
    """
    stops = 0

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stops
        stops += 1

    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in watched}
    # a session of their own: a terminal's Ctrl-C reaches them once, from here, and a kill takes their own
    # children along
    children = [subprocess.Popen(list(command), start_new_session=True) for command in commands]  # noqa: S603 - own programs
    try:
        while not stops and all(child.poll() is None for child in children):
            time.sleep(0.1)
        ended = next((child.returncode for child in children if child.poll() is not None), 0)
        for child in children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while stops < 2 and time.monotonic() < deadline and any(child.poll() is None for child in children):
            time.sleep(0.05)
        return 0 if stops else ended
    finally:
        for child in children:
            _kill(child)
        for number, handler in before.items():
            signal.signal(number, handler)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End ``child`` and what it started, in whatever state they are."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
