"""Vehicles that carry dangerous goods, who drives and escorts them, what they may carry where, and the fences that they
are judged by."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.errors import InputError
from qiangqu.base.fields import CodeField
from qiangqu.base.identity import Stays
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.telemetry.models import Device

from .shapes import shape_of

PLATE = RegexValidator(r"^[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}\Z", _("车牌号应如 宁A12345"))


class Vehicle(RegisterRecord):
    """Vehicle 危险货物车辆, known by its plate."""

    plate = CodeField(_("车牌号"), max_length=10, unique=True, validators=[PLATE])
    kind = models.CharField(
        _("车型"),
        max_length=8,
        choices=[("tank", _("罐车")), ("box", _("厢式车")), ("flat", _("平板车")), ("tractor", _("牵引车"))],
        default="tank",
    )
    goods = models.CharField(_("可运类项"), max_length=60, help_text=_("GB 6944 的类项，如 2.1、3，用逗号隔开"))
    capacity = models.FloatField(_("核定载质量"), null=True, blank=True, validators=[MinValueValidator(0.0)])
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("监管区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("承运单位")
    )
    licence = models.CharField(_("道路运输证号"), max_length=40, blank=True)
    licence_until = models.DateField(_("道路运输证有效期至"), null=True, blank=True)
    device = models.OneToOneField(
        Device, models.PROTECT, null=True, blank=True, related_name="vehicle", verbose_name=_("车载终端")
    )

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    travels_by = ("plate",)

    class Meta:
        verbose_name = _("危险货物车辆")
        ordering = ["plate"]

    def __str__(self) -> str:
        return self.plate


class CrewMember(RegisterRecord):
    """Crew 驾驶员、押运员, known by the number of the certificate."""

    certificate = CodeField(_("从业资格证号"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=40)
    duty = models.CharField(
        _("岗位"), max_length=8, choices=[("driver", _("驾驶员")), ("escort", _("押运员"))], default="driver"
    )
    certificate_until = models.DateField(_("资格证有效期至"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("监管区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所属单位")
    )

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    travels_by = ("certificate",)

    class Meta:
        verbose_name = _("驾押人员")
        ordering = ["certificate"]

    def __str__(self) -> str:
        return self.name


class Fence(RegisterRecord):
    """Fence 电子围栏: where vehicles must stay, must not be, must be slow, must not stand, or must drive.

    ``outline`` are the corners (of a route: its line), one ``lon,lat`` a line, CGCS2000 degrees. ``limit`` is km/h of a
    speed fence, minutes of a stay fence, metres to either side of a route.
    """

    class Kind(models.TextChoices):
        KEEP = "keep", _("不得驶出")
        BAN = "ban", _("不得驶入")
        STAY = "stay", _("限时停留")
        SPEED = "speed", _("限速")
        ROUTE = "route", _("规定路线")

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))
    kind = models.CharField(_("类型"), max_length=6, choices=Kind)
    outline = models.TextField(_("边界（每行一点：经度,纬度）"), max_length=20_000)
    limit = models.FloatField(
        _("限值"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(100_000.0)],
        help_text=_("限速：千米/时；限时停留：分钟；规定路线：两侧各多少米"),
    )
    plates = models.CharField(
        _("适用车辆"), max_length=2000, blank=True, help_text=_("车牌号，用逗号隔开；空表示监管区域内的全部车辆")
    )
    from_hour = models.PositiveSmallIntegerField(_("每天起（时）"), default=0, validators=[MaxValueValidator(23)])
    to_hour = models.PositiveSmallIntegerField(_("每天止（时）"), default=24, validators=[MaxValueValidator(24)])

    area_lookup = "area__path"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("电子围栏")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def limit_words(self) -> str:
        """The limit with its unit; "" of a kind that has none."""
        words = {
            self.Kind.SPEED: _("%(limit)s 千米/时"),
            self.Kind.STAY: _("%(limit)s 分钟"),
            self.Kind.ROUTE: _("两侧各 %(limit)s 米"),
        }.get(self.Kind(self.kind))
        return str(words % {"limit": f"{self.limit:g}"}) if words is not None and self.limit is not None else ""

    def clean(self) -> None:
        """The outline can be read and has the shape that its kind needs; a limit stands where one is needed. Raises
        ValidationError."""
        super().clean()
        if self.kind in (self.Kind.SPEED, self.Kind.STAY, self.Kind.ROUTE) and not self.limit:
            raise ValidationError({"limit": _("这种围栏要有限值")})
        try:
            shape_of(self.outline, line=self.kind == self.Kind.ROUTE)
        except InputError as error:
            raise ValidationError({"outline": error.message}) from error


class VehiclePaper(RegisterRecord):
    """A paper 随车单证 of a vehicle, known by its number: whoever sees the vehicle sees it."""

    area_lookup = "vehicle__area__path"
    organisation_lookup = "vehicle__organisation_id"
    travels_by = ("number",)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.number)  # type: ignore[attr-defined]


class Permit(VehiclePaper):
    """Permit 运输许可: what a vehicle may carry between two days, on a route when one is prescribed."""

    number = CodeField(_("许可证号"), max_length=40, unique=True)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="permits", verbose_name=_("车辆"))
    goods = models.CharField(_("货物"), max_length=80)
    issuer = models.CharField(_("发证机关"), max_length=80, blank=True)
    first_day = models.DateField(_("有效期起"))
    last_day = models.DateField(_("有效期止"))
    route = models.ForeignKey(
        Fence, models.PROTECT, null=True, blank=True, related_name="permits", verbose_name=_("规定路线")
    )

    class Meta:
        verbose_name = _("运输许可")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="vehicles_permit_days",
                violation_error_message=_("有效期止应不早于有效期起"),
            )
        ]


class Trip(VehiclePaper):
    """Trip 电子运单: one vehicle's transport with its crew."""

    number = CodeField(_("运单号"), max_length=40, unique=True)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="trips", verbose_name=_("车辆"))
    driver = models.ForeignKey(CrewMember, models.PROTECT, related_name="driven", verbose_name=_("驾驶员"))
    escort = models.ForeignKey(
        CrewMember, models.PROTECT, null=True, blank=True, related_name="escorted", verbose_name=_("押运员")
    )
    goods = models.CharField(_("货物"), max_length=80)
    tonnes = models.FloatField(_("数量"), validators=[MinValueValidator(0.0)])
    receiver = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("收货单位")
    )
    starts_at = models.DateTimeField(_("起运时间"))
    ends_at = models.DateTimeField(_("预计到达"))

    class Meta:
        verbose_name = _("电子运单")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="vehicles_trip_times",
                violation_error_message=_("预计到达应晚于起运时间"),
            )
        ]


class Passage(models.Model):
    """Passage 围栏事件: a vehicle came into a fence or left it. Judged by the terminal's clock; a late position that tells
    it otherwise withdraws the event, which stays."""

    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="passages", verbose_name=_("车辆"))
    fence = models.ForeignKey(Fence, models.PROTECT, related_name="passages", verbose_name=_("电子围栏"))
    entered = models.BooleanField(_("驶入"))
    at = models.BigIntegerField(_("时刻"))
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    seen_at = models.DateTimeField(_("判断时间"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("因补传数据改判"), null=True, blank=True)

    seen_through = "vehicle"
    travels_by = Stays.COMPUTED

    class Meta:
        verbose_name = _("围栏事件")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["vehicle", "-at"], name="vehicles_passage_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle", "fence", "entered", "at"],
                condition=Q(withdrawn_at=None),
                name="vehicles_passage_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.vehicle} {self.fence}"


class JudgedUpTo(models.Model):
    """Up to which commit of the lake positions were judged: one row."""

    seq = models.BigIntegerField(_("提交序号"), default=0)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("围栏判断进度")

    def __str__(self) -> str:
        return str(self.seq)
