"""The returns of a collection form 收数表 in one period, as a list: who has reported and who has not."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period, parse_period
from qiangqu.base.visibility import is_own_only
from qiangqu.registry.models import Organisation
from qiangqu.ui import lists
from qiangqu.ui.lists import Asked, Column, Listing

from . import reporting
from .models import CollectionForm, Report, ReportStatus

MISSING = "missing"
COLOURS = {ReportStatus.SUBMITTED: "amber", ReportStatus.RETURNED: "red", ReportStatus.APPROVED: "blue"}


def asked_form(asked: Asked) -> CollectionForm | None:
    """The form that is asked for, else the first that concerns the user; None when none does."""

    def find() -> CollectionForm | None:
        if is_own_only(asked.user):  # what others owe is nothing to an enterprise
            raise PermissionDenied
        code = asked.params.get("form", "").replace("\0", "")[:60]
        forms = reporting.forms_for(asked.user)
        return (forms.filter(code=code) if code else forms.order_by("code")).first()

    found: CollectionForm | None = asked.once("form", find)
    return found


def _periods(asked: Asked) -> list[Period]:
    """The last periods of the form, and an earlier one that is asked for."""

    def find() -> list[Period]:
        form, today = asked_form(asked), timezone.localdate()
        if form is None:
            return []
        found = reporting.periods_of(form, today)
        try:
            given = reporting.checked_period(form, parse_period(asked.params.get("period", "")), today)
        except InputError:
            return found
        return found if any(one.key == given.key for one in found) else [*found, given]

    found: list[Period] = asked.once("periods", find)
    return found


def asked_period(asked: Asked) -> Period | None:
    """The period that is asked for, else the last that has ended."""
    text, known = asked.params.get("period", ""), _periods(asked)
    return next((one for one in known if one.code == text), None) if text else next(iter(known), None)


def _state(asked: Asked) -> str:
    return asked.params.get("state") or MISSING


def counts(asked: Asked) -> reporting.Returns | None:
    """How many have reported and how many not."""
    form, period = asked_form(asked), asked_period(asked)
    if form is None or period is None:
        return None
    found: reporting.Returns = asked.once("counts", lambda: reporting.returns(form, period, asked.user, asked.area))
    return found


def _filters(asked: Asked) -> lists.filters.Filters:
    form, periods, found = asked_form(asked), _periods(asked), counts(asked)
    forms = [(one.code, one.name) for one in reporting.forms_for(asked.user).order_by("code")]
    states = [
        (MISSING, _("未报送"), found.missing if found else 0),
        (ReportStatus.SUBMITTED.value, _("待审核"), found.submitted if found else 0),
        (ReportStatus.RETURNED.value, _("已退回"), found.returned if found else 0),
        (ReportStatus.APPROVED.value, _("已入库"), found.approved if found else 0),
    ]
    return (
        lists.choice("form", _("报表"), forms, default=form.code if form else "", how=_as_it_is)
        | lists.choice("period", _("时期"), [(one.code, one.label) for one in periods], default=periods[0].code if periods else "", how=_as_it_is)
        | lists.choice("state", _("状态"), [(code, f"{word} {n:,}") for code, word, n in states], default=MISSING, how=_as_it_is)
    )  # fmt: skip


def _as_it_is(rows: Any, _value: Any) -> Any:
    """Form, period and state say which rows there are (:func:`_rows`); nothing is left to be narrowed."""
    return rows


def _rows(asked: Asked) -> Any:
    form, period, state = asked_form(asked), asked_period(asked), _state(asked)
    if form is None or period is None:
        return Organisation.objects.none()
    if state not in COLOURS:
        return reporting.not_reported(form, period, asked.user, asked.area)
    return reporting.reports_in(asked.user, asked.area).filter(form=form, period_key=period.key, status=state)


def _prepared(asked: Asked, rows: list[Any]) -> list[Any]:
    """Of units that have handed in nothing that counts, the report that they have begun."""
    form, period = asked_form(asked), asked_period(asked)
    begun: dict[int, Report] = {}
    if _state(asked) == MISSING and form is not None and period is not None:
        drafts = Report.objects.filter(form=form, period_key=period.key, organisation__in=[row.pk for row in rows])
        begun = {one.organisation_id: one for one in drafts}
    for row in rows:
        row.begun = begun.get(row.pk)
    return rows


def _word(asked: Asked, row: Any) -> str:
    return (
        str(row.begun.get_status_display()) if row.begun is not None else _("逾期未报") if _late(asked) else _("未报送")
    )


def _late(asked: Asked) -> bool:
    form, period = asked_form(asked), asked_period(asked)
    return form is not None and period is not None and reporting.due_on(form, period) < timezone.localdate()


def _colour(asked: Asked, row: Any) -> str:
    returned = row.begun is not None and row.begun.status == ReportStatus.RETURNED
    return "red" if returned or _late(asked) else "grey"


def _columns(asked: Asked) -> Sequence[Column]:
    if _state(asked) not in COLOURS:
        field = partial(lists.column, Organisation)
        return [
            field("name", label=_("单位"), role=lists.NAME, width=40),
            field("code", label=_("单位代码"), verbatim=True, width=24),
            field("area__name", label=_("所在区域"), sort=("area__path",), width=30),
            Column("state", _("状态"), partial(_word, asked), role=lists.STATE, badge=partial(_colour, asked)),
        ]
    field = partial(lists.column, Report)
    return [
        field("organisation__name", label=_("单位"), role=lists.NAME, width=40),
        field("organisation__code", label=_("单位代码"), verbatim=True, width=24),
        field("organisation__area__name", label=_("所在区域"), sort=("organisation__area__path",), width=30),
        field("status", role=lists.STATE, badge=lambda row: COLOURS[row.status]),
        field("submitted_at", role=lists.DATE),
        field("reviewed_at", label=_("审核")),
        field("review_note", verbatim=True, width=50),
    ]


def _found(rows: Any, text: str) -> Any:
    below = "" if rows.model is Organisation else "organisation__"
    return rows.filter(Q(**{f"{below}name__icontains": text}) | Q(**{f"{below}code__icontains": text}))


def _order(asked: Asked) -> tuple[str, ...]:
    return ("organisation__area__path", "organisation__code") if _state(asked) in COLOURS else ("area__path", "code")


def _fetched(asked: Asked, rows: Any) -> Any:
    return rows.select_related("area" if rows.model is Organisation else "organisation__area")


def _link(row: Any) -> str:
    return (
        reverse("organisations-detail", args=[row.pk])
        if isinstance(row, Organisation)
        else reverse("facts-report", args=[row.pk])
    )


def _context(_request: Any, asked: Asked) -> dict[str, Any]:
    form, period = asked_form(asked), asked_period(asked)
    due = reporting.due_on(form, period) if form and period else None
    return {"form": form, "period": period, "due": due, "counts": counts(asked)}


RETURNS = Listing(
    code="facts-returns",
    page="facts-returns",
    title=gettext_lazy("报送情况"),
    rows=_rows,
    columns=_columns,
    filters=_filters,
    search=_found,
    search_label=gettext_lazy("单位名称或代码"),
    order=_order,
    fetch=_fetched,
    prepare=_prepared,
    link=_link,
    simulated=lambda row: (row if isinstance(row, Organisation) else row.organisation).simulated,
    context=_context,
    template="facts/form_returns.html",
    empty=gettext_lazy("没有单位处于这个状态"),
    empty_icon="clipboard-check",
    size=50,
)
