"""Emergencies of a demonstration: stations, depots, teams and supplies around a zone, plans that call its people, a made-up
network of roads, an event under way and one that is closed, drills, and a siting scenario; all marked 模拟数据.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
from django.utils import timezone

from qiangqu.domains.emergency.handling import calling, closing, logbook, open_event, resources
from qiangqu.domains.emergency.handling.opening import situation
from qiangqu.domains.emergency.models import (
    EmergencyDrill,
    EmergencyEquipment,
    EmergencyEvent,
    EmergencyPlace,
    EmergencyPlan,
    EventEntry,
    PlanCall,
    PlanStep,
    ProtectedPoint,
    RescueTeam,
    Scenario,
    StockMovement,
    SupplyBatch,
    SupplyItem,
)
from qiangqu.domains.emergency.roads.graph import Line, built, metres
from qiangqu.domains.emergency.roads.keeping import kept
from qiangqu.domains.emergency.roads.reading import Network
from qiangqu.domains.emergency.siting import planning
from qiangqu.domains.emergency.siting.solving import SITINGS
from qiangqu.registry.models import Area, Organisation, OrganisationKind, Role, User

BORN = dt.date(2024, 1, 1)
COMMON: dict[str, Any] = {"valid_from": BORN, "simulated": True}
STREETS, STEP = 11, 0.02  # a grid of streets around the zone, degrees apart
PLACES = (
    ("SIM-XF1", "宁东中心消防站", "station", 0.002, 0.003, None), ("SIM-XF2", "煤化工园消防站", "station", -0.058, 0.042, None),
    ("SIM-JY1", "危化救援基地", "base", 0.041, -0.021, None), ("SIM-WZ1", "应急物资中心库", "depot", 0.012, 0.018, None),
    ("SIM-WZ2", "北区物资点", "depot", -0.038, 0.078, None), ("SIM-BN1", "体育场避难场所", "shelter", 0.021, 0.039, 3000),
    ("SIM-BN2", "职工公寓避难场所", "shelter", -0.019, -0.041, 1200), ("SIM-YL1", "园区医院", "medical", 0.018, -0.003, 200),
)  # fmt: skip
CANDIDATES = (
    (-0.08, -0.06),
    (-0.06, -0.02),
    (-0.02, 0.06),
    (0.02, -0.08),
    (0.04, 0.06),
    (0.08, 0.0),
    (0.08, 0.08),
    (0.06, -0.06),
)
TEAMS = (
    ("SIM-DW1", "宁东消防救援大队", "fire", "SIM-XF1", 45, 2), ("SIM-DW2", "煤化工专职消防队", "fire", "SIM-XF2", 30, 2),
    ("SIM-DW3", "危化应急救援队", "chemical", "SIM-JY1", 38, 5), ("SIM-DW4", "园区医院急救组", "medical", "SIM-YL1", 12, 3),
    ("SIM-DW5", "环境应急监测组", "monitoring", "SIM-WZ1", 8, 15),
)  # fmt: skip
MACHINES = (
    ("SIM-ZB1", "泡沫消防车", "SIM-XF1", "SIM-DW1", 300), ("SIM-ZB2", "举高喷射消防车", "SIM-XF1", "SIM-DW1", 20),
    ("SIM-ZB3", "防化洗消车", "SIM-JY1", "SIM-DW3", 120), ("SIM-ZB4", "有毒气体检测仪", "SIM-WZ1", "SIM-DW5", -6),
    ("SIM-ZB5", "大流量排涝泵", "SIM-WZ2", None, 200),
)  # fmt: skip
ITEMS = (
    ("泡沫灭火剂", "吨", 20),
    ("堵漏器材", "套", 10),
    ("正压式空气呼吸器", "具", 40),
    ("防化服", "套", 60),
    ("围油栏", "米", 300),
    ("救灾帐篷", "顶", 100),
)
CALLS = (
    ("总指挥", "zone", "4"),
    ("现场指挥", "inspector", "4"),
    ("医疗救护组", "", "4"),
    ("环境监测组", "", "4"),
    ("自治区工作组", "planner", "2"),
)
STEPS = (
    ("现场指挥", "封锁现场，疏散警戒范围内人员", 10),
    ("医疗救护组", "救护车到达集结点", 15),
    ("环境监测组", "下风向布点监测，首报数据", 30),
    ("总指挥", "成立现场指挥部，首次信息发布", 60),
)


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Resources, events and a siting of the zone, unless there are some."""
    above = zone.path.strip("/").split("/")
    user = User.objects.posted(area=zone, role=Role.ZONE).order_by("pk").first()
    if EmergencyPlace.objects.exists() or user is None or zone.lon is None or zone.lat is None:
        return
    found = {
        "zone": user,
        "inspector": User.objects.posted(area__code__in=above, role=Role.INSPECTOR).order_by("pk").first(),
        "planner": User.objects.posted(area__code__in=above, role=Role.PLANNER).order_by("pk").first(),
    }
    _roads(zone)
    _resources(zone, user)
    plan = _plans(zone, found)
    _events(zone, plan, found)
    _drills(zone, plan, user)
    _siting(zone, user)
    report(
        f"模拟应急场所 {EmergencyPlace.objects.count()} 处，物资 {SupplyBatch.objects.count()} 批，突发事件 {EmergencyEvent.objects.count()} 起"
    )


