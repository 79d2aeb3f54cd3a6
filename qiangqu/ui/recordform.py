"""A form of a model, declared: what its ``Meta`` says besides Django's own options is how people are asked.

class DraftForm(RecordForm):
    class Meta:
        model = Document
        fields = ("body", "kind", "title", "text")
        empty = {"body": None}          # the word for no choice (None: there is always one)
        rows = {"text": 18}             # of a text's box
        once = ("body",)                # entered when the record is made, not changed later

DraftForm(request.POST or None, offered={"body": bodies_of(user)})
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from .registers.forms import style
from .versions import Opened

MOMENT = "%Y-%m-%dT%H:%M"
# a year near 1 or 9999 has no counterpart in another time zone
EARLIEST, LATEST = dt.datetime(1950, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


class RecordForm(Opened, forms.ModelForm):  # type: ignore[type-arg]
    """``offered`` are the records that a foreign key may be given, by the field's name. No change is lost
    (:class:`.versions.Opened`); a hidden field ``revision`` holds the record's."""

    def __init__(self, *args: Any, offered: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        meta: Any = getattr(self, "Meta")  # noqa: B009 - of the class that is made
        if self.instance.pk:
            for name in getattr(meta, "once", ()):
                del self.fields[name]
        empty = getattr(meta, "empty", {})
        for name, field in self.fields.items():
            choice: Any = field
            word = empty.get(name, _("请选择") if field.required else _("（无）"))
            if isinstance(field, forms.ModelChoiceField):
                choice.queryset, choice.empty_label = (offered or {}).get(name, field.queryset), word
            elif isinstance(field, forms.TypedChoiceField) and any(key == "" for key, _word in choice.choices):
                choice.choices = [("", word), *((key, said) for key, said in choice.choices if key != "")]
            elif isinstance(field, forms.DateTimeField):
                field.widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
                field.input_formats = [MOMENT, "%Y-%m-%d %H:%M"]
                field.validators = [*field.validators, MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
        if "revision" in self.fields:
            self.initial.setdefault("revision", self.instance.revision)
        style(self)
        for name, rows in getattr(meta, "rows", {}).items():
            self.fields[name].widget.attrs["rows"] = rows
