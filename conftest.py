"""For every test: one browser in a process (a second Playwright would not start beside it), and no language left behind."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from qiangqu.ui.tests.browser import chromium, visit  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """The test client leaves the language of its last request active."""
    yield
    translation.deactivate()
