"""What enterprises and officials do with a benefit: confirm, apply, examine, pay, take back."""

import datetime as dt
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.visibility import covers, own_organisations
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.words import wanted
from qiangqu.registry.models import Organisation
from qiangqu.registry.roles import Action

from . import budget
from .amounts import yuan
from .models import HELD, Benefit, BenefitState, Mode, Payment, PaymentKind, PolicyState
from .publishing import money
from .reach import reach_of
from .settling import had_elsewhere, line_of, speakers

S = BenefitState
FOUND = Findable(
    model=Benefit,
    page="policy-benefit",
    related=("policy__area", "organisation__area", "examined_by", "origin"),
    search=("organisation__name", "organisation__code", "policy__title"),
    detail=lambda one: f"{one.get_state_display()} · {yuan(one.amount):,.2f} {_('元')}",
    beside=("organisation", "policy"),
)


def speaks(user: Any, one: Benefit) -> bool:
    """Whether the user speaks for the enterprise."""
    return one.organisation_id in own_organisations(user)


def handles(user: Any, one: Benefit) -> bool:
    """Whether the user handles benefits of the policy: where it is made, and never his own firm's."""
    return covers(user, one.policy.area.path, Action.HANDLE_POLICIES) and not speaks(user, one)


BENEFITS = Acts(
    Benefit,
    "benefit",
    may=handles,
    related=("policy__area", "organisation__area"),
    title="pk",
    lies_in=lambda one: one.organisation.area.path,
)


def _kept(act: Act[Benefit], state: str, said: str = "") -> Benefit:
    one = act.record
    one.state = state
    if said:
        one.said = said
    one.save()
    act.detail |= {"state": state, "said": said, "amount": str(yuan(one.amount)), "policy": one.code}
    return one


def _tell(one: Benefit, subject: str, text: str = "") -> None:
    people = speakers([one.organisation_id]).get(one.organisation_id, ())
    address = reverse("policy-benefit", args=[one.pk])
    notify_all(people, subject % {"title": one.policy.title}, text, address, topic="policies", simulated=one.simulated)


# ---------------------------------------------------------------- the enterprise


@BENEFITS.declare(
    "confirmed",
    gettext_lazy("确认免申即享"),
    may=lambda user, one: speaks(user, one) or handles(user, one),
    states=(S.OFFERED,),
    said=gettext_lazy("已确认，等待拨付"),
)
def confirm(act: Act[Benefit]) -> Benefit:
    """The enterprise takes what is offered (or the office confirms it for all)."""
    return _kept(act, S.APPROVED)


@BENEFITS.declare(
    "declined",
    gettext_lazy("放弃惠企政策"),
    may=speaks,
    states=(S.FOUND, S.QUEUED, S.OFFERED),
    said=gettext_lazy("已放弃"),
)
def decline(act: Act[Benefit], why: str) -> Benefit:
    """The enterprise does not want it; the money goes to the next."""
    one = act.record
    if one.state == S.OFFERED:
        budget.release(one.code, one.year, one.amount)
    one.examined = False
    return _kept(act, S.DECLINED, wanted(why, _("原因"), 500))


def _runs(one: Benefit) -> str:
    """Why nothing new can be asked for; "" where it can."""
    if one.policy.state != PolicyState.PUBLISHED:
        return _("政策已停止")
    if one.policy.ends_on is not None and one.policy.ends_on < timezone.localdate():
        return _("政策执行期已满")
    return ""


def _by_application(one: Benefit) -> str:
    return _("免申即享，不用申请") if one.policy.mode != Mode.APPLY else _runs(one)


