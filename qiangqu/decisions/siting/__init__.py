"""Siting 选址: where to put p stations, teams or stores so that they serve best, at a proven optimum.

Pure functions over a table of travel times or road distances (places × candidate sites); nothing here knows a
station or a road as a record. Models and their names are those of the location literature: p-median
(:mod:`.median`), p-centre, set cover (LSCP), maximal cover (MCLP) and backup cover (:mod:`.cover`), and
sites of limited capacity (:mod:`.capacity`).
"""

from .capacity import Allocation, capacitated
from .cover import cover_all, cover_most, cover_twice, p_centre
from .median import p_median
from .table import Siting, describe

__all__ = [
    "Allocation",
    "Siting",
    "capacitated",
    "cover_all",
    "cover_most",
    "cover_twice",
    "describe",
    "p_centre",
    "p_median",
]
