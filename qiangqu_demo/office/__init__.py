"""What the demonstration shows of the office: documents on their ways, then meetings of the same bodies."""

from collections.abc import Callable

from qiangqu.registry.models import Area

from .documents import demonstrate as documents
from .meetings import demonstrate as meetings


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Documents and meetings about the zone, unless there are some."""
    documents(zone)
    meetings(zone)
