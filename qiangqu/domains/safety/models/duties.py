"""Who supervises safety of which trade 三管三必须."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action

from ..terms import DutyKind


class Duty(RegisterRecord):
    """One line of the responsibility table: of ``trade`` (leading digits of a GB/T 4754 code, or the name of a new trade
    that it does not have) ``supervisor`` has the duty of the ``kind``; nobody: a gap that is known."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    trade = models.CharField(_("行业代码或新业态"), max_length=40, help_text=_("GB/T 4754 代码开头几位；新业态写名称"))
    title = models.CharField(_("行业名称"), max_length=80)
    new_trade = models.BooleanField(_("新业态"), default=False)
    kind = models.CharField(_("职责"), max_length=10, choices=DutyKind)
    supervisor = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name=_("监管部门")
    )
    document = models.CharField(_("依据文件"), max_length=200, blank=True)

    area_lookup = "area__path"
    seen_with = Action.HAZARDS
    travels_by = ("code",)

    class Meta:
        verbose_name = _("监管职责")
        ordering = ["trade", "kind", "code"]

    def __str__(self) -> str:
        return f"{self.title} {self.get_kind_display()}"
