"""A field has one value in a case: on pages, in forms that were opened before it changed, in what earlier
releases left; and names that forms share.
"""

import importlib
import json

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from qiangqu.base.errors import ConflictError
from qiangqu.cases import acts, check
from qiangqu.cases.forms import seen_of
from qiangqu.cases.kinds import ready, save_version
from qiangqu.cases.models import Case
from qiangqu.registry import audit

from .test_joins import CORRECT

AMOUNT = {"amount": {"type": "number", "title": "投资额（万元）"}}
FORMS = {
    "start": {"title": {"type": "string", "title": "标题"}, **AMOUNT},
    "correct": {"amount": {"type": "number", "title": "核定投资额（万元）"}},
    "opinion": {"ok": {"type": "boolean", "title": "同意"}},
    "decide": {"passed": {"type": "boolean", "title": "通过"}},
}


def kind(**forms):
    steps = {"correct": "correct", "opinion": "opinion", "big": "decide", "small": "decide"}
    rules = "".join(f"  {node}: {{by: {{role: [zone]}}, form: {form}}}\n" for node, form in steps.items())
    head = "code: joincorrect\nname: 并行核定\nprefix: BJ\nlimit_days: 20\ntitle_field: title\nstart: {form: start, roles: [zone]}\n"
    return {
        "kind.yaml": head + "steps:\n" + rules,
        "process.bpmn": CORRECT.replace('process id="p"', 'process id="joincorrect"'),
        **{
            f"forms/{name}.json": json.dumps({"schema": {"title": name, "type": "object", "properties": fields}})
            for name, fields in (FORMS | forms).items()
        },
    }


@pytest.fixture
def two_lines(scene):
    def opened(**forms):
        save_version(kind(**forms), None)
        data = {"title": "项目", "amount": 1000}
        return acts.open_case("joincorrect", data, area=scene["areas"]["Z1"], user=scene["people"]["zone"]).case

    return opened


def do(scene, case, node, data, **more):
    return acts.finish_step(case, case.steps.get(node=node, status="open").pk, data, scene["people"]["zone"], **more)


@pytest.mark.parametrize("order", [("correct", "opinion"), ("opinion", "correct")])
def test_the_correction_is_shown_and_used_whoever_ends_last(scene, two_lines, client, order):
    case = two_lines()
    client.force_login(scene["people"]["zone"])
    for node in order:
        do(scene, case, node, {"amount": 5000} if node == "correct" else {"ok": True})
        case.refresh_from_db()
        if node == "correct" or order[0] == "correct":
            page = client.get(reverse("cases-case", args=[case.number])).content.decode()
            assert case.data["amount"] == 5000 and "5,000" in page and "改定" in page and ">1,000<" not in page
    assert case.steps.get(status="open").node == "big" and case.data["amount"] == 5000
    entries = audit.AuditEntry.objects.filter(object_id=case.number).order_by("id")
    given = [
        e.detail["form"]["after"]["amount"]
        for e in entries
        if "amount" in (e.detail.get("form") or {}).get("after", {})
    ]
    assert given == [1000, 5000]


def test_a_form_that_was_open_meanwhile_does_not_put_the_old_value_back(scene, two_lines, client):
    """Both lines ask for the amount; the second form still shows what it was when it was opened."""
    case = two_lines(opinion={**FORMS["opinion"], **AMOUNT})
    client.force_login(scene["people"]["zone"])
    step = case.steps.get(node="opinion", status="open")
    form = ready(case.version).definition.form_of("opinion")
    shown = seen_of(form, case.data)
    assert f'value="{shown}"' in client.get(reverse("cases-case", args=[case.number])).content.decode()
    do(scene, case, "correct", {"amount": 5000})
    body = {"_step": step.pk, "_revision": step.revision, "_seen": shown, "amount": "1000", "ok": "on"}
    answer = client.post(reverse("cases-act", args=[case.number, "finish"]), body)
    case.refresh_from_db()
    assert answer.status_code == 409 and "现为 5,000" in answer.content.decode() and case.data["amount"] == 5000
    # what the page then shows has been seen: now he says what he means
    body |= {"_seen": seen_of(form, case.data), "amount": "4000"}
    assert client.post(reverse("cases-act", args=[case.number, "finish"]), body).status_code == 302
    case.refresh_from_db()
    assert case.data["amount"] == 4000 and case.steps.get(status="open").node == "big"


