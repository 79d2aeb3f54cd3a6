"""A zone with fifteen subjects of four grades, six inspectors, and who runs draws there."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from qiangqu.domains.safety import drawing, sources
from qiangqu.domains.safety.models.inspections import Draw, InspectionSubject, Inspector, InspectorConflict
from qiangqu.domains.safety.terms import Grade
from qiangqu.registry.tests import factories

GRADES = [Grade.MAJOR] * 3 + [Grade.LARGE] * 4 + [Grade.GENERAL] * 5 + [Grade.LOW] * 3


def set_up() -> dict[str, Any]:
    areas = factories.tree()
    people = factories.users(areas)
    people["second"] = factories.user("planner", areas["R"], "second")
    people["sent"] = factories.user("inspector", areas["Z1"], "sent")
    people["other"] = factories.user("inspector", areas["Z1"], "other")
    firms = [factories.enterprise(areas["Z1"], n + 1) for n in range(len(GRADES))]
    for firm, grade in zip(firms, GRADES, strict=True):
        InspectionSubject.objects.create(organisation=firm, grade=grade, valid_from=factories.BORN)
    unit = factories.enterprise(areas["Z1"], 90, name="应急局")
    inspectors = [
        Inspector.objects.create(
            code=f"P{n:02d}", name=f"检查员{n}", area=areas["Z1"], unit=unit, qualified_from=dt.date(2020, 1, 1),
            valid_from=factories.BORN, user=people["sent"] if n == 1 else None,
        )
        for n in range(1, 7)
    ]  # fmt: skip
    InspectorConflict.objects.create(
        inspector=inspectors[1], organisation=firms[0], reason="亲属", declared_by="检查员2", valid_from=factories.BORN
    )
    return {"areas": areas, "people": people, "firms": firms, "inspectors": inspectors}


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    return set_up()


def drafted(world: dict[str, Any], **more: Any) -> Draw:
    """A prepared draw whose value appears in an hour."""
    due = timezone.now() + dt.timedelta(hours=1)
    first = {
        "area": world["areas"]["Z1"], "title": "危化企业检查", "as_of": timezone.localdate(), "value_due": due,
        "starts_at": due + dt.timedelta(hours=2), "source": sources.PUBLISHED + "某彩票 1 期号码",
        "rules": {"team": 2, "max_load": 3, "quota": [["重大", 2], ["较大", 2], ["低", 1]]},
    }  # fmt: skip
    return drawing.prepare(Draw(**(first | more)), world["people"]["planner"])


def later(draw: Draw, *, started: bool = False, hours: float = 1) -> Draw:
    """The same draw when its public value has been there for ``hours``; with ``started`` also the start hour."""
    then = timezone.now() - dt.timedelta(hours=hours)
    Draw.objects.filter(pk=draw.pk).update(
        value_due=then, starts_at=then + dt.timedelta(minutes=1) if started else timezone.now() + dt.timedelta(hours=1)
    )
    draw.refresh_from_db()
    return draw


def drawn(world: dict[str, Any], *, started: bool = True, **more: Any) -> Draw:
    """A draw that is committed to and drawn."""
    one = drafted(world, **more)
    drawing.commit(one, world["people"]["planner"])
    drawing.draw_now(later(one, started=started), world["people"]["second"], "12 34", "某网站")
    one.refresh_from_db()
    return one


def opened(world: dict[str, Any], **more: Any) -> Draw:
    one = drawn(world, **more)
    drawing.open_names(one, world["people"]["planner"])
    one.refresh_from_db()
    return one
