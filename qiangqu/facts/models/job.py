"""Import jobs 导入任务: an uploaded file on its way to becoming facts."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.ui.background import JobStatus, Leased

__all__ = ["ImportJob", "JobStatus"]


class ImportJob(Leased):
    """Import job 导入任务. Only its owner sees it. ``preview`` is what the check found (JSON of
    ``importing.Preview``).
    """

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("录入人"))
    file_name = models.CharField(_("文件名"), max_length=200)
    suffix = models.CharField(max_length=8)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(_("文件校验"), max_length=64)
    preview = models.JSONField(default=dict)
    batch = models.ForeignKey(
        "facts.FactBatch", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批次")
    )

    seen_by = "user"
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("导入任务")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
