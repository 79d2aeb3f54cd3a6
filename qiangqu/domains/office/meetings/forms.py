"""Forms of meetings and of one's own events."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from qiangqu.registry.models import User
from qiangqu.ui.registers.forms import style
from qiangqu.ui.versions import Opened

from ..models import CalendarEvent, Meeting, MeetingKind

MOMENT = "%Y-%m-%dT%H:%M"
EARLIEST, LATEST = dt.datetime(1950, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


def _moments(form: forms.BaseForm) -> None:
    for name in ("start", "end"):
        field: Any = form.fields[name]
        field.widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        field.input_formats = [MOMENT, "%Y-%m-%d %H:%M"]
        # a year near 1 or 9999 has no counterpart in another time zone
        field.validators = [*field.validators, MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]


class MeetingForm(Opened, forms.ModelForm):  # type: ignore[type-arg]
    """A meeting and its agenda; ``revision`` tells whether somebody saved in between."""

    agenda = forms.CharField(widget=forms.Textarea, required=False, max_length=8000)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Meeting
        fields = ("body", "kind", "title", "chair", "room", "place", "start", "end", "note")

    def __init__(self, *args: Any, bodies: Any, rooms: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if self.instance.pk:
            del fields["body"]
        else:
            fields["body"].queryset, fields["body"].empty_label = bodies, None
        fields["room"].queryset, fields["room"].empty_label = rooms, _("（其他地点）")
        fields["chair"].queryset, fields["chair"].empty_label = people, _("请选择")
        fields["chair"].label_from_instance = _person
        fields["agenda"].label = _("议程")
        fields["agenda"].help_text = _("每行一个议题：议题；汇报人；分钟")
        fields["kind"].widget.choices = [("", _("请选择")), *MeetingKind.choices]
        _moments(self)
        self.initial.setdefault("revision", self.instance.revision)
        style(self)
        fields["agenda"].widget.attrs["rows"] = 6


def _person(user: User) -> str:
    return f"{user}（{user.area.short_name}）" if user.area else str(user)


class EventForm(Opened, forms.ModelForm):  # type: ignore[type-arg]
    """An event of one's own."""

    class Meta:
        model = CalendarEvent
        fields = ("title", "place", "start", "end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _moments(self)
        style(self)
