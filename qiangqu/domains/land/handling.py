"""From a clue to a decision: investigated, answered, determined; then a fee, an extension, or taken back and supplied
again. Who may: the land people of the area; the holder explains himself.
"""

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import covers, own_organisations
from qiangqu.records.acts import Act, Acts
from qiangqu.records.asking import Files
from qiangqu.records.attachments import attach
from qiangqu.records.finding import Findable
from qiangqu.records.words import wanted
from qiangqu.registry.models import Parcel
from qiangqu.registry.models.parcel import ParcelStatus
from qiangqu.registry.roles import Action

from .idle import counted_days, rule, settings
from .models import ClockStop, Clue, ClueState
from .models.use import OPEN, ClueCause

FOUND = Findable(
    model=Clue,
    page="land-clue",
    related=("parcel__area", "parcel__holder", "contract"),
    search=("parcel__code", "parcel__holder__name"),
    detail=lambda one: f"{rule(one.rule)['title']} · {one.get_state_display()}",
    beside=("parcel",),
)
CLUES = Acts(
    Clue,
    "clue",
    may=lambda user, one: covers(user, one.parcel.area.path, Action.EDIT_LAND),
    related=("parcel__area", "contract"),
    title="pk",
    lies_in=lambda one: one.parcel.area.path,
)


def set_status(parcel: Parcel, status: str, day: dt.date, **more: Any) -> None:
    """A parcel's state in the register, from a day on."""
    parcel.status = status
    for name, value in more.items():
        setattr(parcel, name, value)
    parcel.effective_from = day
    parcel.save()


@CLUES.declare(
    "investigated",
    gettext_lazy("发闲置土地调查通知书"),
    states=(ClueState.SUSPECTED,),
    said=gettext_lazy("已发调查通知书"),
)
def investigate(act: Act[Clue], document: str, day: dt.date | None = None, files: Files = ()) -> Clue:
    """The notice of investigation has gone out; the holder answers within the days that the rules give."""
    one, day = act.record, day or timezone.localdate()
    one.state, one.decision, one.decided_on = ClueState.INVESTIGATED, wanted(document, _("调查通知书文号")), day
    one.due_on = day + dt.timedelta(days=settings()["deadlines"]["answer_days"])
    return _kept(act, files)


def _kept(act: Act[Clue], files: Files = ()) -> Clue:
    act.record.save()
    attach(act.record, files, act.user)
    act.detail |= {"state": act.record.state, "decision": act.record.decision}
    return act.record


@CLUES.declare(
    "explained",
    gettext_lazy("登记使用权人说明"),
    may=lambda user, one: (
        one.parcel.holder_id in own_organisations(user) or covers(user, one.parcel.area.path, Action.EDIT_LAND)
    ),
    states=OPEN,
    said=gettext_lazy("说明已登记"),
)
def explain(act: Act[Clue], text: str, files: Files = ()) -> Clue:
    """What the holder says; it stays beside the clue, each time below the last."""
    line = f"{timezone.localdate():%Y-%m-%d} {wanted(text, _('说明'), 600)}"
    act.record.objection = f"{act.record.objection}\n{line}".strip()[-2000:]
    return _kept(act, files)


@CLUES.declare(
    "stopped",
    gettext_lazy("登记停算期间"),
    states=OPEN,
    stands=lambda one: "" if one.contract_id else _("没有合同，不能停算"),
    said=gettext_lazy("已登记停算期间"),
)
def stop_clock(act: Act[Clue], first: dt.date | None, cause: str, last: dt.date | None = None) -> Clue:
    """Days that do not count, for a government's or nature's cause. Raises InputError for a span that is none."""
    if first is None or (last is not None and last < first):
        raise InputError(_("停算起止日期有误"), where=_("停算期间"))
    one = act.record
    assert one.contract is not None  # or the act would not have been open
    ClockStop.objects.create(
        contract=one.contract,
        first=first,
        last=last,
        cause=wanted(cause, _("原因"), 200),
        entered_by=act.user,
        simulated=one.simulated,
    )
    start = start_of(one)
    if start is not None:
        one.days = counted_days(
            start, timezone.localdate(), [(row.first, row.last) for row in one.contract.stops.all()]
        )
    act.detail |= {"first": str(first), "last": str(last or "")}
    return _kept(act)


def start_of(one: Clue) -> dt.date | None:
    """From which day idleness counts; None where the rule counts no days."""
    if one.contract is None:
        return None
    return {"not_started": one.contract.start_by, "stopped": one.contract.stopped_on}.get(one.rule)


