"""Alarm rules, alarms and what became of them, who is told and how."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.crypto import EncryptedTextField
from qiangqu.base.errors import InputError
from qiangqu.base.identity import Stays
from qiangqu.base.terms import TermField
from qiangqu.base.visibility import own_organisations, reach, within
from qiangqu.registry.models import Area, Organisation, Travelling, User
from qiangqu.registry.models.history import RegisterRecord

from .conditions import parse_condition
from .steps import Step, parse_roles, parse_steps

LONGEST_DELAY = 7 * 86_400
_LIST = r"[0-9A-Za-z_.-]{1,40}\*?"


def _condition(text: str) -> None:
    try:
        parse_condition(text)
    except InputError as error:
        raise ValidationError(error.message) from error


def _steps(text: str) -> None:
    try:
        parse_steps(text)
    except InputError as error:
        raise ValidationError(error.message) from error


def _roles(text: str) -> None:
    try:
        parse_roles(text)
    except InputError as error:
        raise ValidationError(error.message) from error


def codes_of(text: str) -> tuple[str, ...]:
    """The codes of a list such as ``a21026,w*`` in order."""
    return tuple(dict.fromkeys(part.strip() for part in text.replace("，", ",").split(",") if part.strip()))


class Severity(models.IntegerChoices):
    """Severity 级别, as four steps; 1 is the gravest."""

    CRITICAL = 1, _("紧急")
    MAJOR = 2, _("重要")
    MINOR = 3, _("一般")
    NOTICE = 4, _("提示")


class Grouping(models.TextChoices):
    """What becomes one alarm."""

    POINT = "point", _("每个测点一条")
    DEVICE = "device", _("同一设备合为一条")
    AREA = "area", _("同一区域合为一条")


class AlarmRule(RegisterRecord):
    """Alarm rule 报警规则: a condition over what points report, for the points of an area that it names."""

    code = models.CharField(
        _("代码"),
        max_length=60,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Za-z_.-]{1,60}\Z", _("代码只能由字母、数字和 _ . - 组成"))],
    )
    name = TermField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="alarm_rules", verbose_name=_("适用区域"))
    condition = models.CharField(
        _("报警条件"),
        max_length=500,
        validators=[_condition],
        help_text=_(
            "可用 value、age、limit、limit_over、lower、upper 与 mean、low、high、span、change、count(秒)，例如 mean(3600) > limit"
        ),
    )
    clear_condition = models.CharField(
        _("解除条件（回差）"),
        max_length=500,
        blank=True,
        validators=[_condition],
        help_text=_("留空表示报警条件不再成立时解除；例如 value < limit * 0.95"),
    )
    limit = models.FloatField(_("限值"), null=True, blank=True, help_text=_("式子里的 limit；留空用各测点自己的限值"))
    factors = models.CharField(
        _("因子代码"),
        max_length=400,
        blank=True,
        validators=[
            RegexValidator(rf"^\s*{_LIST}(\s*[,，]\s*{_LIST})*\s*\Z", _("多个代码用逗号隔开，w* 表示以 w 开头"))
        ],
        help_text=_("多个用逗号隔开，w* 表示以 w 开头；留空为全部"),
    )
    intervals = models.CharField(
        _("时段"),
        max_length=80,
        blank=True,
        validators=[
            RegexValidator(rf"^\s*{_LIST}(\s*[,，]\s*{_LIST})*\s*\Z", _("多个代码用逗号隔开，w* 表示以 w 开头"))
        ],
        help_text=_("如 realtime、minute、hour、day；留空为全部"),
    )
    statistics = models.CharField(
        _("统计量"),
        max_length=80,
        blank=True,
        validators=[
            RegexValidator(rf"^\s*{_LIST}(\s*[,，]\s*{_LIST})*\s*\Z", _("多个代码用逗号隔开，w* 表示以 w 开头"))
        ],
        help_text=_("如 Rtd、Avg；留空为全部"),
    )
    devices = models.CharField(
        _("设备编码 MN"),
        max_length=1000,
        blank=True,
        validators=[
            RegexValidator(rf"^\s*{_LIST}(\s*[,，]\s*{_LIST})*\s*\Z", _("多个代码用逗号隔开，w* 表示以 w 开头"))
        ],
        help_text=_("多个用逗号隔开；留空为区域内全部设备"),
    )
    severity = models.PositiveSmallIntegerField(_("级别"), choices=Severity, default=Severity.MINOR)
    delay_on = models.PositiveIntegerField(
        _("报警延时"), default=0, validators=[MaxValueValidator(LONGEST_DELAY)], help_text=_("秒")
    )
    delay_off = models.PositiveIntegerField(
        _("解除延时"), default=0, validators=[MaxValueValidator(LONGEST_DELAY)], help_text=_("秒")
    )
    grouping = models.CharField(_("合并方式"), max_length=6, choices=Grouping, default=Grouping.DEVICE)
    notify = models.CharField(
        _("通知角色"),
        max_length=80,
        blank=True,
        default="zone",
        validators=[_roles],
        help_text=_("报警时通知哪些角色，如 zone,enterprise；留空只在页面显示"),
    )
    escalation = models.CharField(
        _("升级"),
        max_length=200,
        blank=True,
        validators=[_steps],
        help_text=_("未确认满多少分钟通知谁，如 30:bureau,120:planner"),
    )
    enabled = models.BooleanField(_("启用"), default=False)

    area_lookup = "area__path"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("报警规则")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def steps(self) -> tuple[Step, ...]:
        return parse_steps(self.escalation)


class PointLimit(models.Model):
    """Limit of a point 测点限值: what ``limit`` means in rules that set none, with where it comes from.
    Written by the parts that know standards.
    """

    point = models.OneToOneField(
        "telemetry.Point", models.CASCADE, primary_key=True, related_name="limit", verbose_name=_("测点")
    )
    value = models.FloatField(_("限值"))
    unit = TermField(_("单位"), max_length=20, blank=True)
    seconds = models.PositiveIntegerField(
        _("均值时间（秒）"), default=0
    )  # of the mean that the limit is for; 0: none stated
    citation = models.CharField(_("依据"), max_length=200, blank=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    seen_through = "point"
    travels_by = ("point",)

    class Meta:
        verbose_name = _("测点限值")

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


class AlarmState(models.TextChoices):
    ACTIVE = "active", _("报警中")
    CLEARED = "cleared", _("已恢复，待确认")
    CLOSED = "closed", _("已关闭")


class Alarm(Travelling):
    """Alarm 报警: one episode of a rule at a point, a device or in an area, from its raising to its closing.

    ``key`` names what it is grouped by; of a rule and key at most one alarm is not closed.
    """

    rule = models.ForeignKey(AlarmRule, models.PROTECT, related_name="alarms", verbose_name=_("规则"))
    key = models.CharField(max_length=24, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="alarms", verbose_name=_("所在区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name=_("所属单位")
    )
    device = models.ForeignKey(
        "telemetry.Device", models.PROTECT, null=True, blank=True, related_name="alarms", verbose_name=_("设备")
    )
    point = models.ForeignKey("telemetry.Point", models.PROTECT, related_name="alarms", verbose_name=_("首个测点"))
    severity = models.PositiveSmallIntegerField(_("级别"), choices=Severity)
    state = models.CharField(_("状态"), max_length=8, choices=AlarmState, default=AlarmState.ACTIVE)
    condition = models.CharField(_("报警条件"), max_length=500)
    limit = models.FloatField(_("限值"), null=True, blank=True)
    value = models.FloatField(_("报警时的值"), null=True, blank=True)
    began_at = models.DateTimeField(_("条件成立"))
    raised_at = models.DateTimeField(_("报警时间"), db_index=True)
    cleared_at = models.DateTimeField(_("恢复时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("关闭时间"), null=True, blank=True)
    points_on = models.PositiveIntegerField(_("报警中测点数"), default=0)
    points_total = models.PositiveIntegerField(_("涉及测点数"), default=0)
    times = models.PositiveIntegerField(_("报警次数"), default=1, help_text=_("恢复后未确认又再次报警的，仍记在同一条"))
    acknowledged_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人")
    )
    comment = models.CharField(_("确认说明"), max_length=500, blank=True)
    shelved_until = models.DateTimeField(_("搁置至"), null=True, blank=True)
    shelved_why = models.CharField(_("搁置原因"), max_length=500, blank=True)
    shelved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("搁置人")
    )
    level = models.PositiveSmallIntegerField(_("已升级次数"), default=0)
    escalate_at = models.DateTimeField(_("下次升级"), null=True, blank=True, db_index=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    organisation_lookup = "device__organisation_id"

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Of a device: whoever sees the device, wherever it has been moved since. Of an area: whoever looks
        after the area.
        """
        condition = Q(device__organisation__in=own_organisations(viewer))
        for path in reach(viewer):
            condition |= cls.lying_in(path)
        return condition

    @classmethod
    def lying_in(cls, path: str) -> Q:
        return within("device__area__path", (path,)) | Q(device=None) & within("area__path", (path,))

    class Meta:
        verbose_name = _("报警")
        ordering = ["-raised_at", "-id"]
        indexes = [
            models.Index(fields=["state", "severity", "-raised_at"], name="telemetry_alarm_desk"),
            models.Index(fields=["state", "-raised_at"], name="telemetry_alarm_history"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "key", "origin"], condition=~Q(state="closed"), name="telemetry_alarm_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.device or self.area}"

    @property
    def place(self) -> Area:
        """Where it lies now: with its device, else in the area that it was raised for."""
        return self.device.area if self.device is not None else self.area

    @property
    def acknowledged(self) -> bool:
        return self.acknowledged_at is not None

    def shelved(self, now: dt.datetime) -> bool:
        return self.shelved_until is not None and self.shelved_until > now


class AlarmPoint(Travelling):
    """A point under a rule whose condition holds or has held: waiting for the delay (no alarm yet), on, or
    over. Times are milliseconds UTC.
    """

    rule = models.ForeignKey(AlarmRule, models.PROTECT, related_name="+", verbose_name=_("规则"))
    point = models.ForeignKey("telemetry.Point", models.PROTECT, related_name="+", verbose_name=_("测点"))
    alarm = models.ForeignKey(
        Alarm, models.CASCADE, null=True, blank=True, related_name="points", verbose_name=_("报警")
    )
    began = models.BigIntegerField(_("条件成立"))
    raised = models.BigIntegerField(_("报警"), null=True)
    quiet = models.BigIntegerField(_("解除条件成立"), null=True)
    cleared = models.BigIntegerField(_("恢复"), null=True)
    value = models.FloatField(_("报警时的值"), null=True)
    limit = models.FloatField(_("限值"), null=True)
    lowest = models.FloatField(_("最小"), null=True)
    highest = models.FloatField(_("最大"), null=True)

    seen_through = "point"

    class Meta:
        verbose_name = _("报警测点")
        ordering = ["alarm", "raised", "point"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "point"], condition=Q(cleared__isnull=True), name="telemetry_alarm_point_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.point)


class EventKind(models.TextChoices):
    RAISED = "raised", _("报警")
    JOINED = "joined", _("又有测点报警")
    AGAIN = "again", _("再次报警")
    CLEARED = "cleared", _("恢复")
    ACKNOWLEDGED = "acknowledged", _("确认")
    COMMENTED = "commented", _("说明")
    SHELVED = "shelved", _("搁置")
    UNSHELVED = "unshelved", _("取消搁置")
    ESCALATED = "escalated", _("升级")
    CLOSED = "closed", _("关闭")


class AlarmEvent(Travelling):
    """What happened to an alarm. Only added: a stored event can be neither changed nor deleted.

    ``text``: what a person wrote; of raised, joined and again the number of points, of escalated the role
    that was told.
    """

    alarm = models.ForeignKey(Alarm, models.PROTECT, related_name="events", verbose_name=_("报警"))
    at = models.DateTimeField(_("时间"))
    kind = models.CharField(_("事件"), max_length=12, choices=EventKind)
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("操作人"))
    text = models.CharField(_("说明"), max_length=500, blank=True)

    seen_through = "alarm"

    class Meta:
        verbose_name = _("报警事件")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise RuntimeError("alarm events are only added")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise RuntimeError("alarm events are only added")


