"""Indicators, their values as last computed, and what has been computed from which batches."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.base.periods import Period, from_key
from qiangqu.base.terms import LongTermField, TermField
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action


class Direction(models.TextChoices):
    """Which way is better."""

    UP = "up", _("越高越好")
    DOWN = "down", _("越低越好")


class Indicator(models.Model):
    """Indicator 指标: a formula over facts and registers, with its unit (the formula's result is converted to
    it).
    """

    code = models.CharField(_("代码"), max_length=80, unique=True)
    name = TermField(_("名称"), max_length=120, db_index=True)
    unit = TermField(_("单位"), max_length=24)
    decimals = models.PositiveSmallIntegerField(_("小数位"), default=1)
    direction = models.CharField(_("方向"), max_length=8, choices=Direction, default=Direction.UP)
    #: code of the declared register for whose records it has values (:mod:`qiangqu.formulas.each`)
    subject = models.CharField(_("取值对象"), max_length=40, default="area")
    formula = models.TextField(_("公式"), max_length=4000)
    #: of records only: "year" when it has values for whole years alone
    periods = models.CharField(_("取值时期"), max_length=8, blank=True, choices=[("year", _("年度"))])
    description = LongTermField(_("说明"), blank=True)
    source = TermField(_("依据"), max_length=300, blank=True)
    order = models.PositiveIntegerField(_("次序"), default=0)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("指标")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Basis(models.TextChoices):
    """What a value rests on."""

    OFFICIAL = "official", _("发布数")
    REPORTED = "reported", _("上报数汇总")
    REGISTER = "register", _("名录统计")
    MIXED = "mixed", _("多种来源")
    NONE = "", _("无")


class IndicatorValue(models.Model):
    """Value 指标值 of an indicator for an area and a period, in the indicator's unit; None with a reason when
    it cannot be had.

    Cells without any data have no row. ``computed_from`` is the id of the newest batch of facts that it took
    into account.
    """

    indicator = models.ForeignKey(
        Indicator, models.CASCADE, related_name="values", verbose_name=_("指标"), db_index=False
    )
    area = models.ForeignKey(Area, models.CASCADE, related_name="+", verbose_name=_("区域"), db_index=False)
    period_key = models.PositiveIntegerField(_("时期"))
    value = models.FloatField(_("数值"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False)
    basis = models.CharField(_("数据基础"), max_length=8, choices=Basis, blank=True)
    reason = models.CharField(_("无值原因"), max_length=200, blank=True)
    computed_from = models.PositiveIntegerField(_("据以计算的批次"), default=0)

    area_lookup = "area__path"
    seen_with = Action.VIEW_PLAN
    travels_by = Stays.COMPUTED

    class Meta:
        verbose_name = _("指标值")
        constraints = [models.UniqueConstraint(fields=["indicator", "area", "period_key"], name="indicator_value_once")]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.area_id} {self.period.code}"

    @property
    def period(self) -> Period:
        return from_key(self.period_key)


class EvaluatedBatch(models.Model):
    """A batch of facts that the indicators have taken into account."""

    batch = models.OneToOneField("facts.FactBatch", models.CASCADE, related_name="+", verbose_name=_("批次"))
    evaluated_at = models.DateTimeField(_("计入时间"), auto_now_add=True)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("已计入的批次")


class EvaluationState(models.Model):
    """One row: what the stored values were computed with; a difference to now says what to compute again.

    ``version`` grows with every refresh, so that of two at once only one is stored.
    """

    version = models.PositiveIntegerField(default=0)
    formulas = models.JSONField(default=dict)
    registers = models.JSONField(default=dict)
    subjects = models.JSONField(default=dict)
    today = models.DateField(_("计算日期"), null=True)
    refreshed_at = models.DateTimeField(_("计算时间"), null=True)

    inner = True
    travels_by = Stays.WORK
