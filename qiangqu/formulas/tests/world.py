"""A small made-up region for tests: areas, organisations, elements, and facts put straight into the
tables.
"""

import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from qiangqu.base.periods import parse_period
from qiangqu.facts.models import BatchKind, Element, FactBatch, Source
from qiangqu.facts.store import ingest
from qiangqu.formulas.catalog import Catalog, from_database
from qiangqu.formulas.models import Indicator
from qiangqu.registry.models import Area, Industry, Organisation, ProjectKind, RecognitionKind
from qiangqu.registry.subjects import AREA, ORGANISATION

TODAY = dt.date(2026, 11, 23)
ALWAYS = dt.date(2000, 1, 1)
_numbers = itertools.count(1)

ELEMENTS = {
    # code: (name, unit, kind, aggregation)
    "output": ("产值", "亿元", "flow", "sum"),
    "tax": ("税收", "万元", "flow", "sum"),
    "jobs": ("从业人员", "人", "level", "sum"),
    "score": ("评分", "分", "index", "mean"),
    "weight": ("产量", "万吨", "flow", "sum"),
    "gdp": ("地区生产总值", "亿元", "flow", "none"),
    "gdp_growth": ("地区生产总值增速", "%", "rate", "none"),
    "output_growth": ("产值增速", "%", "rate", "none"),
    "zone_output": ("园区产值", "亿元", "flow", "sum"),
    "share_given": ("比重", "%", "share", "none"),
}


@dataclass
class World:
    areas: dict[str, Area] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)

    def catalog(self, **formulas: tuple[str, str]) -> Catalog:
        """The catalogue with indicators ``code=(formula, unit)`` saved."""
        for code, (formula, unit) in formulas.items():
            Indicator.objects.update_or_create(
                code=code, defaults={"name": f"指标{code}", "unit": unit, "formula": formula}
            )
        return from_database()

    def facts(
        self, rows: Iterable[tuple[str, str, str, float]], *, simulated: bool = False, source: Source | None = None
    ) -> FactBatch:
        """Add rows ``(element, code of the area or organisation, period, value)`` as one batch."""
        columns: dict[str, list[Any]] = {
            n: [] for n in ("element", "subject_kind", "subject_id", "period_key", "value", "row")
        }
        for number, (element, subject, period, value) in enumerate(rows, 1):
            area = self.areas.get(subject)
            columns["element"].append(self.elements[element].pk)
            columns["subject_kind"].append((AREA if area else ORGANISATION).number)
            columns["subject_id"].append(area.pk if area else self.organisations[subject].pk)
            columns["period_key"].append(parse_period(period).key)
            columns["value"].append(float(value))
            columns["row"].append(number)
        if source:
            columns["source"] = [source.pk] * len(columns["value"])
        key = f"t{next(_numbers)}"
        return ingest(pa.table(columns), key=key, kind=BatchKind.IMPORT, simulated=simulated, file_name="测试.csv")

    def organisation(self, code: str, area: str, **more: Any) -> Organisation:
        defaults = {"name": code, "kind": "enterprise", "valid_from": ALWAYS, "scale": "above", "industry_code": "2700"}
        made = Organisation.objects.create(code=code, area=self.areas[area], **{**defaults, **more})
        self.organisations[code] = made
        return made


def build() -> World:
    """R with cities C1 (zones Z1, Z2), C2 (zone Z3) and a zone Z4 of its own; six enterprises."""
    world = World()
    for code, parent, level in (
        ("R", None, "region"),
        ("C1", "R", "city"),
        ("C2", "R", "city"),
        ("Z4", "R", "zone"),
        ("Z1", "C1", "zone"),
        ("Z2", "C1", "zone"),
        ("Z3", "C2", "zone"),
    ):
        world.areas[code] = Area.objects.create(
            code=code,
            name=f"区{code}",
            short_name=code,
            level=level,
            parent=world.areas[parent] if parent else None,
            valid_from=ALWAYS,
        )
    for code, (name, unit, kind, aggregation) in ELEMENTS.items():
        world.elements[code] = Element.objects.create(
            code=code, name=name, unit=unit, kind=kind, aggregation=aggregation
        )
    for base in ("gdp", "output"):
        growth = world.elements[f"{base}_growth"]
        growth.growth_of = world.elements[base]
        growth.save()
    metal = Industry.objects.create(code="metal", name="金属")
    food = Industry.objects.create(code="food", name="食品")
    alloy = Industry.objects.create(code="alloy", name="合金链", parent=metal)
    RecognitionKind.objects.create(code="green", name="绿色工厂")
    RecognitionKind.objects.create(code="giant", name="小巨人")
    ProjectKind.objects.create(code="renewal", name="技改")
    world.organisation("E1", "Z1", sector=metal, chain=alloy, industry_code="3200")
    world.organisation("E2", "Z1", sector=food, industry_code="1400", scale="small")
    world.organisation("E3", "Z2", sector=metal, industry_code="3100", ownership="state")
    world.organisation("E4", "Z3", sector=food, industry_code="1500")
    world.organisation("E5", "Z4", sector=metal, chain=alloy, industry_code="3200", scale="small")
    world.organisation("E6", "Z4", industry_code="2700")
    return world
