"""Records that all tests of a file share: made once, gone after the last of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def shared_records(blocker: Any) -> Iterator[None]:
    """A transaction around the tests of a file, undone at its end; for a fixture of ``scope="module"`` that asks
    for ``django_db_setup`` and ``django_db_blocker`` (the ``blocker``) and yields inside of it. Each test runs in
    a transaction within, and sees what the others saw.
    """
    with blocker.unblock():
        outer = transaction.atomic()
        outer._from_testcase = True  # what may only be outermost may be inside of this one
        with outer:
            yield
            transaction.set_rollback(True)
