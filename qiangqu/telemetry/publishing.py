"""Months of devices as facts, so that indicators use them: how many are registered, how many really report,
how long they were online.

Only devices of organisations count: the rates speak of enterprises' devices, not of a zone's own.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from qiangqu.base.periods import Period
from qiangqu.facts import publishing
from qiangqu.facts.models import FactBatch
from qiangqu.facts.publishing import Figure

from .health import Score, scores
from .models import Device, DeviceDay

REGISTERED, REPORTING = "telemetry_devices", "telemetry_devices_reporting"
DUE, ONLINE = "telemetry_hours_due", "telemetry_hours_online"
ELEMENTS = (REGISTERED, REPORTING, DUE, ONLINE)
SOURCE = "设备遥测（网关接收的数据）"
Cell = tuple[str, int, float]


def publish(period: Period, user: Any = None) -> list[FactBatch]:
    """Store the month's figures of every organisation with devices; the same figures again add nothing,
    changed ones supersede.

    The days must have been rolled before. Simulated and real devices go in batches of their own. Raises
    InputError when the pack does not define the elements.
    """
    figures = [
        Figure(code, owner, value, SOURCE, simulated)
        for simulated in (False, True)
        for code, owner, value in _cells(period, simulated)
    ]
    return publishing.publish("telemetry", "设备遥测", period, figures, user, needed=ELEMENTS)


def _cells(period: Period, simulated: bool) -> Iterable[Cell]:
    registered = (
        Device.objects.filter(simulated=simulated, enabled=True, organisation__isnull=False)
        .filter(Q(valid_to=None) | Q(valid_to__gte=period.end), valid_from__lte=period.end)
        .values_list("organisation", flat=True)
    )
    counts: dict[int, int] = {}
    for owner in registered:
        counts[owner] = counts.get(owner, 0) + 1
    days = DeviceDay.objects.filter(
        day__gte=period.start, day__lte=period.end, device__simulated=simulated, device__organisation__in=list(counts)
    ).exclude(device__enabled=False)
    found = scores(days, "device__organisation")
    for owner, count in counts.items():
        score = found.get(owner) or Score(0.0, 0.0, 0.0, 0, 0, 0, 0, 0)
        yield REGISTERED, owner, float(count)
        yield REPORTING, owner, float(min(count, score.reporting))
        yield DUE, owner, float(score.hours_due)
        yield ONLINE, owner, float(score.hours_online)
