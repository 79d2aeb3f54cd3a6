"""Pages of schemes: one scheme with its editions, a subject's standing with a try-out, sensitivity of weights."""

import datetime as dt
from typing import Any

import numpy as np
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.periods import parse_period
from qiangqu.base.terms import said
from qiangqu.base.visibility import is_own_only
from qiangqu.registry.access import require
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.roles import Action, may

from . import answering, queries
from .editing import may_edit
from .evaluate import evaluate
from .explain import Explained, Line, explained, number, rule_of, span, threshold_of
from .gather import gathered_for, question_of
from .improve import tried, ways
from .kinds import KINDS
from .language import Condition, Criterion, Scheme
from .linking import links_of
from .listing import CONFIDENCE
from .queries import TONES, state_at, words
from .sensitivity import swaps
from .trying import changed, own_figures

#: swaps of neighbours that the page of sensitivity shows
MOST_SWAPS = 20
#: neighbours at the top of the order that are looked at
MOST_RANKED = 60


@require_GET
@require(Action.VIEW_SCHEMES)
def scheme(request: HttpRequest, code: str) -> HttpResponse:
    """One edition: what it asks, its gaps and contradictions, beside another edition if one is named."""
    one = _scheme(request, code, request.GET.get("edition", ""))
    others = [other for other in queries.editions_of(one.code) if other.edition != one.edition]
    beside = next((other for other in others if other.edition == request.GET.get("beside", "")), None)
    return render(
        request,
        "schemes/scheme.html",
        {
            "one": one,
            "kind": KINDS[one.subject],
            "confidence": CONFIDENCE.get(one.confidence or ""),
            "parts": list(_tree(one)),
            "beside": beside,
            "beside_parts": list(_tree(beside)) if beside else [],
            "others": others,
            "in_force": queries.scheme_on(code, queries.day_of(request)).edition == one.edition,
            "tested": len([v for v in one.values.values() if v.kind in ("ask", "mark")]),
            "may_edit": may(request.user, Action.EDIT_SCHEMES) and may_edit(request.user),
            "may_weigh": len(one.criteria) > 1 and not is_own_only(request.user),
        },
    )


def _scheme(request: HttpRequest, code: str, edition: str = "") -> Scheme:
    return queries.scheme_for(request.user, code[:60], queries.day_of(request), edition[:20])


def _tree(one: Scheme) -> Any:
    """Lines ``(depth, title, rule, points, clause, gap)`` of what an edition asks."""
    if one.only:
        yield (0, said(one.only.title) or _("适用范围"), _("仅评价以下对象"), "", one.only.clause, "")
    for title, conditions in ((_("门槛"), one.gates), (_("一票否决"), one.vetoes)):
        if conditions:
            yield (-1, title, "", "", "", "")
            for condition in conditions:
                yield from _condition_lines(one, condition, 0)
    if one.criteria:
        yield (-1, _("评分项"), "", number(one.max_points) if one.max_points else "", "", "")
        for criterion in one.criteria:
            yield from _criterion_lines(criterion, 0)
    if one.passes:
        yield (-1, _("达标条件"), "", "", "", "")
        yield from _condition_lines(one, one.passes, 0)
    if one.levels:
        yield (-1, _("等级"), "", "", "", "")
        for level in one.levels:
            yield (0, said(level.title), "", "", "", "")
            yield from _condition_lines(one, level.when, 1)


def _condition_lines(one: Scheme, condition: Condition, depth: int) -> Any:
    word = _("全部符合") if condition.all else _("符合其一") if condition.any else ""
    if condition.at_least:
        word = _("至少符合 %(n)s 条") % {"n": condition.at_least}
    title = condition.title or (one.values[condition.value].title if condition.value else "")
    if condition.value or condition.score:
        what = one.values[condition.value].title if condition.value else _("得分")
        word = f"{said(what)} {threshold_of(one, condition)}"
    yield (depth, said(title) or word, word if title else "", "", condition.clause, condition.unknown or "")
    for part in condition.parts:
        yield from _condition_lines(one, part, depth + 1)


