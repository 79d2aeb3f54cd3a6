"""Import jobs 导入任务: an uploaded file on its way to becoming facts."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class JobStatus(models.TextChoices):
    """The way of a job: waiting → checking → ready or faulty; confirmed → importing → done. ``failed``: the file could not be read at all."""

    WAITING = "waiting", _("等待检查")
    CHECKING = "checking", _("正在检查")
    READY = "ready", _("可以导入")
    FAULTY = "faulty", _("有误")
    CONFIRMED = "confirmed", _("等待导入")
    IMPORTING = "importing", _("正在导入")
    DONE = "done", _("已导入")
    FAILED = "failed", _("无法导入")
    DROPPED = "dropped", _("已放弃")


class ImportJob(models.Model):
    """Import job 导入任务. Only its owner sees it. ``preview`` is what the check found (JSON of ``importing.Preview``)."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("录入人"))
    file_name = models.CharField(_("文件名"), max_length=200)
    suffix = models.CharField(max_length=8)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(_("文件校验"), max_length=64)
    status = models.CharField(_("状态"), max_length=12, choices=JobStatus, default=JobStatus.WAITING)
    progress = models.PositiveIntegerField(_("已处理行数"), default=0)
    preview = models.JSONField(default=dict)
    error = models.CharField(_("原因"), max_length=500, blank=True)
    batch = models.ForeignKey(
        "facts.FactBatch", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批次")
    )
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    #: last sign of life of who works on it; a job whose worker died is taken up again
    beat_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("导入任务")
        verbose_name_plural = _("导入任务")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
