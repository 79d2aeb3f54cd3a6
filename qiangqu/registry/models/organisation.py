from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.codes import is_valid_uscc
from qiangqu.base.fields import CodeField
from qiangqu.base.terms import TermField

from .area import Area
from .codelists import Industry
from .history import RegisterRecord


class OrganisationKind(models.TextChoices):
    DEPARTMENT = "department", _("部门")
    GOVERNMENT = "government", _("人民政府")
    COMMITTEE = "committee", _("开发区管委会")
    GROUP = "group", _("单位组合")
    BRANCH = "branch", _("中央驻地方单位")
    ASSOCIATION = "association", _("社会团体")
    ENTERPRISE = "enterprise", _("企业")


class Scale(models.TextChoices):
    """Whether an industrial enterprise is above the statistical threshold (规模以上: main revenue ≥ 20
    million CNY a year).
    """

    ABOVE = "above", _("规模以上")
    SMALL = "small", _("规模以下")
    NONE = "", _("不适用")


def check_uscc(value: str) -> None:
    """Django validator of GB 32100-2015 codes."""
    if value and not is_valid_uscc(value):
        raise ValidationError(
            _("统一社会信用代码“%(value)s”的校验位不符（GB 32100-2015），请核对 18 位代码"), params={"value": value}
        )


class Organisation(RegisterRecord):
    """Organisation 单位: agency, association or enterprise. ``code`` is the USCC for enterprises, the pack's
    code for agencies.
    """

    code = CodeField(_("代码"), max_length=60, unique=True)
    uscc = CodeField(_("统一社会信用代码"), max_length=18, null=True, blank=True, unique=True, validators=[check_uscc])
    name = TermField(_("名称"), max_length=120, db_index=True)
    short_name = TermField(_("简称"), max_length=60, blank=True)
    aliases = models.CharField(_("别名"), max_length=500, blank=True, help_text=_("以分号分隔"))
    kind = models.CharField(_("类型"), max_length=12, choices=OrganisationKind, db_index=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="organisations", verbose_name=_("所在区域"))
    industry_code = CodeField(_("国民经济行业代码"), max_length=8, blank=True, help_text=_("GB/T 4754—2017"))
    sector = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("重点产业")
    )
    chain = models.ForeignKey(
        Industry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("产业链")
    )
    scale = models.CharField(_("规模"), max_length=8, choices=Scale, blank=True)
    ownership = TermField(_("登记注册类型"), max_length=24, blank=True)
    members = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="groups", verbose_name=_("成员单位")
    )

    area_lookup = "area__path"
    organisation_lookup = "id"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("单位")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.short_name or self.name
