"""A planner moves a site and sees at once what changes: the table of times is held in memory, and only what was moved to
a new place is computed anew.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.numbers import natural

from ..models import Scenario
from ..places import checked_place
from ..roads.graph import Floats
from ..roads.travel import Travel
from .points import Points, unpacked
from .solving import figures_of, place_of, told, unpack_table

MOST_SITES = 200
UNREACHED = -1


@dataclass(frozen=True, eq=False)
class Held:
    """Points and table of a scenario."""

    points: Points
    table: Floats


@lru_cache(maxsize=4)
def _held(pk: int, _stamp: str) -> Held:
    points, table = Scenario.objects.values_list("points", "table").get(pk=pk)
    return Held(unpacked(bytes(points)), unpack_table(bytes(table)))


def held(scenario: Scenario) -> Held:
    """The scenario's points and table, kept in memory as long as it stands as it does. Raises InputError for one that has
    not been solved."""
    if not scenario.result:
        raise InputError(_("还没有算出结果"), where=scenario.title)
    return _held(scenario.pk, f"{scenario.beat_at}")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a site is: the candidate's number, or a place of its own."""

    candidate: int | None
    lon: float
    lat: float


def sites_of(text: str, points: Points) -> list[Site]:
    """Sites as an address says them: numbers of candidates, or ``longitude,latitude``, with ``|`` between. Raises
    InputError."""
    found = []
    for word in text.split("|")[: MOST_SITES + 1]:
        lon, comma, lat = word.partition(",")
        if comma:
            found.append(Site(None, *checked_place(lon, lat)))
            continue
        number = natural(word)
        if number is None or number >= len(points.sites):
            raise InputError(_("没有这个备选站址"), where=word[:20])
        place = points.places[number]
        found.append(Site(number, float(place[0]), float(place[1])))
    if len(found) > MOST_SITES:
        raise InputError(_("站点太多"), where=str(len(found)))
    return found


def part_of(scenario: Scenario, at: Held, sites: list[Site]) -> Floats:
    """Minutes from these sites (columns) to all places (rows)."""
    columns = np.empty((len(at.points.demand), len(sites)))
    new = [n for n, one in enumerate(sites) if one.candidate is None]
    for n, one in enumerate(sites):
        if one.candidate is not None:
            columns[:, n] = at.table[:, one.candidate]
    if new:
        places = np.array([[sites[n].lon, sites[n].lat] for n in new])
        columns[:, new] = Travel(scenario.network).minutes(places, at.points.demand).T
    return columns


def minutes_of(part: Floats) -> list[float]:
    """Minutes to the nearest site, a tenth of one apart; -1 where none leads there."""
    best = part.min(1)
    return [float(one) for one in np.where(np.isfinite(best), np.round(best, 1), UNREACHED)]


def seen(scenario: Scenario, text: str) -> dict[str, Any]:
    """What sites mean, for the map: minutes of each place and the figures."""
    at = held(scenario)
    part = part_of(scenario, at, sites_of(text, at.points))
    return {"minutes": minutes_of(part), "figures": figures_of(part, at.points.weights, scenario.standard)}


def whole(scenario: Scenario) -> dict[str, Any]:
    """All that the map of a solved scenario draws."""
    at = held(scenario)
    shown = scenario.result["sites"]
    sites = [Site(one["candidate"], one["lon"], one["lat"]) for one in shown]
    part = part_of(scenario, at, sites)
    return {
        "demand": [
            [round(float(lon), 6), round(float(lat), 6), float(weight), name]
            for (lon, lat), weight, name in zip(at.points.demand, at.points.weights, at.points.names, strict=True)
        ],
        "candidates": [
            [round(float(lon), 6), round(float(lat), 6), name]
            for (lon, lat), name in zip(at.points.places, at.points.sites, strict=True)
        ],
        "sites": shown,
        "minutes": minutes_of(part),
        "figures": scenario.result["figures"],
        "standard": scenario.standard,
    }


def result_of(scenario: Scenario, text: str) -> dict[str, Any]:
    """The result of sites that were placed by hand."""
    at = held(scenario)
    sites = sites_of(text, at.points)
    named = []
    for number, one in enumerate(sites, start=1):
        if one.candidate is not None:
            named.append(place_of(at.points, one.candidate))
        else:
            name = _("移到的位置 %(n)s") % {"n": number}
            named.append({"name": name, "lon": one.lon, "lat": one.lat, "candidate": None, "kept": False})
    return told(at.points, part_of(scenario, at, sites), scenario.standard, named)