def _roads(zone: Area) -> None:
    """Streets in a grid, two of them main roads, one motorway past the zone; and a works road that joins nothing."""
    assert zone.lon is not None and zone.lat is not None
    half = STREETS // 2
    lines = []
    for n in range(-half, half + 1):
        speed = 55.0 if n in (-1, 2) else 35.0
        across = np.array([[zone.lon + k * STEP, zone.lat + n * STEP] for k in range(-half, half + 1)])
        along = np.array([[zone.lon + n * STEP, zone.lat + k * STEP] for k in range(-half, half + 1)])
        lines += [Line(across, speed), Line(along, speed)]
    motorway = np.array(
        [[zone.lon - 0.3, zone.lat - STEP], *[[zone.lon + k * STEP, zone.lat - STEP] for k in range(-half, half + 1)]]
    )
    lines.append(Line(motorway, 90.0))
    lines.append(Line(np.array([[zone.lon + 0.13, zone.lat + 0.125], [zone.lon + 0.15, zone.lat + 0.125]]), 20.0))
    long = sum(float(metres(one.points[:-1], one.points[1:]).sum()) for one in lines) / 1000
    kept(Network(built(lines), long, len(lines)), "（模拟）园区示意路网", "模拟.geojson", simulated=True)


def _resources(zone: Area, user: User) -> None:
    assert zone.lon is not None and zone.lat is not None
    places = {
        code: EmergencyPlace.objects.create(
            code=code, name=name, kind=kind, area=zone, lon=round(zone.lon + east, 6), lat=round(zone.lat + north, 6), room=room,
            phone="0951-0000119", address="（模拟）", **COMMON,
        )
        for code, name, kind, east, north, room in PLACES
    }  # fmt: skip
    for n, (east, north) in enumerate(CANDIDATES, start=1):
        EmergencyPlace.objects.create(
            code=f"SIM-BX{n}", name=f"备选站址{n}", kind="candidate", area=zone, lon=round(zone.lon + east, 6),
            lat=round(zone.lat + north, 6), room=9000, **COMMON,
        )  # fmt: skip
    teams = {
        code: RescueTeam.objects.create(
            code=code, name=name, kind=kind, place=places[place], people=people, leader="（模拟）队长", phone="0951-0000119", turnout=turnout,
            **COMMON,
        )
        for code, name, kind, place, people, turnout in TEAMS
    }  # fmt: skip
    today = timezone.localdate()
    for code, name, place, team, days in MACHINES:
        EmergencyEquipment.objects.create(
            code=code,
            name=name,
            place=places[place],
            team=teams[team] if team else None,
            inspect_due=today + dt.timedelta(days=days),
            **COMMON,
        )
    for n, (name, unit, least) in enumerate(ITEMS, start=1):
        item = SupplyItem.objects.create(code=f"SIM-PZ{n}", name=name, unit=unit, least=least, **COMMON)
        for m, (place, share, days) in enumerate((("SIM-WZ1", 1.5, 400 - 75 * n), ("SIM-WZ2", 0.6, 500)), start=1):
            batch = SupplyBatch.objects.create(
                code=f"SIM-PC{n}{m}",
                item=item,
                place=places[place],
                expires_on=today + dt.timedelta(days=days),
                **COMMON,
            )
            StockMovement.objects.create(
                batch=batch, kind="in", amount=round(least * share), at=timezone.now() - dt.timedelta(days=90), by=user, reason="（模拟）采购入库",
                simulated=True,
            )  # fmt: skip
    _points(zone)


