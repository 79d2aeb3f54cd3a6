"""The form that opens a round."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy

from qiangqu.registry.models import Area
from qiangqu.ui.recordform import RecordForm

from .models import Round
from .rounds import LONGEST, SHORTEST


class RoundForm(RecordForm):
    """A round as it is opened: by which edition, whom, and as of which day."""

    zones = forms.ModelMultipleChoiceField(
        Area.objects.filter(level="zone"),
        label=gettext_lazy("参评园区"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("不选表示组织区域内的全部园区"),
    )

    class Meta:
        model = Round
        fields = ("title", "area", "edition", "day", "objection_days")
        empty = {"area": None}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        offered = kwargs.get("offered") or {}
        super().__init__(*args, **kwargs)
        field: Any = self.fields["zones"]
        field.empty_label = None
        field.queryset = offered.get("zones", field.queryset)
        field.widget.attrs["class"] = "as-ticks"
        self.initial.setdefault("day", timezone.localdate())
        self.fields["day"].help_text = gettext_lazy("年度数取这一天之前的整年，称号和答复取这一天有效的")
        self.fields["objection_days"].validators = [MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
