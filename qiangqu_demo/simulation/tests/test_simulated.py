"""A written twin: what it holds, and what a second start does. It is written once for all tests of this file."""

import datetime as dt

import pytest
from django.test import override_settings
from django.utils import timezone

from qiangqu.base.errors import ConflictError
from qiangqu.base.tests.shared import shared_records
from qiangqu.facts.models import BatchKind, FactBatch
from qiangqu.facts.reading import Where, count, rows
from qiangqu.registry.audit import verify
from qiangqu.registry.models import (
    AuditEntry,
    Organisation,
    OrganisationKind,
    Project,
    Scale,
)
from qiangqu.registry.models.history import as_of
from qiangqu.registry.subjects import AREA
from qiangqu_demo.simulation.demonstration import is_demonstration, simulate
from qiangqu_demo.simulation.models import Demonstration
from qiangqu_demo.simulation.parameters import read_parameters

from .written import REGISTERS, SMALL, UNTIL, everything, load_registers

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return tmp_path_factory.mktemp("lake")


@pytest.fixture(autouse=True)
def _own_lake(settings, lake):
    """The facts of the twin lie there for every test of this file."""
    settings.LAKE_DIR = lake


@pytest.fixture(scope="module")
def simulated(django_db_setup, django_db_blocker, pack, lake):
    with shared_records(django_db_blocker):
        with override_settings(LAKE_DIR=lake):
            load_registers(pack)
            mark, new = simulate(pack, UNTIL, **SMALL)
        assert new
        yield mark


def test_everything_is_marked_as_simulated(simulated, pack):
    assert is_demonstration()
    enterprises = Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE)
    assert enterprises.filter(valid_to=None).count() == SMALL["enterprises"]
    for model in REGISTERS:
        made = (
            model.objects.exclude(kind__in=set(OrganisationKind) - {OrganisationKind.ENTERPRISE})
            if model is Organisation
            else model.objects
        )
        assert made.filter(simulated=False).count() == 0
        assert made.count() > 0
    assert not Organisation.objects.exclude(kind=OrganisationKind.ENTERPRISE).filter(simulated=True).exists()
    assert not Organisation.history.filter(kind=OrganisationKind.ENTERPRISE, simulated=False).exists()
    assert set(FactBatch.objects.values_list("simulated", "kind")) == {(True, BatchKind.SIMULATION)}
    # of the region only what nobody has published is simulated
    stated = rows(Where(kind=AREA.number))
    assert stated and all(fact.batch.simulated for fact in stated)
    codes = {fact.element.code for fact in stated}
    # (a window that ends before 2024 has no full year of some)
    assert codes <= set(read_parameters(pack).regional.elements) and len(codes) > 8
    assert count() == simulated.counts["reports"] + simulated.counts["corrections"]


def test_history_tells_how_it_was(simulated):
    day = dt.date(2025, 6, 30)
    then = as_of(Organisation, day).filter(kind=OrganisationKind.ENTERPRISE)
    above_then, above_now = (
        then.filter(scale=Scale.ABOVE).count(),
        Organisation.objects.filter(scale=Scale.ABOVE, valid_to=None).count(),
    )
    assert above_then > 0 and above_now == 21
    began_small = Organisation.history.filter(scale=Scale.SMALL, history_type="+").values("id")
    entered = Organisation.history.filter(scale=Scale.ABOVE, history_type="~", id__in=began_small).first()
    assert entered is not None
    before = as_of(Organisation, timezone.localdate(entered.history_date) - dt.timedelta(days=1)).get(id=entered.id)
    assert before.scale == Scale.SMALL
    accepted = Project.objects.filter(accepted_on__isnull=False).first()
    versions = list(Project.history.filter(id=accepted.pk).order_by("history_date").values_list("stage", flat=True))
    assert versions == ["reserve", "started", "finished", "accepted"]
    assert as_of(Project, accepted.started_on).get(id=accepted.pk).finished_on is None
    assert not Organisation.history.filter(recorded_at=None).exists()


def test_corrections_supersede_what_was_reported_first(simulated):
    facts = {fact.id: fact for fact in rows(Where())}
    corrections = [fact for fact in facts.values() if fact.supersedes_id]
    assert len(corrections) == simulated.counts["corrections"] > 0
    for fact in corrections:
        first = facts[fact.supersedes_id]
        assert (fact.element_id, fact.subject_id, fact.period_key) == (
            first.element_id,
            first.subject_id,
            first.period_key,
        )
        assert fact.value != first.value and fact.batch_id > first.batch_id


def test_a_repeat_changes_nothing(simulated, pack):
    before, said = everything(), []
    mark, new = simulate(pack, UNTIL, **SMALL, report=said.append)
    assert (mark.pk, new) == (simulated.pk, False) and any("没有重复写入" in line for line in said)
    assert everything() == before and FactBatch.objects.count() == 2


@pytest.mark.parametrize("other", [{"seed": 6}, {"months": 25}, {"enterprises": 151}])
def test_another_twin_needs_another_database(simulated, pack, other):
    with pytest.raises(ConflictError, match="另一套模拟数据"):
        simulate(pack, UNTIL, **{**SMALL, **other})


def test_changed_parameters_are_told_but_do_not_stop_a_second_start(simulated, pack):
    Demonstration.objects.update(inputs_sha256="0" * 64)
    said = []
    assert simulate(pack, UNTIL, **SMALL, report=said.append)[1] is False
    assert any("有改动" in line for line in said)


def test_the_audit_trail_tells_of_it(simulated):
    entry = AuditEntry.objects.get(action="simulate")
    assert entry.detail["seed"] == SMALL["seed"] and entry.detail["counts"] == simulated.counts
    assert verify()[1] is None
