"""Months of emissions and of the waste ledger as facts, so that indicators use them."""

import hashlib
from typing import Any

import pyarrow as pa
from django.db.models import Q, Sum

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period
from qiangqu.facts.models import BatchKind, Element, FactBatch, Source
from qiangqu.facts.store import ingest
from qiangqu.registry.subjects import ORGANISATION

from .models import DailyResult, WasteEntry

EMISSIONS = {
    "a34013": "emission_pm",
    "a21026": "emission_so2",
    "a21002": "emission_nox",
    "w01018": "emission_cod",
    "w21003": "emission_nh3n",
}
WASTE = {"generated": "solid_waste_generated", "used": "solid_waste_utilised", "disposed": "solid_waste_disposed"}
SOURCES = {"emission": "污染源自动监测（小时值汇总）", "waste": "固体废物管理台账"}


def publish(period: Period, user: Any = None) -> list[FactBatch]:
    """Store the month's figures of every enterprise; the same figures again add nothing, changed ones supersede.

    Simulated and real ones go in batches of their own. Raises InputError when the pack does not define the elements.
    """
    cells = _emissions(period) + _waste(period)
    codes = sorted({code for _, code, *_ in cells})
    elements = dict(Element.objects.filter(code__in=codes).values_list("code", "pk"))
    missing = [code for code in codes if code not in elements]
    if missing:
        raise InputError(f"数据包没有统计要素 {'、'.join(missing)}，请先载入", where="elements.yaml")
    sources = {
        kind: Source.objects.get_or_create(title=title, url="", published_on="")[0] for kind, title in SOURCES.items()
    }
    batches = []
    for simulated in (False, True):
        rows = sorted(
            (elements[code], org, value, sources[kind].pk) for kind, code, org, value, sim in cells if sim is simulated
        )
        if not rows:
            continue
        table = pa.table(
            {
                "element": pa.array([r[0] for r in rows], pa.int32()),
                "subject_kind": pa.array([ORGANISATION.number] * len(rows), pa.int8()),
                "subject_id": pa.array([r[1] for r in rows], pa.int32()),
                "period_key": pa.array([period.key] * len(rows), pa.int32()),
                "value": pa.array([r[2] for r in rows], pa.float64()),
                "source": pa.array([r[3] for r in rows], pa.int32()),
            }
        )
        digest = hashlib.sha256(repr((period.key, simulated, rows)).encode()).hexdigest()
        batches.append(
            ingest(
                table,
                key=f"environment|{period.code}|{digest[:24]}",
                kind=BatchKind.API,
                user=user,
                simulated=simulated,
                sha256=digest,
                note=f"环境监测 {period.label}",
            )
        )
    return batches


Cell = tuple[str, str, int, float, bool]


def _emissions(period: Period) -> list[Cell]:
    rows = (
        DailyResult.objects.filter(
            day__gte=period.start, day__lte=period.end, kilograms__isnull=False, channel__factor__in=EMISSIONS
        )
        .order_by()
        .values_list("channel__factor", "channel__outlet__enterprise", "channel__outlet__simulated")
        .annotate(kg=Sum("kilograms"))
    )
    return [("emission", EMISSIONS[factor], org, round(kg / 1000, 6), bool(sim)) for factor, org, sim, kg in rows]


def _waste(period: Period) -> list[Cell]:
    # an enterprise whose entries were all voided gets 0, which supersedes what was published before
    rows = (
        WasteEntry.objects.filter(day__gte=period.start, day__lte=period.end, waste_class="general", act__in=WASTE)
        .order_by()
        .values_list("act", "enterprise", "simulated")
        .annotate(tonnes=Sum("tonnes", filter=Q(voided_at=None)))
    )
    return [("waste", WASTE[act], org, round(tonnes or 0.0, 6), bool(sim)) for act, org, sim, tonnes in rows]
