from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from qiangqu.base.identity import Stays
from qiangqu.base.terms import TermField
from qiangqu.base.units import is_known_unit
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from .plan import YEAR_VALIDATORS, Measure, Plan


class TargetKind(models.TextChoices):
    """What kind of statement a target is; each has its own logic in :mod:`qiangqu.plan.judge`."""

    LEVEL = "level", _("水平")
    GROWTH = "growth", _("增速")
    ANNUAL_GROWTH = "annual_growth", _("年均增速")
    SHARE = "share", _("比重")
    COUNT = "count", _("数量")
    CHANGE = "change", _("相对变化")
    CUMULATIVE = "cumulative", _("累计")
    YEARLY = "yearly", _("每年")


class PathShape(models.TextChoices):
    LINEAR = "linear", _("等量推进")
    COMPOUND = "compound", _("等比增长")
    MILESTONES = "milestones", _("按里程碑")
    YEARLY = "yearly", _("逐年考核")


class Effort(models.TextChoices):
    FIRM = "firm", _("约定")
    STRIVE = "strive", _("力争")


class Comparator(models.TextChoices):
    AT_LEAST = ">=", "≥"
    ABOVE = ">", ">"
    AT_MOST = "<=", "≤"
    BELOW = "<", "<"
    EQUAL = "=", "="


def check_unit(value: str) -> None:
    """Django validator of units."""
    if value and not is_known_unit(value):
        raise ValidationError(_("不认识的单位“%(unit)s”"), params={"unit": value})


class Target(models.Model):
    """Target 目标: an indicator is to stand at, above or below a value at the end of a year.

    ``value`` None means that the value is assigned from above (or not yet set) and has not been entered;
    entering it needs the number of the document that assigns it.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="targets", verbose_name=_("计划"))
    code = models.CharField(_("代码"), max_length=40)
    measure = models.ForeignKey(
        Measure,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="targets",
        verbose_name=_("举措"),
        help_text=_("空为主要目标"),
    )
    name = TermField(_("名称"), max_length=120)
    # a code and not a key: a compiled target can wait for its indicator, and packs load in any order
    indicator_code = models.CharField(_("指标"), max_length=80, blank=True, db_index=True)
    comparator = models.CharField(_("比较"), max_length=2, choices=Comparator, default=Comparator.AT_LEAST)
    value = models.FloatField(_("目标值"), null=True, blank=True)
    value_max = models.FloatField(_("上限"), null=True, blank=True, help_text=_("区间目标：达到下限为完成，上限为满额"))
    unit = TermField(_("单位"), max_length=24, blank=True, validators=[check_unit])
    year = models.PositiveSmallIntegerField(_("目标年"), validators=YEAR_VALIDATORS)
    kind = models.CharField(_("类型"), max_length=16, choices=TargetKind)
    effort = models.CharField(_("力度"), max_length=8, choices=Effort, default=Effort.FIRM)
    base_year = models.PositiveSmallIntegerField(_("基年"), null=True, blank=True, validators=YEAR_VALIDATORS)
    base = models.FloatField(_("基数"), null=True, blank=True)
    base_source = TermField(_("基数来源"), max_length=500, blank=True)
    base_reason = TermField(_("基数说明"), max_length=300, blank=True)
    path = models.CharField(_("路径"), max_length=12, choices=PathShape, default=PathShape.LINEAR)
    assigned_document = models.CharField(_("下达文号"), max_length=120, blank=True)
    text = models.CharField(_("原文"), max_length=500, blank=True)
    note = TermField(_("备注"), max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(_("次序"), default=0)
    # what the pack said when it was last loaded: a planner's edit stands until the pack itself says something
    # new
    pack_values = models.JSONField(default=dict, editable=False)

    history = HistoricalRecords(excluded_fields=["pack_values"])

    common_knowledge = True
    seen_with = Action.VIEW_PLAN
    travels_by = ("plan", "code")

    class Meta:
        verbose_name = _("目标")
        ordering = ["plan", "position", "code"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="target_once")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        faults: dict[str, object] = {}
        if self.value_max is not None and (self.value is None or self.value_max <= self.value):
            faults["value_max"] = _("上限应大于目标值")
        if self.base_year is not None and self.year is not None and self.year <= self.base_year:
            faults["year"] = _("目标年应晚于基年 %(base)s") % {"base": self.base_year}
        if self.measure is not None and self.measure.plan_id != self.plan_id:
            faults["measure"] = _("举措不属于这个计划")
        if faults:
            raise ValidationError(faults)  # type: ignore[arg-type]

    @property
    def measure_no(self) -> int:
        return self.measure.no if self.measure else 0

    @property
    def additive(self) -> bool:
        """Whether parts of areas add up to the whole: amounts and counts do, shares, growth and changes do
        not.
        """
        return self.kind in (TargetKind.LEVEL, TargetKind.COUNT, TargetKind.CUMULATIVE, TargetKind.YEARLY) and (
            self.unit not in ("%", "％", "百分点", "个百分点", "指数", "")
        )


class Milestone(models.Model):
    """Milestone 里程碑: a value due at the end of a year on the way to the target."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="milestones", verbose_name=_("目标"))
    year = models.PositiveSmallIntegerField(_("年度"), validators=YEAR_VALIDATORS)
    value = models.FloatField(_("数值"))

    common_knowledge = True
    seen_with = Action.VIEW_PLAN
    travels_by = ("target", "year")

    class Meta:
        verbose_name = _("里程碑")
        ordering = ["year"]
        constraints = [models.UniqueConstraint(fields=["target", "year"], name="milestone_once")]

    def __str__(self) -> str:
        return f"{self.year}: {self.value:g}"


