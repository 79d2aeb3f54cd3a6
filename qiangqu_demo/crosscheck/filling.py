"""The demonstration's meters, and the false figures hidden among them; all 模拟数据.

The twin's reports stand as they are. What is hidden is hidden the other way round: the meters show what was truly
produced, which is less than was reported, or in another month. Copies are corrections of the twin's reports.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils import timezone

from qiangqu.base.periods import Period, month, year
from qiangqu.domains.crosscheck.finding import reported_months, run
from qiangqu.domains.crosscheck.models import Run
from qiangqu.domains.crosscheck.reading import of_enterprises, settings
from qiangqu.facts.models import BatchKind, Element, FactBatch
from qiangqu.facts.store import ingest
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.subjects import ORGANISATION

from .metering import Floats, metered, trades

KEY = "demo:meters"
MONTHS, LEAST = 36, 30
SEED = 20260
OVER, SHARE = 0.18, 0.3  # how much too high, how much of a month is moved
SMALL = 300  # enterprises below the line that have meters, by the year
Report = Callable[[str], None]


def fill(zone: Area | None, report: Report) -> None:
    """Meters of the twin's enterprises, once; in the zone of the demonstration's accounts three enterprises report
    falsely, and one below the line, in as far as there are such.
    """
    if zone is None or FactBatch.objects.filter(key__startswith=KEY).exists():
        return
    today = timezone.localdate()
    months = [month(today.year, today.month).previous()]
    while len(months) < MONTHS:
        months.insert(0, months[0].previous())
    claims = settings()["claims"]
    levels = {"electricity": "electricity_consumption", "water": "water_withdrawal", "insured": "employees"}
    ids, arrays, _simulated = of_enterprises([*claims, *levels.values()], months)
    arrays, months = reported_months(arrays, months)
    if not ids.size or len(months) < LEAST:
        return
    output = arrays[claims[0]]
    random = np.random.default_rng(SEED)
    here = dict(Organisation.objects.filter(pk__in=ids.tolist(), simulated=True).values_list("pk", "area_id"))
    whole = [row for row, pk in enumerate(ids) if here.get(int(pk)) == zone.pk and np.isfinite(output[row, -30:]).all()]
    truth = output.copy()
    chosen = [int(row) for row in random.permutation(whole)[:3]]
    if len(chosen) == 3:
        over, shift, copy = chosen
        truth[over, -6:] /= 1 + OVER
        moved = SHARE * truth[shift, -4]  # reported a month later: truly there was more before, and less then
        truth[shift, -4] += moved
        truth[shift, -3] = max(truth[shift, -3] - moved, 0.3 * truth[shift, -3])
        _copied(
            ids[copy], {code: series[copy] for code, series in arrays.items() if code in (*claims, "employees")}, months
        )
    industry, kinds = _industries(ids, random)
    volume = np.where(np.isfinite(truth), truth, np.nanmedian(truth, axis=1, keepdims=True))
    volume = np.maximum(np.nan_to_num(volume), 1e-6)
    of_year = np.array([one.start.month for one in months])
    readings = metered(random, volume, of_year, industry, kinds, lacking=0.25)
    for row in chosen:  # what is hidden can be found: these have their meters
        for name in ("electricity", "water", "freight"):
            bad = ~np.isfinite(readings[name][row])
            readings[name][row, bad] = np.nan if bad.all() else readings[name][row][~bad].mean()
    _scaled(readings, arrays, levels, output)
    _write(ids, readings, months, np.isfinite(output), "months")
    report(f"模拟企业计量数据 {ids.size} 家、{len(months)} 个月")
    _small(zone, months[-1], random, report)


def enact(_zone: Area, report: Report) -> None:
    """The first run of the cross-check."""
    if FactBatch.objects.filter(key__startswith=KEY).exists() and not Run.objects.exists():
        now = timezone.now()
        newest = FactBatch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        report(run(timezone.localdate(now), now, newest))


def _industries(ids: Any, random: np.random.Generator) -> tuple[Any, list[Any]]:
    found = dict(Organisation.objects.filter(pk__in=ids.tolist()).values_list("pk", "industry_code"))
    names = sorted({code[:2] for code in found.values()})
    order = {name: at for at, name in enumerate(names)}
    return np.array([order[found.get(int(pk), names[0])[:2]] for pk in ids]), trades(random, len(names))


def _copied(pk: int, figures: dict[str, Floats], months: list[Period]) -> None:
    """The month before the last but one again in the last but one: a correction of what was reported."""
    elements = dict(Element.objects.filter(code__in=figures).values_list("code", "pk"))
    table = _table([(elements[code], int(pk), months[-2].key, float(series[-3])) for code, series in figures.items()])
    ingest(table, key=f"{KEY}:copy", kind=BatchKind.SIMULATION, simulated=True, note="模拟的照抄上月")


def _scaled(readings: dict[str, Floats], arrays: dict[str, Floats], levels: dict[str, str], output: Floats) -> None:
    """Readings of the size that the enterprises themselves report, others in proportion to output."""
    for name, series in readings.items():
        size = (
            np.nanmedian(np.where(np.isfinite(series), series, np.nan), axis=1, keepdims=True)
            if series.size
            else series
        )
        told = arrays[levels[name]] if name in levels else output * {"gas": 30, "freight": 2500, "emission": 900}[name]
        with np.errstate(invalid="ignore"):
            wanted = np.nanmedian(np.where(np.isfinite(told), told, np.nan), axis=1, keepdims=True)
        series *= np.where(np.isfinite(wanted / size), wanted / size, 1.0) * (1e4 if name == "insured" else 1)
        if name == "insured":
            np.round(series, out=series)


def _write(ids: Any, readings: dict[str, Floats], periods: list[Period], there: Any, what: str) -> None:
    elements = dict(Element.objects.filter(code__in=settings()["meters"].values()).values_list("code", "pk"))
    keys = np.array([one.key for one in periods])
    parts: list[Any] = []
    for name, code in settings()["meters"].items():
        row, column = np.nonzero(np.isfinite(readings[name]) & there & (readings[name] > 0))
        parts.append((np.full(row.size, elements[code]), ids[row], keys[column], readings[name][row, column].round(4)))
    element, subject, period, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    table = pa.table({
        "element": element.astype(np.int32), "subject_kind": np.full(element.size, ORGANISATION.number, np.int8),
        "subject_id": subject.astype(np.int32), "period_key": period.astype(np.int32), "value": value,
    })  # fmt: skip
    ingest(
        table,
        key=f"{KEY}:{what}",
        kind=BatchKind.SIMULATION,
        simulated=True,
        note="模拟的企业计量数据",
        trusted_new=True,
    )


def _table(rows: list[tuple[int, int, int, float]]) -> pa.Table:
    element, subject, period, value = zip(*rows, strict=True)
    return pa.table({
        "element": pa.array(element, pa.int32()), "subject_kind": pa.array([ORGANISATION.number] * len(rows), pa.int8()),
        "subject_id": pa.array(subject, pa.int32()), "period_key": pa.array(period, pa.int32()), "value": pa.array(value, pa.float64()),
    })  # fmt: skip


def _small(zone: Area, last: Period, random: np.random.Generator, report: Report) -> None:
    """Yearly meters of enterprises below the line; one of the zone truly had nearly twice what it reported."""
    until = last.start.year if last.start.month == 12 else last.start.year - 1
    years = [year(one) for one in range(until - 2, until + 1)]
    line = settings()["line"]
    ids, arrays, _simulated = of_enterprises([line["element"]], years)
    revenue = arrays[line["element"]]
    small = np.isfinite(revenue).all(1) & (revenue[:, -1] < line["value"] * 2) & (revenue[:, -1] > 0.02)
    areas = dict(Organisation.objects.filter(pk__in=ids.tolist(), simulated=True).values_list("pk", "area_id"))
    mine = np.array([areas.get(int(pk)) == zone.pk for pk in ids])
    near = np.flatnonzero(
        small & mine & (revenue[:, -1] > 0.55 * line["value"]) & (revenue[:, -1] < 0.98 * line["value"])
    )
    others = random.permutation(np.flatnonzero(small))[:SMALL]
    rows = np.unique(np.concatenate([near[:1], others]))
    if rows.size < 50:
        return
    truth = revenue[rows].copy()
    if near.size:
        truth[np.flatnonzero(rows == near[0]), -1] *= 1.9
    industry, kinds = _industries(ids[rows], random)
    readings = metered(random, truth, np.full(len(years), 4), industry, kinds, noise=0.02, lacking=0.0, gaps=0.0)
    for name, by in {
        "electricity": 900,
        "gas": 30,
        "water": 20,
        "freight": 2500,
        "insured": 1,
        "emission": 900,
    }.items():
        readings[name] *= by
    _write(ids[rows], readings, years, np.ones(truth.shape, dtype=bool), "years")
    report(f"模拟规下企业年度计量数据 {rows.size} 家")
