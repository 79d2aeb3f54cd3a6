"""Measures and units: who does what, what they have reported, what they owe."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import Period, PeriodKind, parse_period
from qiangqu.base.visibility import visible
from qiangqu.registry.models import Organisation
from qiangqu.ui.formpage import done, form_page
from qiangqu.ui.uploads import given

from .. import owing
from ..briefing import report_day
from ..models import ProgressReport
from ..progress import MAX_DIFFICULTY, MAX_FILES, MAX_TEXT, report_progress, reporting_units
from ..queries import LIGHTS, filtered_measures, measure_status
from ..rule import light_words
from ..scene import Scene, plan_page


@require_GET
@plan_page()
def measures(request: HttpRequest, scene: Scene) -> HttpResponse:
    """All measures with their light."""
    rows = filtered_measures(scene.measures, request.GET)
    counts: dict[str, int] = dict.fromkeys(LIGHTS, 0)
    for one in scene.measures:
        counts[one.state] += 1
    context = scene.page(
        rows=rows, total=len(scene.measures), counts=list(counts.items()), states=LIGHTS, light_rule=light_words()
    )
    return render(request, "plan/measures.html", context)


class ReportForm(forms.Form):
    """A progress report."""

    unit = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("报告单位"), empty_label=None)
    period = forms.CharField(label=gettext_lazy("时期"), max_length=20, help_text=gettext_lazy("如 2026Q3、2026-10"))
    percentage = forms.IntegerField(label=gettext_lazy("完成进度"), min_value=0, max_value=100, help_text="0—100，%")
    text = forms.CharField(label=gettext_lazy("进展"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 4}))
    difficulty = forms.CharField(
        label=gettext_lazy("问题与需要协调的事项"),
        max_length=MAX_DIFFICULTY,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, units: list[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset = Organisation.objects.filter(pk__in=[unit.pk for unit in units])
        for name, one in self.fields.items():
            one.widget.attrs |= {"class": "form-select" if name == "unit" else "form-control", "id": f"id_{name}"}

    def clean_period(self) -> Period:
        try:
            return parse_period(self.cleaned_data["period"])
        except InputError as error:
            raise forms.ValidationError(error.message) from error


@require_http_methods(["GET", "POST"])
@plan_page()
def measure(request: HttpRequest, scene: Scene, no: int) -> HttpResponse:
    """One measure: its targets, units and reports; a form for those who may report."""
    one = measure_status(scene, no)
    units = reporting_units(one.measure, request.user)
    form = ReportForm(request.POST or None, units=units, initial={"period": _running_period(scene)}) if units else None

    def act() -> HttpResponse:
        if form is None:
            raise NotFoundError(_("您没有可以报告这条举措的单位"), where=str(no))
        report_progress(one.measure, files=given(request, "files"), user=request.user, **form.cleaned_data)
        return done(request, _("进展已报送"), "plan-measure", no=no)

    def context() -> dict[str, Any]:
        reports = visible(ProgressReport.objects.filter(measure=one.measure), request.user)
        return scene.page(
            light_rule=light_words(),
            one=one,
            reports=list(reports.select_related("unit", "reported_by").prefetch_related("evidence")[:100]),
            max_files=MAX_FILES,
            due=report_day(scene.plan, scene.day),
        )

    return form_page(request, "plan/measure.html", act, context, form=form)


def _running_period(scene: Scene) -> str:
    """The last reporting period that has ended."""
    months = scene.plan.report_months
    if months == 1:
        return Period(PeriodKind.MONTH, scene.day.year, scene.day.month).previous().code
    return Period(PeriodKind.QUARTER, scene.day.year, (scene.day.month - 1) // 3 + 1).previous().code


# ---------------------------------------------------------------- units


@require_GET
@plan_page()
def units(request: HttpRequest, scene: Scene) -> HttpResponse:
    """The responsible units in the user's area and how much each has on its hands."""
    text = request.GET.get("q", "").strip()[:80]
    rows = owing.loads(scene.plan, scene.statuses, scene.measures, request.user, text)
    return render(request, "plan/units.html", scene.page(rows=rows, due=report_day(scene.plan, scene.day)))


@require_GET
@plan_page()
def unit(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    """One unit: its targets and measures, what it owes and by when, what it has reported."""
    found = owing.duties(scene.plan, scene.statuses, scene.measures, scene.day, request.user, code)
    context = scene.page(
        unit=found.unit,
        groups=found.groups,
        targets=found.targets,
        measures=found.measures,
        owed=found.owed,
        due=report_day(scene.plan, scene.day),
        reports=list(owing.reports_of(found.unit, scene.plan, request.user)[:50]),
    )
    return render(request, "plan/unit.html", context)
