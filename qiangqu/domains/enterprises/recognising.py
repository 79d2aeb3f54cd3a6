"""Recognition 认定 as a case (``kinds/recognition``): an enterprise asks for the title to which a scheme leads; what the steps
say is checked as they are done, experts are drawn so that nobody can choose them, and the title comes into the register.

The draw is that of :mod:`qiangqu.base.draw`: lists, rules and a secret are sealed when the nomination is accepted; then the
enterprise names a lot, knowing nothing of the secret; the experts follow from both, and anybody can recompute them when
the nomination is made public.
"""

import datetime as dt
import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base import draw as qd1
from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.terms import said
from qiangqu.base.visibility import covers, own_organisations, trail
from qiangqu.cases import kinds
from qiangqu.cases.acts import open_case
from qiangqu.cases.acts.core import Act as CaseAct
from qiangqu.cases.contracts import Contract, Lead, Need, Work, coded
from qiangqu.messaging.notify import notify, notify_all
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.numbering import take
from qiangqu.registry.models import Organisation, Recognition, RecognitionKind, User
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.nodes import node_code
from qiangqu.registry.roles import Action
from qiangqu.schemes.explain import explained
from qiangqu.schemes.gather import gathered_for, held
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.queries import state_at, words

from .models import RUNNING, Expert, ExpertMark, Nomination, NominationState, Objection

KIND = "recognition"
STRATUM = "申报"
SOURCE = "申报企业报数"
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


def roster(one: Nomination, day: dt.date) -> list[Expert]:
    """Who may be drawn: the experts of the area and of those above it, with an account."""
    rows = Expert.objects.filter(area__path__in=trail(one.organisation.area.path), user__is_active=True)
    return list(alive_on(rows, day).select_related("organisation", "user"))


def apart(one: Nomination, expert: Expert) -> bool:
    """Whether an expert keeps apart from the enterprise: it is his own, he speaks for it, or has said so before."""
    firm = one.organisation_id
    declared = ExpertMark.objects.filter(
        expert=expert, nomination__organisation=firm, state=ExpertMark.State.APART
    ).exclude(nomination=one)
    return expert.organisation_id == firm or firm in own_organisations(expert.user) or declared.exists()


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
        one.experts_file = qd1.written((expert.code, _unit(expert)) for expert in experts)
        one.conflicts_file = qd1.written(((expert.code, one.number) for expert in conflicts), ">")
    except qd1.DrawError as error:
        raise InputError(str(error), where=_("评审专家")) from None
    one.team, one.nonce, one.lot = team, secrets.token_hex(qd1.NONCE_BYTES), ""
    one.commit, one.state = qd1.commitment(inputs_of(one)), NominationState.SEALED
    act.detail["commit"] = one.commit


def _unit(expert: Expert) -> str:
    return expert.organisation.code if expert.organisation is not None else "—"


def inputs_of(one: Nomination) -> dict[str, str]:
    """What the draw of a nomination's experts follows from (:data:`qiangqu.base.draw.INPUTS`)."""
    return {
        "draw_id": one.number,
        "subjects_file": qd1.written([(one.number, STRATUM)]),
        "inspectors_file": one.experts_file,
        "conflicts_file": one.conflicts_file,
        "rules": qd1.canonical_rules({"team": max(one.team, 1), "max_load": 1, "quota": [[STRATUM, 1]]}),
        "nonce_hex": one.nonce,
        "source": SOURCE,
        "public_value": one.lot,
    }


def order_of(one: Nomination) -> list[str]:
    """The codes of all experts who are free of conflict, in the order of the draw: the first are the team, the others
    stand in for them one after another."""
    inputs = inputs_of(one)
    conflicts = {line.split(">")[0] for line in one.conflicts_file.split("\n") if line}
    free = [code for line in one.experts_file.split("\n") if line and (code := line.split("\t")[0]) not in conflicts]
    return qd1.shuffled(qd1.seed_of(inputs, qd1.commitment(inputs)), f"inspector/{one.number}", free)


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
        _ask(one, code, place)
    one.state = NominationState.REVIEW
    act.detail |= {"commit": one.commit, "lot": one.lot}


