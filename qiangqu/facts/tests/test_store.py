import math

import pyarrow as pa
import pytest
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.facts.models import BatchKind, FactBatch
from qiangqu.facts.reading import count, of_batch, rows
from qiangqu.facts.signals import facts_added
from qiangqu.facts.store import ingest
from qiangqu.registry.models import AuditEntry

from .conftest import all_facts, fact_table

pytestmark = pytest.mark.usefixtures("lying")

Y23, Y24, M2406 = 1202300, 1202400, 5202406


def put(table, key="k1", **more):
    return ingest(table, key=key, kind=BatchKind.IMPORT, **more)


def test_a_batch_is_stored_with_its_audit_entry_and_signal(land, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, batch, **_):
        heard.append((sender, batch.pk))

    facts_added.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            batch = put(
                fact_table((land.output, land.region, Y24, 100.0), (land.output, land.a1, M2406, 0.5), row=[2, 3],
                           source=[land.new.pk, None], stated=["100亿元", ""], note=["", "估"], precedence=[1, 0]),
                user=land.planner, file_name="一.csv", sha256="a" * 64,
            )  # fmt: skip
    finally:
        facts_added.disconnect(listen)
    assert heard == [(FactBatch, batch.pk)]
    one, two = sorted(all_facts(), key=lambda fact: -fact.value)
    assert (one.value, one.stated, one.source, one.row, one.precedence, one.supersedes) == (
        100.0, "100亿元", land.new, 2, 1, None)  # fmt: skip
    assert (two.value, two.note, two.source, two.row, two.stated, two.precedence) == (0.5, "估", None, 3, "", 0)
    assert (batch.rows, batch.area.path, one.batch) == (2, "/R/", batch)
    assert sorted(fact.ref for fact in (one, two)) == [f"{batch.pk}-1", f"{batch.pk}-2"]
    assert sorted(fact.id for fact in rows(of_batch(batch))) == sorted((one.id, two.id))
    entry = AuditEntry.objects.get(action="facts_added")
    assert (entry.object_id, entry.user, entry.area_path, entry.detail["rows"]) == (
        str(batch.pk), land.planner, "/R/", 2)  # fmt: skip


def test_a_repeated_key_returns_the_stored_batch(land):
    first = put(fact_table((land.output, land.region, Y24, 1.0)), sha256="a")
    again = put(fact_table((land.output, land.region, Y24, 2.0)), sha256="a")
    assert again == first
    assert count() == 1
    assert AuditEntry.objects.filter(action="facts_added").count() == 1
    with pytest.raises(ConflictError, match="已经用于另一份内容"):
        put(fact_table((land.output, land.region, Y24, 2.0)), sha256="b")


def test_same_source_corrects_and_repeats_and_other_sources_stand_beside(land):
    put(fact_table((land.output, land.region, Y24, 1.0), source=[land.old.pk]))
    again = put(fact_table((land.output, land.region, Y24, 1.0), source=[land.old.pk]), "k2")
    assert (again.rows, again.repeats) == (0, 1)
    assert not rows(of_batch(again))
    beside = put(fact_table((land.output, land.region, Y24, 2.0), source=[land.new.pk]), "k3")
    corrected = put(fact_table((land.output, land.region, Y24, 3.0), source=[land.old.pk]), "k4")
    twice = put(fact_table((land.output, land.region, Y24, 4.0), source=[land.old.pk]), "k5")
    facts = all_facts()
    assert [(f.value, f.supersedes_id) for f in facts] == [(1, None), (2, None), (3, facts[0].pk), (4, facts[2].pk)]
    assert (beside.corrections, corrected.corrections, twice.corrections) == (0, 1, 1)


def test_going_back_to_an_older_value_is_a_correction_too(land):
    for n, value in enumerate([1.0, 2.0, 1.0]):
        put(fact_table((land.output, land.region, Y24, value)), f"k{n}")
    assert [f.value for f in all_facts()] == [1, 2, 1]
    assert [f.supersedes is None for f in all_facts()] == [True, False, False]


def test_simulated_facts_and_real_ones_leave_each_other_alone(land):
    put(fact_table((land.output, land.a1, M2406, 1.0)), simulated=True)
    put(fact_table((land.output, land.a1, M2406, 2.0)), "k2")
    put(fact_table((land.output, land.a1, M2406, 3.0)), "k3", simulated=True)
    one, two, three = all_facts()
    assert two.supersedes is None
    assert three.supersedes == one.ref


