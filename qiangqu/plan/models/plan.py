from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from qiangqu.base.terms import TermField
from qiangqu.registry.models import Area, Organisation, Travelling
from qiangqu.registry.roles import Action

YEAR_VALIDATORS = [MinValueValidator(1950), MaxValueValidator(2150)]


class Plan(models.Model):
    """Plan 计划: one document that a government runs, from a base year to a target year, and the rules by
    which its targets are judged.

    A plan is a public document: its text, targets and units carry no area filter; values, allocations and
    reports do.
    """

    code = models.CharField(_("代码"), max_length=60, unique=True)
    name = TermField(_("名称"), max_length=120)
    title = TermField(_("文件标题"), max_length=200, blank=True)
    document_number = models.CharField(_("文号"), max_length=80, blank=True)
    issuer = TermField(_("发文机关"), max_length=120, blank=True)
    released_on = models.CharField(_("成文日期"), max_length=10, blank=True, help_text=_("2023-03-24，或仅年 2023"))
    source_url = models.CharField(_("来源"), max_length=500, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="plans", verbose_name=_("区域"))
    base_year = models.PositiveSmallIntegerField(_("基年"), validators=YEAR_VALIDATORS)
    start_year = models.PositiveSmallIntegerField(_("起始年"), validators=YEAR_VALIDATORS)
    target_year = models.PositiveSmallIntegerField(_("目标年"), validators=YEAR_VALIDATORS)
    at_risk_gap = models.FloatField(
        _("预警差距"), default=0.1, help_text=_("落后是否超过全程的这一比例，与概率一起决定状态")
    )
    chance_good = models.FloatField(
        _("可望达到的概率"), default=0.5, help_text=_("不低于此：落后不多为正常，落后较多为预警")
    )
    chance_poor = models.FloatField(_("难以达到的概率"), default=0.3, help_text=_("缺少基数时，低于此为滞后"))
    report_months = models.PositiveSmallIntegerField(_("进展报告间隔（月）"), default=3)

    history = HistoricalRecords()

    common_knowledge = True
    seen_with = Action.VIEW_PLAN
    travels_by = ("code",)

    class Meta:
        verbose_name = _("计划")
        ordering = ["-target_year", "code"]

    def __str__(self) -> str:
        return self.name


class Measure(models.Model):
    """Measure 举措: a numbered piece of work of the plan, with lead and supporting units."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="measures", verbose_name=_("计划"))
    no = models.PositiveSmallIntegerField(_("序号"))
    title = TermField(_("名称"), max_length=200)
    section = TermField(_("章节"), max_length=120, blank=True)

    history = HistoricalRecords()

    common_knowledge = True
    seen_with = Action.VIEW_PLAN
    travels_by = ("plan", "no")

    class Meta:
        verbose_name = _("举措")
        ordering = ["plan", "no"]
        constraints = [models.UniqueConstraint(fields=["plan", "no"], name="measure_once")]

    def __str__(self) -> str:
        return f"{self.no}. {self.title}"


class UnitRole(models.TextChoices):
    LEAD = "lead", _("牵头")
    SUPPORT = "support", _("配合")


class Responsibility(Travelling):
    """Responsibility 责任: a unit leads or supports a measure or a target (exactly one of the two)."""

    measure = models.ForeignKey(
        Measure, models.CASCADE, null=True, blank=True, related_name="responsibilities", verbose_name=_("举措")
    )
    target = models.ForeignKey(
        "plan.Target", models.CASCADE, null=True, blank=True, related_name="responsibilities", verbose_name=_("目标")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="responsibilities", verbose_name=_("责任单位")
    )
    role = models.CharField(_("责任"), max_length=8, choices=UnitRole)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)

    common_knowledge = True
    seen_with = Action.VIEW_PLAN

    class Meta:
        verbose_name = _("责任分工")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["measure", "organisation"], name="measure_unit_once"),
            models.UniqueConstraint(fields=["target", "organisation"], name="target_unit_once"),
            models.CheckConstraint(
                condition=models.Q(measure__isnull=True) ^ models.Q(target__isnull=True),
                name="responsibility_for_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_role_display()}"
