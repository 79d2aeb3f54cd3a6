from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.periods import Period, from_key
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Organisation, Travelling
from qiangqu.registry.roles import Action

from .plan import Measure


class ProgressReport(Travelling):
    """Progress report 进展报告: what a unit says it has done for a measure in a period. Reports are only
    added; the newest of a period counts.
    """

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="reports", verbose_name=_("举措"))
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="progress_reports", verbose_name=_("报告单位"))
    period_key = models.PositiveIntegerField(_("时期"))
    text = models.TextField(_("进展"), max_length=4000)
    percentage = models.PositiveSmallIntegerField(
        _("完成进度"), validators=[MinValueValidator(0), MaxValueValidator(100)], help_text=_("0—100，%")
    )
    difficulty = models.TextField(_("问题与需要协调的事项"), max_length=2000, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("填报人")
    )
    reported_at = models.DateTimeField(_("填报时间"), auto_now_add=True)

    #: evidence 佐证材料
    evidence = Attachments(most=5)

    area_lookup = "unit__area__path"
    seen_with = Action.VIEW_PLAN

    class Meta:
        verbose_name = _("进展报告")
        ordering = ["-reported_at", "-id"]
        indexes = [models.Index(fields=["measure", "unit", "period_key"])]

    def __str__(self) -> str:
        return f"{self.unit} {self.period.label} {self.percentage}%"

    @property
    def period(self) -> Period:
        return from_key(self.period_key)
