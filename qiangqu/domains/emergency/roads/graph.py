"""A road network as a graph, and the fastest ways on it. Pure functions of degrees and minutes; nothing here knows a
record. Shortest paths: E. W. Dijkstra, Numerische Mathematik 1 (1959) 269-271, as scipy computes them.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from qiangqu.base.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EARTH = 6_371_008.8  # metres, mean radius (IUGG)
GRID = 1e-5  # degrees: ends of lines closer than this (about a metre) are one node
PIECE = 250.0  # metres: longer stretches get nodes in between, so that places join the road near them
MOST_NODES = 3_000_000
CELLS = 8_000_000  # of one block of shortest paths in memory


def metres(a: Floats, b: Floats) -> Floats:
    """Great-circle distances between points (… × 2: longitude, latitude in degrees), row by row.

    >>> round(float(metres(np.array([[106.0, 38.0]]), np.array([[106.0, 39.0]]))[0]))
    111195
    """
    a, b = np.radians(a), np.radians(b)
    half = np.sin((b[..., 1] - a[..., 1]) / 2) ** 2
    half = half + np.cos(a[..., 1]) * np.cos(b[..., 1]) * np.sin((b[..., 0] - a[..., 0]) / 2) ** 2
    return np.asarray(2 * EARTH * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


@dataclass(frozen=True, slots=True)
class Approach:
    """How a place is joined to the nearest road: detour factor, km/h, and the farthest in metres."""

    factor: float
    speed: float
    farthest: float


@dataclass(frozen=True, eq=False)
class Graph:
    """``points``: nodes (n × 2, degrees); ``start``, ``end``, ``minutes``: of each directed edge."""

    points: Floats
    start: Ints
    end: Ints
    minutes: Floats

    @cached_property
    def ways(self) -> Any:
        """The edges as a matrix; of several between two nodes the fastest."""
        order = np.lexsort((self.minutes, self.end, self.start))
        start, end, minutes = self.start[order], self.end[order], self.minutes[order]
        first = np.ones(len(start), bool)
        first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
        count = len(self.points)
        return csr_matrix((minutes[first], (start[first], end[first])), shape=(count, count))

    @cached_property
    def back(self) -> Any:
        """The edges turned round: ways to a place instead of from it."""
        return self.ways.T.tocsr()

    @cached_property
    def part(self) -> Ints:
        """The number of the connected part that each node is in; 0 is the largest."""
        count, label = connected_components(self.ways, directed=True, connection="weak")
        rank = np.argsort(np.argsort(-np.bincount(label, minlength=count), kind="stable"), kind="stable")
        return np.asarray(rank[label], np.int64)

    @cached_property
    def _scale(self) -> float:
        return math.cos(math.radians(float(np.median(self.points[:, 1]))))

    @cached_property
    def _tree(self) -> Any:
        return cKDTree(self.points * (self._scale, 1.0))

    def nearest(self, places: Floats) -> tuple[Ints, Floats]:
        """For each place (n × 2, degrees) the nearest node and its distance in metres."""
        _far, node = self._tree.query(places * (self._scale, 1.0))
        return np.asarray(node, np.int64), metres(places, self.points[node])

    def times(self, origins: Floats, targets: Floats, approach: Approach) -> Floats:
        """Minutes of the fastest way from each origin (rows) to each target (columns); inf where there is none, or
        a place lies too far from any road. Places at the same node are told apart by their ways to it."""
        first, away = self.nearest(origins)
        last, home = self.nearest(targets)
        turned = len(np.unique(first)) > len(np.unique(last))
        ways, rows, columns = (self.back, last, first) if turned else (self.ways, first, last)
        between = _paths(ways, rows, columns)
        minutes: Floats = between.T if turned else between
        leg = approach.factor / (approach.speed / 60 * 1000)
        minutes = minutes + (away * leg)[:, None] + (home * leg)[None, :]
        # two places closer to one another than to the road go straight
        minutes = np.minimum(minutes, _straight_near(origins, targets, away, home, leg))
        minutes[away > approach.farthest] = np.inf
        minutes[:, home > approach.farthest] = np.inf
        return minutes

    def packed(self) -> bytes:
        """The graph as bytes that :func:`unpacked` reads."""
        file = io.BytesIO()
        np.savez_compressed(
            file, points=self.points, start=self.start.astype(np.int32), end=self.end.astype(np.int32),
            minutes=self.minutes.astype(np.float32),
        )  # fmt: skip
        return file.getvalue()


def unpacked(data: bytes) -> Graph:
    """The graph that was :meth:`Graph.packed`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        return Graph(
            held["points"], held["start"].astype(np.int64), held["end"].astype(np.int64),
            held["minutes"].astype(np.float64),
        )  # fmt: skip


