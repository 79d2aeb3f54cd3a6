"""Adding facts: batches that are stored whole or not at all.

One rule for what comes in again. Within a cell (element, subject, period), facts of the same source, real and
simulated apart, form one line:

* the same value again is a repeat and is not stored;
* another value is a correction: the new fact supersedes the one that stood;
* facts of other sources stand beside it (:mod:`qiangqu.facts.current` says which counts).

Facts without a source count as of one source, the reporter himself.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.packs import Report
from qiangqu.base.periods import from_key
from qiangqu.registry import audit
from qiangqu.registry.access import home
from qiangqu.registry.models import Area, Node
from qiangqu.registry.roles import Action

from . import bulk, sealing, subjects
from .cells import standing_facts
from .columns import SCHEMA as columns_schema
from .ids import place
from .models import BatchKind, Element, FactBatch, Source
from .sealing import lock
from .signals import facts_added

SCHEMA = pa.schema(
    [
        ("element", pa.int32()),
        ("subject_kind", pa.int8()),
        ("subject_id", pa.int32()),
        ("period_key", pa.int32()),
        ("value", pa.float64()),
    ]
)
OPTIONAL = {
    "source": pa.int32(),
    "row": pa.int32(),
    "precedence": pa.int8(),
    "stated": pa.string(),
    "note": pa.string(),
}
MAX_LENGTH = {"stated": 60, "note": 300}
CELL = ("element", "period_key", "subject_kind", "subject_id")


def _quiet(_text: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Compared:
    """What incoming rows are beside what stands. ``fresh``: indices of rows to store, ``supersedes``: for
    each of them the fact that it corrects (0: none), ``repeats``: how many rows say what stands already,
    ``old``: by row the value that is corrected, ``beside``: by row the facts (id, value) of other sources
    that state another value."""

    fresh: "np.ndarray[Any, Any]"
    supersedes: "np.ndarray[Any, Any]"
    repeats: int
    old: dict[int, float]
    beside: dict[int, list[tuple[int, float]]]

    @property
    def corrections(self) -> int:
        return int(np.count_nonzero(self.supersedes))


def as_table(rows: pa.Table) -> pa.Table:
    """``rows`` with exact types, in the order of the schema. Raises InputError for a missing column, an empty
    cell or a value that is no finite number."""
    unknown = set(rows.column_names) - set(SCHEMA.names) - set(OPTIONAL)
    missing = [name for name in SCHEMA.names if name not in rows.column_names]
    if unknown or missing:
        raise InputError(f"事实表的列不对：缺 {'、'.join(missing) or '无'}，多 {'、'.join(sorted(unknown)) or '无'}")
    types = {field.name: field.type for field in SCHEMA} | OPTIONAL
    names = [name for name in types if name in rows.column_names]
    try:
        table = pa.table({name: pc.cast(rows[name], types[name]) for name in names}).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"事实表的类型不对：{error}") from error
    for name in (*SCHEMA.names, "precedence"):
        if name in names and table[name].null_count:
            raise InputError("有空值", where=name)
    for name in set(names) & set(MAX_LENGTH):
        text = pc.fill_null(table[name], "")
        if (pc.max(pc.utf8_length(text)).as_py() or 0) > MAX_LENGTH[name]:
            raise InputError(f"超过 {MAX_LENGTH[name]} 个字", where=name)
        table = table.set_column(names.index(name), name, text)
    if not pc.all(pc.is_finite(table["value"])).as_py() and table.num_rows:
        raise InputError("数值必须是有限的数", where="value")
    return table


def _distinct(column: pa.ChunkedArray) -> set[int]:
    return {value for value in pc.unique(column).to_pylist() if value is not None}


def _refuse_unknown(table: pa.Table) -> None:
    """Everything that a fact refers to must be there: subjects have no foreign key that would say so."""

    def check(what: str, wanted: set[int], known: Iterable[int]) -> None:
        absent = wanted - set(known)
        if absent:
            raise InputError(f"{what}不存在：{'、'.join(str(i) for i in sorted(absent)[:5])}")

    check("要素", _distinct(table["element"]), Element.objects.values_list("pk", flat=True))
    if "source" in table.column_names:
        check("来源", _distinct(table["source"]), Source.objects.values_list("pk", flat=True))
    for key in _distinct(table["period_key"]):
        from_key(key)
    models = subjects.models()
    for number in _distinct(table["subject_kind"]):
        if number not in models:
            raise InputError(f"对象类型 {number} 不存在", where="subject_kind")
        wanted = _distinct(table.filter(pc.equal(table["subject_kind"], number))["subject_id"])
        check(subjects.title_of(number), wanted, models[number].objects.values_list("pk", flat=True))


def _cells_and_source(table: pa.Table) -> "list[np.ndarray[Any, Any]]":
    """What makes a line of facts: the cell's columns, then the source (0: none)."""
    source = (
        pc.fill_null(table["source"], 0).to_numpy()
        if "source" in table.column_names
        else np.zeros(table.num_rows, np.int32)
    )
    return [*(table[name].to_numpy() for name in CELL), source]


