"""Values of indicators: computed when asked (:func:`evaluate`), with what they rest on or why they are
missing.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from django.utils import timezone

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import Period, from_key, parse_period
from qiangqu.facts.columns import Columns, snapshot

from .binding import Binder
from .catalog import Catalog, from_database
from .derivation import PART_NAMES, periods_of_year
from .each import inputs_of
from .engine import Run, run
from .graph import REGISTER_ATOMS, Graph
from .inputs import Inputs
from .layers import PERIOD_BASE, Flag, Reason, Why, decode_reason, part_count
from .models import Basis

ENGINES = ("duckdb", "spark")
FIRST_YEARS = 10  # years of registers that are gone through when there are no facts


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an indicator, in ``unit``; None with a ``reason`` (one Chinese sentence)."""

    code: str
    area: str
    period: str
    value: float | None
    unit: str
    simulated: bool
    basis: str
    reason: str


@lru_cache(maxsize=64)
def basis_of(flags: int) -> Basis:
    """What a value with these flags rests on."""
    kinds = [flag for flag in (Flag.OFFICIAL, Flag.REPORTED, Flag.REGISTER) if flags & flag]
    if not kinds:
        return Basis.NONE
    single = {Flag.OFFICIAL: Basis.OFFICIAL, Flag.REPORTED: Basis.REPORTED, Flag.REGISTER: Basis.REGISTER}
    return single[kinds[0]] if len(kinds) == 1 else Basis.MIXED


_SENTENCES = {
    Why.ZERO: "{period}的除数为零",
    Why.NO_CASE: "没有一种情形符合",
    Why.BASE: "“{label}”的对比期为零或负数，不能计算增幅",
    Why.BEFORE: "{period}不在基年之后",
    Why.CHAIN: "“{label}”的年度增速不全",
    Why.YEARS: "“{label}”以前年度的数据不全",
    Why.TOP: "没有上级区域",
    Why.BELOW: "下辖区域都没有数据",
    Why.SOME_BELOW: "下辖区域只有一部分有数据，不能计数",
    Why.RANGE: "结果超出数值范围",
}


def reason_text(reason: Reason, graph: Graph, labels: Mapping[int, str]) -> str:
    """The reason of a missing value in one sentence (at most 200 characters)."""
    period = from_key(reason.period).label
    label = labels.get(reason.node, "公式")
    if reason.detail == Why.MISSING:
        if graph[reason.node].op in REGISTER_ATOMS:
            return f"名录中没有“{label}”{period}的记录"[:200]
        return f"缺少“{label}”{period}的数据"[:200]
    if reason.detail < Why.ZERO:
        count, way = part_count(reason.detail)
        return f"“{label}”{period}只有 {count} {PART_NAMES.get(way, '期')}的数据"[:200]
    return _SENTENCES[Why(reason.detail)].format(period=period, label=label)[:200]


