"""What keeps outlines from being taken over: what is wrong with each, against the register, the zone and the
neighbours.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _

from qiangqu.base.visibility import in_subtree, visible
from qiangqu.registry.models import Area, Parcel
from qiangqu.registry.models.history import alive_on

from .geometry import checking
from .geometry.checking import WARNING, Fault
from .geometry.measures import SQUARE_METRES_OF_MU, plane_areas
from .geometry.placing import Place
from .models import Boundary, ImportKind
from .outlines import on_day, shapes_of, zone_outline

MU = {"mu": 1.0, "ha": 15.0, "m2": 1 / SQUARE_METRES_OF_MU}


@dataclass(slots=True)
class Outline:
    """One outline on its way in: number of the feature, code, shape in degrees, why it has none, and for a parcel
    that is not in the register yet its use and area in mu; ``parents`` are codes of parcels that it comes out of."""

    row: int
    code: str
    shape: Any = None
    fault: str = ""
    use: str = ""
    area: float | None = None
    parents: tuple[str, ...] = ()
    plane_area: float = 0.0


@dataclass(slots=True)
class Judged:
    """The faults of outlines, and what they are of: parcels or areas by code."""

    faults: list[Fault] = field(default_factory=list)
    subjects: dict[str, Any] = field(default_factory=dict)

    @property
    def rejected(self) -> set[int]:
        return {one.at for one in self.faults if one.level == checking.ERROR}


@dataclass(frozen=True, slots=True)
class Question:
    """For whom, in which zone, from which day; ``create``: parcels that the register does not know are entered,
    ``accept_area``: an area that differs from the register's does not keep an outline out."""

    user: Any
    area: Area
    day: dt.date
    kind: str = ImportKind.PARCEL
    create: bool = False
    accept_area: bool = False


def place_of(area: Area) -> Place | None:
    """Where outlines of a zone are expected; None when it has no indicative position."""
    if area.lon is None or area.lat is None:
        return None
    return Place(area.lon, area.lat, checking.rules()["far_kilometres"] * 1000)


def judge(outlines: Sequence[Outline], asked: Question) -> Judged:
    """Everything that is wrong with the outlines."""
    found = Judged()
    found.subjects = _subjects(outlines, asked)
    found.faults += _named(outlines, found.subjects, asked)
    shaped = [at for at, one in enumerate(outlines) if one.shape is not None]
    if not shaped:
        return found
    shapes = np.array([outlines[at].shape for at in shaped], dtype=object)
    broken = set()
    for fault in checking.shape_faults(shapes):
        broken.add(shaped[fault.at])
        found.faults.append(Fault(shaped[fault.at], fault.sentence, fault.point))
    good = [at for at in shaped if at not in broken]
    if good:
        _measure(outlines, good)
        found.faults += _areas(outlines, good, found.subjects, asked)
        found.faults += _placed(outlines, good, asked)
        if asked.kind == ImportKind.PARCEL:
            found.faults += _neighbours(outlines, good, asked)
            found.faults += _families(outlines, good, asked)
    found.faults.sort(key=lambda one: one.at)
    return found


def _measure(outlines: Sequence[Outline], good: Sequence[int]) -> None:
    for at, area in zip(good, plane_areas([outlines[at].shape for at in good]), strict=True):
        outlines[at].plane_area = float(area)


def parcels_of(asked: Question) -> Any:
    """The parcels of the zone that the user sees, as they stand on the day."""
    return alive_on(in_subtree(visible(Parcel.objects.all(), asked.user), asked.area.path), asked.day)


def _subjects(outlines: Sequence[Outline], asked: Question) -> dict[str, Any]:
    codes = {one.code for one in outlines if one.code}
    if asked.kind == ImportKind.ZONE:
        return {
            one.code: one
            for one in in_subtree(visible(Area.objects.all(), asked.user), asked.area.path)
            if one.code in codes
        }
    rows = parcels_of(asked).select_related("holder", "area")
    if len(codes) < 500:
        rows = rows.filter(code__in=codes)
    return {one.code: one for one in rows if one.code in codes}


def _named(outlines: Sequence[Outline], subjects: dict[str, Any], asked: Question) -> Iterator[Fault]:
    first: dict[str, int] = {}
    taken: set[str] = set()
    if asked.create:
        unknown = [one.code for one in outlines if one.code and one.code not in subjects]
        for at in range(0, len(unknown), 500):
            taken |= set(Parcel.objects.filter(code__in=unknown[at : at + 500]).values_list("code", flat=True))
    for at, one in enumerate(outlines):
        if one.fault:
            yield Fault(at, one.fault)
        if not one.code:
            yield Fault(at, _("没有代码：请选择代码所在的字段，或在文件中补上"))
        elif one.code in first:
            yield Fault(at, _("代码与第 %(row)s 个重复") % {"row": outlines[first[one.code]].row})
        elif one.code not in subjects:
            yield from _unknown(at, one, asked, taken)
        first.setdefault(one.code, at)


def _unknown(at: int, one: Outline, asked: Question, taken: set[str]) -> Iterator[Fault]:
    if asked.kind == ImportKind.ZONE:
        yield Fault(at, _("没有代码为“%(code)s”的园区，或它不在所选区域内") % {"code": one.code})
    elif not asked.create:
        yield Fault(at, _("宗地名录中没有“%(code)s”，或它不在本园区、当天无效") % {"code": one.code})
    elif one.code in taken:
        yield Fault(at, _("宗地“%(code)s”登记在别的园区，或当天无效") % {"code": one.code})
    elif not one.use:
        yield Fault(at, _("新宗地“%(code)s”没有用途，不能建名录") % {"code": one.code})
    elif one.area is None:
        yield Fault(at, _("新宗地“%(code)s”没有带单位的面积（如“面积（亩）”），不能建名录") % {"code": one.code})


