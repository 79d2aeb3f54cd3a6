"""Devices, their points, what they are like to deal with, and what is asked of them."""

import secrets
from ipaddress import ip_network

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.crypto import EncryptedTextField
from qiangqu.base.fields import CodeField
from qiangqu.base.identity import Stays
from qiangqu.base.terms import TermField
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action

from .alarms.models import (  # noqa: F401 - Django finds an app's models here
    Alarm,
    AlarmChannel,
    AlarmEvent,
    AlarmNotice,
    AlarmPoint,
    AlarmRule,
    AlarmRun,
    PointLimit,
)
from .mqtt.rights import Name, Owner, is_reserved, node_of, owners
from .words import INTERVALS, statistic_word


class Protocol(models.TextChoices):
    HJ212 = "hj212", _("HJ 212")
    MQTT = "mqtt", _("MQTT")
    SPARKPLUG = "sparkplug", _("Sparkplug B")
    MODBUS = "modbus", _("Modbus TCP")
    OPCUA = "opcua", _("OPC UA")
    JT808 = "jt808", _("JT/T 808")
    FIRE = "fire", _("GB/T 26875")


class Factor(models.Model):
    """Factor 监测因子: what is measured, by its code in HJ 524/525 and HJ 212-2017 annex B, and in the 2005
    edition where it had one there.
    """

    code = CodeField(_("代码"), max_length=20, unique=True)
    code_2005 = models.CharField(_("2005 版代码"), max_length=20, blank=True, db_index=True)
    name = TermField(_("名称"), max_length=80)
    medium = models.CharField(_("介质"), max_length=12, blank=True)
    unit = TermField(_("单位"), max_length=20, blank=True)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("监测因子")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Device(RegisterRecord):
    """Device 设备: a data logger (数采仪) that reports under one MN."""

    mn = CodeField(
        _("设备编码 MN"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Za-z_.-]{1,40}\Z", _("MN 只能由字母、数字和 _ . - 组成"))],
    )
    name = models.CharField(_("名称"), max_length=80)
    password = EncryptedTextField(_("访问密码 PW"), max_length=40, blank=True)
    key = EncryptedTextField(
        _("SM4 密钥"),
        max_length=32,
        blank=True,
        validators=[RegexValidator(r"^([0-9A-Fa-f]{32})?\Z", _("密钥应为 32 位十六进制数"))],
        help_text=_("HJ 212-2025 6.4.2；不加密的设备留空"),
    )
    protocol = models.CharField(_("协议"), max_length=12, choices=Protocol, default=Protocol.HJ212)
    serial = models.CharField(
        _("终端 ID 或来源地址"),
        max_length=30,
        blank=True,
        default="",
        validators=[RegexValidator(r"^[0-9A-Za-z_.:/-]{0,30}\Z", _("只能由字母、数字和 _ . : / - 组成"))],
        help_text=_(
            "JT/T 808：终端注册时报出的 ID，相符的才得到鉴权码；GB/T 26875：装置从哪个 IP 地址或网段连来，留空则不限"
        ),
    )
    system = models.CharField(_("系统编码 ST"), max_length=5, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="devices", verbose_name=_("所在区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="devices", verbose_name=_("所属单位")
    )
    enabled = models.BooleanField(_("启用"), default=True)
    lon = models.FloatField(
        _("经度"), null=True, blank=True, validators=[MinValueValidator(-180.0), MaxValueValidator(180.0)]
    )
    lat = models.FloatField(
        _("纬度"), null=True, blank=True, validators=[MinValueValidator(-90.0), MaxValueValidator(90.0)]
    )

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    travels_by = ("mn",)

    class Meta:
        verbose_name = _("设备")
        ordering = ["mn"]

    def __str__(self) -> str:
        return self.name or self.mn

    def clean(self) -> None:
        """Of HJ 212 the password is all that says who sends: without one anybody could. Raises
        ValidationError.
        """
        super().clean()
        self._check_name()
        if self.protocol == Protocol.JT808:
            self._check_terminal()
        if self.protocol == Protocol.FIRE:
            self._check_transmitter()
        if self.enabled and self.protocol == Protocol.HJ212 and not self.password:
            raise ValidationError(
                {NON_FIELD_ERRORS: _("HJ 212 设备要有访问密码才能启用；请填写访问密码，或先登记为停用")}
            )

    def _check_terminal(self) -> None:
        """A terminal is named by its number without leading zeros; it is told its password (鉴权码), so that nobody
        has to think of one.
        """
        name = self.mn.lower().lstrip("0") or "0"
        if not set(name) <= set("0123456789abcdef") or len(name) > 20:
            raise ValidationError({"mn": _("JT/T 808 终端的编码是终端手机号（最多 20 位），请改正")})
        self.mn = name
        self.password = self.password or secrets.token_hex(8)

    def _check_transmitter(self) -> None:
        """A transmission device is named by its six bytes of address; it may be bound to where it calls from."""
        name = self.mn.lower()
        if not set(name) <= set("0123456789abcdef") or len(name) > 12:
            raise ValidationError(
                {"mn": _("GB/T 26875 装置的编码是它的地址（最多 12 位十六进制数，高位在前），请改正")}
            )
        self.mn = name.zfill(12)
        try:
            if self.serial:
                ip_network(self.serial, strict=False)
        except ValueError as error:
            raise ValidationError({"serial": _("来源地址应是 IP 地址或网段，如 10.0.7.12、10.0.7.0/24")}) from error

    def _check_name(self) -> None:
        """A new MN is not the system's, and not a name below a Sparkplug node of somebody else
        (:mod:`qiangqu.telemetry.mqtt.rights`).
        """
        stored = Device.objects.filter(pk=self.pk).values_list("mn", "protocol").first() if self.pk else None
        if stored == (self.mn, self.protocol):
            return
        if is_reserved(self.mn):
            raise ValidationError({"mn": _("以 qiangqu 开头的名字留给系统账号，请换一个 MN")})
        node = node_of(self.mn) if self.protocol == Protocol.SPARKPLUG else ""
        if not node or self.area_id is None:
            return
        rows = Device.objects.filter(Q(mn=node) | Q(mn__startswith=f"{node}.", protocol=Protocol.SPARKPLUG))
        names = [
            Name(mn, pk, Owner(path, organisation))
            for mn, pk, path, organisation in rows.exclude(pk=self.pk).values_list(
                "mn", "pk", "area__path", "organisation_id"
            )
            if node_of(mn) == node  # SQLite compares without regard to case
        ]
        own = Owner(self.area.path, self.organisation_id)
        if self.mn == node:
            foreign = any(not name.owner.is_part_of(own) for name in names)
        else:
            foreign = any(not own.is_part_of(holder) for holder in owners(names).values())
        if foreign:
            raise ValidationError(
                {"mn": _("Sparkplug 节点 %(node)s 已由别的区域或单位登记，请换一个 MN") % {"node": node}}
            )


class PointManager(models.Manager["Point"]):
    """Points with what they are named by: their device, which also says whether they are simulated, and their
    factor.
    """

    def get_queryset(self) -> models.QuerySet["Point"]:
        return super().get_queryset().select_related("device", "factor")


class Point(models.Model):
    """Point 测点: one row of numbers in the lake: a device's factor, over an interval (realtime, minute,
    hour, day …), by a statistic (Rtd, Avg …).

    The id is the point number of the lake. A point is made when its device first reports it.
    """

    id = models.AutoField(primary_key=True)  # 32 bits, as in the lake
    device = models.ForeignKey(Device, models.PROTECT, related_name="points", verbose_name=_("设备"))
    factor_code = models.CharField(_("因子代码"), max_length=20)
    factor = models.ForeignKey(
        Factor, models.PROTECT, null=True, blank=True, related_name="points", verbose_name=_("监测因子")
    )
    interval = models.CharField(_("时段"), max_length=12)
    statistic = models.CharField(_("统计量"), max_length=12)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    lower = models.FloatField(_("量程下限"), null=True, blank=True)
    upper = models.FloatField(_("量程上限"), null=True, blank=True)
    period = models.PositiveIntegerField(
        _("上报间隔（秒）"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31 * 86_400)],
        help_text=_("应多久上报一次；留空则由收到的数据推断"),
    )
    created_at = models.DateTimeField(_("首次上报"), auto_now_add=True)

    objects = PointManager()

    area_lookup = "device__area__path"
    organisation_lookup = "device__organisation_id"
    travels_by = ("device", "factor_code", "interval", "statistic")

    class Meta:
        verbose_name = _("测点")
        ordering = ["device", "factor_code", "interval", "statistic"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "factor_code", "interval", "statistic"], name="telemetry_point_once"
            )
        ]

    def __str__(self) -> str:
        interval, statistic = INTERVALS.get(self.interval, ""), statistic_word(self.statistic)
        return f"{self.device} {self.factor or self.factor_code} {interval}{statistic}"

    @property
    def simulated(self) -> bool:
        return self.device.simulated


