"""The devices of a zone now: states, latest values, where they stand. The part that changes is asked for
again every few seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.visibility import visible
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action, may
from qiangqu.ui import lists
from qiangqu.ui.registers.listing import address_of
from qiangqu.ui.sketch import sketch
from qiangqu.ui.templatetags.quantities import quantity

from ..health import STATE_WORDS, State
from ..models import UnknownDevice
from ..reading import Reading, counted, devices_of, live, search, states
from ..registers import DEVICES, POINTS

PER_PAGE = 20
MOST_MARKS = 200
SECONDS = 5  # between two questions of an open page


_SHAPES = {State.ONLINE: "m-12 0a12 12 0 1 0 24 0a12 12 0 1 0-24 0z", State.LATE: "m0-13l13 23h-26z"}
_SQUARE = "m-11-11h22v22h-22z"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as the page writes it."""

    url: str
    css: str
    title: str
    name: str
    value: str
    unit: str
    mark: str


def _shown(readings: list[Reading], url: Callable[[int], str]) -> list[Shown]:
    """Values ready to be written: a page shows hundreds, and is asked for every few seconds."""
    invalid, beyond = _("无效（维护、校准或故障）"), _("超出量程")
    made = []
    for one in readings:
        point = one.point
        title = (
            f"{one.at:%Y-%m-%d %H:%M:%S}"
            + (f" · {invalid}" if one.invalid else "")
            + (f" · {beyond}" if one.beyond else "")
        )
        made.append(
            Shown(
                url(point.pk),
                f"dev-{one.fresh}" + (" dev-invalid" if one.invalid else ""),
                title,
                _(point.factor.name) if point.factor and point.factor.name else point.factor_code,
                quantity(one.value),
                point.unit,
                (" ⊘" if one.invalid else "") + (" ▲" if one.beyond else ""),
            )
        )
    return made


def _now(request: Any) -> dict[str, Any]:
    user, now = request.user, timezone.now()
    devices = search(devices_of(user, request.within), request.GET.get("q", "").strip())
    by_id = states(devices, now)
    wanted = request.GET.get("state", "")
    shown = devices
    if wanted in State.__members__.values():
        shown = devices.filter(pk__in=[pk for pk, state in by_id.items() if state == wanted])
    ordered = shown.select_related("area", "organisation").order_by("name", "mn")
    on_page, page = lists.paged(ordered, request.GET.get("page"), PER_PAGE)
    of_point, of_device = address_of(POINTS), address_of(DEVICES)
    rows = [(one, _shown(one.readings, of_point)) for one in live(on_page, now)]
    placed = list(shown.exclude(lon=None).exclude(lat=None).order_by("mn")[:MOST_MARKS])
    drawn = sketch([(device, by_id[device.pk]) for device in placed])
    counts = counted(by_id.values())
    return {
        "rows": rows,
        "paging": page,
        "total": len(by_id),
        "figures": [(state, STATE_WORDS[state], counts[state]) for state in State],
        "wanted": wanted,
        "sketch": drawn,
        "marks": [
            (
                of_device(mark.place.pk),
                f"{mark.place} · {STATE_WORDS[mark.info]}",
                mark.info,
                f"M{mark.x:.1f} {mark.y:.1f}{_SHAPES.get(mark.info, _SQUARE)}",
            )
            for mark in (drawn.marks if drawn else ())
        ],
        "states": STATE_WORDS,
        "simulated": any(device.simulated for device in on_page),
        "now": now,
        "seconds": SECONDS,
        "unknown": visible(UnknownDevice.objects.all(), user).count() if may(user, Action.EDIT_REGISTERS) else None,
    }


@require_GET
@require()
def overview(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    return render(request, "telemetry/overview.html", _now(request))


@require_GET
@require()
def live_part(request: HttpRequest) -> HttpResponse:
    """What changes on the overview, for htmx."""
    return render(request, "telemetry/live.html", _now(request))
