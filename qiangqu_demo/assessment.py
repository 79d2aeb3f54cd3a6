"""Assessments of zones in a demonstration: a made-up scheme over the pack's indicators, a published round of it with what
followed, and one in which zones may object. All marked 模拟数据.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
from django.utils import timezone

from qiangqu.domains.assessment import measured, objecting, outcomes, rounds
from qiangqu.domains.assessment.access import people_of
from qiangqu.domains.assessment.live import note
from qiangqu.domains.assessment.models import MeasureKind, Round, ZoneResult
from qiangqu.records.checking import checked
from qiangqu.registry.models import Area, Organisation, User
from qiangqu.schemes.models import Edition, Reply
from qiangqu.schemes.pack import save
from qiangqu.schemes.reading import of_data

CODE, SEED = "zone_simulated", 1524
ACCIDENTS = "zone_accidents_simulated"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def _linear(code: str, title: str, points: int, zero: float, full: float) -> dict[str, Any]:
    return {"code": code, "title": title, "points": points, "value": code, "linear": {"zero": zero, "full": full}}


SCHEME: dict[str, Any] = {
    "code": CODE, "edition": "模拟2026", "title": "（模拟）开发区综合评价示例方案", "short": "（模拟）综合评价",
    "authority": "模拟数据：权重和分档为演示编造，不是任何地方的办法",
    "document": {"title": "（模拟）开发区综合评价办法", "effective": "2024-01-01"},
    "subject": "zone", "kind": "score", "max_points": 100,
    "values": {
        "output": {"title": "工业总产值", "indicator": "zone_output", "unit": "亿元"},
        "per_mu": {"title": "亩均产值", "indicator": "zone_output_per_mu", "unit": "万元/亩"},
        "tax": {"title": "亩均税收", "indicator": "zone_tax_per_mu", "unit": "万元/亩"},
        "profit": {"title": "利润总额增长率", "indicator": "zone_profit_growth", "unit": "%"},
        "hightech": {"title": "高新技术企业占比", "indicator": "zone_hightech_share", "unit": "%"},
        "energy": {"title": "单位产值综合能耗", "indicator": "zone_energy_per_output", "unit": "吨标准煤/万元", "better": "down"},
        "water": {"title": "工业用水重复利用率", "indicator": "water_reuse_rate", "unit": "%"},
        "accident": {"title": "较大事故起数", "ask": "number", "unit": "起", "question": ACCIDENTS},
        "alarms": {"title": "正在报警数", "ask": "number", "unit": "次", "question": measured.OPEN_NOW},
        "service": {"title": "营商环境", "mark": [0, 10], "unit": "分"},
    },
    "criteria": [
        {"code": "scale", "title": "规模效益", "points": 50, "parts": [
            _linear("output", "工业总产值", 15, 0, 1000), _linear("per_mu", "亩均产值", 15, 60, 300),
            _linear("tax", "亩均税收", 10, 3, 15), _linear("profit", "利润增长", 10, -20, 20),
        ]},
        {"code": "quality", "title": "创新绿色", "points": 40, "parts": [
            {"code": "hightech", "title": "高新技术企业占比", "points": 15, "value": "hightech", "peers": {"by": "minmax"}},
            _linear("energy", "单位产值能耗", 15, 1.3, 0.1), _linear("water", "用水重复利用", 10, 85, 96),
        ]},
        {"code": "service", "title": "营商环境（专家评分）", "points": 10, "value": "service", "given": True},
        {"code": "d_accident", "title": "扣分：较大事故（每起2分）", "points": 10, "deduction": True, "value": "accident", "each": {"per": 1, "points": 2}},
        {"code": "d_alarms", "title": "扣分：正在报警（每次0.5分）", "points": 5, "deduction": True, "value": "alarms", "each": {"per": 1, "points": 0.5}},
    ],
    "levels": [
        {"code": "a", "title": "优秀", "when": {"score": "total", "op": ">=", "than": 65}},
        {"code": "b", "title": "良好", "when": {"score": "total", "op": ">=", "than": 50}},
        {"code": "c", "title": "合格", "when": {"score": "total", "op": ">=", "than": 35}},
        {"code": "d", "title": "预警", "when": {"score": "total", "op": ">=", "than": 0}},
    ],
}  # fmt: skip


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """A scheme, its answers, a round of last year that is published and one of this year, unless there are some."""
    planner = User.objects.filter(username="planner").first()
    if planner is None or Edition.objects.filter(code=CODE).exists():
        return
    scheme, faults = of_data(SCHEME)
    if scheme is None or faults:
        raise AssertionError(faults)
    save(scheme, Edition.objects.count() + 1)
    day = timezone.localdate()
    zones = list(Area.objects.filter(level="zone", valid_to=None).order_by("code"))
    region = Area.objects.get(parent=None)
    random = np.random.default_rng(SEED)
    _answers(zones, day, random)
    measured.answer(timezone.now())
    last = _round(
        f"（模拟）{day.year - 2}年度开发区综合评价", region, dt.date(day.year - 1, 12, 31), zones, planner, random
    )
    _published(last, planner, day)
    now = _round(f"（模拟）{day.year - 1}年度开发区综合评价", region, day, zones, planner, random)
    _objected(now, zone)
    note(timezone.now())
    report(f"模拟的园区评价 {Round.objects.count()} 轮、园区 {len(zones)} 个")


def _answers(zones: list[Area], day: dt.date, random: Any) -> None:
    rows = []
    for year in (day.year - 1, day.year):
        rows += [
            Reply(
                area=one, question=ACCIDENTS, value=float(random.random() < 0.12), reason="（模拟）事故快报", day=dt.date(year, 3, 31),
                simulated=True,
            )
            for one in zones
        ]  # fmt: skip
    rows += [
        Reply(area=one, question=measured.OPEN_NOW, value=float(random.integers(0, 3)), reason="（模拟）上年报警台账", day=dt.date(day.year - 1, 12, 31), simulated=True)
        for one in zones
    ]  # fmt: skip
    for row in rows:
        row.save()


def _round(title: str, area: Area, day: dt.date, zones: list[Area], planner: User, random: Any) -> Round:
    """A round with the experts' marks given and the drafts sent."""
    one = Round(
        title=title, area=area, edition=Edition.objects.get(code=CODE), day=day, objection_days=15, simulated=True
    )
    rounds.open_round(one, zones, planner)
    rounds.freeze(one, planner)
    for result in ZoneResult.objects.filter(round=one).select_related("area", "round__area").order_by("area__code"):
        mark = round(float(np.clip(random.normal(7, 1.2), 3, 10)), 1)
        objecting.give_mark(result, planner, "service", f"{mark}", "（模拟）走访、问卷和办件时限抽查")
    rounds.send_drafts(one, planner)
    return Round.objects.get(pk=one.pk)


