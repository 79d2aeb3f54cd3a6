"""The ledger of solid waste: balance, entries, the form for a new one, voiding a wrong one."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import is_own_only, own_organisations, seen, visible
from qiangqu.registry import audit
from qiangqu.registry.access import require
from qiangqu.registry.models import Organisation, OrganisationKind
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.lists import Column
from qiangqu.ui.templatetags.once import form_tokens

from ..models import WasteAct, WasteClass, WasteEntry
from ..queries import year_of
from ..results import waste_balance
from .asked import today_of

MOST_TONNES = 1e8


def may_enter(user: Any) -> bool:
    """Zone and regional staff for their subtree, an enterprise's own user for it."""
    return may(user, Action.EDIT_REGISTERS) or bool(own_organisations(user, Action.REPORT_FACTS))


def _enterable(queryset: Any, user: Any) -> Any:
    """Where :func:`may_enter` says yes."""
    own = own_organisations(user, Action.REPORT_FACTS)
    name = queryset.model.organisation_lookup
    return queryset.filter(
        Q(pk__in=visible(queryset.model._default_manager.all(), user, Action.EDIT_REGISTERS))
        | Q(**{f"{name}__in": own})
    )


class WasteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new entry. The enterprise is named by its code or its exact name."""

    enterprise_code = forms.CharField(
        label=gettext_lazy("企业"), max_length=120, help_text=gettext_lazy("统一社会信用代码或全称")
    )

    class Meta:
        model = WasteEntry
        fields = [
            "day", "waste_class", "waste_code", "waste_name", "act", "tonnes", "from_stock", "counterpart", "document_number",
        ]  # fmt: skip
        widgets = {"day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    field_order = ["enterprise_code"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if is_own_only(user) and len(own_organisations(user)) == 1 and user.organisation:
            self.fields["enterprise_code"].initial = user.organisation.code
            self.fields["enterprise_code"].widget.attrs["readonly"] = "readonly"
        for name, field in self.fields.items():
            kind = (
                "form-check-input"
                if name == "from_stock"
                else "form-select"
                if name in ("waste_class", "act")
                else "form-control"
            )
            field.widget.attrs["class"] = kind

    def clean_enterprise_code(self) -> Organisation:
        text = self.cleaned_data["enterprise_code"].strip()
        known = _enterable(Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE), self.user)
        found = list(known.filter(code=text)[:1] or known.filter(name=text)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("您的管辖范围内没有这家企业，请填统一社会信用代码或全称"))
        return found[0]

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        if not dt.date(2000, 1, 1) <= day <= timezone.localdate():
            raise forms.ValidationError(_("日期应在 2000 年以来、今天或以前"))
        return day

    def clean_tonnes(self) -> float:
        tonnes: float = self.cleaned_data["tonnes"]
        if not 0 < tonnes <= MOST_TONNES:
            raise forms.ValidationError(_("数量应大于 0 且不超过 1 亿吨"))
        return tonnes

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if (
            data.get("waste_class") == WasteClass.HAZARDOUS
            and data.get("act") == "transferred"
            and not data.get("document_number")
        ):
            self.add_error("document_number", _("危险废物转移须填转移联单编号"))
        if data.get("from_stock") and data.get("act") not in (None, "used", "disposed"):
            self.add_error("from_stock", _("只有综合利用与处置可以取自往年贮存"))
        return data


@require_http_methods(["GET", "POST"])
@require()
def waste(request: HttpRequest) -> HttpResponse:
    """The ledger of a year and the form for a new entry."""
    user: Any = request.user
    allowed = may_enter(user)
    form = WasteForm(request.POST or None, user=user, initial={"day": today_of(request)}) if allowed else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                _enter(form, user)
            except InputError as error:
                form.add_error("tonnes", error.message)
            else:
                messages.success(request, _("台账记录已登记"))
                return redirect("environment-waste")
    status = 422 if form is not None and form.errors else 200
    return lists.show(request, WASTE, {"form": form}, status=status)


def balances(asked: lists.Asked) -> list[tuple[Any, Any, str]]:
    """Each class's balance of the year: label, balance, or the sentence that says why there is none."""
    entries, year = seen(WasteEntry.objects.all(), asked.user, asked.area), waste_year(asked)
    made: list[tuple[Any, Any, str]] = []
    for code, label in WasteClass.choices:
        try:
            made.append((label, waste_balance(entries, year, code), ""))
        except InputError as error:
            made.append((label, None, error.message))
    return made


def waste_year(asked: lists.Asked) -> int:
    """The year that the ledger shows."""
    return year_of(asked.params.get("year", ""), asked.day or timezone.localdate())


def _rows(asked: lists.Asked) -> Any:
    rows = seen(WasteEntry.objects.all(), asked.user, asked.area).filter(day__year=waste_year(asked))
    return rows.filter(day__lte=asked.day) if asked.day else rows


