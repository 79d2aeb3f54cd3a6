"""Check-lists 检查表, what inspectors found by them, and hazards 隐患 up to their closing."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.models.node import Travelling
from qiangqu.registry.roles import Action

from ..terms import Found, HazardGrade, HazardState, Verdict
from .inspections import Visit

USER = settings.AUTH_USER_MODEL


class CheckList(RegisterRecord):
    """Check-list 检查表 of a trade: ``industry`` are leading digits of GB/T 4754 codes ("": for every trade)."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    industry = models.CharField(
        _("适用行业代码"), max_length=60, blank=True, help_text=_("GB/T 4754 代码开头几位，多个用逗号隔开；空表示各行业通用")
    )  # fmt: skip

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("检查表")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CheckItem(RegisterRecord):
    """Item 检查项 of a check-list, with the clause that asks for it."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    checklist = models.ForeignKey(CheckList, models.PROTECT, related_name="items", verbose_name=_("检查表"))
    place = models.PositiveSmallIntegerField(_("序号"), default=1)
    text = models.CharField(_("检查内容"), max_length=300)
    source = models.CharField(_("依据条款"), max_length=200)
    grade = models.CharField(_("不符合时的隐患等级"), max_length=8, choices=HazardGrade, default=HazardGrade.GENERAL)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("检查项")
        ordering = ["checklist", "place", "code"]

    def __str__(self) -> str:
        return self.text


class Hazard(models.Model):
    """Hazard 隐患. The "five fixed" 五落实 (who, by when, how, money, acceptance) are fields; ``round`` counts how
    often it was sent back; ``escalated`` how many steps up it has gone since it was overdue; ``worked_by`` who
    handed in the last rectification: he does not re-check it."""

    number = CodeField(_("编号"), max_length=40, unique=True, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="hazards", verbose_name=_("区域"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="hazards", verbose_name=_("责任单位"))
    title = models.CharField(_("隐患"), max_length=300)
    place = models.CharField(_("部位"), max_length=120, blank=True)
    item = models.ForeignKey(
        CheckItem, models.PROTECT, null=True, blank=True, related_name="hazards", verbose_name=_("检查项")
    )
    found = models.CharField(_("发现途径"), max_length=10, choices=Found)
    grade = models.CharField(_("等级"), max_length=8, choices=HazardGrade, default=HazardGrade.GENERAL)
    grade_basis = models.CharField(_("定级依据"), max_length=200, blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=HazardState, default=HazardState.OPEN, db_index=True)
    found_at = models.DateTimeField(_("发现时间"))
    found_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发现人")
    )
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    due_on = models.DateField(_("整改期限"), null=True, blank=True)
    responsible = models.CharField(_("整改责任人"), max_length=60, blank=True)
    measures = models.CharField(_("整改措施"), max_length=500, blank=True)
    money = models.FloatField(_("整改资金"), null=True, blank=True, help_text=_("万元"))
    acceptance = models.CharField(_("验收标准及验收人"), max_length=200, blank=True)
    round = models.PositiveSmallIntegerField(_("整改轮次"), default=1)
    result = models.CharField(_("整改情况"), max_length=500, blank=True)
    worked_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("整改提交人")
    )
    worked_at = models.DateTimeField(_("整改提交时间"), null=True, blank=True)
    rechecked = models.CharField(_("复查意见"), max_length=500, blank=True)
    rechecked_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复查人")
    )
    rechecked_at = models.DateTimeField(_("复查时间"), null=True, blank=True)
    repeat_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="repeats", verbose_name=_("重复隐患")
    )
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, related_name="hazards", verbose_name=_("检查")
    )
    alarm = models.ForeignKey(
        "telemetry.Alarm", models.PROTECT, null=True, blank=True, related_name="hazards", verbose_name=_("报警")
    )
    reference = models.CharField(_("来件编号"), max_length=60, blank=True, help_text=_("如投诉举报的办件编号"))
    escalated = models.PositiveSmallIntegerField(_("已升级次数"), default=0)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=60)

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    seen_with = Action.HAZARDS
    travels_by = ("number",)

    class Meta:
        verbose_name = _("隐患")
        ordering = ["-found_at", "-pk"]
        indexes = [
            models.Index(fields=["organisation", "item"], name="hazard_repeats"),
            models.Index(fields=["state", "due_on"], name="hazard_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "organisation"], condition=models.Q(alarm__isnull=False), name="hazard_alarm_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class CheckAnswer(Travelling):
    """What an inspector found of an item on a visit. Only added: of several the newest received counts. ``uid`` is made
    by the phone, so that what is sent twice is known. ``answered_at`` and the place are the phone's word,
    ``received_at`` the node's; ``evidence`` keeps for each photograph what its EXIF says, which anybody can forge.
    """

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="answers", verbose_name=_("检查"))
    item = models.ForeignKey(CheckItem, models.PROTECT, related_name="answers", verbose_name=_("检查项"))
    verdict = models.CharField(_("判定"), max_length=8, choices=Verdict)
    note = models.CharField(_("情况"), max_length=500, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("检查人"))
    answered_at = models.DateTimeField(_("填写时间（手机时钟）"))
    received_at = models.DateTimeField(_("收到时间"))
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    accuracy = models.FloatField(_("定位精度"), null=True, blank=True, help_text=_("米"))
    evidence = models.JSONField(default=list, editable=False)
    hazard = models.ForeignKey(
        Hazard, models.PROTECT, null=True, blank=True, related_name="answers", verbose_name=_("隐患")
    )
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=20)

    seen_through = "visit"

    class Meta:
        verbose_name = _("检查记录")
        ordering = ["visit", "item", "received_at", "pk"]

    def __str__(self) -> str:
        return f"{self.item}：{self.get_verdict_display()}"
