"""The JSON of schemes: editions in force, results, a subject's standing with its explanation, and the try-out. Whoever asks sees
what the pages show him (:func:`.queries.seen`).
"""

import datetime as dt
import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema

from qiangqu.base.errors import InputError
from qiangqu.base.terms import said
from qiangqu.registry.access import area_chosen
from qiangqu.registry.roles import Action, may

from . import queries
from .explain import Explained, Line, explained
from .gather import gathered_for, schemes_on
from .improve import tried, ways
from .language import Scheme
from .queries import Result, seen_kinds, state_at

router = Router()
#: figures of a try-out
MOST_FIGURES = 200


class SchemeOut(Schema):
    """An edition that is in force."""

    code: str
    edition: str
    title: str
    subject: str
    kind: str
    since: dt.date | None
    until: dt.date | None
    document: str
    number: str | None
    source: str | None
    grants: str | None
    gaps: list[str]


class ResultOut(Schema):
    """One subject's result. ``still``: conditions that must still come about, at the least; ``open``: further ones that are not
    known; ``distance``: how far what fails is off, in shares of the thresholds."""

    code: str
    name: str
    place: str
    state: str
    low: float | None
    high: float | None
    level: str
    still: int
    open: int
    distance: float
    holds: bool
    simulated: bool


class ResultsOut(Schema):
    """Results of an edition on a day: how many there are by state, and a part of them."""

    scheme: str
    edition: str
    day: dt.date
    count: int
    states: dict[str, int]
    results: list[ResultOut]


class FigureOut(Schema):
    """A value of a subject. ``number`` is null where it is missing or no number."""

    name: str
    title: str
    text: str
    unit: str
    source: str
    kind: str
    number: float | None
    missing: bool


class LineOut(Schema):
    """A condition (``state`` yes, no or open) or a criterion (points from ``low`` to ``high`` of ``most``). ``gap``: what nobody
    found in the source."""

    section: str
    depth: int
    title: str
    clause: str
    state: str
    threshold: str
    low: float | None
    high: float | None
    most: float | None
    gap: str
    figure: FigureOut | None


class ChangeOut(Schema):
    """A figure to be brought from ``now`` (null: missing) to ``to``."""

    value: str
    now: float | None
    to: float


class StandingOut(Schema):
    """How a subject stands in an edition on a day, with every line, what is missing, and the smallest changes that would be
    enough. ``tried``: figures of a try-out that took the place of known ones."""

    scheme: str
    edition: str
    day: dt.date
    subject: str
    name: str
    state: str
    concerned: bool
    low: float | None
    high: float | None
    level: str
    still: int
    open: int
    simulated: bool
    tried: dict[str, float]
    lines: list[LineOut]
    missing: list[FigureOut]
    ways: list[list[ChangeOut]]


class TryIn(Schema):
    """Figures by the names of the edition's values, in its units; true or false and titles as 1 or 0."""

    figures: dict[str, float]


def _scheme(request: HttpRequest, code: str, day: dt.date, edition: str = "") -> Scheme:
    if not may(request.user, Action.VIEW_SCHEMES):
        raise PermissionDenied
    return queries.scheme_for(request.user, code[:60], day, edition[:20])


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


@router.get("", response=list[SchemeOut], summary="现行评价方案")
def schemes(request: HttpRequest, day: dt.date | None = None) -> Any:
    """The edition of each scheme that is in force on a day (default today)."""
    if not may(request.user, Action.VIEW_SCHEMES):
        raise PermissionDenied
    kinds = seen_kinds(request.user)
    return [
        SchemeOut(
            code=one.code, edition=one.edition, title=said(one.title), subject=one.subject, kind=one.kind,
            since=one.document.since, until=one.document.expires, document=one.document.title, number=one.document.number,
            source=one.document.source, grants=one.grants, gaps=list(one.gaps),
        )
        for one in schemes_on(day or timezone.localdate()).values() if one.subject in kinds
    ]  # fmt: skip


