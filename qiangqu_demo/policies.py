"""Policies of a demonstration: four made-up ones with budgets, a night, and what enterprises and offices then did. All marked 模拟数据."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from qiangqu.domains.policies import handling
from qiangqu.domains.policies.models import Benefit, BenefitState, Mode, Order, Per, Policy
from qiangqu.domains.policies.publishing import POLICIES, publish
from qiangqu.domains.policies.settling import settle
from qiangqu.registry.models import Area, Organisation, Role, User

MOST_HANDLED = 60
S = BenefitState


def _made(today: dt.date) -> list[dict[str, Any]]:
    """The made-up policies: two paid without application (one whose budget ends in the middle), one by application, one by levels."""
    return [
        {
            "code": "SIM-RD", "title": "（模拟）研发投入后补助", "mode": Mode.DIRECT, "order": Order.SCORE, "budget_year": 30_000_000_00,
            "criteria": [
                {"source": "indicator:ent_rd", "op": ">=", "than": 50, "title": "研发费用不低于50万元"},
                {"source": "indicator:ent_rd_share", "op": ">=", "than": 3, "title": "研发费用占营业收入不低于3%"},
                {"source": "indicator:ent_tech_staff_share", "op": ">=", "than": 10, "title": "科技人员占比不低于10%"},
            ],
            "benefit": {"way": "share", "of": "indicator:ent_rd", "rate": "10", "cap": "500000"},
        },
        {
            "code": "SIM-SRDI", "title": "（模拟）专精特新企业奖励", "mode": Mode.DIRECT, "per": Per.ONCE, "order": Order.SMALL, "budget_total": 40_000_000_00,
            "criteria": [
                {"source": "title:srdi", "op": "==", "than": True, "title": "专精特新中小企业", "group": "A"},
                {"source": "title:little_giant", "op": "==", "than": True, "title": "专精特新“小巨人”企业", "group": "A"},
                {"source": "title:single_champion", "op": "==", "than": True, "title": "制造业单项冠军", "group": "A"},
            ],
            "benefit": {"way": "levels", "levels": [
                {"source": "title:srdi", "op": "==", "than": True, "amount": "200000"},
                {"source": "title:little_giant", "op": "==", "than": True, "amount": "500000"},
                {"source": "title:single_champion", "op": "==", "than": True, "amount": "1000000"},
            ]},
        },
        {
            "code": "SIM-GREEN", "title": "（模拟）绿色技改补助", "mode": Mode.APPLY, "order": Order.FIRST, "budget_year": 8_000_000_00,
            "criteria": [
                {"source": "title:green_factory", "op": "==", "than": True, "title": "绿色工厂"},
                {"source": "attribute:scale", "op": "in", "than": ["above"], "title": "规模以上"},
            ],
            "benefit": {"way": "fixed", "amount": "300000"}, "excludes": ["SIM-RD"],
        },
        {
            "code": "SIM-GROW", "title": "（模拟）增长奖励", "mode": Mode.APPLY, "order": Order.FIRST, "budget_year": 20_000_000_00,
            "criteria": [
                {"source": "indicator:ent_revenue", "op": ">=", "than": 2000, "title": "营业收入不低于2000万元"},
                {"source": "indicator:ent_revenue_growth", "op": ">=", "than": 10, "title": "营业收入增长不低于10%"},
            ],
            "benefit": {"way": "formula", "formula": "(ent_revenue - ent_revenue / (1 + ent_revenue_growth / 100)) * 0.002", "cap": "300000"},
        },
    ]  # fmt: skip


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """The policies, a night, and the first steps on what it found, unless there are some."""
    if Policy.objects.filter(simulated=True).exists():
        return
    region = Area.objects.filter(level="region").order_by("code").first()
    office = User.objects.filter(posts__role=Role.PLANNER, posts__area=region).order_by("pk").first()
    if region is None or office is None:
        return
    today = timezone.localdate()
    departments = Organisation.objects.filter(kind="department").order_by("code")
    body = departments.filter(code="U-MIIT").first() or departments.first()
    for given in _made(today):
        start = dt.date(today.year, 1, 1)
        one = Policy(
            area=region,
            body=body,
            starts_on=start,
            simulated=True,
            document="模拟数据",
            note="模拟数据，不是真实政策。",
            **given,
        )
        one.save()
        POLICIES.log(office, "made", one)
        publish(one, office)
        one.refresh_from_db()
        settle(one, today)
    done = _handle(office, zone, today)
    report(f"模拟的惠企政策 {len(_made(today))} 项，企业 {Benefit.objects.count()} 项次，办理 {done} 件")


def _handle(office: User, zone: Area, today: dt.date) -> int:
    """Some are confirmed, some of them paid; an enterprise with an account has one that waits."""
    done = 0
    for at, one in enumerate(Benefit.objects.filter(state=S.OFFERED).order_by("pk")[:MOST_HANDLED]):
        if handling.speakers([one.organisation_id]):
            continue
        confirmed = handling.confirm(one, office)
        if at % 3:
            handling.pay(confirmed, office, f"模拟〔{today.year}〕{at + 1:03d}", today)
        done += 1
    return done
