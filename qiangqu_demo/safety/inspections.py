"""Inspections of a demonstration: rosters, a draw that was published, one that waits for its public value, one that
was given up; all marked 模拟数据.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from qiangqu.domains.safety import drawing, sources, visiting
from qiangqu.domains.safety.models.inspections import Draw, InspectionSubject, Inspector, InspectorConflict
from qiangqu.domains.safety.terms import Grade, Outcome
from qiangqu.registry.models import Area, Organisation, OrganisationKind, Role, User

BORN = dt.date(2024, 1, 1)
SUBJECTS = 40
NAMES = ("甲", "乙", "丙", "丁", "戊", "己")


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Rosters and draws of the zone, unless there are some."""
    above = zone.path.strip("/").split("/")
    first = User.objects.posted(area__code__in=above, role__in=[Role.PLANNER, Role.BUREAU]).order_by("pk").first()
    others = User.objects.posted(area__code__in=above, role__in=[Role.PLANNER, Role.BUREAU, Role.LEADER])
    second = others.exclude(pk=first.pk if first else None).order_by("pk").first()
    firms = Organisation.objects.filter(
        area__path__startswith=zone.path, kind=OrganisationKind.ENTERPRISE, simulated=True
    )
    found = list(firms.order_by("code")[:SUBJECTS])
    unit = (
        Organisation.objects.filter(area__code__in=above)
        .exclude(kind=OrganisationKind.ENTERPRISE)
        .order_by("code")
        .first()
    )
    if (
        InspectionSubject.objects.exists()
        or first is None
        or second is None
        or len(found) < len(Grade.values)
        or unit is None
    ):
        return
    common: dict[str, Any] = {"valid_from": BORN, "simulated": True}
    for n, firm in enumerate(found):
        grade = Grade.values[0 if n % 10 == 0 else 1 if n % 5 == 1 else 2 if n % 2 else 3]
        last = dt.date(2026, 1 + n % 10, 10) if n % 3 else None
        InspectionSubject.objects.create(organisation=firm, grade=grade, last_inspected=last, **common)
    inspector = User.objects.posted(area__code__in=above, role=Role.INSPECTOR).order_by("pk").first()
    people = [
        Inspector.objects.create(
            code=f"SIM-JC{n:02d}", name=f"（模拟）检查员{name}", area=zone, unit=unit, certificate=f"模拟证{n:03d}",
            qualified_from=BORN, qualified_to=dt.date(2030, 12, 31), user=inspector if n == 1 else None, **common,
        )
        for n, name in enumerate(NAMES, start=1)
    ]  # fmt: skip
    InspectorConflict.objects.create(
        inspector=people[1],
        organisation=found[0],
        reason="（模拟）近亲属在该企业任职",
        declared_by=people[1].name,
        **common,
    )
    _published(zone, [first, second])
    _under_way(zone, [first, second], people[0])
    _prepared(zone, first, "危险化学品企业检查", sources.PUBLISHED + "（模拟）某彩票下一期号码，一行")
    waiting = _prepared(zone, first, "冬季消防安全检查", "")
    drawing.commit(waiting, first)
    given_up = _prepared(zone, first, "有限空间作业检查", sources.PUBLISHED + "（模拟）某彩票又一期号码，一行")
    drawing.commit(given_up, first)
    drawing.void(given_up, second, "（模拟）检查事项并入冬季消防安全检查")
    report(f"模拟抽查 {Draw.objects.count()} 次，检查对象 {len(found)} 家")


def _prepared(zone: Area, user: User, title: str, source: str) -> Draw:
    """A draw whose public value appears tomorrow; without ``source`` that of drand."""
    due = (timezone.localtime() + dt.timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    return drawing.prepare(
        Draw(
            area=zone, title=title, as_of=timezone.localdate(), value_due=due, starts_at=due + dt.timedelta(hours=1),
            source=source or f"{sources.DRAND}{sources.round_at(due)}", simulated=True,
            rules={"team": 2, "max_load": 4, "quota": [[Grade.MAJOR.value, 2], [Grade.LARGE.value, 2], [Grade.GENERAL.value, 1]]},
        ),
        user,
    )  # fmt: skip


def _opened(
    zone: Area, running: list[User], title: str, source: str, days: float, rules: dict[str, Any] | None = None
) -> Draw:
    """A draw whose names are open, as if it had been committed to ``days`` ago."""
    draw = _prepared(zone, running[0], title, sources.PUBLISHED + source)
    if rules is not None:
        draw.rules = rules
        draw.save(update_fields=["rules"])
    drawing.commit(draw, running[0])
    then = timezone.now() - dt.timedelta(days=days)
    Draw.objects.filter(pk=draw.pk).update(
        prepared_at=then,
        committed_at=then,
        value_due=then + dt.timedelta(hours=12),
        starts_at=then + dt.timedelta(hours=20),
    )
    drawing.draw_now(draw, running[1], "03 08 14 22 27 31 05", "（模拟）某网站公告")
    drawing.open_names(draw, running[1])
    return draw


def _under_way(zone: Area, running: list[User], guest: Inspector) -> None:
    """A draw of today with all but one on each team; ``guest``, the inspector who signs in, has somewhere to go."""
    rules = {"team": len(NAMES) - 1, "max_load": 4, "quota": [[Grade.GENERAL.value, 2]]}
    draw = _opened(zone, running, "岁末年初安全检查", "（模拟）某彩票第 2 期号码，一行", 1, rules)
    visits = list(draw.visits.order_by("place"))
    if any(guest.code in {one.inspector.code for one in visit.members.all()} for visit in visits):
        return
    apart = set(draw.conflicts_file.split("\n"))
    visit = next(one for one in visits if f"{guest.code}>{one.organisation.code}" not in apart)
    visiting.reassign(visit, running[1], guest.code, "（模拟）检查组增派")


def _published(zone: Area, running: list[User]) -> None:
    draw = _opened(zone, running, "涉爆粉尘企业检查", "（模拟）某彩票第 1 期号码，一行", 7)
    then = timezone.now() - dt.timedelta(days=7)
    day = timezone.localdate() - dt.timedelta(days=3)
    visits = list(draw.visits.order_by("place"))
    for n, visit in enumerate(visits):
        outcome = (Outcome.NONE, Outcome.RECTIFY, Outcome.FIXED)[n % 3] if visit != visits[-1] else Outcome.BREACH
        told = "" if outcome == Outcome.NONE else "（模拟）除尘系统泄爆口被遮挡"
        visiting.enter(visit, running[1], outcome, day, told)
    visiting.open_case(visits[-1], running[1])
    drawing.publish(draw, running[1])
    Draw.objects.filter(pk=draw.pk).update(
        drawn_at=then + dt.timedelta(hours=13),
        opened_at=then + dt.timedelta(hours=20),
        published_at=then + dt.timedelta(days=5),
    )
