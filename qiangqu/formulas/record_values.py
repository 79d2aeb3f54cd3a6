"""Values of indicators for records, kept in the lake: one file for each register and period.

They are computed from what the database holds and can be computed again at any time. Millions of them are
read and replaced as columns, which a table of the database could not keep up with. Who may see them is said
by :func:`qiangqu.formulas.each.seen_records` alone.
"""

# ruff: noqa: S608 - queries are composed here of fixed pieces and numbers

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qiangqu.base.periods import Period, from_key
from qiangqu.base.subjects import Subject
from qiangqu.lake.engine import connect, scan
from qiangqu.lake.models import Segment
from qiangqu.lake.segments import NewSegment, live, publish, sorted_by, write_file

DATASET = "record_values"
SCHEMA = pa.schema(
    [
        ("indicator", pa.int32()),
        ("record", pa.int32()),
        ("period", pa.int32()),
        ("value", pa.float64()),
        ("simulated", pa.bool_()),
        ("basis", pa.string()),
        ("reason", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class RecordValue:
    """A stored value, in the indicator's unit; None with a reason."""

    indicator: int
    record: int
    period: Period
    value: float | None
    simulated: bool
    basis: str
    reason: str


@dataclass
class Replacement:
    """Files written and those that they replace, to be listed in one transaction; ``rows`` is how many values
    were written.
    """

    written: list[Segment] = field(default_factory=list)
    retired: list[Segment] = field(default_factory=list)
    rows: int = 0

    def publish(self) -> None:
        """In the caller's transaction. Raises ConflictError when another process replaced the same."""
        publish(self.written, retire=self.retired)


def _group(number: int, period: int) -> str:
    return f"{number}-{period}"


def replace(
    subject: Subject, rows: Mapping[int, Sequence[pa.Table]], due: Mapping[int, set[int]], into: Replacement
) -> None:
    """Write files in which the values of the indicators ``due`` (id → periods) are ``rows`` (period → tables,
    each in the order of indicators and records) and the others stay as they are."""
    kept = {segment.group: segment for segment in live(DATASET)}

    def replaced(key: int) -> tuple[Segment | None, Segment | None, int]:
        """The file that goes, the one that comes, and how many values were computed for it."""
        mine = {indicator for indicator, keys in due.items() if key in keys}
        old = kept.get(_group(subject.number, key))
        fresh = pa.concat_tables(rows.get(key, [])) if rows.get(key) else SCHEMA.empty_table()
        table, several = fresh, len(rows.get(key, [])) > 1
        if old is not None and not set(old.info["indicators"]) <= mine:
            stood, fresh = pq.read_table(old.path).cast(SCHEMA), fresh.cast(SCHEMA)
            others = stood.filter(pc.invert(pc.is_in(stood["indicator"], pa.array(sorted(mine), pa.int32()))))
            table, several = pa.concat_tables([others, fresh]), several or others.num_rows > 0
        if several:
            table = sorted_by(table.cast(SCHEMA), "indicator", "record")
        if old is not None and _stands(old, table):
            return None, None, 0
        if not table.num_rows:
            return old, None, 0
        return old, _written(table, _group(subject.number, key)), fresh.num_rows

    # a thread for each core: encoding, compressing and waiting for the disk leave Python to others
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for old, new, count in pool.map(replaced, sorted(set().union(*due.values()))):
            into.retired += [old] if old else []
            into.written += [new] if new else []
            into.rows += count


def _stands(old: Segment, table: pa.Table) -> bool:
    """Whether a file holds just these rows; read column by column, what is likely to differ first."""
    return old.rows == table.num_rows and all(
        pq.read_table(old.path, columns=[name])[name].cast(kind).equals(table[name].cast(kind))
        for name in ("value", "record", "indicator", "simulated", "basis", "reason")
        for kind in [SCHEMA.field(name).type]
    )


def _written(table: pa.Table, group: str) -> Segment:
    indicators = table["indicator"]
    there = pc.is_valid(table["value"])
    valued, real = (indicators.filter(where) for where in (there, pc.and_not(there, table["simulated"])))
    named = {"indicators": indicators, "valued": valued, "real": real}
    info = {name: pc.unique(of).to_pylist() for name, of in named.items()}
    return write_file(DATASET, NewSegment(table, group, ("indicator", "record"), info, ("basis", "reason")))


def only(known: Mapping[int, set[int]], into: Replacement) -> None:
    """Leave out the values of all indicators but ``known`` (number of the register → ids): of those whose
    formula cannot be computed any more, that were removed or are of another register now."""
    for old in live(DATASET):
        gone = set(old.info["indicators"]) - known.get(int(old.group.partition("-")[0]), set())
        if old in into.retired or not gone:
            continue
        stood = pq.read_table(old.path).cast(SCHEMA)
        left = stood.filter(pc.invert(pc.is_in(stood["indicator"], pa.array(sorted(gone), pa.int32()))))
        into.retired.append(old)
        if left.num_rows:
            into.written.append(_written(left, old.group))


# ---------------------------------------------------------------- read


def periods_of(subject: Subject, indicator: int, *, told: str = "indicators") -> list[Period]:
    """The periods in which some record has a value of the indicator or a reason (``told`` "valued": a value),
    in the order of time, the longer last. The catalogue says it: no file is opened.
    """
    found = [
        from_key(int(segment.group.partition("-")[2]))
        for segment in live(DATASET)
        if segment.group.startswith(f"{subject.number}-") and indicator in segment.info.get(told, ())
    ]
    return sorted(found, key=_lateness)


def of_period(subject: Subject, indicator: int, period: Period) -> list[RecordValue]:
    """The values of all records in a period. The caller shows those of records that his user sees."""
    return _read(live(DATASET, [_group(subject.number, period.key)]), f"indicator = {int(indicator)}")


def valued(subject: Subject, indicator: int, period: Period) -> list[tuple[int, float, bool]]:
    """Of all records with a value in a period: id, value, whether it is simulated. For reckoning over thousands,
    where :func:`of_period` would make an object of each."""
    where = f"indicator = {int(indicator)} AND value IS NOT NULL"
    return _rows(live(DATASET, [_group(subject.number, period.key)]), "record, value, simulated", where)


def latest_of_record(subject: Subject, record: int, indicators: Iterable[int]) -> dict[int, RecordValue]:
    """The latest value of each indicator that has one for the record: real ones first, then what ended last,
    then the longest. The catalogue says where they may be: files are opened from the newest on, until each
    is found.
    """
    prefix = f"{subject.number}-"
    mine = [segment for segment in live(DATASET) if segment.group.startswith(prefix)]
    mine.sort(key=lambda segment: _lateness(from_key(int(segment.group.removeprefix(prefix)))), reverse=True)
    found: dict[int, RecordValue] = {}
    asked = set(indicators)
    for told, condition in (("real", "NOT simulated"), ("valued", "true")):
        at, size = 0, 2
        while at < len(mine) and (wanted := asked - found.keys()):
            part: list[Segment] = []
            for segment in mine[at:]:
                if len(part) == size:
                    break
                at += 1
                # what was written before real ones were listed may hold some
                part += [segment] if wanted & set(segment.info.get(told, segment.info.get("valued", ()))) else []
            listed = ", ".join(str(int(one)) for one in sorted(wanted))
            where = f"record = {int(record)} AND indicator IN ({listed}) AND value IS NOT NULL AND {condition}"
            for value in sorted(_read(part, where), key=lambda one: _lateness(one.period), reverse=True):
                found.setdefault(value.indicator, value)
            size *= 2
    return found


def _lateness(period: Period) -> tuple[dt.date, int]:
    return period.end, -period.kind


def _read(segments: list[Segment], where: str) -> list[RecordValue]:
    rows = _rows(segments, "indicator, record, period, value, simulated, basis, reason", where)
    periods = {key: from_key(key) for key in {row[2] for row in rows}}
    return [RecordValue(i, r, periods[p], *rest) for i, r, p, *rest in rows]


def _rows(segments: list[Segment], columns: str, where: str) -> list[Any]:
    if not segments:
        return []
    with connect() as duck:
        return duck.execute(f"SELECT {columns} FROM {scan(segments, SCHEMA)} WHERE {where}").fetchall()