def _points(zone: Area) -> None:
    """Whom an emergency may hit: enterprises, works flats, a school; one beside the works road that joins nothing."""
    assert zone.lon is not None and zone.lat is not None
    random = np.random.default_rng(13)
    firms = list(
        Organisation.objects.filter(area=zone, kind=OrganisationKind.ENTERPRISE, simulated=True).order_by("code")[:48]
    )
    spots = np.round(
        random.normal((zone.lon, zone.lat), 0.045, (len(firms) + 12, 2)).clip(
            (zone.lon - 0.099, zone.lat - 0.099), (zone.lon + 0.099, zone.lat + 0.099)
        ),
        6,
    )
    for n, (lon, lat) in enumerate(spots):
        firm = firms[n] if n < len(firms) else None
        kind = ("hazard" if n % 6 == 0 else "enterprise") if firm else ("homes", "homes", "school", "public")[n % 4]
        ProtectedPoint.objects.create(
            code=f"SIM-FH{n + 1:03d}", name=firm.name[:70] if firm else f"（模拟）生活区{n + 1 - len(firms)}", kind=kind, area=zone, organisation=firm,
            lon=lon, lat=lat, people=int(random.integers(40, 900)), risk="1" if kind == "hazard" else "3" if firm else "4", **COMMON,
        )  # fmt: skip
    ProtectedPoint.objects.create(
        code="SIM-FH999",
        name="（模拟）孤立泵站",
        kind="public",
        area=zone,
        lon=round(zone.lon + 0.14, 6),
        lat=round(zone.lat + 0.126, 6),
        people=6,
        risk="4",
        **COMMON,
    )


def _plans(zone: Area, people: dict[str, User | None]) -> EmergencyPlan:
    today = timezone.localdate()
    made = {
        hazard: EmergencyPlan.objects.create(
            code=f"SIM-YA{n}", name=f"（模拟）{zone.short_name or zone.name}{name}", kind=kind, hazard=hazard, area=zone, edition="2025 年第 1 版",
            issued_on=dt.date(2025, 3, 1), filed_as=f"（模拟）宁应急备〔2025〕{n}号", review_due=today + dt.timedelta(days=days), **COMMON,
        )
        for n, (hazard, name, kind, days) in enumerate(
            (("", "突发事件综合应急预案", "whole", 800), ("leak", "危险化学品泄漏专项预案", "special", 45), ("fire", "火灾爆炸专项预案", "special", 500)), start=1
        )
    }  # fmt: skip
    for plan in made.values():
        for n, (duty, role, grade) in enumerate(CALLS, start=1):
            user = people.get(role)
            PlanCall.objects.create(
                plan=plan, number=n, duty=duty, person=str(user.get_full_name() or user)[:40] if user else f"（模拟）值班员{n}",
                phone=f"0951-000000{n}", user=user, from_grade=grade, **COMMON,
            )  # fmt: skip
        for n, (duty, act, minutes) in enumerate(STEPS, start=1):
            PlanStep.objects.create(plan=plan, number=n, duty=duty, act=act, minutes=minutes, **COMMON)
    return made["leak"]


def _opened(zone: Area, user: User, **more: Any) -> EmergencyEvent:
    first: dict[str, Any] = {
        "area": zone,
        "lon": round((zone.lon or 0) - 0.031, 6),
        "lat": round((zone.lat or 0) + 0.027, 6),
        "simulated": True,
    }
    return open_event(EmergencyEvent(**(first | more)), user)