def test_a_changed_precedence_is_stored(land):
    put(fact_table((land.output, land.region, Y24, 1.0), source=[land.old.pk]))
    batch = put(fact_table((land.output, land.region, Y24, 1.0), source=[land.old.pk], precedence=[1]), "k2")
    assert (batch.rows, batch.corrections) == (1, 1)


def test_one_table_may_not_contradict_itself(land):
    with pytest.raises(InputError, match=r"第2行与第5行.*1 与 2"):
        put(fact_table((land.output, land.a1, Y24, 1.0), (land.output, land.a1, Y24, 2.0), row=[2, 5]))
    assert not FactBatch.objects.exists()
    batch = put(fact_table((land.output, land.a1, Y24, 1.0), (land.output, land.a1, Y24, 1.0)))
    assert (batch.rows, batch.repeats) == (1, 1)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, None])
def test_values_must_be_finite(land, bad):
    with pytest.raises(InputError):
        put(fact_table((land.output, land.a1, Y24, 1.0), (land.output, land.a2, Y24, bad)))
    assert not count()
    assert not FactBatch.objects.exists()


def test_what_a_fact_refers_to_must_exist(land):
    good = fact_table((land.output, land.a1, Y24, 1.0))

    def changed(name, value):
        return good.set_column(good.column_names.index(name), name, pa.array([value]))

    for name, value in [("element", 9999), ("subject_id", 99999), ("subject_kind", 9), ("period_key", 9202400)]:
        with pytest.raises(InputError):
            put(changed(name, value))
    with pytest.raises(InputError, match="来源不存在"):
        put(good.append_column("source", pa.array([4242])))
    with pytest.raises(InputError, match="列不对"):
        put(good.drop_columns(["value"]))
    with pytest.raises(InputError, match="列不对"):
        put(good.append_column("colour", pa.array(["red"])))
    with pytest.raises(InputError, match="类型不对"):
        put(good.set_column(4, "value", pa.array(["many"])))
    with pytest.raises(InputError, match="超过 60"):
        put(good.append_column("stated", pa.array(["长" * 61])))
    with pytest.raises(InputError, match="批次键"):
        put(good, "")
    assert not FactBatch.objects.exists()


def test_an_empty_table_is_an_empty_batch(land):
    assert put(fact_table()).rows == 0


def test_a_failure_leaves_nothing_behind(land, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.store.audit.record", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put(fact_table((land.output, land.a1, Y24, 1.0)))
    assert not FactBatch.objects.exists()
    assert not count()


def test_trusted_bulk_load_is_reported_and_sorted_into_place(land, monkeypatch, lying):
    monkeypatch.setattr("qiangqu.facts.bulk.CHUNK", 10)
    heard = []
    subjects = [land.a1, land.a2, land.b1, land.c1]
    rows = [(land.output, s, 5202400 + m, float(m)) for m in range(1, 13) for s in subjects]
    batch = put(fact_table(*rows), trusted_new=True, report=heard.append)
    assert batch.rows == count() == 48 and batch.sealed == (lying == "sealed")
    assert heard[-1] in ("已写入 48 / 48 条事实", "已写入 48 条事实")
    keys = [(fact.period_key, fact.subject_id) for fact in all_facts()]
    assert keys == sorted(keys)


def test_many_cells_are_compared_at_once(land, monkeypatch):
    monkeypatch.setattr("qiangqu.facts.cells.CHUNK", 7)
    subjects = [land.a1, land.a2, land.b1, land.c1]
    rows = [(land.output, s, 5202400 + m, float(m)) for m in range(1, 13) for s in subjects]
    put(fact_table(*rows))
    changed = [(e, s, p, v + (1 if p == 5202412 else 0)) for e, s, p, v in rows]
    batch = put(fact_table(*changed, (land.energy, land.a1, Y23, 9.0)), "k2")
    assert (batch.rows, batch.repeats, batch.corrections) == (5, 44, 4)


def test_created_now(land):
    assert abs((put(fact_table()).created_at - timezone.now()).total_seconds()) < 60
