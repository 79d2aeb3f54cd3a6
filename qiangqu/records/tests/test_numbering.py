import pytest
from django.db import transaction

from qiangqu.records.numbering import take


@pytest.mark.django_db
def test_series_count_by_themselves() -> None:
    assert [take("case:SP", year=2026), take("case:SP", year=2026), take("case:SP", year=2027)] == [1, 2, 1]
    assert [take("case:SP", year=2026, node="NX"), take("case:TS", year=2026), take("land"), take("land")] == [
        1,
        1,
        1,
        2,
    ]


@pytest.mark.django_db
def test_an_act_undone_gives_its_number_back() -> None:
    take("land")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        assert take("land") == 2
        raise ZeroDivisionError
    assert take("land") == 2


@pytest.mark.django_db(transaction=True)
def test_a_number_outside_of_an_act_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        take("land")
