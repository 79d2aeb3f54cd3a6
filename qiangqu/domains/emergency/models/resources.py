"""What an emergency is met with: places, teams, equipment, supplies in batches; and whom it may hit."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.registry.models import Area, Organisation, Travelling
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action

from ..places import check_lat, check_lon
from .plans import Grade

USER = settings.AUTH_USER_MODEL


class Located(RegisterRecord):
    """A record at a place, in an area, perhaps an organisation's."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    lon = models.FloatField(_("经度"), validators=[check_lon], help_text=_("度，CGCS2000 或 WGS 84"))
    lat = models.FloatField(_("纬度"), validators=[check_lat], help_text=_("度"))

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    seen_with = Action.EMERGENCY
    travels_by = ("code",)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class PlaceKind(models.TextChoices):
    STATION = "station", _("消防站")
    BASE = "base", _("救援队驻地")
    DEPOT = "depot", _("物资库")
    SHELTER = "shelter", _("避难场所")
    MEDICAL = "medical", _("医疗救护点")
    COMMAND = "command", _("指挥场所")
    CANDIDATE = "candidate", _("备选站址")


class EmergencyPlace(Located):
    """Place 应急场所: a station, depot or shelter; a candidate is where one could be built."""

    kind = models.CharField(_("类型"), max_length=10, choices=PlaceKind)
    address = models.CharField(_("地址"), max_length=120, blank=True)
    room = models.PositiveIntegerField(
        _("容量"), null=True, blank=True, help_text=_("避难场所：可容纳人数；站点：可服务人数")
    )
    phone = models.CharField(_("24 小时电话"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("应急场所")
        ordering = ["code"]


class PointKind(models.TextChoices):
    ENTERPRISE = "enterprise", _("企业")
    HAZARD = "hazard", _("重大危险源")
    HOMES = "homes", _("居民区")
    SCHOOL = "school", _("学校")
    HOSPITAL = "hospital", _("医院")
    PUBLIC = "public", _("公共场所")


class ProtectedPoint(Located):
    """Whom an emergency may hit 防护目标, and what stations have to reach: people there, and how risky it is."""

    kind = models.CharField(_("类型"), max_length=10, choices=PointKind)
    people = models.PositiveIntegerField(_("人数"), default=0)
    risk = models.CharField(
        _("风险等级"), max_length=1, choices=Grade, default=Grade.FOURTH, help_text=_("选址按风险加权时用")
    )

    class Meta:
        verbose_name = _("防护目标")
        ordering = ["code"]


class TeamKind(models.TextChoices):
    FIRE = "fire", _("消防救援")
    CHEMICAL = "chemical", _("危化救援")
    MEDICAL = "medical", _("医疗救护")
    REPAIR = "repair", _("工程抢修")
    MONITORING = "monitoring", _("环境监测")
    GENERAL = "general", _("综合救援")


class RescueTeam(RegisterRecord):
    """Team 救援队伍, at a place."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=10, choices=TeamKind)
    place = models.ForeignKey(EmergencyPlace, models.PROTECT, related_name="teams", verbose_name=_("驻地"))
    people = models.PositiveSmallIntegerField(_("人数"))
    leader = models.CharField(_("负责人"), max_length=40)
    phone = models.CharField(_("24 小时电话"), max_length=30)
    user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("平台用户"))
    turnout = models.PositiveSmallIntegerField(
        _("出动准备"), default=5, validators=[MaxValueValidator(240)], help_text=_("分钟，从接到通知到出动")
    )

    area_lookup = "place__area__path"
    organisation_lookup = "place__organisation_id"
    seen_with = Action.EMERGENCY
    travels_by = ("code",)

    class Meta:
        verbose_name = _("救援队伍")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class EquipmentState(models.TextChoices):
    READY = "ready", _("完好")
    REPAIR = "repair", _("维修")
    SCRAPPED = "scrapped", _("报废")


class EmergencyEquipment(RegisterRecord):
    """Equipment 应急装备: one vehicle or device, at a place, perhaps a team's."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    place = models.ForeignKey(EmergencyPlace, models.PROTECT, related_name="equipment", verbose_name=_("存放场所"))
    team = models.ForeignKey(
        RescueTeam, models.PROTECT, null=True, blank=True, related_name="equipment", verbose_name=_("使用队伍")
    )
    state = models.CharField(_("状况"), max_length=8, choices=EquipmentState, default=EquipmentState.READY)
    inspect_due = models.DateField(_("检验到期"), null=True, blank=True, help_text=_("过期的不列入可调用资源"))

    area_lookup = "place__area__path"
    organisation_lookup = "place__organisation_id"
    seen_with = Action.EMERGENCY
    travels_by = ("code",)

    class Meta:
        verbose_name = _("应急装备")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SupplyItem(RegisterRecord):
    """What supplies there are 物资品种."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("品名"), max_length=60)
    unit = models.CharField(_("计量单位"), max_length=12)
    least = models.PositiveIntegerField(_("最低储备"), default=0, help_text=_("每个物资库的最低数量；0 表示不设"))

    common_knowledge = True
    seen_with = Action.EMERGENCY
    travels_by = ("code",)

    class Meta:
        verbose_name = _("物资品种")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class SupplyBatch(RegisterRecord):
    """A batch 物资批次 of one kind at one place. How many there are is the sum of its movements."""

    code = CodeField(_("批号"), max_length=40, unique=True)
    item = models.ForeignKey(SupplyItem, models.PROTECT, related_name="batches", verbose_name=_("品名"))
    place = models.ForeignKey(EmergencyPlace, models.PROTECT, related_name="batches", verbose_name=_("存放场所"))
    expires_on = models.DateField(_("有效期至"), null=True, blank=True, help_text=_("过期的不列入可调用资源"))
    inspect_due = models.DateField(_("检查到期"), null=True, blank=True)

    area_lookup = "place__area__path"
    organisation_lookup = "place__organisation_id"
    seen_with = Action.EMERGENCY
    travels_by = ("code",)

    class Meta:
        verbose_name = _("物资批次")
        ordering = ["place__code", "item__code", "code"]

    def __str__(self) -> str:
        return f"{self.item} {self.code}"


class MovementKind(models.TextChoices):
    IN = "in", _("入库")
    OUT = "out", _("出库")
    HANDED = "handed", _("事件调出")
    RETURNED = "returned", _("事件归还")
    COUNTED = "counted", _("盘点调整")
    SCRAPPED = "scrapped", _("报废")


class StockMovement(Travelling):
    """A movement 出入库, only added: ``amount`` is what came in (or, below 0, went out)."""

    batch = models.ForeignKey(SupplyBatch, models.PROTECT, related_name="movements", verbose_name=_("物资批次"))
    kind = models.CharField(_("方式"), max_length=8, choices=MovementKind)
    amount = models.IntegerField(_("数量"), validators=[MinValueValidator(-10_000_000), MaxValueValidator(10_000_000)])
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("经手人"))
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    request = models.ForeignKey(
        "emergency.ResourceRequest", models.PROTECT, null=True, blank=True, related_name="movements",
        verbose_name=_("调用"),
    )  # fmt: skip
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    seen_through = "batch"

    class Meta:
        verbose_name = _("出入库")
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="stock_movement_some")]
