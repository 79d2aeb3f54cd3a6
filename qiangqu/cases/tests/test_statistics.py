"""Figures of cases: counts, durations in days, where they wait."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from qiangqu.cases import acts, statistics
from qiangqu.cases.models import Case, Step


def test_durations_and_places(scene):
    people, area = scene["people"], scene["areas"]["Z1"]
    now = timezone.now()
    cases = []
    for n in range(3):
        cases.append(acts.open_case("approval", {"title": f"{n}", "amount": 5}, area=area, user=people["zone"]).case)
    acts.withdraw(cases[0], people["planner"], "理由")
    acts.finish_step(cases[1], cases[1].steps.get().pk, {"accepted": "受理"}, people["zone"])
    Step.objects.filter(case=cases[1], status="done").update(opened_at=now - dt.timedelta(days=3), done_at=now)
    Step.objects.filter(case=cases[2]).update(
        opened_at=now - dt.timedelta(days=5), due_on=timezone.localdate() - dt.timedelta(days=1)
    )
    Case.objects.filter(pk=cases[0].pk).update(
        status="closed", opened_at=now - dt.timedelta(days=2), closed_at=now, due_on=timezone.localdate(now)
    )
    day = timezone.localdate(now)
    (line,) = statistics.by_kind(Case.objects.all(), day - dt.timedelta(days=10), day)
    assert (line.opened, line.running, line.closed, line.in_time, line.withdrawn) == (3, 2, 1, 1, 0)
    assert line.mean_days == 2.0 and line.longest_days == 2.0
    (line,) = statistics.by_kind(Case.objects.all(), day, day)
    assert line.opened == 2 and line.closed == 1
    places = {place.step: place for place in statistics.where_they_wait(Case.objects.all(), now, day)}
    assert places["受理"].waiting == 1 and places["受理"].late == 1
    assert places["受理"].mean_days == 5.0 and places["受理"].oldest_days == 5.0 and places["受理"].usual_days == 3.0
    assert places["用地审查"].waiting == 1 and places["用地审查"].usual_days is None
    assert statistics.by_area(Case.objects.all())[0]["in_hand"] == 2


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0001-01-01", "9999-12-31"),
        ("1948-01-01", "2026-01-01"),
        ("2026-01-01", "2151-01-01"),
        ("2026-02-01", "2026-01-01"),
        ("x", "2026-01-01"),
    ],
)
def test_a_span_that_no_case_lies_in_is_refused(scene, client, first, last):
    client.force_login(scene["people"]["planner"])
    for name in ("cases-statistics", "cases-statistics-xlsx"):
        assert client.get(reverse(name), {"from": first, "to": last}).status_code == 422
    assert client.get("/api/v1/cases/statistics", {"first": first, "last": last}).status_code == 422
