from .outlines import Boundary, BoundaryImport, Descent, ImportKind, ImportState
from .use import ClockStop, Clue, ClueState, ContractMode, LandContract

__all__ = [
    "Boundary", "BoundaryImport", "ClockStop", "Clue", "ClueState", "ContractMode", "Descent", "ImportKind", "ImportState", "LandContract",
]  # fmt: skip
