"""Keeping the stored values of the indicators current: only what can have changed is computed again."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.utils import timezone

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.periods import PeriodKind, from_key
from qiangqu.facts import subjects
from qiangqu.facts.columns import Columns, snapshot
from qiangqu.facts.models import BatchKind, FactBatch
from qiangqu.lake.models import Segment
from qiangqu.lake.segments import publish, vacuum

from . import cube, dependence, each, record_values, results
from .binding import Binder
from .catalog import Catalog, from_database
from .cells import plan_atoms
from .derivation import MODE_OF_KIND
from .engine import Run, run
from .evaluate import all_periods
from .graph import REGISTER_ATOMS
from .inputs import Inputs
from .models import EvaluatedBatch, EvaluationState, Indicator, IndicatorValue

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a refresh did. ``faults``: indicators whose formula cannot be computed (a sentence by code); their
    values are removed.
    """

    indicators: int = 0
    cells: int = 0
    written: int = 0
    facts: int = 0
    seconds: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)


def _quiet(_text: str) -> None:
    return None


def refresh(
    codes: Sequence[str] | None = None, report: Report | None = None, *, today: dt.date | None = None
) -> Summary:
    """Compute what changed since the last refresh: new facts, changed registers, changed formulas, months
    that are over by now.

    ``codes`` computes these indicators anew in all periods, whatever changed. Of two refreshes at once one is
    repeated with what the other left to do. Raises NotFoundError for an unknown code, ConflictError when
    others keep refreshing in between.
    """
    started = time.perf_counter()
    for _attempt in range(4):
        try:
            summary = _refresh(codes, report or _quiet, today or timezone.localdate())
        except _OvertakenError:
            continue
        seconds = round(time.perf_counter() - started, 3)
        return Summary(summary.indicators, summary.cells, summary.written, summary.facts, seconds, summary.faults)
    raise ConflictError("指标正被另一个进程计算，请稍后重试")


class _OvertakenError(Exception):
    """Another refresh was stored while this one was computing."""


@dataclass
class Work:
    """What one refresh looks at."""

    catalog: Catalog
    binder: Binder
    inputs: Inputs
    of_records: dict[str, each.RecordInputs]
    ids: dict[str, int]
    faults: dict[str, str]
    universe: set[int]
    today: dt.date
    facts: Columns

    @property
    def roots(self) -> dict[str, int]:
        return {code: self.binder.roots[code].index for code in self.ids if code not in self.faults}

    def subject(self, code: str) -> str:
        return self.catalog.indicators[code].subject


def bound(today: dt.date) -> Work:
    facts = snapshot()
    catalog = from_database()
    binder = Binder(catalog)
    faults = {}
    for code in catalog.indicators:
        try:
            binder.indicator(code)
        except InputError as error:
            faults[code] = error.message
    ids = dict(Indicator.objects.values_list("code", "id"))
    named = {info.subject for code, info in catalog.indicators.items() if code not in faults}
    inputs = Inputs(kept=True)
    of_records = {s: each.RecordInputs(subjects.by_code(s), inputs) for s in sorted(named) if not each.of_areas(s)}
    return Work(catalog, binder, inputs, of_records, ids, faults, all_periods(facts, today), today, facts)


def _refresh(codes: Sequence[str] | None, report: Report, today: dt.date) -> Summary:
    state = EvaluationState.objects.first() or EvaluationState()
    # before the facts are looked at: what comes in after this is looked at again
    waiting = FactBatch.objects.exclude(pk__in=EvaluatedBatch.objects.values("batch_id")).order_by("pk")
    pending = dict(waiting.values_list("pk", "rows"))
    work = bound(today)
    for code in codes or ():
        if code not in work.ids:
            raise NotFoundError(f"没有指标“{code[:60]}”")
    dirty = work.facts.touched(pending)
    due, prints, anew, only_facts = _due(work, state, dirty.cells, codes)
    areas = {code: keys for code, keys in due.items() if each.of_areas(work.subject(code))}
    around = work.inputs.around(dirty.subjects) if only_facts and dirty.subjects is not None else None
    table_rows = _compute(work, areas, dirty.cells, anew, around)
    records = compute_of_records(work, {code: keys for code, keys in due.items() if code not in areas}, report)
    newest = max(pending, default=0) or (
        EvaluatedBatch.objects.order_by("-batch_id").values_list("batch_id", flat=True).first() or 0
    )
    written = 0
    with transaction.atomic():
        _advance(state)
        for rows, periods, only in table_rows:
            written += results.store_values(rows, periods, newest, only)
        records.publish()
        written += records.rows
        if FactBatch.objects.filter(pk__in=list(pending), kind=BatchKind.WITHDRAWAL).exists():
            written += _forget_years(work.universe)
        # those that cannot be computed have none, those of records keep theirs elsewhere
        without = [work.ids[c] for c in work.ids if c in work.faults or not each.of_areas(work.subject(c))]
        if without:
            IndicatorValue.objects.filter(indicator_id__in=without).delete()
        EvaluatedBatch.objects.bulk_create(EvaluatedBatch(batch_id=batch) for batch in pending)
        state.formulas, state.registers, state.subjects = prints
        state.today, state.refreshed_at = today, timezone.now()
        state.save()
    cells = sum(rows.num_rows for rows, *_ in table_rows) + records.rows
    if due:
        report(f"计算了 {len(due)} 个指标，{cells} 个值，其中 {written} 个有变化")
    return Summary(len(due), cells, written, sum(pending.values()), 0.0, work.faults)


