"""For every test: one browser in a process (a second Playwright would not start beside it) and one Spark, tables at
once, no language left behind.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management.commands.migrate import Command
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation

from qiangqu.base.tests.homes import Emptying, fill_with_tables
from qiangqu.lake.tests.spark_cluster import spark  # noqa: F401 - a fixture
from qiangqu.ui.tests.browser import chromium, visit  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """The test client leaves the language of its last request active."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _nothing_gathered() -> None:
    """What schemes gathered from the database of another test, which is rolled back: its ids come again."""
    if gather := sys.modules.get("qiangqu.schemes.gather"):
        gather.forget()


@pytest.fixture(scope="session")
def _tables_are_copied() -> pytest.MonkeyPatch:
    patch = pytest.MonkeyPatch()
    migrate = Command.handle

    def copied(self: Command, *args: Any, **options: Any) -> None:
        fill_with_tables(connections[options["database"]], lambda: migrate(self, *args, **options))

    patch.setattr(Command, "handle", copied)
    return patch


@pytest.fixture(scope="session")
def django_db_setup(
    _tables_are_copied: pytest.MonkeyPatch, django_db_setup: None, django_db_blocker: Any
) -> Iterator[None]:
    """The migrations do not run again in each of many processes (they take half a minute), and what a test with
    transactions of its own leaves behind is taken away at once.
    """
    _tables_are_copied.undo()
    with django_db_blocker.unblock():
        empty = Emptying(connections["default"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty())
        yield