class UnknownDevice(models.Model):
    """Unknown device 未登记设备 (quarantine): an MN that reports but is in no register; a person may adopt
    it.
    """

    mn = models.CharField(_("设备编码 MN"), max_length=40, unique=True)
    first_seen = models.DateTimeField(_("首次出现"))
    last_seen = models.DateTimeField(_("最近出现"))
    frames = models.PositiveBigIntegerField(_("报文数"), default=0)
    peer = models.CharField(_("来源地址"), max_length=64, blank=True)
    password = EncryptedTextField(_("访问密码 PW"), max_length=40, blank=True)
    system = models.CharField(_("系统编码 ST"), max_length=5, blank=True)
    protocol = models.CharField(_("协议"), max_length=12, choices=Protocol, default=Protocol.HJ212)
    sample = models.CharField(_("报文样例"), max_length=1000, blank=True)
    rivals = models.PositiveBigIntegerField(
        _("密码不同的报文数"), default=0, help_text=_("访问密码与首次收到的不同；登记用首次收到的")
    )
    rival_peer = models.CharField(_("密码不同者的来源地址"), max_length=64, blank=True)

    common_knowledge = True
    seen_with = Action.EDIT_REGISTERS
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("未登记设备")
        ordering = ["-last_seen"]

    def __str__(self) -> str:
        return self.mn

    @property
    def contested(self) -> bool:
        """Whether more than one password was heard under this MN."""
        return self.rivals > 0


