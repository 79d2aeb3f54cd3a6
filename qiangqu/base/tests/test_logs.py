"""What repeats is cut short, and said to be; libraries are heard from WARNING on."""

import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.conf import settings

from qiangqu.base import logs


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the settings' handler lets through, with a clock of the test's."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    handler.addFilter(logs.Repeats())
    logger = logging.getLogger()
    before = list(logger.handlers)
    logger.handlers = [handler]
    yield lines
    logger.handlers = before


def tell(name: str, level: int, count: int) -> None:
    for number in range(count):
        logging.getLogger(name).log(level, "poll %s failed", number)


def test_a_library_that_repeats_itself_is_cut_short(written: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(logs.time, "monotonic", lambda: now[0])
    tell("pymodbus.logging", logging.ERROR, 100)
    assert written == [f"poll {number} failed" for number in range(logs.MOST)]
    tell("asyncua.client", logging.ERROR, 1)  # another library is heard
    now[0] = logs.EVERY + 1
    tell("pymodbus.logging", logging.ERROR, 1)
    assert written[-2:] == ["poll 0 failed", f"poll 0 failed (+{100 - logs.MOST})"]


def test_errors_of_our_own_are_never_cut(written: list[str]) -> None:
    tell("qiangqu.telemetry", logging.ERROR, 200)
    assert len(written) == 200
    tell("qiangqu.telemetry.mqtt", logging.WARNING, 200)
    assert len(written) == 200 + logs.MOST_OWN


@pytest.mark.parametrize(
    "name", ["asyncua.client.ua_client", "pymodbus.logging", "paho", "_granian", "granian.access", "duckdb", "asyncio"]
)
def test_libraries_are_heard_from_warning_on(name: str) -> None:
    root = settings.LOGGING["root"]["level"]
    loggers = settings.LOGGING["loggers"]
    parts = name.split(".")
    level = next(
        (loggers[".".join(parts[:n])]["level"] for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in loggers),
        root,
    )
    assert level == "WARNING"
    assert loggers["qiangqu"]["level"] == "INFO"
