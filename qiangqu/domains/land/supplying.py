"""Supply of a parcel as a case (``kinds/land_supply``): opened from the parcel, followed step by step. What the steps
say is checked as they are done; the contract, its promises and the parcel's state in the register come of them.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.base.visibility import covers
from qiangqu.cases import kinds
from qiangqu.cases.acts import open_case
from qiangqu.cases.acts.core import Act as CaseAct
from qiangqu.cases.contracts import Contract, Lead, Need, Work, coded
from qiangqu.cases.models import Case
from qiangqu.records.acts import Act
from qiangqu.registry.models import Organisation, Parcel
from qiangqu.registry.models.parcel import ParcelStatus
from qiangqu.registry.roles import Action

from .handling import set_status
from .models import Clue, ClueState, ContractMode, LandContract, Obligation, ObligationState, Promise
from .parcels import PARCELS
from .standards import below, rules

KIND = "land_supply"
SOLD, PASSED, MET = "sold", "passed", "met"
_DATE, _OPTIONAL_DATE = Need(format="date"), Need(format="date", always=False)
_NUMBER, _OPTIONAL_NUMBER = Need("number"), Need("number", always=False)

CONTRACT = Contract(
    KIND,
    "供地",
    Path(__file__).parent / "kinds" / KIND,
    opening={
        "title": Need(longest=120),
        "parcel": Need(longest=40),
        "land_area": Need("number", always=False),
        "land_use": Need(longest=40, always=False),
    },
    steps={
        "conditions": Work(
            {"far_min": _NUMBER, "coefficient_min": _NUMBER, "office_max": _NUMBER, "assessed": Need("boolean")}
        ),
        "standard": Work(
            {
                "industry": Need(),
                "investment_per_mu": _NUMBER,
                "output_per_mu": _NUMBER,
                "tax_per_mu": _NUMBER,
                "standard_reason": Need(always=False),
            }
        ),
        "notice": Work(
            {
                "mode": Need(values=tuple(ContractMode.values)),
                "years": _NUMBER,
                "notice_on": _DATE,
                "closes_on": _DATE,
            }
        ),
        "deal": Work(
            {
                "deal": Need(values=(SOLD,)),
                "winner": Need(format="organisation", always=False),
                "deal_price": _OPTIONAL_NUMBER,
                "deal_on": _OPTIONAL_DATE,
            }
        ),
        "contract": Work(
            {
                "contract_number": Need(),
                "signed_on": _DATE,
                "handover_by": _DATE,
                "start_by": _DATE,
                "finish_by": _DATE,
                "operate_by": _DATE,
                "review_by": _DATE,
                "ends_on": _DATE,
                "convert_by": _OPTIONAL_DATE,
                "investment": _NUMBER,
            }
        ),
        "handover": Work({"handed_over_on": _DATE}),
        "begin": Work({"started_on": _DATE}),
        "completion": Work(
            {"acceptance": Need(values=(PASSED,)), "finished_on": _DATE, "invested": _NUMBER, "far": _NUMBER}
        ),
        "operation": Work({"operated_on": _DATE}),
        "review": Work(
            {"review": Need(values=(MET,)), "review_output": _NUMBER, "review_tax": _NUMBER, "review_on": _DATE}
        ),
    },
    leads=(Lead("deal", "deal", SOLD, "contract"), Lead("completion", "acceptance", PASSED, "operation")),
    settings={"elsewhere": True},
)


# ---------------------------------------------------------------- opening


def _free(one: Parcel) -> str:
    if one.valid_to is not None and one.valid_to < timezone.localdate():
        return _("宗地已终止，不能供应")
    if one.status != ParcelStatus.PLANNED:
        return _("宗地不是规划状态：已供应的要先收回")
    if running(one) is not None:
        return _("这宗地正在供地")
    return ""


def running(one: Parcel) -> Case | None:
    """The case in which the parcel is being supplied."""
    found = supply_of(one)
    return found if found is not None and found.running else None


def supply_of(one: Parcel) -> Case | None:
    """The last case in which the parcel was, or is being, supplied."""
    return Case.objects.filter(kind__code=KIND, subject=f"land-parcel:{one.pk}").order_by("-pk").first()


@PARCELS.declare(
    "supply_opened",
    gettext_lazy("发起供地"),
    name="open_supply",
    may=lambda user, one: covers(user, one.area.path, Action.EDIT_LAND),
    stands=_free,
    said=lambda case: _("已发起供地：%(number)s") % {"number": case.number},
)
def open_supply(act: Act[Parcel]) -> Case:
    """Open the case in which the parcel is supplied."""
    one = act.record
    data = {
        "title": f"供地：{one.code}"[:120],
        "parcel": one.code,
        "land_area": one.land_area,
        "land_use": str(one.use)[:40],
    }
    subject = f"land-parcel:{one.pk}"
    opened = open_case(
        KIND, kinds.worded(KIND, data), area=one.area, user=act.user, subject=subject, simulated=one.simulated
    )
    act.detail["case"] = opened.case.number
    return opened.case


# ---------------------------------------------------------------- following


def on_case_moving(sender: Any, act: CaseAct, **_kwargs: Any) -> None:
    """Receiver of ``case_moving``: what a finished step means for the contract and the parcel. Raises InputError for
    answers that do not hold, and the step then is not done."""
    if act.case.kind.code != KIND or act.name != "case_step_done" or act.about is None:
        return
    follow = _STEPS.get(act.about.node)
    if follow is not None:
        follow(act, coded(KIND, act.case.data | act.about.outcome))


def _day(data: Mapping[str, Any], name: str) -> dt.date | None:
    return dt.date.fromisoformat(data[name]) if data.get(name) else None


def _conditions(act: CaseAct, data: Mapping[str, Any]) -> None:
    if not data.get("assessed"):
        raise InputError(_("区域评估和前期开发没有完成，不能定标准"), where=_("区域评估"))
    most = data.get("far_max")
    if most is not None and most < data["far_min"]:
        raise InputError(_("容积率上限低于下限"), where=_("容积率"))


def _standard(act: CaseAct, data: Mapping[str, Any]) -> None:
    told = below(data)
    if told and not str(data.get("standard_reason") or "").strip():
        raise InputError(_("%(faults)s：请写明理由") % {"faults": "；".join(told)}, where=_("标准地指标"))


def _notice(act: CaseAct, data: Mapping[str, Any]) -> None:
    days = rules()["notice"]["days"]
    first, last = _day(data, "notice_on"), _day(data, "closes_on")
    if first is None or last is None or (last - first).days < days:
        raise InputError(_("公告到截止至少 %(days)s 天") % {"days": days}, where=_("挂牌截止日期"))
    _check_years(data["mode"], data["years"])


def _check_years(mode: str, years: float) -> None:
    """Raises InputError for years that the mode does not allow."""
    rule = rules()["modes"].get(mode, {})
    least, most = rule.get("years_min"), rule.get("years_max")
    word = ContractMode(mode).label if mode in ContractMode.values else mode
    if least is not None and years < least:
        raise InputError(_("%(mode)s不少于 %(years)s 年") % {"mode": word, "years": least}, where=_("年限"))
    if most is not None and (years >= most if rule.get("below") else years > most):
        raise InputError(_("%(mode)s最多 %(years)s 年") % {"mode": word, "years": most}, where=_("年限"))


def _deal(act: CaseAct, data: Mapping[str, Any]) -> None:
    if data.get("deal") != SOLD:
        return
    missing = [word for name, word in (("winner", _("竞得人")), ("deal_on", _("成交日期"))) if not data.get(name)]
    if data.get("deal_price") is None and data.get("mode") != ContractMode.ALLOCATION:
        missing.append(_("成交价"))
    if missing:
        raise InputError(_("成交的请填写%(what)s") % {"what": "、".join(missing)}, where=_("成交"))
    closes, day = _day(data, "closes_on"), _day(data, "deal_on")
    if closes is not None and day is not None and day < closes:
        raise InputError(_("成交不能早于挂牌截止日期"), where=_("成交日期"))
    if not Organisation.objects.filter(code=data["winner"]).exists():
        raise InputError(_("名录里没有这个单位"), where=str(data["winner"]))


_ORDER = ("signed_on", "handover_by", "start_by", "finish_by", "operate_by", "review_by", "ends_on")


def _contract(act: CaseAct, data: Mapping[str, Any]) -> None:
    days = [day for name in _ORDER if (day := _day(data, name)) is not None]
    if days != sorted(days):
        raise InputError(_("日期要依次为签订、交地、开工、竣工、投产、达产复核、期满"), where=_("合同日期"))
    number, mode = str(data["contract_number"]).strip(), data["mode"]
    convert, signed = _day(data, "convert_by"), _day(data, "signed_on")
    assert signed is not None  # the form asks for it
    _check_term(data, signed)
    if mode == ContractMode.LEASE_THEN_GRANT:
        most = rules()["modes"][mode]["lease_years_max"]
        if convert is None or not signed < convert <= _years_after(signed, most):
            raise InputError(
                _("先租后让的，转出让审查日期要在签订后 %(years)s 年以内") % {"years": most}, where=_("转出让审查日期")
            )
    if LandContract.objects.filter(number=number).exists():
        raise InputError(_("合同编号已经有了"), where=number)
    parcel = Parcel.objects.select_for_update().get(code=data["parcel"])
    holder = Organisation.objects.get(code=data["winner"])
    LandContract.objects.create(
        number=number, parcel=parcel, mode=mode, signed_on=signed, price=data.get("deal_price"), start_by=_day(data, "start_by"),
        handover_by=_day(data, "handover_by"), finish_by=_day(data, "finish_by"), operate_by=_day(data, "operate_by"),
        review_by=_day(data, "review_by"), convert_by=convert, ends_on=_day(data, "ends_on"), investment=data["investment"],
        investment_per_mu=data["investment_per_mu"], output_per_mu=data["output_per_mu"], tax_per_mu=data["tax_per_mu"],
        far_min=data["far_min"], valid_from=signed, case=act.case, simulated=act.case.simulated,
    )  # fmt: skip
    set_status(parcel, ParcelStatus.SUPPLIED, timezone.localdate(act.clock.now), holder=holder)
    # what was taken back for idleness is in use again
    Clue.objects.filter(parcel=parcel, state=ClueState.TAKEN_BACK).update(state=ClueState.SUPPLIED, decision=number)


def _years_after(day: dt.date, years: float) -> dt.date:
    return day + dt.timedelta(days=round(years * 365.25))


def _check_term(data: Mapping[str, Any], signed: dt.date) -> None:
    """The term ends when the notice said it would: within a year, for land is handed over later than it is bought."""
    ends = _day(data, "ends_on")
    if ends is not None and not _years_after(signed, data["years"]) - dt.timedelta(days=3) <= ends:
        raise InputError(_("使用期限比公告的 %(years)g 年短") % {"years": data["years"]}, where=_("使用期限届满日期"))
    if ends is not None and ends > _years_after(signed, data["years"] + 1):
        raise InputError(_("使用期限比公告的 %(years)g 年长") % {"years": data["years"]}, where=_("使用期限届满日期"))


def _entered(*names: str) -> Callable[[CaseAct, Mapping[str, Any]], None]:
    """What a step says goes into the contract's fields of those names; days lie neither ahead nor before the
    signature."""

    def follow(act: CaseAct, data: Mapping[str, Any]) -> None:
        one = _of(act.case)
        today = timezone.localdate(act.clock.now)
        for name in names:
            value: Any = data[name]
            if name.endswith("_on"):
                value = dt.date.fromisoformat(value)
                if value > today or (one.signed_on is not None and value < one.signed_on):
                    raise InputError(_("日期应在签订合同之后、不晚于今天"), where=str(value))
            setattr(one, name, value)
        one.effective_from = today
        one.save()

    return follow


def _of(case: Case) -> LandContract:
    found = LandContract.objects.select_related("parcel").filter(case=case).first()
    if found is None:
        raise InputError(_("这件供地还没有合同"), where=case.number)
    return found


def _completion(act: CaseAct, data: Mapping[str, Any]) -> None:
    if data.get("acceptance") != PASSED:
        return
    _entered("finished_on", "invested", "far")(act, data)
    one = _of(act.case)
    set_status(one.parcel, ParcelStatus.BUILT, timezone.localdate(act.clock.now))
    day = dt.date.fromisoformat(data["finished_on"])
    intensity = data["invested"] / one.parcel.land_area if one.parcel.land_area else 0.0
    for kind, value in (
        (Promise.INVESTMENT, data["invested"]),
        (Promise.INTENSITY, intensity),
        (Promise.FAR, data["far"]),
    ):
        _judged(one, kind, value, day, act.case.number)


def _review(act: CaseAct, data: Mapping[str, Any]) -> None:
    one, day = _of(act.case), dt.date.fromisoformat(data["review_on"])
    for kind, value in ((Promise.OUTPUT, data["review_output"]), (Promise.TAX, data["review_tax"])):
        _judged(one, kind, value, day, act.case.number)
    short = one.obligations.filter(kind__in=(Promise.OUTPUT, Promise.TAX), state=ObligationState.SHORT)
    if data["review"] == MET and short.exists():
        words = "、".join(one.get_kind_display() for one in short)
        raise InputError(_("%(what)s没有达到约定，不能复核为达到") % {"what": words}, where=_("复核结论"))


def _judged(contract: LandContract, kind: str, value: float, day: dt.date, number: str) -> None:
    """The case's own finding about a promise of an amount that nobody has settled yet."""
    one = Obligation.objects.filter(contract=contract, kind=kind).exclude(state=ObligationState.RELEASED).first()
    if one is None or one.value is None:
        return
    one.actual, one.decision, one.decided_on = value, number, day
    one.state, one.done_on = (ObligationState.MET, day) if value >= one.value else (ObligationState.SHORT, None)
    one.save()


_STEPS: dict[str, Callable[[CaseAct, Mapping[str, Any]], None]] = {
    "conditions": _conditions,
    "standard": _standard,
    "notice": _notice,
    "deal": _deal,
    "contract": _contract,
    "handover": _entered("handed_over_on"),
    "begin": _entered("started_on"),
    "completion": _completion,
    "operation": _entered("operated_on"),
    "review": _review,
}
