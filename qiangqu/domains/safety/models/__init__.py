"""Safety: random inspections, check-lists, hazards, risk points."""

from .hazards import CheckAnswer, CheckItem, CheckList, Found, Hazard, HazardGrade, HazardState, Verdict
from .inspections import (
    PUBLISH_WORKDAYS,
    Draw,
    DrawState,
    Grade,
    InspectionSubject,
    Inspector,
    InspectorConflict,
    Outcome,
    Visit,
    VisitMember,
    first_rules,
)  # fmt: skip
from .risks import Method, RiskCheck, RiskLevel, RiskPoint, RiskScheme