@CLUES.declare(
    "determined", gettext_lazy("认定闲置低效用地"), states=(ClueState.INVESTIGATED,), said=gettext_lazy("已认定")
)
def determine(act: Act[Clue], cause: str, document: str, files: Files = ()) -> Clue:
    """It is so, and for whose cause: the parcel is idle, or little used, in the register from today on."""
    if cause not in ClueCause.values:
        raise InputError(_("请选择原因"), where=_("原因"))
    one = act.record
    one.state, one.cause = ClueState.DETERMINED, cause
    one.decision, one.decided_on, one.due_on = wanted(document, _("认定书文号")), timezone.localdate(), None
    idle = rule(one.rule)["kind"] == "idle"
    set_status(one.parcel, ParcelStatus.IDLE if idle else ParcelStatus.LOW_USE, timezone.localdate())
    return _kept(act, files)


def _idle_for(days: int) -> Any:
    def stands(one: Clue) -> str:
        if rule(one.rule)["kind"] != "idle":
            return _("低效用地不适用，请用协商、延期或收回以外的办法")
        if one.cause != ClueCause.HOLDER:
            return _("政府原因或不可抗力造成的，不征缴、不无偿收回")
        if (one.days or 0) < days:
            return _("已计 %(days)s 天，未满 %(wanted)s 天") % {"days": one.days or 0, "wanted": days}
        return ""

    return stands


@CLUES.declare(
    "charged",
    gettext_lazy("征缴土地闲置费"),
    states=(ClueState.DETERMINED,),
    stands=_idle_for(settings()["measures"]["fee"]["days"]),
    said=gettext_lazy("已征缴闲置费"),
)
def charge_fee(act: Act[Clue], document: str, files: Files = ()) -> Clue:
    """The idle fee: the share of the price that the rules give. Raises InputError where no price is known."""
    one = act.record
    price = one.contract.price if one.contract is not None else None
    if price is None:
        raise InputError(_("合同没有登记价款，无法计算闲置费"), where=_("价款"))
    one.fee = round(price * settings()["measures"]["fee"]["share"], 2)
    one.state, one.decision, one.decided_on = ClueState.FEE, wanted(document, _("征缴决定文号")), timezone.localdate()
    act.detail["fee"] = one.fee
    return _kept(act, files)


@CLUES.declare(
    "extended", gettext_lazy("闲置土地延期"), states=(ClueState.DETERMINED, ClueState.FEE), said=gettext_lazy("已延期")
)
def extend(act: Act[Clue], until: dt.date | None, document: str, files: Files = ()) -> Clue:
    """A later day to begin on, watched as the clue's deadline. Raises InputError for one that is not ahead."""
    if until is None or until <= timezone.localdate():
        raise InputError(_("新的开工期限要在今天之后"), where=_("期限"))
    one = act.record
    one.state, one.due_on = ClueState.EXTENDED, until
    one.decision, one.decided_on = wanted(document, _("延期文号")), timezone.localdate()
    return _kept(act, files)


@CLUES.declare(
    "taken_back",
    gettext_lazy("收回土地"),
    states=(ClueState.DETERMINED, ClueState.FEE, ClueState.EXTENDED),
    stands=_idle_for(settings()["measures"]["take_back"]["days"]),
    said=gettext_lazy("已收回，宗地转为规划"),
)
def take_back(act: Act[Clue], document: str, hearing: str, files: Files = ()) -> Clue:
    """Taken back without pay, after the holder was offered a hearing: the parcel has no holder from today on."""
    one = act.record
    act.detail["hearing"] = wanted(hearing, _("听证情况"))
    one.state, one.due_on, one.decided_on = ClueState.TAKEN_BACK, None, timezone.localdate()
    one.decision = wanted(document, _("收回决定文号"))
    set_status(one.parcel, ParcelStatus.PLANNED, timezone.localdate(), holder=None)
    return _kept(act, files)


@CLUES.declare(
    "supplied", gettext_lazy("土地重新供应"), states=(ClueState.TAKEN_BACK,), said=gettext_lazy("已重新供应")
)
def supply_again(act: Act[Clue], document: str, files: Files = ()) -> Clue:
    """Supplied again; the new holder is entered with the new contract."""
    one = act.record
    one.state, one.decision, one.decided_on = (
        ClueState.SUPPLIED,
        wanted(document, _("新合同编号")),
        timezone.localdate(),
    )
    set_status(one.parcel, ParcelStatus.SUPPLIED, timezone.localdate())
    return _kept(act, files)


@CLUES.declare(
    "dismissed",
    gettext_lazy("结束闲置低效线索"),
    states=(ClueState.SUSPECTED, ClueState.INVESTIGATED, ClueState.EXTENDED),
    said=gettext_lazy("已结束"),
)
def dismiss(act: Act[Clue], reason: str, files: Files = ()) -> Clue:
    """Not idle, or in use again; says why."""
    one = act.record
    one.state, one.decision = ClueState.DISMISSED, wanted(reason, _("理由"))
    one.decided_on, one.due_on = timezone.localdate(), None
    return _kept(act, files)
