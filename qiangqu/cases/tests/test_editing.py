"""Changing a kind in the browser: checks before saving, old cases unharmed, nobody's work overwritten, only
for those at the top.
"""

import lxml.html
import pytest
from django.urls import reverse

from qiangqu.base.packs import read_yaml
from qiangqu.cases import acts, kinds
from qiangqu.cases.drawing import arrange, layout_of, with_diagram
from qiangqu.cases.faults import Faults
from qiangqu.cases.models import CaseKind
from qiangqu.cases.process import read_process
from qiangqu.registry import audit
from qiangqu.registry.tests import factories
from qiangqu.ui.tests.browser import needs_browser


def form_of(files, **more):
    return {f"file:{name}": text for name, text in files.items()} | more


def post(client, files, do, **more):
    return client.post(reverse("cases-kind-edit", args=["approval"]), form_of(files, _do=do, **more))


def test_a_process_is_changed_and_old_cases_run_on_unharmed(scene, client):
    people, files = scene["people"], dict(scene["files"])
    old = acts.open_case(
        "approval", {"title": "旧件", "amount": 5}, area=scene["areas"]["Z1"], user=people["zone"]
    ).case
    client.force_login(people["planner"])
    assert client.get(reverse("cases-kind-edit", args=["approval"])).status_code == 200
    files["process.bpmn"] = files["process.bpmn"].replace('name="受理"', 'name="新受理"')
    assert post(client, files, "check", _based="1").context["errors"] == 0
    assert CaseKind.objects.get().current.number == 1
    assert post(client, files, "save", _based="1", _note="改名").status_code == 302
    kind = CaseKind.objects.get()
    assert kind.current.number == 2 and kind.current.note == "改名" and kind.current.made_by == people["planner"]
    assert audit.AuditEntry.objects.filter(action="case_kind_changed", user=people["planner"]).exists()
    new = acts.open_case(
        "approval", {"title": "新件", "amount": 5}, area=scene["areas"]["Z1"], user=people["zone"]
    ).case
    acts.finish_step(old, old.steps.get().pk, {"accepted": "受理"}, people["zone"])
    assert old.steps.first().name == "受理" and new.steps.get().name == "新受理"
    page = client.get(reverse("cases-kind", args=["approval"])).content.decode()
    assert "新受理" in page and "改名" in page
    assert client.get(reverse("cases-kind", args=["approval"]) + "?v=1").status_code == 200
    # who still edits v1 is told, and nothing is overwritten
    late = post(client, scene["files"], "save", _based="1")
    assert late.status_code == 409 and "已有新版本" in late.content.decode()
    assert CaseKind.objects.get().current.number == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            (
                "process.bpmn",
                '<bpmn:userTask id="land" name="用地审查"/>',
                '<bpmn:scriptTask id="land" name="用地审查"/>',
            ),
            "脚本任务",
        ),
        (("process.bpmn", 'accepted == "补正"', "accepted.__class__"), "属性"),
        (("kind.yaml", "supplement: {by: {starter: true}, form: supplement}", ""), "没有写"),
        (("process.bpmn", "<?xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><?xml"), "DOCTYPE"),
        (("forms/start.json", '"type": "number"', '"type": "number", "pattern": "(a+)+$"'), "pattern"),
        (("kind.yaml", "code: approval", "code: other"), "代码不能改"),
    ],
)
def test_what_is_wrong_is_told_and_not_saved(scene, client, change, said):
    name, old, new = change
    files = dict(scene["files"])
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    client.force_login(scene["people"]["planner"])
    answer = post(client, files, "save", _based="1")
    assert answer.status_code == 422 and said in answer.content.decode()
    assert CaseKind.objects.get().current.number == 1


@pytest.mark.parametrize("name", ["../evil.py", "forms/../x.json", "forms/x.py", "/etc/passwd", "process.bpmn.exe"])
def test_names_that_no_kind_has_are_refused(scene, client, name):
    client.force_login(scene["people"]["planner"])
    answer = post(client, {**scene["files"], name: "x"}, "save", _based="1")
    assert answer.status_code == 422 and CaseKind.objects.get().current.number == 1


def test_another_kind_is_made_of_one(scene, client):
    client.force_login(scene["people"]["admin"])
    files = dict(scene["files"])
    files["kind.yaml"] = files["kind.yaml"].replace("code: approval", "code: second").replace("试验审批", "第二审批")
    address = reverse("cases-kind-edit", args=["approval"]) + "?copy=1"
    answer = client.post(
        address, form_of(files, _do="save", _new_name="letters/extra.txt", _new_text="文书 {{ number }}")
    )
    assert answer.status_code == 302
    second = kinds.kind_of("second")
    assert second.name == "第二审批" and "letters/extra.txt" in second.current.files


@pytest.mark.parametrize("who", ["zone", "neighbour", "city", "leader", "enterprise", "inspector"])
def test_kinds_are_changed_by_planners_and_administrators_only(scene, client, who):
    client.force_login(scene["people"][who])
    for name, arguments in (("cases-kinds", []), ("cases-kind", ["approval"]), ("cases-kind-edit", ["approval"])):
        assert client.get(reverse(name, args=arguments)).status_code == 403
    assert post(client, scene["files"], "save").status_code == 403


def test_a_planner_of_one_city_does_not_change_what_holds_for_all(scene, client):
    client.force_login(factories.user("planner", scene["areas"]["C1"], "cityplanner"))
    assert client.get(reverse("cases-kind-edit", args=["approval"])).status_code == 403


