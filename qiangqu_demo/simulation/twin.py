"""The whole twin from its parameters: pure, no database. Same parameters, frame and seed: the same twin to
the last bit.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, Ints, stream
from .calibration import Difference
from .frame import Frame, Window
from .identities import codes_of, names_of
from .land import ParcelRecord, parcel_facts, parcels
from .parameters import Parameters
from .population import NEVER, Population, populate
from .regional import regional_facts
from .series import EMPTY_WHEN_ZERO, INDUSTRY_ONLY, MONTHLY, Monthly, monthly_series
from .titles import Award, awards
from .ventures import Venture, venture_facts, ventures
from .yearly import Block, annual_returns, large_yearly, small_yearly

ORGANISATION = 2
Report = Callable[[str], None]


@dataclass(frozen=True)
class FactColumns:
    """Facts as columns of one length: ``element`` indexes ``elements``; ``subject`` is a position in the
    register of ``subject_kind``.
    """

    elements: tuple[str, ...]
    element: Ints
    subject_kind: Ints
    subject: Ints
    period: Ints
    value: Floats

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True)
class Twin:
    """Everything that is simulated. ``facts`` are what was first reported, ``corrections`` what later
    superseded some of it.
    """

    seed: int
    window: Window
    enterprises: Population
    codes: list[str]
    names: list[str]
    short_names: list[str]
    parcels: list[ParcelRecord]
    awards: list[Award]
    ventures: list[Venture]
    facts: FactColumns
    corrections: FactColumns
    account: list[Difference]
    fingerprint: str


def build(
    parameters: Parameters, frame: Frame, window: Window, seed: int, count: int, report: Report = lambda _: None
) -> Twin:
    """The twin of ``count`` living enterprises over ``window``. Raises InputError when a parameter makes it
    impossible.
    """
    report("生成企业")
    everyone = populate(parameters, frame, window, seed, count)
    codes = codes_of(len(everyone))
    names, short = names_of(parameters, frame, everyone, seed)
    large = everyone.take(np.flatnonzero(everyone.large))  # they come first: positions are the same
    report(f"生成 {window.months} 个月的月报并校准")
    monthly = monthly_series(parameters, frame, window, large, seed)
    scale = count / parameters.enterprises.count
    report("生成宗地、认定、项目")
    land = parcels(parameters, frame, window, everyone, monthly, seed)
    titles = awards(parameters, frame, window, everyone, short, scale, seed)
    projects = ventures(parameters, frame, window, everyone, short, scale, seed)
    first_day = dt.date(window.first // 12, window.first % 12 + 1, 1).toordinal()
    blocks = [
        *_monthly_blocks(window, large, monthly),
        *_entries(window, large),
        *large_yearly(parameters, frame, window, large, monthly, seed),
        *annual_returns(frame, window, monthly),
        *small_yearly(parameters, frame, window, everyone, monthly.came, first_day, seed),
        *parcel_facts(parameters, frame, window, everyone, monthly, land),
        *venture_facts(parameters, frame, window, projects, seed),
        *regional_facts(parameters, frame, window),
    ]
    facts, corrections = _with_corrections(parameters, frame, window, monthly, _columns(blocks), seed)
    twin = Twin(
        seed, window, everyone, codes, names, short, land, titles, projects, facts, corrections, monthly.account, ""
    )
    return Twin(**{**twin.__dict__, "fingerprint": fingerprint(twin)})


def _monthly_blocks(window: Window, large: Population, monthly: Monthly) -> list[Block]:
    blocks = []
    for element in MONTHLY:
        values = monthly.values[element]
        told = monthly.came & (values > 0) if element in EMPTY_WHEN_ZERO else monthly.came
        if element in INDUSTRY_ONLY:
            told = told & large.industrial[:, None]
        at, subject = np.nonzero(told.T)
        blocks.append(Block(element, ORGANISATION, subject, window.keys[at], values[subject, at]))
    return blocks


def _entries(window: Window, large: Population) -> list[Block]:
    """An enterprise says 1 for the year (the newest: for January to the last month) in which it enters
    monthly reporting.
    """
    here = np.flatnonzero(large.industrial & (large.enters >= 0) & (large.enters < window.months))
    keys = np.array(
        [window.year_to_date(int(year)).key for year in window.years_of[large.enters[here]]], dtype=np.int64
    )
    return [Block("above_scale_entry", ORGANISATION, here, keys, np.ones(len(here)))]


def _columns(blocks: list[Block]) -> FactColumns:
    """Blocks as columns, sorted by element, period and subject: the order of the table's index."""
    elements = tuple(sorted({block.element for block in blocks}))
    at = {element: i for i, element in enumerate(elements)}
    element = np.concatenate([np.full(len(b.value), at[b.element]) for b in blocks])
    kind = np.concatenate([np.full(len(b.value), b.subject_kind) for b in blocks])
    subject = np.concatenate([b.subject for b in blocks]).astype(np.int64)
    period = np.concatenate([b.period for b in blocks]).astype(np.int64)
    value = np.concatenate([b.value for b in blocks]).astype(float)
    order = np.lexsort((subject, kind, period, element))
    return FactColumns(elements, element[order], kind[order], subject[order], period[order], value[order])


