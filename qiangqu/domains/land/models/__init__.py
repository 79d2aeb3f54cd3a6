from .outlines import Boundary, BoundaryImport, Descent, ImportKind, ImportState
from .supply import ContractMode, LandContract, Obligation, ObligationState, Promise
from .use import ClockStop, Clue, ClueState

__all__ = [
    "Boundary", "BoundaryImport", "ClockStop", "Clue", "ClueState", "ContractMode", "Descent", "ImportKind", "ImportState", "LandContract",
    "Obligation", "ObligationState", "Promise",
]  # fmt: skip
