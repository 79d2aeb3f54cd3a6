"""Drills 应急演练, and what they (or the review of an event) found to be put right."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation, Travelling
from qiangqu.registry.roles import Action

from .events import EmergencyEvent
from .plans import EmergencyPlan

USER = settings.AUTH_USER_MODEL


class DrillKind(models.TextChoices):
    TABLE = "table", _("桌面推演")
    PART = "part", _("单项演练")
    WHOLE = "whole", _("综合演练")
    SURPRISE = "surprise", _("双盲演练")


class DrillState(models.TextChoices):
    PLANNED = "planned", _("计划")
    HELD = "held", _("已演练")


class EmergencyDrill(Travelling):
    """Drill 演练 of a plan: how long it was to take and took, what was found."""

    title = models.CharField(_("演练名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    plan = models.ForeignKey(EmergencyPlan, models.PROTECT, related_name="drills", verbose_name=_("应急预案"))
    kind = models.CharField(_("形式"), max_length=8, choices=DrillKind)
    held_on = models.DateField(_("演练日期"))
    place = models.CharField(_("地点"), max_length=120)
    planned_minutes = models.PositiveSmallIntegerField(_("计划用时"), help_text=_("分钟"))
    real_minutes = models.PositiveSmallIntegerField(_("实际用时"), null=True, blank=True, help_text=_("分钟"))
    people = models.PositiveIntegerField(_("参演人数"), null=True, blank=True)
    summary = models.CharField(_("演练情况"), max_length=2000, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=DrillState, default=DrillState.PLANNED)
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name=_("登记人"))
    made_at = models.DateTimeField(_("登记时间"), editable=False)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=60)

    area_lookup = "area__path"
    seen_with = Action.EMERGENCY

    class Meta:
        verbose_name = _("应急演练")
        ordering = ["-held_on", "-id"]

    def __str__(self) -> str:
        return self.title


class EmergencyFinding(Travelling):
    """What a drill or an event showed to be put right 问题: by whom and until when. It becomes a supervised task."""

    drill = models.ForeignKey(EmergencyDrill, models.PROTECT, null=True, blank=True, related_name="findings")
    event = models.ForeignKey(EmergencyEvent, models.PROTECT, null=True, blank=True, related_name="findings")
    number = models.PositiveSmallIntegerField(_("序号"))
    text = models.CharField(_("问题"), max_length=500)
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    due_on = models.DateField(_("整改期限"))
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    area_lookup = ("drill__area__path", "event__area__path")
    seen_with = Action.EMERGENCY

    class Meta:
        verbose_name = _("演练和评估问题")
        ordering = ["drill", "event", "number"]
        constraints = [
            models.UniqueConstraint(fields=["drill", "number"], name="finding_of_drill_once"),
            models.UniqueConstraint(fields=["event", "number", "origin"], name="finding_of_event_once"),
            models.CheckConstraint(
                condition=Q(drill=None, event__isnull=False) | Q(drill__isnull=False, event=None), name="finding_of_one"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def subject(self) -> str:
        """How its supervised case names it."""
        what = ("emergency_drill", self.drill_id) if self.drill_id else ("emergency_event", self.event_id)
        return f"{what[0]}:{what[1]}:{self.number}"
