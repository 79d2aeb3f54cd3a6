"""Demand and candidates of a scenario: from the registers or from files; checked; gathered where they are too many."""

import io
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import in_subtree, visible
from qiangqu.ui.spreadsheets import FIGURES, heading_text, number_of, open_table, text_of

from ..models import EmergencyPlace, PlaceKind, ProtectedPoint, Weighting
from ..nearest import _alive
from ..places import place_fault
from ..roads.graph import Floats

#: risk weight by grade: the scores of D bands of LEC (320, 160, 70, 20) over the lowest
RISK = {"1": 16.0, "2": 8.0, "3": 3.5, "4": 1.0}
MOST_ROWS = 200_000
MOST_DEMAND = 4_000  # of a table: more points are gathered by squares
MOST_CANDIDATES = 1_000
NAMES = {
    "name": ("name", "名称"),
    "lon": ("lon", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "weight": ("weight", "权重", "人数", "people"),
    "room": ("room", "capacity", "容量"),
}


@dataclass(frozen=True, eq=False)
class Points:
    """Demand (``names``, ``demand`` n × 2 degrees, ``weights``) and candidates (``sites``, ``places`` m × 2, ``keep``:
    those that stay, ``rooms``: how much weight each can serve, inf without a limit)."""

    names: tuple[str, ...]
    demand: Floats
    weights: Floats
    sites: tuple[str, ...]
    places: Floats
    keep: tuple[int, ...]
    rooms: Floats

    def packed(self) -> bytes:
        file = io.BytesIO()
        words = json.dumps([self.names, self.sites], ensure_ascii=False).encode()
        np.savez_compressed(
            file, words=np.frombuffer(words, np.uint8), demand=self.demand, weights=self.weights, places=self.places,
            keep=np.array(self.keep, np.int64), rooms=self.rooms,
        )  # fmt: skip
        return file.getvalue()


def unpacked(data: bytes) -> Points:
    """The points that were :meth:`Points.packed`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        names, sites = json.loads(held["words"].tobytes().decode())
        return Points(
            tuple(names), held["demand"], held["weights"], tuple(sites), held["places"],
            tuple(int(one) for one in held["keep"]), held["rooms"],
        )  # fmt: skip


Row = tuple[str, float, float, float | None, float | None]  # name, longitude, latitude, weight, room


def read_file(data: bytes, where: str) -> list[Row]:
    """Points of a table (CSV or Excel) with names of columns. Raises InputError that names the first wrong row: numbers that
    are none, places outside China, longitude and latitude exchanged, weights below 0."""
    with tempfile.NamedTemporaryFile() as kept:
        kept.write(data)
        kept.flush()
        name = where + (".xlsx" if data.startswith(b"PK") else ".csv")
        with open_table(Path(kept.name), FIGURES, _is_heading, name) as table:
            at = _columns(table.heading) if table.recognised else {}
            if not at:
                raise InputError(_("第一行要有列名：名称、经度、纬度，可有权重、容量"), where=where)
            found: list[Row] = []
            for number, cells in table.rows:
                if len(found) >= MOST_ROWS:
                    raise InputError(_("多于 %(most)s 行") % {"most": f"{MOST_ROWS:,}"}, where=where)
                found.append(_row(cells, at, f"{where} 第{number}行"))
    if not found:
        raise InputError(_("没有一行数据"), where=where)
    return found


def _columns(heading: Sequence[Any]) -> dict[str, int | None]:
    """Where each meaning stands in a heading; {} where the two that must be there are not."""
    heads = [heading_text(one).lower() for one in heading]
    at = {key: next((heads.index(n) for n in names if n in heads), None) for key, names in NAMES.items()}
    return at if at["lon"] is not None and at["lat"] is not None else {}


def _is_heading(cells: Sequence[Any]) -> bool:
    return bool(_columns(cells))


def _row(cells: Sequence[Any], at: dict[str, int | None], where: str) -> Row:
    def cell(key: str) -> Any:
        place = at[key]
        return cells[place] if place is not None and place < len(cells) else None

    def number(key: str, must: bool) -> float | None:
        text = text_of(cell(key))
        if not text and not must:
            return None
        try:
            return number_of(cell(key))[0]
        except InputError:
            words = {"key": NAMES[key][-1], "text": text[:20]}
            raise InputError(_("%(key)s“%(text)s”不是数字") % words, where=where) from None

    lon, lat = number("lon", True), number("lat", True)
    fault = place_fault(lon, lat)
    if fault:
        raise InputError(fault, where=where)
    weight, room = number("weight", False), number("room", False)
    if min(weight or 0, room or 0) < 0 or max(weight or 0, room or 0) > 1e9:
        raise InputError(_("权重和容量应在 0—10 亿之间"), where=where)
    assert lon is not None and lat is not None
    return text_of(cell("name"))[:60], lon, lat, weight, room


def weight_of(point: ProtectedPoint, weighting: str) -> float:
    """What a protected point counts for."""
    if weighting == Weighting.RISK:
        return RISK[point.risk]
    return float(point.people) if weighting == Weighting.PEOPLE else 1.0


def demand_in(user: Any, area: Any, weighting: str) -> list[Row]:
    """The protected points of an area that the user sees."""
    rows = visible(in_subtree(ProtectedPoint.objects.filter(_alive(timezone.localdate())), area.path), user)
    return [(one.name, one.lon, one.lat, weight_of(one, weighting), None) for one in rows[:MOST_ROWS]]


def places_in(user: Any, area: Any, kinds: Sequence[str]) -> list[Row]:
    """The emergency places of an area that the user sees, of some kinds."""
    known = [kind for kind in kinds if kind in PlaceKind.values]
    alive = EmergencyPlace.objects.filter(_alive(timezone.localdate()), kind__in=known)
    rows = visible(in_subtree(alive, area.path), user)
    return [(one.name, one.lon, one.lat, None, float(one.room) if one.room else None) for one in rows[:MOST_CANDIDATES]]


def gathered(demand: Sequence[Row], kept: Sequence[Row], candidates: Sequence[Row]) -> tuple[Points, list[str]]:
    """The points of a scenario, and sentences that say what was done to them. Raises InputError when there is nothing
    to be sited, or too much to choose from."""
    notes: list[str] = []
    if not demand:
        raise InputError(_("没有需求点：请先登记防护目标，或上传需求点文件"), where=_("需求点"))
    known = {(round(one[1], 6), round(one[2], 6)) for one in kept}
    free = [one for one in candidates if (round(one[1], 6), round(one[2], 6)) not in known]
    sites = [*kept, *free]
    if not sites:
        raise InputError(_("没有备选站址：请登记“备选站址”类的应急场所，或上传文件"), where=_("备选站址"))
    if len(sites) > MOST_CANDIDATES:
        raise InputError(
            _("备选站址 %(n)s 个，最多 %(most)s 个") % {"n": len(sites), "most": MOST_CANDIDATES}, where=_("备选站址")
        )
    weights = np.array([1.0 if one[3] is None else one[3] for one in demand])
    places = np.array([[one[1], one[2]] for one in demand])
    names = [one[0] for one in demand]
    if not weights.sum() > 0:
        weights = np.ones(len(weights))
        notes.append(_("需求点的权重全为 0，按各点相同计算"))
    if len(demand) > MOST_DEMAND:
        names, places, weights, side = _by_squares(places, weights)
        words = {"n": f"{len(demand):,}", "m": f"{len(names):,}", "side": f"{side:,.0f}"}
        notes.append(
            _("%(n)s 个需求点按 %(side)s 米的方格合并为 %(m)s 个，权重相加、位置取加权中心；最优针对合并后的点") % words
        )
    rooms = np.array([math.inf if one[4] is None else one[4] for one in sites])
    found = Points(
        tuple(names), places, weights, tuple(one[0] for one in sites), np.array([[one[1], one[2]] for one in sites]),
        tuple(range(len(kept))), rooms,
    )  # fmt: skip
    return found, notes


def _by_squares(places: Floats, weights: Floats) -> tuple[list[str], Floats, Floats, float]:
    """Points put together by squares, the smallest that leave no more than :data:`MOST_DEMAND`: their weighted centres,
    their sums, and the side in metres."""
    scale = math.cos(math.radians(float(np.median(places[:, 1]))))
    side = 100.0
    while True:
        degree = side / 111_195
        cells = np.floor(places * (scale, 1.0) / degree).astype(np.int64)
        _unique, inverse = np.unique(cells, axis=0, return_inverse=True)
        inverse = inverse.ravel()
        if inverse.max() + 1 <= MOST_DEMAND:
            break
        side *= 1.25
    share = np.where(weights > 0, weights, 1e-9)
    total = np.bincount(inverse, share)
    centre = np.stack([np.bincount(inverse, share * places[:, k]) / total for k in (0, 1)], axis=1)
    many = np.bincount(inverse)
    names = [_("%(n)s 个点") % {"n": n} for n in many.tolist()]
    return names, centre, np.bincount(inverse, weights).astype(np.float64), side
