"""Devices that report but are in no register. Who may edit registers sees them (an unknown MN says nothing of
where it stands) and adopts them.
"""

from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from qiangqu.base.errors import NotFoundError, QiangquError
from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.registers.forms import resolve_reference, style

from ..forms import password_of
from ..models import Protocol, UnknownDevice
from ..register import adopt


class AdoptForm(forms.Form):
    """Where an unknown device belongs and what it is called."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    area = forms.ModelChoiceField(
        Area.objects.none(), label=gettext_lazy("所在区域"), to_field_name="code", empty_label=gettext_lazy("请选择")
    )
    organisation = forms.CharField(
        label=gettext_lazy("所属单位"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("输入名称或代码查找；园区自己的设备留空"),
    )

    password = forms.CharField(
        label=gettext_lazy("访问密码 PW"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("留空则用首次收到的；它没有报密码或有争议时，请向设备厂家核对后填写"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, user: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.user = user
        self.fields["area"].queryset = visible(Area.objects.order_by("path"), user, Action.EDIT_REGISTERS)  # type: ignore[attr-defined,arg-type]
        self.fields["organisation"].widget.attrs |= {
            "autocomplete": "off",
            "data-pick": reverse("devices-pick", args=["organisation"]),
        }
        style(self)

    def clean_password(self) -> str:
        return password_of(self.cleaned_data["password"])

    def clean_organisation(self) -> str:
        text = self.cleaned_data["organisation"].strip()
        if not text:
            return ""
        return str(resolve_reference(visible(Organisation.objects.all(), self.user, Action.EDIT_REGISTERS), text).code)  # type: ignore[arg-type]


def _columns(asked: lists.Asked) -> list[lists.Column]:
    field = partial(lists.column, UnknownDevice)
    return [
        field("mn", role=lists.NAME, verbatim=True, width=28),
        lists.Column("contested", _("密码"), lambda row: _("密码有争议") if row.contested else None, role=lists.STATE,
                     badge=lambda row: "amber" if row.contested else ""),
        field("protocol"),
        field("system"),
        field("first_seen"),
        field("last_seen", role=lists.DATE),
        field("frames", role=lists.VALUE, decimals=0),
        field("peer", width=24),
    ]  # fmt: skip


QUARANTINE = lists.Listing(
    code="telemetry-quarantine",
    page="telemetry-quarantine",
    title=gettext_lazy("未登记设备"),
    rows=lambda asked: visible(UnknownDevice.objects.all(), asked.user),
    columns=_columns,
    filters=lambda asked: (
        lists.choice("protocol", _("协议"), Protocol.choices) | lists.days("last_seen", _("最近出现"), moments=True)
    ),
    search=("mn", "peer"),
    order=("-last_seen", "-pk"),
    link=lambda row: reverse("telemetry-adopt", args=[row.pk]),
    intro=gettext_lazy(
        "这些 MN 在上报，但不在设备名录里：它们的数据没有入库，也没有得到应答。打开一个认领后，设备重发的数据开始入库。"
    ),
    empty=gettext_lazy("没有未登记的设备在上报"),
    empty_icon="shield-check",
    size=50,
)


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_REGISTERS)
def adoption(request: HttpRequest, pk: int) -> HttpResponse:
    """One unknown MN, and its adoption as a device of an area of the user's."""
    unknown = visible(UnknownDevice.objects.filter(pk=pk), request.user).first()
    if unknown is None:
        raise NotFoundError(_("这个设备已不在未登记清单里，可能已被认领"), where=str(pk))
    form = AdoptForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            device = adopt(
                request.user,
                unknown.mn,
                area=form.cleaned_data["area"].code,
                name=form.cleaned_data["name"].strip(),
                organisation=form.cleaned_data["organisation"],
                password=form.cleaned_data["password"],
            )
        except (QiangquError, ValidationError) as error:
            form.add_error(None, str(error) if isinstance(error, QiangquError) else error.messages)  # type: ignore[arg-type]
        else:
            messages.success(request, _("已认领；网关在几秒内开始接收它的数据"))
            return redirect("devices-detail", pk=device.pk)
    context = {"unknown": unknown, "form": form}
    return render(request, "telemetry/adopt.html", context, status=422 if form.errors else 200)