class Allocation(models.Model):
    """Allocation 分解: the part of a target that an area is to bring in a year."""

    target = models.ForeignKey(Target, models.CASCADE, related_name="allocations", verbose_name=_("目标"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="allocations", verbose_name=_("区域"))
    year = models.PositiveSmallIntegerField(_("年度"), validators=YEAR_VALIDATORS)
    value = models.FloatField(_("分解值"))
    note = TermField(_("备注"), max_length=200, blank=True)

    history = HistoricalRecords()
    area_lookup = "area__path"
    seen_with = Action.VIEW_PLAN
    travels_by = ("target", "area", "year")

    class Meta:
        verbose_name = _("目标分解")
        ordering = ["year", "area__path"]
        constraints = [models.UniqueConstraint(fields=["target", "area", "year"], name="allocation_once")]

    def __str__(self) -> str:
        return f"{self.area} {self.year}: {self.value:g}"


class TargetForecast(models.Model):
    """Kept forecast of a target's series in an area: made again only when the series changes
    (``fingerprint``).
    """

    target = models.ForeignKey(Target, models.CASCADE, related_name="forecasts", verbose_name=_("目标"))
    area = models.ForeignKey(Area, models.CASCADE, related_name="+", verbose_name=_("区域"))
    fingerprint = models.CharField(max_length=64, editable=False)
    mean = models.FloatField(_("预测值"), null=True)
    low = models.FloatField(_("下限"), null=True)
    high = models.FloatField(_("上限"), null=True)
    sd = models.FloatField(null=True)
    df = models.PositiveSmallIntegerField(null=True)
    log = models.BooleanField(default=False)
    centre = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    whole = models.BooleanField(default=False)
    method = models.CharField(_("方法"), max_length=16)
    reason = models.CharField(_("说明"), max_length=200)
    path = models.JSONField(default=list)
    made_at = models.DateTimeField(_("计算时间"), auto_now=True)

    area_lookup = "area__path"
    seen_with = Action.VIEW_PLAN
    travels_by = Stays.COMPUTED

    class Meta:
        verbose_name = _("目标预测")
        constraints = [
            models.UniqueConstraint(fields=["target", "area", "fingerprint"], name="forecast_once"),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.method}"
