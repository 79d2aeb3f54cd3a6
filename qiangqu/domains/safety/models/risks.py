"""Risk points 风险点: scored by LEC or by a matrix, coloured by the scheme in force, checked by turns."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord, alive_on
from qiangqu.registry.models.node import Travelling
from qiangqu.registry.roles import Action

from ..scoring import level_of, score_of
from ..terms import Method, RiskLevel

USER = settings.AUTH_USER_MODEL


class RiskScheme(RegisterRecord):
    """From which score on a point is red, orange, yellow (below: blue), by the document of an area. No national text
    that was found says it, so the platform has none of its own."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("适用区域"))
    method = models.CharField(_("方法"), max_length=6, choices=Method)
    red_from = models.FloatField(_("红色起点"))
    orange_from = models.FloatField(_("橙色起点"))
    yellow_from = models.FloatField(_("黄色起点"))
    document = models.CharField(_("依据文件"), max_length=200)

    area_lookup = "area__path"
    seen_with = Action.HAZARDS
    travels_by = ("code",)

    class Meta:
        verbose_name = _("风险分级办法")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(red_from__gt=models.F("orange_from"))
                & models.Q(orange_from__gt=models.F("yellow_from")),
                name="risk_scheme_order",
                violation_error_message=_("红、橙、黄的起点应依次减小"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.get_method_display()}"


def schemes_in_force() -> list[RiskScheme]:
    """The schemes that hold today, with their areas."""
    return list(alive_on(RiskScheme.objects.select_related("area"), timezone.localdate()))


class RiskPoint(RegisterRecord):
    """Risk point 风险点. By LEC: likelihood, exposure, consequence; by matrix: likelihood and severity 1–5. ``stated`` is
    the level that the assessor gives where no scheme is in force."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="risk_points", verbose_name=_("责任单位")
    )
    place = models.CharField(_("部位"), max_length=120, blank=True)
    method = models.CharField(_("方法"), max_length=6, choices=Method, default=Method.LEC)
    likelihood = models.FloatField(_("可能性 L"), validators=[MinValueValidator(0.0)])
    exposure = models.FloatField(
        _("暴露频率 E"), null=True, blank=True, validators=[MinValueValidator(0.0)], help_text=_("LEC 法填写")
    )
    consequence = models.FloatField(_("后果 C（矩阵为严重性 S）"), validators=[MinValueValidator(0.0)])
    stated = models.CharField(
        _("评估人判定的等级"), max_length=6, choices=RiskLevel, blank=True, help_text=_("没有分级办法时填写")
    )
    score = models.FloatField(_("风险值"), default=0.0, editable=False)
    level = models.CharField(_("风险等级"), max_length=6, choices=RiskLevel, blank=True, editable=False, db_index=True)
    level_basis = models.CharField(_("分级依据"), max_length=200, blank=True, editable=False)
    controls = models.CharField(_("管控措施"), max_length=500)
    responsible = models.CharField(_("责任人"), max_length=60)
    check_days = models.PositiveSmallIntegerField(
        _("检查周期"), validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    check_basis = models.CharField(
        _("频次依据"),
        max_length=200,
        blank=True,
        help_text=_("未查到各等级检查频次的国家规定，按企业制度或本地文件填写"),
    )
    device = models.ForeignKey(
        "telemetry.Device", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("监测设备")
    )
    lon = models.FloatField(
        _("经度"), null=True, blank=True, validators=[MinValueValidator(-180.0), MaxValueValidator(180.0)]
    )
    lat = models.FloatField(
        _("纬度"), null=True, blank=True, validators=[MinValueValidator(-90.0), MaxValueValidator(90.0)]
    )

    area_lookup = "organisation__area__path"
    organisation_lookup = "organisation_id"
    seen_with = Action.HAZARDS
    travels_by = ("code",)

    class Meta:
        verbose_name = _("风险点")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def judge(self, schemes: Iterable[RiskScheme]) -> None:
        """Score and level by that of ``schemes`` which holds for the nearest area above; without one the level that the
        assessor states."""
        self.score = score_of(self.method, self.likelihood, self.exposure, self.consequence)
        path = self.organisation.area.path
        near = [one for one in schemes if one.method == self.method and path.startswith(one.area.path)]
        scheme = max(near, key=lambda one: (len(one.area.path), one.code), default=None)
        if scheme is None:
            self.level, self.level_basis = self.stated, ""
        else:
            self.level = level_of(self.score, scheme.red_from, scheme.orange_from, scheme.yellow_from)
            self.level_basis = scheme.document

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.judge(schemes_in_force())
        super().save(*args, **kwargs)


class RiskCheck(Travelling):
    """One check of a risk point's controls. Only added."""

    point = models.ForeignKey(RiskPoint, models.PROTECT, related_name="checks", verbose_name=_("风险点"))
    at = models.DateTimeField(_("检查时间"))
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("检查人"))
    works = models.BooleanField(_("管控措施有效"))
    note = models.CharField(_("情况"), max_length=300, blank=True)
    hazard = models.ForeignKey(
        "safety.Hazard", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("隐患")
    )
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=10)

    seen_through = "point"

    class Meta:
        verbose_name = _("风险点检查")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.point} {self.at:%Y-%m-%d}"
