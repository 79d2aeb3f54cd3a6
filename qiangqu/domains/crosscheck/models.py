"""Doubts 疑点 about reported figures, up to what people found out."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.base.visibility import own_organisations, reach, within
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Organisation, User
from qiangqu.registry.models.node import Travelling
from qiangqu.registry.roles import Action


class What(models.TextChoices):
    OVER = "over", _("高于仪表推算")
    SHIFT = "shift", _("月份之间调节")
    COPY = "copy", _("照抄上月")
    SPLIT = "split", _("低于规上线")


class DoubtState(models.TextChoices):
    NEW = "new", _("新疑点")
    TAKEN = "taken", _("核查中")
    ASKED = "asked", _("已询问企业")
    TRUE = "true", _("属实")
    FALSE = "false", _("误报")


#: doubts that somebody still has to see to
OPEN = (DoubtState.NEW, DoubtState.TAKEN, DoubtState.ASKED)


class Doubt(Travelling):
    """A doubt about what an enterprise reported, found by its meters: the months, by how much, which meters say so,
    and what was found out. The program doubts; people judge. The enterprise sees it only once it was asked.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("企业"))
    what = models.CharField(_("疑点"), max_length=8, choices=What)
    first = models.CharField(_("起月"), max_length=7)
    last = models.CharField(_("止月"), max_length=7)
    claim = models.CharField(_("上报的数"), max_length=60)
    gap = models.FloatField(_("高出"), null=True, blank=True)
    low = models.FloatField(_("高出下限"), null=True, blank=True)
    high = models.FloatField(_("高出上限"), null=True, blank=True)
    score = models.FloatField(_("疑点分"))
    limit = models.FloatField(_("起报分"))
    agree = models.JSONField(_("各类仪表"), default=dict)
    course = models.JSONField(_("走势"), default=dict)
    found_on = models.DateField(_("发现日期"))
    state = models.CharField(_("状态"), max_length=8, choices=DoubtState, default=DoubtState.NEW)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("承办人"))
    due_on = models.DateField(_("期限"), null=True, blank=True)
    question = models.CharField(_("询问内容"), max_length=600, blank=True)
    asked_on = models.DateField(_("询问日期"), null=True, blank=True)
    answer = models.TextField(_("企业说明"), max_length=2000, blank=True)
    reason = models.CharField(_("结论理由"), max_length=600, blank=True)
    decided_on = models.DateField(_("结论日期"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=50)

    area_lookup = "organisation__area__path"

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Those of his areas where he cross-checks; an enterprise's own once it was asked."""
        asked = Q(organisation__in=own_organisations(viewer), asked_on__isnull=False)
        return within("organisation__area__path", reach(viewer, Action.CROSSCHECK)) | asked

    class Meta:
        verbose_name = _("数据疑点")
        ordering = ["-found_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.organisation} {self.months} {self.get_what_display()}"

    @property
    def months(self) -> str:
        """The months in one word."""
        return self.first if self.first == self.last else f"{self.first}—{self.last}"


class Run(models.Model):
    """One run of the cross-check: until which month, of how many enterprises, and the newest batch of facts then."""

    at = models.DateTimeField(_("时间"))
    until = models.CharField(_("截至月份"), max_length=7)
    enterprises = models.PositiveIntegerField(_("企业数"))
    metered = models.PositiveIntegerField(_("有计量数据的企业数"))
    newest = models.PositiveIntegerField(_("最新批次"))

    inner = True
    travels_by = Stays.COMPUTED

    class Meta:
        verbose_name = _("数据核查批次")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.until}"
