"""The chain of the audit trail with several writers at once."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from qiangqu.registry import audit
from qiangqu.registry.models import AuditEntry


def order() -> list[str]:
    return list(AuditEntry.objects.order_by("position").values_list("object_id", flat=True))


@pytest.fixture
def many_writers(transactional_db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")


@pytest.mark.usefixtures("many_writers")
def test_a_writer_does_not_wait_for_one_who_is_not_done() -> None:
    faults: list[BaseException] = []

    def other() -> None:
        try:
            with transaction.atomic():
                audit.record(None, "update", object_type="x", object_id="second")
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        audit.record(None, "update", object_type="x", object_id="first")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()  # with a lock held to the end of this transaction it would never come back
        assert not faults
    assert audit.verify() == (2, None)
    assert order() == ["second", "first"], "the order in which the acts ended"


@pytest.mark.usefixtures("many_writers")
def test_many_writers_make_one_chain() -> None:
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for at in range(10):
                audit.record(None, "update", object_type="x", object_id=f"{number}-{at}")
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert audit.verify() == (60, None)
    assert sorted(AuditEntry.objects.values_list("position", flat=True)) == list(range(1, 61))


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_process_left_is_taken_along() -> None:
    audit.record(None, "update", object_type="x", object_id="a")
    audit.record(None, "update", object_type="x", object_id="b")
    AuditEntry.objects.filter(object_id="b").update(
        position=None, previous_hash=None, hash=None
    )  # killed after its commit
    assert audit.seal() == 1
    assert audit.verify() == (2, None) and order() == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_an_act_that_falls_leaves_no_entry_and_no_gap() -> None:
    audit.record(None, "update", object_type="x", object_id="a")
    with pytest.raises(ValueError), transaction.atomic():
        audit.record(None, "update", object_type="x", object_id="b")
        raise ValueError
    with transaction.atomic():
        with pytest.raises(ValueError), transaction.atomic():
            audit.record(None, "update", object_type="x", object_id="c")
            raise ValueError
        audit.record(None, "update", object_type="x", object_id="d")
    assert order() == ["a", "d"]
    assert list(AuditEntry.objects.order_by("position").values_list("position", flat=True)) == [1, 2]
    assert audit.verify() == (2, None)


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_lost_its_place_is_seen() -> None:
    for name in "abc":
        audit.record(None, "update", object_type="x", object_id=name)
    AuditEntry.objects.filter(object_id="b").update(position=None, previous_hash=None, hash=None, detail={"forged": 1})
    assert "不衔接" in str(audit.verify()[1])


@pytest.mark.django_db
def test_an_entry_is_named_in_words_and_in_local_time() -> None:
    entry = audit.record(None, "login", object_type="x", object_id="1")
    entry.at = dt.datetime(2026, 11, 30, 15, 11, 10, tzinfo=dt.UTC)
    assert str(entry) == "2026-11-30 23:11:10 登录"