@router.get("/{code}/results", response=ResultsOut, summary="评价结果")
def results(
    request: HttpRequest, code: str, day: dt.date | None = None, edition: str = "", area: str = "", state: str = "",
    limit: int = Query(100, ge=1, le=2000), offset: int = Query(0, ge=0, le=1_000_000),
) -> Any:  # fmt: skip
    """Results of all subjects that the user sees and the scheme concerns: best first, then those that are nearest. ``state``: yes,
    known (what is known holds), one, two (conditions short), open, no, scored."""
    day = day or timezone.localdate()
    one = _scheme(request, code, day, edition)
    if state and state not in queries.words():
        raise InputError("没有这种结果", where=state[:20])
    found = queries.results(one, day, request.user, area_chosen(request.user, area))  # type: ignore[arg-type]
    rows = [row for row in found if not state or row.state == state]
    return ResultsOut(
        scheme=one.code, edition=one.edition, day=day, count=len(rows), states=queries.summary(found),
        results=[_result(row) for row in rows[offset : offset + limit]],
    )  # fmt: skip


def _result(row: Result) -> ResultOut:
    return ResultOut(
        code=row.code, name=row.name, place=row.place, state=row.state, low=_finite(row.low), high=_finite(row.high),
        level=row.level, still=row.still, open=row.open_, distance=row.distance, holds=row.holds, simulated=row.simulated,
    )  # fmt: skip


@router.get("/{code}/of/{who}", response=StandingOut, summary="一个对象的评价说明")
def standing(request: HttpRequest, code: str, who: str, day: dt.date | None = None, edition: str = "") -> Any:
    """A subject by its code: every condition and criterion with value, threshold and points."""
    return _standing(request, code, who, day, edition, {})


@router.post("/{code}/of/{who}/try", response=StandingOut, summary="自填数据试算")
def try_out(
    request: HttpRequest, code: str, who: str, given: TryIn, day: dt.date | None = None, edition: str = ""
) -> Any:
    """The same by figures of one's own choice; nothing is kept."""
    return _standing(request, code, who, day, edition, given.figures)


def _standing(
    request: HttpRequest, code: str, who: str, day: dt.date | None, edition: str, figures: dict[str, float]
) -> StandingOut:
    day = day or timezone.localdate()
    one = _scheme(request, code, day, edition)
    if len(figures) > MOST_FIGURES:
        raise InputError(f"一次最多试算 {MOST_FIGURES} 个数")
    for name, figure in figures.items():
        if name not in one.values or one.values[name].is_text or not math.isfinite(figure):
            raise InputError("方案里没有这个可以试算的数值，或不是有限的数", where=name[:60])
    known = gathered_for(one, day)
    row = queries.subject_row(known, request.user, who)
    made = explained(known, one, row)
    if figures:
        made = explained(known, one, row, tried(made.table, figures))
    low, high = made.score
    return StandingOut(
        scheme=one.code, edition=one.edition, day=day, subject=known.codes[row], name=said(known.names[row]),
        state=state_at(one, made.outcome, 0), concerned=bool(made.outcome.concerned[0]),
        low=_finite(low) if one.criteria else None, high=_finite(high) if one.criteria else None, level=said(made.level),
        still=int(made.outcome.failing[0]), open=int(made.outcome.unsure[0]), simulated=bool(known.simulated(one)[row]),
        tried=figures, lines=_lines(made), missing=[_figure(one) for one in made.missing],
        ways=[[ChangeOut(value=c.value, now=c.now, to=c.to) for c in way.changes] for way in ways(one, made.table)],
    )  # fmt: skip


def _lines(made: Explained) -> list[LineOut]:
    sections = (("gates", made.gates), ("vetoes", made.vetoes), ("criteria", made.criteria), ("pass", made.passes))
    return [_line(section, line) for section, lines in sections for line in lines]


def _line(section: str, line: Line) -> LineOut:
    return LineOut(
        section=section, depth=line.depth, title=line.title, clause=line.clause, state=line.state, threshold=line.threshold,
        low=_finite(line.low), high=_finite(line.high), most=line.most, gap=line.gap,
        figure=_figure(line.figure) if line.figure else None,
    )  # fmt: skip


def _figure(one: Any) -> FigureOut:
    return FigureOut(
        name=one.name, title=one.title, text=one.text, unit=said(one.unit), source=one.source, kind=one.kind,
        number=_finite(one.number), missing=one.missing,
    )  # fmt: skip
