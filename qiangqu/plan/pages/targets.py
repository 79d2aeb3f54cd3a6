"""Targets: list, one target with its path and contributions, editing, dividing among areas."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import InputError
from qiangqu.base.text import number_typed
from qiangqu.formulas.catalog import from_database
from qiangqu.formulas.models import Indicator
from qiangqu.registry import audit
from qiangqu.registry.roles import Action
from qiangqu.registry.subjects import AREA
from qiangqu.ui import versions
from qiangqu.ui.formpage import done, form_page
from qiangqu.ui.hooks import hooks

from .. import allocations
from ..contributors import contributors
from ..export import targets_workbook
from ..judge import check_spec
from ..models import Effort, Milestone, Target, TargetKind
from ..present import changes_of, contributions, observations_of, path_chart
from ..queries import filtered_targets
from ..rising import why_falling
from ..rule import SHOWN
from ..scene import Scene, plan_page
from ..track import spec_of


@require_GET
@plan_page()
def targets(request: HttpRequest, scene: Scene) -> HttpResponse:
    """Every target with its status; filters, order, Excel."""
    rows = filtered_targets(list(scene.statuses), request.GET)
    if request.GET.get("format") == "xlsx":
        return targets_workbook(rows, scene)
    units = sorted({unit for one in scene.statuses for unit in one.units})
    context = scene.page(
        rows=rows,
        total=len(scene.statuses),
        counts=list(scene.state_counts.items()),
        units=units,
        measures=[m.measure for m in scene.measures],
        kinds=TargetKind.choices,
        efforts=Effort.choices,
        states=SHOWN,
        # key to sort by, heading, and the class of the column's side: numbers stand on the right, their
        # headings too
        columns=(
            ("position", _("代码"), ""),
            ("name", _("目标"), ""),
            ("", _("目标值"), "text-end"),
            ("", _("现应达到"), "text-end"),
            ("value", _("实际"), "text-end"),
            ("", _("目标年预测"), "text-end"),
            ("chance", _("达到概率"), "text-end"),
            ("status", _("状态"), ""),
            ("", _("牵头单位"), ""),
        ),
        sort=request.GET.get("sort", "position"),
        findings=[(one, text) for one in scene.statuses for text in one.verdict.findings] if scene.may_edit else [],
    )
    return render(request, "plan/targets.html", context)


@require_GET
@plan_page()
def target(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    """One target: path, forecast, run rates, contributions, parts, history."""
    one, record = scene.status_of(code), scene.target(code)
    observed = observations_of(record, scene)
    chart = path_chart(one, record, observed)
    parts = contributions(one, scene)
    sums = allocations.year_sums(record, scene.area, one.verdict.base) if record.additive else []
    context = scene.page(
        one=one,
        record=record,
        chart=chart,
        observed=list(reversed(observed))[:24],
        parts=parts,
        sums=[s for s in sums if s.total is not None or s.whole is not None],
        own_parts=record.allocations.filter(area__parent=scene.area)
        .select_related("area")
        .order_by("area__code", "year"),
        indicator=Indicator.objects.filter(code=record.indicator_code).first(),
        milestones=list(record.milestones.all()),
        responsibilities=list(record.responsibilities.select_related("organisation__area")),
        history=changes_of(record),
        items=list(record.compiled_items.select_related("document")[:5]) if scene.may_edit else [],
    )
    context["simulated"] = one.simulated or any(part.simulated for part in parts.rows)
    return render(request, "plan/target.html", context)


@require_GET
@plan_page()
def target_contributors(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    """The enterprises and industries behind the present value: a piece of the target's page that comes after
    it, or a page of its own.
    """
    one = scene.status_of(code)
    found = contributors(one, scene.area, request.user)
    context = scene.page(one=one, found=found, decimals=None if found.unit == "个" else max(one.decimals, 1))
    if request.headers.get("HX-Request"):
        return render(request, "plan/contributors.html", context)
    context["simulated"] = one.simulated or found.simulated
    return render(request, "plan/contributors_page.html", context)


class TargetForm(versions.Opened, forms.ModelForm):  # type: ignore[type-arg]
    """What a planner may set of a target; milestones as lines of ``year: value``."""

    milestone_lines = forms.CharField(
        label=gettext_lazy("里程碑"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("每行一个，如 2025: 120"),
    )

    class Meta:
        model = Target
        fields = [
            "name", "indicator_code", "comparator", "value", "value_max", "unit", "year", "kind", "effort", "base_year", "base", "base_source",
            "base_reason", "path", "assigned_document", "note",
        ]  # fmt: skip
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.had_value = self.instance.value is not None
        self.initial["milestone_lines"] = "\n".join(f"{m.year}: {m.value:g}" for m in self.instance.milestones.all())
        for name, one in self.fields.items():
            select = isinstance(one.widget, forms.Select)
            one.widget.attrs["class"] = "form-select" if select else "form-control"
            one.widget.attrs["id"] = f"id_{name}"

    def _who(self) -> str:
        return hooks.last_writer("plan.target", self.instance.pk)

    def clean_indicator_code(self) -> str:
        code = str(self.cleaned_data["indicator_code"]).strip()
        if code and not Indicator.objects.filter(code=code, subject=AREA.code).exists():
            raise forms.ValidationError(_("没有这个指标代码"))
        return code

    def clean_milestone_lines(self) -> dict[int, float]:
        found: dict[int, float] = {}
        for line in str(self.cleaned_data["milestone_lines"]).splitlines():
            if not line.strip():
                continue
            year, _colon, value = line.replace("：", ":").partition(":")
            try:
                found[int(year)] = float(value)
            except ValueError:
                raise forms.ValidationError(_("“%(line)s”应写作 年份: 数值") % {"line": line[:40]}) from None
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        record = self.instance
        if data.get("value") is not None and not self.had_value and not data.get("assigned_document"):
            self.add_error("assigned_document", _("下达的目标值须附文号"))
        if not self.errors:
            for name, value in data.items():
                if name != "milestone_lines":
                    setattr(record, name, value)
            try:
                check_spec(spec_of(record, None, 1, milestones=data["milestone_lines"]))
            except InputError as error:
                self.add_error(None if error.where not in ("year", "path") else error.where, error.message)
            if record.kind == TargetKind.CUMULATIVE and record.indicator_code:
                falling = why_falling(from_database(), record.indicator_code)
                if falling:
                    self.add_error("indicator_code", falling)
        return data


@require_http_methods(["GET", "POST"])
@plan_page(Action.EDIT_PLAN)
def edit(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    """Change a target: value with its document, base, path, binding."""
    with versions.writing(request):
        return _edit(request, scene, code)


def _edit(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    record = versions.locked(Target.objects.filter(pk=scene.target(code).pk)).get()
    before = {name: getattr(record, name) for name in TargetForm.Meta.fields}
    form = TargetForm(request.POST or None, instance=record)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            milestones = form.cleaned_data["milestone_lines"]
            stored = dict(record.milestones.values_list("year", "value"))
            if milestones != stored:
                record.milestones.all().delete()
                Milestone.objects.bulk_create(Milestone(target=record, year=y, value=v) for y, v in milestones.items())
            changed = {n: [before[n], getattr(record, n)] for n in before if before[n] != getattr(record, n)}
            if milestones != stored:
                changed["milestones"] = [stored, milestones]
            audit.record(
                request.user,
                "target_changed",
                object_type="plan.target",
                object_id=record.pk,
                area_path=scene.plan.area.path,
                detail={"changes": changed},
            )
        messages.success(request, _("目标已保存"))
        return redirect("plan-target", code=record.code)
    return render(
        request, "plan/target_form.html", scene.page(form=form, record=record), status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@plan_page(Action.EDIT_PLAN)
def divide(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    """Divide a target among the areas right below the chosen one, for one year."""
    with versions.writing(request):
        return _divide(request, scene, code)


def _divide(request: HttpRequest, scene: Scene, code: str) -> HttpResponse:
    record = versions.locked(Target.objects.filter(pk=scene.target(code).pk)).get()
    year = _year(request.POST.get("year") or request.GET.get("year"), record)
    below = allocations.children(scene.area)
    stored = {a.area.code: a.value for a in record.allocations.filter(area__in=below, year=year).select_related("area")}
    now = {f"{area.name} {year}": _shown(stored.get(area.code)) for area in below}
    given = {area.code: _shown(stored.get(area.code)) for area in below}
    if request.method == "POST":
        given = {area.code: request.POST.get(f"part-{area.code}", "").strip()[:30] for area in below}

    def act() -> HttpResponse:
        versions.check(request.POST, now, {f"{area.name} {year}": given[area.code] for area in below})
        parts = {area.code: _part(given[area.code], area.name) for area in below}
        allocations.allocate(record, scene.area, year, parts, user=request.user)
        return done(
            request, _("%(year)s年的分解已保存") % {"year": year}, f"{reverse('plan-target', args=[code])}#parts"
        )

    context = scene.page(
        record=record,
        year=year,
        years=range(scene.plan.start_year, record.year + 1),
        rows=[(area, given[area.code]) for area in below],
        whole=allocations.whole(record, scene.area, year, scene.status_of(code).verdict.base),
        opened=versions.token(now),
    )
    return form_page(request, "plan/divide.html", act, lambda: context)


def _year(text: str | None, record: Target) -> int:
    if text and text.isascii() and text.isdigit() and len(text) == 4:
        return int(text)
    return record.year


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _part(text: str, name: str) -> float | None:
    if not text:
        return None
    try:
        return number_typed(text)
    except ValueError:
        raise InputError(_("“%(text)s”不是数字") % {"text": text}, where=name) from None
