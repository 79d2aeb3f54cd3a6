"""Indicators: list, one with its values, opening a value, defining a formula."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.periods import KIND_NAMES, PeriodKind
from qiangqu.base.terms import said
from qiangqu.base.visibility import areas_of, covers, is_own_only, visible
from qiangqu.facts import subjects
from qiangqu.facts.models import Element
from qiangqu.facts.scope import seen_facts
from qiangqu.registry.access import require
from qiangqu.registry.models import Area, Organisation, Parcel, Project, Recognition
from qiangqu.registry.roles import Action, may
from qiangqu.registry.subjects import AREA, ORGANISATION, PARCEL, PROJECT
from qiangqu.ui import versions
from qiangqu.ui.charts import Lines
from qiangqu.ui.hooks import hooks

from .. import browse, each, editing
from ..check import check_formula
from ..explain import Explanation, explain, rows_at, used_part
from ..language import FUNCTIONS, MAX_CHARACTERS
from ..models import Direction, Indicator
from ..records import attributes
from ..rows import Row, RowPage, read_subject
from ..templatetags.indicators import fact_url, open_url


def _place(request: HttpRequest) -> tuple[Area, dt.date]:
    """The area and day that the page shows. Who speaks for an enterprise sees no indicators: their rows are
    other enterprises'.
    """
    area: Area | None = request.area  # type: ignore[attr-defined]
    if area is None or is_own_only(request.user):
        raise PermissionDenied
    return area, request.as_of or timezone.localdate()  # type: ignore[attr-defined]


def _indicator(code: str) -> Indicator:
    found = Indicator.objects.filter(code=code[:80]).first()
    if found is None:
        raise NotFoundError(_("没有这个指标"), where=code[:80])
    return found


@require_GET
@require(Action.VIEW_PLAN)
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator: definition, formula, course over time, areas by periods, what statistics publish of
    it.
    """
    area, day = _place(request)
    one = _indicator(code)
    if not each.of_areas(one.subject):
        query = request.GET.copy()
        query["indicator"] = one.code
        return redirect(f"{reverse('indicator-records')}?{query.urlencode()}")
    kinds = browse.kinds_of(one, area, day)
    kind = _kind(request.GET.get("kind", ""), kinds)
    values = browse.series(one, area, day, kind) if kind else []
    try:
        checked = check_formula(one.formula, unit=one.unit, code=one.code, name=one.name)
        fault = ""
    except InputError as error:
        checked, fault = None, error.message
    used = sorted(checked.elements) if checked else []
    chart = Lines(
        x=[value.period.code for value in values],
        series=[{"name": one.name, "values": [value.value for value in values]}],
        unit=one.unit,
        decimals=one.decimals,
        simulated=any(value.simulated for value in values),
    )
    table = browse.grid(one, area, day, kind) if kind else None
    context = {
        "one": one,
        "shown_area": area,
        "checked": checked,
        "fault": fault,
        "elements": list(Element.objects.filter(code__in=used)),
        "indicators": list(Indicator.objects.filter(code__in=checked.indicators)) if checked else [],
        "kinds": [(each.name.lower(), said(KIND_NAMES[each])) for each in kinds],
        "kind": kind.name.lower() if kind else "",
        "chart": chart,
        "count": len(values),
        "table": table,
        "published": browse.published(used, area),
        "latest": browse.latest_values([one], area, day)[0],
        "changes": editing.changes(one),
        "may_edit": may(request.user, Action.EDIT_INDICATORS),
        "simulated": any(value.simulated for value in values),
    }
    return render(request, "formulas/indicator.html", context)


def _kind(text: str, kinds: list[PeriodKind]) -> PeriodKind | None:
    named = next((kind for kind in kinds if kind.name.lower() == text), None)
    if named is not None or not kinds:
        return named
    return PeriodKind.MONTH if PeriodKind.MONTH in kinds else kinds[0]


