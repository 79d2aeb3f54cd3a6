"""Lists as of a day, versions and their days, moving areas."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from qiangqu.base.visibility import visible
from qiangqu.registry.models import Area, Organisation, Recognition
from qiangqu.registry.models.history import as_of

from . import factories

pytestmark = pytest.mark.django_db


def _day(version) -> dt.date:
    return timezone.localtime(version.history_date).date()


def test_first_version_holds_from_birth_and_a_change_from_now(areas):
    one = factories.enterprise(areas["Z1"], 1, name="旧名", valid_from=dt.date(2021, 3, 1))
    assert _day(one.history.get()) == dt.date(2021, 3, 1)
    one.name = "新名"
    one.save()
    assert _day(one.history.first()) == timezone.localdate()


def test_effective_from_is_used_by_one_save_only(areas):
    one = Organisation.objects.get(pk=factories.enterprise(areas["Z1"], 1, name="旧名").pk)
    one.name, one.effective_from = "新名", dt.date(2022, 5, 1)
    one.save()
    assert as_of(Organisation, dt.date(2022, 4, 30)).get(id=one.pk).name == "旧名"
    assert as_of(Organisation, dt.date(2022, 5, 1)).get(id=one.pk).name == "新名"
    one.name = "更新的名"
    one.save()
    assert as_of(Organisation, timezone.localdate() - dt.timedelta(days=1)).get(id=one.pk).name == "新名"
    assert as_of(Organisation, timezone.localdate()).get(id=one.pk).name == "更新的名"


def test_bulk_creation_stamps_birth_without_a_query_for_each_record(areas, django_assert_max_num_queries):
    fresh = [
        Organisation(
            code=f"B{n}", name=f"批量{n}", kind="enterprise", area=areas["Z1"], valid_from=dt.date(2020 + n % 3, 1, 1)
        )
        for n in range(300)
    ]
    with django_assert_max_num_queries(20):
        bulk_create_with_history(fresh, Organisation, batch_size=500)
    assert as_of(Organisation, dt.date(2020, 6, 1)).filter(code__startswith="B").count() == 100
    assert as_of(Organisation, dt.date(2022, 6, 1)).filter(code__startswith="B").count() == 300
    one = fresh[0]
    one.name = "改名"
    one.save()
    assert _day(one.history.first()) == timezone.localdate(), "a change after bulk_create is a change, not a birth"


def test_bulk_update_takes_the_effective_day_of_each_record(areas):
    one, other = factories.enterprise(areas["Z1"], 1), factories.enterprise(areas["Z1"], 2)
    for record, day in ((one, dt.date(2023, 1, 1)), (other, dt.date(2024, 1, 1))):
        record.scale, record.effective_from = "above", day
    bulk_update_with_history([one, other], Organisation, ["scale"], manager=Organisation._base_manager)
    assert set(as_of(Organisation, dt.date(2023, 6, 1)).filter(scale="above").values_list("id", flat=True)) == {one.pk}


def test_a_closure_entered_late_counts_from_its_own_day(areas):
    one = factories.enterprise(areas["Z1"], 1)
    one.valid_to = dt.date(2023, 12, 31)
    one.save()  # entered today
    assert as_of(Organisation, dt.date(2023, 12, 31)).filter(id=one.pk).exists()
    assert not as_of(Organisation, dt.date(2024, 1, 1)).filter(id=one.pk).exists()


def test_a_birth_corrected_to_an_earlier_day_is_seen_on_that_day(areas):
    one = factories.enterprise(areas["Z1"], 1, valid_from=dt.date(2021, 1, 1))
    one.valid_from = dt.date(2020, 6, 1)
    one.save()
    assert as_of(Organisation, dt.date(2020, 7, 1)).filter(id=one.pk).count() == 1
    assert not as_of(Organisation, dt.date(2020, 5, 31)).filter(id=one.pk).exists()


def test_recognitions_count_as_of_a_day(areas, lists):
    holder = factories.enterprise(areas["Z1"], 1)
    Recognition.objects.create(
        kind=lists["recognition"], holder=holder, valid_from=dt.date(2022, 1, 1), valid_to=dt.date(2024, 12, 31)
    )
    counts = [as_of(Recognition, dt.date(year, 6, 1)).count() for year in (2021, 2022, 2024, 2025)]
    assert counts == [0, 1, 1, 0]


def test_one_row_for_each_record_whatever_the_number_of_versions(areas):
    one = factories.enterprise(areas["Z1"], 1)
    for day in range(1, 6):
        one.name, one.effective_from = f"第{day}名", dt.date(2022, 1, day)
        one.save()
    same_day = Organisation.objects.get(pk=one.pk)
    same_day.name, same_day.effective_from = "同日更正", dt.date(2022, 1, 5)
    same_day.save()
    assert [row.name for row in as_of(Organisation, dt.date(2022, 1, 5))] == ["同日更正"]
    assert [row.name for row in as_of(Organisation, dt.date(2022, 1, 3))] == ["第3名"]


def test_moving_an_area_moves_its_subtree_now_and_in_history(areas, people):
    city = areas["C1"]
    city.parent, city.effective_from = areas["C2"], dt.date(2024, 1, 1)
    city.save()
    zone = Area.objects.get(code="Z1")
    assert zone.path == "/R/C2/C1/Z1/"
    assert as_of(Area, dt.date(2023, 12, 31)).get(code="Z1").path == "/R/C1/Z1/"
    assert as_of(Area, dt.date(2024, 1, 1)).get(code="Z1").path == "/R/C2/C1/Z1/"
    assert Area.objects.get(code="Z3").path == "/R/C2/Z3/"
    assert zone.trail == ["试验自", "西城市", "东城市", "东一开"]


def test_renaming_a_code_moves_the_paths_below(areas):
    city = areas["C1"]
    city.code = "C9"
    city.save()
    assert set(Area.objects.filter(path__startswith="/R/C9/").values_list("code", flat=True)) == {"C9", "Z1", "Z2"}


def test_an_area_cannot_be_put_below_itself(areas):
    city = areas["C1"]
    city.parent = areas["Z1"]
    with pytest.raises(ValidationError):
        city.full_clean()


@pytest.mark.parametrize("code", ["a1", "A/1", "A B", "A%", ""])
def test_area_codes_cannot_break_paths(areas, code):
    with pytest.raises(ValidationError):
        Area(
            code=code, name="x", short_name="x", level="zone", parent=areas["C1"], valid_from=factories.BORN
        ).clean_fields(exclude=["path"])


def test_visibility_applies_to_historical_rows(areas, people):
    factories.enterprise(areas["Z1"], 1)
    factories.enterprise(areas["Z3"], 3)
    rows = as_of(Organisation, dt.date(2022, 1, 1))
    assert visible(rows, people["zone"]).count() == 1
    assert visible(rows, people["city"]).count() == 1
    assert visible(rows, people["planner"]).count() == 2
    assert visible(as_of(Area, dt.date(2022, 1, 1)), people["neighbour"]).count() == 1
