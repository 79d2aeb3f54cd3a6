"""Stations, outlets, what they measure, what is permitted, what was exceeded, and the ledger of solid
waste.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.errors import QiangquError
from qiangqu.base.fields import CodeField
from qiangqu.registry.models import Area, Organisation, Travelling
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.telemetry.models import Point
from qiangqu.ui.templatetags.quantities import quantity

from . import factors


class StationKind(models.TextChoices):
    AMBIENT = "ambient", _("环境空气")
    BOUNDARY = "boundary", _("厂界")
    NOISE = "noise", _("噪声")


class Medium(models.TextChoices):
    AIR = "air", _("废气")
    WATER = "water", _("废水")


def check_factor(value: str) -> None:
    """Django validator: a code of the factor dictionary."""
    if value not in factors.factors():
        raise ValidationError(_("污染因子字典里没有代码“%(value)s”"), params={"value": value})


class Station(RegisterRecord):
    """Station 监测站: measures the air or the noise at a place that nobody emits at."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=10, choices=StationKind)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("所属企业"),
        help_text=_("厂界站填写"),
    )
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    standard = models.CharField(_("执行标准"), max_length=40, blank=True, help_text=_("如 GB 3095、GB 12348"))
    grade = models.CharField(_("级别"), max_length=40, blank=True, help_text=_("如 二级、3类"))

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("监测站")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Outlet(RegisterRecord):
    """Outlet 排放口 of an enterprise, as its pollutant discharge permit lists it."""

    code = CodeField(_("代码"), max_length=40, unique=True, help_text=_("排污许可证的排放口编号，前加企业代码"))
    name = models.CharField(_("名称"), max_length=80)
    medium = models.CharField(_("介质"), max_length=8, choices=Medium)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("企业"))
    permit_number = models.CharField(_("排污许可证编号"), max_length=40, blank=True)
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    standard = models.CharField(_("执行标准"), max_length=40, blank=True, help_text=_("如 GB 13223、GB 18918"))
    grade = models.CharField(_("级别"), max_length=40, blank=True, help_text=_("如 燃煤锅炉、一级A"))
    reference_oxygen = models.FloatField(_("基准氧含量"), null=True, blank=True, help_text=_("%；不折算则留空"))

    area_lookup = "enterprise__area__path"
    organisation_lookup = "enterprise_id"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("排放口")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Channel(Travelling):
    """Channel 监测项目: one factor measured at a station or an outlet, and the telemetry point that its
    readings come in on.
    """

    station = models.ForeignKey(
        Station, models.PROTECT, null=True, blank=True, related_name="channels", verbose_name=_("监测站")
    )
    outlet = models.ForeignKey(
        Outlet, models.PROTECT, null=True, blank=True, related_name="channels", verbose_name=_("排放口")
    )
    factor = models.CharField(_("因子"), max_length=10, validators=[check_factor])
    # its id is the number under which the lake keeps the readings
    point = models.OneToOneField(
        Point, models.PROTECT, null=True, blank=True, related_name="environment_channel", verbose_name=_("遥测测点")
    )
    unit = models.CharField(_("上报单位"), max_length=12, blank=True, help_text=_("空表示因子字典的单位"))
    interval = models.PositiveIntegerField(
        _("采样间隔"), default=60, validators=[MinValueValidator(1)], help_text=_("秒；每小时应有 3600/间隔 个数据")
    )
    area_lookup = ("outlet__enterprise__area__path", "station__area__path")
    organisation_lookup = ("outlet__enterprise_id", "station__organisation_id")

    class Meta:
        verbose_name = _("监测项目")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(station__isnull=False, outlet__isnull=True) | Q(station__isnull=True, outlet__isnull=False),
                name="channel_of_one_place",
            ),
            models.UniqueConstraint(fields=["station", "factor"], name="channel_once_station"),
            models.UniqueConstraint(fields=["outlet", "factor"], name="channel_once_outlet"),
        ]

    def __str__(self) -> str:
        return f"{self.place} · {self.name}"

    @property
    def place(self) -> Station | Outlet:
        found = self.station or self.outlet
        if found is None:
            raise QiangquError(str(_("监测项目没有监测站或排放口")), where=str(self.pk))
        return found

    @property
    def name(self) -> str:
        return factors.name_of(self.factor)

    @property
    def shown_unit(self) -> str:
        return self.unit or factors.unit_of(self.factor)

    def clean(self) -> None:
        super().clean()
        if (self.station is None) == (self.outlet is None):
            raise ValidationError(_("监测站与排放口须填且只填一个"))

    @property
    def area(self) -> Area:
        """Where it measures: the area of its station, or of its outlet's enterprise."""
        place = self.place
        return place.area if isinstance(place, Station) else place.enterprise.area

    @property
    def owner(self) -> Organisation | None:
        """The enterprise whose own users see it; None at a public station."""
        place = self.place
        return place.organisation if isinstance(place, Station) else place.enterprise


