"""Reports 填报: an enterprise states its figures for a form and a period, the zone examines them, approved
ones become facts.

A report is a draft until it is submitted, then waits; the zone approves it (its figures become one batch of
facts) or returns it with a reason. A correction of an approved report is a new round of the same report; its
figures supersede the former ones.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.periods import Period, PeriodKind, from_key
from qiangqu.base.terms import listed
from qiangqu.base.units import factor
from qiangqu.base.visibility import covers, in_subtree, own_organisations, subtree, visible
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action
from qiangqu.registry.subjects import ORGANISATION
from qiangqu.ui.spreadsheets import number_of

from . import telling
from .cellvalues import is_blank
from .current import current_facts
from .models import BatchKind, CollectionForm, CollectionItem, Report, ReportStatus
from .reading import FactRow, Where, rows
from .store import SCHEMA, ingest

MAX_TEXT = 40
MAX_EXPLANATION = 200
PERIODS_SHOWN = 12
EDITABLE = (ReportStatus.DRAFT, ReportStatus.RETURNED)


# ---------------------------------------------------------------- which, who, when


def latest_period(form: CollectionForm, day: dt.date) -> Period:
    """The last period of the form that has ended on ``day``."""
    kind = PeriodKind(form.frequency)
    if kind == PeriodKind.YEAR:
        return Period(kind, day.year - 1)
    index = day.month if kind == PeriodKind.MONTH else (day.month - 1) // 3 + 1
    return Period(kind, day.year, index).previous()


def periods_of(form: CollectionForm, day: dt.date, count: int = PERIODS_SHOWN) -> list[Period]:
    """The form's periods that have ended, the latest first."""
    first, period = from_key(form.first_period), latest_period(form, day)
    found: list[Period] = []
    while len(found) < count and period.key >= first.key:
        found.append(period)
        period = period.previous()
    return found


def due_on(form: CollectionForm, period: Period) -> dt.date:
    """The last day for reporting."""
    return period.end + dt.timedelta(days=form.due_days)


def reporters(form: CollectionForm, period: Period) -> "QuerySet[Organisation]":
    """The enterprises that have to report."""
    return Organisation.objects.filter(asks(form, period))


def asks(form: CollectionForm, period: Period) -> Q:
    """Which organisations a form asks: enterprises in its area, of its scale, there when the period ended."""
    scale = Q(scale=form.scale) if form.scale else Q()
    there = Q(Q(valid_to=None) | Q(valid_to__gt=period.end), valid_from__lte=period.end)
    # what costs most to compare stands last
    return Q(kind="enterprise") & scale & there & subtree(Organisation, form.area.path)


def forms_for(user: Any) -> "QuerySet[CollectionForm]":
    """Active forms that concern the user: his enterprise has to report, or his subtree and the form's
    overlap.
    """
    return visible(CollectionForm.objects.filter(active=True), user).select_related("area")


def form_for(user: Any, code: str) -> CollectionForm:
    """Raises NotFoundError for a form that does not concern the user."""
    form = forms_for(user).filter(code=code[:60]).first()
    if form is None:
        raise NotFoundError(_("没有这张报表，或不由您填报"), where=code[:40])
    return form


def checked_period(form: CollectionForm, period: Period, day: dt.date) -> Period:
    """Raises NotFoundError for a period that the form does not ask for, or that has not ended."""
    asked = period.kind == form.frequency and from_key(form.first_period).key <= period.key
    if not asked or period.key > latest_period(form, day).key:
        raise NotFoundError(_("这张报表没有这一期，或这一期还没有结束"), where=period.label)
    return period


@dataclass(frozen=True, slots=True)
class Returns:
    """How far a period's reporting has come, inside an area: numbers of enterprises."""

    asked: int
    draft: int
    submitted: int
    returned: int
    approved: int

    @property
    def missing(self) -> int:
        """Those that have not handed in anything."""
        return self.asked - self.submitted - self.approved


