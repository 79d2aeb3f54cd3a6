"""Safety: random inspections, check-lists, hazards, risk points, major hazard sources, work permits, duties."""

from .chemicals import Chemical, HazardUnit, Stock, UnitKind
from .duties import Duty, DutyKind
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
from .permits import GasDetector, GasReading, PermitKind, PermitState, PermitStep, StepKind, WorkPermit
from .risks import Method, RiskCheck, RiskLevel, RiskPoint, RiskScheme