def _areas(
    outlines: Sequence[Outline], good: Sequence[int], subjects: dict[str, Any], asked: Question
) -> Iterator[Fault]:
    allowed = checking.rules()["area_share"]
    for at in good:
        one = outlines[at]
        known = subjects.get(one.code)
        registered = one.area if known is None else getattr(known, "land_area", None)
        if not registered or asked.kind == ImportKind.ZONE:
            continue
        drawn = one.plane_area / SQUARE_METRES_OF_MU
        share = drawn / registered - 1
        if abs(share) > allowed:
            words = {"drawn": f"{drawn:,.2f}", "registered": f"{registered:,.2f}", "share": f"{share * 100:+.1f}"}
            sentence = _("图形面积 %(drawn)s 亩，登记面积 %(registered)s 亩，相差 %(share)s %%，超过 ±0.5 %%") % words
            yield Fault(at, sentence, _middle(one.shape), WARNING if asked.accept_area else checking.ERROR)


def _placed(outlines: Sequence[Outline], good: Sequence[int], asked: Question) -> Iterator[Fault]:
    zone = zone_outline(asked.area, asked.day) if asked.kind == ImportKind.PARCEL else None
    if zone is not None:
        for at, beyond in checking.outside([outlines[at].shape for at in good], zone):
            words = {"area": f"{beyond:,.0f}", "zone": asked.area.short_name}
            sentence = _("有 %(area)s 平方米在%(zone)s四至范围之外") % words
            yield Fault(good[at], sentence, _middle(outlines[good[at]].shape))
        return
    where = place_of(asked.area)
    if where is None:
        return
    middles = np.array([_middle(outlines[at].shape) for at in good])
    for at, far in zip(good, where.distances(middles), strict=True):
        if far > where.far:
            words = {"far": f"{far / 1000:,.0f}", "zone": asked.area.short_name}
            sentence = _("离%(zone)s %(far)s 公里，坐标或坐标系有误") % words
            yield Fault(at, sentence, (float(middles[good.index(at)][0]), float(middles[good.index(at)][1])))


def _middle(shape: Any) -> tuple[float, float]:
    spot = shapely.point_on_surface(shape)
    return float(spot.x), float(spot.y)


def _neighbours(outlines: Sequence[Outline], good: Sequence[int], asked: Question) -> Iterator[Fault]:
    """Overlaps and gaps between the outlines, and with those that are stored and stay."""
    shapes = [outlines[at].shape for at in good]
    west, south, east, north = shapely.total_bounds(shapes)
    near = 0.0001
    replaced = {one.code for one in outlines} | {code for one in outlines for code in one.parents}
    # every neighbour counts, whoever may see it; of one that the user does not see no name is told
    rows = on_day(Boundary.objects.filter(parcel__isnull=False), asked.day).filter(
        west__lte=east + near, east__gte=west - near, south__lte=north + near, north__gte=south - near
    )
    stored = [
        row
        for row in rows.values_list("parcel__code", "parcel__holder__name", "parcel__area__path", "shape")
        if row[0] not in replaced
    ]
    beside = shapes_of([row[3] for row in stored]) if stored else []
    holders = dict(
        parcels_of(asked).filter(code__in=[outlines[at].code for at in good][:900]).values_list("code", "holder__name")
    )
    seen = asked.area.path
    for pair in checking.pairs([*shapes, *beside], checked=len(shapes)):
        for mine, other in ((pair.one, pair.other), (pair.other, pair.one)):
            if mine >= len(shapes):
                continue
            if other < len(shapes):
                code = outlines[good[other]].code or _("第 %(row)s 个") % {"row": outlines[good[other]].row}
                holder = holders.get(code)
            else:
                code, holder, path, _shape = stored[other - len(shapes)]
                if not path.startswith(seen):
                    code, holder = _("相邻区域的一宗地"), None
            words = {
                "other": f"{code}（{holder}）" if holder else code,
                "area": f"{pair.area:,.1f}",
                "gap": f"{pair.gap:.2f}",
            }
            if pair.area:
                yield Fault(good[mine], _("与 %(other)s 重叠 %(area)s 平方米") % words, pair.point)
            else:
                yield Fault(good[mine], _("与 %(other)s 之间有 %(gap)s 米的缝") % words, pair.point, WARNING)


def _families(outlines: Sequence[Outline], good: Sequence[int], asked: Question) -> Iterator[Fault]:
    """Splits and merges: the parents are there, and both sides have the same area."""
    codes = {code for at in good for code in outlines[at].parents}
    if not codes:
        return
    parents = {one.code: one for one in parcels_of(asked).filter(code__in=list(codes)[:900])}
    families: dict[tuple[str, ...], list[int]] = {}
    for at in good:
        if not outlines[at].parents:
            continue
        missing = [code for code in outlines[at].parents if code not in parents]
        if missing:
            yield Fault(at, _("原宗地 %(codes)s 不在本园区的名录里，或当天无效") % {"codes": "、".join(missing)})
            continue
        families.setdefault(tuple(sorted(outlines[at].parents)), []).append(at)
    for family, members in families.items():
        before = sum(parents[code].land_area for code in family)
        after = sum(outlines[at].plane_area for at in members) / SQUARE_METRES_OF_MU
        if abs(after - before) > checking.rules()["area_share"] * before:
            words = {"before": f"{before:,.2f}", "after": f"{after:,.2f}", "codes": "、".join(family)}
            for at in members:
                sentence = _("分割或合并前后面积不等：%(codes)s 共 %(before)s 亩，新宗地共 %(after)s 亩") % words
                yield Fault(at, sentence, _middle(outlines[at].shape))