def _advance(state: EvaluationState) -> None:
    """Claim the next version; somebody else's refresh in between makes this one start again."""
    if state.pk is None:
        if EvaluationState.objects.exists():
            raise _OvertakenError
        state.pk, state.version = 1, 1
        state.save(force_insert=True)
        return
    if not EvaluationState.objects.filter(pk=state.pk, version=state.version).update(version=state.version + 1):
        raise _OvertakenError
    state.version += 1


def _forget_years(universe: set[int]) -> int:
    """Drop the values of years before the first that facts speak of: those facts were withdrawn."""
    keys = IndicatorValue.objects.order_by().values_list("period_key", flat=True).distinct()
    lost = [key for key in keys if key not in universe]
    return IndicatorValue.objects.filter(period_key__in=lost).delete()[0] if lost else 0


Prints = tuple[dict[str, str], dict[str, str], dict[str, object]]


def _due(
    work: Work, state: EvaluationState, dirty: dict[int, set[int]], codes: Sequence[str] | None
) -> tuple[dict[str, set[int]], Prints, bool, bool]:
    """Periods to compute by indicator, the new fingerprints, whether sums over subjects must be made anew, and
    whether nothing but facts changed.
    """
    graph, roots = work.binder.graph, work.roots
    nodes = graph.reachable(roots.values())
    formulas = dependence.digests(graph, roots)
    registers = dependence.register_prints(graph, nodes, work.inputs)
    now = before = dependence.subjects_print(work.inputs)
    if state.subjects and state.subjects.get("last") != now.last:
        before = dependence.subjects_print(work.inputs, state.subjects.get("last"))
    moved = not state.subjects or before.hash != state.subjects.get("hash")
    everything = state.registers.get("areas") != registers["areas"]
    changed: dict[int, set[int]] = {}
    over = {key for key in work.universe if state.today and state.today < from_key(key).end <= work.today}
    for index in nodes:
        if graph[index].op in REGISTER_ATOMS:
            stale = any(state.registers.get(key) != registers.get(key) for key in dependence.register_key(graph[index]))
            changed[index] = work.universe if stale else over
    by_id = {element.id: MODE_OF_KIND[element.kind] for element in work.catalog.elements.values()}
    if moved:
        # somebody moved to another area or class: old sums are wrong
        dirty = {element: set(work.universe) for element in by_id}
    only_facts = not (moved or everything or codes or any(changed.values()))
    due = dependence.affected(graph, roots, dirty, by_id, changed, work.universe)
    first = min((from_key(key).year for key in work.universe), default=0)
    # the facts of the first years were withdrawn: later values look back at them
    lost = any(from_key(key).year < first for keys in dirty.values() for key in keys)
    if work.of_records:
        registers["owners"] = each.print_of(work.of_records)
    for code in roots:
        owned = not each.of_areas(work.subject(code)) and state.registers.get("owners") != registers["owners"]
        if owned:
            due[code] = set(work.universe)
        if everything or lost or state.formulas.get(code) != formulas[code] or code in (codes or ()):
            due[code] = set(work.universe)
            only_facts = False
    return due, (formulas, registers, {"last": now.last, "hash": now.hash}), moved or everything, only_facts


Rows = tuple[pa.Table, dict[int, set[int]], "set[int] | None"]  # rows, periods by indicator, areas (None: all)