def _precedence(table: pa.Table) -> "np.ndarray[Any, Any]":
    if "precedence" in table.column_names:
        return np.asarray(table["precedence"].to_numpy())
    return np.zeros(table.num_rows, np.int8)


def doubled_rows(table: pa.Table) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]":
    """Rows of ``table`` that state a cell of one source once more: ``(first, again, clash)``, indices of the
    row before and of the row, and whether the two differ."""
    keys = _cells_and_source(table)
    if table.num_rows < 2:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, np.empty(0, bool)
    order = np.lexsort([np.arange(table.num_rows), *reversed(keys)])
    same = np.ones(table.num_rows - 1, bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    first, again = order[:-1][same], order[1:][same]
    value, precedence = table["value"].to_numpy(), _precedence(table)
    return first, again, (value[first] != value[again]) | (precedence[first] != precedence[again])


def compare(table: pa.Table, simulated: bool) -> Compared:
    """Tell repeats and corrections from what is new. Raises InputError when the table states one cell of one
    source twice with different values; the same value twice counts as a repeat."""
    count = table.num_rows
    first, again, clash = doubled_rows(table)
    if clash.any():
        at = int(np.flatnonzero(clash)[0])
        one, two = int(first[at]), int(again[at])
        values = f"{table['value'][one].as_py():.15g} 与 {table['value'][two].as_py():.15g}"
        raise InputError(f"同一要素、对象、时期、来源有两个不同的数：{values}", where=_where(table, one, two))
    kept = np.ones(count, bool)
    kept[again] = False
    supersedes = np.zeros(count, np.int64)
    beside: dict[int, list[tuple[int, float]]] = {}
    old: dict[int, float] = {}
    value, precedence = table["value"].to_numpy(), _precedence(table)
    *columns, source = _cells_and_source(table)
    cells = list(zip(*(column.tolist() for column in columns), strict=True))
    for n, fact, stored, stored_source, stored_simulated, stored_precedence in standing_facts(cells):
        if stored_simulated is not simulated:
            continue
        if stored_source != source[n]:
            if stored != value[n]:
                beside.setdefault(n, []).append((fact, stored))
        elif stored == value[n] and stored_precedence == precedence[n]:
            kept[n] = False
        else:
            supersedes[n] = fact
            old[n] = stored
    fresh = np.flatnonzero(kept)
    beside = {n: others for n, others in beside.items() if kept[n]}
    return Compared(fresh, supersedes[fresh], count - len(fresh), {n: v for n, v in old.items() if kept[n]}, beside)


def _where(table: pa.Table, *rows: int) -> str:
    if "row" not in table.column_names:
        return f"第{rows[0] + 1}条与第{rows[1] + 1}条"
    return "与".join(f"第{table['row'][row].as_py()}行" for row in rows)


def _stored(key: str, sha256: str) -> FactBatch | None:
    batch = FactBatch.of_key(key)
    if batch and sha256 and batch.sha256 and batch.sha256 != sha256:
        raise ConflictError("这个批次键已经用于另一份内容，请换一个键", where=key)
    return batch


def ingest(
    table: pa.Table,
    *,
    key: str,
    kind: BatchKind,
    user: Any = None,
    simulated: bool = False,
    file_name: str = "",
    sha256: str = "",
    note: str = "",
    trusted_new: bool = False,
    report: Report | None = None,
) -> FactBatch:
    """Add facts as one batch, all or nothing; a repeat of ``key`` returns the stored batch and adds nothing.

    ``table`` columns: element (int32, Element.pk), subject_kind (int8), subject_id (int32), period_key
    (int32), value (float64, in the element's unit); optional source (int32), row (int32), precedence (int8),
    stated (string), note (string). ``trusted_new`` skips the comparison with what is stored (the caller
    vouches that the cells are new and distinct). ``report`` hears of the progress. After the commit the
    signal ``facts_added`` is sent.

    Raises InputError for a table that cannot be stored, ConflictError when ``key`` stands for other content
    (``sha256``).
    """
    if not key or len(key) > 80:
        raise InputError("批次键须有 1—80 个字", where="key")
    table = as_table(table)
    with transaction.atomic():
        lock()
        stored = _stored(key, sha256)
        if stored:
            return stored
        _refuse_unknown(table)
        repeats = corrections = 0
        if not trusted_new:
            compared = compare(table, simulated)
            repeats, corrections = compared.repeats, compared.corrections
            if repeats:
                table = table.take(pa.array(compared.fresh))
            if corrections:
                ids = pa.array(compared.supersedes, mask=compared.supersedes == 0)
                table = table.append_column("supersedes", ids)
        batch = FactBatch.objects.create(
            key=FactBatch.key_now(key),
            kind=kind,
            user=user,
            simulated=simulated,
            file_name=file_name[:200],
            sha256=sha256,
            note=note[:300],
            rows=table.num_rows,
            repeats=repeats,
            corrections=corrections,
            sealed=table.num_rows >= sealing.LARGE,
            area=_area_of(user),
        )
        _write(table, batch, report or _quiet)
        audit.record(
            user,
            "facts_added",
            object_type="factbatch",
            object_id=batch.pk,
            area_path=batch.area.path if batch.area else "",
            detail={
                "key": key,
                "kind": str(kind),
                "rows": batch.rows,
                "repeats": repeats,
                "corrections": corrections,
                "file_name": batch.file_name,
                "sha256": sha256,
                "simulated": simulated,
            },
        )
        # what listens works on committed facts; its failure is logged and cannot undo them
        transaction.on_commit(lambda: facts_added.send(sender=FactBatch, batch=batch), robust=True)
    return batch


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A batch that another node has stored: its name there, and what it says of itself."""

    origin: Node
    uid: uuid.UUID
    key: str
    kind: str
    simulated: bool
    file_name: str
    sha256: str
    note: str
    area: Area | None


def take_over(table: pa.Table, batch: Elsewhere) -> FactBatch:
    """Store a batch as another node has stored it, once: ``table`` as for :func:`ingest`, with ``number`` (each fact's
    number there, which it keeps) and ``supersedes`` (the fact here that it corrects; 0 or null: none). Nothing is
    compared anew: what corrects what was found where it came in.

    Raises InputError for a table that cannot be stored.
    """
    number = pc.cast(table["number"], pa.int64()).combine_chunks()
    supersedes = pc.cast(table["supersedes"], pa.int64()).combine_chunks()
    table = as_table(table.drop_columns(["number", "supersedes"]))
    with transaction.atomic():
        lock()
        stored = FactBatch.objects.filter(uid=batch.uid, origin=batch.origin).first()
        if stored:
            return stored
        _refuse_unknown(table)
        corrections = pc.sum(pc.greater(pc.fill_null(supersedes, 0), 0)).as_py() or 0
        made = FactBatch.objects.create(
            uid=batch.uid, origin=batch.origin, key=batch.key[:80], kind=batch.kind, simulated=batch.simulated,
            file_name=batch.file_name[:200], sha256=batch.sha256[:64], note=batch.note[:300], rows=table.num_rows,
            corrections=corrections, sealed=table.num_rows >= sealing.LARGE, area=batch.area,
        )  # fmt: skip
        table = table.append_column("number", number)
        if corrections:
            none = pc.equal(pc.fill_null(supersedes, 0), 0)
            table = table.append_column("supersedes", pc.if_else(none, pa.scalar(None, pa.int64()), supersedes))
        _write(table, made, _quiet)
        audit.record(
            None, "facts_added", object_type="factbatch", object_id=made.pk,
            area_path=made.area.path if made.area else "",
            detail={"node": batch.origin.code, "key": batch.key, "rows": made.rows, "corrections": corrections},
        )  # fmt: skip
        transaction.on_commit(lambda: facts_added.send(sender=FactBatch, batch=made), robust=True)
    return made


def _area_of(user: Any) -> Area | None:
    """Where a batch lies: in the area of whoever enters it; what the program itself enters at the top of the
    tree.
    """
    area = home(user, Action.IMPORT_FACTS) if user is not None else None
    return area or Area.objects.filter(parent=None).order_by("path").first()


def _write(table: pa.Table, batch: FactBatch, report: Report) -> None:
    """Many rows as segments, few as rows that wait."""
    if not table.num_rows:
        return
    if batch.sealed:
        # numbered in the order in which they lie on disk
        table = table.sort_by([(name, "ascending") for name in CELL])
    number = np.arange(1, table.num_rows + 1, dtype=np.int64)
    if "number" in table.column_names:  # of another node, which has numbered them
        number = table["number"].to_numpy()
        table = table.drop_columns(["number"])
    table = table.append_column("id", pa.array(number + place(batch.pk, 0)))
    if batch.sealed:
        sealing.store_sealed(_as_columns(table, batch.simulated))
        report(f"已写入 {table.num_rows} 条事实")
    else:
        bulk.write(table.append_column("number", pa.array(number.astype(np.int32))), batch.pk, report)


def _as_columns(table: pa.Table, simulated: bool) -> pa.Table:
    """``table`` with the names and all the columns of segments."""
    names = {"sk": "subject_kind", "subject": "subject_id", "period": "period_key"}
    columns = []
    for column in columns_schema:
        name = names.get(column.name, column.name)
        if name in table.column_names:
            empty: Any = "" if pa.types.is_string(column.type) else 0
            columns.append(pc.fill_null(table[name], empty).cast(column.type))
        else:
            value = int(simulated) if column.name == "sim" else "" if pa.types.is_string(column.type) else 0
            columns.append(pa.repeat(pa.scalar(value, column.type), table.num_rows))
    return pa.table(columns, schema=columns_schema)
