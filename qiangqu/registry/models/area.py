from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from simple_history.utils import bulk_update_with_history

from qiangqu.base.fields import CodeField
from qiangqu.base.terms import TermField

from .history import RegisterRecord


class AreaLevel(models.TextChoices):
    """The three tiers of the "1524" system."""

    REGION = "region", _("自治区（省）")
    CITY = "city", _("地级市")
    ZONE = "zone", _("开发区（园区）")


class Area(RegisterRecord):
    """Area 区域: region > city > zone, one tree. ``path`` is the codes from the top, e.g.
    ``/640000/640100/G641001/``.
    """

    # codes make up paths, and SQLite compares their beginnings without regard to case: only one case is
    # allowed
    code = CodeField(
        _("代码"),
        max_length=24,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9_.-]*\Z", _("代码只能由大写字母、数字和 _ . - 组成"))],
        help_text=_("行政区划代码按 GB/T 2260；开发区按审核公告目录"),
    )
    name = TermField(_("名称"), max_length=80)
    short_name = TermField(_("简称"), max_length=24)
    level = models.CharField(_("层级"), max_length=8, choices=AreaLevel)
    kind = TermField(_("类别"), max_length=40, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级区域")
    )
    path = models.CharField(_("路径"), max_length=120, unique=True, editable=False)
    lon = models.FloatField(_("经度"), null=True, blank=True, help_text=_("度，示意位置"))
    lat = models.FloatField(_("纬度"), null=True, blank=True, help_text=_("度，示意位置"))
    source_url = models.CharField(_("来源"), max_length=500, blank=True)

    area_lookup = "path"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("区域")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def trail(self) -> list[str]:
        """Short names from the top of the tree down to this area, for the area switch and breadcrumbs."""
        codes = self.path.strip("/").split("/")
        if len(codes) == 1:
            return [self.short_name]
        names = dict(Area.objects.filter(code__in=codes[:-1]).values_list("code", "short_name"))
        return [names[code] for code in codes[:-1] if code in names] + [self.short_name]

    def clean(self) -> None:
        super().clean()
        if self.pk and self.parent and f"/{self.code}/" in self.parent.path:
            raise ValidationError({"parent": _("上级区域不能是它自己或它的下级")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps ``path`` right: when an area moves, its whole subtree moves with it, from the same day."""
        before = Area.objects.filter(pk=self.pk).values_list("path", flat=True).first() if self.pk else None
        self.path = f"{self.parent.path if self.parent else '/'}{self.code}/"
        day = self.effective_from
        with transaction.atomic():
            super().save(*args, **kwargs)
            if before is None or before == self.path:
                return
            below = list(Area.objects.filter(path__startswith=before).exclude(pk=self.pk))
            for area in below:
                area.path = self.path + area.path.removeprefix(before)
                area.effective_from = day
            bulk_update_with_history(below, Area, ["path"], batch_size=500, manager=Area._base_manager)
