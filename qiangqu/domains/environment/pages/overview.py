"""The overview of a zone: sketch, live values, air quality now."""

from typing import Any

from qiangqu.registry.showing import page
from qiangqu.ui.lists import Asked
from qiangqu.ui.sketch import sketch

from ..standing import standing


@page("environment/overview.html")
def overview(asked: Asked) -> dict[str, Any]:
    """Stations and outlets of the area with what they report now."""
    now = standing(asked.user, asked.area, asked.today)
    return {
        "now": now,
        "sketch": sketch([(one.place, one) for one in (*now.stations, *now.outlets)]),
        "shown_area": asked.area or asked.request.area,
        "simulated": now.simulated,
    }
