"""Outlines of parcels and zones by date, where parcels come from, and files of outlines that came in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Parcel, User
from qiangqu.registry.models.node import Travelling


class Boundary(Travelling):
    """Outline 界址 of a parcel or of a zone, from a day to a day. Rows are only added: an outline that was wrong
    is withdrawn, not changed.

    ``shape`` is well-known binary in degrees of CGCS2000 (EPSG:4490); areas are square metres.
    """

    parcel = models.ForeignKey(
        Parcel, models.PROTECT, null=True, blank=True, related_name="boundaries", verbose_name=_("宗地")
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="boundaries", verbose_name=_("园区")
    )
    valid_from = models.DateField(_("起始日期"))
    valid_to = models.DateField(_("终止日期"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    shape = models.BinaryField(_("界址"))
    west = models.FloatField(_("西"))
    south = models.FloatField(_("南"))
    east = models.FloatField(_("东"))
    north = models.FloatField(_("北"))
    plane_area = models.FloatField(_("平面面积"))
    geodesic_area = models.FloatField(_("椭球面积"))
    system = models.CharField(_("原坐标系"), max_length=80, blank=True)
    reason = models.CharField(_("依据"), max_length=200, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("录入人"))
    entered_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    file_name = models.CharField(_("来自文件"), max_length=160, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    area_lookup = ("parcel__area__path", "area__path")
    organisation_lookup = "parcel__holder_id"

    class Meta:
        verbose_name = _("界址")
        ordering = ["-valid_from", "-pk"]
        indexes = [
            # what a tile asks: a strip of longitude and latitude, the large ones first
            models.Index(fields=["west", "east", "south", "north"], name="land_boundary_extent"),
            models.Index(fields=["-plane_area"], name="land_boundary_large"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(parcel__isnull=True) ^ Q(area__isnull=True), name="land_boundary_of_one")
        ]

    def __str__(self) -> str:
        return f"{self.parcel or self.area} {self.valid_from:%Y-%m-%d}"


class Descent(models.Model):
    """One parcel came out of another: a split 分割 or a merger 合并."""

    parent = models.ForeignKey(Parcel, models.PROTECT, related_name="land_children", verbose_name=_("原宗地"))
    child = models.ForeignKey(Parcel, models.PROTECT, related_name="land_parents", verbose_name=_("新宗地"))
    day = models.DateField(_("日期"))
    document = models.CharField(_("依据"), max_length=200, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    seen_through = "child"
    travels_by = ("parent", "child")

    class Meta:
        verbose_name = _("宗地沿革")
        ordering = ["-day", "parent__code", "child__code"]
        constraints = [models.UniqueConstraint(fields=["parent", "child"], name="land_descent_once")]

    def __str__(self) -> str:
        return f"{self.parent} → {self.child}"


class ImportKind(models.TextChoices):
    PARCEL = "parcel", _("宗地界址")
    ZONE = "zone", _("园区四至")


class ImportState(models.TextChoices):
    CHECKED = "checked", _("待确认")
    STORED = "stored", _("已入库")
    DROPPED = "dropped", _("已放弃")


class BoundaryImport(Travelling):
    """A file of outlines: what was found in it, and whether it was taken over. ``staged`` are its outlines in
    degrees, packed; ``found`` the faults, by feature.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("园区"))
    kind = models.CharField(_("内容"), max_length=8, choices=ImportKind, default=ImportKind.PARCEL)
    state = models.CharField(_("状态"), max_length=8, choices=ImportState, default=ImportState.CHECKED)
    file_name = models.CharField(_("文件"), max_length=160)
    day = models.DateField(_("界址生效日期"))
    reason = models.CharField(_("依据"), max_length=200, blank=True)
    settings = models.JSONField(_("读取方式"), default=dict, blank=True)
    found = models.JSONField(_("检查结果"), default=dict, blank=True)
    staged = models.BinaryField(_("界址"), default=b"")
    features = models.PositiveIntegerField(_("图形"), default=0)
    rejected = models.PositiveIntegerField(_("不能入库"), default=0)
    stored = models.PositiveIntegerField(_("入库"), default=0)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    made_at = models.DateTimeField(_("上传时间"), auto_now_add=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=1)

    area_lookup = "area__path"
    seen_with = "edit_land"

    class Meta:
        verbose_name = _("界址导入")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name
