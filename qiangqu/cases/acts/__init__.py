"""Everything that can be done with a case. Each act is one transaction: the engine's state, the rows and the
audit entry stand or fall together.
"""

from .clocks import recount_all, resume, set_calendar, suspend
from .opening import Opened, area_to_open, hash_of, may_open, open_case
from .stepping import NotYours, assign, claim, finish_step, mine, put_back, send_back, take_back, targets, withdraw
from .talk import ask_countersign, countersign, look_at_identity, opine, recall_countersign, urge

__all__ = [
    "NotYours",
    "Opened",
    "area_to_open",
    "ask_countersign",
    "assign",
    "claim",
    "countersign",
    "finish_step",
    "hash_of",
    "look_at_identity",
    "may_open",
    "mine",
    "open_case",
    "opine",
    "put_back",
    "recall_countersign",
    "recount_all",
    "resume",
    "send_back",
    "set_calendar",
    "suspend",
    "take_back",
    "targets",
    "urge",
    "withdraw",
]
