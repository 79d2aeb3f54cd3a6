"""Promises of land contracts: kept, or broken and then noticed, mended, punished, the land taken back. The program
watches the days and shows the figures it has; that a promise is kept or broken is determined by people.
"""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.text import number_typed
from qiangqu.base.visibility import covers
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.words import wanted
from qiangqu.registry.models.history import alive_on
from qiangqu.registry.models.parcel import ParcelStatus
from qiangqu.registry.roles import Action

from .handling import set_status
from .models import LandContract, Obligation, ObligationState, Promise
from .models.supply import UNKEPT, agree_day, keep_promises, reached
from .potential import measures, per_mu

FOUND = Findable(
    model=Obligation,
    page="land-promise",
    related=("contract__parcel__area", "contract__parcel__holder", "contract__case"),
    search=("contract__number", "contract__parcel__code", "contract__parcel__holder__name"),
    detail=lambda one: f"{one.get_kind_display()} · {one.get_state_display()}",
    beside=("contract",),
)
PROMISES = Acts(
    Obligation,
    "land_promise",
    may=lambda user, one: covers(user, one.contract.parcel.area.path, Action.EDIT_LAND),
    related=("contract__parcel__area",),
    title="pk",
    lies_in=lambda one: one.contract.parcel.area.path,
)
BROKEN = (ObligationState.PENDING, ObligationState.SHORT)


def number(text: str, what: str) -> float | None:
    """A number of a form, None for an empty one. Raises InputError."""
    if not text.strip():
        return None
    try:
        found = number_typed(text)
    except ValueError:
        found = float("nan")
    if not 0 <= found < 1e12:
        raise InputError(_("请填写不小于 0 的数"), where=what)
    return found


def actual(one: Obligation) -> tuple[float, str] | None:
    """What the node knows of an amount that was promised: the value and where it comes from; None where it knows
    nothing, or the promise is no amount."""
    contract = one.contract
    value = reached(contract, one.kind)
    if value is not None:
        return value, contract.number
    if one.kind in (Promise.OUTPUT, Promise.TAX) and contract.parcel.holder_id is not None:
        known = per_mu(measures()[one.kind], timezone.localdate())
        value = known.of.get(contract.parcel.holder_id)
        if value is not None:
            return value, f"{contract.parcel.holder} {known.period}"
    return None


def broken(one: Obligation, day: dt.date) -> str:
    """Why nothing can be held against the holder yet; "" where something can."""
    if one.state == ObligationState.SHORT or (one.due_on is not None and one.due_on < day):
        return ""
    return _("还没有到期，也没有判定未达约定")


def _kept(act: Act[Obligation], document: str, files: Files) -> Obligation:
    one = act.record
    one.decision, one.decided_on = document, timezone.localdate()
    one.save()
    attach(one, files, act.user)
    act.detail |= {"state": one.state, "decision": document, "kind": one.kind}
    return one


@PROMISES.declare("judged", gettext_lazy("登记履行情况"), states=UNKEPT, said=lambda one: one.get_state_display())
def judge(act: Act[Obligation], day: dt.date | None, document: str, value: str = "", files: Files = ()) -> Obligation:
    """What has come of a promise: of an amount the real ``value``, which decides; of an act the day on which it was
    done. Raises InputError where that is missing or lies ahead.
    """
    one = act.record
    if day is None or day > timezone.localdate():
        raise InputError(_("请填写不晚于今天的日期"), where=_("日期"))
    one.done_on, one.state = day, ObligationState.MET
    if one.value is not None:
        one.actual = number(value, _("实际"))
        if one.actual is None:
            raise InputError(_("请填写%(what)s") % {"what": _("实际")}, where=_("实际"))
        if one.actual < one.value:
            one.state = ObligationState.SHORT
            one.done_on = None
    act.detail |= {"day": day, "actual": one.actual}
    return _kept(act, wanted(document, _("依据")), files)


