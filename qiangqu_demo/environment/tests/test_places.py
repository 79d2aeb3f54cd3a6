"""The demonstration fills a zone with simulated places; commands answer wrong use in a sentence."""

import datetime as dt

import pytest
from click.testing import CliRunner

from qiangqu.base.errors import InputError, UsageError
from qiangqu.domains.environment.commands import environment_group
from qiangqu.domains.environment.models import Channel, DailyResult, Outlet, Station
from qiangqu.domains.environment.rolling import roll
from qiangqu.registry.tests import factories
from qiangqu_demo.environment import places


@pytest.fixture
def zone(transactional_db):
    areas = factories.tree()
    for number in range(3):
        factories.enterprise(areas["Z1"], 10 + number, scale="above")
    return areas["Z1"]


def test_a_zone_is_filled_and_everything_is_marked(zone) -> None:
    channels, rows = places.build(zone, 2, stations=2, outlets=3)
    assert channels == Channel.objects.count() and rows > channels * 200
    assert set(Station.objects.values_list("simulated", flat=True)) == {True}
    assert set(Outlet.objects.values_list("simulated", flat=True)) == {True}
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    done = roll(today - dt.timedelta(days=1), today - dt.timedelta(days=1))
    assert done.days == channels and DailyResult.objects.filter(kilograms__gt=0).exists()
    with pytest.raises(InputError, match="已经有监测站"):
        places.build(zone, 1)


def test_a_zone_without_enterprises_is_refused(zone) -> None:
    from qiangqu.registry.models import Area

    with pytest.raises(InputError, match="规模以上企业"):
        places.build(Area.objects.get(code="Z2"), 1)
    assert Station.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (["roll", "--from", "gestern"], UsageError),
        (["roll", "--from", "2026-02-01", "--to", "2026-01-01"], UsageError),
        (["facts", "--month", "2026"], UsageError),
    ],
)
def test_wrong_use_is_answered(line, kind) -> None:
    result = CliRunner().invoke(environment_group, line, standalone_mode=False)
    assert isinstance(result.exception, kind)
