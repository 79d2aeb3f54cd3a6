"""The page that opens a round, and the page of one."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from qiangqu.base.errors import NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.terms import said
from qiangqu.base.visibility import covers, visible
from qiangqu.records.actforms import ActForm, Field, open_forms
from qiangqu.records.formpages import RecordForms
from qiangqu.records.recordpage import RecordPage
from qiangqu.registry.access import home, require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.schemes.models import Edition
from qiangqu.schemes.queries import TONES, words
from qiangqu.ui.files import DOCX, download

from ..access import ROUND_FOUND
from ..comparing import compared
from ..corrections import corrections
from ..forms import RoundForm
from ..freezing import scheme_of, zones_of
from ..models import ObjectionState, Round, RoundState, ZoneResult
from ..objecting import asked_of_experts, score
from ..places import place
from ..report import of_round
from ..rounds import ROUNDS, not_yet, open_round

MOST_OTHERS = 60  # rounds beside which one may be put
STEPS = (RoundState.OPEN, RoundState.FROZEN, RoundState.OBJECTION, RoundState.PUBLISHED)


def _offered(request: Any) -> dict[str, Any]:
    return {
        "area": visible(Area.objects.exclude(level="zone"), request.user, Action.RUN_ASSESSMENT).order_by("path"),
        "edition": Edition.objects.filter(subject="zone"),
        "zones": visible(Area.objects.filter(level="zone"), request.user, Action.RUN_ASSESSMENT).order_by("path"),
    }


def _initial(request: Any) -> dict[str, Any]:
    area = home(request.user, Action.RUN_ASSESSMENT)
    return {"area": area.pk if area is not None else None, "objection_days": 10}


def _written(form: Any) -> tuple[Any, ...]:
    one = form.save(commit=False)
    chosen = list(form.cleaned_data["zones"])
    alive = Q(valid_to=None) | Q(valid_to__gte=one.day)
    within = Area.objects.filter(alive, level="zone", path__startswith=one.area.path, valid_from__lte=one.day)
    return one, chosen or list(within.order_by("code"))


FORMS = RecordForms(
    of=ROUND_FOUND,
    form=RoundForm,
    list_page="assessment-rounds",
    offered=_offered,
    written=_written,
    template="assessment/round_form.html",
)
new = FORMS.making(gettext_lazy("评价立项"), open_round, Action.RUN_ASSESSMENT, initial=_initial)


def _forms(one: Round, wait: str) -> list[ActForm]:
    again = one.state == RoundState.FROZEN
    return [
        ActForm(
            "send-drafts", _("送达初评结果"),
            note=_("各园区看到自己的初评，%(days)s 天内可以提异议；送达后得分只因裁定而变") % {"days": one.objection_days},
        ),
        ActForm(
            "freeze", _("重新冻结") if again else _("冻结数据并计算"),
            note=_("按现在所知的 %(day)s 的数逐项留存并计算得分；专家评分保留") % {"day": one.day},
        ),
        ActForm("publish", _("公布结果"), (Field("document", _("公布文号"), longest=120),)),
        ActForm("extend", _("延长异议期"), (Field("until", _("新的截止日"), "date"),)),
        ActForm("void", _("作废"), (Field("reason", _("理由"), longest=300),), danger=True),
    ]  # fmt: skip


def about(one: Round, user: Any, may: Mapping[str, bool]) -> dict[str, Any]:
    """What the page of a round shows."""
    scheme = scheme_of(one)
    held = covers(user, one.area.path, Action.VIEW_ASSESSMENT)
    rows = visible(one.zones.all(), user).select_related("area").order_by("rank", "-low", "area__code")
    counted = rows.annotate(
        waiting=Count("objections", filter=Q(objections__state=ObjectionState.OPEN)), objected=Count("objections")
    )
    changed = corrections(one, zones_of(one)) if held and one.state in STEPS[1:] else {}
    state_words = words()
    lines: list[dict[str, Any]] = [
        {
            "zone": row, "score": score(row), "draft": score(row, "draft_low", "draft_high"), "level": said(row.level),
            "place": place(row), "word": state_words.get(row.standing, ""), "tone": TONES.get(row.standing, "grey"),
            "changed": len(changed.get(row.pk, {})),
        }
        for row in counted
    ]  # fmt: skip
    wait = str(not_yet(one)) if one.state == RoundState.OBJECTION and held else ""
    reached = STEPS.index(RoundState(one.state)) if one.state in STEPS else -1
    return {
        "one": one,
        "scheme": scheme,
        "lines": lines,
        "held": held,
        "wait": wait,
        "steps": [(RoundState(step).label, at <= reached, at == reached) for at, step in enumerate(STEPS)],
        "acts": open_forms(_forms(one, wait), may),
        "experts": bool(asked_of_experts(scheme)),
        "levels": bool(scheme.levels),
        "open": sum(line["zone"].waiting for line in lines),
        "ranges": sum(line["zone"].high is None or line["zone"].high > (line["zone"].low or 0) for line in lines),
    }


ROUND = RecordPage(
    of=ROUND_FOUND, acts=ROUNDS, action=Action.VIEW_ASSESSMENT, template="assessment/round.html", context=about
)


@require_GET
@require(Action.VIEW_ASSESSMENT)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The Word report of a round, for who holds it: it tells of all zones."""
    one = _held(request, pk)
    return download(of_round(one), f"{one.title[:80]}报告.docx", DOCX)


def _held(request: HttpRequest, pk: int) -> Round:
    one = ROUND_FOUND.one(request.user, pk)
    if not covers(request.user, one.area.path, Action.VIEW_ASSESSMENT):
        raise PermissionDenied
    return one


@require_GET
@require(Action.VIEW_ASSESSMENT)
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """A round beside another one, for who holds both."""
    one = _held(request, pk)
    rows = ROUND_FOUND.seen_by(request.user).exclude(pk=one.pk).filter(frozen_at__isnull=False)
    others = [row for row in rows.select_related("area", "edition")[:MOST_OTHERS] if _holds(request.user, row)]
    chosen = natural(request.GET.get("with"))
    beside = next((row for row in others if row.pk == chosen), None)
    if chosen and beside is None:
        raise NotFoundError(_("没有这个评价轮次，或您无权查看"), where=str(chosen))
    if beside is None:
        same = [row for row in others if row.edition.code == one.edition.code and row.day <= one.day]
        beside = next(iter(same or others), None)
    pairs = compared(beside, one) if beside is not None and one.frozen_at else []
    return render(
        request, "assessment/compare.html",
        {
            "one": one, "beside": beside, "others": others, "simulated": one.simulated or bool(beside and beside.simulated),
            "pairs": [(pair, _side(pair.left), _side(pair.right)) for pair in pairs], "groups": [g[0] for g in pairs[0].groups] if pairs else [],
        },
    )  # fmt: skip


def _holds(user: Any, one: Round) -> bool:
    return covers(user, one.area.path, Action.VIEW_ASSESSMENT)


def _side(zone: ZoneResult | None) -> dict[str, str]:
    return {"score": "", "place": ""} if zone is None else {"score": score(zone), "place": place(zone)}