def _compute(
    work: Work, due: dict[str, set[int]], dirty: dict[int, set[int]], anew: bool, around: set[int] | None
) -> list[Rows]:
    """Rows to store, in groups of indicators that are due in the same years and areas: those ``around`` (None:
    all), and all areas for what depends on areas above.
    """
    if not due:
        return []
    graph, roots = work.binder.graph, work.roots
    sums = None
    if cube.worth_it(work.facts):
        of_areas = [root for code, root in roots.items() if each.of_areas(work.subject(code))]
        plan = plan_atoms(graph, graph.reachable(of_areas), work.catalog)
        stale = set().union(*dirty.values()) if dirty else set()
        sums = cube.current(work.facts, plan.conditions, work.inputs, stale, anew)
    groups: dict[tuple[bool, bool], list[str]] = {}
    for code, keys in due.items():
        spreads = around is None or dependence.looks_up(graph, roots[code])
        groups.setdefault((keys >= work.universe, spreads), []).append(code)
    done = []
    for (_whole, spreads), codes in groups.items():
        keys = set().union(*(due[code] for code in codes))
        indexes = {work.ids[code]: roots[code] for code in codes}
        asked = sorted(set(indexes.values()))
        table = run(Run(graph, asked, keys, work.catalog, work.inputs, work.today, sums, facts=work.facts))
        only = None if spreads else around
        if only is not None:
            table = table.filter(pc.is_in(table["area"], pa.array(sorted(only), table["area"].type)))
        periods = {work.ids[code]: due[code] for code in codes}
        done.append((results.as_rows(table, indexes, periods, graph, work.binder.labels), periods, only))
    return done


def compute_of_records(work: Work, due: dict[str, set[int]], report: Report) -> record_values.Replacement:
    """New files of the values of records, in groups of indicators of one register that are due in the same
    periods, a year at a time.
    """
    made = record_values.Replacement()
    groups: dict[tuple[str, frozenset[int]], list[str]] = {}
    due = {code: _wanted(work, code, keys) for code, keys in due.items()}
    due = {code: keys for code, keys in due.items() if keys}
    for code, keys in due.items():
        groups.setdefault((work.subject(code), frozenset(keys)), []).append(code)
    for subject in work.of_records:
        mine = [(codes, due[codes[0]]) for (name, _keys), codes in groups.items() if name == subject]
        rows: dict[int, list[pa.Table]] = {}
        for codes, keys in mine:
            for key, table in compute_records(work, codes, keys):
                rows.setdefault(key, []).append(table)
        periods = {work.ids[code]: keys for codes, keys in mine for code in codes}
        if periods:
            record_values.replace(subjects.by_code(subject), rows, periods, made)
    known: dict[int, set[int]] = {}
    for code in work.roots:
        if not each.of_areas(work.subject(code)):
            known.setdefault(subjects.by_code(work.subject(code)).number, set()).add(work.ids[code])
    record_values.only(known, made)
    if due:
        report(f"逐个对象计算了 {len(due)} 个指标，{made.rows} 个值")
    return made


def _wanted(work: Work, code: str, keys: set[int]) -> set[int]:
    """The periods for which an indicator has values of records at all."""
    if work.catalog.indicators[code].periods != "year":
        return keys
    return {key for key in keys if from_key(key).kind == PeriodKind.YEAR}


def compute_records(work: Work, codes: Sequence[str], keys: Iterable[int]) -> Iterator[tuple[int, pa.Table]]:
    """Values of indicators of one register for its records, period by period, each in the order of indicators
    and records.
    """
    roots = {work.ids[code]: work.roots[code] for code in sorted(codes, key=work.ids.__getitem__)}
    years: dict[int, set[int]] = {}
    for key in keys:
        years.setdefault(from_key(key).year, set()).add(key)
    inputs = work.of_records[work.subject(codes[0])]
    graph, indexes = work.binder.graph, sorted(set(roots.values()))
    for _year, asked in sorted(years.items()):
        table = run(Run(graph, indexes, asked, work.catalog, inputs, work.today, facts=work.facts))
        parts = list(results.parts_of(table, roots, dict.fromkeys(roots, asked), graph, work.binder.labels))
        ends = [part["period"].to_numpy() for part in parts]
        for key in sorted(asked):
            found = []
            for part, period in zip(parts, ends, strict=True):
                first, last = np.searchsorted(period, [key, key + 1])
                found.append(part.slice(first, last - first))
            yield key, pa.concat_tables(found).rename_columns(record_values.SCHEMA.names)


def forget_computed() -> None:
    """Throw away all that was computed from facts and registers; the next refresh computes it again."""
    with transaction.atomic():
        EvaluationState.objects.all().delete()
        publish([], retire=Segment.objects.live().derived())
    vacuum()


_waiting = threading.local()


@contextmanager
def postponed() -> Iterator[None]:
    """No refresh after each batch inside; one at the end instead (bulk loading)."""
    outer = getattr(_waiting, "depth", 0)
    _waiting.depth = outer + 1
    try:
        yield
    finally:
        _waiting.depth = outer
    if not outer:
        refresh()


def after_facts(**_signal: object) -> None:
    """Receiver of ``facts_added``."""
    if not getattr(_waiting, "depth", 0):
        refresh()