def _ask(one: Nomination, code: str, place: int) -> None:
    expert = Expert.objects.select_related("user").get(code=code)
    ExpertMark.objects.create(nomination=one, expert=expert, place=place)
    subject = _("请评审认定申报：%(number)s") % {"number": one.number}
    text = _("您被抽取为评审专家。与申报企业有利害关系的，请申报回避。")
    notify(
        expert.user, subject, text, reverse("nomination", args=[one.pk]), topic="recognitions",
        key=f"nomination:{one.pk}:expert:{code}", simulated=one.simulated,
    )  # fmt: skip


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


# ---------------------------------------------------------------- acts on a nomination


def mark_of(user: Any, one: Nomination) -> ExpertMark | None:
    """What the user has to say of a nomination as an expert who was drawn for it, and has not said."""
    return one.marks.filter(expert__user=user.pk, state=ExpertMark.State.ASKED).select_related("expert__user").first()


def _reviews(user: Any, one: Nomination) -> bool:
    """Whether the user is to review it: drawn, and not speaking for the enterprise or working there."""
    found = mark_of(user, one)
    return found is not None and not apart(one, found.expert)


def _reason(text: str) -> str:
    reason = " ".join(text.split())[:1000]
    if len(reason) < 2:
        raise InputError(_("请写明理由"), where=_("理由"))
    return reason


@NOMINATIONS.declare(
    "marked", gettext_lazy("专家评审"), name="mark", may=_reviews, states=(NominationState.REVIEW,), said=gettext_lazy("评审意见已保存")
)  # fmt: skip
def mark(act: Act[Nomination], agrees: str, reason: str, points: str = "") -> None:
    """An expert's opinion: whether he agrees, a mark of 0–100 if he gives one, and the reason."""
    found = mark_of(act.user, act.record)
    assert found is not None  # he may
    if agrees not in ("yes", "no"):
        raise InputError(_("请选择同意或不同意"), where=_("意见"))
    if points.strip():
        try:
            found.points = float(points)
        except ValueError:
            found.points = -1.0
        if not 0 <= found.points <= 100:
            raise InputError(_("评分应在 0 与 100 之间"), where=_("评分"))
    found.agrees, found.reason = agrees == "yes", _reason(reason)
    found.state, found.at = ExpertMark.State.GIVEN, timezone.now()
    found.save()
    act.detail |= {"expert": found.expert.code, "agrees": found.agrees, "points": found.points}


def _replaced(act: Act[Nomination], found: ExpertMark, state: str, reason: str) -> None:
    """The next of the order in his place. Raises InputError where there is none."""
    one = act.record
    asked = set(one.marks.values_list("expert__code", flat=True))
    following = [code for code in order_of(one) if code not in asked]
    able = next((c for c in following if not apart(one, Expert.objects.select_related("user").get(code=c))), None)
    if able is None:
        raise InputError(_("名单里没有可替补的专家了，请补充评审专家后重新受理"), where=one.number)
    found.state, found.reason, found.at = state, reason, timezone.now()
    found.save()
    _ask(one, able, len(asked) + 1)
    act.detail |= {"expert": found.expert.code, "instead": able, "reason": reason}


@NOMINATIONS.declare(
    "avoided", gettext_lazy("专家回避"), name="avoid", states=(NominationState.REVIEW,),
    may=lambda user, one: mark_of(user, one) is not None, said=gettext_lazy("已回避，由名单中的下一位专家替补"),
)  # fmt: skip
def avoid(act: Act[Nomination], reason: str) -> None:
    """The expert declares a conflict; the next of the draw takes his place."""
    found = mark_of(act.user, act.record)
    assert found is not None  # he may
    _replaced(act, found, ExpertMark.State.APART, _reason(reason))


@NOMINATIONS.declare(
    "excused", gettext_lazy("替换专家"), name="excuse", states=(NominationState.REVIEW,), said=gettext_lazy("已替换为名单中的下一位专家")
)  # fmt: skip
def excuse(act: Act[Nomination], expert: str, reason: str) -> None:
    """An expert who cannot come is replaced by the next of the draw, with the reason."""
    found = act.record.marks.filter(expert__code=expert[:40], state=ExpertMark.State.ASKED).first()
    if found is None:
        raise InputError(_("没有这位待评审的专家"), where=expert[:40])
    _replaced(act, found, ExpertMark.State.EXCUSED, _reason(reason))


