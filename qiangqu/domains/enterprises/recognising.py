"""Recognition 认定 as a case (``kinds/recognition``): an enterprise asks for the title to which a scheme leads; what the steps
say is checked as they are done, experts are drawn so that nobody can choose them, and the title comes into the register.

The draw is that of :mod:`qiangqu.base.draw`: lists, rules and a secret are sealed when the nomination is accepted; then the
enterprise names a lot, knowing nothing of the secret; the experts follow from both, and anybody can recompute them when
the nomination is made public.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base import draw as qd1
from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.terms import said
from qiangqu.base.visibility import covers, own_organisations
from qiangqu.cases import kinds
from qiangqu.cases.acts import open_case
from qiangqu.cases.acts.core import Act as CaseAct
from qiangqu.cases.contracts import Contract, Lead, Need, Work, coded
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.numbering import take
from qiangqu.registry.models import Organisation, Recognition, RecognitionKind, User
from qiangqu.registry.nodes import node_code
from qiangqu.registry.roles import Action
from qiangqu.schemes.explain import explained
from qiangqu.schemes.gather import gathered_for, held
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.queries import state_at, words

from .experts import apart, ask, inputs_of, order_of, roster, unit_of
from .models import RUNNING, ExpertMark, Nomination, NominationState

KIND = "recognition"
#: months before its end from which a title may be re-examined
AGAIN_MONTHS = 12

CONTRACT = Contract(
    KIND,
    "企业认定",
    Path(__file__).parent / "kinds" / KIND,
    opening={
        "title": Need(longest=120),
        "organisation": Need(format="organisation"),
        "nomination": Need(longest=60),
        "recognition": Need(longest=120),
        "purpose": Need(longest=40, always=False),
    },
    steps={
        "recommend": Work({"recommend": Need(values=("recommend",))}),
        "accept": Work({"accept": Need(values=("accept",)), "experts": Need("integer", always=False)}),
        "lot": Work({"lot": Need()}, by={"organisation": "organisation"}),
        "review": Work({"review": Need(values=("agree",))}),
        "publicise": Work({"public_from": Need(format="date"), "public_to": Need(format="date")}),
        "objections": Work({"objections": Need(values=("stands",))}),
        "decide": Work({
            "decide": Need(values=("recognise",)), "document_number": Need(always=False), "certificate": Need(always=False),
            "recognised_on": Need(format="date", always=False), "valid_to": Need(format="date", always=False),
        }),
    },
    leads=(
        Lead("recommend", "recommend", "recommend", "accept"), Lead("accept", "accept", "accept", "lot"),
        Lead("review", "review", "agree", "publicise"), Lead("objections", "objections", "stands", "decide"),
    ),
    settings={"elsewhere": True},
)  # fmt: skip

FOUND = Findable(
    model=Nomination,
    page="nomination",
    related=("organisation__area", "kind", "case", "recognition", "by"),
    search=("number", "organisation__name", "kind__name"),
    beside=("organisation", "kind"),
    unread=("experts_file", "conflicts_file", "nonce", "standing"),
    detail=lambda one: f"{one.number} · {one.get_state_display()}",
)


def keeps(user: Any, one: Nomination) -> bool:
    """Whether the user keeps recognitions where the enterprise lies, and does not speak for it."""
    own = one.organisation_id in own_organisations(user)
    return covers(user, one.organisation.area.path, Action.KEEP_RECOGNITIONS) and not own


NOMINATIONS = Acts(Nomination, "nomination", may=keeps, related=("organisation__area", "kind"), title="number")


# ---------------------------------------------------------------- asking for a title


def may_nominate(user: Any, firm: Organisation) -> bool:
    """Whether a user may ask for a title of a firm: he speaks for it, or looks after firms there."""
    return firm.pk in own_organisations(user, Action.NOMINATE) or covers(user, firm.area.path, Action.NOMINATE)


def hindrance(firm: Organisation, scheme: Scheme, day: dt.date) -> str:
    """Why a firm cannot ask for a scheme's title now, in a sentence; "" where it can."""
    if scheme.grants is None or scheme.subject != "enterprise":
        return _("这个方案不授予认定")
    if Nomination.objects.filter(organisation=firm, kind__code=scheme.grants, state__in=RUNNING).exists():
        return _("这项认定正在申报")
    until = held((scheme.grants,), day).filter(holder=firm).values_list("valid_to", flat=True)
    if any(end is None or (end - day).days > AGAIN_MONTHS * 31 for end in until):
        return _("已经持有这项认定，到期前 %(n)s 个月内可以申请复核") % {"n": AGAIN_MONTHS}
    return ""


