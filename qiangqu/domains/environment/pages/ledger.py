"""The ledger of solid waste: balance, entries, the form for a new one, voiding a wrong one."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import is_own_only, own_organisations, seen
from qiangqu.registry.access import require
from qiangqu.ui import lists
from qiangqu.ui.formpage import done, form_page
from qiangqu.ui.lists import Column
from qiangqu.ui.recordform import RecordForm
from qiangqu.ui.templatetags.once import form_tokens

from .. import keeping
from ..models import WasteAct, WasteClass, WasteEntry
from ..queries import year_of
from ..results import balances


class WasteForm(RecordForm):
    """A new entry. The enterprise is named by its code or its exact name."""

    enterprise_code = forms.CharField(
        label=gettext_lazy("企业"), max_length=120, help_text=gettext_lazy("统一社会信用代码或全称")
    )
    field_order = ("enterprise_code",)

    class Meta:
        model = WasteEntry
        fields = (
            "day", "waste_class", "waste_code", "waste_name", "act", "tonnes", "from_stock", "counterpart", "document_number",
        )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        if is_own_only(user) and len(own_organisations(user)) == 1 and user.organisation:
            self.fields["enterprise_code"].initial = user.organisation.code
            self.fields["enterprise_code"].widget.attrs["readonly"] = "readonly"

    def clean_enterprise_code(self) -> str:
        text = str(self.cleaned_data["enterprise_code"]).strip()
        try:
            self.instance.enterprise = keeping.enterprise_of(text, self.user)
        except InputError as error:
            raise forms.ValidationError(error.message) from error
        return text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name, sentence in keeping.faults(data).items():
            self.add_error(name, sentence)
        return data


@require_http_methods(["GET", "POST"])
@require()
def waste(request: HttpRequest) -> HttpResponse:
    """The ledger of a year and the form for a new entry."""
    allowed = keeping.may_enter(request.user)
    if request.method == "POST" and not allowed:
        raise PermissionDenied
    first = {"day": lists.asked_of(request).today}
    form = WasteForm(request.POST or None, user=request.user, initial=first) if allowed else None

    def enter() -> HttpResponse:
        if form is not None:
            keeping.enter(form.save(commit=False), request.user)
        return done(request, _("台账记录已登记"), "environment-waste")

    return form_page(request, WASTE, enter, form=form, show=lists.show)


@require_POST
@require()
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Void a wrong entry with a reason; it stays visible."""
    keeping.void(pk, request.POST.get("reason", ""), request.user)
    return done(request, _("记录已作废"), "environment-waste")


def waste_year(asked: lists.Asked) -> int:
    """The year that the ledger shows."""
    return year_of(asked.params.get("year", ""), asked.today)


def _rows(asked: lists.Asked) -> Any:
    rows = seen(WasteEntry.objects.all(), asked.user, asked.area).filter(day__year=waste_year(asked))
    return rows.filter(day__lte=asked.day) if asked.day else rows


def _context(request: HttpRequest, asked: lists.Asked) -> dict[str, Any]:
    year = waste_year(asked)
    return {"balances": balances(seen(WasteEntry.objects.all(), asked.user, asked.area), year), "year": year}


def _columns(asked: lists.Asked) -> list[lists.Column]:
    field = partial(lists.column, WasteEntry)
    return [
        field("enterprise__name", label=_("企业"), role=lists.NAME, width=30,
              link=lambda row: reverse("organisations-detail", args=[row.enterprise_id]), opens=lambda row: row.enterprise),
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
    ]  # fmt: skip


def _void_cell(asked: lists.Asked) -> Callable[[WasteEntry], SafeString | str]:
    """Why an entry is void, or the form that voids it."""
    allowed = keeping.may_enter(asked.user)
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
    context=_context,
    size=50,
)
