from .outlines import Boundary, BoundaryImport, Descent, ImportKind, ImportState
from .supply import ContractMode, LandContract, Obligation, ObligationState, Promise
from .use import ClockStop, Clue, ClueState, Evidence, EvidenceKind, EvidenceShows
from .zones import AgreementKind, AgreementShare, InfrastructureProject, Shared, Works, WorksStage, ZoneAgreement

__all__ = [
    "AgreementKind",
    "AgreementShare",
    "Boundary",
    "BoundaryImport",
    "ClockStop",
    "Clue",
    "ClueState",
    "ContractMode",
    "Descent",
    "Evidence",
    "EvidenceKind",
    "EvidenceShows",
    "ImportKind",
    "ImportState",
    "InfrastructureProject",
    "LandContract",
    "Obligation",
    "ObligationState",
    "Promise",
    "Shared",
    "Works",
    "WorksStage",
    "ZoneAgreement",
]  # fmt: skip
