"""The mark of a demonstration database."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays


class Demonstration(models.Model):
    """Demonstration 演示库: this database holds a simulated twin, made once from these inputs. There is one
    row, or none.

    ``account`` is the calibration's: a list of objects like
    :class:`qiangqu_demo.simulation.calibration.Difference`; ``counts`` the number of records by kind;
    ``fingerprint`` the SHA-256 of all that was made.
    """

    only = models.BooleanField(default=True, unique=True, editable=False)
    pack = models.CharField(_("数据包"), max_length=60)
    seed = models.PositiveBigIntegerField(_("随机种子"))
    enterprises = models.PositiveIntegerField(_("在业企业数"))
    months = models.PositiveSmallIntegerField(_("月数"))
    until = models.CharField(_("截至"), max_length=7, help_text=_("年月，如 2026-10"))
    inputs_sha256 = models.CharField(_("参数校验"), max_length=64)
    fingerprint = models.CharField(_("数据校验"), max_length=64)
    counts = models.JSONField(_("记录数"), default=dict)
    account = models.JSONField(_("校准差异"), default=list)
    made_at = models.DateTimeField(_("生成时间"), auto_now_add=True)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("演示库")
        verbose_name_plural = _("演示库")
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="one_demonstration")]

    def __str__(self) -> str:
        return f"{self.pack} {self.until}"
