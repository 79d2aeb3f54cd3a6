"""What the README of the bundled pack promises of its published figures: sources, reasons, contradictions."""

from collections import defaultdict

import pytest

from qiangqu.base.packs import Pack
from qiangqu.base.periods import parse_period
from qiangqu.base.units import factor
from qiangqu.site.packs import check_pack, find_pack

SOURCE = ("source_title", "source_url", "source_date")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return find_pack("ningxia")


@pytest.fixture(scope="module")
def published(pack) -> list:
    return list(pack.rows("published.csv", ("element", "area", "period", "value", "unit", *SOURCE)))


@pytest.fixture(scope="module")
def units(pack) -> dict[str, str]:
    return {entry["code"]: entry["unit"] for entry in pack.yaml("elements.yaml")}


def unsourced(rows) -> list[int]:
    return [row.line for row in rows if not all(row[name] for name in SOURCE) or "://" not in row["source_url"]]


def test_the_pack_has_no_errors(pack) -> None:
    assert [str(finding) for finding in check_pack(pack) if finding.severity == "error"] == []


def test_every_published_figure_has_its_source(published) -> None:
    assert len(published) > 400
    assert unsourced(published) == []


def test_every_figure_left_out_has_its_source_and_the_reason(pack) -> None:
    left_out = list(pack.rows("left_out.csv", ("name", "area", "period", "value", "reason", *SOURCE)))
    assert left_out and unsourced(left_out) == []
    assert [row.line for row in left_out if not row["reason"]] == []


def test_of_contradicting_figures_one_counts_and_the_others_are_kept(published, units) -> None:
    cells = defaultdict(list)
    for row in published:
        value = float(row["value"]) * factor(row["unit"], units[row["element"]])
        cells[row["element"], row["area"], parse_period(row["period"]).key].append((value, row["preferred"]))
    disputed = {cell: rows for cell, rows in cells.items() if len({value for value, _said in rows}) > 1}
    assert ("rd_intensity", "640000", parse_period("2017").key) in disputed
    assert [cell for cell, rows in disputed.items() if [said for _value, said in rows].count("yes") != 1] == []


def test_an_estimate_gives_way_and_an_objective_is_no_result(published) -> None:
    assert [row.line for row in published if "预计" in row["note"] and row["preferred"] != "no"] == []
    objectives = [row for row in published if "不是实绩" in row["note"]]
    assert objectives and all(row["element"].endswith("_objective") for row in objectives)


def test_a_zone_without_a_source_is_marked(pack) -> None:
    zones = [row for row in pack.rows("areas.csv", ("code", "level", "source_url", "note")) if row["level"] == "zone"]
    unsourced_zones = [row for row in zones if not row["source_url"]]
    assert len(zones) == pack.info["zones_stated"]
    assert [row["code"] for row in unsourced_zones if "待核实来源" not in row["note"]] == []
