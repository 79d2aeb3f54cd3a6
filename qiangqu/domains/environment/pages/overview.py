"""The overview of a zone: map, live values, air quality now."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.registry.showing import page
from qiangqu.ui.lists import Asked
from qiangqu.ui.templatetags.quantities import quantity, word

from ..models import Outlet
from ..standing import Place, standing

MOST_LINES = 6


@page("environment/overview.html")
def overview(asked: Asked) -> dict[str, Any]:
    """Stations and outlets of the area with what they report now."""
    now = standing(asked.user, asked.area, asked.today)
    return {
        "now": now,
        "drawn": drawn((*now.stations, *now.outlets)),
        "shown_area": asked.area or asked.request.area,
        "simulated": now.simulated,
    }


def drawn(places: Iterable[Place]) -> list[dict[str, Any]]:
    """Places as the map draws them: where, what stands there, its state, and what a click tells."""
    found = []
    for one in places:
        is_outlet = isinstance(one.place, Outlet)
        lines = [f"AQI {one.air.aqi}"] if one.air is not None and one.air.aqi is not None else []
        lines += [
            f"{word(reading.name)} {quantity(reading.latest.value)} {reading.unit}"
            for reading in one.readings
            if reading.latest is not None and not reading.stopped
        ][:MOST_LINES]
        if one.state == "silent":
            lines.append(_("没有读数"))
        if one.exceedances:
            lines.append(_("待核实超标 %(count)s 条") % {"count": one.exceedances})
        if one.alarms:
            lines.append(_("未关闭报警 %(count)s 条") % {"count": one.alarms})
        if one.place.simulated:
            lines.append(_("模拟数据"))
        name = "environment-outlet" if is_outlet else "environment-station"
        found.append(
            {
                "at": [one.place.lon, one.place.lat],
                "title": one.place.name,
                "what": one.place.medium if isinstance(one.place, Outlet) else "station",
                "state": one.state,
                "ring": "alarm" if one.alarms else "exceeded" if one.exceedances else "",
                "lines": lines,
                "url": reverse(name, args=[one.place.code]),
            }
        )
    return found