def asked_in(form: CollectionForm, period: Period, user: Any, area: Area | None) -> "QuerySet[Organisation]":
    """Reporters that the user sees, in the subtree of ``area``."""
    found = visible(reporters(form, period), user)
    return in_subtree(found, area.path) if area is not None else found


def reports_in(user: Any, area: Area | None = None) -> "QuerySet[Report]":
    """The reports that a user sees; with ``area`` those of its subtree."""
    found = visible(Report.objects.all(), user).select_related("form__area", "organisation__area", "batch", "edited_by")
    return found if area is None else in_subtree(found, area.path)


def returns(form: CollectionForm, period: Period, user: Any, area: Area | None) -> Returns:
    """Counts over all reporters in the area."""
    asked = asked_in(form, period, user, area)
    found = dict.fromkeys(ReportStatus.values, 0)
    states = Report.objects.filter(form=form, period_key=period.key, organisation__in=asked.values("pk"))
    for status in states.values_list("status", flat=True):
        found[status] += 1
    return Returns(asked.count(), found["draft"], found["submitted"], found["returned"], found["approved"])


def not_reported(form: CollectionForm, period: Period, user: Any, area: Area | None) -> "QuerySet[Organisation]":
    """Reporters that have handed in nothing yet (returned reports count as not handed in)."""
    handed = Report.objects.filter(
        form=form,
        period_key=period.key,
        organisation=OuterRef("pk"),
        status__in=(ReportStatus.SUBMITTED, ReportStatus.APPROVED),
    )
    return (
        asked_in(form, period, user, area).exclude(Exists(handed)).select_related("area").order_by("area__path", "code")
    )


# ---------------------------------------------------------------- what is stated


@dataclass(slots=True)
class Line:
    """One line of a report as stated and checked. ``value`` and the values before are in the form's unit;
    ``error`` forbids handing in, ``warning`` asks for an explanation."""

    item: CollectionItem
    text: str = ""
    explanation: str = ""
    value: float | None = None
    previous: float | None = None
    year_ago: float | None = None
    error: str = ""
    warning: str = ""
    simulated: bool = False

    @property
    def element(self) -> Any:
        return self.item.element

    @property
    def change(self) -> float | None:
        """Per cent against the period before."""
        if self.value is None or not self.previous:
            return None
        return (self.value - self.previous) / abs(self.previous) * 100

    @property
    def needs_explanation(self) -> bool:
        return bool(self.warning) and not self.explanation


def lines_of(form: CollectionForm, organisation: Organisation, period: Period, values: dict[str, Any]) -> list[Line]:
    """Every line of the form with what ``values`` ({element code: {"text", "explanation"}}) states, checked
    against the rules and the enterprise's own former values."""
    items = list(form.items.select_related("element"))
    before = _former(items, organisation, [period.previous().key, period.year_ago().key])
    return [_line(item, values.get(item.element.code) or {}, before, period) for item in items]


def _former(items: list[CollectionItem], organisation: Organisation, keys: list[int]) -> dict[tuple[int, int], FactRow]:
    asked = [item.element_id for item in items]
    facts = rows(Where(elements=asked, periods=keys, kind=ORGANISATION.number, subjects=[organisation.pk]))
    return {(element, key): fact for (element, _kind, _subject, key), fact in current_facts(facts).items()}


