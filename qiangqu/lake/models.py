"""The catalogue of the lake: which Parquet files there are, and which of them count."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays

TELEMETRY, TELEMETRY_HOURLY, MESSAGES = "telemetry", "telemetry_hourly", "messages"
#: of records of registers, and those of them that were superseded and put apart; of areas (official figures); ids of
#: those that do not count and lie among those that do
FACTS, FACTS_PAST, AREA_FACTS, FACTS_OUT = "fact_rows", "fact_past", "area_fact_rows", "fact_out"
#: facts of batches that were withdrawn: they count no more, and as of a day before they still do
FACTS_WITHDRAWN = "fact_withdrawn"
#: datasets that are the only copy of their rows
RECORDS = (TELEMETRY, TELEMETRY_HOURLY, MESSAGES, FACTS, FACTS_PAST, AREA_FACTS, FACTS_OUT, FACTS_WITHDRAWN)


class SegmentQuerySet(models.QuerySet["Segment"]):
    def live(self) -> "SegmentQuerySet":
        """Segments that count now (not retired)."""
        return self.filter(retired_at__isnull=True)

    def derived(self) -> "SegmentQuerySet":
        """Segments that can be computed again; all others are records that nothing can build again."""
        return self.exclude(dataset__in=RECORDS)


class Segment(models.Model):
    """Segment 数据段: one immutable Parquet file of a dataset. What has no row here does not exist; what is
    retired counts no more.

    ``group`` says what the rows belong to (a batch, a month …) in the words of the part that owns the
    dataset; ``low`` and ``high`` are the least and the greatest values of the columns it asked for, by column
    name; ``info`` is what else that part wants to know.
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

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("数据段")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["dataset", "group"], name="segment_live", condition=models.Q(retired_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.file

    @property
    def path(self) -> Path:
        return Path(settings.LAKE_DIR) / self.file


class Level(models.IntegerChoices):
    """How long a stretch of time a telemetry segment may cover."""

    HOT = 0, _("刚写入")
    HOUR = 1, _("小时")
    DAY = 2, _("日")
    MONTH = 3, _("月")


class TelemetrySegment(models.Model):
    """Telemetry segment 遥测数据段: where a segment of telemetry lies in time, in points and in the order of
    commits.

    Rows of one ``seq`` and partition never share a (point, time); where segments do share one, the row of the
    higher ``seq`` counts.
    """

    segment = models.OneToOneField(Segment, models.CASCADE, primary_key=True, related_name="telemetry")
    level = models.PositiveSmallIntegerField(_("层级"), choices=Level.choices)
    partition = models.BigIntegerField(_("时段起点"))
    seq = models.BigIntegerField(_("提交序号"))
    first_ms = models.BigIntegerField(_("最早时刻"))
    last_ms = models.BigIntegerField(_("最晚时刻"))
    first_point = models.IntegerField(_("最小测点"))
    last_point = models.IntegerField(_("最大测点"))
    rolled = models.BooleanField(_("已计入小时值"), default=False)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("遥测数据段")
        indexes = [models.Index(fields=["last_ms", "first_ms"], name="telemetry_segment_time")]

    def __str__(self) -> str:
        return f"{self.level}/{self.partition}/{self.seq}"


class TelemetryClock(models.Model):
    """Commit counter 提交计数: one row. Who commits telemetry holds it, so that ``seq`` is the order of
    commits.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.CharField(_("标识"), max_length=32)
    seq = models.BigIntegerField(_("提交序号"), default=0)
    horizon = models.BigIntegerField(
        _("最新值所至时刻"), default=0, help_text=_("移动最新值时的节点时钟；时钟被调回时它在前面")
    )

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("提交计数")

    def __str__(self) -> str:
        return str(self.seq)


class TelemetryCommit(models.Model):
    """Telemetry commit 遥测提交: what one group commit took in and refused; ``ids`` are 16 bytes for each
    batch.
    """

    seq = models.BigIntegerField(_("提交序号"), primary_key=True)
    at = models.DateTimeField(_("提交时间"), db_index=True)
    rows = models.PositiveIntegerField(_("行数"))
    refused = models.JSONField(_("拒收行数"), default=dict)
    ids = models.BinaryField(_("批次标识"))

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("遥测提交")

    def __str__(self) -> str:
        return str(self.seq)


class LatestValue(models.Model):
    """Latest value 最新值: of a point's rows whose time had come when they were committed, the one with the
    greatest time (milliseconds UTC); of equal times the one committed last. Read by
    :func:`.telemetry_latest.standing_at`, which also knows rows whose time has come since."""

    point = models.IntegerField(_("测点"), primary_key=True)
    time = models.BigIntegerField(_("时刻"))
    value = models.FloatField(_("数值"))
    flag = models.PositiveSmallIntegerField(_("标记"))
    received = models.BigIntegerField(_("收到时刻"))

    inner = True
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("最新值")

    def __str__(self) -> str:
        return f"{self.point}: {self.value}"


class WaitingValue(models.Model):
    """Waiting value 未到时刻的值: a row that was ahead of the node's clock when it was committed. ``slot`` is
    its time, or less the beginning of the minute of one far ahead (of a minute the last waits)."""

    point = models.IntegerField(_("测点"))
    slot = models.BigIntegerField(_("时段"))
    time = models.BigIntegerField(_("时刻"), db_index=True)
    value = models.FloatField(_("数值"))
    flag = models.PositiveSmallIntegerField(_("标记"))
    received = models.BigIntegerField(_("收到时刻"))

    inner = True
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("未到时刻的值")
        constraints = [models.UniqueConstraint(fields=["point", "slot"], name="lake_waiting_once")]

    def __str__(self) -> str:
        return f"{self.point}: {self.value}"
