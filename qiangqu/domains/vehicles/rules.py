"""The alarm rules of vehicles: data, loaded into an area."""

from pathlib import Path

from qiangqu.registry.models import Area
from qiangqu.telemetry.alarms.rules import load_rules

FILE = Path(__file__).with_name("data") / "alarm_rules.yaml"


def load(area: Area) -> tuple[int, int]:
    """Load them, switched on; how many are new and how many were there."""
    return load_rules(FILE, area, enabled=True)
