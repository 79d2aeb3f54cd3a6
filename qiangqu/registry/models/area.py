from django.db import models
from django.utils.translation import gettext_lazy as _

from .history import RegisterRecord


class AreaLevel(models.TextChoices):
    """The three tiers of the "1524" system."""

    REGION = "region", _("自治区（省）")
    CITY = "city", _("地级市")
    ZONE = "zone", _("开发区（园区）")


class Area(RegisterRecord):
    """Area 区域: region > city > zone, one tree. ``path`` is the codes from the top, e.g. ``/640000/640100/G641001/``."""

    code = models.CharField(_("代码"), max_length=24, unique=True, help_text=_("行政区划代码按 GB/T 2260；开发区按审核公告目录"))
    name = models.CharField(_("名称"), max_length=80)
    short_name = models.CharField(_("简称"), max_length=24)
    level = models.CharField(_("层级"), max_length=8, choices=AreaLevel)
    kind = models.CharField(_("类别"), max_length=40, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级区域"))
    path = models.CharField(_("路径"), max_length=120, unique=True, editable=False)
    lon = models.FloatField(_("经度"), null=True, blank=True, help_text=_("度，示意位置"))
    lat = models.FloatField(_("纬度"), null=True, blank=True, help_text=_("度，示意位置"))
    source_url = models.CharField(_("来源"), max_length=500, blank=True)

    area_lookup = "path"

    class Meta:
        verbose_name = _("区域")
        verbose_name_plural = _("区域")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.path = f"{self.parent.path if self.parent else '/'}{self.code}/"
        super().save(*args, **kwargs)  # type: ignore[arg-type]