@require_GET
@require(Action.VIEW_PLAN)
def explained(request: HttpRequest, code: str) -> HttpResponse:
    """A value opened: parts of the formula, contributions of areas, rows down to facts and sources.

    ``area`` (without it, the area that the page shows) or ``record`` and ``period`` say which value; ``node``
    (with ``at`` and ``when``) whose rows are listed, ``subject`` one subject's facts.
    """
    place, _day = _place(request)
    query = request.GET
    area, period = query.get("record") or query.get("area") or place.code, query.get("period", "")
    page = _number(query.get("page"), 1)
    asked = bool(query.get("node"))
    found = explain(code[:80], area, period, request.user, page=1 if asked else page, with_rows=not asked)
    rows, node, at, when = found.rows, found.rows_node, found.area, found.period
    subject = _subject(query.get("subject", ""))
    if asked:
        node = _number(query.get("node"), -1)
        at, when = query.get("at", area), query.get("when", period)
        rows = rows_at(code[:80], node, at, when, request.user, page=page, subject=subject, choice=found.choice)
    elif rows is not None and found.root is not None:
        first = used_part(found.root, node)
        at, when = (first.area, first.period) if first else (at, when)
    context = {
        "found": found,
        "rows": rows,
        "listed": _listed(rows, found, request.user, node=node, at=at, when=when) if rows is not None else [],
        "node": node,
        "at": at,
        "at_name": found.area_name
        if at == found.area
        else Area.objects.filter(code=at).values_list("name", flat=True).first() or at,
        "when": when,
        "subject": query.get("subject", "") if subject else "",
        "part": used_part(found.root, node),
        "trail": _trail(found.area, request.user) if each.of_areas(found.subject) else [],
        "off_area": Area.objects.filter(code=found.area).first() if each.of_areas(found.subject) else place,
        "simulated": found.cell.simulated,
        "here": request.get_full_path(),
    }
    return render(request, "formulas/explain.html", context)


#: registers whose records are rows, and their pages
_REGISTERS = {
    "recognition": (Recognition, "recognitions-detail"),
    "project": (Project, PROJECT.page),
    "organisation": (Organisation, ORGANISATION.page),
    "parcel": (Parcel, PARCEL.page),
}


def _listed(rows: RowPage, found: Explanation, user: Any, **place: Any) -> list[tuple[Row, str]]:
    """The rows with the address that leads one step further down: a subject's facts, a fact, a record of a
    register; "" for what has moved out of the viewer's areas since."""
    kind = rows.rows[0].kind if rows.rows else ""
    if kind == "subject":
        return [
            (
                r,
                open_url(found.code, found.area, found.period, found.subject, **place, subject=r.subject_key)
                if r.id
                else "",
            )
            for r in rows.rows
        ]
    ids = [row.id for row in rows.rows]
    subject = subjects.by_number(rows.rows[0].subject_kind) if kind == "record" else None
    model, name = (subjects.model_of(subject), subject.page) if subject else _REGISTERS.get(kind, (None, ""))
    if model is None:
        about = seen_facts(user, [(row.subject_kind, row.subject_id) for row in rows.rows])
        return [(r, fact_url(r.ref) if (r.subject_kind, r.subject_id) in about else "") for r in rows.rows]
    manager: Any = model._default_manager
    there = set(visible(manager.filter(pk__in=ids), user).values_list("pk", flat=True))
    return [(r, reverse(name, args=[r.id]) if r.id in there else "") for r in rows.rows]


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else default


def _subject(text: str) -> tuple[int, int] | None:
    try:
        return read_subject(text)
    except InputError:
        return None


def _trail(code: str, user: Any) -> list[Area]:
    """The areas from the top of what the viewer sees down to ``code``."""
    area = Area.objects.get(code=code)
    codes = area.path.strip("/").split("/")
    above = {one.code: one for one in Area.objects.filter(code__in=codes)}
    return [above[c] for c in codes if c in above and covers(user, above[c].path)]