def _columns(asked: lists.Asked) -> list[lists.Column]:
    field = partial(lists.column, WasteEntry)
    return [
        field(
            "enterprise__name",
            label=_("企业"),
            role=lists.NAME,
            width=30,
            link=lambda row: reverse("organisations-detail", args=[row.enterprise_id]),
        ),
        field("day", role=lists.DATE),
        field("waste_class"),
        field("waste_name", note=lambda row: row.waste_code),
        field("waste_code", shown=False),
        field("act", role=lists.STATE, note=lambda row: _("往年贮存") if row.from_stock else ""),
        field("tonnes", role=lists.VALUE, unit=_("吨"), decimals=2),
        field("from_stock", shown=False),
        field("counterpart"),
        field("document_number"),
        field("entered_at", shown=False),
        Column("voided", _("作废"), lambda row: row.void_reason, html=_void_cell(asked), width=30),
    ]


def _void_cell(asked: lists.Asked) -> Callable[[WasteEntry], SafeString | str]:
    """Why an entry is void, or the form that voids it."""
    allowed = may_enter(asked.user)
    csrf = get_token(asked.request) if allowed and asked.request is not None else ""
    void, reason, sure = _("作废"), _("作废原因"), _("确定")

    def cell(row: WasteEntry) -> SafeString | str:
        if row.voided_at:
            return format_html('<span class="qq-note">{}：{}</span>', _("已作废"), row.void_reason)
        if not allowed:
            return ""
        return format_html(
            '<details><summary class="qq-note">{}</summary><form method="post" action="{}" class="env-check">{}<input class="form-control" name="reason" '
            'required maxlength="200" placeholder="{}" aria-label="{}"><button class="btn btn-sm">{}</button></form></details>',
            void, reverse("environment-waste-void", args=[row.pk]), form_tokens(csrf), reason, reason, sure,
        )  # fmt: skip

    return cell


WASTE = lists.Listing(
    code="environment-waste",
    page="environment-waste",
    title=gettext_lazy("固废台账"),
    rows=_rows,
    columns=_columns,
    filters=lambda asked: (
        lists.text("year", _("年度"), how=lambda rows, value: rows, longest=4)
        | lists.choice("class", _("类别"), WasteClass.choices, field="waste_class")
        | lists.choice("act", _("去向"), WasteAct.choices)
        | lists.days("day", _("日期"))
    ),
    search=("enterprise__name", "waste_name"),
    search_label=gettext_lazy("企业或废物名称"),
    order=("-day", "-pk"),
    related=("enterprise",),
    row_class=lambda row: "is-void" if row.voided_at else "",
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("这一年没有台账记录"),
    empty_icon="recycle",
    template="environment/waste.html",
    context=lambda request, asked: {"balances": balances(asked), "year": waste_year(asked)},
    size=50,
)


def _enter(form: WasteForm, user: Any) -> WasteEntry:
    """Store the entry when the enterprise's ledger still balances with it. Raises InputError when more would leave than there was."""
    with transaction.atomic():
        entry: WasteEntry = form.save(commit=False)
        entry.enterprise, entry.entered_by = form.cleaned_data["enterprise_code"], user
        # one writer at a time for an enterprise: two that use up the same stock must see each other
        Organisation.objects.select_for_update().get(pk=entry.enterprise.pk)
        entry.save()
        for year in range(entry.day.year, timezone.localdate().year + 1):
            waste_balance(WasteEntry.objects.filter(enterprise=entry.enterprise), year, entry.waste_class)
        audit.record(
            user,
            "waste_entered",
            object_type="wasteentry",
            object_id=entry.pk,
            area_path=entry.enterprise.area.path,
            detail={"enterprise": entry.enterprise.code, "day": entry.day, "act": entry.act, "tonnes": entry.tonnes},
        )
    return entry


@require_POST
@require()
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Void a wrong entry with a reason; it stays visible."""
    if not may_enter(request.user):
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()
    if not 0 < len(reason) <= 200:
        raise InputError(_("请写明作废原因（200 字以内）"), where="reason")
    with transaction.atomic():
        entry = (
            _enterable(
                WasteEntry.objects.select_for_update(of=("self",)).select_related("enterprise__area"), request.user
            )
            .filter(pk=pk)
            .first()
        )
        if entry is None:
            raise NotFoundError(_("没有这条台账记录，或它不在您的管辖范围内"), where=str(pk))
        if entry.voided_at is not None:
            raise ConflictError(_("这条记录已经作废"), where=str(pk))
        entry.voided_at, entry.void_reason = timezone.now(), reason
        entry.save(update_fields=["voided_at", "void_reason"])
        audit.record(
            request.user,
            "waste_voided",
            object_type="wasteentry",
            object_id=pk,
            area_path=entry.enterprise.area.path,
            detail={"reason": reason},
        )
    messages.success(request, _("记录已作废"))
    return redirect("environment-waste")