def _line(item: CollectionItem, stated: dict[str, Any], before: dict[tuple[int, int], FactRow], period: Period) -> Line:
    line = Line(item, str(stated.get("text", "")), str(stated.get("explanation", "")))
    ratio = factor(item.unit, item.element.unit)
    last = before.get((item.element_id, period.previous().key))
    ago = before.get((item.element_id, period.year_ago().key))
    line.previous = float(f"{last.value / ratio:.12g}") if last else None
    line.year_ago = float(f"{ago.value / ratio:.12g}") if ago else None
    line.simulated = any(fact is not None and fact.batch.simulated for fact in (last, ago))
    if is_blank(line.text):
        line.error = _("必填；没有发生请填 0") if item.required else ""
        return line
    try:
        line.value, unit = number_of(line.text)
        if unit:
            line.value *= factor(unit, item.unit)
    except InputError as error:
        line.error = error.message
        return line
    if item.minimum is not None and line.value < item.minimum:
        line.error = _("不能小于 %(limit)s") % {"limit": f"{item.minimum:g}"}
    elif item.maximum is not None and line.value > item.maximum:
        line.error = _("不能大于 %(limit)s") % {"limit": f"{item.maximum:g}"}
    elif item.max_change is not None and line.change is not None and abs(line.change) > item.max_change:
        line.warning = _("比上期变化 %(change)s%%，超过 %(limit)s%%，请核对；无误请说明原因") % {
            "change": f"{line.change:+.1f}",
            "limit": f"{item.max_change:g}",
        }
    return line


# ---------------------------------------------------------------- acts


def report_of(form: CollectionForm, organisation: Organisation, period: Period) -> Report:
    """The stored report, or a new one that is not stored yet."""
    found = Report.objects.filter(form=form, organisation=organisation, period_key=period.key).first()
    return found or Report(form=form, organisation=organisation, period_key=period.key)


def _record(report: Report, act: str, user: Any, **detail: Any) -> None:
    about = {
        "form": report.form.code,
        "organisation": report.organisation.code,
        "period": report.period.code,
        "round": report.round,
    }
    audit.record(
        user,
        act,
        object_type="report",
        object_id=report.pk,
        area_path=report.organisation.area.path,
        detail=about | detail,
    )


def _locked(report: Report) -> Report:
    """The row as it is now, held until the end of the transaction (SQLite's write lock already holds it)."""
    return (
        Report.objects.select_for_update(of=("self",))
        .select_related("form__area", "organisation__area")
        .get(pk=report.pk)
    )


def fill(report: Report, values: dict[str, dict[str, str]], user: Any, *, submit: bool) -> list[Line]:
    """Keep what an enterprise states; with ``submit`` hand it in when every line is right and every warning
    explained. Returns the checked lines; the report's ``status`` tells whether it was handed in. A draft
    keeps faulty text too.

    Raises InputError for one who does not speak for the enterprise, ConflictError when the report can no
    longer be edited.
    """
    if report.organisation_id not in own_organisations(user, Action.REPORT_FACTS):
        raise InputError(_("只有本企业的账号可以填报"))
    known = set(report.form.items.values_list("element__code", flat=True))
    kept = {
        code: {
            "text": str(one.get("text", "")).strip()[:MAX_TEXT],
            "explanation": " ".join(str(one.get("explanation", "")).split())[:MAX_EXPLANATION],
        }
        for code, one in values.items()
        if code in known
    }
    lines = lines_of(report.form, report.organisation, report.period, kept)
    right = not any(line.error or line.needs_explanation for line in lines)
    with transaction.atomic():
        if report.pk is None:
            report, _made = Report.objects.get_or_create(
                form=report.form, organisation=report.organisation, period_key=report.period_key
            )
        stored = _locked(report)
        if stored.status not in EDITABLE:
            raise ConflictError(_("这份报表已提交，不能再改；需要更正请先点“更正”或联系园区退回"))
        stored.values, stored.edited_by = kept, user
        if submit and right:
            stored.status, stored.submitted_at = ReportStatus.SUBMITTED, timezone.now()
            stored.save()
            _record(stored, "report_submitted", user, values=kept)
            telling.submitted(stored)
        else:
            stored.save()
            _record(stored, "report_saved", user, values=kept)
    return lines


