"""Every form that changes a record: two open it, both save; one wins, the other is shown both, and nothing is
lost.
"""

import datetime as dt
import html
import itertools
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qiangqu.cases.models import CalendarDay
from qiangqu.domains.office.models.meetings import CalendarEvent
from qiangqu.formulas.models import Indicator
from qiangqu.messaging.models import Preference
from qiangqu.registry.models import Role, User
from qiangqu.registry.tests import factories
from qiangqu.ui.registers import registered

from .rich_scene import SPECIAL

pytestmark = pytest.mark.django_db
PACKAGE = Path(__file__).resolve().parents[2]


def editable() -> list[Any]:
    return [one for one in registered() if one.form_fields and one.action_edit is not None]


def _is_taken(model: type[models.Model], field: Any, value: Any) -> bool:
    """Whether a value does not go into a field: it is a record of another model, or what only one record may refer to
    has its record already."""
    if field.is_relation and not isinstance(value, field.related_model):
        return True
    return field.is_relation and field.unique and model._default_manager.filter(**{field.name: value}).exists()


COUNT = itertools.count()


def make(model: type[models.Model], given: dict[str, Any], depth: int = 0) -> Any:
    """A record of ``model`` with whatever its columns ask for; what it refers to comes from ``given`` or is
    made as well.
    """
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.auto_created or (field.has_default() and not field.choices):
            continue
        fits = field.name in given and isinstance(given[field.name], field.related_model or object)
        if fits and not _is_taken(model, field, given[field.name]):
            values[field.name] = given[field.name]
        elif field.is_relation:
            if not field.null and depth < 4:
                values[field.name] = make(field.related_model, given, depth + 1)
        elif field.null:
            continue
        elif field.choices:
            values[field.name] = field.choices[0][0]
        elif isinstance(field, models.CharField):
            values[field.name] = uuid.uuid4().hex[: min(field.max_length or 12, 10)]
        elif isinstance(field, models.JSONField):
            values[field.name] = {}
        elif isinstance(field, models.DateTimeField):
            values[field.name] = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
        elif isinstance(field, models.DateField):
            values[field.name] = dt.date(2024, 1, 1)
        elif isinstance(field, (models.FloatField, models.IntegerField)):
            values[field.name] = 1
    special = SPECIAL.get(model._meta.label, lambda _n: {})(next(COUNT))
    checked = any(isinstance(one, models.CheckConstraint) for one in model._meta.constraints)
    # what the table checks, and content that is read by a rule of its own
    if checked or any(isinstance(value, dict) for value in special.values()):
        values |= {name: value for name, value in special.items() if name not in given}
    made = model(**values)
    made.save()
    return made


def sent(page: Any) -> dict[str, Any]:
    """What a browser sends back of the form that a page shows."""
    form = page.context["form"]
    found: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        value = bound.field.widget.format_value(value) if not isinstance(value, bool) else ("on" if value else None)
        value = value[0] if isinstance(value, list) and value else value
        if value not in (None, [], ""):
            found[bound.html_name] = str(value)
    return found


@pytest.fixture
def scene(db: Any) -> dict[str, Any]:
    areas = factories.tree()
    people = factories.users(areas)
    given = {"area": areas["Z1"], "organisation": factories.enterprise(areas["Z1"], 1)}
    given |= {"enterprise": given["organisation"], "holder": given["organisation"]}
    from qiangqu.domains.environment.models import Station

    given["station"] = make(Station, given)
    a, b = Client(), Client()
    second = factories.user(Role.ADMIN, areas["R"], "admin2", display_name="另一位")
    return {"areas": areas, "people": people, "given": given, "a": a, "b": b, "second": second}


def user_for(register: Any, people: dict[str, User]) -> User:
    from qiangqu.registry.roles import may

    return next(one for one in people.values() if may(one, register.action_edit) and one.area.parent is None)