def standing_of(firm: Organisation, scheme: Scheme, day: dt.date) -> dict[str, Any]:
    """How a firm stands in a scheme, as data to be kept. Raises InputError for a firm that is no subject of it."""
    known = gathered_for(scheme, day)
    row = known.at.get(firm.pk)
    if row is None:
        raise InputError(_("这个单位不是本方案的评价对象"), where=firm.code)
    made = explained(known, scheme, row)
    lines = [
        {"title": line.title, "depth": line.depth, "state": line.state, "points": line.points, "threshold": line.threshold,
         "figure": f"{line.figure.text} {line.figure.unit}".strip() if line.figure else ""}
        for line in (*made.gates, *made.criteria, *made.passes, *made.vetoes)
    ]  # fmt: skip
    return {
        "day": day.isoformat(), "state": state_at(scheme, made.outcome, 0), "still": int(made.outcome.failing[0]),
        "open": int(made.outcome.unsure[0]), "low": made.score[0], "high": min(made.score[1], 1e9), "lines": lines,
        "scored": bool(scheme.criteria), "missing": [one.title for one in made.missing],
        "simulated": bool(known.simulated(scheme)[row]),
    }  # fmt: skip


def nominate(
    user: Any, firm: Organisation, scheme: Scheme, statement: str, contact: str, files: Files = ()
) -> Nomination:
    """Ask for the title to which a scheme leads, with how the firm stands today. Raises PermissionDenied, InputError, and
    ConflictError for a title that it holds or asks for already."""
    if not may_nominate(user, firm):
        raise PermissionDenied
    statement, contact, now = statement.strip()[:2000], " ".join(contact.split())[:80], timezone.now()
    day = timezone.localdate(now)
    for text, word in ((statement, _("申报说明")), (contact, _("联系人和电话"))):
        if len(text) < 2:
            raise InputError(_("请填写%(what)s") % {"what": word}, where=word)
    if refused := hindrance(firm, scheme, day):
        raise ConflictError(refused, where=firm.code)
    kind = RecognitionKind.objects.get(code=scheme.grants)
    standing = standing_of(firm, scheme, day)
    try:
        with transaction.atomic():
            node = node_code()
            one = Nomination.objects.create(
                number=f"SB-{node}-{day.year}-{take('nominations', year=day.year, node=node):04d}", organisation=firm,
                kind=kind, scheme=scheme.code, edition=scheme.edition, standing=standing, statement=statement,
                contact=contact, by=user, at=now, simulated=firm.simulated or standing["simulated"],
                again=held((kind.code,), day).filter(holder=firm).exists(),
            )  # fmt: skip
            attach(one, files, user)
            data = {
                "title": f"{firm.name}申报{kind.name}"[:120], "organisation": firm.code, "nomination": one.number,
                "recognition": str.__str__(kind.name)[:120], "purpose": "复核" if one.again else "首次申报",
            }  # fmt: skip
            opened = open_case(
                KIND, kinds.worded(KIND, data), area=firm.area, user=user, subject=f"nomination:{one.pk}",
                simulated=one.simulated,
            )  # fmt: skip
            one.case = opened.case
            one.save(update_fields=["case"])
            NOMINATIONS.log(user, "made", one, kind=kind.code, state=standing["state"], case=opened.case.number)
    except IntegrityError:
        raise ConflictError(_("这项认定正在申报"), where=firm.code) from None
    return one


# ---------------------------------------------------------------- following the case


