"""Safety of a demonstration; everything is marked 模拟数据."""

from collections.abc import Callable

from qiangqu.registry.models import Area

from . import inspections, work


def enact(zone: Area, report: Callable[[str], None]) -> None:
    """Hazards, risks and permits, then draws with their visits."""
    work.enact(zone, report)
    inspections.enact(zone, report)
