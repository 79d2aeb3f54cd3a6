"""Writing, replacing, merging and clearing segments.

A segment is written under a temporary name, synced, renamed, its folder synced, and only then listed in the
catalogue, in the caller's transaction. A crash at any point leaves either a file that nobody lists (removed
by :func:`vacuum`) or a listed file that is whole.
"""

import datetime as dt
import hashlib
import os
import stat
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from qiangqu.base.errors import ConflictError
from qiangqu.base.homes import sync_folder

from .models import RECORDS, Segment

ROW_GROUP = (
    # rows: small enough that statistics of sorted columns skip most of a file, large enough to scan fast
    131_072
)
GRACE_SECONDS = 600  # a reader that took the list of files before a merge may read them for this long
_TEMPORARY = ".writing"


@dataclass(frozen=True, slots=True)
class NewSegment:
    """Rows to be written, already in the order in which they shall lie on disk (:func:`sorted_by`)."""

    table: pa.Table
    group: str = ""
    keys: tuple[str, ...] = ()
    info: dict[str, Any] = field(default_factory=dict)
    dictionary: tuple[str, ...] = ()  # columns of few different values in a row group
    row_group: int = ROW_GROUP
    compression: str = "zstd"  # small; "lz4" is read faster


class _Hashing:
    """A binary file that hashes what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def write(self, data: Any) -> int:
        self.digest.update(data)
        written = self.file.write(data)
        self.size += written
        return written

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self.file.flush()

    @property
    def closed(self) -> bool:
        return self.file.closed


def sorted_by(table: pa.Table, *columns: str) -> pa.Table:
    """``table`` in ascending order of ``columns``."""
    return table.sort_by([(column, "ascending") for column in columns])


def _folder(dataset: str) -> Path:
    root = Path(settings.LAKE_DIR)
    folder = root / dataset
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for parent in (folder.parent, root.parent):
            sync_folder(parent)
    return folder


def write_file(dataset: str, new: NewSegment) -> Segment:
    """Write one file durably. Returns the catalogue row, not yet saved: give it to :func:`publish`."""
    folder = _folder(dataset)
    name = f"{time.time_ns():x}-{uuid.uuid4().hex[:12]}.parquet"
    temporary, final = folder / f"{name}{_TEMPORARY}", folder / name
    try:
        with temporary.open("wb") as file:
            sink = _Hashing(file)
            pq.write_table(
                new.table,
                pa.PythonFile(sink, mode="w"),
                compression=new.compression,
                row_group_size=new.row_group,
                use_dictionary=list(new.dictionary) or False,
                column_encoding=_encodings(new.table.schema, new.dictionary),
            )
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(final)
        sync_folder(folder)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    bounds = {column: pc.min_max(new.table[column]).as_py() for column in new.keys} if new.table.num_rows else {}
    return Segment(
        dataset=dataset,
        group=new.group,
        file=f"{dataset}/{name}",
        rows=new.table.num_rows,
        size=sink.size,
        sha256=sink.digest.hexdigest(),
        low={column: bound["min"] for column, bound in bounds.items()},
        high={column: bound["max"] for column, bound in bounds.items()},
        info=new.info,
    )


def _encodings(schema: pa.Schema, dictionary: tuple[str, ...]) -> dict[str, str]:
    """Integers by difference (ids and sorted keys shrink to little), floats by byte stream, unless they have
    a dictionary.
    """
    encodings = {}
    for column in schema:
        if column.name in dictionary:
            continue
        if pa.types.is_int32(column.type) or pa.types.is_int64(column.type):
            encodings[column.name] = "DELTA_BINARY_PACKED"
        elif pa.types.is_floating(column.type):
            encodings[column.name] = "BYTE_STREAM_SPLIT"
        else:
            encodings[column.name] = "PLAIN"
    return encodings


def publish(written: Iterable[Segment], *, retire: Iterable[Segment] = ()) -> list[Segment]:
    """List written files and retire others, in one transaction (the caller's, when he has one).

    Raises ConflictError when one of those to retire was retired by somebody else in between, or when a file
    is gone (taken for an orphan by :func:`vacuum` because it was written long ago); nothing is listed then.
    """
    rows, old = list(written), [segment.pk for segment in retire]
    for segment in rows:
        if not segment.path.is_file():
            raise ConflictError("新写的数据段文件在登记之前被清理，请重试", where=segment.file)
        os.utime(segment.path)  # young again, so that vacuum leaves it alone until it is listed
    with transaction.atomic():
        if old and Segment.objects.live().filter(pk__in=old).update(retired_at=timezone.now()) != len(old):
            raise ConflictError("数据段已被另一个进程合并或作废，请重试")
        for segment in rows:
            segment.save(force_insert=True)
    return rows


def store(dataset: str, news: Iterable[NewSegment], *, retire: Iterable[Segment] = ()) -> list[Segment]:
    """Write and list in one go."""
    return publish([write_file(dataset, new) for new in news], retire=retire)


def live(dataset: str, groups: Sequence[str] | None = None) -> list[Segment]:
    """Segments of a dataset that count now, in the order in which they were listed."""
    segments = Segment.objects.live().filter(dataset=dataset)
    if groups is not None:
        segments = segments.filter(group__in=groups)
    return list(segments)


def merge(
    dataset: str, *, sort: Sequence[str], keys: Sequence[str] = (), target_rows: int = 4_000_000, group: str = ""
) -> int:
    """Merge small segments of equal ``info`` into sorted ones of up to ``target_rows``; returns how many were
    replaced.

    Readers go on with the files they listed; the old ones stay on disk for :data:`GRACE_SECONDS`.
    """
    replaced = 0
    small = [segment for segment in live(dataset) if segment.rows < target_rows // 2]
    by_info: dict[str, list[Segment]] = {}
    for segment in small:
        by_info.setdefault(repr(sorted(segment.info.items())), []).append(segment)
    for alike in by_info.values():
        for part in _packed(alike, target_rows):
            table = sorted_by(pa.concat_tables([pq.read_table(segment.path) for segment in part]), *sort)
            store(dataset, [NewSegment(table, group, tuple(keys), part[0].info)], retire=part)
            replaced += len(part)
    return replaced


def _packed(segments: list[Segment], target_rows: int) -> list[list[Segment]]:
    """Neighbours put together up to ``target_rows``; runs of one are left alone."""
    parts: list[list[Segment]] = [[]]
    for segment in segments:
        if parts[-1] and sum(each.rows for each in parts[-1]) + segment.rows > target_rows:
            parts.append([])
        parts[-1].append(segment)
    return [part for part in parts if len(part) > 1]


@dataclass(frozen=True, slots=True)
class Cleared:
    """What :func:`vacuum` removed."""

    retired: int
    orphans: int


def vacuum(grace_seconds: float = GRACE_SECONDS) -> Cleared:
    """Remove files of segments retired longer than ``grace_seconds`` ago, and files of that age that no row
    lists (left by a crash).
    """
    root = Path(settings.LAKE_DIR)
    if not root.is_dir():
        return Cleared(0, 0)
    before = timezone.now() - dt.timedelta(seconds=grace_seconds)
    retired = list(Segment.objects.filter(retired_at__lte=before))
    for segment in retired:
        segment.path.unlink(missing_ok=True)
    Segment.objects.filter(pk__in=[segment.pk for segment in retired]).delete()
    # the folder is listed before the catalogue is read: a file that appears in between is not taken for an
    # orphan
    candidates = [path for path in root.rglob("*") if _old_file(path, grace_seconds)]
    listed = set(Segment.objects.values_list("file", flat=True))
    orphans = [path for path in candidates if path.relative_to(root).as_posix() not in listed]
    for path in orphans:
        if _old_file(path, grace_seconds):  # still: one about to be listed was made young
            path.unlink(missing_ok=True)
    return Cleared(len(retired), len(orphans))


def _old_file(path: Path, seconds: float) -> bool:
    """Whether it is a file last changed longer ago than that; a file that is renamed or removed meanwhile is
    not.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_mtime <= time.time() - seconds


@dataclass(frozen=True, slots=True)
class Holding:
    """What the lake holds of a dataset."""

    dataset: str
    segments: int
    rows: int
    bytes: int


def holdings() -> list[Holding]:
    """What counts now, by dataset."""
    sums = Segment.objects.live().order_by("dataset").values("dataset")
    counted = sums.annotate(segments=Count("pk"), total=Sum("rows"), bytes=Sum("size"))
    return [Holding(each["dataset"], each["segments"], each["total"], each["bytes"]) for each in counted]


def check(dataset: str | None = None) -> list[str]:
    """Faults of listed files (missing, or other bytes than were written), one sentence each; reads
    everything.
    """
    faults = []
    segments = Segment.objects.live()
    for segment in segments if dataset is None else segments.filter(dataset=dataset):
        remedy = "请从备份恢复该文件" if segment.dataset in RECORDS else "请执行 qiangqu lake rebuild"
        if not segment.path.is_file():
            faults.append(f"数据段文件 {segment.file} 不见了，{remedy}")
        elif _file_sha256(segment.path) != segment.sha256:
            faults.append(f"数据段文件 {segment.file} 与校验值不符，{remedy}")
    return faults


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
