"""Code lists that a pack brings: industries and chains, kinds of recognition, kinds of project."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.base.terms import TermField


class Industry(models.Model):
    """Industry 产业 or, below it, chain 产业链, as the plan divides them (not GB/T 4754)."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = TermField(_("名称"), max_length=80)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="chains", verbose_name=_("所属产业")
    )

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("产业与产业链")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class RecognitionKind(models.Model):
    """Kind of recognition 认定类别: a title that an organisation (or zone, project, platform) holds for a
    time.
    """

    code = CodeField(_("代码"), max_length=60, unique=True)
    name = TermField(_("名称"), max_length=80)
    level = TermField(_("级别"), max_length=40, blank=True)
    issuer = TermField(_("认定单位"), max_length=120, blank=True)
    validity_years = models.PositiveSmallIntegerField(_("有效年数"), null=True, blank=True)
    source = TermField(_("依据"), max_length=300, blank=True)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("认定类别")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ProjectKind(models.Model):
    """Kind of project 项目类别 (technical renovation, chain extension, energy saving …)."""

    code = CodeField(_("代码"), max_length=60, unique=True)
    name = TermField(_("名称"), max_length=80)
    source = TermField(_("依据"), max_length=300, blank=True)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("项目类别")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name
