"""Clues 线索 that a parcel lies idle or is little used, up to what was decided."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Parcel, User
from qiangqu.registry.models.node import Travelling

from .supply import LandContract


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
        ordering = ["first", "pk"]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m-%d} {self.cause}"


class EvidenceKind(models.TextChoices):
    """Where something was learnt about a parcel, entered by hand."""

    PERMIT = "permit", _("施工许可")
    IMAGERY = "imagery", _("影像")
    VISIT = "visit", _("现场踏勘")
    INVESTMENT = "investment", _("入库投资")


class EvidenceShows(models.TextChoices):
    """What it shows."""

    BUILDING = "building", _("在施工")
    VACANT = "vacant", _("未见施工，空地")
    STOPPED = "stopped", _("停工")
    WORKING = "working", _("在生产")
    UNUSED = "unused", _("建成未用")


class Evidence(Travelling):
    """What a permit, a picture from above, a visit or reported investment shows of a parcel on a day. Rows are only
    added; one that was wrong is withdrawn."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="evidence", verbose_name=_("宗地"))
    kind = models.CharField(_("来源"), max_length=12, choices=EvidenceKind)
    day = models.DateField(_("日期"))
    shows = models.CharField(_("情况"), max_length=12, choices=EvidenceShows, blank=True)
    built_share = models.FloatField(_("已动工面积占比"), null=True, blank=True)
    invested = models.FloatField(_("累计投资"), null=True, blank=True)
    source = models.CharField(_("出处"), max_length=200)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("录入人"))
    entered_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=20)

    seen_through = "parcel"

    class Meta:
        verbose_name = _("用地证据")
        ordering = ["-day", "-pk"]

    def __str__(self) -> str:
        return f"{self.parcel} {self.day:%Y-%m-%d} {self.get_kind_display()}"


class ClueState(models.TextChoices):
    SUSPECTED = "suspected", _("线索")
    INVESTIGATED = "investigated", _("调查中")
    DETERMINED = "determined", _("已认定")
    FEE = "fee", _("已征缴闲置费")
    EXTENDED = "extended", _("已延期")
    TAKEN_BACK = "taken_back", _("已收回")
    SUPPLIED = "supplied", _("已重新供应")
    DISMISSED = "dismissed", _("不属闲置低效")


#: clues that somebody still has to see to
OPEN = (ClueState.SUSPECTED, ClueState.INVESTIGATED, ClueState.DETERMINED, ClueState.FEE, ClueState.EXTENDED)


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
        ordering = ["-found_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.parcel} {self.rule}"
