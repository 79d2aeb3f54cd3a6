"""Import jobs 导入任务: from an uploaded file to a batch, worked on beside the answering of pages.

The work runs in a thread of the process that serves the site: no further program is needed. What it does stands in the job's row, so that any
process shows it; a job whose worker died (no beat for :data:`SILENCE` seconds) is taken up again by whoever next looks at it. A claim is
one conditional UPDATE: of two that try, one works.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import OperationalError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError, QiangquError
from qiangqu.registry import audit
from qiangqu.registry.models import User

from . import telling
from .importing import commit, preview, sha256_of
from .models import FactBatch, ImportJob, JobStatus
from .reading import MAX_BYTES, SUFFIXES

log = logging.getLogger(__name__)
SILENCE = 30
MAX_WAITING = 5
KEPT_DAYS = 7
RUNNING = (JobStatus.WAITING, JobStatus.CHECKING, JobStatus.CONFIRMED, JobStatus.IMPORTING)
#: what is claimed, and what it becomes while somebody works on it
_CLAIMS = {
    JobStatus.WAITING: JobStatus.CHECKING,
    JobStatus.CHECKING: JobStatus.CHECKING,
    JobStatus.CONFIRMED: JobStatus.IMPORTING,
    JobStatus.IMPORTING: JobStatus.IMPORTING,
}


def folder() -> Path:
    """Where uploaded files wait."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def file_of(job: ImportJob) -> Path:
    return folder() / f"{job.token.hex}{job.suffix}"


def batch_key(sha256: str) -> str:
    """The same file is the same batch, by whatever way it comes in (the command ``facts import`` uses the same key)."""
    return f"import:{sha256}"


def jobs_of(user: Any) -> Any:
    """A user's own jobs: a file shows what it holds, so nobody else sees it."""
    return ImportJob.objects.filter(user=user).select_related("batch", "user")


def job_of(user: Any, token: Any) -> ImportJob:
    """Raises NotFoundError for a job that is not the user's own."""
    job: ImportJob | None = jobs_of(user).filter(token=token).first()
    if job is None:
        raise NotFoundError("没有这个导入任务", where=str(token)[:40])
    return job


def receive(file: IO[bytes], name: str, user: User) -> ImportJob:
    """Keep an uploaded file and make its job, ``WAITING``. Raises InputError for a file of another kind, an empty or a too large one, and when too
    many of the user's files are being worked on."""
    name = Path(name.replace("\\", "/")).name[-200:]
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"只接受 {'、'.join(SUFFIXES)} 文件", where=name)
    clean_up()
    if jobs_of(user).filter(status__in=RUNNING).count() >= MAX_WAITING:
        raise InputError(f"您已有 {MAX_WAITING} 个文件在处理，请等它们完成")
    job = ImportJob(user=user, file_name=name, suffix=suffix, size=0)
    path, digest = file_of(job), hashlib.sha256()
    try:
        with path.open("wb") as kept:
            while chunk := file.read(1 << 20):
                job.size += len(chunk)
                if job.size > MAX_BYTES:
                    raise InputError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请分成几个文件", where=name)
                digest.update(chunk)
                kept.write(chunk)
        if not job.size:
            raise InputError("文件是空的，请重新导出后再试", where=name)
        job.sha256 = digest.hexdigest()
        with transaction.atomic():
            job.save()
            _record(job, "facts_uploaded")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return job


def _record(job: ImportJob, act: str) -> None:
    audit.record(
        job.user,
        act,
        object_type="importjob",
        object_id=job.pk,
        area_path=job.user.scope_path,
        detail={"file_name": job.file_name, "sha256": job.sha256},
    )


def confirm(job: ImportJob, sha256: str) -> None:
    """The user wants what the preview showed. ``sha256`` is that of the file whose preview he saw.

    Raises ConflictError when the job is not waiting for that; a second confirmation is no error.
    """
    with transaction.atomic():
        moved = ImportJob.objects.filter(pk=job.pk, status=JobStatus.READY, sha256=sha256).update(
            status=JobStatus.CONFIRMED, beat_at=None, progress=0
        )
        if moved:
            _record(job, "facts_confirmed")
    job.refresh_from_db()
    if not moved and (job.sha256 != sha256 or job.status not in (*RUNNING, JobStatus.DONE)):
        raise ConflictError("这个导入任务现在不能确认，请刷新后查看它的状态", where=job.file_name)


def drop(job: ImportJob) -> None:
    """The user gives it up. Raises ConflictError while it is being imported or after it has been."""
    open_states = (JobStatus.WAITING, JobStatus.READY, JobStatus.FAULTY, JobStatus.FAILED)
    with transaction.atomic():
        if not ImportJob.objects.filter(pk=job.pk, status__in=open_states).update(status=JobStatus.DROPPED):
            raise ConflictError("这个导入任务正在处理或已经导入，不能放弃", where=job.file_name)
        _record(job, "facts_dropped")
    file_of(job).unlink(missing_ok=True)
    job.refresh_from_db()


