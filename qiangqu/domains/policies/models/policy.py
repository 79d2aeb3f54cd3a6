"""Editions of policies and the budget that all editions of one share."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.base.identity import Stays
from qiangqu.base.terms import TermField
from qiangqu.base.visibility import nothing, reach, within
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation, Travelling
from qiangqu.registry.roles import Action


class Mode(models.TextChoices):
    DIRECT = "direct", _("免申即享")
    APPLY = "apply", _("申请")


class Per(models.TextChoices):
    """How often an enterprise may have a policy."""

    YEAR = "year", _("每年一次")
    ONCE = "once", _("只享受一次")


class Order(models.TextChoices):
    """Who comes first when the budget does not reach all. Whoever does not fit waits, and all behind wait too."""

    FIRST = "first", _("先符合（先申请）的先安排")
    SMALL = "small", _("金额小的先安排")
    SCORE = "score", _("得分高的先安排")


class Rounding(models.IntegerChoices):
    """To what an amount is rounded, half up, in 分."""

    FEN = 1, _("四舍五入到分")
    YUAN = 100, _("四舍五入到元")
    HUNDRED = 10_000, _("四舍五入到百元")
    THOUSAND = 100_000, _("四舍五入到千元")


class PolicyState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    ENDED = "ended", _("已停止")


class Policy(Travelling):
    """One edition of a policy: who qualifies (``scheme`` and ``criteria``, both if both are given), what they get
    (``benefit``), from what budget, how. See :mod:`..spec` for the two fields of data. Money is whole 分; a budget that
    nobody gave is null."""

    code = CodeField(_("政策代码"), max_length=40)
    edition = models.PositiveIntegerField(_("版次"), default=1, editable=False)
    title = TermField(_("名称"), max_length=120)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("适用区域"))
    body = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("责任单位")
    )
    document = models.CharField(_("依据文件"), max_length=300, blank=True)
    source = models.URLField(_("来源网址"), max_length=300, blank=True)
    mode = models.CharField(_("兑现方式"), max_length=6, choices=Mode, default=Mode.DIRECT)
    per = models.CharField(_("享受次数"), max_length=4, choices=Per, default=Per.YEAR)
    starts_on = models.DateField(_("执行起"), null=True, blank=True)
    ends_on = models.DateField(_("执行止"), null=True, blank=True)
    scheme = CodeField(_("按评价方案"), max_length=60, blank=True)
    criteria = models.JSONField(_("条件"), default=list, blank=True)
    benefit = models.JSONField(_("标准"), default=dict, blank=True)
    rounding = models.IntegerField(_("取整"), choices=Rounding, default=Rounding.YUAN)
    budget_total = models.BigIntegerField(_("总预算（分）"), null=True, blank=True, editable=False)
    budget_year = models.BigIntegerField(_("年度预算（分）"), null=True, blank=True, editable=False)
    order = models.CharField(_("预算不足时"), max_length=6, choices=Order, default=Order.FIRST)
    papers = models.TextField(_("申报材料"), blank=True, max_length=2000, help_text=_("一行一件"))
    excludes = models.JSONField(_("不能同时享受"), default=list, blank=True)
    gaps = models.JSONField(_("未查到"), default=list, blank=True, editable=False)
    note = models.TextField(_("说明"), blank=True, max_length=2000)
    state = models.CharField(_("状态"), max_length=10, choices=PolicyState, default=PolicyState.DRAFT, editable=False)
    published_on = models.DateField(_("发布日期"), null=True, blank=True, editable=False)
    ended_on = models.DateField(_("停止日期"), null=True, blank=True, editable=False)
    ended_why = models.CharField(_("停止原因"), max_length=300, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=20)

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """What is published everybody may read; a draft, who may edit policies of its area."""
        drafts = within("area__path", reach(viewer, Action.EDIT_POLICIES)) or nothing()
        return ~Q(state=PolicyState.DRAFT) | drafts

    class Meta:
        verbose_name = _("惠企政策")
        ordering = ["code", "-edition"]
        constraints = [
            models.UniqueConstraint(fields=["origin", "code", "edition"], name="policy_edition_once"),
            models.UniqueConstraint(
                fields=["origin", "code"], condition=Q(state=PolicyState.PUBLISHED), name="policy_one_published"
            ),
            models.CheckConstraint(
                condition=(Q(budget_total=None) | Q(budget_total__gte=0))
                & (Q(budget_year=None) | Q(budget_year__gte=0)),
                name="policy_budget_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.title)

    @property
    def yuan_total(self) -> Decimal | None:
        return None if self.budget_total is None else Decimal(self.budget_total) / 100

    @property
    def yuan_year(self) -> Decimal | None:
        return None if self.budget_year is None else Decimal(self.budget_year) / 100

    @property
    def asked(self) -> list[str]:
        """The papers that an application needs."""
        return [line.strip() for line in self.papers.splitlines() if line.strip()][:30]


class Fund(models.Model):
    """What a policy's budget of a year (0: of all its years) holds: ``held`` for those to whom it is promised or paid.
    No more is ever held than the limit; the database says so."""

    code = models.CharField(_("政策代码"), max_length=40)
    year = models.PositiveIntegerField(_("年度"))
    limit = models.BigIntegerField(_("预算（分）"), null=True, blank=True)
    held = models.BigIntegerField(_("已安排（分）"), default=0)

    common_knowledge = True
    travels_by = Stays.COMPUTED

    class Meta:
        verbose_name = _("政策预算")
        ordering = ["code", "year"]
        constraints = [
            models.UniqueConstraint(fields=["code", "year"], name="fund_once"),
            models.CheckConstraint(
                condition=Q(held__gte=0) & (Q(limit=None) | Q(held__lte=F("limit"))), name="fund_never_over"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.year or ''}".strip()
