"""Where an enterprise stands on every ladder; how many enterprises stand on every rung."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.terms import said
from qiangqu.schemes import queries
from qiangqu.schemes.evaluate import evaluate
from qiangqu.schemes.explain import span
from qiangqu.schemes.gather import gather, held, schemes_on
from qiangqu.schemes.kinds import KINDS
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.queries import ONE, QUALIFIES, TONES, TWO, state_at, words
from qiangqu.ui.registers import Panel

from .models import Ladder

ENTERPRISE = KINDS["enterprise"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of a ladder for an enterprise. ``held``: it is reached, by a title or, where there is none to be had, by
    the figures; ``climbed``: there is something to be reached; ``next``: the lowest above what is reached."""

    title: str
    url: str
    word: str
    tone: str
    note: str
    score: str
    held: bool
    climbed: bool
    simulated: bool
    next: bool = False


def standing(organisation: Any, day: dt.date) -> list[tuple[str, list[Rung]]]:
    """The ladders with their rungs for one enterprise, on a day. [] for what is no enterprise."""
    known, schemes = gather(ENTERPRISE, day), schemes_on(day)
    row = known.at.get(organisation.pk)
    if row is None:
        return []
    kinds = tuple(one.grants for one in schemes.values() if one.grants)
    titles = dict(held(kinds, day).filter(holder=organisation).values_list("kind__code", "valid_to"))
    made = []
    for ladder in Ladder.objects.all():
        rungs = [
            _rung(known, schemes[code], row, schemes[code].grants in titles, titles.get(schemes[code].grants or ""))
            for code in ladder.rungs
            if code in schemes
        ]
        # what lies below a rung that is reached need not be climbed any more
        reached = max((at for at, rung in enumerate(rungs) if rung.held), default=-1)
        rungs = [replace(rung, next=at == reached + 1 and rung.climbed) for at, rung in enumerate(rungs)]
        if rungs:
            made.append((said(ladder.title), rungs))
    return made


def _rung(known: Any, scheme: Scheme, row: int, has: bool, until: Any) -> Rung:
    outcome = evaluate(scheme, known.table(scheme, row))
    key = state_at(scheme, outcome, 0)
    failing, unsure = int(outcome.failing[0]), int(outcome.unsure[0])
    low, high = float(outcome.score.low[0]), float(outcome.score.high[0])
    score = span(low, high) if scheme.criteria else ""
    notes = []
    if has:
        notes.append(_("有效期至 %(day)s") % {"day": until} if until else _("长期有效"))
    if failing:
        notes.append(_("还差 %(n)s 项") % {"n": failing})
    if unsure:
        notes.append(_("待补 %(n)s 项") % {"n": unsure})
    word, tone = (_("已认定"), "green") if has else (words()[key], TONES[key])
    if not has and not outcome.concerned[0]:
        word, tone = _("不适用"), "grey"
    return Rung(
        said(scheme.short or scheme.title),
        reverse("scheme-subject", args=[scheme.code, known.codes[row]]),
        word, tone, " · ".join(notes), score, has or (not scheme.grants and key == QUALIFIES), bool(scheme.gates or scheme.passes),
        bool(known.simulated(scheme)[row]),
    )  # fmt: skip


def overview(day: dt.date, user: Any, area: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """Of every rung: how many of the enterprises that the user sees hold it, qualify without holding it, are one or
    two conditions short."""
    schemes, made = schemes_on(day), []
    known = gather(ENTERPRISE, day)
    seen = queries.rows_seen(known, user, area)
    for ladder in Ladder.objects.all():
        rows = []
        for code in ladder.rungs:
            scheme = schemes.get(code)
            if scheme is None:
                continue
            found = queries.counts(scheme, known, seen)
            rows.append({
                "title": said(scheme.short or scheme.title), "code": code, "grants": bool(scheme.grants),
                "holders": found.holders, "qualify": found.without[QUALIFIES],
                "one": found.without[ONE], "two": found.without[TWO], "simulated": found.simulated,
            })  # fmt: skip
        if rows:
            made.append((said(ladder.title), rows))
    return made


def panel(request: HttpRequest, organisation: Any) -> Panel | None:
    """The ladders on an enterprise's page."""
    day = queries.day_of(request)
    if not queries.seen(ENTERPRISE, request.user).filter(pk=organisation.pk).exists():
        return None
    found = standing(organisation, day)
    return Panel(_("梯度培育"), "enterprises/panel.html", {"ladders": found}) if found else None