class ChannelKind(models.TextChoices):
    """The robots that take a message by HTTPS."""

    WECOM = "wecom", _("企业微信群机器人")
    DINGTALK = "dingtalk", _("钉钉群机器人")


class AlarmChannel(RegisterRecord):
    """Channel 通知渠道: a group robot that is told of the alarms of an area."""

    name = TermField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="alarm_channels", verbose_name=_("适用区域"))
    kind = models.CharField(_("类型"), max_length=8, choices=ChannelKind)
    url = EncryptedTextField(_("机器人地址"), max_length=500, help_text=_("机器人设置页给出的 https 地址"))
    secret = EncryptedTextField(_("加签密钥"), max_length=120, blank=True, help_text=_("钉钉“加签”的密钥；没有则留空"))
    severity = models.PositiveSmallIntegerField(
        _("通知级别"), choices=Severity, default=Severity.MAJOR, help_text=_("通知这一级及更重的报警")
    )
    enabled = models.BooleanField(_("启用"), default=True)

    area_lookup = "area__path"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("通知渠道")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class NoticeState(models.TextChoices):
    WAITING = "waiting", _("待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")


class AlarmNotice(models.Model):
    """Notice 通知: one message to one address about one or more alarms, and what became of it."""

    kind = models.CharField(_("方式"), max_length=8)  # site, email, wecom, dingtalk
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("收件人"))
    channel = models.ForeignKey(
        AlarmChannel, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("通知渠道")
    )
    subject = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("正文"))
    alarms = models.ManyToManyField(Alarm, related_name="notices", verbose_name=_("报警"))
    state = models.CharField(_("状态"), max_length=8, choices=NoticeState, default=NoticeState.WAITING, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("发送次数"), default=0)
    outcome = models.CharField(_("结果"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("产生时间"), auto_now_add=True)
    next_at = models.DateTimeField(_("下次发送"), db_index=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("报警通知")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject

    @property
    def to(self) -> str:
        """Who gets it, in words (never the robot's address: it is its password)."""
        return str(self.user or self.channel or "")


class AlarmRun(models.Model):
    """The last pass of the evaluator: one row."""

    at = models.DateTimeField(_("判断时间"))
    seconds = models.FloatField(_("用时（秒）"), default=0)
    rules = models.PositiveIntegerField(_("规则数"), default=0)
    points = models.PositiveIntegerField(_("测点数"), default=0)
    faults = models.JSONField(_("规则错误"), default=dict, blank=True)
    seq = models.BigIntegerField(_("已判断到的提交"), default=0)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("报警判断")

    def __str__(self) -> str:
        return str(self.at)
