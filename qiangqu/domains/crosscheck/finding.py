"""The run of the cross-check: facts into arrays, flags into doubts."""

import datetime as dt
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.periods import Period, month, year
from qiangqu.decisions.crosscheck.course import Course, courses
from qiangqu.decisions.crosscheck.judging import judge
from qiangqu.decisions.crosscheck.line import Yearly, below_line
from qiangqu.decisions.crosscheck.panel import KINDS, Flag, Floats, Ints, Panel
from qiangqu.facts.models import Element, FactBatch
from qiangqu.registry.models import Organisation, OrganisationKind

from .models import Doubt, DoubtState, Run
from .reading import codes, of_enterprises, settings

LEAST_MONTHS = 15  # of reports: with fewer nothing is usual yet
LEAST_ENTERPRISES = 20
WHOLE = 0.5  # a month counts once this share of the usual number has reported


def refresh(now: dt.datetime) -> str:
    """Periodic, once a day: new doubts where facts have come in since the last run; nothing where none have."""
    newest = FactBatch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    last = Run.objects.first()
    if last is not None and last.newest == newest:
        return ""
    return run(timezone.localdate(now), now, newest)


def run(day: dt.date, now: dt.datetime, newest: int) -> str:
    """Judge all enterprises as of ``day``; says what was found."""
    months = [month(day.year, day.month)]
    while len(months) < settings()["months"] + 1:
        months.insert(0, months[0].previous())
    months.pop()  # the running one is not over
    ids, arrays, simulated = of_enterprises(codes(), months)
    arrays, months = reported_months(arrays, months)
    if ids.size < LEAST_ENTERPRISES or len(months) < LEAST_MONTHS:
        return ""
    _without_known_false(ids, arrays, months)
    industry = _industries(ids)
    meters = {name: arrays[code] for name, code in settings()["meters"].items()}
    claims = settings()["claims"]
    reported = {code: arrays[code] for code in (*claims, *settings()["also"])}
    decimals = Element.objects.filter(code__in=reported).values_list("code", "decimals")
    numbers = tuple(int(one.start.year) * 12 + one.start.month - 1 for one in months)
    panel = Panel(numbers, industry, reported, meters, KINDS, {code: 10.0**-places for code, places in decimals})
    flags, fits = judge(panel, claims=claims)
    fitted = {one.claim: one for one in fits}
    rows = [one for one in flags if one.claim in fitted]
    pictures: dict[int, Course] = {}
    for claim, fit in fitted.items():
        mine = [one for one in rows if one.claim == claim]
        starts = [one.first - numbers[0] for one in mine]
        for flag, course in zip(mine, courses(panel, fit, [one.row for one in mine], starts), strict=True):
            pictures[id(flag)] = course
    drafts = [_doubt(flag, int(ids[flag.row]), day, _monthly(pictures[id(flag)], months)) for flag in rows]
    yearly, made_up = _below_line(months[-1], day)
    drafts += yearly
    metered = int(np.isfinite(np.stack(list(meters.values()))).any(axis=(0, 2)).sum())
    with transaction.atomic():
        made = _keep(drafts, simulated | made_up)
        Run.objects.create(at=now, until=months[-1].code, enterprises=ids.size, metered=metered, newest=newest)
    words = {"n": ids.size, "metered": metered, "made": made}
    return _("核查企业 %(n)s 家（有计量 %(metered)s 家），新疑点 %(made)s 条") % words


def reported_months(arrays: dict[str, Floats], months: list[Period]) -> tuple[dict[str, Floats], list[Period]]:
    """Up to the last month of which most have reported."""
    counts = np.isfinite(arrays[settings()["claims"][0]]).sum(0)
    enough = np.flatnonzero(counts >= max(WHOLE * counts.max(initial=0), 1))
    if not enough.size:
        return arrays, []
    first, last = int(np.flatnonzero(counts)[0]), int(enough[-1]) + 1
    return {code: series[:, first:last] for code, series in arrays.items()}, months[first:last]


def _without_known_false(ids: Ints, arrays: dict[str, Floats], months: list[Period]) -> None:
    """Figures that turned out to be false are no longer what is usual, and are not doubted twice."""
    at = {int(pk): row for row, pk in enumerate(ids)}
    place = {one.code: column for column, one in enumerate(months)}
    known = Doubt.objects.filter(state=DoubtState.TRUE, organisation__in=ids.tolist())
    for pk, first, last in known.values_list("organisation_id", "first", "last"):
        if last >= months[0].code and first <= months[-1].code:
            start, stop = place.get(first, 0), place.get(last, len(months) - 1)
            for claim in settings()["claims"]:
                arrays[claim][at[pk], start : stop + 1] = np.nan


