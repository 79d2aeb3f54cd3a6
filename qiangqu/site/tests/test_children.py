"""Programs run together end together, also those that do not listen."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from qiangqu.site import children

GENEROUS = 120.0  # seconds until a machine under any load has done what takes a moment
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"


def _parent(tmp_path: Path, *programs: str, grace: float = 1.0) -> subprocess.Popen[bytes]:
    """A process that runs ``programs`` together; every one writes its process number into ``tmp_path`` when
    it has begun.
    """
    commands = []
    for at, program in enumerate(programs):
        begun = f"import os, pathlib; pathlib.Path({str(tmp_path / str(at))!r}).write_text(str(os.getpid()))"
        # deaf ones are deaf before they say that they have begun
        commands.append([sys.executable, "-c", program.replace("time.sleep", f"exec({begun!r}); time.sleep", 1)])
    code = textwrap.dedent(
        f"""
        import sys
        from qiangqu.site import children
        children.GRACE_SECONDS = {grace}
        sys.exit(children.run_together({commands!r}))
        """
    )
    started = subprocess.Popen([sys.executable, "-c", code], cwd=Path(children.__file__).parents[2])
    deadline = time.monotonic() + GENEROUS
    while not all((tmp_path / str(at)).exists() and (tmp_path / str(at)).read_text() for at in range(len(programs))):
        assert time.monotonic() < deadline, "the programs did not begin"
        time.sleep(0.05)
    return started


def _gone(pid: int) -> bool:
    try:
        return "\tZ" in Path(f"/proc/{pid}/status").read_text().split("State:")[1].splitlines()[0]
    except OSError:
        return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_also_those_that_do_not_listen(tmp_path: Path, number: signal.Signals) -> None:
    started = _parent(tmp_path, "import time; time.sleep(600)", DEAF)
    os.kill(started.pid, number)
    assert started.wait(GENEROUS) == 0
    assert all(_gone(int((tmp_path / str(at)).read_text())) for at in range(2))


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    started = _parent(tmp_path, DEAF, grace=3600.0)
    while started.poll() is None:
        os.kill(started.pid, signal.SIGINT)
        time.sleep(0.2)
    assert started.returncode == 0
    assert _gone(int((tmp_path / "0").read_text()))


def test_when_one_ends_the_others_are_ended_and_its_code_is_kept(tmp_path: Path) -> None:
    started = _parent(tmp_path, "import time; time.sleep(600)", "import sys, time; time.sleep(0.01); sys.exit(3)")
    assert started.wait(GENEROUS) == 3
    assert _gone(int((tmp_path / "0").read_text()))
