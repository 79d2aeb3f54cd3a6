"""What a formula may name: elements, indicators, kinds of recognition and project, industries."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .attributes import SubjectInfo


@dataclass(frozen=True, slots=True)
class ElementInfo:
    """An element as formulas see it. ``kind`` and ``aggregation`` are the values of ``facts.models``;
    ``growth`` is the code of the element that states its year-on-year growth, "" when there is none."""

    id: int
    code: str
    name: str
    unit: str
    kind: str
    aggregation: str
    growth: str = ""
    decimals: int = 2


@dataclass(frozen=True, slots=True)
class IndicatorInfo:
    """An indicator as other formulas see it. ``subject`` is the code of the register for whose records it has
    values; ``periods`` "year" when those of records are wanted for whole years only.
    """

    code: str
    name: str
    unit: str
    formula: str
    subject: str = "area"
    periods: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All names by code. ``industries`` gives each industry's or chain's name and parent code ("" for an
    industry).
    """

    elements: Mapping[str, ElementInfo]
    indicators: Mapping[str, IndicatorInfo] = field(default_factory=dict)
    recognitions: Mapping[str, str] = field(default_factory=dict)
    projects: Mapping[str, str] = field(default_factory=dict)
    industries: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    subjects: Mapping[str, SubjectInfo] = field(default_factory=dict)

    def element(self, name: str) -> ElementInfo | None:
        """By code, else by its Chinese name when only one element has it."""
        found = self.elements.get(name)
        if found is None:
            named = [element for element in self.elements.values() if element.name == name]
            found = named[0] if len(named) == 1 else None
        return found

    def indicator(self, name: str) -> IndicatorInfo | None:
        found = self.indicators.get(name)
        if found is None:
            named = [indicator for indicator in self.indicators.values() if indicator.name == name]
            found = named[0] if len(named) == 1 else None
        return found

    def with_indicator(self, indicator: IndicatorInfo) -> "Catalog":
        """The same catalogue with one indicator added or replaced (to check it before it is saved)."""
        return replace(self, indicators={**self.indicators, indicator.code: indicator})


def from_database() -> Catalog:
    """The catalogue of this node, by small queries: six, and one for each code list that a declared register
    names.
    """
    from qiangqu.facts.models import Element
    from qiangqu.registry.models import Industry, ProjectKind, RecognitionKind

    from .models import Indicator
    from .records import described

    rows = list(
        Element.objects.order_by("code").values_list(
            "id", "code", "name", "unit", "kind", "aggregation", "growth_of_id", "decimals"
        )
    )
    growth: dict[int, str] = {}
    for _id, code, _name, _unit, kind, _aggregation, growth_of, _decimals in rows:
        if growth_of is not None and kind == "rate":
            growth.setdefault(growth_of, code)
    return Catalog(
        elements={
            code: ElementInfo(id_, code, name, unit, kind, aggregation, growth.get(id_, ""), decimals)
            for id_, code, name, unit, kind, aggregation, _growth_of, decimals in rows
        },
        indicators={
            row[0]: IndicatorInfo(*row)
            for row in Indicator.objects.values_list("code", "name", "unit", "formula", "subject", "periods")
        },
        recognitions=dict(RecognitionKind.objects.values_list("code", "name")),
        projects=dict(ProjectKind.objects.values_list("code", "name")),
        industries={
            code: (name, parent or "")
            for code, name, parent in Industry.objects.values_list("code", "name", "parent__code")
        },
        subjects=described(),
    )
