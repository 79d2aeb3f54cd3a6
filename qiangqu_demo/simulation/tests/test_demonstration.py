"""Writing a twin into a database: all or nothing, once, marked, never beside real data."""

import datetime as dt
import hashlib
import json
import shutil

import pyarrow as pa
import pytest
from click.testing import CliRunner
from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.periods import parse_period
from qiangqu.facts.models import BatchKind, Element, FactBatch
from qiangqu.facts.reading import Where, count, rows
from qiangqu.facts.store import ingest
from qiangqu.registry.audit import verify
from qiangqu.registry.models import (
    Area,
    AuditEntry,
    Organisation,
    OrganisationKind,
    Parcel,
    Project,
    ProjectKind,
    Recognition,
    Scale,
)
from qiangqu.registry.models.history import as_of
from qiangqu.registry.subjects import AREA
from qiangqu_demo.simulation import demonstration
from qiangqu_demo.simulation import pack as simulation_pack
from qiangqu_demo.simulation.commands import simulate_group
from qiangqu_demo.simulation.demonstration import is_demonstration, simulate
from qiangqu_demo.simulation.models import Demonstration
from qiangqu_demo.simulation.parameters import read_parameters

UNTIL = parse_period("2026-10")
SMALL = {"months": 26, "enterprises": 150, "seed": 5}
REGISTERS = (Organisation, Recognition, Project, Parcel)


@pytest.fixture
def simulated(registers, pack):
    mark, new = simulate(pack, UNTIL, **SMALL)
    assert new
    return mark


def everything():
    """A hash of all that was written, by natural keys."""
    digest = hashlib.sha256()

    def add(rows):
        for row in rows:
            digest.update(repr(row).encode())

    add(
        Organisation.objects.filter(simulated=True)
        .order_by("code")
        .values_list("code", "name", "area__code", "industry_code", "scale", "ownership", "valid_from", "valid_to")
    )
    add(Parcel.objects.order_by("code").values_list("code", "holder__code", "land_area", "use", "status", "valid_from"))
    add(
        Recognition.objects.order_by("kind__code", "holder__code", "valid_from", "subject_name").values_list(
            "kind__code", "holder__code", "subject_name", "valid_from", "valid_to", "certificate"
        )
    )
    add(
        Project.objects.order_by("code").values_list(
            "code", "name", "owner__code", "stage", "started_on", "finished_on", "accepted_on", "planned_investment"
        )
    )
    for model, key in ((Organisation, "code"), (Parcel, "code"), (Project, "code"), (Recognition, "certificate")):
        add(
            model.history.filter(simulated=True)
            .order_by(key, "history_date", "history_id")
            .values_list(key, "history_date", "history_type", "valid_to")
        )
    codes = {
        kind: dict(model.objects.values_list("pk", "code"))
        for kind, model in ((1, Area), (2, Organisation), (3, Project), (4, Parcel))
    }
    facts = {fact.id: fact for fact in rows(Where())}
    add(
        sorted(
            (
                (
                    f.element.code, f.subject_kind, codes[f.subject_kind][f.subject_id], f.period_key, f.value,
                    facts[f.supersedes_id].value if f.supersedes_id else None,
                )
                for f in facts.values()
            ),
            key=repr,
        )
    )  # fmt: skip
    return digest.hexdigest()


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


def test_same_seed_writes_the_same_tables(registers, pack):
    hashes = []
    for _ in range(2):
        with transaction.atomic():
            simulate(pack, UNTIL, **SMALL)
            hashes.append(everything())
            transaction.set_rollback(True)
    assert hashes[0] == hashes[1]
    assert not is_demonstration()


def real_enterprise():
    return Organisation.objects.create(
        code="91640000TEST",
        name="真实企业",
        kind=OrganisationKind.ENTERPRISE,
        area=Area.objects.get(code="NX-Z-01"),
        valid_from=dt.date(2001, 1, 1),
    )


def real_project():
    return Project.objects.create(
        code="R-1",
        name="真实项目",
        kind=ProjectKind.objects.first(),
        area=Area.objects.get(code="NX-Z-01"),
        valid_from=dt.date(2024, 1, 1),
        stage="reserve",
    )


def real_parcel():
    return Parcel.objects.create(
        code="R-1",
        area=Area.objects.get(code="NX-Z-01"),
        land_area=5,
        use="工业用地",
        status="built",
        valid_from=dt.date(2020, 1, 1),
    )