def reopen(report: Report, user: Any) -> None:
    """Begin a new round of an approved report, to correct it. Raises ConflictError when it is not
    approved.
    """
    if report.organisation_id not in own_organisations(user, Action.REPORT_FACTS):
        raise InputError(_("只有本企业的账号可以填报"))
    with transaction.atomic():
        stored = _locked(report)
        if stored.status != ReportStatus.APPROVED:
            raise ConflictError(_("只有已入库的报表可以更正"))
        stored.status, stored.round, stored.review_note = ReportStatus.DRAFT, stored.round + 1, ""
        stored.save()
        _record(stored, "report_reopened", user)
        telling.reopened(stored)


def may_review(report: Report, user: Any) -> bool:
    """Whether the user examines reports of this enterprise: a post that brings in facts, where it lies."""
    return covers(user, report.organisation.area.path, Action.IMPORT_FACTS)


def _under_review(report: Report, user: Any, round_seen: int) -> Report:
    if not may_review(report, user):
        raise NotFoundError(_("没有这份填报，或它不在您的管辖范围内"), where=str(report.pk))
    stored = _locked(report)
    if stored.status != ReportStatus.SUBMITTED or stored.round != round_seen:
        raise ConflictError(_("这份报表已不在待审核状态，请刷新后查看"))
    return stored


def send_back(report: Report, user: Any, reason: str, round_seen: int) -> None:
    """Return a submitted report with a reason. Raises InputError without one, ConflictError when it no longer
    waits.
    """
    reason = " ".join(reason.split())
    if not reason or len(reason) > 300:
        raise InputError(_("退回须写明原因，不超过 300 字"), where=_("审核意见"))
    with transaction.atomic():
        stored = _under_review(report, user, round_seen)
        stored.status, stored.review_note = ReportStatus.RETURNED, reason
        stored.reviewed_by, stored.reviewed_at = user, timezone.now()
        stored.save()
        _record(stored, "report_returned", user, reason=reason)
        telling.returned(stored, reason)


def approve(report: Report, user: Any, round_seen: int) -> Report:
    """Make a submitted report's figures facts, as one batch. Raises ConflictError when it no longer waits,
    InputError when its figures break the rules by now (the form was changed since)."""
    with transaction.atomic():
        stored = _under_review(report, user, round_seen)
        lines = lines_of(stored.form, stored.organisation, stored.period, stored.values)
        faulty = [line.element.name for line in lines if line.error]
        if faulty:
            raise InputError(_("报表规则已改变，请退回重填：") + listed(faulty))
        stated = [line for line in lines if line.value is not None]
        if not stated:
            raise InputError(_("这份报表没有数值，请退回"))
        batch = ingest(
            _table(stored, stated),
            key=f"report:{stored.pk}:{stored.round}",
            kind=BatchKind.FORM,
            user=user,
            # whoever tries a form for a made-up enterprise makes no real figure
            simulated=stored.organisation.simulated,
            note=f"{stored.form.name} {stored.period.label} {stored.organisation.name}",
        )
        stored.status, stored.batch, stored.review_note = ReportStatus.APPROVED, batch, ""
        stored.reviewed_by, stored.reviewed_at = user, timezone.now()
        stored.save()
        _record(stored, "report_approved", user, batch=batch.pk)
        telling.approved(stored)
    return stored


def _table(report: Report, lines: list[Line]) -> pa.Table:
    def values(line: Line) -> float:
        return float(f"{(line.value or 0.0) * factor(line.item.unit, line.element.unit):.15g}")

    columns = {
        "element": [line.item.element_id for line in lines],
        "subject_kind": [ORGANISATION.number] * len(lines),
        "subject_id": [report.organisation_id] * len(lines),
        "period_key": [report.period_key] * len(lines),
        "value": [values(line) for line in lines],
    }
    table = pa.table(columns, schema=SCHEMA)
    stated = ["" if line.item.unit == line.element.unit else f"{line.text} {line.item.unit}"[:60] for line in lines]
    notes = [line.explanation for line in lines]
    return table.append_column("stated", pa.array(stated, pa.string())).append_column(
        "note", pa.array(notes, pa.string())
    )
