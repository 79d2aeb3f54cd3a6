"""Reports 报表填报: the enterprise fills in, the zone examines, everybody sees who has not reported."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.periods import Period, parse_period
from qiangqu.base.visibility import is_own_only, own_organisations
from qiangqu.registry.access import require
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action
from qiangqu.ui import versions
from qiangqu.ui.formpage import answered, done, status_of

from .. import owed, reporting
from ..models import CollectionForm, Report, ReportStatus
from ..queries import report_seen, reporter


@require_GET
@require()
def reports(request: HttpRequest) -> HttpResponse:
    """An enterprise: its periods and what it owes. Others: how far each form's reporting has come."""
    today = timezone.localdate()
    own = own_organisations(request.user)
    if own and (is_own_only(request.user) or request.GET.get("own")):
        units = list(Organisation.objects.filter(pk__in=own).select_related("area").order_by("code"))
        forms = [one for unit in units for one in own_reports(unit, today)]
        return render(request, "facts/my_reports.html", {"forms": forms, "units": units, "today": today})
    rows = []
    for form in reporting.forms_for(request.user):
        for period in reporting.periods_of(form, today, 3):
            counts = reporting.returns(form, period, request.user, request.within)  # type: ignore[attr-defined]
            rows.append({"form": form, "period": period, "due": reporting.due_on(form, period), "counts": counts})
    waiting = reporting.reports_in(request.user, request.within).filter(status=ReportStatus.SUBMITTED)  # type: ignore[attr-defined]
    waiting = waiting.order_by("submitted_at")[:20]
    context = {"rows": rows, "waiting": list(waiting), "today": today, "own": bool(own)}
    return render(request, "facts/reports.html", context)


@require_GET
@require()
def counter(request: HttpRequest) -> HttpResponse:
    """The number of overdue reports for the page head; nothing when there are none."""
    late = owed.overdue(request.user)
    return render(
        request,
        "facts/counter.html",
        {"n": sum(one.count for one in late), "url": late[0].url if len(late) == 1 else ""},
    )


def own_reports(unit: Organisation, today: Any) -> list[dict[str, Any]]:
    """The forms that an enterprise fills in, each with its periods, the latest first."""
    found = []
    stored = {(r.form_id, r.period_key): r for r in Report.objects.filter(organisation=unit).select_related("form")}
    for form in CollectionForm.objects.filter(CollectionForm.asking(unit), active=True).select_related("area"):
        periods = [
            {
                "period": period,
                "due": reporting.due_on(form, period),
                "late": reporting.due_on(form, period) < today,
                "report": stored.get((form.pk, period.key)),
            }
            for period in reporting.periods_of(form, today)
        ]
        found.append({"form": form, "periods": periods, "unit": unit})
    return found


def _asked(request: HttpRequest, code: str, period: str) -> tuple[CollectionForm, Period]:
    form = reporting.form_for(request.user, code)
    return form, reporting.checked_period(form, parse_period(period), timezone.localdate())


