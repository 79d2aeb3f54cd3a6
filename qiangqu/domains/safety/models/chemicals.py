"""Hazardous chemicals 危险化学品, the units that hold them, their stock by date."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.models.node import Travelling
from qiangqu.registry.roles import Action

from ..gb18218 import CLASSES, TABLE_1
from ..terms import UnitKind

USER = settings.AUTH_USER_MODEL


class Chemical(RegisterRecord):
    """A hazardous chemical: its number in table 1 of GB 18218-2018, or its class in table 2; the class also gives beta
    where table 3 does not list it."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    cas = models.CharField("CAS", max_length=16, blank=True)
    listed = models.PositiveSmallIntegerField(
        _("GB 18218 表1 序号"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(85)]
    )
    hazard_class = models.CharField(
        _("GB 18218 表2 类别符号"), max_length=5, blank=True,
        help_text=_("如 W5.1；表1 没有的必填，表3 没有校正系数 β 的也要填"),
    )  # fmt: skip

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("危险化学品")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.hazard_class and self.hazard_class not in CLASSES:
            raise ValidationError({"hazard_class": _("GB 18218 表2 没有这个类别符号")})
        if self.listed is None and not self.hazard_class:
            raise ValidationError({"listed": _("请填表1 序号或表2 类别符号，否则没有临界量")})
        if self.listed is not None and self.cas and TABLE_1[self.listed].cas not in ("", self.cas):
            said = {"name": TABLE_1[self.listed].name, "cas": TABLE_1[self.listed].cas}
            raise ValidationError({"cas": _("表1 这一项是 %(name)s（CAS %(cas)s），与填写的 CAS 不符") % said})


class HazardUnit(RegisterRecord):
    """A production or storage unit 单元 of GB 18218; ``exposed`` are the people who live permanently within 500 m of the
    plant's boundary."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="hazard_units", verbose_name=_("单位"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="hazard_units", verbose_name=_("区域"))
    kind = models.CharField(_("类型"), max_length=10, choices=UnitKind)
    exposed = models.PositiveIntegerField(_("厂界外 500 米常住人口"), null=True, blank=True)
    registered_level = models.CharField(
        _("备案等级"), max_length=4, blank=True, choices=[("", "—"), *((one, one) for one in ("一级", "二级", "三级", "四级"))]
    )  # fmt: skip
    lon = models.FloatField(
        _("经度"), null=True, blank=True, validators=[MinValueValidator(-180.0), MaxValueValidator(180.0)]
    )
    lat = models.FloatField(
        _("纬度"), null=True, blank=True, validators=[MinValueValidator(-90.0), MaxValueValidator(90.0)]
    )

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    seen_with = Action.HAZARDS
    travels_by = ("code",)

    class Meta:
        verbose_name = _("危险化学品单元")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Stock(Travelling):
    """How much of a chemical a unit holds from a day on, in tonnes: what lies there and the design maximum. Only added:
    of one day the newest entry counts."""

    unit = models.ForeignKey(HazardUnit, models.PROTECT, related_name="stocks", verbose_name=_("单元"))
    chemical = models.ForeignKey(Chemical, models.PROTECT, related_name="stocks", verbose_name=_("化学品"))
    day = models.DateField(_("日期"))
    tonnes = models.FloatField(_("存量"), validators=[MinValueValidator(0.0)])
    most = models.FloatField(_("设计最大量"), null=True, blank=True, validators=[MinValueValidator(0.0)])
    entered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("录入人"))
    entered_at = models.DateTimeField(_("录入时间"))
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    seen_through = "unit"

    class Meta:
        verbose_name = _("危化品存量")
        ordering = ["unit", "day", "pk"]
        indexes = [models.Index(fields=["unit", "chemical", "day"], name="stock_by_day")]

    def __str__(self) -> str:
        return f"{self.chemical} {self.day} {self.tonnes:g} t"
