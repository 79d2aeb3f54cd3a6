"""The working-day calendar in the browser."""

import datetime as dt

from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.cases import acts, calendar_text
from qiangqu.cases.models import CalendarDay
from qiangqu.cases.workdays import calendar
from qiangqu.registry.models import AuditEntry
from qiangqu.ui.tests.opened import send


def test_a_day_off_moves_open_deadlines(client, scene):
    case = acts.open_case(
        "approval", {"title": "甲", "amount": 5}, area=scene["areas"]["Z1"], user=scene["people"]["enterprise"]
    ).case
    step = case.steps.get(node="accept")
    due = step.due_on
    assert due is not None
    client.force_login(scene["people"]["planner"])
    url = reverse("cases-workdays")
    assert client.get(url).status_code == 200 and client.get(url, {"year": "2200"}).status_code == 200
    sent = {"days": f"{due} 休 停电", "source": "（试）1号"}
    wrong = send(client, url, sent | {"days": f"{due} 停 停电"})
    assert wrong.status_code == 422 and "第 1 行" in wrong.content.decode()
    assert send(client, url, sent | {"source": ""}).status_code == 422
    page = send(client, url, sent, follow=True).content.decode()
    assert "1 个办件的期限随之变动" in page and "停电" in page
    step.refresh_from_db()
    assert step.due_on == calendar().add(due, 1) > due
    send(client, url, {"days": f"{due} 常", "source": "（试）2号"})
    step.refresh_from_db()
    assert step.due_on == due and not CalendarDay.objects.filter(day=due).exists()
    assert AuditEntry.objects.filter(action="calendar_changed").count() == 2


def test_who_may_look_and_who_may_change(client, scene):
    people, url = scene["people"], reverse("cases-workdays")
    below = people["planner"]
    below.posts.update(area=scene["areas"]["C1"])
    client.force_login(below)
    assert client.get(url).status_code == 200 and client.get(reverse("cases-kinds")).status_code == 200
    assert client.post(url, {"days": "2027-01-01 休", "source": "某号"}).status_code == 403
    assert client.get(reverse("cases-kind-edit", args=["approval"])).status_code == 403
    assert (
        reverse("cases-kind-edit", args=["approval"])
        not in client.get(reverse("cases-kind", args=["approval"])).content.decode()
    )
    for other in ("zone", "enterprise", "neighbour"):
        client.force_login(people[other])
        assert client.get(url).status_code == 403
    client.logout()
    assert client.get(url).status_code == 302


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["2027-02-30 休", "2027-01-01 班 甲", "x", "2027-01-01"])).map("\n".join)
)
def test_any_text_is_read_or_refused_with_a_sentence(text):
    try:
        days = calendar_text.read(text)
    except InputError as error:
        assert error.where
    else:
        assert len({day for day, _works, _name in days}) == len(days)
        assert all(isinstance(day, dt.date) for day, _works, _name in days)
