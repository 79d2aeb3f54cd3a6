"""Months of devices as facts, so that indicators use them: how many are registered, how many really report, how long they were online.

Only devices of organisations count: the rates speak of enterprises' devices, not of a zone's own.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from django.db.models import Q

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period
from qiangqu.facts.models import BatchKind, Element, FactBatch, Source
from qiangqu.facts.store import ingest
from qiangqu.registry.subjects import ORGANISATION

from .health import Score, scores
from .models import Device, DeviceDay

REGISTERED, REPORTING = "telemetry_devices", "telemetry_devices_reporting"
DUE, ONLINE = "telemetry_hours_due", "telemetry_hours_online"
ELEMENTS = (REGISTERED, REPORTING, DUE, ONLINE)
SOURCE = "设备遥测（网关接收的数据）"
Cell = tuple[str, int, float]


def publish(period: Period, user: Any = None) -> list[FactBatch]:
    """Store the month's figures of every organisation with devices; the same figures again add nothing, changed ones supersede.

    The days must have been rolled before. Simulated and real devices go in batches of their own. Raises InputError when the pack does not define
    the elements.
    """
    elements = dict(Element.objects.filter(code__in=ELEMENTS).values_list("code", "pk"))
    missing = [code for code in ELEMENTS if code not in elements]
    if missing:
        raise InputError(f"数据包没有统计要素 {'、'.join(missing)}，请先载入", where="elements.yaml")
    batches = []
    for simulated in (False, True):
        rows = sorted((elements[code], owner, value) for code, owner, value in _cells(period, simulated))
        if not rows:
            continue
        source, _made = Source.objects.get_or_create(title=SOURCE, url="", published_on="")
        table = pa.table(
            {
                "element": pa.array([r[0] for r in rows], pa.int32()),
                "subject_kind": pa.array([ORGANISATION.number] * len(rows), pa.int8()),
                "subject_id": pa.array([r[1] for r in rows], pa.int32()),
                "period_key": pa.array([period.key] * len(rows), pa.int32()),
                "value": pa.array([r[2] for r in rows], pa.float64()),
                "source": pa.array([source.pk] * len(rows), pa.int32()),
            }
        )
        digest = hashlib.sha256(repr((period.key, simulated, rows)).encode()).hexdigest()
        batches.append(
            ingest(
                table,
                key=f"telemetry|{period.code}|{digest[:24]}",
                kind=BatchKind.API,
                user=user,
                simulated=simulated,
                sha256=digest,
                note=f"设备遥测 {period.label}",
            )
        )
    return batches


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