def real_fact():
    committee = Organisation.objects.get(code="U-Z-01")
    element = Element.objects.get(code="gross_output")
    row = {
        "element": [element.pk],
        "subject_kind": [2],
        "subject_id": [committee.pk],
        "period_key": [1202400],
        "value": [1.0],
    }
    ingest(pa.table(row), key="real", kind=BatchKind.IMPORT)


@pytest.mark.parametrize("add", [real_enterprise, real_project, real_parcel, real_fact])
def test_it_refuses_a_database_with_real_data(registers, pack, add):
    add()
    counts = [count(), *(model.objects.count() for model in (*REGISTERS, FactBatch))]
    with pytest.raises(ConflictError, match="演示库"):
        simulate(pack, UNTIL, **SMALL)
    assert [count(), *(model.objects.count() for model in (*REGISTERS, FactBatch))] == counts
    assert not is_demonstration()


def test_published_area_figures_do_not_hinder(registers, pack):
    element, region = Element.objects.get(code="gdp"), Area.objects.get(level="region")
    row = {
        "element": [element.pk],
        "subject_kind": [1],
        "subject_id": [region.pk],
        "period_key": [1202400],
        "value": [1.0],
    }
    ingest(pa.table(row), key="published", kind=BatchKind.PACK)
    assert simulate(pack, UNTIL, **SMALL)[1]


def test_without_the_pack_it_says_what_to_do(db, pack):
    with pytest.raises(InputError, match="qiangqu pack load"):
        simulate(pack, UNTIL, **SMALL)
    assert not is_demonstration()


def test_a_failure_half_way_leaves_nothing(registers, pack, monkeypatch):
    def fail(*_args):
        raise RuntimeError("disk full")

    monkeypatch.setattr(demonstration, "write_facts", fail)
    organisations, entries = Organisation.objects.count(), AuditEntry.objects.count()
    with pytest.raises(RuntimeError):
        simulate(pack, UNTIL, **SMALL)
    assert (Organisation.objects.count(), AuditEntry.objects.count()) == (organisations, entries)
    assert not (is_demonstration() or count() or Organisation.history.filter(simulated=True).exists())


def test_the_audit_trail_tells_of_it(simulated):
    entry = AuditEntry.objects.get(action="simulate")
    assert entry.detail["seed"] == SMALL["seed"] and entry.detail["counts"] == simulated.counts
    assert verify()[1] is None


@pytest.mark.parametrize(
    "wrong",
    [{"months": 1}, {"months": 1000}, {"enterprises": 3}, {"enterprises": 10**7}, {"seed": -1}, {"seed": 1 << 63}],
)
def test_absurd_sizes_are_refused(registers, pack, wrong):
    with pytest.raises(InputError, match="--"):
        simulate(pack, UNTIL, **{**SMALL, **wrong})


def test_until_must_be_a_month(registers, pack):
    with pytest.raises(InputError, match="--until"):
        simulate(pack, parse_period("2026"), **SMALL)


# ---------------------------------------------------------------- commands and pack


def test_the_command_prints_the_calibration_on_stdout_and_progress_on_stderr(registers):
    arguments = ["zones", "--enterprises", "150", "--months", "26", "--seed", "5"]
    result = CliRunner().invoke(simulate_group, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "校准前" in result.stdout and "未用：" in result.stdout and "150 家在业企业" in result.stdout
    assert "写入" in result.stderr and "写入" not in result.stdout
    again = CliRunner().invoke(simulate_group, [*arguments, "--format", "json"], catch_exceptions=False)
    shown = json.loads(again.stdout)
    assert shown["seed"] == 5 and shown["counts"]["enterprises"] >= 150 and shown["account"]
    assert json.loads(CliRunner().invoke(simulate_group, ["status", "--format", "json"]).stdout) == shown


def test_status_of_an_ordinary_database(db):
    result = CliRunner().invoke(simulate_group, ["status"])
    assert isinstance(result.exception, NotFoundError)


def test_pack_check_names_a_fault(pack, tmp_path):
    assert simulation_pack.check(pack) == []
    shutil.copytree(pack.folder, tmp_path, dirs_exist_ok=True)
    copy = type(pack)(tmp_path)
    text = pack.path("simulation.yaml").read_text(encoding="utf-8")
    (tmp_path / "simulation.yaml").write_text(text.replace("NX-Z-24: {", "NX-Z-99: {"), encoding="utf-8")
    assert "NX-Z-99" in str(simulation_pack.check(copy)[0]) and simulation_pack.check(copy)[0].severity == "error"
    (tmp_path / "simulation.yaml").unlink()
    assert simulation_pack.check(type(pack)(tmp_path))[0].severity == "warning"
