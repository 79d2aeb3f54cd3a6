"""Kinds that code follows: a version that breaks the contract is refused wherever it is saved, whatever it
breaks; wording stays free.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qiangqu.base.packs import Pack
from qiangqu.cases import check, contracts, kinds
from qiangqu.cases import pack as cases_pack
from qiangqu.cases.contracts import Contract, Need
from qiangqu.cases.definition import read_folder
from qiangqu.cases.faults import KindError
from qiangqu.cases.models import CaseKind
from qiangqu.registry.tests import factories

DECLARED = {one.code: one for one in contracts.declared()}
each = pytest.mark.parametrize("code", sorted(DECLARED))
Files = dict[str, str]


def own(code: str) -> Files:
    return read_folder(DECLARED[code].folder)


def form_file(files: Files, step: str) -> str:
    definition, _faults = check.check_files(files)
    assert definition is not None
    rule = definition.raw["start"]["form"] if step == "" else definition.steps[step].form
    return f"forms/{rule}.json"


def with_form(files: Files, name: str, change: Any) -> Files:
    """``files`` with ``change(form)`` made to a form's data."""
    form = json.loads(files[name])
    change(form)
    return files | {name: json.dumps(form, ensure_ascii=False)}


def said(files: Files) -> str:
    return "\n".join(str(fault) for fault in check.check_files(files)[1].errors)


def fields(contract: Contract) -> Iterator[tuple[str, str, Need]]:
    """Every field that the code follows, with its step ("" the opening)."""
    yield from (("", name, need) for name, need in (contract.opening or {}).items())
    for step, work in contract.steps.items():
        yield from ((step, name, need) for name, need in work.fields.items())


def test_every_kind_that_comes_with_code_is_declared() -> None:
    found = Path(contracts.__file__).parents[1].glob("**/kinds/*/kind.yaml")
    brought = {one.parent.name for one in found if "tests" not in one.parts}
    assert set(DECLARED) == brought >= {"incoming_document", "outgoing_document", "supervision"}


@each
def test_what_comes_with_the_code_holds_its_contract_and_speaks_in_codes(code: str) -> None:
    files = own(code)
    definition, faults = check.check_files(files)
    assert definition is not None and definition.code == code and list(faults) == []
    for form in definition.forms.values():
        for spec in form.fields.values():
            assert all(one.isascii() for one in spec.get("enum", ()))
            assert set(spec.get("enum", ())) == set(spec.get("titles", ()))
    assert all(flow.condition.isascii() for flow in definition.process.flows if flow.condition)


@each
def test_a_field_that_is_gone_renamed_or_of_another_type_is_named(code: str) -> None:
    files, tried = own(code), 0
    for step, name, need in fields(DECLARED[code]):
        file = form_file(files, step)

        def drop(form: Any, name: str = name) -> None:
            del form["schema"]["properties"][name]
            form["order"].remove(name)
            form["schema"]["required"] = [one for one in form["schema"].get("required", []) if one != name]
            form.get("widgets", {}).pop(name, None)

        told = said(with_form(files, file, drop))
        assert file in told and name in told and "请加回来" in told, (step, name, told)

        def retype(form: Any, name: str = name, need: Need = need) -> None:
            form["schema"]["properties"][name] = {
                "type": "boolean" if need.type != "boolean" else "string",
                "title": "另一种",
            }

        told = said(with_form(files, file, retype))
        assert f"{file} {name}" in told and f"type 为 {need.type}" in told, (step, name, told)
        tried += 1
    assert tried >= 8


@each
def test_an_option_that_is_gone_is_named(code: str) -> None:
    files, tried = own(code), 0
    for step, name, need in fields(DECLARED[code]):
        for value in need.values:

            def drop(form: Any, name: str = name, value: str = value) -> None:
                spec = form["schema"]["properties"][name]
                spec["enum"].remove(value)
                del spec["titles"][value]
                if not spec["enum"]:
                    spec["enum"], spec["titles"] = ["other"], {"other": "其他"}

            told = said(with_form(files, form_file(files, step), drop))
            assert f"缺少代码 {value}" in told and "enum" in told and "titles" in told, (step, name, value, told)
            tried += 1
    assert tried >= 2


@each
def test_a_step_that_is_gone_or_renamed_is_named(code: str) -> None:
    files, contract = own(code), DECLARED[code]
    for node, work in contract.steps.items():
        renamed = {
            "process.bpmn": files["process.bpmn"]
            .replace(f'id="{node}"', f'id="{node}_x"')
            .replace(f'Ref="{node}"', f'Ref="{node}_x"')
            .replace(f'bpmnElement="{node}"', f'bpmnElement="{node}_x"'),
            "kind.yaml": files["kind.yaml"].replace(f"  {node}:", f"  {node}_x:"),
        }
        told = said(files | renamed)
        assert (f"编号为 {node} 的用户任务" in told) != work.optional, (node, told)


@each
def test_the_wording_is_the_regions_own(code: str) -> None:
    """Every title, every name, limits and roles may change, options may be added."""
    files = own(code)

    def reworded(form: Any) -> None:
        form["schema"]["title"] = "另一种说法"
        for number, spec in enumerate(form["schema"]["properties"].values()):
            spec["title"] = f"改过的名称{number}"
            if "titles" in spec:
                spec["titles"] = {one: f"说法{n}" for n, one in enumerate(spec["enum"])}

    for name in [name for name in files if name.startswith("forms/")]:
        files = with_form(files, name, reworded)
    files["process.bpmn"] = files["process.bpmn"].replace('name="', 'name="本区')
    files["kind.yaml"] = files["kind.yaml"].replace("limit_days: 2", "limit_days: 5").replace("name: ", "name: 本区")
    assert said(files) == ""


