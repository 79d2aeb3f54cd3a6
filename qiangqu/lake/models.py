"""The catalogue of the lake: which Parquet files there are, and which of them count."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SegmentQuerySet(models.QuerySet["Segment"]):
    def live(self) -> "SegmentQuerySet":
        """Segments that count now (not retired)."""
        return self.filter(retired_at__isnull=True)


class Segment(models.Model):
    """Segment 数据段: one immutable Parquet file of a dataset. What has no row here does not exist; what is retired counts no more.

    ``group`` says what the rows belong to (a batch, a month …) in the words of the part that owns the dataset; ``low`` and ``high`` are the
    least and the greatest values of the columns it asked for, by column name; ``info`` is what else that part wants to know.
    """

    dataset = models.CharField(_("数据集"), max_length=60)
    group = models.CharField(_("分组"), max_length=80, blank=True)
    file = models.CharField(_("文件"), max_length=200, unique=True)
    rows = models.PositiveBigIntegerField(_("行数"))
    size = models.PositiveBigIntegerField(_("字节数"))
    sha256 = models.CharField(_("校验值"), max_length=64)
    low = models.JSONField(_("最小键"), default=dict)
    high = models.JSONField(_("最大键"), default=dict)
    info = models.JSONField(_("附注"), default=dict)
    created_at = models.DateTimeField(_("写入时间"), auto_now_add=True)
    retired_at = models.DateTimeField(_("作废时间"), null=True, blank=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("数据段")
        verbose_name_plural = _("数据段")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["dataset", "group"], name="segment_live", condition=models.Q(retired_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.file

    @property
    def path(self) -> Path:
        return Path(settings.LAKE_DIR) / self.file