@BENEFITS.declare(
    "applied",
    gettext_lazy("申请惠企政策"),
    may=speaks,
    states=(S.FOUND, S.RETURNED, S.DECLINED),
    stands=_by_application,
    said=gettext_lazy("已申请，等待审核"),
)
def apply(act: Act[Benefit], note: str = "", files: Files = ()) -> Benefit:
    """The enterprise applies; what the platform knows is filled in already, papers come along where the policy asks for some."""
    one = act.record
    if one.policy.asked and not files and not one.files.filter(removed_at=None).exists():
        raise InputError(_("请附上申报材料：%(papers)s") % {"papers": "、".join(one.policy.asked)}, where=_("申报材料"))
    _not_twice(one)
    attach(one, files, act.user)
    one.applied_on, one.examined = timezone.localdate(), False
    return _kept(act, S.APPLIED, " ".join(note.split())[:500])


@BENEFITS.declare(
    "withdrawn", gettext_lazy("撤回惠企申请"), may=speaks, states=(S.APPLIED, S.RETURNED), said=gettext_lazy("已撤回")
)
def withdraw(act: Act[Benefit]) -> Benefit:
    """The enterprise takes its application back, and may apply again."""
    return _kept(act, S.FOUND)


@BENEFITS.declare(
    "resumed",
    gettext_lazy("恢复享受惠企政策"),
    may=speaks,
    states=(S.DECLINED,),
    stands=lambda one: _("请重新申请") if one.policy.mode == Mode.APPLY else _runs(one),
    said=gettext_lazy("已恢复，排队等预算"),
)
def resume(act: Act[Benefit]) -> Benefit:
    """The enterprise wants after all what it had declined; it stands at the end of the line."""
    act.record.found_on = timezone.localdate()
    return _kept(act, S.QUEUED)


# ---------------------------------------------------------------- the office


@BENEFITS.declare("sent_back", gettext_lazy("退回惠企申请补正"), states=(S.APPLIED,), said=gettext_lazy("已退回补正"))
def send_back(act: Act[Benefit], why: str) -> Benefit:
    """Something is missing: the enterprise is told what."""
    one = _kept(act, S.RETURNED, wanted(why, _("要补正的内容"), 500))
    _tell(one, _("请补正申请：%(title)s"), one.said)
    return one


@BENEFITS.declare("refused", gettext_lazy("不予兑现惠企政策"), states=(S.APPLIED, S.QUEUED, S.OFFERED), said=gettext_lazy("已决定不予兑现"))  # fmt: skip
def refuse(act: Act[Benefit], why: str) -> Benefit:
    """No, with the reason, which the enterprise is told; held money is free again."""
    one = act.record
    if one.state == S.OFFERED:
        budget.release(one.code, one.year, one.amount)
    one.examined, one.examined_by = False, act.user
    one = _kept(act, S.REFUSED, wanted(why, _("理由"), 500))
    _tell(one, _("不予兑现：%(title)s"), one.said)
    return one


def _not_twice(one: Benefit) -> None:
    """Raises ConflictError for an enterprise that has a policy which excludes this one. The enterprise is held until the
    transaction ends."""
    Organisation.objects.select_for_update(of=("self",)).get(pk=one.organisation_id)
    other = had_elsewhere(one.policy, timezone.localdate().year, [one.organisation_id]).get(one.organisation_id)
    if other:
        raise ConflictError(
            _("本年度已享受“%(other)s”，两项不能同时享受") % {"other": other}, where=str(one.organisation)
        )


@BENEFITS.declare(
    "approved",
    gettext_lazy("核准惠企申请"),
    states=(S.APPLIED,),
    said=lambda one: _("已核准，预算不足，排队") if one.state == S.QUEUED else _("已核准，等待拨付"),
)
def approve(act: Act[Benefit], opinion: str = "") -> Benefit:
    """Yes, by the figures of today: money is held, or it waits in the line. Raises ConflictError where the
    enterprise does not qualify any more or has an excluding policy."""
    one, today = act.record, timezone.localdate()
    _not_twice(one)
    reach = reach_of(one.policy, today)
    row = reach.ids.get(one.organisation_id)
    amount = reach.paid.get(row) if row is not None else None
    if amount is None or amount.fen is None:
        raise ConflictError(_("按今天的数据已不符合，请退回或不予兑现"), where=str(one.organisation))
    one.amount, one.basis, one.year = amount.fen, amount.basis[:300], today.year
    one.examined, one.examined_by = True, act.user
    # whoever waits already comes first
    waits = line_of(one.policy).exists() or not budget.hold(one.code, one.year, one.amount)
    one = _kept(act, S.QUEUED if waits else S.APPROVED, " ".join(opinion.split())[:500])
    _tell(one, _("申请已核准：%(title)s"), _("预算已安排完，排队等待。") if waits else "")
    return one