@pytest.mark.parametrize("code", [code for code, one in DECLARED.items() if one.opening is not None])
def test_an_opening_that_asks_for_what_the_code_does_not_give_is_refused(code: str) -> None:
    files = own(code)
    file = form_file(files, "")

    def one_more(form: Any) -> None:
        form["schema"]["properties"]["invented"] = {"type": "string", "title": "新字段"}
        form["order"].append("invented")
        form["schema"]["required"] = [*form["schema"]["required"], "invented"]

    told = said(with_form(files, file, one_more))
    assert f"{file} invented" in told and "不会填这一项" in told

    def shorter(form: Any) -> None:
        form["schema"]["properties"]["title"]["maxLength"] = 20

    assert f"{file} title" in said(with_form(files, file, shorter)) and "120 字" in said(
        with_form(files, file, shorter)
    )

    def longer(form: Any) -> None:
        form["schema"]["properties"]["title"]["minLength"] = 30

    told = said(with_form(files, file, longer))
    assert f"{file} title" in told and "请放宽" in told


def test_an_answer_that_leads_elsewhere_is_refused() -> None:
    """Signed is signed: the step after it is the register, and nothing else leads there."""
    files = own("outgoing_document")
    flipped = files["process.bpmn"].replace('signing == "approve"', 'signing == "return"', 1)
    flipped = flipped.replace('signing == "return"</', 'signing == "approve"</', 2).replace(
        'signing == "approve"</', 'signing == "return"</', 1
    )
    told = said(files | {"process.bpmn": flipped})
    assert "signing=approve" in told and "register" in told
    mistyped = files | {"process.bpmn": files["process.bpmn"].replace('signing == "approve"', 'signing == "approved"')}
    assert "signing=approve" in said(mistyped)


def test_what_decides_who_is_asked_stays() -> None:
    files = own("outgoing_document")
    told = said(files | {"kind.yaml": files["kind.yaml"].replace("{user: signer}", "{role: [leader]}")})
    assert "kind.yaml steps.sign.by" in told and "{user: signer}" in told
    told = said(files | {"kind.yaml": files["kind.yaml"].replace(", elsewhere: true", "")})
    assert "kind.yaml start.elsewhere" in told
    files = own("supervision")
    told = said(files | {"kind.yaml": files["kind.yaml"].replace("due_field: deadline\n", "")})
    assert "kind.yaml due_field" in told and "deadline" in told


# ---------------------------------------------------------------- wherever a version is saved


def broken(code: str = "outgoing_document") -> Files:
    def drop(form: Any) -> None:
        spec = form["schema"]["properties"]["signing"]
        spec["enum"], spec["titles"] = ["yes", "no"], {"yes": "同意签发", "no": "退回"}

    return with_form(own(code), "forms/sign.json", drop)


def test_the_function_the_pack_and_the_program_refuse(db: None, tmp_path: Path) -> None:
    with pytest.raises(KindError, match="缺少代码 approve"):
        kinds.save_version(broken(), None)
    assert not CaseKind.objects.exists()
    folder = tmp_path / "pack" / "cases" / "outgoing_document"
    for name, text in broken().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "pack" / "pack.yaml").write_text("code: x\n")
    errors = [str(f) for f in cases_pack.check(Pack(tmp_path / "pack")) if f.severity == "error"]
    assert any("cases/outgoing_document/forms/sign.json signing" in one and "approve" in one for one in errors)
    with pytest.raises(KindError):
        cases_pack.load(Pack(tmp_path / "pack"), lambda text: None)


def test_the_editor_refuses_and_takes_other_words(db: None) -> None:
    areas = factories.tree()
    planner = factories.users(areas)["planner"]
    kinds.kind_of("outgoing_document")
    client = Client()
    client.force_login(planner)
    page = reverse("cases-kind-edit", args=["outgoing_document"])
    sent = {f"file:{name}": text for name, text in broken().items()} | {"_do": "save", "_based": "1", "_note": "改"}
    answer = client.post(page, sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "forms/sign.json" in text and "缺少代码 approve" in text and "titles" in text
    assert CaseKind.objects.get(code="outgoing_document").current.number == 1
    reworded = {
        name: text.replace("同意签发", "准予签发").replace('name="签发"', 'name="核签"')
        for name, text in own("outgoing_document").items()
    }
    sent = {f"file:{name}": text for name, text in reworded.items()} | {"_do": "save", "_based": "1", "_note": "改"}
    assert client.post(page, sent).status_code == 302
    current = CaseKind.objects.get(code="outgoing_document").current
    assert current.number == 2 and "准予签发" in current.files["forms/sign.json"]


def test_a_planners_own_wording_stands_when_the_pack_and_the_program_come_again(db: None, tmp_path: Path) -> None:
    areas = factories.tree()
    planner = factories.users(areas)["planner"]
    kinds.kind_of("supervision")
    reworded = {name: text.replace("办结销号", "销号") for name, text in own("supervision").items()}
    kinds.save_version(reworded, planner)
    (tmp_path / "pack.yaml").write_text("code: x\n")
    for _twice in range(2):
        cases_pack.load(Pack(tmp_path), lambda text: None)
    kind = CaseKind.objects.get(code="supervision")
    assert kind.current.number == 2 and kind.versions.count() == 2
    # the program itself has something new: the planner's holds the contract and stays
    newer = copy.copy(reworded) | {"kind.yaml": reworded["kind.yaml"].replace("limit_days: 5", "limit_days: 7")}
    assert kinds.bring(newer, "随程序", followed=True).number == 2
    # a pack that has something new is the region speaking
    assert kinds.bring(newer, "数据包").number == 3
    kinds.save_version(reworded, planner)
    assert kinds.bring(newer, "数据包").number == 4, "an edit stands until the pack says something new"