@NOMINATIONS.declare(
    "answered", gettext_lazy("核查公示异议"), name="answer", states=(NominationState.PUBLIC,), said=gettext_lazy("核查结果已保存")
)  # fmt: skip
def answer(act: Act[Nomination], objection: int, founded: str, reason: str) -> None:
    """What came of an objection."""
    found = act.record.objections.filter(pk=objection, answered_at=None).first()
    if found is None or founded not in ("yes", "no"):
        raise InputError(_("请选择一条没有核查的异议和结论"), where=_("异议"))
    found.answer, found.founded = _reason(reason), founded == "yes"
    found.answered_by, found.answered_at = act.user, timezone.now()
    found.save()
    act.detail |= {"objection": found.pk, "founded": found.founded}
    title = str(act.record)
    notify(
        found.by, _("您对公示的异议已核查：%(title)s") % {"title": title}, found.answer, reverse("public-notices"),
        topic="recognitions", key=f"objection:{found.pk}", simulated=act.record.simulated,
    )  # fmt: skip


@NOMINATIONS.declare(
    "revoked", gettext_lazy("撤销认定"), name="revoke", states=(NominationState.GRANTED,), said=gettext_lazy("认定已撤销，自所写日期起不再有效")
)  # fmt: skip
def revoke(act: Act[Nomination], document: str, reason: str, day: dt.date | None = None) -> None:
    """The title is taken back from a day on, with the document that says so."""
    one, title = act.record, act.record.recognition
    assert title is not None  # it was granted
    today = timezone.localdate()
    if day is None or day > today or day <= title.valid_from or (title.valid_to is not None and day > title.valid_to):
        raise InputError(_("撤销日期应在有效期内、不晚于今天"), where=_("撤销日期"))
    if len(document.strip()) < 2:
        raise InputError(_("请填写撤销的文号"), where=_("文号"))
    one.reason, one.state = _reason(reason), NominationState.REVOKED
    title.valid_to, title.note = day - dt.timedelta(days=1), f"{document.strip()[:60]} {one.reason}"[:200]
    title.save()
    one.save(update_fields=["state", "reason"])
    act.detail |= {"document": document.strip()[:80], "day": day.isoformat(), "reason": one.reason}
    _tell_revoked(one)


def _tell_revoked(one: Nomination) -> None:
    notify_all(
        User.objects.posted(organisation=one.organisation), _("认定已撤销：%(title)s") % {"title": said(one.kind.name)},
        one.reason, reverse("nomination", args=[one.pk]), topic="recognitions", key=f"nomination:{one.pk}:revoked",
        simulated=one.simulated,
    )  # fmt: skip


# ---------------------------------------------------------------- publicity 公示


def public_on(day: dt.date) -> Any:
    """What is on public notice on a day."""
    return Nomination.objects.filter(public_from__lte=day, public_to__gte=day, state=NominationState.PUBLIC)


def object_to(user: Any, pk: int, text: str, contact: str) -> Objection:
    """Raise an objection to what is on public notice today. Raises InputError, also outside the dates."""
    text, contact, now = text.strip()[:2000], " ".join(contact.split())[:80], timezone.now()
    if len(text) < 5 or len(contact) < 2:
        raise InputError(_("请写明异议、依据和联系方式"), where=_("异议"))
    with transaction.atomic():
        one = public_on(timezone.localdate(now)).select_for_update(of=("self",)).filter(pk=pk).first()
        if one is None:
            raise InputError(_("不在公示期内，不能提出异议"), where=str(pk)[:20])
        if one.objections.filter(by=user).count() >= 20:
            raise InputError(_("您提出的异议过多"), where=one.number)
        made = Objection.objects.create(nomination=one, text=text, contact=contact, by=user, at=now)
        NOMINATIONS.log(user, "objected", one, objection=made.pk)
    return made


def said_state(standing: Mapping[str, Any]) -> str:
    """The state of a kept standing in words."""
    return words().get(str(standing.get("state")), "")


def document_of(one: Nomination) -> dict[str, Any]:
    """The draw of the experts for anybody to recompute, once the nomination was made public."""
    inputs = inputs_of(one)
    by_hand = [
        {"subject": one.number, "left": mark.expert.code, "because": mark.reason}
        for mark in one.marks.filter(state__in=(ExpertMark.State.APART, ExpertMark.State.EXCUSED)).select_related(
            "expert"
        )
    ]
    return {
        "algorithm": "QD-1", "title": str(one), "inputs": inputs, "outputs": qd1.result(inputs), "order": order_of(one),
        "by_hand": by_hand, "simulated": one.simulated,
    }  # fmt: skip


def text_of(document: Mapping[str, Any]) -> bytes:
    """The document as a file."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()
