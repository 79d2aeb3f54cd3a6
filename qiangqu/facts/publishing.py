"""Months of a part's own records as facts of organisations, so that indicators use them."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.base.periods import Period, month
from qiangqu.registry.subjects import ORGANISATION

from .models import BatchKind, Element, FactBatch, Source
from .store import ingest

FACTS_UNTIL = 7  # day of the month until which the last month is published again, for what arrived late


class MissingElements(InputError):
    """The pack of this node does not define the elements that a part publishes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One month's figure of an organisation (its id): the element's code, the value in the element's unit,
    and the title of the source.
    """

    element: str
    organisation: int
    value: float
    source: str
    simulated: bool


def publish(
    part: str,
    title: str,
    period: Period,
    figures: Iterable[Figure],
    user: Any = None,
    needed: Collection[str] = (),
) -> list[FactBatch]:
    """Store the month's figures; the same figures again add nothing, changed ones supersede. Simulated and
    real ones go in batches of their own.

    ``part`` begins the batches' keys, ``title`` their notes. Raises MissingElements when the pack does not
    define the elements (or those ``needed``).
    """
    found = list(figures)
    codes = sorted({one.element for one in found} | set(needed))
    elements = dict(Element.objects.filter(code__in=codes).values_list("code", "pk"))
    missing = [code for code in codes if code not in elements]
    if missing:
        raise MissingElements(f"数据包没有统计要素 {'、'.join(missing)}，请先载入", where="elements.yaml")
    sources = {
        title: Source.objects.get_or_create(title=title, url="", published_on="")[0].pk
        for title in sorted({one.source for one in found})
    }
    batches = []
    for simulated in (False, True):
        rows = sorted(
            (elements[one.element], one.organisation, one.value, sources[one.source])
            for one in found
            if one.simulated is simulated
        )
        if not rows:
            continue
        table = pa.table(
            {
                "element": pa.array([row[0] for row in rows], pa.int32()),
                "subject_kind": pa.array([ORGANISATION.number] * len(rows), pa.int8()),
                "subject_id": pa.array([row[1] for row in rows], pa.int32()),
                "period_key": pa.array([period.key] * len(rows), pa.int32()),
                "value": pa.array([row[2] for row in rows], pa.float64()),
                "source": pa.array([row[3] for row in rows], pa.int32()),
            }
        )
        digest = hashlib.sha256(repr((period.key, simulated, rows)).encode()).hexdigest()
        batch = ingest(
            table,
            key=f"{part}|{period.code}|{digest[:24]}",
            kind=BatchKind.API,
            user=user,
            simulated=simulated,
            sha256=digest,
            note=f"{title} {period.label}",
        )
        batches.append(batch)
    return batches


def publish_last_month(publish: Callable[[Period], list[FactBatch]], now: dt.datetime) -> str:
    """The job of a part that publishes months by ``publish``: the last month, on the first
    :data:`FACTS_UNTIL` days of this one. Gives what was added.

    A pack without the part's elements has no indicator that would use them: the job says so and has no work,
    it did not fail.
    """
    today = timezone.localdate(now)
    if today.day > FACTS_UNTIL:
        return ""
    try:
        rows = sum(batch.rows for batch in publish(month(today.year, today.month).previous()))
    except MissingElements as error:
        return str(error)
    return f"新增事实 {rows} 条" if rows else ""
