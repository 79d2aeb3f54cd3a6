"""Acts on a nomination beside its case: what experts say, who stands in for whom, objections 异议 while it is on public notice
and their answers, revocation.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.terms import said
from qiangqu.messaging.notify import notify, notify_all
from qiangqu.records.acts import Act
from qiangqu.registry.models import User

from .experts import apart, ask, order_of
from .models import Expert, ExpertMark, Nomination, NominationState, Objection
from .recognising import NOMINATIONS


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
    ask(one, able, len(asked) + 1)
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
