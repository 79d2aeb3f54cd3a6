"""Land of a demonstration: outlines of the simulated parcels, in blocks between made-up roads around each zone's
indicative position; contracts, what was promised in them and came of it, and what was done about land that lies idle. All marked
模拟数据.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from qiangqu.domains.land.geometry.measures import SQUARE_METRES_OF_MU
from qiangqu.domains.land.geometry.systems import from_degrees, to_degrees, zone_of
from qiangqu.domains.land.handling import explain, investigate
from qiangqu.domains.land.idle import refresh, rule
from qiangqu.domains.land.models import (
    AgreementShare,
    Boundary,
    Clue,
    ClueState,
    ContractMode,
    Evidence,
    EvidenceKind,
    EvidenceShows,
    InfrastructureProject,
    LandContract,
    Obligation,
    ObligationState,
    Promise,
    Shared,
    WorksStage,
    ZoneAgreement,
)
from qiangqu.domains.land.models.supply import keep_promises
from qiangqu.domains.land.outlines import made as outlined
from qiangqu.domains.land.potential import measures, now, per_mu
from qiangqu.domains.land.supplying import open_supply
from qiangqu.registry.models import Area, Parcel, User
from qiangqu.registry.models.parcel import ParcelStatus
from qiangqu_demo.cases import finish

ROAD = 30.0  # metres between blocks
BLOCK = 900_000.0  # square metres of a block at most, unless one parcel is larger
REASON = "模拟数据"


def fill(zone: Area | None, report: Callable[[str], None]) -> None:
    """Outlines for all simulated parcels that have none, and for their zones."""
    if zone is None or Boundary.objects.filter(parcel__simulated=True).exists():
        return
    parcels: dict[Area, list[Parcel]] = {}
    for one in Parcel.objects.filter(simulated=True).select_related("area").order_by("code"):
        parcels.setdefault(one.area, []).append(one)
    found: list[Boundary] = []
    for area, members in parcels.items():
        if area.lon is not None and area.lat is not None:
            found += _of_zone(area, members)
    Boundary.objects.bulk_create(found, batch_size=500)
    works = _works(zone)
    shared = _enclave(zone)
    report(f"模拟宗地界址 {len(found)} 个，基础设施项目 {works} 个{f'，飞地协议：{shared}' if shared else ''}")


_WORKS = (
    ("road", "{}纬三路及管网", 9800, 90), ("drainage", "{}污水处理厂提标", 15600, 62), ("power", "{}110千伏变电站", 7400, 35),
    ("heat", "{}集中供热一期", 12300, 20), ("building", "{}标准厂房二期", 18500, 55), ("safety", "{}消防特勤站", 3600, 0),
)  # fmt: skip


def _works(zone: Area) -> int:
    """Infrastructure projects: six in the zone of the play, two in each other one."""
    if InfrastructureProject.objects.exists():
        return 0
    today = timezone.localdate()
    made = []
    for at, area in enumerate(Area.objects.filter(level="zone", valid_to=None).order_by("path")):
        for number, (kind, name, total, done) in enumerate(
            _WORKS if area.pk == zone.pk else _WORKS[at % 4 : at % 4 + 2]
        ):
            start = today - dt.timedelta(days=150 + 60 * number + at)
            going = done > 0
            made.append(InfrastructureProject(
                code=f"SIM-{area.code}-JC{number + 1}", name=f"（模拟）{name.format(area.short_name)}", area=area, kind=kind, total=total,
                stage=WorksStage.BUILDING if going else WorksStage.APPROVED, year_plan=total * 0.4, year_done=total * 0.4 * done / 100,
                invested=total * done / 100, progress=done, start_by=start, finish_by=start + dt.timedelta(days=540),
                started_on=start + dt.timedelta(days=10) if going else None, funding="（模拟）专项债、园区自筹",
                blocked_by="（模拟）用地手续未办完" if not going else "", valid_from=start, simulated=True,
            ))  # fmt: skip
    bulk_create_with_history(made, InfrastructureProject, batch_size=500)
    return len(made)


def _enclave(zone: Area) -> str:
    """A zone far from the play whose output, tax and energy are shared with another city."""
    here = Area.objects.filter(level="zone", valid_to=None).exclude(pk=zone.pk).order_by("-path").first()
    if here is None or ZoneAgreement.objects.exists():
        return ""
    other = Area.objects.filter(level="city", valid_to=None).order_by("path").first()
    if other is None or here.path.startswith(other.path):
        return ""
    since = dt.date(timezone.localdate().year - 1, 1, 1)
    one = ZoneAgreement.objects.create(
        code="SIM-FD-1",
        name=f"（模拟）{other.short_name}—{here.short_name}飞地协议",
        area=here,
        document="（模拟）协议",
        valid_from=since,
        simulated=True,
    )
    for what, percent in ((Shared.OUTPUT, 40), (Shared.TAX, 50), (Shared.ENERGY, 40)):
        AgreementShare.objects.create(
            agreement=one, what=what, area=other, percent=percent, valid_from=since, simulated=True
        )
    return one.name


def _of_zone(area: Area, members: Sequence[Parcel]) -> Iterator[Boundary]:
    assert area.lon is not None and area.lat is not None
    grid = zone_of(area.lon).epsg
    centre = from_degrees(grid, np.array([[area.lon, area.lat]]))[0]
    flat = np.array(laid_out([one.land_area * SQUARE_METRES_OF_MU for one in members]), dtype=object)
    west, south, east, north = shapely.total_bounds(flat)
    # no two zones lie alike
    turn = np.radians(len(members) * 7 % 31 - 15)
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    middle = np.array([(west + east) / 2, (south + north) / 2])

    def moved(points: Any) -> Any:
        return to_degrees(grid, (points - middle) @ turned + np.round(centre))

    around = shapely.box(west - 2 * ROAD, south - 2 * ROAD, east + 2 * ROAD, north + 2 * ROAD)
    born = min(one.valid_from for one in members)
    zone = outlined(area, shapely.transform(around, moved), min(born, area.valid_from), None, reason=REASON)
    zone.simulated = True
    yield zone
    for one, shape in zip(members, shapely.transform(flat, moved), strict=True):
        outline = outlined(one, shape, one.valid_from, None, reason=REASON, system="模拟")
        outline.valid_to = one.valid_to
        yield outline


def laid_out(areas: Sequence[float]) -> list[Any]:
    """Rectangles of the given areas (square metres): neighbours share a block 街区 without gaps, roads run between
    blocks. None is much longer than it is wide."""
    blocks: list[list[int]] = [[]]
    for number, area in enumerate(areas):
        held = sum(areas[one] for one in blocks[-1])
        if blocks[-1] and (held + area > BLOCK or len(blocks[-1]) >= 16):
            blocks.append([])
        blocks[-1].append(number)
    wanted = [(np.sqrt(sum(areas[one] for one in block)) * 1.05 + ROAD) ** 2 for block in blocks]
    side = np.sqrt(sum(wanted) * 1.5)
    placed: list[Any] = [None] * len(areas)
    for block, (west, south, east, north) in zip(
        blocks, squarified(wanted, 0.0, 0.0, side, sum(wanted) / side), strict=True
    ):
        mine = [areas[one] for one in block]
        # the block fills its place up to the road, in its own proportions
        long, high = east - west - ROAD, north - south - ROAD
        scale = np.sqrt(sum(mine) / (long * high))
        long, high = long * scale, high * scale
        left, low = (west + east - long) / 2, (south + north - high) / 2
        for number, corners in zip(block, squarified(mine, left, low, left + long, low + high), strict=True):
            placed[number] = shapely.box(*corners)
    return placed


def squarified(
    areas: Sequence[float], west: float, south: float, east: float, north: float
) -> list[tuple[float, float, float, float]]:
    """A rectangle filled with rectangles in proportion to ``areas``, as near to squares as may be (Bruls, Huizing, van
    Wijk 2000), in the order of ``areas``."""
    order = sorted(range(len(areas)), key=lambda one: -areas[one])
    share = (east - west) * (north - south) / sum(areas)
    found: list[tuple[float, float, float, float]] = [(0.0, 0.0, 0.0, 0.0)] * len(areas)
    while order:
        upright = east - west >= north - south
        length = north - south if upright else east - west
        row = [order.pop(0)]
        while order and _worst([*row, order[0]], areas, share, length) <= _worst(row, areas, share, length):
            row.append(order.pop(0))
        deep = sum(areas[one] for one in row) * share / length
        at = south if upright else west
        for one in row:
            long = areas[one] * share / deep
            found[one] = (west, at, west + deep, at + long) if upright else (at, south, at + long, south + deep)
            at += long
        if upright:
            west += deep
        else:
            south += deep
    return found


def _worst(row: Sequence[int], areas: Sequence[float], share: float, length: float) -> float:
    """How long the longest of a row's rectangles is for its width."""
    held = [areas[one] * share for one in row]
    total = sum(held)
    return max(max(length**2 * one / total**2, total**2 / (length**2 * one)) for one in held)