def on_case_moving(sender: Any, act: CaseAct, **_kwargs: Any) -> None:
    """Receiver of ``case_moving``: what a finished step means for the nomination. Raises InputError for answers that do not
    hold, and the step then is not done."""
    if act.case.kind.code != KIND:
        return
    one = Nomination.objects.select_for_update(of=("self",)).filter(case=act.case).first()
    if one is None:
        return  # it is being opened
    if act.name == "case_step_done" and act.about is not None and act.about.node in _STEPS:
        if one.organisation_id in own_organisations(act.user) and act.about.node != "lot":
            raise InputError(_("不能办理本单位的申报"), where=one.number)
        _STEPS[act.about.node](act, one, coded(KIND, act.case.data | act.about.outcome))
        one.save()
        if act.about.node != "lot":
            _tell(one)
    if not act.case.running and one.state in RUNNING:
        one.state, one.reason = NominationState.REFUSED, one.reason or _("办件已终止")
        one.save(update_fields=["state", "reason"])


def _tell(one: Nomination) -> None:
    """Tell the enterprise how far its nomination is."""
    text = {
        NominationState.SEALED: _("已受理，专家名单已封存。请尽快报数，报数后由系统抽取评审专家。"),
        NominationState.PUBLIC: _("评审通过，正在公示。"),
        NominationState.GRANTED: _("已经认定，认定名录和指标同时更新。"),
        NominationState.REFUSED: one.reason,
    }.get(NominationState(one.state), "")
    if text:
        subject = _("%(title)s：%(state)s") % {"title": said(one.kind.name), "state": one.get_state_display()}
        notify_all(
            User.objects.posted(organisation=one.organisation), subject, text, reverse("nomination", args=[one.pk]),
            topic="recognitions", key=f"nomination:{one.pk}:{one.state}", simulated=one.simulated,
        )  # fmt: skip


def _refused(one: Nomination, data: Mapping[str, Any], name: str) -> None:
    one.state, one.reason = NominationState.REFUSED, str(data.get(name) or "")[:1000]


def _recommend(act: CaseAct, one: Nomination, data: Mapping[str, Any]) -> None:
    if data["recommend"] != "recommend":
        _refused(one, data, "recommend_opinion")


def _accept(act: CaseAct, one: Nomination, data: Mapping[str, Any]) -> None:
    if data["accept"] != "accept":
        _refused(one, data, "accept_opinion")
        return
    team = int(data.get("experts") or 0)
    experts = roster(one, timezone.localdate(act.clock.now))
    conflicts = [expert for expert in experts if apart(one, expert)]
    if team < 1:
        raise InputError(_("受理的请填写评审专家人数"), where=_("评审专家人数"))
    if len(experts) - len(conflicts) < team:
        free = len(experts) - len(conflicts)
        raise InputError(
            _("可抽取的专家只有 %(free)s 名（已除去回避的），不足 %(team)s 名；请先维护评审专家") % {"free": free, "team": team},
            where=_("评审专家人数"),
        )  # fmt: skip
    try:
        one.experts_file = qd1.written((expert.code, unit_of(expert)) for expert in experts)
        one.conflicts_file = qd1.written(((expert.code, one.number) for expert in conflicts), ">")
    except qd1.DrawError as error:
        raise InputError(str(error), where=_("评审专家")) from None
    one.team, one.nonce, one.lot = team, secrets.token_hex(qd1.NONCE_BYTES), ""
    one.commit, one.state = qd1.commitment(inputs_of(one)), NominationState.SEALED
    act.detail["commit"] = one.commit


def _lot(act: CaseAct, one: Nomination, data: Mapping[str, Any]) -> None:
    if one.lot:
        raise InputError(_("已经报过数，专家已抽取"), where=one.number)
    one.lot = " ".join(str(data["lot"]).split())[:60]
    if len(one.lot) < 4:
        raise InputError(_("请写 4—60 个字符"), where=_("报数"))
    try:
        found = qd1.result(inputs_of(one))
    except qd1.DrawError as error:
        raise InputError(str(error), where=one.number) from None
    if found["commit"] != one.commit:
        raise InputError(_("封存的名单在承诺之后被改过，不能抽取"), where=one.number)
    assert found["teams"][one.number] == order_of(one)[: one.team]
    for place, code in enumerate(found["teams"][one.number], 1):
        ask(one, code, place)
    one.state = NominationState.REVIEW
    act.detail |= {"commit": one.commit, "lot": one.lot}


