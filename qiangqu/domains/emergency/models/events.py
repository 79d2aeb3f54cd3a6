"""Events 突发事件: who was called and answered, the log, what was asked for and handed over."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.base.visibility import reach, within
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation, Travelling
from qiangqu.registry.roles import Action

from ..places import check_lat, check_lon
from .plans import EmergencyPlan, Grade, HazardKind, PlanStep
from .resources import EmergencyEquipment, RescueTeam, SupplyBatch

USER = settings.AUTH_USER_MODEL


class EventState(models.TextChoices):
    OPEN = "open", _("处置中")
    ENDED = "ended", _("响应已终止")
    REVIEWED = "reviewed", _("已评估归档")


class EmergencyEvent(models.Model):
    """Event 突发事件."""

    number = CodeField(_("编号"), max_length=40, unique=True, editable=False)
    title = models.CharField(_("事件名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    hazard = models.CharField(_("事件类型"), max_length=10, choices=HazardKind)
    grade = models.CharField(_("等级"), max_length=1, choices=Grade, default=Grade.FOURTH)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发生单位")
    )
    place = models.CharField(_("地点"), max_length=120)
    lon = models.FloatField(_("经度"), validators=[check_lon], help_text=_("度；可在地图上点选"))
    lat = models.FloatField(_("纬度"), validators=[check_lat], help_text=_("度"))
    radius = models.PositiveIntegerField(_("警戒半径"), default=500, help_text=_("米"))
    happened_at = models.DateTimeField(_("发生时间"))
    report = models.CharField(_("接报情况"), max_length=1000, help_text=_("报告人和现场情况"))
    plan = models.ForeignKey(
        EmergencyPlan, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("启动的预案")
    )
    dead = models.PositiveIntegerField(_("死亡"), default=0)
    missing = models.PositiveIntegerField(_("失踪"), default=0)
    injured = models.PositiveIntegerField(_("受伤"), default=0)
    evacuated = models.PositiveIntegerField(_("转移"), default=0)
    state = models.CharField(_("状态"), max_length=8, choices=EventState, default=EventState.OPEN, db_index=True)
    opened_at = models.DateTimeField(_("登记时间"), editable=False)
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name=_("登记人"))
    ended_at = models.DateTimeField(_("终止时间"), null=True, editable=False)
    ended_because = models.CharField(_("终止依据"), max_length=300, blank=True, editable=False)
    cause = models.CharField(_("原因"), max_length=1000, blank=True, editable=False)
    review = models.CharField(_("处置评估"), max_length=2000, blank=True, editable=False)
    reviewed_at = models.DateTimeField(_("评估时间"), null=True, editable=False)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=100)

    area_lookup = "area__path"
    seen_with = Action.EMERGENCY
    travels_by = ("number",)

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Those of his area's subtree, and those to which he was called."""
        called = EventCall.objects.filter(user=viewer.pk)
        return within("area__path", reach(viewer, Action.EMERGENCY)) | Q(pk__in=called.values("event"))

    class Meta:
        verbose_name = _("突发事件")
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Answer(models.TextChoices):
    NONE = "none", _("未答复")
    COMES = "comes", _("收到，前往")
    STANDS_BY = "stands_by", _("收到，待命")
    CANNOT = "cannot", _("不能到")


class EventCall(models.Model):
    """One who was called 通知, and what he answered; ``entered_by``: who was on the phone with him."""

    event = models.ForeignKey(EmergencyEvent, models.PROTECT, related_name="calls")
    number = models.PositiveSmallIntegerField(_("次序"))
    duty = models.CharField(_("职责"), max_length=40)
    person = models.CharField(_("姓名"), max_length=40)
    phone = models.CharField(_("电话"), max_length=30, blank=True)
    user = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("平台用户"))
    called_at = models.DateTimeField(_("通知时间"))
    reminded_at = models.DateTimeField(_("催答时间"), null=True, blank=True)
    answer = models.CharField(_("答复"), max_length=9, choices=Answer, default=Answer.NONE)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("预计到达（分钟）"), null=True, blank=True)
    said = models.CharField(_("答复说明"), max_length=200, blank=True)
    entered_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("代记人")
    )

    seen_through = "event"
    travels_by = ("event", "number")

    class Meta:
        verbose_name = _("应急通知")
        ordering = ["event", "number"]
        constraints = [models.UniqueConstraint(fields=["event", "number"], name="event_call_once")]


