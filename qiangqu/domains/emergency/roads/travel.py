"""Travel times between places: on the road network where one is loaded, else straight with a stated factor; and the
sentence that says which.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from django.utils.translation import gettext as _

from ..models import RoadNetwork
from .graph import Approach, Floats, Graph, metres, unpacked

LONG = ("data",)


@cache
def assumptions() -> dict[str, Any]:
    """Speeds and factors of ``data/travel.yaml``."""
    text = (Path(__file__).parent.parent / "data" / "travel.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def approach() -> Approach:
    """How a place is joined to the nearest road."""
    said = assumptions()["approach"]
    return Approach(said["factor"], said["speed"], said["farthest"] * 1000)


@lru_cache(maxsize=2)
def graph_of(pk: int) -> Graph:
    """The graph of a network, held in memory: a network never changes, another one is loaded beside it."""
    graph = unpacked(bytes(RoadNetwork.objects.values_list("data", flat=True).get(pk=pk)))
    graph.ways, graph.back, graph.part, graph.nearest(graph.points[:1])
    return graph


def network_in_use() -> RoadNetwork | None:
    """The network that times are computed on; None where none is loaded."""
    return RoadNetwork.objects.filter(retired_at=None).defer(*LONG).order_by("-loaded_at", "-id").first()


@dataclass(frozen=True, slots=True)
class Travel:
    """Travel times on a network, or straight (``network`` None)."""

    network: RoadNetwork | None

    @property
    def basis(self) -> str:
        """On what the times rest, in words."""
        if self.network is None:
            straight = assumptions()["straight"]
            words = {"factor": f"{straight['factor']:g}", "speed": f"{straight['speed']:g}"}
            return _("没有导入道路网：按直线距离×%(factor)s、每小时 %(speed)s 公里估算") % words
        words = {"name": self.network.name, "day": f"{self.network.loaded_at:%Y-%m-%d}"}
        return _("按道路网“%(name)s”（%(day)s 导入）的最快路线") % words

    def minutes(self, origins: Floats, targets: Floats) -> Floats:
        """Minutes from each origin (rows) to each target (columns), both n × 2 in degrees; inf where there is no
        way."""
        if not len(origins) or not len(targets):
            return np.empty((len(origins), len(targets)))
        if self.network is not None:
            return graph_of(self.network.pk).times(origins, targets, approach())
        straight = assumptions()["straight"]
        found = np.stack([metres(np.broadcast_to(one, targets.shape), targets) for one in origins])
        return np.asarray(found * straight["factor"] / (straight["speed"] / 60 * 1000))


def travel() -> Travel:
    """Times on the network in use."""
    return Travel(network_in_use())


MOST_DRAWN = 20_000  # stretches that a map gets


def lines_within(network: RoadNetwork, west: float, south: float, east: float, north: float) -> list[list[list[float]]]:
    """The stretches of a network inside a rectangle of degrees, to be drawn under a map; of more than
    :data:`MOST_DRAWN` the fastest roads."""
    graph = graph_of(network.pk)
    low, high = np.array([west, south]), np.array([east, north])
    inside: Any = ((graph.points >= low) & (graph.points <= high)).all(axis=1)
    chosen = np.flatnonzero(inside[graph.start] & inside[graph.end] & (graph.start < graph.end))
    if len(chosen) > MOST_DRAWN:
        long = metres(graph.points[graph.start[chosen]], graph.points[graph.end[chosen]])
        chosen = chosen[np.argsort(graph.minutes[chosen] / np.maximum(long, 1.0), kind="stable")[:MOST_DRAWN]]
    ends = np.round(np.stack([graph.points[graph.start[chosen]], graph.points[graph.end[chosen]]], axis=1), 5)
    found: list[list[list[float]]] = ends.tolist()
    return found