def test_a_value_that_somebody_clears_is_gone(scene, two_lines, client):
    case = two_lines()
    client.force_login(scene["people"]["zone"])
    step = case.steps.get(node="correct", status="open")
    body = {"_step": step.pk, "_revision": step.revision, "amount": " "}
    assert client.post(reverse("cases-act", args=[case.number, "finish"]), body).status_code == 302
    case.refresh_from_db()
    assert "amount" not in case.data
    do(scene, case, "opinion", {"ok": True})
    case.refresh_from_db()
    assert "amount" not in case.data and case.steps.get(status="open").node == "small"
    assert client.get(reverse("cases-case", args=[case.number])).status_code == 200
    [entry] = [e for e in audit.AuditEntry.objects.filter(action="case_step_done") if e.detail["step"] == step.name]
    assert entry.detail["form"] == {"before": {"amount": 1000}, "after": {"amount": None}}


def test_a_step_that_is_taken_back_keeps_what_the_other_line_said(scene, two_lines):
    case = two_lines()
    do(scene, case, "opinion", {"ok": True})
    done = do(scene, case, "correct", {"amount": 5000})
    case.refresh_from_db()
    assert case.data["amount"] == 5000
    with pytest.raises(ConflictError):  # the lines have met: nothing goes back beyond it
        acts.take_back(case, done.pk, scene["people"]["zone"])
    assert Case.objects.get().data["amount"] == 5000


def test_a_corrected_title_is_the_title(scene, two_lines):
    case = two_lines(opinion={**FORMS["opinion"], "title": {"type": "string", "title": "标题"}})
    do(scene, case, "opinion", {"ok": True, "title": "改正的名称"})
    case.refresh_from_db()
    assert case.title == "改正的名称"


def test_what_an_older_release_put_back_is_set_right(scene, two_lines):
    case = two_lines()
    do(scene, case, "correct", {"amount": 5000})
    Case.objects.filter(pk=case.pk).update(data={**Case.objects.get().data, "amount": 1000})
    migration = importlib.import_module("qiangqu.cases.migrations.0004_values_put_back")
    migration.restore(apps, None)
    assert Case.objects.get().data["amount"] == 5000
    # what another part wrote since is not the old value, and stays
    Case.objects.filter(pk=case.pk).update(data={**Case.objects.get().data, "amount": 6000})
    migration.restore(apps, None)
    assert Case.objects.get().data["amount"] == 6000


# ---------------------------------------------------------------- names that forms share


def test_names_that_forms_share_are_told_when_a_kind_is_checked():
    _definition, faults = check.check_files(kind())
    assert faults.errors == [] and any("amount" in str(f) and "同名" in str(f) for f in faults)
    files = kind()
    files["kind.yaml"] += "shared: [amount]\n"
    assert not any("amount" in str(f) for f in check.check_files(files)[1])
    other = kind(decide={"passed": {"type": "boolean", "title": "通过"}, "amount": {"type": "string", "title": "金额"}})
    assert any("类型不同" in str(f) for f in check.check_files(other)[1].errors)


def test_saving_a_kind_says_which_names_forms_share(scene, client):
    from .test_editing import form_of

    save_version(kind(), None)
    client.force_login(scene["people"]["admin"])
    files = kind()
    files["kind.yaml"] = files["kind.yaml"].replace("limit_days: 20", "limit_days: 21")
    done = client.post(reverse("cases-kind-edit", args=["joincorrect"]), form_of(files, _do="save"), follow=True)
    assert done.status_code == 200 and "同名" in done.content.decode()


# ---------------------------------------------------------------- red, yellow, green at birth


@pytest.mark.parametrize(
    ("days", "lights"), [(1, ""), (2, ""), (2, "lights: {yellow: days_left is not None and days_left <= 2}\n")]
)
def test_a_new_case_does_not_warn_however_short_its_time(scene, days, lights):
    import datetime as dt

    from qiangqu.cases import timers

    files = kind()
    files["kind.yaml"] = files["kind.yaml"].replace("limit_days: 20", f"limit_days: {days}") + lights
    save_version(files, None)
    monday = timezone.make_aware(dt.datetime(2026, 11, 23, 9))
    data = {"title": "项目", "amount": 1000}
    case = acts.open_case("joincorrect", data, area=scene["areas"]["Z1"], user=scene["people"]["zone"], now=monday).case
    assert case.light == "green"
    timers.refresh_lights(monday + dt.timedelta(hours=5))
    case.refresh_from_db()
    assert case.light == "green"
    timers.refresh_lights(monday + dt.timedelta(days=days))
    case.refresh_from_db()
    assert case.light == "yellow"
    timers.refresh_lights(monday + dt.timedelta(days=days + 1))
    case.refresh_from_db()
    assert case.light == "red"
