"""Importing a spreadsheet into a register: upload, preview, confirmation. A small file is looked at while its
page is answered; a larger one is a job that is worked on beside (:mod:`qiangqu.ui.background`), and its page
shows how far it has come."""

import datetime as dt
import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError

from ..background import RUNNING, JobStatus, Progress, Work
from ..hooks import hooks
from ..models import RegisterImport
from ..spreadsheets import RECORDS, write_returned
from ..uploads import Checked, tables
from . import excel
from .declare import Register, registered

TAKES = tables(RECORDS)
MAX_WAITING = 3  # files of one user that are being worked on
KEPT = timedelta(days=1)
#: what is read while a page is answered: bytes of the file, and of its parts
SMALL, SMALL_UNPACKED = 256 << 10, 1 << 20
MAX_SHOWN = 300


def folder() -> Path:
    """Where uploads wait."""
    path = Path(settings.MEDIA_ROOT) / "register-uploads"
    path.mkdir(parents=True, exist_ok=True)
    return path


def file_of(job: RegisterImport) -> Path:
    # the name is made here: nothing of what the user calls his file becomes a path
    return folder() / f"{job.token.hex}{job.suffix}"


def small(path: Path) -> bool:
    """Whether a file is read and compared in a moment."""
    if path.stat().st_size > SMALL:
        return False
    try:
        with zipfile.ZipFile(path) as container:
            return sum(part.file_size for part in container.infolist()) <= SMALL_UNPACKED
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True  # text, or refused at once


def receive(register: Register, file: Checked, user: Any, day: dt.date) -> RegisterImport:
    """Keep an upload and make its job, ``WAITING``. Raises InputError when too many of the user's files are
    being worked on.
    """
    clean_up()
    stopped = WORK.orphans(user)
    for one in stopped:
        WORK.start(one)
    busy = RegisterImport.objects.filter(user=user, status__in=RUNNING).count() - len(stopped)
    if busy >= MAX_WAITING:
        raise InputError(_("您已有 %(count)s 个文件在处理，请等它们完成") % {"count": MAX_WAITING})
    job = RegisterImport(
        token=uuid4(), user=user, register=register.code, file_name=file.name[-120:], suffix=file.suffix,
        effective_from=day, sha256=file.sha256, language=get_language() or settings.LANGUAGE_CODE,
    )  # fmt: skip
    file.keep(file_of(job))
    job.save()
    return job


def job_of(register: Register, user: Any, token: str | UUID) -> RegisterImport:
    """A user's own job. Raises InputError for any other."""
    try:
        found = RegisterImport.objects.filter(
            token=token if isinstance(token, UUID) else UUID(hex=token), user=user, register=register.code
        ).first()
    except ValueError:
        found = None
    if found is None:
        raise InputError(_("没有找到预览过的文件，请重新上传"))
    return found


def confirm(job: RegisterImport) -> None:
    """The user wants what the preview showed. Raises InputError when it cannot be had any more, ConflictError
    while it is being imported.
    """
    moved = RegisterImport.objects.filter(pk=job.pk, status=JobStatus.READY).update(
        status=JobStatus.CONFIRMED, beat_at=None, progress=0, attempts=0
    )
    job.refresh_from_db()
    if not moved and job.status in RUNNING:
        raise ConflictError(_("这个文件正在处理，请稍候"), where=job.file_name)
    if not moved:
        raise InputError(_("预览已过期或已导入过，请重新上传"))


def note(job: RegisterImport, plan: excel.Preview) -> None:
    """A file that was looked at in the request: its preview, and, when nothing can be imported, the end of
    its upload.
    """
    for name, value in checked(plan).items():
        setattr(job, name, value)
    job.save()
    # what is faulty can be had back, with the faults; secrets do not lie about
    if job.status != JobStatus.READY and (not plan.of("bad") or _register(job.register).secrets):
        file_of(job).unlink(missing_ok=True)