class DeviceHealth(models.Model):
    """Device health 设备状况: counters since the device was first heard."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="health", verbose_name=_("设备")
    )
    last_seen = models.DateTimeField(_("最近通信"), null=True, blank=True)
    frames = models.PositiveBigIntegerField(_("报文数"), default=0)
    points = models.PositiveBigIntegerField(_("数据条数"), default=0)
    repeats = models.PositiveBigIntegerField(_("重复报文数"), default=0)
    refused = models.PositiveBigIntegerField(_("拒收数"), default=0)
    clock_skew_ms = models.BigIntegerField(
        _("时钟偏差（毫秒）"), null=True, blank=True, help_text=_("平台时间减设备时间")
    )
    period = models.PositiveIntegerField(
        _("上报间隔（秒）"), null=True, blank=True, help_text=_("它最勤的测点多久上报一次，由数据推断")
    )

    seen_through = "device"
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("设备状况")

    def __str__(self) -> str:
        return str(self.device)


class DeviceQuality(models.Model):
    """Device quality record 设备质量记录: how often on a day a device departed from the standard, or sent
    what could not be taken.

    ``item`` names what it was about (a register, a node, a metric, a path) where a protocol answers item by
    item; each event is counted in one row only.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="quality", verbose_name=_("设备"))
    day = models.DateField(_("日期"))
    what = models.CharField(_("问题"), max_length=40)
    item = models.CharField(_("数据项"), max_length=200, blank=True, default="")
    refused = models.BooleanField(_("拒收"))
    count = models.PositiveBigIntegerField(_("次数"), default=0)

    seen_through = "device"
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("设备质量记录")
        ordering = ["-day", "device", "what"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "day", "what", "item", "refused"], name="telemetry_device_quality"
            )
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.day} {self.what}"


