"""What stands on the wall screen 驾驶舱: counts, what lags, map, trends, lights of the measures, alarms."""

import datetime as dt
from collections import Counter
from typing import Any

from django.urls import reverse

from qiangqu.base.periods import PeriodKind, from_key
from qiangqu.formulas.models import Indicator, IndicatorValue
from qiangqu.formulas.peers import latest_common
from qiangqu.registry.models import Area, AreaLevel
from qiangqu.ui.charts import Item, Items, Lines, Map, MapArea, MapPoint
from qiangqu.ui.maps import outline_note, outline_url

from . import alarms
from .models import Effort
from .queries import LIGHTS
from .scene import Scene, explain_url

URGENT = {"off_track": 0, "at_risk": 1, "stale": 2, "on_track": 3, "done": 4, "no_data": 5}
TRENDS = 2
LEAST_POINTS = 4  # two or three points are no trend
MAX_CHOICES = 200
MAX_ALARMS = 30
RANKED = 8


def wall_of(scene: Scene, indicator: str = "") -> dict[str, Any]:
    """Everything on the wall; ``indicator`` is the code of the one on the map (else the first target's that
    has values below).
    """
    rows = sorted(scene.statuses, key=lambda one: (URGENT[one.state], one.value is None, one.effort == Effort.STRIVE))
    chosen = _chosen_indicator(indicator, scene)
    lights = Counter(one.state for one in scene.measures)
    found = alarms.current(scene)
    picture = _map(chosen, scene) if chosen else None
    return {
        "counts": list(scene.state_counts.items()),
        "ticker": rows,
        "total": len(rows),
        "map": picture,
        "ranking": _ranking(picture) if picture else None,
        "chosen": chosen,
        "choices": _choices(scene),
        "trends": _trends(scene, chosen),
        "lights": scene.measures,
        "light_counts": [(state, lights[state]) for state in LIGHTS if lights[state]],
        "alarms": found[:MAX_ALARMS],
        "alarm_total": len(found),
        "simulated": scene.simulated or bool(picture and picture["simulated"]),
    }


def _choices(scene: Scene) -> list[tuple[str, str]]:
    """Indicators of the plan's targets that have a value somewhere below."""
    codes = {one.indicator_code for one in scene.statuses if one.indicator_code}
    found = Indicator.objects.filter(code__in=codes).order_by("order", "code")
    return list(found.values_list("code", "name")[:MAX_CHOICES])


def _chosen_indicator(code: str, scene: Scene) -> Indicator | None:
    code = code.replace("\0", "")  # PostgreSQL refuses it
    if code:
        found = Indicator.objects.filter(code=code[:80]).first()
        if found is not None:
            return found
    codes = [one.indicator_code for one in scene.statuses if one.indicator_code]
    known = {i.code: i for i in Indicator.objects.filter(code__in=codes)}
    with_parts = set(
        IndicatorValue.objects.filter(indicator__in=known.values(), area__parent=scene.area, value__isnull=False)
        .values_list("indicator__code", flat=True)
        .distinct()
    )
    return next((known[code] for code in codes if code in with_parts), None) or next(iter(known.values()), None)


def _latest_key(indicator: Indicator, areas: list[Area], day: dt.date) -> int | None:
    cells = IndicatorValue.objects.filter(indicator=indicator, area__in=areas, value__isnull=False)
    return latest_common(cells.values_list("area_id", "period_key").iterator(), day)


def _map(indicator: Indicator, scene: Scene) -> dict[str, Any]:
    """Cities coloured and zones as points by the indicator's value in the latest common period."""
    below = list(Area.objects.filter(path__startswith=scene.area.path).exclude(pk=scene.area.pk))
    cities = [area for area in below if area.level == AreaLevel.CITY] or (
        [scene.area] if scene.area.level == AreaLevel.CITY else []
    )
    inside = [*below, scene.area]
    zones = [area for area in inside if area.level == AreaLevel.ZONE and area.lon is not None and area.lat is not None]
    places = {**_values(indicator, cities, scene.day), **_values(indicator, zones, scene.day)}
    areas = [
        MapArea(
            name=area.name, value=places[area.pk][0] if area.pk in places else None, url=_open(indicator, area, places)
        )
        for area in cities
    ]
    points = [
        MapPoint(
            name=area.name,
            lon=float(area.lon or 0),
            lat=float(area.lat or 0),
            value=places[area.pk][0] if area.pk in places else None,
            url=_open(indicator, area, places),
        )
        for area in zones
    ]
    period = next((from_key(key).label for _value, _simulated, key in places.values()), "")
    data = Map(
        # a zone has no outline of its own: it is shown within its region
        outline=outline_url(scene.area.code) or outline_url(scene.plan.area.code),
        outline_note=outline_note(scene.area.code if outline_url(scene.area.code) else scene.plan.area.code),
        areas=areas,
        points=points,
        value_name=indicator.name,
        point_name=indicator.name,
        point_unit=indicator.unit,
        unit=indicator.unit,
        decimals=indicator.decimals,
        simulated=any(simulated for _value, simulated, _key in places.values()),
    )
    return {**data, "period": period, "label": f"{indicator.name} · {period}" if period else indicator.name}


