from .outlines import Boundary, BoundaryImport, Descent, ImportKind, ImportState
from .supply import ContractMode, LandContract, Obligation, ObligationState, Promise
from .use import ClockStop, Clue, ClueState, Evidence, EvidenceKind, EvidenceShows

__all__ = [
    "Boundary", "BoundaryImport", "ClockStop", "Clue", "ClueState", "ContractMode", "Descent", "Evidence", "EvidenceKind", "EvidenceShows", "ImportKind", "ImportState", "LandContract",
    "Obligation", "ObligationState", "Promise",
]  # fmt: skip
