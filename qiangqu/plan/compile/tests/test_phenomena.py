"""Each phenomenon of plan language by itself (phenomena.txt)."""

from pathlib import Path

import pytest

from qiangqu.plan.compile import compile_text

HERE = Path(__file__).parent


def _cases() -> list[tuple[str, str, list[list[str]]]]:
    cases = []
    for block in (HERE / "phenomena.txt").read_text("utf-8").split("\n## ")[1:]:
        title, *lines = block.strip("\n").split("\n")
        text = "\n".join(line for line in lines if line and not line.startswith("- "))
        wanted = [[part.strip() for part in line[2:].split("|")] for line in lines if line.startswith("- ")]
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
    found = compile_text(text)["targets"]
    assert [_shown(target) for target in found] == wanted, title
    for target in found:
        start, end = target["span"]
        assert text[start:end] == target["text"]
