"""A case of safety under a pack that brings no kinds of cases."""

import datetime as dt
from pathlib import Path

from django.utils import timezone

from qiangqu.base.packs import Pack
from qiangqu.cases import acts
from qiangqu.cases.people import colleagues
from qiangqu.domains.safety import hazards
from qiangqu.domains.safety.models.hazards import Hazard
from qiangqu.domains.safety.terms import Found, HazardGrade
from qiangqu.plan import tests as plan_tests
from qiangqu.registry.models import Area
from qiangqu.registry.tests import factories
from qiangqu.site.packs import load_pack


def test_an_overdue_major_hazard_becomes_a_case(db: None) -> None:
    load_pack(Pack(Path(plan_tests.__file__).with_name("tiny_pack")), lambda text: None)
    zone = Area.objects.get(code="HL-Z-1")
    person = factories.user("zone", zone, "keeper")
    firm = factories.enterprise(zone, 71)
    one = hazards.report(
        Hazard(organisation=firm, title="无证储存危险化学品", found=Found.INSPECTION, grade=HazardGrade.MAJOR), person
    )
    Hazard.objects.filter(pk=one.pk).update(due_on=timezone.localdate() - dt.timedelta(days=1))
    one.refresh_from_db()
    case = hazards.open_case(one, person)
    step = case.steps.get()
    answers = {"filing": "filed", "handlers": "王五、赵六", "filing_why": "证据确凿"}
    acts.finish_step(case, step.pk, answers, colleagues(step).get())
    assert case.steps.get(status="open").node == "inquiry"
