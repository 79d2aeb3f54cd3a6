import datetime as dt
from typing import Any

import pytest

from qiangqu.base.periods import parse_period
from qiangqu.facts import owed, reporting
from qiangqu.facts.models import CollectionForm, CollectionItem, Element, Report, ReportStatus
from qiangqu.registry.models import Organisation
from qiangqu.registry.tests import factories
from qiangqu_demo.plan import returns

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 5, 20)
FIRMS = 60


@pytest.fixture
def people() -> dict[str, Any]:
    areas = factories.tree()
    for number in range(FIRMS):
        factories.enterprise(areas["Z1"], number + 1, simulated=number > 0)
    top = areas["R"]
    form = CollectionForm.objects.create(
        code="monthly", name="月报", frequency=parse_period("2026-01").kind.value, area=top, due_days=10,
        first_period=parse_period("2026-01").key,
    )  # fmt: skip
    element = Element.objects.create(code="output", name="产值", unit="万元", kind="flow", aggregation="sum")
    CollectionItem.objects.create(form=form, element=element, unit="万元", position=1)
    return factories.users(areas)


def test_most_reported_in_time_some_late_few_not_yet(people: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "MISSING", (200, 50))
    monkeypatch.setattr(returns, "LATE", 200)
    form = CollectionForm.objects.get()
    made = returns.hand_in_all(TODAY, people["planner"])
    assert made == Report.objects.count() == returns.hand_in_all(TODAY, people["planner"]) + made
    past = ["2026-04", "2026-03", "2026-02", "2026-01"]
    owing = [owed.owing(form, parse_period(code)) for code in past]
    assert all(rows.filter(simulated=False).count() == 1 for rows in owing), "of real enterprises nothing is made up"
    missing = [rows.filter(simulated=True).count() for rows in owing]
    assert FIRMS / 3 > missing[0] > missing[1] and missing[2:] == [0, 0]
    reports = list(Report.objects.all())
    assert {one.status for one in reports} == {ReportStatus.APPROVED}
    assert all(one.values["output"]["text"] == "0" and one.reviewed_by == people["planner"] for one in reports)
    late = sum(one.submitted_at.date() > reporting.due_on(form, one.period) for one in reports)
    assert 0 < late < len(reports) / 2
    assert not Report.objects.filter(organisation__in=Organisation.objects.filter(simulated=False)).exists()
