"""What an enterprise is entitled to and gets: one row for each policy, enterprise and period; payments are only added."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Organisation, Travelling

from .policy import Policy


class BenefitState(models.TextChoices):
    FOUND = "found", _("可申请")
    QUEUED = "queued", _("排队等预算")
    OFFERED = "offered", _("待企业确认")
    APPLIED = "applied", _("已申请")
    RETURNED = "returned", _("退回补正")
    APPROVED = "approved", _("待拨付")
    PAID = "paid", _("已拨付")
    REFUSED = "refused", _("不予兑现")
    DECLINED = "declined", _("企业放弃")
    LAPSED = "lapsed", _("不再符合")
    REVERSED = "reversed", _("已追回")


#: for these money of the budget is held
HELD = (BenefitState.OFFERED, BenefitState.APPROVED, BenefitState.PAID)
#: these keep the enterprise from a policy that excludes this one
LIVE = (*HELD, BenefitState.APPLIED, BenefitState.RETURNED, BenefitState.QUEUED)


class Benefit(Travelling):
    """A policy for one enterprise in one period (the year, or 0 where it is had only once). ``amount`` in 分; ``year`` is the
    budget's. ``told_at``: when the enterprise was told, which happens once."""

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="benefits", verbose_name=_("惠企政策"))
    code = models.CharField(_("政策代码"), max_length=40, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("企业"))
    period = models.PositiveIntegerField(_("享受年度"), default=0)
    year = models.PositiveIntegerField(_("预算年度"))
    state = models.CharField(_("状态"), max_length=10, choices=BenefitState)
    amount = models.BigIntegerField(_("金额（分）"))
    score = models.FloatField(_("得分"), null=True, blank=True)
    basis = models.CharField(_("计算依据"), max_length=300, blank=True)
    found_on = models.DateField(_("符合日期"))
    applied_on = models.DateField(_("申请日期"), null=True, blank=True)
    examined = models.BooleanField(_("已审核"), default=False)
    examined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核人")
    )
    said = models.CharField(_("意见"), max_length=500, blank=True)
    told_at = models.DateTimeField(_("告知时间"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False)

    files = Attachments(most=30)

    area_lookup = "organisation__area__path"
    organisation_lookup = "organisation_id"
    seen_with = "view_policies"

    class Meta:
        verbose_name = _("惠企兑现")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["code", "state"], name="benefit_state")]
        constraints = [
            models.UniqueConstraint(fields=["origin", "code", "organisation", "period"], name="benefit_once_a_period"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="benefit_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.policy}"

    @property
    def yuan(self) -> Decimal:
        return Decimal(self.amount) / 100


class PaymentKind(models.TextChoices):
    PAY = "pay", _("拨付")
    BACK = "back", _("追回")


class Payment(Travelling):
    """Money that went out, or (with its own record, below zero) came back. Never changed, never deleted."""

    benefit = models.ForeignKey(Benefit, models.PROTECT, related_name="payments", verbose_name=_("惠企兑现"))
    kind = models.CharField(_("类型"), max_length=4, choices=PaymentKind)
    number = models.CharField(_("拨付凭证号"), max_length=60)
    day = models.DateField(_("日期"))
    amount = models.BigIntegerField(_("金额（分）"))
    why = models.CharField(_("原因"), max_length=300, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记人")
    )
    at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    simulated = models.BooleanField(_("模拟数据"), default=False)

    seen_through = "benefit"

    class Meta:
        verbose_name = _("拨付记录")
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["benefit", "kind", "number"], name="payment_once"),
            models.CheckConstraint(
                condition=models.Q(kind="pay", amount__gt=0) | models.Q(kind="back", amount__lt=0),
                name="payment_sign",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def yuan(self) -> Decimal:
        return Decimal(self.amount) / 100

    def save(self, *args: Any, **options: Any) -> None:
        """Raises TypeError for a payment that is there already: facts are only added."""
        if self.pk is not None:
            raise TypeError("a payment is not changed; what comes back is a record of its own")
        super().save(*args, **options)