class EntryKind(models.TextChoices):
    REPORT = "report", _("情况报告")
    ORDER = "order", _("指令")
    STEP = "step", _("处置步骤")
    CALL = "call", _("通知答复")
    RESOURCE = "resource", _("资源")
    STATE = "state", _("等级与状态")
    RELEASE = "release", _("信息发布")


class EventEntry(Travelling):
    """An entry of the log 处置记录, only added: what is wrong is put right by a further entry."""

    event = models.ForeignKey(EmergencyEvent, models.PROTECT, related_name="entries")
    kind = models.CharField(_("类别"), max_length=8, choices=EntryKind)
    text = models.CharField(_("内容"), max_length=1000)
    happened_at = models.DateTimeField(_("发生时间"))
    at = models.DateTimeField(_("记录时间"))
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("记录人"))
    step = models.ForeignKey(
        PlanStep, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处置步骤")
    )
    lon = models.FloatField(_("经度"), null=True, blank=True)
    lat = models.FloatField(_("纬度"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    seen_through = "event"

    class Meta:
        verbose_name = _("处置记录")
        ordering = ["happened_at", "id"]


class RequestKind(models.TextChoices):
    TEAM = "team", _("队伍")
    EQUIPMENT = "equipment", _("装备")
    SUPPLY = "supply", _("物资")


class RequestState(models.TextChoices):
    ASKED = "asked", _("已申请")
    HANDED = "handed", _("已交付")
    RETURNED = "returned", _("已归还")
    REFUSED = "refused", _("未调用")


class ResourceRequest(models.Model):
    """What an event asked for 资源调用: a team, a piece of equipment, an amount of a batch; handed over, then back."""

    event = models.ForeignKey(EmergencyEvent, models.PROTECT, related_name="requests")
    number = models.PositiveSmallIntegerField(_("序号"))
    kind = models.CharField(_("类别"), max_length=9, choices=RequestKind)
    team = models.ForeignKey(
        RescueTeam, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("救援队伍")
    )
    equipment = models.ForeignKey(
        EmergencyEquipment, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("应急装备")
    )
    batch = models.ForeignKey(
        SupplyBatch, models.PROTECT, null=True, blank=True, related_name="requests", verbose_name=_("物资批次")
    )
    amount = models.PositiveIntegerField(_("数量"), default=1)
    returned = models.PositiveIntegerField(_("归还数量"), null=True, blank=True)
    minutes = models.FloatField(_("预计到达（分钟）"), null=True, blank=True)
    basis = models.CharField(_("时间依据"), max_length=80, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=RequestState, default=RequestState.ASKED)
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"))
    handed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("交付人")
    )
    handed_at = models.DateTimeField(_("交付时间"), null=True, blank=True)
    receiver = models.CharField(_("接收人"), max_length=40, blank=True)
    closed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经手人")
    )
    closed_at = models.DateTimeField(_("归还时间"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    area_lookup = "event__area__path"
    seen_with = Action.EMERGENCY
    travels_by = ("event", "number")

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Whoever sees the event; and who keeps what is asked for."""
        kept = ("team__place__area__path", "equipment__place__area__path", "batch__place__area__path")
        event = EmergencyEvent.objects.filter(EmergencyEvent.visible_to(viewer))
        return Q(event__in=event.values("pk")) | within(kept, reach(viewer, Action.KEEP_EMERGENCY))

    class Meta:
        verbose_name = _("资源调用")
        ordering = ["event", "number"]
        constraints = [
            models.UniqueConstraint(fields=["event", "number"], name="resource_request_once"),
            models.CheckConstraint(
                condition=Q(kind="team", team__isnull=False, equipment=None, batch=None)
                | Q(kind="equipment", equipment__isnull=False, team=None, batch=None)
                | Q(kind="supply", batch__isnull=False, team=None, equipment=None),
                name="resource_request_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def thing(self) -> RescueTeam | EmergencyEquipment | SupplyBatch:
        """What is asked for."""
        found = self.team or self.equipment or self.batch
        assert found is not None  # the table's own rule
        return found

    @property
    def title(self) -> str:
        """What is asked for, in words, with the amount of supplies."""
        if self.batch is not None:
            return f"{self.batch.item.name} {self.amount} {self.batch.item.unit}（{self.batch.code}）"
        return str(self.thing)