def _with_corrections(
    parameters: Parameters, frame: Frame, window: Window, monthly: Monthly, facts: FactColumns, seed: int
) -> tuple[FactColumns, FactColumns]:
    """Some reports were wrong at first: the facts get the wrong values, the corrections the right ones (those
    of ``monthly``).
    """
    rng = stream(seed, "corrections")
    r = parameters.reporting
    settled: Bools = monthly.came.copy()
    settled[:, -2:] = False  # the newest months have not been looked through yet
    wrong: Bools = settled & (rng.random(settled.shape) < r.corrected)
    factor = np.exp(r.correction_sigma * rng.standard_normal(settled.shape))
    position = np.full(int(facts.period.max()) + 1, -1)
    position[window.keys] = np.arange(window.months)
    together = np.isin(facts.element, [i for i, name in enumerate(facts.elements) if name in r.corrected_together])
    candidates = np.flatnonzero(together & (facts.subject_kind == ORGANISATION) & (position[facts.period] >= 0))
    subject, month = facts.subject[candidates], position[facts.period[candidates]]
    hit = candidates[wrong[subject, month]]
    decimals = np.array([frame.elements[name].decimals for name in facts.elements])[facts.element[hit]]
    step = 10.0**-decimals
    first = np.round(facts.value[hit] * factor[facts.subject[hit], position[facts.period[hit]]] / step) * step
    first = np.round(np.maximum(first, step), 6)
    changed = first != facts.value[hit]
    hit, first = hit[changed], first[changed]
    corrections = FactColumns(
        facts.elements,
        facts.element[hit],
        facts.subject_kind[hit],
        facts.subject[hit],
        facts.period[hit],
        facts.value[hit].copy(),
    )
    value = facts.value.copy()
    value[hit] = first
    return FactColumns(
        facts.elements, facts.element, facts.subject_kind, facts.subject, facts.period, value
    ), corrections


def fingerprint(twin: Twin) -> str:
    """SHA-256 over all that the twin holds, by natural keys: equal for equal twins on any machine with the
    same numpy.
    """
    digest = hashlib.sha256()
    for texts in (twin.codes, twin.names):
        digest.update("\n".join(texts).encode())
    e = twin.enterprises
    for array in (
        e.zone,
        e.activity,
        e.ownership,
        e.born,
        e.closed,
        np.minimum(e.enters, NEVER),
        np.minimum(e.leaves, NEVER),
    ):
        digest.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
    for records in (twin.parcels, twin.awards, twin.ventures):
        digest.update("\n".join(repr(record) for record in records).encode())
    for columns in (twin.facts, twin.corrections):
        digest.update("\n".join(columns.elements).encode())
        for array in (columns.element, columns.subject_kind, columns.subject, columns.period):
            digest.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        digest.update(np.ascontiguousarray(columns.value, dtype="<f8").tobytes())
    return digest.hexdigest()
