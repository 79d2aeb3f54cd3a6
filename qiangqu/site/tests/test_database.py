import os

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_suite_runs_on_the_database_that_was_asked_for():
    wanted = "postgresql" if os.environ.get("QIANGQU_TEST_DB") == "postgres" else "sqlite"
    assert connection.vendor == wanted