@PROMISES.declare(
    "noticed",
    gettext_lazy("催告土地违约"),
    states=BROKEN,
    stands=lambda one: broken(one, timezone.localdate()),
    said=gettext_lazy("已催告，整改期限到期前在工作台提醒"),
)
def notice(act: Act[Obligation], document: str, until: dt.date | None, files: Files = ()) -> Obligation:
    """The holder is told in writing, and by when to mend it. Raises InputError for a day that is not ahead."""
    if until is None or until <= timezone.localdate():
        raise InputError(_("整改期限要在今天之后"), where=_("整改期限"))
    act.record.state, act.record.remedy_by = ObligationState.NOTICED, until
    act.detail["until"] = until
    return _kept(act, wanted(document, _("催告书文号")), files)


def _remedy_over(one: Obligation) -> str:
    if one.state == ObligationState.NOTICED and one.remedy_by is not None and one.remedy_by >= timezone.localdate():
        return _("整改期限 %(day)s 还没有过") % {"day": one.remedy_by}
    return ""


@PROMISES.declare(
    "penalised",
    gettext_lazy("追究土地违约责任"),
    states=(ObligationState.NOTICED,),
    stands=_remedy_over,
    said=gettext_lazy("已追究违约责任，约定仍要履行"),
)
def penalise(act: Act[Obligation], document: str, amount: str, files: Files = ()) -> Obligation:
    """What the contract lays down for the breach, in 10,000 yuan; the promise stays open. Raises InputError."""
    paid = number(amount, _("违约金"))
    if paid is None:
        raise InputError(_("请填写%(what)s") % {"what": _("违约金")}, where=_("违约金"))
    act.record.state, act.record.penalty = ObligationState.PENALISED, paid
    act.detail["penalty"] = paid
    return _kept(act, wanted(document, _("文号")), files)


@PROMISES.declare(
    "taken_back",
    gettext_lazy("因违约收回土地"),
    states=(ObligationState.NOTICED, ObligationState.PENALISED),
    stands=_remedy_over,
    said=gettext_lazy("已收回，合同终止，宗地转为规划"),
)
def take_land_back(act: Act[Obligation], document: str, hearing: str, files: Files = ()) -> Obligation:
    """The contract is ended and the land taken back, as the contract lays down, after a hearing was offered."""
    one, today = act.record, timezone.localdate()
    act.detail["hearing"] = wanted(hearing, _("听证情况"))
    one.state = ObligationState.TAKEN_BACK
    done = _kept(act, wanted(document, _("收回决定文号")), files)
    end_contract(one.contract, today)
    set_status(one.contract.parcel, ParcelStatus.PLANNED, today, holder=None)
    return done


def end_contract(contract: LandContract, day: dt.date) -> None:
    """The contract ends today; what it still promises is released."""
    contract.valid_to = contract.effective_from = day
    contract.save()


@PROMISES.declare("postponed", gettext_lazy("变更土地履约期限"), states=BROKEN, said=gettext_lazy("已变更期限"))
def postpone(act: Act[Obligation], document: str, until: dt.date | None, files: Files = ()) -> Obligation:
    """Another date, agreed in writing: the contract says it from now on. Raises InputError for one that is not ahead."""
    one = act.record
    if until is None or until <= timezone.localdate():
        raise InputError(_("新的期限要在今天之后"), where=_("新的期限"))
    act.detail |= {"before": one.due_on, "after": until}
    one.due_on, one.state = until, ObligationState.PENDING
    done = _kept(act, wanted(document, _("补充协议或批文编号")), files)
    agree_day(one.contract, one.kind, until)
    one.contract.effective_from = timezone.localdate()
    one.contract.save()
    return done


@PROMISES.declare("released", gettext_lazy("免除土地履约事项"), states=UNKEPT, said=gettext_lazy("已免除"))
def release(act: Act[Obligation], document: str, files: Files = ()) -> Obligation:
    """The promise is no longer asked for, with the paper that says so."""
    act.record.state = ObligationState.RELEASED
    return _kept(act, wanted(document, _("依据")), files)


def refresh(now: dt.datetime) -> str:
    """Periodic: the promises of all contracts that stand."""
    rows = alive_on(LandContract.objects.select_related("parcel"), timezone.localdate(now))
    changed = keep_promises(list(rows))
    return _("履约事项 %(many)s 项") % {"many": changed} if changed else ""