def _published(one: Round, planner: User, day: dt.date) -> None:
    then = timezone.now() - dt.timedelta(days=300)
    Round.objects.filter(pk=one.pk).update(objection_until=day - dt.timedelta(days=290))
    rounds.publish(one, planner, f"（模拟）宁开评〔{day.year}〕1号")
    Round.objects.filter(pk=one.pk).update(
        frozen_at=then - dt.timedelta(days=30), sent_at=then - dt.timedelta(days=25), published_at=then
    )
    ranked = list(ZoneResult.objects.filter(round=one).select_related("area", "round__area").order_by("rank"))
    for result, kind, text, days in (
        (ranked[0], MeasureKind.PROMOTION, "（模拟）推荐申报升级，年内完成材料准备", 60),
        (ranked[-1], MeasureKind.WARNING, "（模拟）约谈主要负责人，报送整改方案", 20),
        (ranked[-2], MeasureKind.RECTIFY, "（模拟）亩均产值、能耗两项限期整改", 45),
    ):
        unit = Organisation.objects.filter(kind="committee", area=result.area).first() or _anybody(result.area)
        if unit is not None:
            outcomes.follow(
                result,
                planner,
                kind,
                text,
                f"（模拟）宁开评〔{day.year}〕1号",
                unit.code,
                day + dt.timedelta(days=days),
            )


def _anybody(area: Area) -> Organisation | None:
    return Organisation.objects.filter(area=area).exclude(kind__in=("enterprise", "group")).order_by("code").first()


def _objected(one: Round, zone: Area) -> None:
    """The zone of the demonstration objects to a value; others agree."""
    for result in ZoneResult.objects.filter(round=one).select_related("area", "round__area").order_by("area__code"):
        people = people_of(result.area)
        if not people:
            continue
        if result.area_id == zone.pk:
            value = result.values.get(name="water")
            claimed = f"{min((value.low or 90.0) + 2.5, 99):.1f}"
            objecting.object_to(
                result, people[0], "（模拟）新建中水回用工程的水量没有计入，附水平衡测试报告", "water", claimed,
                [checked("水平衡测试报告（模拟）.pdf", PDF)],
            )  # fmt: skip
        else:
            objecting.accept(result, people[0])