def _criterion_lines(criterion: Criterion, depth: int) -> Any:
    points = number(criterion.points) if criterion.points is not None else _("未查到")
    sign = _("加分") + " " if criterion.bonus else _("扣分") + " " if criterion.deduction else ""
    yield (depth, said(criterion.title), rule_of(criterion), sign + points, criterion.clause, criterion.unknown or "")
    for part in criterion.children:
        yield from _criterion_lines(part, depth + 1)


# ---------------------------------------------------------------- one subject


@require_GET
@require(Action.VIEW_SCHEMES)
def subject(request: HttpRequest, code: str, who: str) -> HttpResponse:
    """A subject in a scheme: every condition and criterion, what is missing, the smallest changes, a try-out; beside
    another day, edition or subject that the user may see."""
    day = queries.day_of(request)
    one = _scheme(request, code, request.GET.get("edition", ""))
    known = gathered_for(one, day)
    row = queries.subject_row(known, request.user, who)
    now = explained(known, one, row)
    figures, wrong = own_figures(one, request.GET)
    trial = explained(known, one, row, tried(now.table, figures)) if figures else None
    found = ways(one, now.table) if not trial else ways(one, trial.table)
    record = (Area if known.kind.register == "area" else Organisation).objects.filter(pk=int(known.ids[row])).first()
    beside, beside_label, fault = _beside(request, one, day)
    return render(
        request,
        "schemes/subject.html",
        {
            "one": one,
            "who": known.names[row],
            "who_code": known.codes[row],
            "record": record,
            "simulated": bool(known.simulated(one)[row]),
            "now": now,
            "shown": trial or now,
            "trial": trial,
            "sections": _sections(trial or now),
            "state": _state(now),
            "trial_state": _state(trial) if trial else None,
            "concerned": bool(now.outcome.concerned[0]),
            "ways": [[changed(one, change) for change in way.changes] for way in found],
            "fields": _fields(one, now, figures),
            "wrong": wrong,
            "beside": beside,
            "beside_label": beside_label,
            "beside_fault": fault,
            "beside_state": _state(beside) if beside else None,
            "pairs": _pairs(now, beside) if beside else [],
            "day": day,
            "others": [other for other in queries.editions_of(one.code) if other.edition != one.edition],
            "may_open": may(request.user, Action.VIEW_PLAN),
            "may_compare": not is_own_only(request.user),
            "may_answer": record is not None and answering.may_answer(request.user, record),
            "links": links_of(request.user, record, one) if record is not None else [],
            "gap_note": _("方案原文有未查到的内容，结果须人工核对。") if one.gaps else "",
        },
    )


@require_POST
@require(Action.ANSWER_SCHEMES)
def answer(request: HttpRequest, code: str, who: str) -> HttpResponse:
    """Answers and marks about a subject, from today on."""
    one = _scheme(request, code)
    known = gathered_for(one, queries.day_of(request))
    row = queries.subject_row(known, request.user, who)
    record = (Area if known.kind.register == "area" else Organisation).objects.get(pk=int(known.ids[row]))
    if not answering.may_answer(request.user, record):
        raise PermissionDenied
    given = {name: request.POST.get(f"a_{name}", "") for name in one.values}
    try:
        done = answering.answer(request.user, one, record, given, request.POST.get("reason", ""), timezone.localdate())
    except InputError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("已保存 %(n)s 项答复") % {"n": len(done)}) if done else messages.info(
            request, _("没有填写答复")
        )
    return redirect("scheme-subject", one.code, known.codes[row])


def _state(made: Explained) -> dict[str, Any]:
    key = state_at(made.scheme, made.outcome, 0)
    low, high = made.score
    score = span(low, high) if made.scheme.criteria else ""
    return {
        "word": words()[key],
        "tone": TONES[key],
        "still": int(made.outcome.failing[0]),
        "open": int(made.outcome.unsure[0]),
        "score": score,
        "level": made.level,
    }


def _sections(made: Explained) -> list[tuple[str, list[Line]]]:
    named = (
        (_("门槛"), made.gates),
        (_("一票否决"), made.vetoes),
        (_("评分项"), made.criteria),
        (_("达标条件"), made.passes),
    )
    return [(title, lines) for title, lines in named if lines]


