"""Uploads 上传: a plan document on its way from the browser to its review, read and compiled beside the
answering of pages.

The work runs in a thread of the process that serves the site, the reading itself in a process with bounds
(:mod:`.compile.apart`). What it does stands in the upload's row; one whose process died (no beat for
:data:`SILENCE` seconds) is taken up again by whoever next looks. The one who sent the file is told how it
ended.
"""

import logging
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, close_old_connections, connection, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, QiangquError
from qiangqu.messaging.notify import notify
from qiangqu.registry.models import Area
from qiangqu.ui.uploads import Checked, Takes

from . import documents
from .compile.readers import MAX_BYTES, SUFFIXES
from .models import PlanDocument, PlanUpload, UploadStatus

log = logging.getLogger(__name__)
TAKES = Takes(SUFFIXES, MAX_BYTES, gettext_lazy("不支持这种文件，请提供 .txt、.md、.docx 或 .pdf"))
SILENCE = 30
MAX_WAITING = 3
MAX_TRIES = 3
KEPT = timedelta(days=1)
RUNNING = (UploadStatus.WAITING, UploadStatus.READING)


def file_of(upload: PlanUpload) -> Path:
    """Where the file waits."""
    return Path(settings.MEDIA_ROOT) / "plan-uploads" / f"{upload.token.hex}"


def uploads_of(user: Any) -> "QuerySet[PlanUpload]":
    """A user's uploads of the last days, the newest first: those under way and those that failed. Nobody else
    sees them.
    """
    recent = PlanUpload.objects.filter(user=user, created_at__gt=timezone.now() - KEPT)
    return recent.exclude(status=UploadStatus.DONE).select_related("document")


def receive(file: Checked, *, area: Area, user: Any) -> PlanUpload | PlanDocument:
    """Keep an uploaded file to be compiled; the stored document when the area has this very file already.

    Raises InputError when too many of the user's are under way.
    """
    stored = PlanDocument.objects.filter(area=area, sha256=file.sha256).first()
    if stored is not None:
        return stored
    _clean_up()
    if PlanUpload.objects.filter(user=user, status__in=RUNNING).count() >= MAX_WAITING:
        raise InputError(_("您已有 %(count)s 份文件在编译，请等它们完成") % {"count": MAX_WAITING})
    upload = PlanUpload(area=area, user=user, file_name=file.name, sha256=file.sha256, status=UploadStatus.WAITING)
    path = file_of(upload)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.keep(path)
        upload.save()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return upload


def start(upload: PlanUpload) -> None:
    """Work on it in a thread, after the present transaction."""
    pk = upload.pk
    transaction.on_commit(lambda: threading.Thread(target=_in_thread, args=(pk,), name=f"plan-upload-{pk}").start())


def look_after(upload: PlanUpload) -> PlanUpload:
    """Take up an upload that nobody works on (its process was stopped). Called when somebody looks at it."""
    seen = upload.beat_at or upload.created_at
    if upload.status in RUNNING and seen < timezone.now() - timedelta(seconds=SILENCE):
        start(upload)
    return upload


def _in_thread(pk: int) -> None:
    close_old_connections()
    try:
        run(pk)
    except OperationalError:
        # the store is locked by something long; whoever looks at the upload next tries again
        log.warning("plan upload %s could not be taken up", pk, exc_info=True)
    finally:
        connection.close()


def run(pk: int) -> bool:
    """Compile what was uploaded; False when there is nothing to do or another one is at it."""
    now = timezone.now()
    free = Q(beat_at=None) | Q(beat_at__lt=now - timedelta(seconds=SILENCE))
    taken = PlanUpload.objects.filter(free, pk=pk, status__in=RUNNING).update(
        status=UploadStatus.READING, beat_at=now, tries=F("tries") + 1
    )
    if not taken:
        return False
    upload = PlanUpload.objects.select_related("area", "user").get(pk=pk)
    document, error = None, ""
    try:
        if upload.tries > MAX_TRIES:
            raise InputError(_("编译几次都中途停止，请重新导出或拆分后再上传"), where=upload.file_name)
        path = file_of(upload)
        if not path.is_file():
            raise InputError(_("上传的文件已不在，请重新上传"), where=upload.file_name)
        document = documents.import_bytes(
            path.read_bytes(), upload.file_name, area=upload.area, user=upload.user, beat=lambda: _beat(pk)
        )
    except QiangquError as fault:
        error = str(fault)[:500]
    except Exception:
        log.exception("plan upload %s failed", pk)
        error = _("处理时出错，请联系管理员查看日志")
    with transaction.atomic():
        ended = PlanUpload.objects.filter(pk=pk, status=UploadStatus.READING).update(
            status=UploadStatus.FAILED if error else UploadStatus.DONE,
            document=document,
            error=error,
            beat_at=timezone.now(),
        )
        if ended:
            _tell(upload, document, error)
    file_of(upload).unlink(missing_ok=True)
    return True


def _beat(pk: int) -> None:
    PlanUpload.objects.filter(pk=pk).update(beat_at=timezone.now())


def _tell(upload: PlanUpload, document: PlanDocument | None, error: str) -> None:
    if document is None:
        subject = _("文件未能编译：%(name)s") % {"name": upload.file_name}
        notify(upload.user, subject, error, reverse("plan-documents"), topic="plan", key=f"plan:upload:{upload.pk}")
        return
    subject = _("已编译，待审核：%(name)s") % {"name": document.title or upload.file_name}
    text = _("共 %(count)s 条，请逐条审核后写入计划") % {"count": document.items.count()}
    address = reverse("plan-document", args=[document.pk])
    notify(upload.user, subject, text, address, topic="plan", key=f"plan:upload:{upload.pk}")


def _clean_up() -> None:
    """Files of uploads that ended long ago, or that nobody took up for days."""
    for old in PlanUpload.objects.filter(created_at__lt=timezone.now() - KEPT, status__in=RUNNING)[:50]:
        PlanUpload.objects.filter(pk=old.pk, status=old.status).update(
            status=UploadStatus.FAILED, error=_("上传后一直没有编译，请重新上传")
        )
        file_of(old).unlink(missing_ok=True)