@pytest.mark.parametrize("code", [one.code for one in editable()])
def test_every_register(scene: dict[str, Any], code: str) -> None:
    register = next(one for one in registered() if one.code == code)
    if code == "areas":
        record = scene["areas"]["Z1"]
    elif code == "users":  # one whom nobody has given a post is nobody's
        record = factories.user(Role.ZONE, scene["areas"]["Z1"], "worked-on")
    else:
        record = make(register.model, scene["given"])
    texts = [
        name
        for name in register.form_fields
        if isinstance(register.model_field(name), models.CharField)
        and not register.model_field(name).choices
        and (register.model_field(name).max_length or 0) >= 6
    ]
    field = next(
        (n for n in ("note", "display_name", "certificate", "name", "permit_number", "unit") if n in texts), texts[-1]
    )
    client = Client()
    client.force_login(user_for(register, scene["people"]))
    url = reverse(f"{code}-edit", args=[record.pk])
    page = client.get(url)
    assert 'name="opened"' in page.content.decode()
    form = sent(page)
    # the other, who was quicker
    register.model._base_manager.filter(pk=record.pk).update(**{field: "甲改的"})
    answer = client.post(url, form | {field: "乙改的"})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and "已修改过" in text and "“甲改的”" in text and "“乙改的”" in text
    record.refresh_from_db()
    assert getattr(record, field) == "甲改的"
    # the page that was shown stands on the newest state: saving it once more is no conflict any longer
    again = client.post(url, sent(answer) | {field: "乙改的"})
    assert "已修改过" not in again.content.decode()


def test_what_one_did_not_touch_takes_the_others_value(scene: dict[str, Any]) -> None:
    """The case of the fault: B's older form switched on again a user whom A had just switched off."""
    target = factories.user(Role.ZONE, scene["areas"]["Z1"], "target", display_name="旧名")
    a, b = scene["a"], scene["b"]
    a.force_login(scene["people"]["admin"])
    b.force_login(scene["second"])
    url = reverse("users-edit", args=[target.pk])
    of_a, of_b = sent(a.get(url)), sent(b.get(url))
    of_a.pop("is_active")
    assert a.post(url, of_a).status_code == 302
    refused = b.post(url, of_b | {"display_name": "新名"})
    text = html.unescape(refused.content.decode())
    assert refused.status_code == 422 and "admin 已修改过" in text and "启用：已改为“否”" in text
    target.refresh_from_db()
    assert not target.is_active and target.display_name == "旧名"
    done = b.post(url, sent(refused))
    target.refresh_from_db()
    assert done.status_code == 302 and not target.is_active and target.display_name == "新名"


def test_the_same_change_twice_is_no_conflict(scene: dict[str, Any]) -> None:
    a = scene["a"]
    a.force_login(scene["people"]["admin"])
    record = factories.code_lists() and scene["areas"]["Z1"]
    url = reverse("areas-edit", args=[record.pk])
    form = sent(a.get(url)) | {"note": "同一句"}
    assert a.post(url, form).status_code == 302
    assert "已修改过" not in a.post(url, form).content.decode()


def test_indicators(scene: dict[str, Any]) -> None:
    one = Indicator.objects.create(code="x", name="指标", unit="个", formula="1", decimals=0, direction="up", order=1)
    client = scene["a"]
    client.force_login(scene["people"]["planner"])
    url = reverse("indicator-edit", args=["x"])
    form = sent(client.get(url))
    Indicator.objects.filter(pk=one.pk).update(description="甲改的")
    answer = client.post(url, form | {"description": "乙改的"})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and "“甲改的”" in text and "“乙改的”" in text
    one.refresh_from_db()
    assert one.description == "甲改的"
    assert client.post(url, sent(answer)).status_code == 302
    one.refresh_from_db()
    assert one.description == "乙改的"


def hidden(page: Any) -> str:
    return html.unescape(re.findall(r'name="opened" value="([^"]*)"', page.content.decode())[-1])


def test_a_second_verdict_on_an_exceedance(scene: dict[str, Any]) -> None:
    from qiangqu.domains.environment.models import Exceedance

    given = scene["given"] | {"handled_by": None}
    one = make(Exceedance, given)
    Exceedance.objects.filter(pk=one.pk).update(state="open", handled_at=None)
    a, b = scene["a"], scene["b"]
    a.force_login(scene["people"]["planner"])
    b.force_login(scene["people"]["city"])
    url = reverse("environment-exceedance", args=[one.pk])
    opened = hidden(a.get(url))
    assert a.post(url, {"opened": opened, "state": "confirmed", "note": "属实"}).status_code == 302
    answer = b.post(url, {"opened": opened, "state": "explained", "note": "检修"})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and "“已确认”" in text and "“属实”" in text and "“检修”" in text
    one.refresh_from_db()
    assert (one.state, one.note, one.handled_by) == ("confirmed", "属实", scene["people"]["planner"])
    assert b.post(url, {"opened": hidden(answer), "state": "explained", "note": "检修"}).status_code == 302


