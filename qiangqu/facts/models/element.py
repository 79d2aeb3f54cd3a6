"""Elements 统计要素: what is observed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.terms import LongTermField, TermField
from qiangqu.facts import subjects


class ElementKind(models.TextChoices):
    FLOW = "flow", _("流量")
    LEVEL = "level", _("存量")
    SHARE = "share", _("比重")
    INDEX = "index", _("指数")
    RATE = "rate", _("增速")
    COUNT = "count", _("计数")


class Aggregation(models.TextChoices):
    """How values of parts make the value of the whole (over subjects)."""

    SUM = "sum", _("求和")
    MEAN = "mean", _("平均")
    LAST = "last", _("最新")
    NONE = "none", _("不可汇总")


class Element(models.Model):
    """Element 统计要素: what is observed, in which unit, by whose definition."""

    code = models.CharField(_("代码"), max_length=80, unique=True)
    name = TermField(_("名称"), max_length=80, db_index=True)
    unit = TermField(_("单位"), max_length=24)
    kind = models.CharField(_("性质"), max_length=8, choices=ElementKind)
    aggregation = models.CharField(_("汇总方式"), max_length=8, choices=Aggregation)
    growth_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="growth_elements", verbose_name=_("所属要素")
    )
    subjects = models.CharField(
        _("适用对象"),
        max_length=300,
        default="area,organisation",
        help_text=_("对象类型的代码，以逗号分隔"),
    )
    decimals = models.PositiveSmallIntegerField(_("小数位"), default=2)
    definition = LongTermField(_("指标解释"), blank=True)
    source = TermField(_("制度依据"), max_length=300, blank=True)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("统计要素")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject_kinds(self) -> frozenset[int]:
        """Numbers of the subjects that a fact of this element can be about."""
        return frozenset(one.number for one in subjects.named(self.subjects.split(",")))