def returned(job: RegisterImport) -> bytes:
    """The job's file as .xlsx, with what is wrong beside each row. Raises InputError where nothing is, ConflictError
    when the file is gone.
    """
    rows = job.preview.get("rows", []) if job.status == JobStatus.FAULTY else []
    bad = {
        one["number"]: "；".join(f"{label}：{why}" for label, why in one["problems"]) for one in rows if one["problems"]
    }
    if not bad:
        raise InputError(_("这个任务没有有误的行"))
    out = io.BytesIO()
    count = sum(job.preview["counts"].values())
    write_returned(out, _kept_file(job), RECORDS, excel.is_heading(_register(job.register)), bad, count)
    return out.getvalue()


def give_up(job: RegisterImport, reason: str) -> None:
    """A file that cannot be read."""
    RegisterImport.objects.filter(pk=job.pk).update(status=JobStatus.FAILED, error=reason[:500])
    file_of(job).unlink(missing_ok=True)


def clean_up() -> int:
    """Uploads that nobody took further for a day are removed, with their jobs; returns how many."""
    old = RegisterImport.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(
        status__in=(JobStatus.CONFIRMED, JobStatus.IMPORTING)
    )
    count = 0
    for job in old.order_by("id")[:200]:
        file_of(job).unlink(missing_ok=True)
        job.delete()
        count += 1
    return count


# ---------------------------------------------------------------- working


def _register(code: str) -> Register:
    found = next((one for one in registered() if one.code == code), None)
    if found is None:
        raise InputError(_("没有这个名录"), where=code)
    return found


def _owner(job: RegisterImport, register: Register) -> Any:
    """The uploader as he is now: what he may no longer change is not changed."""
    user = get_user_model().objects.get(pk=job.user_id)
    if not user.is_active or register.action_edit is None or not hooks.may(user, register.action_edit):
        raise InputError(_("您的角色不能修改这个名录"))
    return user


def _kept_file(job: RegisterImport) -> Path:
    path = file_of(job)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != job.sha256:
        raise ConflictError(_("上传的文件已不在或被改动，请重新上传"), where=job.file_name)
    return path


def preview_of(job: RegisterImport, progress: Progress = lambda _rows: None) -> excel.Preview:
    """What the job's file would do."""
    register = _register(job.register)
    return excel.preview(register, _kept_file(job), _owner(job, register), job.effective_from, job.file_name, progress)


def as_json(plan: excel.Preview) -> dict[str, Any]:
    """A preview for the job's row: all counts, the first rows."""
    told = plan.of("bad") or [row for row in plan.rows if row.state in ("new", "changed")]
    return {
        "counts": plan.counts,
        "ignored": plan.ignored[:50],
        "notes": plan.notes,
        "rows": [
            {
                "number": row.number,
                "name": row.name,
                "state": row.state,
                "changes": row.changes,
                "problems": row.problems,
            }
            for row in told[:MAX_SHOWN]
        ],
        "more": max(0, len(told) - MAX_SHOWN),
    }


def checked(plan: excel.Preview) -> dict[str, Any]:
    """The columns of a job whose file has been looked at."""
    ready = not plan.of("bad") and bool(plan.of("new") or plan.of("changed"))
    return {
        "status": JobStatus.READY if ready else JobStatus.FAULTY,
        "preview": as_json(plan),
        "progress": len(plan.rows),
    }


def _check(job: RegisterImport, progress: Progress) -> dict[str, Any]:
    with override(job.language):
        return checked(preview_of(job, progress))


def _store(job: RegisterImport, _progress: Progress) -> dict[str, Any]:
    """The rows and the job's end are one transaction: after a kill either both are there or neither."""
    with override(job.language):
        register = _register(job.register)
        path, user = _kept_file(job), _owner(job, register)
        with transaction.atomic():
            counts = excel.commit(register, path, user, job.effective_from, job.file_name, job.sha256)
            done = {"status": JobStatus.DONE, "preview": job.preview | {"counts": counts}}
            RegisterImport.objects.filter(pk=job.pk).update(**done)
        path.unlink(missing_ok=True)
        return done


WORK = Work(RegisterImport, _check, _store)
