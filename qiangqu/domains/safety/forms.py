"""Forms of inspectors, risk points and draws, and the field for the enterprise that a record is about."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base import draw as qd1
from qiangqu.base.visibility import reach, visible, within
from qiangqu.registry.models import Organisation, OrganisationKind, Post, User
from qiangqu.registry.roles import Action, roles_with
from qiangqu.ui.recordform import RecordForm
from qiangqu.ui.registers.forms import PickField, RegisterForm

from . import sources
from .models.inspections import Draw, Inspector
from .models.risks import RiskPoint
from .rosters import quotas_of
from .scoring import fault_of


class InspectorForm(RegisterForm):
    """An inspector; his account is one of those that may see inspections in the keeper's areas."""

    class Meta:
        model = Inspector
        fields = (
            "code", "name", "area", "unit", "user", "certificate", "qualified_from", "qualified_to", "valid_from",
            "valid_to", "note",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = Post.objects.in_force().filter(
            within("area__path", reach(self.user, Action.KEEP_ROSTERS)), role__in=roles_with(Action.INSPECTIONS)
        )
        field: Any = self.fields["user"]
        field.queryset = User.objects.filter(pk__in=posts.values("user")) | User.objects.filter(
            inspector=self.instance.pk
        )


def firm_field(label: Any) -> PickField:
    """The enterprise whose record it is, typed by name or code; which it may be, the page says (:func:`firms_of`)."""
    return PickField(
        Organisation.objects.none(),
        reverse_lazy("risk-points-pick", args=["organisation"]),  # type: ignore[arg-type]  # as good as a str
        label=label,
        help_text=gettext_lazy("输入名称或代码查找"),
    )


def firms_of(request: HttpRequest, action: str) -> QuerySet[Organisation]:
    """The enterprises for which a post of the user gives him the right ``action``."""
    return visible(Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE), request.user, action)


class RiskPointForm(RegisterForm):
    """A risk point; its scores are values that the method has."""

    class Meta:
        model = RiskPoint
        fields = (
            "code", "name", "organisation", "place", "method", "likelihood", "exposure", "consequence", "stated", "controls",
            "responsible", "check_days", "check_basis", "device", "lon", "lat", "valid_from", "valid_to", "note",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        names = ("method", "likelihood", "exposure", "consequence")
        if not any(name in self.errors for name in names):
            field, said = fault_of(*(cleaned.get(name) for name in names))  # type: ignore[arg-type]
            if said:
                self.add_error(field, said)
        if (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            self.add_error("lat", _("经度和纬度要一起填"))
        return cleaned


class DrawForm(RecordForm):
    """A draw before it is committed to; ``revision`` tells whether somebody saved in between."""

    quotas = forms.CharField(
        label=gettext_lazy("每层抽取家数"),
        help_text=gettext_lazy("每行一层：重大、较大、一般、低；设了“久未检查”的，另起一行，如“重大/久未检查 1”"),
        widget=forms.Textarea,
        max_length=400,
    )
    team = forms.IntegerField(label=gettext_lazy("每组人数"), min_value=1, max_value=10, initial=2)
    max_load = forms.IntegerField(label=gettext_lazy("每人最多检查家数"), min_value=1, max_value=1000, initial=3)
    source_kind = forms.ChoiceField(
        label=gettext_lazy("公开值来源"),
        choices=[
            ("drand", gettext_lazy("drand 公共随机信标（可离线验签）")),
            ("published", gettext_lazy("公开发布的号码（人工录入）")),
        ],
        help_text=gettext_lazy("drand 的轮次按公布时间自动确定"),
    )
    source_text = forms.CharField(
        label=gettext_lazy("公开发布的号码"), required=False, max_length=160,
        help_text=gettext_lazy("写明公布单位、期号和书写格式，如“福彩3D 2026320 期开奖号，三位数字”"),
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Draw
        fields = ("area", "title", "as_of", "unseen_months", "value_due", "fallback", "starts_at", "publish_workdays")
        rows = {"quotas": 4}
        once, empty = ("area",), {"area": None}

    field_order = (
        "area", "title", "as_of", "unseen_months", "quotas", "team", "max_load", "source_kind", "source_text", "value_due",
        "fallback", "starts_at", "publish_workdays",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        draw = self.instance
        if not draw.pk:
            self.initial.setdefault("as_of", timezone.localdate())
        else:
            drand = sources.round_of(draw.source) is not None
            self.initial.update({
                "quotas": "\n".join(f"{stratum} {count}" for stratum, count in draw.rules["quota"]),
                "team": draw.rules["team"], "max_load": draw.rules["max_load"],
                "source_kind": "drand" if drand else "published",
                "source_text": "" if drand else draw.source.removeprefix(sources.PUBLISHED),
            })  # fmt: skip

    def clean_quotas(self) -> list[list[Any]]:
        return quotas_of(self.cleaned_data["quotas"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        text = " ".join(cleaned.get("source_text", "").split())
        if cleaned.get("source_kind") == "published" and len(text) < 4:
            self.add_error("source_text", _("请写明号码的公布单位和名称"))
        if self.errors:
            return cleaned
        self.instance.rules = {name: cleaned[name] for name in ("team", "max_load")} | {"quota": cleaned["quotas"]}
        try:
            qd1.check_rules(self.instance.rules)
        except qd1.DrawError as error:
            self.add_error("quotas", str(error))
        drand = cleaned["source_kind"] == "drand"
        self.instance.source = (
            f"{sources.DRAND}{sources.round_at(cleaned['value_due'])}" if drand else sources.PUBLISHED + text
        )
        return cleaned
