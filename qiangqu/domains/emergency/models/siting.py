"""Road networks 道路网 and siting scenarios 选址方案."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.ui.background import Leased

USER = settings.AUTH_USER_MODEL


class RoadNetwork(models.Model):
    """Road network 道路网, loaded from a file. Times are computed on the newest that is not retired."""

    name = models.CharField(_("名称"), max_length=80)
    file_name = models.CharField(_("文件名"), max_length=200)
    loaded_at = models.DateTimeField(_("导入时间"))
    loaded_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("导入人"))
    nodes = models.PositiveIntegerField(_("节点"))
    edges = models.PositiveIntegerField(_("路段"))
    kilometres = models.FloatField(_("总长（公里）"))
    parts = models.PositiveIntegerField(_("互不连通的部分"))
    outside = models.PositiveIntegerField(_("不在最大部分的节点"), default=0)
    unknown = models.PositiveIntegerField(_("等级不明的路段"), default=0)
    data = models.BinaryField(editable=False)
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    common_knowledge = True
    seen_with = Action.EMERGENCY
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("道路网")
        ordering = ["-loaded_at", "-id"]

    def __str__(self) -> str:
        return self.name


class SitingModel(models.TextChoices):
    MEDIAN = "p_median", _("平均用时最短（p-中值）")
    CENTRE = "p_centre", _("最远用时最短（p-中心）")
    COVER_MOST = "cover_most", _("达标最多（最大覆盖）")
    COVER_ALL = "cover_all", _("站点最少（集合覆盖）")
    COVER_TWICE = "cover_twice", _("双重覆盖（有后备）")
    CAPACITY = "capacitated", _("有容量限制")
    BY_HAND = "by_hand", _("人工移动")


class Weighting(models.TextChoices):
    PEOPLE = "people", _("按人数")
    RISK = "risk", _("按风险")
    COUNT = "count", _("各点相同")


class Scenario(Leased):
    """Scenario 选址方案. ``points`` holds demand and candidates, ``table`` the times between them (numpy, packed);
    ``result`` what was found. The status of a :class:`Leased` says how the calculation stands."""

    title = models.CharField(_("方案名称"), max_length=80)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    user = models.ForeignKey(USER, models.PROTECT, related_name="+", editable=False, verbose_name=_("编制人"))
    model = models.CharField(_("目标"), max_length=12, choices=SitingModel, default=SitingModel.COVER_MOST)
    p = models.PositiveSmallIntegerField(_("站点数"), help_text=_("含保留的现有站点"))
    standard = models.FloatField(_("到达标准"), default=8.0, help_text=_("分钟，含出动准备以外的行车时间"))
    weighting = models.CharField(_("权重"), max_length=8, choices=Weighting, default=Weighting.PEOPLE)
    seconds = models.PositiveIntegerField(_("最长计算时间"), default=60, help_text=_("秒"))
    network = models.ForeignKey(
        RoadNetwork, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("道路网")
    )
    basis = models.CharField(_("时间依据"), max_length=120, blank=True, editable=False)
    notes = models.JSONField(default=list, editable=False)
    points = models.BinaryField(editable=False)
    table = models.BinaryField(editable=False, default=bytes)
    result = models.JSONField(default=dict, editable=False)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="variants",
        editable=False,
        verbose_name=_("源方案"),
    )
    proposed_at = models.DateTimeField(_("提出时间"), null=True, blank=True, editable=False)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    area_lookup = "area__path"
    seen_with = Action.EMERGENCY
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("选址方案")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title
