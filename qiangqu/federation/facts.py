"""Batches of facts on their way to the nodes above: as columns, with codes in place of this database's numbers.

A batch goes as entries of at most 64 KiB: its parts, each naming the one before, then the batch itself, which names the
last part, so that it is stored whole when all is there, or not at all. A fact keeps its number, so ``ORIGIN/uid`` and
number name it everywhere, and what corrects what is told, not found anew.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from django.db import transaction

from qiangqu.base.errors import InputError
from qiangqu.base.identity import travels_by
from qiangqu.base.travels import Told
from qiangqu.base.visibility import in_subtree
from qiangqu.facts import ids, reading, subjects
from qiangqu.facts.models import BatchKind, Element, FactBatch, Source
from qiangqu.facts.store import Elsewhere, take_over
from qiangqu.facts.withdrawing import take_back
from qiangqu.registry.models import HERE, Area

from . import condition, kinds, outbox, storage
from .core import wire
from .models import STANDING, Known, Said, Standing

FACTS = Told("facts", "qiangqu.federation.facts:write_batch")
PART = Told("facts", "qiangqu.federation.facts:write_part")
WITHDRAWAL = Told("facts", "qiangqu.federation.facts:write_withdrawal")
#: of one entry: rows at first, and bytes (64 KiB is the limit of the wire)
ROWS, MOST = 1_500, 56 * 1024
#: batches that one run of the job tells at most
RUN = 200


# ---------------------------------------------------------------- telling


def on_facts(sender: Any, batch: FactBatch, **_more: Any) -> None:
    """Receiver of ``facts_added``: what is missed here (a stop right after the commit) :func:`fill` tells later."""
    if batch.origin_id == HERE and Standing.objects.filter(pk=STANDING).exists():
        say(batch)


def fill(most: int = RUN) -> int:
    """Tell the batches of this node that were not told, the oldest first; returns how many."""
    if not Standing.objects.filter(pk=STANDING).exists():
        return 0
    told = set(Known.objects.filter(kind__in=("facts", "facts-withdrawn")).values_list("record", flat=True).iterator())
    count = 0
    for one in FactBatch.objects.filter(origin=HERE).select_related("origin", "area", "withdraws").order_by("pk"):
        if kinds.record_of(one) not in told:
            say(one)
            count += 1
            if count == most:
                break
    return count


def say(batch: FactBatch) -> None:
    """Put a batch, or a withdrawal, into the outbox, in one transaction; told already, nothing."""
    record = kinds.record_of(batch)
    with transaction.atomic():
        if Known.objects.filter(record=record).exists():
            return
        if batch.kind == BatchKind.WITHDRAWAL:
            assert batch.withdraws is not None
            taken = kinds.record_of(batch.withdraws)
            outbox.tell(record, "facts-withdrawn", {"batch": taken, "reason": batch.note}, (taken,), act=True)
            return
        about: dict[str, Any] = {
            "key": batch.key, "kind": batch.kind, "simulated": batch.simulated, "file": batch.file_name,
            "sha256": batch.sha256, "note": batch.note, "area": batch.area.code if batch.area else "", "rows": batch.rows,
        }  # fmt: skip
        corrected: set[str] = set()
        before: tuple[str, ...] = ()
        last: dict[str, Any] | None = None
        for number, (body, refs) in enumerate(_parts(reading.table(reading.of_batch(batch), reading.CELL)), 1):
            corrected |= refs
            if last is not None:
                name = f"{record}.{number - 1}"
                outbox.tell(name, "facts-part", last, before, act=True)
                before = (name,)
            last = body
        outbox.tell(record, "facts", about | {"last": last}, (*before, *sorted(corrected)[:150]), act=True)


def _parts(table: pa.Table) -> Iterator[tuple[dict[str, Any], set[str]]]:
    for start in range(0, table.num_rows, ROWS):
        yield from _fitting(table.slice(start, ROWS))


def _fitting(table: pa.Table) -> Iterator[tuple[dict[str, Any], set[str]]]:
    body, refs = _body(table)
    if len(json.dumps(body, ensure_ascii=False).encode()) <= MOST or table.num_rows == 1:
        yield body, refs
        return
    half = table.num_rows // 2
    yield from _fitting(table.slice(0, half))
    yield from _fitting(table.slice(half))


def _names(number: int, keys: list[int]) -> dict[int, Any]:
    """What records of a subject are called elsewhere, by id."""
    model = subjects.models()[number]
    if travels_by(model) == ("code",):
        return dict(model._default_manager.filter(pk__in=keys).values_list("pk", "code"))
    return {one.pk: kinds.name_of(one) for one in model._default_manager.filter(pk__in=keys)}


def _body(table: pa.Table) -> tuple[dict[str, Any], set[str]]:
    """Rows as columns of codes; what is the same in all rows, or nothing, is left out. Also the batches whose facts
    they correct."""
    columns = table.to_pydict()
    elements = sorted(set(columns["element"]))
    codes = dict(Element.objects.filter(pk__in=elements).values_list("pk", "code"))
    about = list(zip(columns["sk"], columns["subject"], strict=True))
    named: dict[tuple[int, int], Any] = {}
    for sk in sorted(set(columns["sk"])):
        found = _names(sk, sorted({pk for kind, pk in about if kind == sk}))
        named |= {(sk, pk): name for pk, name in found.items()}
    order = {place: n for n, place in enumerate(sorted(set(about)))}
    body: dict[str, Any] = {
        "e": [codes[one] for one in elements], "s": [[sk, named[sk, pk]] for sk, pk in order],
        "ei": [elements.index(one) for one in columns["element"]], "si": [order[one] for one in about],
        "p": columns["period"], "v": columns["value"], "n": [one & 0xFFFFFFFF for one in columns["id"]],
    }  # fmt: skip
    for name in ("row", "precedence", "stated", "note"):
        if any(columns[name]):
            body[name] = columns[name]
    if any(columns["source"]):
        known = Source.objects.select_related("origin").in_bulk(set(columns["source"]) - {0})
        places = sorted(known)
        body["sources"] = [
            [kinds.record_of(known[one]), known[one].title, known[one].url, known[one].published_on] for one in places
        ]
        body["o"] = [places.index(one) + 1 if one else 0 for one in columns["source"]]
    refs: set[str] = set()
    if any(columns["supersedes"]):
        gone = [one for one in columns["supersedes"] if one]
        batches = FactBatch.objects.select_related("origin").in_bulk({ids.batch_of(one) for one in gone})
        records = {pk: kinds.record_of(one) for pk, one in batches.items()}
        refs = set(records.values())
        body["x"] = [[records[ids.batch_of(one)], one & 0xFFFFFFFF] if one else 0 for one in columns["supersedes"]]
    return body, refs


# ---------------------------------------------------------------- applying


def write_part(record: str, body: dict[str, Any]) -> None:
    """A part is kept as the entry that it is, until its batch is written."""


def _own(origin: str, batch: FactBatch) -> FactBatch:
    """A batch that the node may correct or take back: its own, or of a node below it. Raises InputError."""
    if not storage.tree().covers(origin, batch.origin.code):
        raise InputError(f"节点 {origin} 不能更正或撤回节点 {batch.origin.code} 的数据", where=batch.key)
    return batch


def _refuse_foreign(origin: str, table: pa.Table) -> None:
    """Facts about what never lay in the area of the node. What has moved away since did. Raises InputError."""
    paths = condition.bounds(origin)
    if not paths:
        raise InputError(
            f"不知道节点 {origin} 负责哪个区域，不能收它的数据；请用 qiangqu node invite --area 写明", where=origin
        )
    keys = (
        table.select(["subject_kind", "subject_id"]).group_by(["subject_kind", "subject_id"]).aggregate([]).to_pydict()
    )
    about: dict[int, set[int]] = {}
    for kind, pk in zip(keys["subject_kind"], keys["subject_id"], strict=True):
        about.setdefault(kind, set()).add(pk)
    for kind, wanted in about.items():
        model: Any = subjects.models()[kind]
        rows = [(model._default_manager.all(), "pk")]
        if hasattr(model, "history"):
            rows.append((model.history.all(), "id"))
        there: set[int] = set()
        for found, name in rows:
            for path in paths:
                found = in_subtree(found, path)
            there |= set(found.filter(**{f"{name}__in": wanted}).values_list(name, flat=True))
        if wanted - there:
            raise InputError(f"节点 {origin} 报来的数据中有 {len(wanted - there)} 个对象不在它的区域内", where=origin)


def write_withdrawal(record: str, body: dict[str, Any]) -> None:
    origin, _slash, uid = record.partition("/")
    batch = _own(origin, kinds.row_named(FactBatch, body.get("batch")))
    take_back(batch, str(body.get("reason", ""))[:300], uid=uid, origin=kinds.node_of(origin))


def write_batch(record: str, body: dict[str, Any]) -> None:
    """Store a batch with its parts, in the caller's transaction. Raises Missing for what it refers to and is not here,
    InputError for what is no table of facts."""
    origin, _slash, uid = record.partition("/")
    parts = [*_earlier(record), body.get("last")]
    tables = [_table(origin, part) for part in parts if part]
    table = pa.concat_tables(tables) if tables else _EMPTY
    if table.num_rows != body.get("rows"):
        raise kinds.Missing(f"facts:{record}")
    _refuse_foreign(origin, table)
    inside: Any = Area.objects.all()
    for path in condition.bounds(origin):
        inside = in_subtree(inside, path)
    area = inside.filter(code=str(body.get("area"))).first() or inside.order_by("path").first()
    kind = str(body.get("kind"))
    take_over(
        table,
        Elsewhere(
            kinds.node_of(origin), uuid.UUID(uid), str(body.get("key")), kind if kind in BatchKind.values else BatchKind.API,
            body.get("simulated") is True, str(body.get("file", "")), str(body.get("sha256", "")),
            str(body.get("note", "")), area,
        ),
    )  # fmt: skip


def _earlier(record: str) -> list[dict[str, Any]]:
    origin = record.partition("/")[0]
    found = {}
    for one in Said.objects.filter(origin=origin, record__startswith=f"{record}."):
        found[int(one.record.rpartition(".")[2])] = wire.read_entry(origin, bytes(one.line)).body or {}
    return [dict(found[number]) for number in sorted(found)]


_EMPTY = pa.table(
    {"element": pa.array([], pa.int32()), "subject_kind": pa.array([], pa.int8()), "subject_id": pa.array([], pa.int32()),
     "period_key": pa.array([], pa.int32()), "value": pa.array([], pa.float64()), "number": pa.array([], pa.int64()),
     "supersedes": pa.array([], pa.int64()), "source": pa.array([], pa.int32()), "row": pa.array([], pa.int32()),
     "precedence": pa.array([], pa.int8()), "stated": pa.array([], pa.string()), "note": pa.array([], pa.string())}
)  # fmt: skip


def _subjects(said: list[Any]) -> list[tuple[int, int]]:
    known = subjects.models()
    by_kind: dict[int, list[str]] = {}
    for number, name in said:
        if number not in known:
            raise kinds.Missing(f"subject:{number}")
        by_kind.setdefault(number, []).append(name)
    found: dict[tuple[int, str], int] = {}
    for number, names in by_kind.items():
        model = known[number]
        if travels_by(model) == ("code",):
            pairs = model._default_manager.filter(code__in=names).values_list("code", "pk")
        else:
            pairs = [(str(name), kinds.row_named(model, name).pk) for name in names]
        found |= {(number, str(name)): pk for name, pk in pairs}
    for number, name in said:
        if (number, str(name)) not in found:
            raise kinds.Missing(f"{known[number]._meta.label_lower}:{name}")
    return [(number, found[number, str(name)]) for number, name in said]


def _table(origin: str, body: dict[str, Any]) -> pa.Table:
    codes = dict(Element.objects.filter(code__in=body["e"]).values_list("code", "pk"))
    if absent := [one for one in body["e"] if one not in codes]:
        raise kinds.Missing(f"facts.element:{absent[0]}")
    about, count = _subjects(body["s"]), len(body["v"])
    sources = [_source(*one) for one in body.get("sources", ())]
    corrects: list[int] = [0] * count
    if "x" in body:
        batches: dict[str, int] = {}
        for n, one in enumerate(body["x"]):
            if one:
                if one[0] not in batches:
                    batches[one[0]] = _own(origin, kinds.row_named(FactBatch, one[0])).pk
                corrects[n] = ids.place(batches[one[0]], one[1])
    nothing = [0] * count
    given = {
        "element": [codes[body["e"][one]] for one in body["ei"]], "subject_kind": [about[one][0] for one in body["si"]],
        "subject_id": [about[one][1] for one in body["si"]], "period_key": body["p"], "value": body["v"],
        "number": body["n"], "supersedes": corrects,
        "source": [sources[one - 1] if one else None for one in body.get("o", nothing)],
        "row": [one or None for one in body.get("row", nothing)], "precedence": body.get("precedence", nothing),
        "stated": body.get("stated", [""] * count), "note": body.get("note", [""] * count),
    }  # fmt: skip
    return pa.table({name: pa.array(values, _EMPTY.schema.field(name).type) for name, values in given.items()})


def _source(record: str, title: str, url: str, published_on: str) -> int:
    origin, _slash, uid = str(record).partition("/")
    if not wire.RECORD.match(str(record)) or len(title) > 200 or len(url) > 500 or len(published_on) > 10:
        raise ValueError("source")
    found = Source.objects.filter(uid=uid, origin__code=origin).first()
    if found is None:
        found = Source.objects.create(
            uid=uid, origin=kinds.node_of(origin), title=title, url=url, published_on=published_on
        )
    return found.pk


def job(now: Any) -> str:
    """Periodic: tell what was not told."""
    count = fill()
    return f"{count} batches" if count else ""