def test_everything_has_a_place_and_a_file_without_picture_gets_one(scene):
    text = scene["files"]["process.bpmn"]
    process = read_process(text, "process.bpmn", Faults())
    plan = arrange(process)
    assert set(plan.boxes) == set(process.nodes) and set(plan.ways) == {flow.id for flow in process.flows}
    boxes = [plan.boxes[n.id] for n in process.nodes.values() if not n.attached_to]
    for i, (x1, y1, w1, h1) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[i + 1 :]:
            # no two lie on each other
            assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    drawn = with_diagram(text, process)
    again = read_process(drawn, "process.bpmn", Faults())
    assert again.nodes == process.nodes and again.flows == process.flows
    assert layout_of(again, drawn).boxes == plan.boxes and with_diagram(drawn, again) == drawn


def fields_of(page):
    """The fields of the rules as the page shows them, with what they were."""
    found = {}
    for one in lxml.html.fromstring(page.content.decode()).xpath("//form[@id='editor']//*[@name]"):
        name = one.get("name")
        if not name.startswith(("rule:", "was:")):
            continue
        if one.tag == "select":
            found[name] = [next((o.get("value") for o in one if "selected" in o.attrib), one[0].get("value"))]
        elif one.get("type") != "checkbox":
            found[name] = [one.get("value") or ""]
        elif "checked" in one.attrib:
            found.setdefault(name, []).append(one.get("value"))
    return found


def test_rules_are_changed_in_fields_and_the_rest_of_the_text_stays(scene, client):
    client.force_login(scene["people"]["planner"])
    page = client.get(reverse("cases-kind-edit", args=["approval"]))
    fields = fields_of(page)
    assert fields["rule:steps.accept.roles"] == ["bureau", "zone"] and fields["rule:steps.accept.limit_days"] == ["3"]
    assert "受理" in page.content.decode() and "园区人员" in page.content.decode()
    # saved as they are: nothing is written anew, comments and order stay
    files = dict(scene["files"]) | {"kind.yaml": "# 注释\n" + scene["files"]["kind.yaml"]}
    assert post(client, files, "save", _based="1", **fields).status_code == 302
    assert CaseKind.objects.get().current.files["kind.yaml"] == files["kind.yaml"]
    fields |= {
        "rule:name": ["试验审批二"], "rule:limit_days": ["25"], "rule:steps.accept.limit_days": ["4"],
        "rule:steps.accept.roles": ["planner", "bureau", "zone"], "rule:steps.land.escalate": ["leader"],
        "rule:steps.supplement.who": ["role"], "rule:steps.supplement.roles": ["zone"],
        "rule:steps.safety.may_return": [], "rule:steps.accept.remind_days": [""],
    }  # fmt: skip
    assert post(client, files, "save", _based="2", **fields).status_code == 302
    raw = read_yaml(CaseKind.objects.get().current.files["kind.yaml"], "kind.yaml")
    before = read_yaml(files["kind.yaml"], "kind.yaml")
    assert (raw["name"], raw["limit_days"], raw["steps"]["land"]["escalate"]) == ("试验审批二", 25, ["leader"])
    accept = {
        "by": {"role": ["zone", "bureau", "planner"]},
        "form": "accept",
        "limit_days": 4,
        "escalate": ["bureau", "planner"],
    }
    assert raw["steps"]["accept"] == accept, "who comes first stays first"
    assert raw["steps"]["supplement"]["by"] == {"role": ["zone"]} and raw["steps"]["safety"]["return"] is False
    for kept in ("decisions", "letters", "title_field", "start", "code"):
        assert raw[kept] == before[kept]
    assert raw["steps"]["decide"] == before["steps"]["decide"]


def test_a_wrong_field_is_said_and_keeps_the_rest(scene, client):
    client.force_login(scene["people"]["planner"])
    fields = fields_of(client.get(reverse("cases-kind-edit", args=["approval"])))
    answer = post(client, scene["files"], "check", _based="1", **(fields | {"rule:steps.accept.limit_days": ["三"]}))
    assert answer.status_code == 422 and "不是天数" in answer.content.decode()
    answer = post(client, scene["files"], "check", _based="1", **(fields | {"rule:prefix": ["sp"]}))
    assert answer.status_code == 422 and "编号前缀" in answer.content.decode()
    # a text that cannot be read has no fields, only itself
    answer = post(client, scene["files"] | {"kind.yaml": "a: ["}, "check", _based="1")
    assert answer.context["rules"] is None and "不是合法的 YAML" in answer.content.decode()


@needs_browser
@pytest.mark.django_db(transaction=True)
def test_the_modeller_draws_changes_and_saves(open_scene, visit):
    page = visit(open_scene["people"]["planner"], "/cases/kinds/approval/edit").page
    page.wait_for_selector("#canvas[data-ready=yes]")
    assert page.locator(".djs-element.djs-shape").count() > 10
    page.locator("[data-element-id=accept]").first.dblclick()
    editor = page.locator(".djs-direct-editing-content")
    editor.fill("初审")
    page.locator("#canvas").click(position={"x": 5, "y": 5})
    page.wait_for_function("document.getElementById('bpmn-text').value.includes('初审')")
    page.locator("[data-element-id=f_sup]").first.click(force=True)
    page.fill("#note", "浏览器里改")
    page.click("button[value=save]")
    page.wait_for_url("**/cases/kinds/approval/")
    assert "初审" in kinds.kind_of("approval").current.files["process.bpmn"]
