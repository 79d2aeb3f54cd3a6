"""Score a compiled plan against its expectation: F1 on targets, measures and units.

Strict key of a target: indicator, comparator, value, unit, year. Indicator names are compared after removing
what is typography only (quotation marks, spaces, 的), area words in front, and the two spellings
规模以上/规上, 比重/占比/比例. An expectation may list ``alt_indicators`` and ``alt_comparators`` where
careful readers differ.

    python -m qiangqu.plan.compile.tests.score DIRECTORY [--show]
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from qiangqu.plan.compile import compile_file

AREA = re.compile(r"^(?:全自治区|全区|全省|全市|全县|全州|全国|我市|我省|我区)")


def plain_name(name: str) -> str:
    """Indicator name without what is typography."""
    name = re.sub(r"[“”\"'‘’\s的]", "", name or "")
    name = name.replace("规模以上", "规上").replace("比例", "比重").replace("(", "（").replace(")", "）")
    name = re.sub(r"占比$", "比重", name)
    return AREA.sub("", name)


def target_keys(target: dict[str, Any]) -> set[tuple[Any, ...]]:
    """Every key under which a target may be matched."""
    names = [target["indicator"], *target.get("alt_indicators", [])]
    signs = [target["comparator"], *target.get("alt_comparators", [])]
    value = None if target["value"] is None else round(float(target["value"]), 6)
    high = target.get("value_max")
    high = None if high is None else round(float(high), 6)
    return {(plain_name(n), c, value, high, target["unit"] or None, target["year"]) for n in names for c in signs}


def match(expected: list[set[Any]], found: list[set[Any]]) -> tuple[list[int], list[int]]:
    """Indexes of expected and of found items without a partner."""
    free = set(range(len(found)))
    missed = []
    for index, keys in enumerate(expected):
        hit = next((j for j in sorted(free) if keys & found[j]), None)
        if hit is None:
            missed.append(index)
        else:
            free.discard(hit)
    return missed, sorted(free)


def f1(expected: int, found: int, missed: int) -> float:
    hits = expected - missed
    return 1.0 if expected == found == 0 else (2 * hits / (expected + found) if expected + found else 0.0)


def score(expected: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """F1 of targets, tasks (no, title, section), units per task and units of the document, with what
    differs.
    """
    result: dict[str, Any] = {}
    wanted, got = [target_keys(t) for t in expected["targets"]], [target_keys(t) for t in found["targets"]]
    missed, extra = match(wanted, got)
    result["targets"] = f1(len(wanted), len(got), len(missed))
    result["missed"] = [expected["targets"][i] for i in missed]
    result["extra"] = [found["targets"][i] for i in extra]
    numbers = (
        [({(k[1], k[2], k[4], k[5]) for k in keys}) for keys in wanted],
        [({(k[1], k[2], k[4], k[5]) for k in keys}) for keys in got],
    )
    result["values"] = f1(len(wanted), len(got), len(match(*numbers)[0]))
    tasks = (
        [{(t["no"], t["title"].strip("。 "), t["section"])} for t in expected["tasks"]],
        [{(t["no"], t["title"].strip("。 "), t["section"])} for t in found["tasks"]],
    )
    missed, extra = match(*tasks)
    result["tasks"] = f1(len(tasks[0]), len(tasks[1]), len(missed))
    result["tasks_missed"] = [next(iter(tasks[0][i])) for i in missed]
    result["tasks_extra"] = [next(iter(tasks[1][i])) for i in extra]
    owners = (
        [{(t["no"], u)} for t in expected["tasks"] for u in t["units"]],
        [{(t["no"], u)} for t in found["tasks"] for u in t["units"]],
    )
    missed, extra = match(*owners)
    result["task_units"] = f1(len(owners[0]), len(owners[1]), len(missed))
    result["task_units_missed"] = [next(iter(owners[0][i])) for i in missed]
    result["task_units_extra"] = [next(iter(owners[1][i])) for i in extra]
    units = [{u} for u in expected["units"]], [{u} for u in found["units"]]
    result["units"] = f1(len(units[0]), len(units[1]), len(match(*units)[0]))
    result["document"] = (
        sum(expected["document"].get(k) == found["document"].get(k) for k in ("title", "number", "issuer")) / 3
    )
    return result


def pairs(directory: Path) -> list[tuple[Path, Path]]:
    """(document, expectation) of a folder: NAME.txt|md|docx|pdf beside NAME.expected.json."""
    found = []
    for wanted in sorted(directory.glob("*.expected.json")):
        stem = wanted.name.removesuffix(".expected.json")
        for suffix in (".txt", ".md", ".docx", ".pdf"):
            document = directory / (stem + suffix)
            if document.exists():
                found.append((document, wanted))
    return found


def _brief(target: dict[str, Any]) -> str:
    return f"{target['measure']} {target['indicator']} {target['comparator']} {target['value']}~{target['value_max']} {target['unit']} {target['year']} | {target.get('text', '')}"


def main() -> None:
    directory, show = Path(sys.argv[1]), "--show" in sys.argv
    totals: dict[str, list[float]] = {}
    for document, wanted in pairs(directory):
        result = score(json.loads(wanted.read_text("utf-8")), compile_file(document))
        line = "  ".join(
            f"{k} {result[k]:.3f}" for k in ("targets", "values", "tasks", "task_units", "units", "document")
        )
        print(f"{document.name:44} {line}")
        for key in ("targets", "values", "tasks", "task_units", "units"):
            totals.setdefault(key, []).append(result[key])
        if show:
            for target in result["missed"]:
                print("   -", _brief(target))
            for target in result["extra"]:
                print("   +", _brief(target))
            for key in ("tasks_missed", "tasks_extra", "task_units_missed", "task_units_extra"):
                if result[key]:
                    print("   ", key, result[key])
    print("mean", {k: round(sum(v) / len(v), 4) for k, v in totals.items()})


if __name__ == "__main__":
    main()