YEAR = dt.timedelta(days=365)


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Contracts of parcels of the twin, the clues that the rules find in them, what was decided about land that the
    register calls idle or little used, and the first steps that the zone's people took; parcels on the way to a user.
    """
    if LandContract.objects.exists():
        return
    today = timezone.localdate()
    made_up = list(_contracts(zone, today))
    bulk_create_with_history(made_up, LandContract, batch_size=500)
    keep_promises(made_up)
    _look_around(zone, today)
    refresh(today)
    _decided(today)
    _broken(today)
    user = User.objects.posted(role="zone").filter(posts__area=zone).first()
    if user is not None:
        _steps(zone, user, today)
        _supplies(zone, user)
    many = Clue.objects.filter(state=ClueState.SUSPECTED).count()
    report(f"模拟土地合同 {len(made_up)} 份，新线索 {many} 条，履约事项 {Obligation.objects.count()} 项")


def _contracts(zone: Area, today: dt.date) -> Iterator[LandContract]:
    """Every parcel that lies idle, every sixth of little use, all that are supplied and not built yet, and some that
    stand: in the zone of the play more of them, with leases that end soon."""
    standing = Parcel.objects.filter(simulated=True, valid_to=None).exclude(holder=None).order_by("code")
    for number, one in enumerate(standing.filter(status=ParcelStatus.IDLE)):
        yield _idle(number, one, today)
    for number, one in enumerate(standing.filter(status=ParcelStatus.LOW_USE)):
        if number % 6 == 0:
            made = _kept(one, invested=0.75)
            made.investment_per_mu = None
            yield made
    for number, one in enumerate(standing.filter(status=ParcelStatus.SUPPLIED)):
        start = one.valid_from + dt.timedelta(days=40 + 31 * (number % 6))
        made = _contract(one, start, start + 2 * YEAR)
        made.handed_over_on = one.valid_from + dt.timedelta(days=20)
        if number % 4 and start <= today:
            made.started_on, made.invested = start, round(one.land_area * 60)
        yield made
    known = per_mu(measures()["output"], today)
    for number, one in enumerate(standing.filter(status=ParcelStatus.BUILT)):
        here = one.area_id == zone.pk
        if number % 100 and not (here and number % 12 == 0):
            continue
        made = _kept(one, invested=1.02)
        value = now(measures()["output"], known, one.pk, one.holder_id)
        if value is not None and value > 0:
            # every hundredth promised more than it makes
            made.output_per_mu = round(value * (1.3 if number % 100 == 0 else 0.8), 1)
            made.review_by = today + dt.timedelta(days=number % 90 - 45)
        if here and number % 24 == 0:
            made.mode, made.ends_on = ContractMode.LONG_LEASE, today + dt.timedelta(days=20 + number % 300)
        yield made


def _contract(one: Parcel, start: dt.date, finish: dt.date) -> LandContract:
    planned = round(one.land_area * 200)
    return LandContract(
        number=f"{one.code}-HT", parcel=one, signed_on=one.valid_from, valid_from=one.valid_from, simulated=True, price=round(one.land_area * 12, 2),
        handover_by=one.valid_from + dt.timedelta(days=30), start_by=start, finish_by=finish, investment=planned, investment_per_mu=200.0,
    )  # fmt: skip


def _idle(number: int, one: Parcel, today: dt.date) -> LandContract:
    """To be begun between one and three years ago; every third was begun and stopped."""
    start = max(one.valid_from, today - dt.timedelta(days=400 + 37 * (number % 20)))
    made = _contract(one, start, start + 2 * YEAR)
    made.handed_over_on = made.handover_by
    if number % 3 == 0:
        made.started_on, made.stopped_on = start, max(start, today - dt.timedelta(days=380 + number % 200))
        made.built_share, made.invested = 10.0, round(one.land_area * 20)
    return made


def _kept(one: Parcel, invested: float) -> LandContract:
    """Built by the day agreed, with a share of the investment agreed."""
    start = one.valid_from + dt.timedelta(days=180)
    made = _contract(one, start, start + 2 * YEAR)
    made.handed_over_on, made.started_on, made.finished_on = made.handover_by, start, start + YEAR
    made.invested = round(one.land_area * 200 * invested)
    return made


def _look_around(zone: Area, today: dt.date) -> None:
    """Pictures from above of the zone's land that is supplied and not begun."""
    found = LandContract.objects.filter(parcel__area=zone, started_on=None, start_by__lt=today - YEAR / 2)
    Evidence.objects.bulk_create(
        Evidence(
            parcel=one.parcel, kind=EvidenceKind.IMAGERY, day=today - dt.timedelta(days=days), shows=EvidenceShows.VACANT, source=f"（模拟）影像 {days} 天前",
            simulated=True,
        )
        for one in found.select_related("parcel")[:20]
        for days in (210, 15)
    )  # fmt: skip