@require_GET
@require()
def form_returns(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """The list of one form and period: an address that messages carry."""
    if is_own_only(request.user):
        raise PermissionDenied
    form, asked = _asked(request, code, period)
    query = {"form": form.code, "period": asked.code} | {
        name: request.GET[name] for name in ("state", "area") if name in request.GET
    }
    return redirect(f"{reverse('facts-returns')}?{urlencode(query)}")


def _own(request: HttpRequest, code: str, period: str) -> Report:
    """The user's enterprise's report. Raises NotFoundError when it does not have to report."""
    form, asked = _asked(request, code, period)
    return reporting.report_of(form, reporter(request.user, form, asked, request.GET.get("unit", "")), asked)


@require_http_methods(["GET", "POST"])
@require(Action.REPORT_FACTS)
def fill(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """The enterprise's own form."""
    if not own_organisations(request.user, Action.REPORT_FACTS):
        raise PermissionDenied
    with versions.writing(request):
        return _fill(request, code, period)


def _filled(report: Report) -> str:
    address = reverse("facts-report-fill", args=[report.form.code, report.period.code])
    return f"{address}?{urlencode({'unit': report.organisation.code})}"


def _stated(values: Any, lines: Any) -> dict[str, str]:
    """What the enterprise states, by the name of the figure."""
    return {
        line.element.name: " ".join(
            part for part in (one.get("text", "").strip(), one.get("explanation", "").strip()) if part
        )
        for line in lines
        if (one := values.get(line.element.code, {})) is not None
    }


def _fill(request: HttpRequest, code: str, period: str) -> HttpResponse:
    report, stale = _own(request, code, period), ""
    if report.pk is not None:
        report = versions.locked(Report.objects.filter(pk=report.pk)).get()
    lines, submit = reporting.lines_of(report.form, report.organisation, report.period, report.values), False
    if request.method == "POST":
        submit = request.POST.get("act") == "submit"
        values = {
            line.element.code: {
                "text": request.POST.get(f"v-{line.element.code}", ""),
                "explanation": request.POST.get(f"e-{line.element.code}", ""),
            }
            for line in lines
        }
        now = _stated(report.values, lines)
        try:
            versions.check(request.POST, now, _stated(values, lines), str(report.edited_by or ""))
        except versions.Stale as fault:
            stale, submit = str(fault), False
            lines = reporting.lines_of(report.form, report.organisation, report.period, values)
        else:
            lines = reporting.fill(report, values, request.user, submit=submit)
            report = _own(request, code, period)
        if not submit and not stale:
            messages.success(request, _("草稿已保存"))
            return redirect(_filled(report))
        if report.status == ReportStatus.SUBMITTED:
            messages.success(request, _("已提交，等待园区审核"))
            return redirect(_filled(report))
    wrong = [line for line in lines if submit and (line.error or line.needs_explanation)]
    context = {
        "report": report,
        "form": report.form,
        "lines": lines,
        "checked": submit or report.status != ReportStatus.DRAFT,
        "wrong": wrong,
        "stale": stale,
        "opened": versions.token(_stated(report.values, lines)),
        "editable": report.status in reporting.EDITABLE,
        "due": reporting.due_on(report.form, report.period),
        "late": reporting.due_on(report.form, report.period) < timezone.localdate(),
        "simulated": any(line.simulated for line in lines),
    }
    return render(request, "facts/report_fill.html", context, status=409 if stale else 422 if wrong else 200)


@require_POST
@require(Action.REPORT_FACTS)
def reopen(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Begin the correction of an approved report."""
    if not own_organisations(request.user, Action.REPORT_FACTS):
        raise PermissionDenied
    report = _own(request, code, period)
    if report.pk is None:
        raise NotFoundError(_("还没有填报过"), where=report.form.name)
    reporting.reopen(report, request.user)
    return redirect(_filled(report))


@require_http_methods(["GET", "POST"])
@require()
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report as handed in; who may, approves it or sends it back."""
    one = report_seen(request.user, pk)

    def act() -> HttpResponse:
        round_seen = natural(request.POST.get("round"), most=99_999)
        seen = -1 if round_seen is None else round_seen
        if request.POST.get("act") == "approve":
            reporting.approve(one, request.user, seen)
            return done(request, _("已审核通过，数据已入库"), "facts-report", pk=pk)
        reporting.send_back(one, request.user, request.POST.get("reason", ""), seen)
        return done(request, _("已退回"), "facts-report", pk=pk)

    lines = reporting.lines_of(one.form, one.organisation, one.period, one.values)
    context = {
        "report": one,
        "lines": lines,
        "reason": request.POST.get("reason", ""),
        "own_only": is_own_only(request.user),
        "reviewing": one.status == ReportStatus.SUBMITTED and reporting.may_review(one, request.user),
        "due": reporting.due_on(one.form, one.period),
        "simulated": any(line.simulated for line in lines),
    }

    def page(error: str = "", status: int = 200) -> HttpResponse:
        return render(request, "facts/report.html", {**context, "error": error}, status=status)

    return answered(act, lambda fault: page(str(fault), status_of(fault))) if request.method == "POST" else page()
