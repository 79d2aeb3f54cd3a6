import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.registry.models import Area, Travelling
from qiangqu.registry.roles import Action

from .plan import Measure, Plan
from .target import Target

SURE = 0.8  # the compiler's confidence from which an item counts as sure
AROUND = 120  # characters around an item's piece
LONGEST_PIECE = 600


class PlanDocument(Travelling):
    """Document 文件: the text of a plan as it was read, compiled into items that a planner reviews."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="plan_documents", verbose_name=_("区域"))
    plan = models.ForeignKey(
        Plan, models.SET_NULL, null=True, blank=True, related_name="documents", verbose_name=_("计划")
    )
    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("校验值"), max_length=64)
    title = models.CharField(_("标题"), max_length=300, blank=True)
    number = models.CharField(_("文号"), max_length=100, blank=True)
    issuer = models.CharField(_("发文机关"), max_length=200, blank=True)
    text = models.TextField(_("正文"))
    units = models.JSONField(_("责任单位"), default=list)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("上传人")
    )
    uploaded_at = models.DateTimeField(_("上传时间"), auto_now_add=True)

    area_lookup = "area__path"
    seen_with = Action.EDIT_PLAN

    class Meta:
        verbose_name = _("计划文件")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title or self.file_name


class UploadStatus(models.TextChoices):
    WAITING = "waiting", _("等待编译")
    READING = "reading", _("正在编译")
    DONE = "done", _("已编译")
    FAILED = "failed", _("未能编译")


class PlanUpload(models.Model):
    """Upload 上传: a file on its way to a :class:`PlanDocument`. Only the one who sent it sees it."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("上传人")
    )
    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("校验值"), max_length=64)
    status = models.CharField(_("状态"), max_length=8, choices=UploadStatus, default=UploadStatus.WAITING)
    error = models.CharField(_("原因"), max_length=500, blank=True)
    document = models.ForeignKey(
        PlanDocument, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("文件")
    )
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    #: last sign of life of who works on it; one whose worker died is taken up again
    beat_at = models.DateTimeField(null=True, blank=True)

    seen_by = "user"
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("计划文件上传")
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="plan_upload_by_user")]

    def __str__(self) -> str:
        return self.file_name


class ItemKind(models.TextChoices):
    TARGET = "target", _("目标")
    TASK = "task", _("举措")


class Decision(models.TextChoices):
    PENDING = "pending", _("待审")
    ACCEPTED = "accepted", _("采纳")
    CORRECTED = "corrected", _("更正")
    REJECTED = "rejected", _("不采纳")
    ADDED = "added", _("补充")


class CompiledItem(Travelling):
    """Compiled item 编译条目: a target or measure that the compiler (or a planner) found in the text.

    ``found`` is what the compiler said (contract of ``plan compile``); ``corrected`` is what the planner made
    of it. Neither is overwritten.
    """

    document = models.ForeignKey(PlanDocument, models.CASCADE, related_name="items", verbose_name=_("文件"))
    kind = models.CharField(_("种类"), max_length=8, choices=ItemKind)
    position = models.PositiveIntegerField(_("次序"))
    found = models.JSONField(_("编译结果"), default=dict)
    corrected = models.JSONField(_("更正结果"), null=True, blank=True)
    confidence = models.FloatField(_("把握"), default=1.0)
    reason = models.CharField(_("存疑原因"), max_length=500, blank=True)
    start = models.PositiveIntegerField(_("起始位置"))
    end = models.PositiveIntegerField(_("止"))
    decision = models.CharField(_("结论"), max_length=10, choices=Decision, default=Decision.PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    target = models.ForeignKey(
        Target, models.SET_NULL, null=True, blank=True, related_name="compiled_items", verbose_name=_("所成目标")
    )
    measure = models.ForeignKey(
        Measure, models.SET_NULL, null=True, blank=True, related_name="compiled_items", verbose_name=_("所成举措")
    )

    seen_through = "document"

    class Meta:
        verbose_name = _("编译条目")
        ordering = ["document", "position"]

    def __str__(self) -> str:
        return str(self.data.get("indicator") or self.data.get("title") or self.pk)

    @property
    def data(self) -> dict[str, Any]:
        """What stands now: the correction, else what was found."""
        return self.corrected if self.corrected is not None else self.found

    @property
    def is_standard(self) -> bool:
        """A service standard 服务标准 (what each person is given): shown for review, counted as a target only
        when one takes it.
        """
        return bool(self.found.get("standard"))

    @property
    def unsure(self) -> bool:
        """Whether a planner should look twice: undecided, and the compiler had doubts."""
        return self.decision == Decision.PENDING and self.confidence < SURE

    @property
    def excerpt(self) -> dict[str, str]:
        """The item's piece of the source, and a little of what stands around it."""
        text = self.document.text
        return {
            "before": text[max(0, self.start - AROUND) : self.start],
            "piece": text[self.start : min(self.end, self.start + LONGEST_PIECE)].strip(),
            "after": text[self.end : self.end + AROUND],
        }