def _fields(one: Scheme, now: Explained, figures: dict[str, float]) -> list[dict[str, Any]]:
    """Inputs of the try-out."""
    made = []
    for name, value in one.values.items():
        if value.is_text or value.kind == "scheme":
            continue
        known = now.table.number(name)
        current = "" if known.missing[0] else number(float(known.low[0]))
        choices = (
            [("1", _("是")), ("0", _("否"))]
            if value.ask == "yes_no"
            else [("1", _("持有")), ("0", _("未持有"))]
            if value.titles
            else []
        )
        choices = choices or [(f"{option.is_:g}", said(option.title)) for option in value.options]
        tried_now = f"{figures[name]:g}" if name in figures else ""
        made.append({
            "name": f"v_{name}", "title": said(value.title), "unit": value.unit, "now": current, "choices": choices,
            "value": tried_now, "asked": value.kind in ("ask", "mark"), "field": f"a_{name}", "question": question_of(one, name),
        })  # fmt: skip
    return made


def _beside(request: HttpRequest, one: Scheme, day: dt.date) -> tuple[Explained | None, str, str]:
    """What is shown beside: another year, edition or subject. The last "" where all is well."""
    edition, year, other = (request.GET.get(name, "").strip() for name in ("beside_edition", "beside_year", "beside"))
    if not (edition or year or other):
        return None, "", ""
    try:
        second = _scheme(request, one.code, edition) if edition else one
        then = parse_period(year).end + dt.timedelta(days=1) if year else day
        known = gathered_for(second, then)
        row = queries.subject_row(known, request.user, other or request.resolver_match.kwargs["who"])  # type: ignore[union-attr]
    except (InputError, NotFoundError) as error:
        return None, "", error.message
    label = " · ".join(
        part
        for part in (said(known.names[row]) if other else "", edition, year and _("%(year)s年度数") % {"year": year})
        if part
    )
    return explained(known, second, row), label, ""


def _pairs(now: Explained, beside: Explained) -> list[tuple[str, Line | None, Line | None]]:
    """Lines of two standings beside each other, by their titles."""
    left = {line.title: line for _title, lines in _sections(now) for line in lines}
    right = {line.title: line for _title, lines in _sections(beside) for line in lines}
    return [(title, left.get(title), right.get(title)) for title in dict.fromkeys([*left, *right])]


# ---------------------------------------------------------------- sensitivity


@require_GET
@require(Action.VIEW_SCHEMES)
def sensitivity(request: HttpRequest, code: str) -> HttpResponse:
    """Which weights would change the order, and how far they would have to move."""
    one, day = _scheme(request, code), queries.day_of(request)
    if is_own_only(request.user):
        raise NotFoundError(_("没有这个方案或版本"), where=code[:60])
    known = gathered_for(one, day)
    groups = [c for c in one.criteria if c.points and not c.bonus and not c.deduction]
    ranked = [
        r
        for r in queries.results(one, day, request.user)
        if r.low is not None and r.high is not None and r.high - r.low < 1e-9
    ]
    ranked = sorted(ranked, key=lambda r: -(r.low or 0))[:MOST_RANKED]
    rows = [known.at[r.pk] for r in ranked]
    found: list[dict[str, Any]] = []
    if len(rows) > 1 and len(groups) > 1:
        made = evaluate(one, known.table(one), details=True)
        points = np.array([c.points for c in groups], float)
        shares = np.stack([made.points[c.code].low[rows] for c in groups], axis=1) / points
        for swap in swaps(shares, points / points.sum())[:MOST_SWAPS]:
            found.append({
                "above": ranked[swap.above], "below": ranked[swap.below], "group": said(groups[swap.group].title),
                "now": number(100 * swap.now), "at": number(round(100 * swap.at, 2)), "by": number(round(100 * abs(swap.at - swap.now), 2)),
            })  # fmt: skip
    return render(
        request,
        "schemes/sensitivity.html",
        {
            "one": one,
            "found": found,
            "count": len(ranked),
            "back": reverse("scheme", args=[one.code]),
            "simulated": any(r.simulated for r in ranked),
        },
    )
