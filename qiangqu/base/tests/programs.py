"""Programs that tests start in processes of their own, on homes of their own, and kill: scripts that lie beside
the tests. That ``qiangqu`` itself starts from nothing is proved where its commands are tested.
"""

import multiprocessing
import os
import resource
import subprocess
import tempfile
import threading
from multiprocessing import forkserver
from pathlib import Path

import pytest

from . import ready

ROOT = Path(__file__).resolve().parents[3]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([ready.__name__])


def environment_of(home: Path) -> dict[str, str]:
    """The environment of a program on this home, and on the database whose address stands in its file
    ``database_url`` when it has one.
    """
    kept = {name: value for name, value in os.environ.items() if name != "QIANGQU_DATABASE_URL"}
    address = home / "database_url"
    if address.exists():
        kept["QIANGQU_DATABASE_URL"] = address.read_text()
    return kept | {
        "QIANGQU_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "qiangqu.site.settings",
        "PYTHONPATH": str(ROOT),
    }


class Program:
    """``python SCRIPT WORDS…`` on a home, forked from a process that has imported everything; to be used like
    :class:`subprocess.Popen` with text streams.
    """

    def __init__(self, script: Path, *words: object, home: Path) -> None:
        self._complaints = tempfile.NamedTemporaryFile("r", prefix="qiangqu-complaints-")  # noqa: SIM115 - read later
        theirs, mine = _FORKS.Pipe(duplex=False)
        self.stdin = os.fdopen(os.dup(mine.fileno()), "w")
        mine.close()
        mine, said = _FORKS.Pipe(duplex=False)
        self.stdout = os.fdopen(os.dup(mine.fileno()))
        mine.close()
        command, files = [str(script), *map(str, words)], resource.getrlimit(resource.RLIMIT_NOFILE)
        arguments = (command, environment_of(home), str(home), files, theirs, said, self._complaints.name)
        self._process = _FORKS.Process(target=ready.become, args=arguments, daemon=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", str(ROOT))
            forkserver.ensure_running()
        self._process.start()
        theirs.close()
        said.close()

    @property
    def returncode(self) -> int | None:
        """How it ended, by a signal as a negative number; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self._process.pid), timeout or 0.0)
        return self.returncode

    def kill(self) -> None:
        self._process.kill()

    def terminate(self) -> None:
        self._process.terminate()

    def finish(self, timeout: float) -> tuple[int, str, str]:
        """How it ended, what it said and its complaints; what takes longer than ``timeout`` seconds is
        killed.
        """
        self.stdin.close()
        clock = threading.Timer(timeout, self.kill)
        clock.start()
        said = self.stdout.read()
        clock.cancel()
        return self.wait(timeout), said, self._complaints.read()