def _ranking(picture: dict[str, Any]) -> Items | None:
    """The zones, or where there are none the cities, with the largest values."""
    places = [one for one in picture["points"] if one["value"] is not None]
    places = places or [one for one in picture["areas"] if one["value"] is not None]
    if not places:
        return None
    places.sort(key=lambda one: -one["value"])
    items = [Item(name=one["name"], value=one["value"], url=one["url"]) for one in places[:RANKED]]
    return Items(items=items, unit=picture["unit"], decimals=picture["decimals"])


def _values(indicator: Indicator, areas: list[Area], day: dt.date) -> dict[int, tuple[float, bool, int]]:
    key = _latest_key(indicator, areas, day) if areas else None
    if key is None:
        return {}
    rows = IndicatorValue.objects.filter(indicator=indicator, area__in=areas, period_key=key, value__isnull=False)
    cells = rows.values_list("area_id", "value", "simulated")
    return {area: (float(value or 0.0), simulated, key) for area, value, simulated in cells}


def _open(indicator: Indicator, area: Area, places: dict[int, tuple[float, bool, int]]) -> str:
    if area.pk not in places:
        return ""
    return explain_url(indicator.code, area.code, from_key(places[area.pk][2]).code)


def _trends(scene: Scene, chosen: Indicator | None) -> list[dict[str, Any]]:
    """Lines of the last 24 months (or of the years) of the first targets that have them, the indicator on the
    map first.
    """
    judged = [one for one in scene.statuses if one.indicator_code and one.value is not None]
    judged.sort(key=lambda one: one.state in ("no_data", "stale"))
    codes = ([chosen.code] if chosen else []) + [one.indicator_code for one in judged]
    target_of = {one.indicator_code: one for one in reversed(judged)}
    known = {i.code: i for i in Indicator.objects.filter(code__in=set(codes))}
    result: list[dict[str, Any]] = []
    for code in dict.fromkeys(codes):
        chart = _line(known[code], scene) if code in known else None
        if chart is None:
            continue
        target = target_of.get(code)
        if target is not None:
            url = reverse("plan-target", args=[target.code])
        else:
            url = explain_url(code, scene.area.code, chart["x"][-1])
        result.append({"name": known[code].name, "url": url, "chart": chart})
        if len(result) == TRENDS:
            break
    return result


def _line(indicator: Indicator, scene: Scene) -> Lines | None:
    rows = IndicatorValue.objects.filter(indicator=indicator, area=scene.area, value__isnull=False).values_list(
        "period_key", "value", "simulated"
    )
    by_kind: dict[PeriodKind, list[tuple[Any, float, bool]]] = {}
    for key, value, simulated in rows:
        period = from_key(key)
        if period.kind in (PeriodKind.MONTH, PeriodKind.YEAR) and period.end <= scene.day:
            by_kind.setdefault(period.kind, []).append((period, float(value or 0.0), simulated))
    points = sorted(by_kind.get(PeriodKind.MONTH, []))[-24:]
    if len(points) < 6:
        points = sorted(by_kind.get(PeriodKind.YEAR, []))[-10:]
    if len(points) < LEAST_POINTS:
        return None
    return Lines(
        x=[period.code for period, _value, _simulated in points],
        series=[{"name": indicator.name, "values": [value for _period, value, _simulated in points]}],
        unit=indicator.unit,
        decimals=indicator.decimals,
        simulated=any(simulated for _period, _value, simulated in points),
    )
