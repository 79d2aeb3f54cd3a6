"""What was agreed about a parcel: contracts, and each promise 履约事项 in them with its date, watched until it is kept."""

import contextlib
import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.errors import InputError
from qiangqu.base.fields import CodeField
from qiangqu.cases.models import Case
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Parcel
from qiangqu.registry.models.history import RegisterRecord

from .. import payments


class ContractMode(models.TextChoices):
    """How land is supplied; the last three are 弹性供应 of 自然资发〔2022〕201号."""

    GRANT = "grant", _("出让")
    ALLOCATION = "allocation", _("划拨")
    LONG_LEASE = "long_lease", _("长期租赁")
    LEASE_THEN_GRANT = "lease_then_grant", _("先租后让")
    FLEXIBLE_TERM = "flexible_term", _("弹性年期出让")


class LandContract(RegisterRecord):
    """A contract or decision by which a parcel was supplied: what was promised by when, and what has come of it.
    Money in 10,000 yuan."""

    number = CodeField(_("合同编号"), max_length=60, unique=True)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="contracts", verbose_name=_("宗地"))
    mode = models.CharField(_("供应方式"), max_length=20, choices=ContractMode, default=ContractMode.GRANT)
    signed_on = models.DateField(_("签订日期"), null=True, blank=True)
    price = models.FloatField(_("价款"), null=True, blank=True)
    instalments = models.TextField(
        _("分期付款"), max_length=400, blank=True, validators=[payments.check],
        help_text=_("一次付清的不填；每期一行：日期 金额（万元），如 2026-06-30 1200"),
    )  # fmt: skip
    start_by = models.DateField(_("约定开工日期"), null=True, blank=True)
    finish_by = models.DateField(_("约定竣工日期"), null=True, blank=True)
    ends_on = models.DateField(_("到期日期"), null=True, blank=True)
    investment = models.FloatField(_("约定总投资"), null=True, blank=True)
    output_per_mu = models.FloatField(_("约定亩均产值"), null=True, blank=True)
    tax_per_mu = models.FloatField(_("约定亩均税收"), null=True, blank=True)
    far_min = models.FloatField(_("约定容积率下限"), null=True, blank=True)
    handover_by = models.DateField(_("约定交地日期"), null=True, blank=True)
    operate_by = models.DateField(_("约定投产日期"), null=True, blank=True)
    review_by = models.DateField(_("约定达产复核日期"), null=True, blank=True)
    convert_by = models.DateField(_("转出让审查日期"), null=True, blank=True)
    investment_per_mu = models.FloatField(_("约定投资强度"), null=True, blank=True)
    handed_over_on = models.DateField(_("实际交地日期"), null=True, blank=True)
    started_on = models.DateField(_("实际开工日期"), null=True, blank=True)
    stopped_on = models.DateField(_("中止建设日期"), null=True, blank=True)
    finished_on = models.DateField(_("实际竣工日期"), null=True, blank=True)
    operated_on = models.DateField(_("实际投产日期"), null=True, blank=True)
    invested = models.FloatField(_("已投资"), null=True, blank=True)
    built_share = models.FloatField(_("已动工面积占比"), null=True, blank=True)
    far = models.FloatField(_("实际容积率"), null=True, blank=True)

    case = models.ForeignKey(
        Case,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="land_contracts",
        verbose_name=_("供地办件"),
    )

    area_lookup = "parcel__area__path"
    organisation_lookup = "parcel__holder_id"
    travels_by = ("number",)

    class Meta:
        verbose_name = _("土地合同")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number

    def clean(self) -> None:
        super().clean()
        with contextlib.suppress(InputError):  # said at the field itself
            payments.check_sum(self.instalments, self.price)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Its promises are watched from the moment it is kept. What comes in bulk is brought in line by the daily job."""
        super().save(*args, **kwargs)
        keep_promises([self])


class Promise(models.TextChoices):
    """What a contract may promise."""

    HANDOVER = "handover", _("交地")
    START = "start", _("开工")
    FINISH = "finish", _("竣工")
    OPERATE = "operate", _("投产")
    INVESTMENT = "investment", _("总投资")
    INTENSITY = "intensity", _("投资强度")
    FAR = "far", _("容积率")
    OUTPUT = "output", _("亩均产值")
    TAX = "tax", _("亩均税收")
    CONVERT = "convert", _("先租后让转出让审查")
    END = "end", _("期限届满")
    PAY_1 = "pay_1", _("缴纳价款第1期")
    PAY_2 = "pay_2", _("缴纳价款第2期")
    PAY_3 = "pay_3", _("缴纳价款第3期")
    PAY_4 = "pay_4", _("缴纳价款第4期")
    PAY_5 = "pay_5", _("缴纳价款第5期")
    PAY_6 = "pay_6", _("缴纳价款第6期")
    PAY_7 = "pay_7", _("缴纳价款第7期")
    PAY_8 = "pay_8", _("缴纳价款第8期")


#: instalments of the price, in the order of the contract
PAYMENTS = tuple(one for one in Promise if one.value.startswith("pay_"))


#: of a promise that is a date: the contract's fields of the agreed and of the real day
DATES = {
    Promise.HANDOVER: ("handover_by", "handed_over_on"),
    Promise.START: ("start_by", "started_on"),
    Promise.FINISH: ("finish_by", "finished_on"),
    Promise.OPERATE: ("operate_by", "operated_on"),
    Promise.CONVERT: ("convert_by", ""),
    Promise.END: ("ends_on", ""),
}
#: of a promise that is an amount: the contract's field of the amount, of the day on which it is judged, its unit
AMOUNTS = {
    Promise.INVESTMENT: ("investment", "finish_by", "万元"),
    Promise.INTENSITY: ("investment_per_mu", "finish_by", "万元/亩"),
    Promise.FAR: ("far_min", "finish_by", ""),
    Promise.OUTPUT: ("output_per_mu", "review_by", "万元/亩"),
    Promise.TAX: ("tax_per_mu", "review_by", "万元/亩"),
}


class ObligationState(models.TextChoices):
    PENDING = "pending", _("待履行")
    MET = "met", _("已履行")
    SHORT = "short", _("未达约定")
    NOTICED = "noticed", _("已催告，限期整改")
    PENALISED = "penalised", _("已追究违约责任")
    TAKEN_BACK = "taken_back", _("已收回土地")
    RELEASED = "released", _("已免除或终止")


#: still to be seen to
UNKEPT = (ObligationState.PENDING, ObligationState.SHORT, ObligationState.NOTICED, ObligationState.PENALISED)


class Obligation(models.Model):
    """One promise of a contract: what, how much, by when, and what has come of it. ``value`` is at least what is
    promised (None: the act itself), ``due_on`` None where the contract gives no date."""

    contract = models.ForeignKey(LandContract, models.PROTECT, related_name="obligations", verbose_name=_("土地合同"))
    kind = models.CharField(_("履约事项"), max_length=12, choices=Promise)
    due_on = models.DateField(_("约定期限"), null=True, blank=True)
    value = models.FloatField(_("约定不低于"), null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=12, blank=True)
    state = models.CharField(_("状态"), max_length=12, choices=ObligationState, default=ObligationState.PENDING)
    done_on = models.DateField(_("履行日期"), null=True, blank=True)
    actual = models.FloatField(_("实际"), null=True, blank=True)
    remedy_by = models.DateField(_("整改期限"), null=True, blank=True)
    penalty = models.FloatField(_("违约金"), null=True, blank=True)
    decision = models.CharField(_("文号与说明"), max_length=300, blank=True)
    decided_on = models.DateField(_("办理日期"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=50)

    seen_through = "contract"
    travels_by = ("contract", "kind")

    class Meta:
        verbose_name = _("履约事项")
        ordering = ["due_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["contract", "kind"], name="land_obligation_once")]

    def __str__(self) -> str:
        return f"{self.contract} {self.get_kind_display()}"

    def late(self, day: dt.date) -> bool:
        """Whether it is over its date, or over the time that was given to mend it, and not kept."""
        until = self.remedy_by if self.state == ObligationState.NOTICED else self.due_on
        return self.state in UNKEPT and until is not None and until < day


def promised(one: LandContract) -> dict[str, tuple[dt.date | None, float | None, str, dt.date | None]]:
    """The promises of a contract: day, amount, unit, and the real day where the contract has it already."""
    found: dict[str, tuple[dt.date | None, float | None, str, dt.date | None]] = {}
    for kind, (agreed, real) in DATES.items():
        day = getattr(one, agreed)
        if day is not None:
            found[kind] = (day, None, "", getattr(one, real) if real else None)
    for kind, (field, agreed, unit) in AMOUNTS.items():
        value = getattr(one, field)
        if value is not None:
            found[kind] = (getattr(one, agreed), value, unit, None)
    for payment, (day, amount) in zip(PAYMENTS, payments.instalments(one.instalments), strict=False):
        found[payment] = (day, amount, "万元", None)
    return found


def agree_day(one: LandContract, kind: str, day: dt.date) -> None:
    """Write another day for a promise into its contract, unsaved. Raises InputError for an instalment before the one ahead
    of it."""
    promise = Promise(kind)
    if promise in PAYMENTS:
        one.instalments = payments.moved(one.instalments, PAYMENTS.index(promise) + 1, day)
    else:
        setattr(one, AMOUNTS[promise][1] if promise in AMOUNTS else DATES[promise][0], day)


def reached(one: LandContract, kind: str) -> float | None:
    """What the contract itself says has come of an amount that it promises, once what was to be built stands; None
    where it does not say."""
    if one.finished_on is None:
        return None
    if kind == Promise.FAR:
        return one.far
    if one.invested is None or kind not in (Promise.INVESTMENT, Promise.INTENSITY):
        return None
    if kind == Promise.INVESTMENT:
        return one.invested
    return one.invested / one.parcel.land_area if one.parcel.land_area else None


def keep_promises(contracts: "list[LandContract]") -> int:
    """Bring the obligations of contracts in line with what the contracts say now; gives how many changed. Those that
    are settled, or taken up by somebody, keep their terms; a real day that the contract has settles one of a date, an
    amount that it says was reached one of an amount (one that was not reached is for people to find); a contract that has
    ended releases what is open.
    """
    held = {(one.contract_id, one.kind): one for one in Obligation.objects.filter(contract__in=contracts)}
    new: list[Obligation] = []
    changed: list[Obligation] = []
    for contract in contracts:
        wanted = promised(contract)
        for kind, (due, value, unit, done) in wanted.items():
            one = held.pop((contract.pk, kind), None)
            fresh = one is None
            if one is None:
                one = Obligation(contract=contract, kind=kind, simulated=contract.simulated)
            before = (one.due_on, one.value, one.unit, one.state, one.done_on)
            if one.state == ObligationState.PENDING:
                one.due_on, one.value, one.unit = due, value, unit
            if done is not None and one.state in UNKEPT:
                one.state, one.done_on = ObligationState.MET, done
            elif value is not None and one.state in UNKEPT and (got := reached(contract, kind) or 0.0) >= value > 0:
                one.state, one.done_on, one.actual = ObligationState.MET, contract.finished_on, got
            elif contract.valid_to is not None and one.state == ObligationState.PENDING:
                one.state = ObligationState.RELEASED
            if fresh:
                new.append(one)
            elif before != (one.due_on, one.value, one.unit, one.state, one.done_on):
                changed.append(one)
    # what a contract no longer says, and nobody has taken up
    gone = [one for one in held.values() if one.state == ObligationState.PENDING]
    for one in gone:
        one.state = ObligationState.RELEASED
    Obligation.objects.bulk_create(new, batch_size=500)
    fields = ["due_on", "value", "unit", "state", "done_on", "actual"]
    Obligation.objects.bulk_update([*changed, *gone], fields, batch_size=500)
    return len(new) + len(changed) + len(gone)