class IndicatorForm(versions.Opened, forms.Form):
    """Definition of an indicator."""

    code = forms.CharField(label=gettext_lazy("代码"), max_length=80)
    subject = forms.ChoiceField(
        label=gettext_lazy("取值对象"),
        choices=lambda: [(one.code, one.title) for one in subjects.subjects()],
        initial="area",
        required=False,
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=24)
    decimals = forms.IntegerField(label=gettext_lazy("小数位"), min_value=0, max_value=8, initial=1)
    direction = forms.ChoiceField(label=gettext_lazy("方向"), choices=Direction.choices)
    formula = forms.CharField(
        label=gettext_lazy("公式"),
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    description = forms.CharField(
        label=gettext_lazy("说明"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    source = forms.CharField(label=gettext_lazy("依据"), max_length=300, required=False)

    def __init__(self, *args: Any, indicator: Indicator | None = None, **kwargs: Any) -> None:
        self.indicator = indicator
        super().__init__(*args, **kwargs)
        if indicator is not None:
            self.fields["code"].disabled = True
        for name, one in self.fields.items():
            select = isinstance(one.widget, forms.Select)
            one.widget.attrs |= {"class": "form-select" if select else "form-control", "id": f"id_{name}"}

    def _changes(self) -> bool:
        return self.indicator is not None

    def _who(self) -> str:
        return hooks.last_writer("indicator", self.indicator.pk) if self.indicator else ""

    def clean_code(self) -> str:
        if self.indicator is not None:
            return self.indicator.code
        try:
            return editing.checked_code(str(self.cleaned_data["code"]))
        except InputError as error:
            raise forms.ValidationError(error.message) from error

    def clean_subject(self) -> str:
        kept = self.indicator.subject if self.indicator is not None else AREA.code
        return str(self.cleaned_data["subject"] or kept)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"code", "name", "unit", "formula"} <= data.keys():
            try:
                given = {name: data[name] for name in ("unit", "code", "name")}
                check_formula(data["formula"], **given, subject=data.get("subject", AREA.code))
            except InputError as error:
                self.add_error("unit" if "不认识的单位" in error.message else "formula", error.message)
        return data


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_INDICATORS)
def edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Create or change an indicator; ``try`` shows its values without saving."""
    _refuse_below(request)
    with versions.writing(request):
        return _edit(request, code)


def _edit(request: HttpRequest, code: str) -> HttpResponse:
    area, _day = _place(request)
    one = versions.locked(Indicator.objects.filter(pk=_indicator(code).pk)).get() if code else None
    initial = {name: getattr(one, name) for name in ("code", *editing.FIELDS)} if one else {}
    form = IndicatorForm(request.POST or None, initial=initial, indicator=one)
    trial = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if "try" in request.POST:
            trial = editing.try_formula(
                data["formula"],
                unit=data["unit"],
                code=data["code"],
                name=data["name"],
                area=area,
                subject=data["subject"],
                viewer=request.user,
            )
        else:
            try:
                saved = editing.save(data, user=request.user, indicator=one)
            except (InputError, ConflictError) as error:
                form.add_error("code" if isinstance(error, ConflictError) else "formula", error.message)
            else:
                messages.success(request, _("指标已保存，数值已重新计算"))
                return redirect(reverse("indicator-detail", args=[saved.code]))
    names = (
        {a.code: a.short_name for a in Area.objects.filter(code__in={v.area for v in trial.values})} if trial else {}
    )
    context = {
        "form": form,
        "one": one,
        "trial": trial,
        "trial_rows": [
            (names.get(v.area, v.area), v) for v in trial.values if v.value is not None or v.area == area.code
        ]
        if trial
        else [],
        "registers": [(s, [one for _whose, one in attributes(s)]) for s in subjects.subjects()],
        "functions": [(name, *(said(half) for half in text.split("：", 1))) for name, text in FUNCTIONS.items()],
        "elements": [e for e in Element.objects.order_by("name") if e.code.isidentifier()],
        "indicators": [i for i in Indicator.objects.order_by("name") if i.code.isidentifier() and i != one],
        "examples": _examples(),
        "simulated": bool(trial and any(v.simulated for v in trial.values)),
    }
    return render(request, "formulas/indicator_form.html", context, status=422 if form.errors else 200)


def _examples() -> list[tuple[str, str]]:
    """Formulas to begin from, about elements that there are."""
    known = sorted(Element.objects.values_list("unit", "code"), key=lambda pair: (pair[0] != "亿元", pair[1]))
    codes = [code for _unit, code in known if code.isidentifier()]
    if not codes:
        return []
    one, other = codes[0], codes[min(1, len(codes) - 1)]
    return [
        (f"best({one})", _("有发布数用发布数，没有就用上报数之和")),
        (f"yoy(best({one}))", _("比上年同期增长百分之几")),
        (f"share(total({one}, scale = 'above'), total({one}))", _("规模以上企业占全部的比重")),
        (f"best({one}) / best({other})", _("两个要素相除")),
        (f"（best({one}) － lag(best({one}), 1)）÷ lag(best({one}), 1) × 100", _("全角的括号和运算符也可以")),
        (f"CASE WHEN best({one}) ≥ 100 THEN 1 ELSE 0 END", _("达到一个数为 1，否则为 0")),
        ("count(organisation, scale = 'above')", _("期末规模以上企业数")),
    ]


def _refuse_below(request: HttpRequest) -> None:
    """Indicators are of the whole tree: only who answers for all of it defines them."""
    own = areas_of(request.user, Action.EDIT_INDICATORS)
    if not Area.objects.filter(pk__in=own, parent=None).exists():
        raise PermissionDenied