def test_the_calendar_of_working_days(scene: dict[str, Any]) -> None:
    a = scene["a"]
    a.force_login(scene["people"]["admin"])
    url = reverse("cases-workdays")
    opened = hidden(a.get(url))
    CalendarDay.objects.create(day=dt.date(2027, 1, 1), works=True, name="值班", source="甲")
    answer = a.post(url, {"opened": opened, "days": "2027-01-01 休 元旦", "source": "国办发1号"})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422 and "2027-01-01：现在是“上班 值班”，您填的是“休息 元旦”" in text
    assert CalendarDay.objects.get().works
    other = a.post(url, {"opened": opened, "days": "2027-01-02 休 元旦", "source": "国办发1号"})
    assert other.status_code == 302, "another day is nobody's business"


def test_how_one_wants_his_messages(scene: dict[str, Any]) -> None:
    a = scene["a"]
    a.force_login(scene["people"]["admin"])
    url = reverse("messages-settings")
    opened = hidden(a.get(url))
    Preference.objects.create(user=scene["people"]["admin"], muted=["cases"])
    form = {"mail": "never", "robot": "never", "robot_kind": "wecom", "topic": ["cases"], "opened": opened}
    answer = a.post(url, form)
    assert answer.status_code == 422 and "已修改过" in answer.content.decode()
    assert Preference.objects.get().muted == ["cases"]


def test_ones_own_event_from_two_windows(scene: dict[str, Any]) -> None:
    user = scene["people"]["planner"]
    now = timezone.now()
    one = CalendarEvent.objects.create(user=user, title="旧", start=now, end=now)
    a = scene["a"]
    a.force_login(user)
    url = reverse("calendar-event", args=[one.pk])
    form = sent(a.get(url))
    CalendarEvent.objects.filter(pk=one.pk).update(title="甲改的")
    answer = a.post(url, form | {"title": "乙改的"})
    assert answer.status_code == 422 and "“甲改的”" in html.unescape(answer.content.decode())
    moved = a.post(url, sent(answer) | {"title": "乙改的"})
    one.refresh_from_db()
    assert moved.status_code == 302 and one.title == "乙改的"


#: forms that make something, that act on a state which the server checks itself (a step is open, a round is
#: seen, a draft's revision), or that belong to one session: nothing is written over by them
ACTS = {
    # states that the server checks: a doubt is open, the enterprise was asked
    "crosscheck": {"doubt.html"},
    "cases": {"case.html", "kind_edit.html", "public_form.html", "public_query.html", "start_form.html"},
    # a nomination is made once, with its standing of that day; an objection is added
    "enterprises": {"nominate.html", "notices.html"},
    "environment": {"waste.html"},
    # a file that is read once, counts that are added, what happened at a moment, tasks of a kind that is there once
    "emergency": {"batch.html", "drill.html", "event.html", "findings.html", "request.html", "siting.html"},
    "facts": {"import.html", "imports.html", "report.html", "withdraw.html"},
    # it says which versions it has shown
    "federation": {"conflict.html"},
    "land": {"acts.html", "clue.html", "evidence.html", "import.html", "parcel.html"},
    "messaging": {"inbox.html"},
    "office": {"archive.html", "calendar.html", "document.html", "inbox_acts.html", "meeting.html", "posts.html"},
    "plan": {"document.html", "documents.html", "item_add.html", "measure.html", "supervise.html"},
    # an act on a policy or a benefit is refused where it has moved on, and its form says what is done, not what stands
    "policies": {"acts.html"},
    "registry": {
        "account.html",
        "audit_verify.html",
        "login.html",
        "password.html",
        "posts_waiting.html",
        "roles.html",
    },
    "records": {"act_forms.html"},
    "safety": {"draw.html", "hazard.html", "visit.html"},
    # answers and marks are added beside earlier ones, each with who gave it and when
    # a new edition is added, never written over one
    "schemes": {"edit.html", "subject.html"},
    "telemetry": {"adopt.html", "alarm.html", "channel_panel.html", "desk.html", "device_commands.html"},
    "ui": {"base.html", "language.html", "outside.html", "list.html", "register_import.html"},
}
CARRIES = ('name="opened"', "item_opened", "form_fields.html", "hidden_fields")


def test_no_form_that_changes_a_record_is_forgotten() -> None:
    """A new template with a form either carries what it was opened with, or is put into ACTS by somebody who
    has thought about it.
    """
    found = set()
    for path in PACKAGE.glob("**/templates/**/*.html"):
        text = path.read_text()
        part = path.parts[path.parts.index("templates") + 1]
        if 'method="post"' in text and path.name not in ACTS.get(part, ()) and not any(one in text for one in CARRIES):
            found.add(f"{part}/{path.name}")
    assert found == set()
