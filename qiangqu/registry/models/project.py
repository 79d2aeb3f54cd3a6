from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField

from .area import Area
from .codelists import Industry, ProjectKind
from .history import RegisterRecord
from .organisation import Organisation


class ProjectStage(models.TextChoices):
    """Stages in their order; a project that passed a later stage has passed the earlier ones."""

    RESERVE = "reserve", _("储备")
    STARTED = "started", _("开工")
    FINISHED = "finished", _("竣工")
    ACCEPTED = "accepted", _("验收")
    CANCELLED = "cancelled", _("终止")


class Project(RegisterRecord):
    """Project 项目. ``valid_from`` is the day it entered the library; each stage has its day."""

    code = CodeField(_("项目代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=200)
    kind = models.ForeignKey(ProjectKind, models.PROTECT, related_name="projects", verbose_name=_("类别"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="projects", verbose_name=_("所在区域"))
    owner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("实施单位")
    )
    sector = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("重点产业")
    )
    stage = models.CharField(_("阶段"), max_length=12, choices=ProjectStage)
    started_on = models.DateField(_("开工日期"), null=True, blank=True)
    finished_on = models.DateField(_("竣工日期"), null=True, blank=True)
    accepted_on = models.DateField(_("验收日期"), null=True, blank=True)
    planned_investment = models.FloatField(_("计划投资"), null=True, blank=True, help_text=_("万元"))

    area_lookup = "area__path"
    organisation_lookup = "owner_id"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("项目")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