def _decided(today: dt.date) -> None:
    """What the register calls idle or little used was determined: a quarter each has since paid or got longer."""
    known = Clue.objects.filter(parcel__status__in=(ParcelStatus.IDLE, ParcelStatus.LOW_USE)).select_related("contract")
    decided = list(known.order_by("pk"))
    for number, one in enumerate(decided):
        one.state, one.cause, one.due_on = ClueState.DETERMINED, "holder", None
        one.found_on = one.decided_on = today - dt.timedelta(days=60 + number % 120)
        one.decision = f"（模拟）认〔{one.decided_on.year}〕{number + 1}号"
        if rule(one.rule)["kind"] != "idle":
            continue
        if number % 4 == 1 and one.contract is not None and one.contract.price is not None:
            one.state, one.fee = ClueState.FEE, round(one.contract.price * 0.2, 2)
        elif number % 4 == 2:
            one.state, one.due_on = ClueState.EXTENDED, today + dt.timedelta(days=number % 200 - 20)
    Clue.objects.bulk_update(
        decided, ["state", "cause", "due_on", "found_on", "decided_on", "decision", "fee"], batch_size=500
    )


def _broken(today: dt.date) -> None:
    """What came of investment that was promised and not made, on land that is little used."""
    short = Obligation.objects.filter(
        contract__parcel__status=ParcelStatus.LOW_USE, kind=Promise.INVESTMENT, state=ObligationState.PENDING
    )
    rows = list(short.select_related("contract").order_by("pk"))
    for number, one in enumerate(rows):
        one.actual, one.decided_on = one.contract.invested, today - dt.timedelta(days=30 + number % 200)
        one.decision = f"（模拟）履〔{one.decided_on.year}〕{number + 1}号"
        if number % 4 == 0:
            one.state = ObligationState.SHORT
        elif number % 4 == 1:
            one.state, one.remedy_by = ObligationState.NOTICED, today + dt.timedelta(days=number % 120 - 10)
        elif number % 4 == 2 and one.value is not None and one.actual is not None:
            one.state, one.penalty = ObligationState.PENALISED, round((one.value - one.actual) * 0.05, 2)
        else:
            one.state = ObligationState.RELEASED
    Obligation.objects.bulk_update(
        rows, ["actual", "decided_on", "decision", "state", "remedy_by", "penalty"], batch_size=500
    )


