"""Emergency plans 应急预案: a document in an edition, whom it calls, what it has done within how many minutes."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action

USER = settings.AUTH_USER_MODEL


class HazardKind(models.TextChoices):
    FIRE = "fire", _("火灾爆炸")
    LEAK = "leak", _("危险化学品泄漏")
    COLLAPSE = "collapse", _("坍塌")
    TRANSPORT = "transport", _("道路运输事故")
    POLLUTION = "pollution", _("突发环境事件")
    FLOOD = "flood", _("洪涝")
    QUAKE = "quake", _("地震地质灾害")
    OUTAGE = "outage", _("停水停电停气")
    OTHER = "other", _("其他")


class Grade(models.TextChoices):
    """Grade of an event 事件等级; the lower the number, the worse."""

    FIRST = "1", _("Ⅰ级（特别重大）")
    SECOND = "2", _("Ⅱ级（重大）")
    THIRD = "3", _("Ⅲ级（较大）")
    FOURTH = "4", _("Ⅳ级（一般）")


class PlanKind(models.TextChoices):
    WHOLE = "whole", _("综合预案")
    SPECIAL = "special", _("专项预案")
    SITE = "site", _("现场处置方案")


class EmergencyPlan(RegisterRecord):
    """Plan 应急预案, of an area or of an enterprise in it."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("预案名称"), max_length=100)
    kind = models.CharField(_("类型"), max_length=8, choices=PlanKind)
    hazard = models.CharField(_("事件类型"), max_length=10, choices=HazardKind, blank=True, help_text=_("空表示各类"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    edition = models.CharField(_("版次"), max_length=40, help_text=_("如 2026 年第 2 版"))
    issued_on = models.DateField(_("发布日期"))
    filed_as = models.CharField(_("备案编号"), max_length=60, blank=True)
    review_due = models.DateField(_("评估修订期限"), null=True, blank=True, help_text=_("到期前 60 天提醒"))

    files = Attachments(most=20)

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    seen_with = Action.EMERGENCY
    travels_by = ("code",)

    class Meta:
        verbose_name = _("应急预案")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class PlanCall(RegisterRecord):
    """Whom a plan calls 通知名单: a duty, who has it, from which grade on. Who has an account is told by a message and
    answers it; others are phoned, and their answer is entered by hand."""

    plan = models.ForeignKey(EmergencyPlan, models.PROTECT, related_name="calls", verbose_name=_("应急预案"))
    number = models.PositiveSmallIntegerField(_("次序"))
    duty = models.CharField(_("职责"), max_length=40, help_text=_("如总指挥、现场指挥、医疗救护组"))
    person = models.CharField(_("姓名"), max_length=40)
    phone = models.CharField(_("24 小时电话"), max_length=30)
    user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("平台用户"))
    from_grade = models.CharField(
        _("通知起点"), max_length=1, choices=Grade, default=Grade.FOURTH, help_text=_("达到该等级及以上时通知")
    )

    seen_through = "plan"
    travels_by = ("plan", "number")

    class Meta:
        verbose_name = _("通知名单")
        ordering = ["plan__code", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_call_once")]

    def __str__(self) -> str:
        return f"{self.duty} {self.person}"


class PlanStep(RegisterRecord):
    """A step of a plan's check-list 处置步骤: which duty does what within how many minutes of the beginning."""

    plan = models.ForeignKey(EmergencyPlan, models.PROTECT, related_name="steps", verbose_name=_("应急预案"))
    number = models.PositiveSmallIntegerField(_("次序"))
    duty = models.CharField(_("职责"), max_length=40)
    act = models.CharField(_("处置内容"), max_length=200)
    minutes = models.PositiveSmallIntegerField(_("时限"), help_text=_("分钟，从事件登记算起"))

    seen_through = "plan"
    travels_by = ("plan", "number")

    class Meta:
        verbose_name = _("处置步骤")
        ordering = ["plan__code", "number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_step_once"),
            models.CheckConstraint(condition=Q(minutes__gt=0), name="plan_step_minutes"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.act}"