class PermitAmount(RegisterRecord):
    """Permitted amount 许可排放量: tonnes of a factor that an enterprise may emit in a year."""

    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("企业"))
    permit_number = models.CharField(_("排污许可证编号"), max_length=40, blank=True)
    factor = models.CharField(_("因子"), max_length=10, validators=[check_factor])
    year = models.PositiveSmallIntegerField(_("年度"))
    tonnes = models.FloatField(_("许可量"), help_text=_("吨"), validators=[MinValueValidator(0)])

    area_lookup = "enterprise__area__path"
    organisation_lookup = "enterprise_id"
    travels_by = ("enterprise", "factor", "year")

    class Meta:
        verbose_name = _("许可排放量")
        ordering = ["-year", "enterprise__name", "factor"]
        constraints = [models.UniqueConstraint(fields=["enterprise", "factor", "year"], name="permit_amount_once")]

    def __str__(self) -> str:
        return f"{self.enterprise} {factors.name_of(self.factor)} {self.year}"


class DailyResult(models.Model):
    """A channel's day 日结果, computed from the lake by ``rolling.py``; computed anew when late readings come
    in.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="days")
    day = models.DateField(_("日期"), db_index=True)
    due = models.PositiveSmallIntegerField(_("应有小时数"))
    received = models.PositiveSmallIntegerField(_("收到小时数"))
    valid = models.PositiveSmallIntegerField(_("有效小时数"))
    mean = models.FloatField(_("日均值"), null=True)
    maximum = models.FloatField(_("最大小时值"), null=True)
    eight_hours = models.FloatField(_("最大8小时平均"), null=True)
    kilograms = models.FloatField(_("排放量"), null=True, help_text=_("千克"))
    substituted = models.FloatField(_("其中替代"), default=0.0, help_text=_("千克"))

    seen_through = "channel"
    travels_by = ("channel", "day")

    class Meta:
        verbose_name = _("日结果")
        constraints = [models.UniqueConstraint(fields=["channel", "day"], name="daily_result_once")]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.day}"


class ExceedanceState(models.TextChoices):
    OPEN = "open", _("待核实")
    CONFIRMED = "confirmed", _("已确认")
    EXPLAINED = "explained", _("非超标（有说明）")
    WITHDRAWN = "withdrawn", _("数据修正后撤回")


class Exceedance(Travelling):
    """Exceedance 超标记录: one mean above its limit."""

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="exceedances", verbose_name=_("监测项目"))
    average = models.CharField(_("平均时间"), max_length=8)
    start = models.DateTimeField(_("起始时间"), db_index=True)
    value = models.FloatField(_("数值"))
    limit = models.FloatField(_("限值"))
    low = models.FloatField(_("下限"), null=True)
    unit = models.CharField(_("单位"), max_length=12)
    citation = models.CharField(_("依据"), max_length=120)
    state = models.CharField(_("状态"), max_length=10, choices=ExceedanceState, default=ExceedanceState.OPEN)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("处理人")
    )
    handled_at = models.DateTimeField(_("处理时间"), null=True)

    seen_through = "channel"

    class Meta:
        verbose_name = _("超标记录")
        ordering = ["-start", "-id"]
        constraints = [models.UniqueConstraint(fields=["channel", "average", "start"], name="exceedance_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.start:%Y-%m-%d %H:%M}"

    @property
    def bounds(self) -> str:
        """The limits as people read them."""
        return (f"{quantity(self.low)}–" if self.low is not None else "") + quantity(self.limit)

    @property
    def times(self) -> float:
        """超标倍数: how many times the limit is exceeded (value ÷ limit − 1); 0 below a lower limit."""
        return max(0.0, self.value / self.limit - 1.0)


class WasteClass(models.TextChoices):
    GENERAL = "general", _("一般工业固体废物")
    HAZARDOUS = "hazardous", _("危险废物")


class WasteAct(models.TextChoices):
    GENERATED = "generated", _("产生")
    RECEIVED = "received", _("接收")
    USED = "used", _("综合利用")
    DISPOSED = "disposed", _("处置")
    TRANSFERRED = "transferred", _("转移")


class WasteEntry(Travelling):
    """Waste entry 固废台账记录. Entries are only added; a wrong one is voided with a reason and stays
    visible.
    """

    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("企业"))
    day = models.DateField(_("日期"), db_index=True)
    waste_class = models.CharField(_("类别"), max_length=10, choices=WasteClass)
    waste_code = models.CharField(
        _("废物代码"), max_length=20, help_text=_("一般固废按 GB/T 39198，危险废物按国家名录")
    )
    waste_name = models.CharField(_("废物名称"), max_length=80)
    act = models.CharField(_("去向"), max_length=12, choices=WasteAct)
    tonnes = models.FloatField(_("数量"), help_text=_("吨"))
    from_stock = models.BooleanField(_("取自往年贮存"), default=False)
    counterpart = models.CharField(_("接收或来源单位"), max_length=120, blank=True)
    document_number = models.CharField(_("联单编号"), max_length=60, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    voided_at = models.DateTimeField(_("作废时间"), null=True)
    void_reason = models.CharField(_("作废原因"), max_length=200, blank=True)

    area_lookup = "enterprise__area__path"
    organisation_lookup = "enterprise_id"

    class Meta:
        verbose_name = _("固废台账记录")
        ordering = ["-day", "-id"]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.day} {self.waste_name}"
