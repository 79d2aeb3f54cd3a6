from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.registry.models import Area
from qiangqu.registry.models.history import RegisterRecord


class $model(RegisterRecord):
    """$title: one record of the register."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在区域"))

    area_lookup = "area__path"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("$title")
        verbose_name_plural = _("$title")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