# ---------------------------------------------------------------- money


def _number(text: str) -> str:
    return wanted(text, _("拨付凭证号"), 60)


def _day(day: dt.date | None) -> dt.date:
    if day is None or day > timezone.localdate():
        raise InputError(_("请填写不晚于今天的日期"), where=_("日期"))
    return day


@BENEFITS.declare(
    "paid", gettext_lazy("登记惠企拨付"), states=(S.APPROVED,), said=gettext_lazy("已登记拨付")
)  # fmt: skip
def pay(act: Act[Benefit], number: str, day: dt.date | None, files: Files = ()) -> Benefit:
    """The money has gone out, with the payment's number and day. Raises InputError."""
    one = act.record
    made = Payment(
        benefit=one, kind=PaymentKind.PAY, number=_number(number), day=_day(day), amount=one.amount, user=act.user, simulated=one.simulated
    )  # fmt: skip
    made.save()
    attach(one, files, act.user)
    act.detail |= {"number": made.number, "day": made.day}
    one = _kept(act, S.PAID)
    _tell(one, _("已拨付：%(title)s"), f"{yuan(one.amount):,.2f} {_('元')}")
    return one


def received(one: Benefit) -> int:
    """What an enterprise has kept of a benefit, in 分: payments less what came back."""
    return one.payments.aggregate(total=Sum("amount"))["total"] or 0


@BENEFITS.declare("taken_back", gettext_lazy("追回惠企资金"), states=(S.PAID,), said=gettext_lazy("已登记追回"))
def take_back(
    act: Act[Benefit], number: str, day: dt.date | None, why: str, amount: str = "", files: Files = ()
) -> Benefit:
    """Money that came back, as a record of its own; the payment stays. Without ``amount`` (yuan) all of it. It is free for others
    again. Raises InputError for more than was paid."""
    one = act.record
    kept = received(one)
    back = money(amount, _("金额")) if amount.strip() else kept
    if not back or back > kept:
        raise InputError(
            _("追回的金额应大于 0，不超过已拨付的 %(kept)s 元") % {"kept": f"{yuan(kept):,.2f}"}, where=_("金额")
        )
    number, day = _number(number), _day(day)
    if one.payments.filter(kind=PaymentKind.BACK, number=number).exists():
        raise InputError(_("这个凭证号已经登记过"), where=number)
    Payment(
        benefit=one, kind=PaymentKind.BACK, number=number, day=day, amount=-back, why=wanted(why, _("原因"), 300),
        user=act.user, simulated=one.simulated,
    ).save()  # fmt: skip
    budget.release(one.code, one.year, back)
    attach(one, files, act.user)
    act.detail |= {"number": number, "day": day, "back": str(yuan(back))}
    return _kept(act, S.REVERSED if back == kept else S.PAID, why)


def held_of(code: str, year: int) -> int:
    """What the benefits of a policy say is held in a year, in 分: the fund must say the same."""
    total = 0
    rows = (
        Benefit.objects.filter(code=code, state__in=HELD)
        if year == 0
        else Benefit.objects.filter(code=code, year=year, state__in=HELD)
    )
    for one in rows.prefetch_related("payments"):
        payments = list(one.payments.all())
        total += sum(payment.amount for payment in payments) if payments else one.amount
    return total