def _steps(zone: Area, user: User, today: dt.date) -> None:
    """The zone's people take up the first of the new clues."""
    waiting = Clue.objects.filter(parcel__area=zone, state=ClueState.SUSPECTED).select_related("parcel__area")
    for number, one in enumerate(waiting.order_by("-parcel__land_area", "pk")[:3]):
        investigate(one, user, f"（模拟）调〔{today.year}〕{number + 1}号")
        if number:
            explain(one, user, "（模拟）资金未到位，计划明年开工")


#: what the steps of a made-up supply say, and up to which step each of three parcels has come
_SAYS: dict[str, dict[str, Any]] = {
    "conditions": {"conditions_document": "（模拟）规条1号", "far_min": 0.8, "coefficient_min": 40, "office_max": 7, "assessed": True},
    "standard": {"industry": "26", "investment_per_mu": 250, "output_per_mu": 400, "tax_per_mu": 20},
    "approve": {"scheme": "approve", "scheme_document": "（模拟）批1号"},
    "notice": {"mode": "flexible_term", "years": 30, "notice_document": "（模拟）告1号"},
}  # fmt: skip
_UP_TO = ("conditions", "standard", "notice")


def _supplies(zone: Area, user: User) -> None:
    today = timezone.localdate()
    dates = {
        "notice_on": (today - dt.timedelta(days=5)).isoformat(),
        "closes_on": (today + dt.timedelta(days=20)).isoformat(),
    }
    planned = Parcel.objects.filter(area=zone, status=ParcelStatus.PLANNED, valid_to=None).order_by("-land_area")
    for one, last in zip(planned[:3], _UP_TO, strict=False):
        case = open_supply(one, user)
        for node, data in _SAYS.items():
            finish(case, [node], data | (dates if node == "notice" else {}), timezone.now())
            if node == last:
                break