def _industries(ids: Ints) -> Ints:
    """The division 大类 of GB/T 4754 (two digits) of each enterprise as a number from 0."""
    found = dict(Organisation.objects.filter(pk__in=ids.tolist()).values_list("pk", "industry_code"))
    divisions = [found.get(int(pk), "")[:2] for pk in ids]
    order = {name: at for at, name in enumerate(sorted(set(divisions)))}
    return np.array([order[name] for name in divisions], dtype=np.int64)


def _below_line(until: Period, day: dt.date) -> tuple[list[Doubt], set[int]]:
    """Doubts about the last whole year's revenue of those below the line, and which enterprises are simulated."""
    last = until.start.year if until.start.month == 12 else until.start.year - 1
    years = [year(one) for one in range(last - 3, last + 1)]
    line = settings()["line"]
    meters = settings()["meters"]
    ids, arrays, simulated = of_enterprises([line["element"], *meters.values()], years)
    if ids.size < LEAST_ENTERPRISES:
        return [], set()
    group = np.full(ids.size, -1)
    at = {int(pk): row for row, pk in enumerate(ids)}
    together = Organisation.members.through.objects.filter(
        from_organisation__kind=OrganisationKind.GROUP, to_organisation__in=ids.tolist()
    )
    for number, member in together.values_list("from_organisation_id", "to_organisation_id"):
        group[at[member]] = number
    _names, group = np.unique(group, return_inverse=True)
    group = group - 1 if _names[0] == -1 else group
    yearly = Yearly(
        tuple(one.start.year for one in years), _industries(ids), arrays[line["element"]],
        {name: arrays[code] for name, code in meters.items()}, group, line["value"], KINDS,
    )  # fmt: skip
    made = []
    for flag in below_line(yearly):
        reported = yearly.reported[flag.row]
        expected = np.full(reported.shape, np.nan)
        bounds = [np.full(reported.shape, np.nan) for _side in range(2)]
        for series, gap in zip((expected, *bounds), (flag.gap, flag.high, flag.low), strict=True):
            series[-1] = reported[-1] * np.exp(-(gap or 0.0))
        course = Course(reported, expected, bounds[0], bounds[1], {})
        one = _doubt(flag, int(ids[flag.row]), day, _monthly(course, years))
        one.claim = line["element"]
        one.agree = dict(flag.agree) | {"partners": [int(ids[row]) for row in flag.partners]}
        made.append(one)
    return made, simulated


def _monthly(course: Course, periods: list[Period]) -> dict[str, Any]:
    """The picture's numbers."""

    def told(series: Floats) -> list[float | None]:
        return [round(float(v), 6) if np.isfinite(v) else None for v in series]

    return {
        "x": [one.code for one in periods],
        **{name: told(getattr(course, name)) for name in ("reported", "expected", "low", "high")},
        "gaps": {
            kind: told(100 * np.expm1(series)) for kind, series in course.gaps.items() if np.isfinite(series).any()
        },
    }


def _doubt(flag: Flag, organisation: int, day: dt.date, course: dict[str, Any]) -> Doubt:
    def code(number: int) -> str:
        return f"{number // 12}-{number % 12 + 1:02d}"

    return Doubt(
        organisation_id=organisation, what=flag.what, first=code(flag.first), last=code(flag.last), claim=flag.claim,
        gap=flag.gap, low=flag.low, high=flag.high, score=flag.score, limit=flag.limit, agree=dict(flag.agree),
        course=course, found_on=day, due_on=day + dt.timedelta(days=settings()["answer_days"]),
    )  # fmt: skip


def _keep(drafts: list[Doubt], simulated: set[int]) -> int:
    """New doubts are kept; one that is there already, about months that it shares, gets fresh numbers while nobody
    has taken it up.
    """
    known: dict[tuple[int, str], list[Doubt]] = {}
    for one in Doubt.objects.filter(organisation__in={draft.organisation_id for draft in drafts}):
        known.setdefault((one.organisation_id, one.what), []).append(one)
    new = []
    for draft in drafts:
        same = [
            one
            for one in known.get((draft.organisation_id, draft.what), [])
            if one.first <= draft.last and one.last >= draft.first
        ]
        if not same:
            draft.simulated = draft.organisation_id in simulated
            new.append(draft)
        elif same[0].state == DoubtState.NEW:
            for name in ("first", "last", "claim", "gap", "low", "high", "score", "limit", "agree", "course"):
                setattr(same[0], name, getattr(draft, name))
            same[0].save()
    Doubt.objects.bulk_create(new, batch_size=200)
    return len(new)