def _paths(ways: Any, rows: Ints, columns: Ints) -> Floats:
    """Shortest paths from nodes to nodes, each source computed once, in blocks that fit into memory."""
    source, place = np.unique(rows, return_inverse=True)
    found = np.empty((len(source), len(columns)))
    step = max(1, CELLS // ways.shape[0])
    for at in range(0, len(source), step):
        block = dijkstra(ways, directed=True, indices=source[at : at + step])
        found[at : at + step] = np.atleast_2d(block)[:, columns]
    return found[place]


def _straight_near(origins: Floats, targets: Floats, away: Floats, home: Floats, leg: float) -> Floats:
    """Minutes straight across between places that lie closer to one another than to the road; inf for others."""
    found = np.full((len(origins), len(targets)), np.inf)
    for at, one in enumerate(origins):
        far = metres(np.broadcast_to(one, targets.shape), targets)
        near = far < np.maximum(away[at], home)
        found[at, near] = far[near] * leg
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A road: its corners (n × 2, degrees), km/h, and which ways it may be driven: 1 forward, -1 backward, 0 both."""

    points: Floats
    speed: float
    way: int = 0


def built(lines: Sequence[Line]) -> Graph:
    """The graph of roads. Where lines have a corner in common (within :data:`GRID`) one can turn; where they only
    cross, one cannot (a bridge). Raises InputError without any road, and for more than :data:`MOST_NODES` corners.
    """
    starts, ends, speeds, way = [], [], [], []
    for one in lines:
        points = _with_pieces(one.points)
        if len(points) < 2:
            continue
        starts.append(points[:-1])
        ends.append(points[1:])
        speeds.append(np.full(len(points) - 1, one.speed))
        way.append(np.full(len(points) - 1, one.way))
    if not starts:
        raise InputError("文件里没有道路")
    first, last = np.concatenate(starts), np.concatenate(ends)
    if len(first) > MOST_NODES:
        raise InputError(f"道路网有 {len(first):,} 段，最多 {MOST_NODES:,} 段；请先裁到本地区或简化")
    corners, number = np.unique(
        np.rint(np.concatenate([first, last]) / GRID).astype(np.int64), axis=0, return_inverse=True
    )
    number = number.ravel()
    a, b = number[: len(first)], number[len(first) :]
    nodes: Floats = (corners * GRID).astype(np.float64)
    minutes = metres(first, last) / (np.concatenate(speeds) / 60 * 1000)
    direction = np.concatenate(way)
    some = a != b
    forward, backward = some & (direction >= 0), some & (direction <= 0)
    return Graph(
        nodes,
        np.concatenate([a[forward], b[backward]]),
        np.concatenate([b[forward], a[backward]]),
        np.maximum(np.concatenate([minutes[forward], minutes[backward]]), 1e-6),
    )


def _with_pieces(points: Floats) -> Floats:
    """A line whose stretches are no longer than :data:`PIECE`."""
    if len(points) < 2:
        return points
    long = metres(points[:-1], points[1:])
    if not np.isfinite(long).all():
        return points[:0]
    parts = np.maximum(np.ceil(long / PIECE).astype(int), 1)
    if (parts == 1).all():
        return points
    found = [points[:1]]
    for at, many in enumerate(parts):
        share = (np.arange(1, many + 1) / many)[:, None]
        found.append(points[at] + share * (points[at + 1] - points[at]))
    return np.concatenate(found)
