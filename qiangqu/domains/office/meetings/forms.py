"""Forms of meetings and of one's own events."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qiangqu.base.terms import bracketed
from qiangqu.registry.models import User
from qiangqu.ui.recordform import RecordForm

from ..models.meetings import CalendarEvent, Meeting


class MeetingForm(RecordForm):
    """A meeting and its agenda; ``revision`` tells whether somebody saved in between."""

    agenda = forms.CharField(
        label=_("议程"),
        help_text=_("每行一个议题：议题；汇报人；分钟"),
        widget=forms.Textarea,
        required=False,
        max_length=8000,
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Meeting
        fields = ("body", "kind", "title", "chair", "room", "place", "start", "end", "note")
        rows = {"agenda": 6}
        once, empty = ("body",), {"body": None, "room": _("（其他地点）")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chair: Any = self.fields["chair"]
        chair.label_from_instance = _person


def _person(user: User) -> str:
    return bracketed(user, user.area.short_name) if user.area else str(user)


class EventForm(RecordForm):
    """An event of one's own."""

    class Meta:
        model = CalendarEvent
        fields = ("title", "place", "start", "end")
