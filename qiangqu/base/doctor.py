"""What is wrong with a node, each in one sentence that says what to do. Parts name their checks in their
manifests (``Part.checks``); ``qiangqu doctor`` and the page 节点体检 show what they find.
"""

from dataclasses import dataclass
from typing import Any

from .part import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``message`` is translated where it is shown, then filled with ``values``: a
    check may run before there are settings to translate by. An error wants somebody to act now, a warning
    soon, a note only says how things are."""

    message: Text
    values: dict[str, Any]
    is_error: bool
    is_note: bool = False

    def __str__(self) -> str:
        return str(self.message) % self.values


def error(message: Text, **values: Any) -> Finding:
    """Something does not work, or data or secrets are in danger."""
    return Finding(message, values, True)


def warning(message: Text, **values: Any) -> Finding:
    """Something will not work one day, or is not as it should be."""
    return Finding(message, values, False)


def note(message: Text, **values: Any) -> Finding:
    """How the node is set up, where a reader should know it and nobody need act."""
    return Finding(message, values, False, True)
