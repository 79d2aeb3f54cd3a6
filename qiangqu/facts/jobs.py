"""Import jobs 导入任务: from an uploaded file to a batch, worked on beside the answering of pages
(:mod:`qiangqu.ui.background`).
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.registry import audit
from qiangqu.registry.models import User
from qiangqu.ui.background import RUNNING, Progress, Work
from qiangqu.ui.spreadsheets import FIGURES
from qiangqu.ui.uploads import Checked, tables

from . import sealing
from .importing import commit, preview, sha256_of
from .models import FactBatch, ImportJob, JobStatus

TAKES = tables(FIGURES)
MAX_WAITING = 5
KEPT_DAYS = 7


def folder() -> Path:
    """Where uploaded files wait."""
    path = Path(settings.MEDIA_ROOT) / "imports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def file_of(job: ImportJob) -> Path:
    return folder() / f"{job.token.hex}{job.suffix}"


def batch_key(sha256: str) -> str:
    """The same file is the same batch, by whatever way it comes in (the command ``facts import`` uses the
    same key).
    """
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


def receive(file: Checked, user: User) -> ImportJob:
    """Keep an uploaded file and make its job, ``WAITING``. Raises InputError when too many of the user's files
    are being worked on.
    """
    clean_up()
    # a job whose process was stopped blocks nobody: it is taken up again
    stopped = WORK.orphans(user)
    for job in stopped:
        start(job)
    if jobs_of(user).filter(status__in=RUNNING).count() - len(stopped) >= MAX_WAITING:
        raise InputError(f"您已有 {MAX_WAITING} 个文件在处理，请等它们完成")
    job = ImportJob(user=user, file_name=file.name, suffix=file.suffix, size=file.size, sha256=file.sha256)
    path = file_of(job)
    try:
        file.keep(path)
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
        area_path=job.user.home_path,
        detail={"file_name": job.file_name, "sha256": job.sha256},
    )


def confirm(job: ImportJob, sha256: str) -> None:
    """The user wants what the preview showed. ``sha256`` is that of the file whose preview he saw.

    Raises ConflictError when the job is not waiting for that; a second confirmation is no error.
    """
    with transaction.atomic():
        moved = ImportJob.objects.filter(pk=job.pk, status=JobStatus.READY, sha256=sha256).update(
            status=JobStatus.CONFIRMED, beat_at=None, progress=0, attempts=0
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


def kept_file(job: ImportJob) -> Path:
    """The uploaded file of a job. Raises ConflictError when it is not there as it was."""
    path = file_of(job)
    if not path.exists() or sha256_of(path) != job.sha256:
        raise ConflictError("上传的文件已不在或被改动，请重新上传", where=job.file_name)
    return path


def _check(job: ImportJob, progress: Progress) -> dict[str, Any]:
    path = kept_file(job)
    stored = FactBatch.of_key(batch_key(job.sha256))
    if stored is not None:
        return {"status": JobStatus.DONE, "batch": stored, "preview": {"repeated": True}}
    # the file waits under its token, which says nothing to people
    shown = preview(path, job.user, progress, job.file_name)
    ready = shown.importable
    return {
        "status": JobStatus.READY if ready else JobStatus.FAULTY,
        "preview": shown.as_json(),
        "progress": shown.rows,
        "error": "" if ready or shown.bad_count else "文件里没有新的数据：所有行都与已有的事实相同或没有数值",
    }


def _import(job: ImportJob, progress: Progress) -> dict[str, Any]:
    batch = commit(
        kept_file(job),
        job.user,
        key=batch_key(job.sha256),
        file_name=job.file_name,
        progress=progress,
        seen=job.preview,
    )
    return {"status": JobStatus.DONE, "batch": batch}


def _outcome(job: ImportJob) -> dict[str, Any] | None:
    """A batch that was stored before its process ended is done."""
    stored = FactBatch.of_key(batch_key(job.sha256)) if job.status == JobStatus.IMPORTING else None
    return {"status": JobStatus.DONE, "batch": stored} if stored is not None else None


WORK = Work(ImportJob, _check, _import, _outcome)
start, run, look_after = WORK.start, WORK.run, WORK.look_after


def take_up(_now: datetime) -> str:
    """Periodic job: imports whose process was stopped go on."""
    count = WORK.take_up()
    return f"{count} 个导入任务" if count else ""


def seal_many(_now: datetime) -> str:
    """Periodic job: rows that wait in too great a number, as after an upgrade, are sealed."""
    sealed = sealing.seal_many(logging.getLogger(__name__).info)
    return f"封存了 {sealed} 条事实" if sealed else ""


def seal(_now: datetime) -> str:
    """Periodic job: rows that wait are sealed, small files put together."""
    sealed, merged = sealing.seal(), sealing.merge()
    return f"封存了 {sealed} 条事实，合并了 {merged} 个数据段" if sealed or merged else ""
