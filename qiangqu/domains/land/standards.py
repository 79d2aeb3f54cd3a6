"""Published values of 标准地 and of the control of industrial land (``data/standards``), each with its source, edition and
whether the text was seen. A value that was not found is told as such and never made up.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from qiangqu.base.terms import Term

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Value:
    """One published value; ``sense`` ge: at least, le: at most. ``value`` None: not found."""

    what: str
    value: float | None
    unit: str
    sense: str
    document: str
    source: str = ""
    note: str = ""


@cache
def rules() -> Mapping[str, Any]:
    """The rules of supply (``data/supply.yaml``)."""
    found: dict[str, Any] = yaml.safe_load((_DATA / "supply.yaml").read_text("utf-8"))
    return found


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (_DATA / "standards" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def far_min(industry: str) -> Value:
    """The least plot ratio of an industry (two digits), edition of 2008: the values of 2023 were not found."""
    row = next((one for one in _rows("far_2008") if one["industry_code"] == industry), None)
    note = _("2023年版按行业的值未查到；行业按 GB/T 4754—2002 分")
    if row is None:
        return Value(_("容积率"), None, "", "ge", "国土资发〔2008〕24号", "", note)
    return Value(_("容积率"), float(row["far_min"]), "", "ge", row["standard"], row["source_url"].split(" ;")[0], note)


def published(industry: str) -> list[Value]:
    """What was published for an industry: national control values, the region's of 2012 by land grade, and examples of
    a place's 标准地."""
    found = [far_min(industry)]
    for one in rules()["controls"].values():
        found.append(Value(str(Term(one["title"])), float(one["value"]), one["unit"], one["sense"], one["document"]))
    for row in _rows("ningxia_2012_control"):
        if row["industry_code"] == industry and row["looked_up"] == "true":
            where = _("土地等别 %(grade)s，%(former)s") % {
                "grade": row["land_grade"],
                "former": row["former_land_type"],
            }
            value = float(row["investment_intensity_min"]) / 15  # 公顷 → 亩
            found.append(Value(_("投资强度"), value, "万元/亩", "ge", row["standard"], row["source_url"], where))
    return found


def examples() -> list[dict[str, str]]:
    """标准地 values of places that were found, as rows of the file."""
    return list(_rows("standard_land_indicators"))


def industries() -> list[tuple[str, str]]:
    """Codes and names of the industries of the 2008 table."""
    return [(row["industry_code"], row["industry_zh"]) for row in _rows("far_2008")]


def below(data: Mapping[str, Any]) -> list[str]:
    """Which of a scheme's indicators do not reach the published control values, as sentences; ``data`` are answers of
    the case (far_min, coefficient_min, office_max, industry).

    >>> below({"industry": "26", "far_min": 0.6, "coefficient_min": 30, "office_max": 7})
    []
    """
    told = []
    wanted = far_min(str(data.get("industry") or ""))
    far = data.get("far_min")
    if wanted.value is not None and far is not None and far < wanted.value:
        told.append(
            _("容积率 %(got)g 低于%(document)s的 %(wanted)g")
            % {"got": far, "document": wanted.document, "wanted": wanted.value}
        )
    for name, one in rules()["controls"].items():
        got = data.get(name)
        if got is None or (got >= one["value"] if one["sense"] == "ge" else got <= one["value"]):
            continue
        words = {"what": Term(one["title"]), "got": got, "wanted": one["value"], "document": one["document"]}
        if one["sense"] == "ge":
            told.append(_("%(what)s %(got)g %% 低于%(document)s的 %(wanted)g %%") % words)
        else:
            told.append(_("%(what)s %(got)g %% 高于%(document)s的 %(wanted)g %%") % words)
    return told
