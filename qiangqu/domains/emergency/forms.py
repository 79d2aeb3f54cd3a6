"""Forms of registers with accounts, of events, drills and siting scenarios."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.ui.recordform import RecordForm
from qiangqu.ui.registers.declare import entered
from qiangqu.ui.registers.forms import RegisterForm

from .access import accounts
from .models import EmergencyDrill, EmergencyEvent, PlaceKind, PlanCall, RescueTeam, Scenario, SitingModel


class _WithAccount(RegisterForm):
    """Somebody with an account: one of those that may be called in the keeper's areas."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["user"]
        field.queryset = accounts(self.user, self.instance.user_id)


class CallForm(_WithAccount):
    """One of a plan's call list."""

    class Meta:
        model = PlanCall
        fields = entered(PlanCall)


class TeamForm(_WithAccount):
    """A team, with the account of its leader."""

    class Meta:
        model = RescueTeam
        fields = entered(RescueTeam)


class EventForm(RecordForm):
    """An event as it is reported; without a plan the one that fits is taken."""

    class Meta:
        model = EmergencyEvent
        fields = (
            "title", "area", "hazard", "grade", "happened_at", "organisation", "place", "lon", "lat", "radius", "report", "plan",
        )  # fmt: skip
        empty = {"plan": gettext_lazy("自动选用"), "area": None}
        rows = {"report": 4}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["report"].widget = forms.Textarea(attrs={"class": "form-control", "rows": 4})
        self.initial.setdefault("happened_at", timezone.localtime())


class DrillForm(RecordForm):
    """A drill as it is planned."""

    class Meta:
        model = EmergencyDrill
        fields = ("title", "area", "plan", "kind", "held_on", "place", "planned_minutes")
        empty = {"area": None}


class ScenarioForm(RecordForm):
    """What is to be sited, on what, and by which measure. Demand and candidates come from the registers, or from
    files."""

    keep_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("保留的现有站点"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(kind.value, kind.label) for kind in PlaceKind if kind != PlaceKind.CANDIDATE],
        help_text=gettext_lazy("区域内这些类型的应急场所作为现有站点，一律保留"),
    )  # fmt: skip
    candidate_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("备选站址"), required=False, widget=forms.CheckboxSelectMultiple, choices=PlaceKind.choices,
        initial=[PlaceKind.CANDIDATE.value], help_text=gettext_lazy("从应急场所名录中取这些类型的场所作为备选"),
    )  # fmt: skip
    demand_file = forms.FileField(
        label=gettext_lazy("需求点文件"), required=False,
        help_text=gettext_lazy("CSV 或 Excel：名称、经度、纬度、权重；不上传则用区域内的防护目标"),
    )  # fmt: skip
    candidate_file = forms.FileField(
        label=gettext_lazy("备选站址文件"),
        required=False,
        help_text=gettext_lazy("CSV 或 Excel：名称、经度、纬度、容量；与名录中的合并使用"),
    )

    class Meta:
        model = Scenario
        fields = ("title", "area", "model", "p", "standard", "weighting", "seconds")
        empty = {"area": None}

    field_order = (
        "title", "area", "model", "p", "standard", "weighting", "keep_kinds", "candidate_kinds", "demand_file", "candidate_file",
        "seconds",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["model"]
        chosen.choices = [one for one in SitingModel.choices if one[0] != SitingModel.BY_HAND]
        for name in ("keep_kinds", "candidate_kinds"):
            self.fields[name].widget.attrs["class"] = "em-ticks"

    def clean_standard(self) -> float:
        value: float = self.cleaned_data["standard"]
        if not 0 < value <= 240:
            raise ValidationError(_("到达标准在 0—240 分钟之间"))
        return value

    def clean_seconds(self) -> int:
        value: int = self.cleaned_data["seconds"]
        if not 1 <= value <= 3600:
            raise ValidationError(_("最长计算时间在 1—3600 秒之间"))
        return value
