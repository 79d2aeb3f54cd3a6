from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.base.terms import TermField

from .area import Area
from .history import RegisterRecord
from .organisation import Organisation


class ParcelStatus(models.TextChoices):
    PLANNED = "planned", _("规划")
    SUPPLIED = "supplied", _("已供应")
    BUILT = "built", _("已建成")
    IDLE = "idle", _("闲置")
    LOW_USE = "low_use", _("低效")


class Parcel(RegisterRecord):
    """Parcel 宗地: a piece of land in a zone and who uses it."""

    code = CodeField(_("宗地代码"), max_length=40, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="parcels", verbose_name=_("所在区域"))
    holder = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="parcels", verbose_name=_("使用单位")
    )
    land_area = models.FloatField(_("面积"), help_text=_("亩"))
    use = TermField(_("用途"), max_length=40, help_text=_("GB/T 21010—2017 二级类"))
    status = models.CharField(_("状态"), max_length=12, choices=ParcelStatus)

    area_lookup = "area__path"
    organisation_lookup = "holder_id"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("宗地")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code