def _events(zone: Area, plan: EmergencyPlan, people: dict[str, User | None]) -> None:
    user, now = people["zone"], timezone.now()
    assert user is not None
    past = _opened(
        zone, user, title="（模拟）甲醇罐区管线泄漏", hazard="leak", grade="4", place="煤化工园二路罐区", happened_at=now - dt.timedelta(minutes=8),
        report="（模拟）巡检发现法兰渗漏", radius=800,
    )  # fmt: skip
    for n in (1, 3, 4):
        calling.enter_answer(past, user, n, "comes", str(5 + 3 * n))
    for n in (1, 2, 3):
        logbook.log_entry(past, user, "step", "", "", n)
    foam = SupplyBatch.objects.get(code="SIM-PC21")
    asked = resources.request_resource(past, user, "supply", foam.pk, 4)
    resources.hand_over(asked, user, "（模拟）现场指挥")
    closing.end(past, user, "（模拟）泄漏堵住，监测合格")
    resources.give_back(asked, user, 1)
    closing.review(past, user, "（模拟）法兰垫片老化", "（模拟）响应及时，堵漏器材够用；下风向监测布点偏慢。")
    unit = closing.units().filter(area__code__in=zone.path.strip("/").split("/")).first()
    if unit is not None:
        closing.find_in_event(
            past, user, "（模拟）下风向监测首报超过 30 分钟", unit.code, timezone.localdate() + dt.timedelta(days=30)
        )
    _a_week_ago(past)
    event = _opened(
        zone, user, title="（模拟）装卸站液氨泄漏", hazard="leak", grade="3", place="煤化工园一路装卸站", happened_at=now - dt.timedelta(minutes=12),
        report="（模拟）装卸臂脱落，有白雾，值班员已切断阀门", radius=1500, lon=round((zone.lon or 0) + 0.027, 6), lat=round((zone.lat or 0) - 0.012, 6),
    )  # fmt: skip
    calling.enter_answer(event, user, 1, "comes", "10")
    calling.enter_answer(event, user, 3, "comes", "12", "（模拟）两辆救护车")
    logbook.log_entry(event, user, "step", "", "", 1)
    situation(event, user, 0, 0, 2, 120, 1500)
    team = RescueTeam.objects.get(code="SIM-DW3")
    resources.hand_over(resources.request_resource(event, user, "team", team.pk), user, "（模拟）现场指挥")
    resources.request_resource(event, user, "supply", SupplyBatch.objects.get(code="SIM-PC41").pk, 20)


def _a_week_ago(event: EmergencyEvent) -> None:
    """Made up: as if the event had been a week earlier."""
    week = dt.timedelta(days=7)
    event.refresh_from_db()
    EmergencyEvent.objects.filter(pk=event.pk).update(
        happened_at=event.happened_at - week,
        opened_at=event.opened_at - week,
        ended_at=(event.ended_at or timezone.now()) - week,
    )
    for n, entry in enumerate(EventEntry.objects.filter(event=event).order_by("pk")):
        at = event.opened_at - week + dt.timedelta(minutes=4 * n)
        EventEntry.objects.filter(pk=entry.pk).update(happened_at=at, at=at)
    for call in event.calls.all():
        if call.answered_at is not None:
            call.answered_at -= week - dt.timedelta(minutes=call.number)
        call.called_at -= week
        call.save(update_fields=["called_at", "answered_at"])


def _drills(zone: Area, plan: EmergencyPlan, user: User) -> None:
    today = timezone.localdate()
    for title, kind, days in (("（模拟）液氨泄漏综合演练", "whole", -40), ("（模拟）夜间双盲演练", "surprise", 20)):
        drill = closing.plan_drill(
            EmergencyDrill(
                title=title,
                area=zone,
                plan=plan,
                kind=kind,
                held_on=today + dt.timedelta(days=days),
                place="煤化工园装卸站",
                planned_minutes=60,
                simulated=True,
            ),
            user,
        )
        if days > 0:
            continue
        closing.hold(drill, user, 74, 120, "（模拟）按预案进行，集结和洗消两个环节超时。")
        unit = closing.units().filter(area__code__in=zone.path.strip("/").split("/")).first()
        if unit is not None:
            closing.find_in_drill(
                drill, user, "（模拟）救援队集结超时 8 分钟", unit.code, today + dt.timedelta(days=25)
            )
            closing.find_in_drill(drill, user, "（模拟）洗消用水不足", unit.code, today + dt.timedelta(days=45))


def _siting(zone: Area, user: User) -> None:
    for title, model, p in (
        ("（模拟）增建两个站：达标最多", "cover_most", 4),
        ("（模拟）增建两个站：平均最快", "p_median", 4),
    ):
        one = Scenario(
            title=title, area=zone, model=model, p=p, standard=8.0, weighting="people", seconds=30, simulated=True
        )
        made = planning.make(one, user, keep_kinds=["station"], candidate_kinds=["candidate"])
        SITINGS.run(made.pk)
