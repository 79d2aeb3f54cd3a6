"""Each phenomenon of plan language by itself (phenomena.txt), and the fault kinds of held-back documents
(phenomena_kinds.txt).
"""

from pathlib import Path

import pytest

from qiangqu.plan.compile import compile_text

HERE = Path(__file__).parent


def _cases() -> list[tuple[str, str, list[list[str]]]]:
    cases = []
    texts = [(HERE / name).read_text("utf-8") for name in ("phenomena.txt", "phenomena_kinds.txt")]
    for block in [block for text in texts for block in text.split("\n## ")[1:]]:
        title, *lines = block.strip("\n").split("\n")
        text = "\n".join(line for line in lines if not line.startswith(("- ", "~ ")))
        wanted = [[part.strip() for part in line[2:].split(" | ")] for line in lines if line.startswith(("- ", "~ "))]
        cases.append((title, text, wanted))
    return cases


def _shown(target: dict[str, object]) -> list[str]:
    value = "-" if target["value"] is None else str(target["value"])
    if target["value_max"] is not None:
        value += f"~{target['value_max']}"
    keys = ("comparator", "unit", "year", "kind", "effort")
    comparator, unit, year, kind, effort = (str(target[k] if target[k] is not None else "-") for k in keys)
    return [str(target["indicator"]), comparator, value, unit, year, kind, effort]


@pytest.mark.parametrize(
    ("title", "text", "wanted"), _cases(), ids=lambda value: value if isinstance(value, str) and len(value) < 70 else ""
)
def test_phenomenon(title: str, text: str, wanted: list[list[str]]) -> None:
    plan = compile_text(text)
    found = plan["targets"]
    standards = [_shown(standard)[:4] for standard in plan.get("standards", [])]
    assert [_shown(target) for target in found] + standards == wanted, title
    for target in [*found, *plan.get("standards", [])]:
        start, end = target["span"]
        assert text[start:end] == target["text"]
