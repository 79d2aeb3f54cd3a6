"""Importing a file of facts: a preview of what would change, then all rows or none.

Columns (headings in Chinese or English, see :data:`parsing.HEADINGS`): element, area or organisation (or
another declared subject), period, value, unit; optional source_title, source_url, source_date, note,
preferred.
"""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.periods import from_key
from qiangqu.base.terms import clauses
from qiangqu.base.text import folded
from qiangqu.registry.subjects import AREA

from . import reading, subjects
from .directory import Directory
from .ids import SHIFT
from .models import BatchKind, FactBatch, Source
from .parsing import BadRow, Parsed, parse_file
from .store import compare, doubled_rows, ingest

MAX_SHOWN = 200
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Change:
    """What a row would do: ``new``, ``correction`` (``old`` → ``value``) or ``contradiction`` (another source
    says ``old``).
    """

    kind: str
    row: int
    element: str
    subject: str
    period: str
    value: float
    unit: str
    old: float | None = None


@dataclass
class Preview:
    """What an import would do. Only the first :data:`MAX_SHOWN` changes and :data:`parsing.MAX_LISTED` bad
    rows are listed; all are counted.
    """

    rows: int = 0
    new: int = 0
    corrections: int = 0
    contradictions: int = 0
    repeats: int = 0
    skipped: int = 0
    bad_count: int = 0
    bad: list[BadRow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    #: which sheet was read and what was left out
    notes: list[str] = field(default_factory=list)
    #: of the ids of the facts that would be corrected: with the counts it tells whether the facts have changed
    #: since
    superseded_sum: int = 0

    @property
    def importable(self) -> bool:
        return not self.bad_count and self.new + self.corrections > 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def fault(self, name: str) -> InputError:
        """The error that an import of this file gives."""
        listed = clauses(f"第{bad.row}行：{bad.reason}" for bad in self.bad[:5])
        more = f"……共 {self.bad_count} 行" if self.bad_count > 5 else ""
        return InputError(f"有 {self.bad_count} 行有误，全部未导入：{listed}{more}", where=name)


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name_doubles(parsed: Parsed) -> None:
    """Rows of one file that state a cell of one source differently are bad; the same value again is a
    repeat.
    """
    at = parsed.table.column_names.index("source")
    # places in the list of sources, from 1: no source counts as 0
    first, again, clash = doubled_rows(parsed.table.set_column(at, "source", pc.add(parsed.table["source"], 1)))
    rows, values = parsed.table["row"], parsed.table["value"]
    for one, two in sorted(zip(first[clash].tolist(), again[clash].tolist(), strict=True), key=lambda pair: pair[1]):
        a, b = values[one].as_py(), values[two].as_py()
        what = f"{a:.15g} 与 {b:.15g}" if a != b else "取用不同"
        parsed.refuse(
            BadRow(rows[two].as_py(), "", f"与第{rows[one].as_py()}行是同一要素、对象、时期、来源而数值不同（{what}）")
        )
    parsed.bad.sort(key=lambda bad: bad.row)


SourceText = tuple[str, str, str]  # title, address, date of publication


def _known_sources(sources: list[SourceText]) -> dict[SourceText, int]:
    """Ids of those of ``sources`` that are stored, as they are written or, failing that, in another width of
    brackets and letters.
    """
    exact: dict[SourceText, int] = {}
    alike: dict[SourceText, int] = {}
    for pk, title, url, date in (
        Source.objects.order_by("-id").values_list("id", "title", "url", "published_on").iterator()
    ):
        exact[title, url, date] = pk
        alike[folded(title), folded(url), date] = pk
    found: dict[SourceText, int] = {}
    for title, url, date in sources:
        same = exact.get((title, url, date)) or alike.get((folded(title), folded(url), date))
        if same:
            found[title, url, date] = same
    return found


def _with_source_ids(parsed: Parsed, create: bool) -> pa.Table:
    """The table with ids of sources. Sources that are not stored yet are created, or get negative ids for a
    preview.
    """
    known = _known_sources(parsed.sources)
    missing = [source for source in parsed.sources if source not in known]
    if create:
        Source.objects.bulk_create(Source(title=t, url=u, published_on=d) for t, u, d in missing)
        known = _known_sources(parsed.sources)
    else:
        known |= {source: -1 - at for at, source in enumerate(missing)}
    ids = pa.array([known[source] for source in parsed.sources], pa.int32())
    column = parsed.table["source"].combine_chunks()
    taken = ids.take(column) if len(ids) else column
    return parsed.table.set_column(parsed.table.column_names.index("source"), "source", taken)


def _check(path: Path, directory: Directory, progress: Progress | None, name: str) -> Parsed:
    parsed = parse_file(path, directory, progress, name)
    _name_doubles(parsed)
    return parsed


def _simulated(table: pa.Table, name: str) -> bool:
    """Whether the file is about simulated enterprises, projects, parcels …: its facts are then simulated too.

    Raises InputError for a file that has facts about them and real ones: a batch is either simulated or real.
    """
    made_up: dict[int, set[int]] = {
        number: set(model.objects.filter(simulated=True).values_list("pk", flat=True))
        for number, model in subjects.models().items()
        if number != AREA.number
    }
    if not any(made_up.values()):
        return False
    rows = zip(*(table[name].to_pylist() for name in ("subject_kind", "subject_id", "row")), strict=True)
    first: dict[bool, int] = {}
    for kind, subject, row in rows:
        first.setdefault(subject in made_up.get(kind, ()), row)
    if len(first) == 2:
        raise InputError(
            f"第 {first[True]} 行是模拟数据的对象，第 {first[False]} 行不是；模拟数据不能与真实数据放在一个批次里，请分成两个文件导入",
            where=name,
        )
    return True in first


def preview(path: Path, user: Any = None, progress: Progress | None = None, name: str = "") -> Preview:
    """What importing ``path``, which people call ``name``, would do, without writing anything. ``user`` None
    is the program's operator, who may write everywhere.

    Raises InputError for a file that cannot be read as a table of facts.
    """
    directory = Directory(user)
    parsed = _check(path, directory, progress, name)
    shown = Preview(
        rows=parsed.rows,
        skipped=parsed.skipped,
        bad_count=parsed.bad_count,
        bad=parsed.bad,
        ignored=parsed.ignored,
        notes=parsed.notes,
    )
    if parsed.bad_count:
        return shown
    table = _with_source_ids(parsed, create=False)
    compared = compare(table, simulated=_simulated(table, name or path.name))
    shown.repeats, shown.corrections = compared.repeats, compared.corrections
    shown.new = len(compared.fresh) - compared.corrections
    shown.contradictions = len(compared.beside)
    shown.superseded_sum = _sum_of(compared.supersedes)
    told = list(compared.old)[:MAX_SHOWN]
    told += [n for n in compared.beside if n not in compared.old][: max(0, MAX_SHOWN - len(told))]
    told += [n for n in compared.fresh[: MAX_SHOWN * 3].tolist() if n not in compared.old and n not in compared.beside][
        : max(0, MAX_SHOWN - len(told))
    ]
    for n in told:
        shown.changes.append(_change(table, n, directory, compared.old.get(n), compared.beside.get(n)))
    return shown


def _change(
    table: pa.Table, n: int, directory: Directory, old: float | None, beside: list[tuple[int, float]] | None
) -> Change:
    row = table.slice(n, 1).to_pylist()[0]
    element = directory.elements[row["element"]]
    kind = "correction" if old is not None else "contradiction" if beside else "new"
    return Change(
        kind,
        row["row"],
        element.name,
        directory.label(row["subject_kind"], row["subject_id"]),
        from_key(row["period_key"]).label,
        row["value"],
        element.unit,
        old if old is not None else beside[0][1] if beside else None,
    )


def commit(
    path: Path,
    user: Any = None,
    *,
    key: str,
    kind: BatchKind = BatchKind.IMPORT,
    file_name: str = "",
    note: str = "",
    progress: Progress | None = None,
    seen: dict[str, Any] | None = None,
) -> FactBatch:
    """Import ``path``: all rows or none, as one batch with ``key``; a repeat of the key returns the stored
    batch. ``seen`` is the preview (its JSON) that somebody confirmed: what he did not see is not imported.

    Raises InputError when a row is bad, ConflictError when the key stands for another file or the facts have
    changed since the preview.
    """
    sha256 = sha256_of(path)
    name = file_name or path.name
    parsed = _check(path, Directory(user), progress, name)
    if parsed.bad_count:
        raise Preview(bad_count=parsed.bad_count, bad=parsed.bad).fault(name)
    if not parsed.table.num_rows:
        raise InputError("文件里没有填写数值的行", where=name)
    with transaction.atomic():
        table = _with_source_ids(parsed, create=True)
        known = FactBatch.of_key(key) is not None
        simulated = _simulated(table, name)
        batch = ingest(
            table, key=key, kind=kind, user=user, simulated=simulated, file_name=name, sha256=sha256, note=note
        )
        if seen is not None and not known:
            _refuse_unseen(batch, seen, name)
        return batch


def _refuse_unseen(batch: FactBatch, seen: dict[str, Any], name: str) -> None:
    """Facts are never changed, so what a batch corrects is told by the ids of the corrected."""
    corrected = _sum_of(reading.table(reading.of_batch(batch))["supersedes"].to_numpy())
    done = batch.rows - batch.corrections, batch.corrections, batch.repeats, corrected
    if done != tuple(seen.get(what, 0) for what in ("new", "corrections", "repeats", "superseded_sum")):
        raise ConflictError("预览之后已有数据发生变化，未导入；请重新上传并核对预览", where=name)


def _sum_of(ids: "np.ndarray[Any, Any]") -> int:
    """The sum, kept small enough for JSON."""
    return int((ids % 1_000_003).sum()) + int((ids >> SHIFT).sum())