def clean_up(days: int = KEPT_DAYS) -> int:
    """Files of jobs that nobody took further for ``days`` days are removed; returns how many."""
    old = ImportJob.objects.filter(created_at__lt=timezone.now() - timedelta(days=days)).exclude(
        status__in=(JobStatus.CONFIRMED, JobStatus.IMPORTING, JobStatus.DROPPED)
    )
    count = 0
    for job in old.order_by("-id")[:200]:
        path = file_of(job)
        if path.exists():
            path.unlink()
            count += 1
        if job.status != JobStatus.DONE:
            ImportJob.objects.filter(pk=job.pk, status=job.status).update(status=JobStatus.DROPPED)
    return count


# ---------------------------------------------------------------- working


def start(job: ImportJob) -> None:
    """Work on the job in a thread, after the present transaction."""
    transaction.on_commit(lambda: threading.Thread(target=_in_thread, args=(job.pk,), name=f"import-{job.pk}").start())


def look_after(job: ImportJob) -> ImportJob:
    """Take up a job that nobody works on (its process was stopped). Called when somebody looks at it."""
    silent = job.beat_at is None or job.beat_at < timezone.now() - timedelta(seconds=SILENCE)
    fresh = job.beat_at is None and job.created_at > timezone.now() - timedelta(seconds=SILENCE)
    if job.status in RUNNING and silent and not fresh:
        start(job)
    return job


def _in_thread(pk: int) -> None:
    close_old_connections()
    try:
        run(pk)
    except OperationalError:
        # the store is locked by a long import; whoever looks at the job next tries again
        log.warning("import job %s could not be taken up", pk, exc_info=True)
    finally:
        connection.close()


def run(pk: int) -> bool:
    """Do what the job is waiting for; False when there is nothing to do or another one is at it."""
    job = _claim(pk)
    if job is None:
        return False
    act: Callable[[ImportJob, Callable[[int], None]], dict[str, Any]] = (
        _import if job.status == JobStatus.IMPORTING else _check
    )
    try:
        with _Heart(job) as heart:
            changes = act(job, heart.progress)
    except QiangquError as error:
        changes = {"status": JobStatus.FAILED, "error": str(error)[:500]}
    except Exception:
        log.exception("import job %s failed", pk)
        changes = {"status": JobStatus.FAILED, "error": "处理时出错，未导入任何数据；请联系管理员查看日志"}
    with transaction.atomic():
        if ImportJob.objects.filter(pk=pk, status=job.status).update(beat_at=timezone.now(), **changes):
            telling.import_ended(job, changes["status"], changes.get("error", ""))
    return True


def _claim(pk: int) -> ImportJob | None:
    now = timezone.now()
    free = Q(beat_at=None) | Q(beat_at__lt=now - timedelta(seconds=SILENCE))
    for status, working in _CLAIMS.items():
        if ImportJob.objects.filter(free, pk=pk, status=status).update(status=working, beat_at=now):
            return ImportJob.objects.select_related("user__area").get(pk=pk)
    return None


class _Heart:
    """Writes signs of life and the rows done, at most every second. Long steps without rows (sorting, storing) beat from a thread of their own."""

    def __init__(self, job: ImportJob) -> None:
        self.job, self.rows, self.written = job, 0, 0.0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> "_Heart":
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.thread.join()

    def progress(self, rows: int) -> None:
        self.rows = rows
        if time.monotonic() - self.written >= 1 and not connection.in_atomic_block:
            self.written = time.monotonic()
            ImportJob.objects.filter(pk=self.job.pk).update(progress=rows, beat_at=timezone.now())

    def _beat(self) -> None:
        if not self.stop.wait(SILENCE / 3):
            try:
                while True:
                    # on SQLite this waits for the importing transaction; then that one holds the lock and nobody else can claim
                    try:
                        ImportJob.objects.filter(pk=self.job.pk).update(beat_at=timezone.now())
                    except Exception:
                        log.warning("no sign of life could be written for import job %s", self.job.pk, exc_info=True)
                    if self.stop.wait(SILENCE / 3):
                        return
            finally:
                connection.close()


def _kept_file(job: ImportJob) -> Path:
    path = file_of(job)
    if not path.exists() or sha256_of(path) != job.sha256:
        raise ConflictError("上传的文件已不在或被改动，请重新上传", where=job.file_name)
    return path


def _check(job: ImportJob, progress: Callable[[int], None]) -> dict[str, Any]:
    path = _kept_file(job)
    stored = FactBatch.objects.filter(key=batch_key(job.sha256)).first()
    if stored is not None:
        return {"status": JobStatus.DONE, "batch": stored, "preview": {"repeated": True}}
    try:
        shown = preview(path, job.user, progress)
    except InputError as error:
        # the file waits under its token, which says nothing to people
        raise InputError(error.message, where=error.where.replace(path.name, job.file_name)) from error
    ready = shown.importable
    return {
        "status": JobStatus.READY if ready else JobStatus.FAULTY,
        "preview": shown.as_json(),
        "progress": shown.rows,
        "error": "" if ready or shown.bad_count else "文件里没有新的数据：所有行都与已有的事实相同或没有数值",
    }


def _import(job: ImportJob, progress: Callable[[int], None]) -> dict[str, Any]:
    batch = commit(
        _kept_file(job),
        job.user,
        key=batch_key(job.sha256),
        file_name=job.file_name,
        progress=progress,
        seen=job.preview,
    )
    return {"status": JobStatus.DONE, "batch": batch}