def _review(act: CaseAct, one: Nomination, data: Mapping[str, Any]) -> None:
    given = [mark.agrees for mark in one.marks.filter(state=ExpertMark.State.GIVEN)]
    left = one.marks.filter(state=ExpertMark.State.ASKED).count()
    if left:
        raise InputError(_("还有 %(n)s 名专家没有评审") % {"n": left}, where=one.number)
    if len(given) < one.team:
        raise InputError(_("评审的专家不足 %(n)s 名") % {"n": one.team}, where=one.number)
    if data["review"] != "agree":
        _refused(one, data, "review_opinion")
        return
    if 2 * sum(map(bool, given)) <= len(given):
        raise InputError(_("同意的专家没有过半数，不能通过"), where=one.number)
    one.state = NominationState.DECIDING


def _publicise(act: CaseAct, one: Nomination, data: Mapping[str, Any]) -> None:
    first, last = (dt.date.fromisoformat(data[name]) for name in ("public_from", "public_to"))
    if first < timezone.localdate(act.clock.now):
        raise InputError(_("公示不能从过去的日期开始"), where=_("公示起始日期"))
    if last <= first:
        raise InputError(_("公示截止日期应晚于起始日期"), where=_("公示截止日期"))
    one.public_from, one.public_to, one.state = first, last, NominationState.PUBLIC


def _objections(act: CaseAct, one: Nomination, data: Mapping[str, Any]) -> None:
    if one.public_to is None or timezone.localdate(act.clock.now) <= one.public_to:
        raise InputError(_("公示还没有结束（%(day)s 截止）") % {"day": one.public_to}, where=one.number)
    left = one.objections.filter(answered_at=None).count()
    if left:
        raise InputError(_("还有 %(n)s 条异议没有核查") % {"n": left}, where=one.number)
    founded = one.objections.filter(founded=True).exists()
    if data["objections"] != "stands":
        _refused(one, data, "objections_opinion")
        return
    if founded:
        raise InputError(_("有成立的异议，不能写无异议"), where=one.number)
    one.state = NominationState.CLEARED


def _decide(act: CaseAct, one: Nomination, data: Mapping[str, Any]) -> None:
    if data["decide"] != "recognise":
        _refused(one, data, "decide_opinion")
        return
    number, text = str(data.get("document_number") or "").strip(), data.get("recognised_on")
    if not number or not text:
        raise InputError(_("认定的请填写认定文号和认定日期"), where=_("认定"))
    day, today = dt.date.fromisoformat(text), timezone.localdate(act.clock.now)
    if day > today or (one.public_to is not None and day <= one.public_to):
        raise InputError(_("认定日期应在公示结束之后、不晚于今天"), where=_("认定日期"))
    until = dt.date.fromisoformat(data["valid_to"]) if data.get("valid_to") else None
    if until is not None and until <= day:
        raise InputError(_("有效期截止应晚于认定日期"), where=_("有效期至"))
    # a title that is re-examined ends where the new one begins
    for old in held((one.kind.code,), day).filter(holder=one.organisation, valid_from__lt=day):
        old.valid_to = min(old.valid_to or dt.date.max, day - dt.timedelta(days=1))
        old.save()
    one.recognition = Recognition.objects.create(
        kind=one.kind, holder=one.organisation, valid_from=day, valid_to=until, document_number=number[:80],
        certificate=str(data.get("certificate") or "")[:60], note=one.number, simulated=one.simulated,
    )  # fmt: skip
    one.state = NominationState.GRANTED
    act.detail["recognition"] = one.recognition.pk


_STEPS: dict[str, Callable[[CaseAct, Nomination, Mapping[str, Any]], None]] = {
    "recommend": _recommend, "accept": _accept, "lot": _lot, "review": _review, "publicise": _publicise,
    "objections": _objections, "decide": _decide,
}  # fmt: skip


def said_state(standing: Mapping[str, Any]) -> str:
    """The state of a kept standing in words."""
    return words().get(str(standing.get("state")), "")