def is_plainly_missing(flags: np.ndarray) -> np.ndarray:
    """Which reasons only say that there are no data at all."""
    details = (flags // PERIOD_BASE) % 100
    return np.isin(details, [Why.MISSING, Why.TOP, Why.BELOW, Why.SOME_BELOW, Why.BEFORE, Why.YEARS, Why.CHAIN])


def split_result(table: pa.Table, root: int) -> tuple[np.ndarray, np.ndarray]:
    """``(value, flags)`` of a root as arrays; a value that is no finite number becomes missing."""
    value = table[f"v{root}"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    flags = table[f"f{root}"].to_numpy(zero_copy_only=False)
    flags = (
        np.nan_to_num(flags.astype(np.float64), nan=0).astype(np.int64)
        if flags.dtype.kind == "f"
        else flags.astype(np.int64)
    )
    broken = np.isinf(value) | (np.isnan(value) & (flags < PERIOD_BASE))
    if broken.any():
        value = np.where(broken, np.nan, value)
        period = table["period"].to_numpy().astype(np.int64)
        flags = np.where(broken, (root * 100 + Why.RANGE) * PERIOD_BASE + period, flags)
    return value, flags


def known_years(facts: Columns, today: dt.date) -> list[int]:
    """Years of which values can exist: those with facts, up to the current one."""
    span = facts.years
    first, last = span if span else (today.year - FIRST_YEARS, today.year)
    return list(range(min(first, today.year), max(last, today.year) + 1))


def all_periods(facts: Columns, today: dt.date) -> set[int]:
    return {period.key for year in known_years(facts, today) for period in periods_of_year(year)}


def read_periods(periods: Iterable[str | Period]) -> set[int]:
    return {(parse_period(period) if isinstance(period, str) else period).key for period in periods}


def bind_indicators(catalog: Catalog, codes: Iterable[str]) -> Binder:
    """A graph with the given indicators. Raises NotFoundError or InputError naming the indicator."""
    binder = Binder(catalog)
    for code in codes:
        if code not in catalog.indicators:
            raise NotFoundError(f"没有指标“{code[:60]}”")
        try:
            binder.indicator(code)
        except InputError as error:
            raise InputError(error.message, where=f"指标 {code}") from error
    return binder


def evaluate(
    codes: Sequence[str],
    area_codes: Sequence[str] | None = None,
    periods: Sequence[str | Period] | None = None,
    engine: str = "duckdb",
    *,
    catalog: Catalog | None = None,
    today: dt.date | None = None,
) -> list[Value]:
    """Values computed now, for all areas and periods at once.

    Without ``periods`` all years with facts are gone through and cells without any data are left out; with
    ``periods`` every asked cell comes back, with a reason where there is no value. ``area_codes`` of an
    indicator that has values for the records of a register are codes of such records. Raises NotFoundError
    for an unknown indicator or area, InputError for a period and for indicators of different subjects.
    """
    if engine not in ENGINES:
        raise InputError(f"没有计算引擎“{engine[:20]}”；可用 {'、'.join(ENGINES)}")
    facts = snapshot()
    catalog = catalog or from_database()
    binder = bind_indicators(catalog, codes)
    found = {catalog.indicators[code].subject for code in codes}
    if len(found) > 1:
        raise InputError("这些指标的取值对象不同（区域、企业等），请分别计算")
    inputs, today = inputs_of(found.pop() if found else "area", kept=True), today or timezone.localdate()
    wanted = _wanted_areas(inputs, area_codes)
    keys = read_periods(periods) if periods is not None else all_periods(facts, today)
    roots = {code: binder.roots[code].index for code in codes}
    work = Run(binder.graph, sorted(set(roots.values())), keys, catalog, inputs, today, facts=facts)
    table = _on_spark(work) if engine == "spark" else run(work)
    return _values(table, roots, catalog, binder, inputs, wanted, complete=periods is not None)


def _on_spark(work: Run) -> pa.Table:
    from qiangqu.lake.spark import connect

    from . import spark

    with connect(spark__sql__shuffle__partitions="8") as session:
        return spark.run(work, session)


def _wanted_areas(inputs: Inputs, codes: Sequence[str] | None) -> set[int]:
    if codes is None:
        return {area.id for area in inputs.areas}
    by_code = {area.code: area.id for area in inputs.areas}
    for code in codes:
        if code not in by_code:
            raise NotFoundError("没有这个区域（或对象）", where=code[:24])
    return {by_code[code] for code in codes}


def _values(
    table: pa.Table,
    roots: Mapping[str, int],
    catalog: Catalog,
    binder: Binder,
    inputs: Inputs,
    areas: set[int],
    complete: bool,
) -> list[Value]:
    table = table.sort_by([("area", "ascending"), ("period", "ascending")])
    area, period = table["area"].to_numpy(), table["period"].to_numpy()
    chosen = np.isin(area, list(areas))
    values = []
    for code, root in roots.items():
        unit = catalog.indicators[code].unit
        value, flags = split_result(table, root)
        show = chosen if complete else chosen & ~(np.isnan(value) & is_plainly_missing(flags))
        for at in np.flatnonzero(show):
            missing = np.isnan(value[at])
            flag = 0 if missing else int(flags[at])
            values.append(
                Value(
                    code,
                    inputs.area_by_id[int(area[at])].code,
                    from_key(int(period[at])).code,
                    None if missing else float(value[at]),
                    unit,
                    bool(flag & Flag.SIMULATED),
                    basis_of(flag).value,
                    reason_text(decode_reason(int(flags[at])), binder.graph, binder.labels) if missing else "",
                )
            )
    return values
