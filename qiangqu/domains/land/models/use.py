"""What was agreed about a parcel's use, and clues 线索 that it lies idle or is little used, up to what was decided."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Parcel, User
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.models.node import Travelling


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
    start_by = models.DateField(_("约定开工日期"), null=True, blank=True)
    finish_by = models.DateField(_("约定竣工日期"), null=True, blank=True)
    ends_on = models.DateField(_("到期日期"), null=True, blank=True)
    investment = models.FloatField(_("约定总投资"), null=True, blank=True)
    output_per_mu = models.FloatField(_("约定亩均产值"), null=True, blank=True)
    tax_per_mu = models.FloatField(_("约定亩均税收"), null=True, blank=True)
    far_min = models.FloatField(_("约定容积率下限"), null=True, blank=True)
    started_on = models.DateField(_("实际开工日期"), null=True, blank=True)
    stopped_on = models.DateField(_("中止建设日期"), null=True, blank=True)
    finished_on = models.DateField(_("实际竣工日期"), null=True, blank=True)
    invested = models.FloatField(_("已投资"), null=True, blank=True)
    built_share = models.FloatField(_("已动工面积占比"), null=True, blank=True)
    far = models.FloatField(_("实际容积率"), null=True, blank=True)

    area_lookup = "parcel__area__path"
    organisation_lookup = "parcel__holder_id"
    travels_by = ("number",)

    class Meta:
        verbose_name = _("土地合同")
        verbose_name_plural = _("土地合同")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number


class ClockStop(Travelling):
    """Days that do not count towards idleness, because a government or an act of nature kept the holder from
    building (令第53号 art. 8)."""

    contract = models.ForeignKey(LandContract, models.PROTECT, related_name="stops", verbose_name=_("土地合同"))
    first = models.DateField(_("停算起"))
    last = models.DateField(_("停算止"), null=True, blank=True)
    cause = models.CharField(_("原因"), max_length=200)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("录入人"))
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    seen_through = "contract"

    class Meta:
        verbose_name = _("停算期间")
        verbose_name_plural = _("停算期间")
        ordering = ["first", "pk"]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m-%d} {self.cause}"


class ClueState(models.TextChoices):
    SUSPECTED = "suspected", _("线索")
    INVESTIGATED = "investigated", _("调查中")
    DETERMINED = "determined", _("已认定")
    FEE = "fee", _("已征缴闲置费")
    EXTENDED = "extended", _("已延期")
    TAKEN_BACK = "taken_back", _("已收回")
    SUPPLIED = "supplied", _("已重新供应")
    DISMISSED = "dismissed", _("不属闲置低效")


class ClueCause(models.TextChoices):
    HOLDER = "holder", _("使用权人原因")
    GOVERNMENT = "government", _("政府原因或不可抗力")


class Clue(Travelling):
    """A clue that a parcel lies idle or is little used: the rule that found it, with its evidence, what the holder
    says, and what was decided. The program finds; people determine."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="clues", verbose_name=_("宗地"))
    contract = models.ForeignKey(
        LandContract, models.PROTECT, null=True, blank=True, related_name="clues", verbose_name=_("土地合同")
    )
    rule = models.CharField(_("规则"), max_length=40)
    state = models.CharField(_("状态"), max_length=12, choices=ClueState, default=ClueState.SUSPECTED)
    found_on = models.DateField(_("发现日期"))
    evidence = models.JSONField(_("证据"), default=list)
    days = models.PositiveIntegerField(_("已计天数"), null=True, blank=True)
    cause = models.CharField(_("原因"), max_length=12, choices=ClueCause, blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True)
    objection = models.TextField(_("使用权人的说明"), blank=True, max_length=2000)
    decision = models.CharField(_("决定文号与理由"), max_length=300, blank=True)
    decided_on = models.DateField(_("决定日期"), null=True, blank=True)
    fee = models.FloatField(_("闲置费"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=50)

    seen_through = "parcel"

    class Meta:
        verbose_name = _("闲置低效线索")
        verbose_name_plural = _("闲置低效线索")
        ordering = ["-found_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.parcel} {self.rule}"
