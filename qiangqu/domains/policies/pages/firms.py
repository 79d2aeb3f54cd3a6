"""One enterprise's page of policies, and one policy for one enterprise with a try-out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from qiangqu.base.terms import said
from qiangqu.base.visibility import is_own_only, own_organisations, visible
from qiangqu.formulas.dimensions import conversion
from qiangqu.registry.access import require
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action
from qiangqu.schemes.explain import Explained, explained, number
from qiangqu.schemes.gather import gather
from qiangqu.schemes.improve import fixed, tried, ways
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.queries import QUALIFIES, TONES, state_at, subject_row, words
from qiangqu.schemes.trying import changed, own_figures

from ..firms import NEAR, amount_in, concerns, organisation_seen, received_of, standings, today_of
from ..handling import received
from ..models import Benefit, BenefitState, Policy
from ..publishing import FOUND
from ..reach import ENTERPRISE
from ..settling import had_elsewhere, period_of
from ..spec import scheme_of
from ..words import in_words, money


@require_GET
@require(Action.VIEW_POLICIES)
def mine(request: HttpRequest) -> HttpResponse:
    """The page of the enterprise that the user speaks for; who speaks for none is led to all policies."""
    if is_own_only(request.user):
        own = Organisation.objects.filter(pk__in=own_organisations(request.user)).first()
        if own is not None:
            return redirect("policies-of", own.code)
    return redirect("policies")


@require_GET
@require(Action.VIEW_POLICIES)
def of(request: HttpRequest, code: str) -> HttpResponse:
    """One enterprise: what it is entitled to, what it nearly is and what is missing, what it has received."""
    one, day = organisation_seen(request.user, code), today_of(request)
    found = standings(one, day)
    had = received_of(request.user, one)
    paid = [(row, money(row.amount), money(received(row))) for row in had]
    return render(
        request,
        "policies/of.html",
        {
            "one": one,
            "day": day,
            "entitled": [(row, money(row.amount.fen)) for row in found if row.state == QUALIFIES],
            "near": [(row, money(row.amount.fen)) for row in found if row.state in NEAR],
            "far": [row for row in found if row.state not in (QUALIFIES, *NEAR)],
            "had": paid,
            "total": money(
                sum(received(row) for row in had if row.state in (BenefitState.PAID, BenefitState.REVERSED))
            ),
            "may_have": money(sum(row.amount.fen or 0 for row in found if row.state == QUALIFIES and not row.other)),
            "simulated": one.simulated or any(row.simulated for row in found) or any(row.simulated for row in had),
        },
    )


@require_GET
@require(Action.VIEW_POLICIES)
def policy_for(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One policy for one enterprise: every condition, what is missing, the smallest changes, and what another figure would change."""
    policy, day = FOUND.one(request.user, pk), today_of(request)
    one = organisation_seen(request.user, code)
    scheme, known = scheme_of(policy, day), gather(ENTERPRISE, day)
    row = subject_row(known, request.user, one.code)
    now = explained(known, scheme, row)
    figures, wrong = own_figures(scheme, request.GET)
    figures = _with_twins(scheme, figures)
    trial = explained(known, scheme, row, tried(now.table, figures)) if figures else None
    shown = trial or now
    benefit = (
        visible(Benefit.objects.filter(code=policy.code, organisation=one, period=period_of(policy, day)), request.user)
        .select_related("policy", "organisation")
        .first()
    )
    return render(
        request,
        "policies/for.html",
        {
            "policy": policy,
            "one": one,
            "day": day,
            "words": in_words(policy),
            "state": _state(policy, scheme, now),
            "trial": _state(policy, scheme, trial) if trial else None,
            "outside": not concerns(policy, one) or not now.outcome.concerned[0],
            "other": had_elsewhere(policy, day.year, [one.pk]).get(one.pk, ""),
            "sections": [lines for lines in (shown.gates, shown.vetoes, shown.criteria, shown.passes) if lines],
            "missing": shown.missing,
            "ways": [[changed(scheme, change) for change in way.changes] for way in ways(scheme, shown.table)],
            "fields": _fields(scheme, now, figures),
            "wrong": wrong,
            "benefit": benefit,
            "simulated": bool(known.simulated(scheme)[row]) or policy.simulated,
        },
    )


def _state(policy: Policy, scheme: Scheme, made: Explained) -> dict[str, Any]:
    key, amount = state_at(scheme, made.outcome, 0), amount_in(policy, scheme, made.table)
    return {
        "word": words()[key],
        "tone": TONES[key],
        "qualifies": key == QUALIFIES,
        "still": int(made.outcome.failing[0]),
        "open": int(made.outcome.unsure[0]),
        "amount": money(amount.fen),
        "basis": amount.basis,
        "why": amount.why,
    }


def _with_twins(scheme: Scheme, found: dict[str, float]) -> dict[str, float]:
    """A figure in its own unit also stands for the same one in yuan."""
    made = dict(found)
    for name, figure in found.items():
        value = scheme.values[name]
        for other, twin in scheme.values.items():
            same = value.indicator is not None and (twin.indicator, twin.period) == (value.indicator, value.period)
            factor = conversion(value.unit, twin.unit) if same and other not in found else None
            if factor is not None:
                made[other] = figure * factor
    return made


def _fields(scheme: Scheme, now: Explained, figures: dict[str, float]) -> list[dict[str, Any]]:
    """Inputs of the try-out, each figure once."""
    made, known = [], set()
    for name, value in scheme.values.items():
        key = (value.kind, value.indicator, value.titles, value.scheme, value.gives, value.period, value.question)
        if value.is_text or (value.kind != "ask" and key in known):
            continue
        known.add(key)
        current = now.table.number(name)
        yes = (
            value.titles is not None or value.ask == "yes_no" or (value.scheme is not None and value.gives == "passes")
        )
        made.append({
            "name": f"v_{name}", "title": said(value.title), "unit": value.unit,
            "now": "" if current.missing[0] else number(float(current.low[0])),
            "choices": [("1", _("是")), ("0", _("否"))] if yes else [(f"{o.is_:g}", said(o.title)) for o in value.options],
            "value": f"{figures[name]:.12g}" if name in figures else "",
            "fixed": fixed(scheme, name),
        })  # fmt: skip
    return made
