"""The words of meetings 会议: their kinds, how they stand, what those who are invited answer."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeetingKind(models.TextChoices):
    OFFICE = "office", _("办公会")
    TOPIC = "topic", _("专题会")
    DISPATCH = "dispatch", _("调度会")
    JOINT = "joint", _("联席会")
    OTHER = "other", _("其他")


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("拟召开")
    HELD = "held", _("已召开")
    CANCELLED = "cancelled", _("已取消")


class Answer(models.TextChoices):
    NONE = "none", _("未答复")
    COMES = "comes", _("参加")
    AWAY = "away", _("请假")
    DELEGATES = "delegates", _("委派")
