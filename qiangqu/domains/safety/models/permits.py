"""Permits of special work 特殊作业票 (GB 30871), their steps in order, gas analyses, and the detectors around."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.models.node import Travelling
from qiangqu.registry.roles import Action

from ..terms import PermitKind, PermitState, StepKind

USER = settings.AUTH_USER_MODEL


class WorkPermit(models.Model):
    """Permit 作业票. ``vessel`` is the tag of the vessel, pipe or tank worked on; ``opens`` whether the work opens it;
    ``radius`` of a lifting permit the metres around in which nobody may be. ``latest`` is the latest moment that the
    permit has seen: a clock that stands before it was set back."""

    number = CodeField(_("编号"), max_length=40, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="work_permits", verbose_name=_("单位"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="work_permits", verbose_name=_("区域"))
    kind = models.CharField(_("作业"), max_length=16, choices=PermitKind)
    level = models.CharField(_("级别"), max_length=4)
    work = models.CharField(_("作业内容"), max_length=300)
    place = models.CharField(_("作业地点"), max_length=120)
    vessel = models.CharField(_("设备位号"), max_length=40, blank=True)
    opens = models.BooleanField(_("打开设备或管线"), default=False)
    radius = models.FloatField(
        _("吊装警戒半径"), null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(500.0)],
        help_text=_("米；吊装作业填写"),
    )  # fmt: skip
    lon = models.FloatField(
        _("经度"), null=True, blank=True, validators=[MinValueValidator(-180.0), MaxValueValidator(180.0)]
    )
    lat = models.FloatField(
        _("纬度"), null=True, blank=True, validators=[MinValueValidator(-90.0), MaxValueValidator(90.0)]
    )
    workers = models.CharField(_("作业人"), max_length=200)
    certificates_to = models.DateField(
        _("作业证书有效期至"), null=True, blank=True, help_text=_("几个证书的，填最早到期的")
    )
    guardian = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("监护人"))
    planned_from = models.DateTimeField(_("计划开始"))
    planned_to = models.DateTimeField(_("计划结束"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("所属作业票")
    )
    state = models.CharField(_("状态"), max_length=9, choices=PermitState, default=PermitState.APPLIED, db_index=True)
    applied_by = models.ForeignKey(USER, models.PROTECT, editable=False, related_name="+", verbose_name=_("申请人"))
    applied_at = models.DateTimeField(_("申请时间"), editable=False)
    approved_at = models.DateTimeField(_("批准时间"), null=True, editable=False)
    started_at = models.DateTimeField(_("开始时间"), null=True, editable=False)
    valid_to = models.DateTimeField(_("有效期至"), null=True, editable=False)
    suspended_at = models.DateTimeField(_("暂停时间"), null=True, editable=False)
    suspended_why = models.CharField(_("暂停原因"), max_length=300, blank=True, editable=False)
    suspended_by = models.ForeignKey(
        "telemetry.Alarm", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("报警")
    )
    closed_at = models.DateTimeField(_("关闭时间"), null=True, editable=False)
    closing = models.CharField(_("完工情况"), max_length=300, blank=True, editable=False)
    latest = models.DateTimeField(editable=False)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=40)

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    seen_with = Action.WORK_PERMITS
    travels_by = ("number",)

    class Meta:
        verbose_name = _("作业票")
        ordering = ["-applied_at", "-pk"]
        indexes = [models.Index(fields=["organisation", "state"], name="permit_under_way")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(planned_to__gt=models.F("planned_from")),
                name="permit_planned_order",
                violation_error_message=_("计划结束应晚于计划开始"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.get_kind_display()}"


class PermitStep(models.Model):
    """A step of a permit: an isolation or a measure to be ticked, or a signature; signatures follow ``place``."""

    permit = models.ForeignKey(WorkPermit, models.PROTECT, related_name="steps", verbose_name=_("作业票"))
    kind = models.CharField(_("步骤"), max_length=9, choices=StepKind)
    place = models.PositiveSmallIntegerField(_("序号"))
    text = models.CharField(_("内容"), max_length=120)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("办理人"))
    at = models.DateTimeField(_("办理时间"), null=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    seen_through = "permit"
    travels_by = ("permit", "kind", "place")

    class Meta:
        verbose_name = _("作业票步骤")
        ordering = ["permit", "kind", "place"]
        constraints = [models.UniqueConstraint(fields=["permit", "kind", "place"], name="permit_step_once")]

    def __str__(self) -> str:
        return self.text


class GasReading(Travelling):
    """A gas analysis 气体分析 for a permit: what was measured where, when, by whom with which instrument. Only added."""

    permit = models.ForeignKey(WorkPermit, models.PROTECT, related_name="readings", verbose_name=_("作业票"))
    gas = models.CharField(_("气体"), max_length=40)
    value = models.FloatField(_("值"))
    unit = models.CharField(_("单位"), max_length=10)
    spot = models.CharField(_("分析点"), max_length=80)
    at = models.DateTimeField(_("分析时间"))
    analyst = models.CharField(_("分析人"), max_length=40)
    instrument = models.CharField(_("仪器编号"), max_length=40)
    passed = models.BooleanField(_("合格"))
    judged_by = models.CharField(_("判定依据"), max_length=200)
    entered_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("录入人"))
    entered_at = models.DateTimeField(_("录入时间"))

    seen_through = "permit"

    class Meta:
        verbose_name = _("气体分析")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.gas} {self.value:g} {self.unit}"


class GasDetector(RegisterRecord):
    """A gas detector 气体探测器: an alarm of its device suspends the permits within ``radius`` metres."""

    device = models.OneToOneField(
        "telemetry.Device", models.PROTECT, related_name="gas_detector", verbose_name=_("设备")
    )
    gas = models.CharField(_("气体"), max_length=40)
    radius = models.FloatField(
        _("暂停作业的半径"), validators=[MinValueValidator(1.0), MaxValueValidator(5000.0)], help_text=_("米")
    )

    area_lookup = "device__area__path"
    organisation_lookup = "device__organisation_id"
    seen_with = Action.WORK_PERMITS
    travels_by = ("device",)

    class Meta:
        verbose_name = _("气体探测器")
        ordering = ["device__mn"]

    def __str__(self) -> str:
        return f"{self.device} {self.gas}"
