"""Files of outlines: the list, bringing one, and its page with the faults on a map."""

from collections.abc import Mapping
from typing import Any

import shapely
from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.visibility import reach, seen, within
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.ui import lists
from qiangqu.ui.formpage import form_page
from qiangqu.ui.lists import Listing
from qiangqu.ui.registers.forms import style
from qiangqu.ui.uploads import one_given

from .. import importing
from ..geometry.systems import SYSTEMS
from ..lookups import IMPORTS_FOUND as FOUND
from ..models import BoundaryImport, ImportKind, ImportState
from ..parcels import collection

MOST_SHOWN = 5000  # outlines on the map of a file
MOST_TOLD = 300  # faults in the table: the map and the file's own rows have the rest
COLOURS = {ImportState.CHECKED: "amber", ImportState.STORED: "green", ImportState.DROPPED: "grey"}
IMPORTS = Listing(
    code="boundary-imports",
    page="boundary-imports",
    title=gettext_lazy("界址导入"),
    rows=lambda asked: seen(BoundaryImport.objects.defer("staged", "found"), asked.user, asked.area),
    columns=lambda asked: [
        lists.column(BoundaryImport, "file_name", role=lists.NAME, verbatim=True, width=40),
        lists.column(BoundaryImport, "kind"),
        lists.column(BoundaryImport, "area__name", label=_("园区"), width=30),
        lists.column(BoundaryImport, "state", role=lists.STATE, badge=lambda row: COLOURS[row.state]),
        lists.column(BoundaryImport, "features", role=lists.VALUE),
        lists.column(BoundaryImport, "rejected"),
        lists.column(BoundaryImport, "stored"),
        lists.column(BoundaryImport, "day", role=lists.DATE),
        lists.column(BoundaryImport, "made_by"),
    ],
    filters=lambda asked: (
        lists.choice("state", _("状态"), ImportState.choices) | lists.choice("kind", _("内容"), ImportKind.choices)
    ),
    search=("file_name",),
    related=("area", "made_by"),
    link=lambda row: reverse("boundary-import", args=[row.pk]),
    simulated=lambda row: row.simulated,
    empty=gettext_lazy("还没有导入过界址文件"),
    empty_icon="map-2",
    template="land/imports.html",
)


class ImportForm(forms.Form):
    """What a file is about. The file itself is the field ``file`` of the page."""

    area = forms.ModelChoiceField(Area.objects.none(), label=gettext_lazy("园区"), empty_label=None)
    kind = forms.ChoiceField(label=gettext_lazy("内容"), choices=ImportKind.choices)
    day = forms.DateField(
        label=gettext_lazy("界址生效日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label=gettext_lazy("依据（勘测定界报告、批文等）"), max_length=200, required=False)
    epsg = forms.ChoiceField(label=gettext_lazy("坐标系"), required=False)
    create = forms.BooleanField(label=gettext_lazy("名录里没有的宗地，按文件的面积和用途新建"), required=False)
    turned = forms.BooleanField(label=gettext_lazy("对调东、北坐标（经、纬度）"), required=False)
    accept_area = forms.BooleanField(label=gettext_lazy("面积与登记不符的也入库（登记面积不变）"), required=False)

    def __init__(self, *args: Any, areas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.fields["epsg"].choices = systems()  # type: ignore[attr-defined]
        style(self)


def systems() -> list[tuple[str, str]]:
    """The reference systems to choose from."""
    return [("", _("按文件注明的"))] + [(str(one.epsg), one.name) for one in SYSTEMS.values()]


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_LAND)
def new(request: HttpRequest) -> HttpResponse:
    """Bringing a file."""
    user: Any = request.user
    areas = Area.objects.filter(within("path", reach(user, Action.EDIT_LAND))).order_by("path")
    at: Any = getattr(request, "area", None)
    first = areas.filter(path__startswith=at.path, level="zone").first() if at is not None else None
    start = {"day": timezone.localdate(), "area": first or areas.first()}
    form = ImportForm(request.POST or None, initial=start, areas=areas)

    def act() -> HttpResponse:
        given = form.cleaned_data
        settings = {name: given[name] for name in ("epsg", "create", "turned", "accept_area")}
        one = importing.receive(
            one_given(request, "file"), user, given["area"], given["kind"], given["day"], given["reason"], settings
        )
        return redirect("boundary-import", pk=one.pk)

    context = {"accept": ",".join(importing.TAKES.suffixes), "max_mb": importing.MAX_BYTES >> 20}
    return form_page(request, "land/import_new.html", act, lambda: context, form=form)


def about(one: BoundaryImport, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a file shows."""
    found = one.found
    by_row: dict[Any, dict[str, Any]] = {}
    for fault in found.get("faults", ()):
        row = by_row.setdefault(
            (fault["row"], fault["code"]), {"row": fault["row"], "code": fault["code"], "faults": []}
        )
        row["faults"].append(fault)
    ticks = [(name, ImportForm.base_fields[name].label) for name in ("create", "turned", "accept_area")]
    return {
        "record": one,
        "ticks": ticks,
        "ticked": [name for name, _label in ticks if one.settings.get(name)],
        "found": found,
        "rows": list(by_row.values())[:MOST_TOLD],
        "more": max(len(by_row) - MOST_TOLD, 0),
        "systems": systems(),
        "chosen_system": str(one.settings.get("epsg") or ""),
        "columns": [
            ("code", _("代码字段")),
            ("area", _("面积字段")),
            ("use", _("用途字段")),
            ("parents", _("原宗地字段")),
        ],
        "good": one.features - one.rejected,
        "file": one.files.filter(removed_at=None).first(),
    }


IMPORT = RecordPage(
    of=FOUND, acts=importing.IMPORTS, action=Action.EDIT_LAND, template="land/import.html", context=about
)


@require_GET
@require(Action.EDIT_LAND)
def outlines(request: HttpRequest, pk: int) -> JsonResponse:
    """The outlines of a file and the places of its faults, as GeoJSON."""
    one = FOUND.one(request.user, pk)
    faults = one.found.get("faults", ())
    wrong = {(fault["row"], fault["code"]) for fault in faults if fault["level"] == "error"}
    warned = {(fault["row"], fault["code"]) for fault in faults}
    shaped = [outline for outline in importing.outlines_of(one) if outline.shape is not None]
    shaped.sort(key=lambda outline: (outline.row, outline.code) not in warned)
    told = []
    for outline in shaped[:MOST_SHOWN]:
        key = (outline.row, outline.code)
        state = "error" if key in wrong or one.found.get("fault") else "warning" if key in warned else "good"
        told.append((outline.row, {"code": outline.code, "row": outline.row, "state": state}))
    # of a bow-tie whose halves are alike a map draws no surface, as nothing is left of it: its line is drawn
    drawn = [
        outline.shape if shapely.is_valid(outline.shape) else shapely.boundary(outline.shape)
        for outline in shaped[:MOST_SHOWN]
    ]
    held = collection(told, drawn)
    for fault in faults:
        if fault["point"]:
            point = {"type": "Point", "coordinates": fault["point"]}
            known = {"row": fault["row"], "code": fault["code"], "state": fault["level"], "sentence": fault["sentence"]}
            held["features"].append({"type": "Feature", "properties": known, "geometry": point})
    return JsonResponse(held, headers={"Cache-Control": "private, no-store"})
