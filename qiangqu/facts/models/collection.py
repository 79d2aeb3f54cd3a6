"""Collection forms 报表: what enterprises report every month or year, and their reports."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.periods import Period, PeriodKind, from_key
from qiangqu.base.terms import TermField
from qiangqu.base.visibility import own_organisations, reach, trail, within
from qiangqu.registry.models import Area, Organisation, Scale

from .element import Element
from .fact import FactBatch


class Frequency(models.IntegerChoices):
    MONTH = PeriodKind.MONTH.value, _("月报")
    QUARTER = PeriodKind.QUARTER.value, _("季报")
    YEAR = PeriodKind.YEAR.value, _("年报")


class CollectionForm(models.Model):
    """Collection form 报表: which elements, how often, due when, for which enterprises."""

    code = models.CharField(_("代码"), max_length=60, unique=True)
    name = TermField(_("名称"), max_length=80)
    frequency = models.PositiveSmallIntegerField(_("报告期别"), choices=Frequency)
    due_days = models.PositiveSmallIntegerField(
        _("报送期限"), default=15, validators=[MaxValueValidator(180)], help_text=_("报告期结束后多少天内报送")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="collection_forms", verbose_name=_("适用区域"))
    scale = models.CharField(_("适用规模"), max_length=8, choices=Scale, blank=True, help_text=_("空表示不限规模"))
    first_period = models.PositiveIntegerField(_("起始时期"))
    active = models.BooleanField(_("启用"), default=True)
    source = TermField(_("制度依据"), max_length=300, blank=True)

    area_lookup = "area__path"
    travels_by = ("code",)

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """A form concerns the areas below it, and the areas above hold it; an enterprise is asked when its
        scale is.
        """
        condition = within("area__path", reach(viewer))
        for path in reach(viewer):
            condition |= Q(area__path__in=trail(path))
        for one in Organisation.objects.filter(pk__in=own_organisations(viewer)).select_related("area"):
            condition |= cls.asking(one)
        return condition

    @classmethod
    def asking(cls, organisation: Organisation) -> Q:
        """The forms that an enterprise has to fill in."""
        return Q(area__path__in=trail(organisation.area.path), scale__in=("", organisation.scale))

    class Meta:
        verbose_name = _("报表")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CollectionItem(models.Model):
    """One line of a form: an element, in the unit in which enterprises state it, with its rules of
    validation.
    """

    form = models.ForeignKey(CollectionForm, models.CASCADE, related_name="items", verbose_name=_("报表"))
    element = models.ForeignKey(Element, models.PROTECT, related_name="+", verbose_name=_("要素"))
    position = models.PositiveSmallIntegerField(_("顺序"), default=0)
    unit = TermField(_("填报单位"), max_length=24, help_text=_("如 万元；入库时换算为要素的单位"))
    required = models.BooleanField(_("必填"), default=True)
    minimum = models.FloatField(_("最小值"), null=True, blank=True)
    maximum = models.FloatField(_("最大值"), null=True, blank=True)
    max_change = models.FloatField(
        _("波动上限"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("与上期相比变化超过这个百分比时须说明原因"),
    )

    seen_through = "form"
    travels_by = ("form", "element")

    class Meta:
        verbose_name = _("报表项目")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["form", "element"], name="collection_item_once")]

    def __str__(self) -> str:
        return str(self.element)


class ReportStatus(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已入库")


class Report(models.Model):
    """Report 填报: one enterprise's figures for one form and period, as it stated them. Approved ones have
    become facts (``batch``); a correction goes through a new round (``round``) and supersedes them."""

    form = models.ForeignKey(CollectionForm, models.PROTECT, related_name="reports", verbose_name=_("报表"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="reports", verbose_name=_("单位"))
    period_key = models.PositiveIntegerField(_("时期"))
    status = models.CharField(_("状态"), max_length=12, choices=ReportStatus, default=ReportStatus.DRAFT)
    round = models.PositiveSmallIntegerField(_("轮次"), default=1)
    #: {element code: {"text": as typed, "explanation": why it changed so much}}
    values = models.JSONField(_("内容"), default=dict)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("填报人")
    )
    edited_at = models.DateTimeField(_("填报时间"), auto_now=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核人")
    )
    reviewed_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    review_note = models.CharField(_("审核意见"), max_length=300, blank=True)
    batch = models.ForeignKey(
        FactBatch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批次")
    )

    area_lookup = "organisation__area__path"
    organisation_lookup = "organisation_id"
    travels_by = ("form", "organisation", "period_key")

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """An enterprise's own; others see those of their subtree, but no drafts, which are the enterprise's
        own matter.
        """
        handed_in = within(cls.area_lookup, reach(viewer)) & ~Q(status=ReportStatus.DRAFT)
        return handed_in | Q(organisation__in=own_organisations(viewer))

    class Meta:
        verbose_name = _("填报")
        ordering = ["-period_key", "organisation__code"]
        constraints = [
            models.UniqueConstraint(fields=["form", "organisation", "period_key"], name="report_once"),
        ]
        indexes = [models.Index(fields=["status", "period_key"])]

    def __str__(self) -> str:
        return f"{self.organisation} {self.form} {self.period.label}"

    @property
    def period(self) -> Period:
        return from_key(self.period_key)
