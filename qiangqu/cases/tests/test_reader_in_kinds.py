"""Conditions inside the files of a kind: every place is named when one is refused, and both syntaxes run on
the engine.
"""

from pathlib import Path

import pytest

from qiangqu.cases import acts, check
from qiangqu.cases.kinds import save_version

BAD = "accepted == '补正' and accepted.__class__"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "process.bpmn", 'accepted == "补正"', BAD,
            ["process.bpmn", "f_sup", "第 22 个字符“accepted.__class__”", "不允许取属性"],
        ),
        ("kind.yaml", "code: approval", 'lights: {red: "overdue and eval(x)"}\ncode: approval', ["kind.yaml lights.red", "第 13 个字符", "eval"]),
        (
            "decisions/grade.dmn", None, "amount.real", ["decisions/grade.dmn", "第1行第1列", "不允许取属性 .real"],
        ),
    ],
    ids=["flow", "light", "table"],
)  # fmt: skip
def test_what_is_refused_is_found(scene, file, old, new, said):
    text = scene["files"][file]
    if old is None:  # the first cell of the first row
        at = text.index("<text>", text.index("<inputEntry") if "<inputEntry" in text else text.index("inputEntry"))
        end = text.index("</text>", at)
        changed = f"{text[:at]}<text>{new}{text[end:]}"
    else:
        changed = text.replace(old, new, 1)
    assert changed != text
    told = [str(fault) for fault in check.check_files(scene["files"] | {file: changed})[1].errors]
    assert len([one for one in told if all(part in one for part in said)]) == 1, told


def test_conditions_in_the_syntax_of_formulas_run(scene):
    """The same kind with its conditions written as formulas are: the same steps follow."""
    files = scene["files"]
    sql = files | {
        "process.bpmn": files["process.bpmn"]
        .replace('accepted == "补正"', "accepted = '补正'")
        .replace('decision == "重审" and grade == "大"', "decision = '重审' AND grade IN ('大')")
    }
    assert sql["process.bpmn"].count("AND grade IN") == 1
    assert [str(fault) for fault in check.check_files(sql)[1].errors] == []
    save_version(sql, None)
    people = scene["people"]
    case = acts.open_case(
        "approval", {"title": "甲", "amount": 5}, area=scene["areas"]["Z1"], user=people["enterprise"]
    ).case
    acts.finish_step(case, case.steps.get(status="open").pk, {"accepted": "补正"}, people["zone"])
    assert case.steps.get(status="open").node == "supplement"


def test_no_part_hands_an_expression_to_python() -> None:
    """The words ``eval`` and ``exec`` are called nowhere in the product, and parsers of expressions are
    imported by the reader only.
    """
    root = Path(check.__file__).resolve().parents[1]
    for path in root.rglob("*.py"):
        if "tests" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        assert " eval(" not in text and " exec(" not in text, path
        if "ast.parse(" in text:
            assert path.name == "python.py" and path.parent.name == "expressions", path