class DeviceDay(models.Model):
    """Device day 设备日完整性: what was due from a device on a local day and what came, in point-hours (one
    point over one hour).

    ``due_mask`` and ``mask`` have a bit for each hour of the day (bit 0: 00:00–01:00): hours that were over
    when it was computed and in which the device was due; hours of those in which anything came. ``hours_due``
    and ``hours_online`` count them.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="days", verbose_name=_("设备"))
    day = models.DateField(_("日期"), db_index=True)
    points = models.PositiveIntegerField(_("测点数"))
    due = models.FloatField(_("应收（点时）"))
    received = models.FloatField(_("实收（点时）"))
    valid = models.FloatField(_("有效（点时）"))
    rows = models.PositiveBigIntegerField(_("数据条数"))
    due_mask = models.PositiveIntegerField(_("应在线时段"))
    mask = models.PositiveIntegerField(_("在线时段"))
    hours_due = models.PositiveSmallIntegerField(_("应在线小时数"))
    hours_online = models.PositiveSmallIntegerField(_("在线小时数"))

    seen_through = "device"
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("设备日完整性")
        ordering = ["-day", "device"]
        constraints = [models.UniqueConstraint(fields=["device", "day"], name="telemetry_device_day")]

    def __str__(self) -> str:
        return f"{self.device} {self.day}"


class DeviceMessage(models.Model):
    """Device message 设备消息: what a device sent that is no row of numbers (start-up, state, answers), or
    could not be taken whole.
    """

    device = models.ForeignKey(Device, models.CASCADE, related_name="messages", verbose_name=_("设备"))
    received = models.DateTimeField(_("收到时间"), db_index=True)
    cn = models.CharField(_("命令编码 CN"), max_length=4)
    qn = models.CharField(_("请求编码 QN"), max_length=32, blank=True)
    text = models.TextField(_("数据区"))
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    digest = models.CharField(max_length=32, unique=True, editable=False)

    seen_through = "device"
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("设备消息")
        ordering = ["-received"]
        indexes = [models.Index(fields=["device", "-received"], name="telemetry_message_of_device")]

    def __str__(self) -> str:
        return f"{self.device} {self.cn}"


class CommandState(models.TextChoices):
    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    ACCEPTED = "accepted", _("设备已受理")
    DONE = "done", _("执行成功")
    FAILED = "failed", _("执行失败")
    SILENT = "silent", _("设备无应答")


class DeviceCommand(models.Model):
    """Device command 设备命令: what the platform asks of a device, and what became of it."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="commands", verbose_name=_("设备"))
    cn = models.CharField(_("命令编码 CN"), max_length=4)
    region = models.CharField(_("参数"), max_length=900, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=CommandState, default=CommandState.WAITING, db_index=True)
    qn = models.CharField(_("请求编码 QN"), max_length=17, blank=True)
    attempts = models.PositiveSmallIntegerField(_("发送次数"), default=0)
    answer = models.CharField(_("应答"), max_length=1000, blank=True)
    requested_at = models.DateTimeField(_("下达时间"), auto_now_add=True)
    changed_at = models.DateTimeField(_("更新时间"), auto_now=True)

    seen_through = "device"
    travels_by = Stays.RAW

    class Meta:
        verbose_name = _("设备命令")
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"{self.device} {self.cn}"
