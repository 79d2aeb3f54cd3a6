"""No change of a register that formulas read is missed, however it was made."""

import datetime as dt

import pytest
from django.db import connection
from django.db.models import FloatField

from qiangqu.base.periods import month
from qiangqu.facts import subjects
from qiangqu.formulas import inputs
from qiangqu.formulas.inputs import Inputs
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.formulas.records import models_behind
from qiangqu.formulas.refresh import refresh
from qiangqu.registry.models import Area, Organisation, Recognition

from .world import ALWAYS, World, build

pytestmark = pytest.mark.django_db
TODAY = dt.date.today().replace(day=1) + dt.timedelta(days=62)
NOW = month((TODAY.replace(day=1) - dt.timedelta(days=1)).year, (TODAY.replace(day=1) - dt.timedelta(days=1)).month).key
READ = sorted(
    {Recognition, *(model for one in subjects.subjects() for model in models_behind(one))}, key=lambda m: m.__name__
)


@pytest.fixture
def world() -> World:
    return build()


def record_of(model):
    """A record with what it must have."""
    known = {Area: Area.objects.first(), Organisation: Organisation.objects.first()}
    needed = {
        field.name: known.get(field.related_model) or field.related_model.objects.first()
        for field in model._meta.fields
        if field.is_relation and not field.null
    }
    numbers = {f.name: 1.0 for f in model._meta.fields if isinstance(f, FloatField) and not f.null}
    return model.objects.create(valid_from=ALWAYS, **needed, **numbers)


@pytest.mark.parametrize("model", READ, ids=lambda model: model.__name__)
def test_a_change_of_many_records_leaves_a_version_of_each(model, world):
    """What was read of a register is kept until there is a newer version (``inputs._kept``)."""
    records = list(model.objects.all()) or [record_of(model)]
    before = inputs._versions([model])
    assert model.objects.filter(note="").update(note="改") == len(records)
    after = inputs._versions([model])
    assert after != before
    for one in records:
        one.note = "再改"
    model.objects.bulk_update(records, ["note"])
    assert inputs._versions([model]) != after
    assert all([version.note for version in one.history.all()][:2] == ["再改", "改"] for one in records)


def test_the_refresh_sees_changes_without_saving(world):
    Indicator.objects.create(code="firms", name="企业", unit="家", formula="organisations(scale = 'above')")

    def firms() -> float:
        refresh(today=TODAY)
        return IndicatorValue.objects.get(indicator__code="firms", area__code="R", period_key=NOW).value

    count = firms()
    assert count == Organisation.objects.filter(scale="above").count() > 0
    Organisation.objects.filter(code="E1").update(scale="small")
    assert firms() == count - 1
    found = list(Organisation.objects.filter(scale="small"))
    for one in found:
        one.scale = "above"
    Organisation.objects.bulk_update(found, ["scale"])
    assert firms() == Organisation.objects.count()


def test_what_was_changed_in_the_database_itself_is_seen_later(world, monkeypatch):
    assert "above" in Inputs(kept=True).subjects["scale"].to_pylist()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_organisation SET scale = 'small'")
    assert "above" in Inputs(kept=True).subjects["scale"].to_pylist()
    monkeypatch.setattr(inputs, "KEPT_SECONDS", -1)
    assert "above" not in Inputs(kept=True).subjects["scale"].to_pylist()
