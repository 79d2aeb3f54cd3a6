"""Meetings 会议: rooms, agenda, who is invited and came, what was decided; and the calendar of one person."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.base.visibility import reach, within
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation, Travelling
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action

from ..meetings.terms import Answer, MeetingKind, MeetingState
from .documents import Document, IssuingBody

USER = settings.AUTH_USER_MODEL


class MeetingRoom(RegisterRecord):
    """Meeting room 会议室."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="meeting_rooms", verbose_name=_("区域"))
    name = models.CharField(_("会议室"), max_length=40)
    seats = models.PositiveIntegerField(_("座位数"), null=True, blank=True)
    equipment = models.CharField(_("设备"), max_length=120, blank=True)

    area_lookup = "area__path"
    travels_by = ("area", "name")

    class Meta:
        verbose_name = _("会议室")
        ordering = ["area__path", "name"]
        constraints = [models.UniqueConstraint(fields=["area", "name"], name="meeting_room_once")]

    def __str__(self) -> str:
        return self.name


class Meeting(Travelling):
    """Meeting 会议, called by a body; its minutes are a document of that body."""

    body = models.ForeignKey(IssuingBody, models.PROTECT, related_name="meetings", verbose_name=_("召集单位"))
    kind = models.CharField(_("会议类型"), max_length=8, choices=MeetingKind)
    title = models.CharField(_("会议名称"), max_length=100)
    chair = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("主持人"))
    room = models.ForeignKey(
        MeetingRoom, models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("会议室")
    )
    place = models.CharField(_("其他地点"), max_length=80, blank=True)
    start = models.DateTimeField(_("开始"), db_index=True)
    end = models.DateTimeField(_("结束"))
    note = models.CharField(_("会前准备"), max_length=500, blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=MeetingState, default=MeetingState.PLANNED)
    cancelled_because = models.CharField(_("取消原因"), max_length=200, blank=True)
    minutes = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="meeting", verbose_name=_("纪要")
    )
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    created_at = models.DateTimeField(_("登记时间"))
    revision = models.PositiveIntegerField(default=0)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=30)

    area_lookup = "body__area__path"
    seen_with = Action.OFFICE

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Those of his area's subtree, and those to which he (or the one who sends him) is invited."""
        asked = Invitation.objects.filter(Q(user=viewer.pk) | Q(delegate=viewer.pk))
        within_area = within("body__area__path", reach(viewer, Action.OFFICE))
        return within_area | Q(chair=viewer.pk) | Q(pk__in=asked.values("meeting"))

    class Meta:
        verbose_name = _("会议")
        ordering = ["-start", "-id"]
        indexes = [models.Index(fields=["room", "start"], name="meeting_in_room")]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="meeting_ends_later",
                violation_error_message=_("结束时间应晚于开始时间"),
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def chair_name(self) -> str:
        return str(self.chair)

    @property
    def when(self) -> str:
        """2026-11-24 09:00—11:00, with the last day where it is another one."""
        start, end = timezone.localtime(self.start), timezone.localtime(self.end)
        last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
        return f"{start:%Y-%m-%d %H:%M}—{last}"

    @property
    def where(self) -> str:
        return self.room.name if self.room else self.place


class AgendaItem(models.Model):
    """Agenda item 议题."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda")
    number = models.PositiveSmallIntegerField()
    subject = models.CharField(_("议题"), max_length=120)
    presenter = models.CharField(_("汇报"), max_length=60, blank=True)
    minutes = models.PositiveSmallIntegerField(_("分钟"), null=True, blank=True)

    seen_through = "meeting"
    travels_by = ("meeting", "number")

    class Meta:
        verbose_name = _("议题")
        ordering = ["meeting", "number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="agenda_item_once")]


class Invitation(Travelling):
    """Invitation 参会: a user of the platform, or somebody outside of it by name."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="invitations", verbose_name=_("参会人")
    )
    name = models.CharField(_("参会人"), max_length=60, blank=True)
    observer = models.BooleanField(_("列席"), default=False)
    answer = models.CharField(_("答复"), max_length=9, choices=Answer, default=Answer.NONE)
    delegate = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="delegations", verbose_name=_("委派给")
    )
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    attended = models.BooleanField(_("到会"), null=True, blank=True)

    seen_through = "meeting"

    class Meta:
        verbose_name = _("参会")
        ordering = ["observer", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "user"], condition=Q(user__isnull=False), name="invitation_once")
        ]

    @property
    def person(self) -> str:
        return str(self.user) if self.user else self.name


class Resolution(models.Model):
    """What was decided 议定事项: a unit, a date, what is asked. It becomes a supervised task."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="resolutions")
    number = models.PositiveSmallIntegerField()
    text = models.CharField(_("议定事项"), max_length=500)
    unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任单位")
    )
    due_on = models.DateField(_("完成日期"), null=True, blank=True)

    seen_through = "meeting"
    travels_by = ("meeting", "number")

    class Meta:
        verbose_name = _("议定事项")
        ordering = ["meeting", "number"]
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="resolution_once")]

    @property
    def subject(self) -> str:
        """How its supervised case names it."""
        return f"meeting:{self.meeting_id}:{self.number}"


class CalendarEvent(models.Model):
    """Event 日程 of one person, seen by nobody else."""

    user = models.ForeignKey(USER, models.CASCADE, related_name="calendar_events")
    title = models.CharField(_("事项"), max_length=100)
    place = models.CharField(_("地点"), max_length=80, blank=True)
    start = models.DateTimeField(_("开始"), db_index=True)
    end = models.DateTimeField(_("结束"))

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("日程")
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gte=F("start")),
                name="event_ends_later",
                violation_error_message=_("结束时间应晚于开始时间"),
            )
        ]

    def __str__(self) -> str:
        return self.title


class CalendarFeed(models.Model):
    """Subscription 日历订阅: whoever knows the secret address reads this person's calendar. Only a hash of
    the secret is kept.
    """

    user = models.OneToOneField(USER, models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("创建时间"))
    read_at = models.DateTimeField(_("最近读取"), null=True, blank=True)

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("日历订阅")
