"""Writing a twin into a database: all or nothing, once, marked, never beside real data."""

import datetime as dt
import json
import shutil

import pyarrow as pa
import pytest
from click.testing import CliRunner
from django.db import transaction

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.periods import parse_period
from qiangqu.facts.models import BatchKind, Element, FactBatch
from qiangqu.facts.reading import count
from qiangqu.facts.store import ingest
from qiangqu.registry.models import (
    Area,
    AuditEntry,
    Organisation,
    OrganisationKind,
    Parcel,
    Project,
    ProjectKind,
)
from qiangqu_demo.simulation import demonstration
from qiangqu_demo.simulation import pack as simulation_pack
from qiangqu_demo.simulation.commands import simulate_group
from qiangqu_demo.simulation.demonstration import is_demonstration, simulate

from .written import REGISTERS, SMALL, UNTIL, everything


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


@pytest.mark.one_database  # refused before anything is asked
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
