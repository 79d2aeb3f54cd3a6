"""Infrastructure projects 基础设施项目 of a zone, and agreements of 飞地 and co-built zones with their shares."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord


class Works(models.TextChoices):
    """What is built."""

    ROAD = "road", _("道路")
    WATER = "water", _("供水")
    DRAINAGE = "drainage", _("排水和污水处理")
    POWER = "power", _("供电")
    HEAT = "heat", _("供热供汽")
    GAS = "gas", _("供气")
    TELECOM = "telecom", _("通信")
    WASTE = "waste", _("固废处置")
    SAFETY = "safety", _("消防和应急")
    BUILDING = "building", _("标准厂房和配套")


class WorksStage(models.TextChoices):
    RESERVE = "reserve", _("储备")
    APPROVED = "approved", _("立项")
    BUILDING = "building", _("在建")
    FINISHED = "finished", _("完工")
    HANDED_OVER = "handed_over", _("移交")


class InfrastructureProject(RegisterRecord):
    """An infrastructure project of a zone: progress and investment against the plan. Money in 10,000 yuan."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("园区"))
    kind = models.CharField(_("类别"), max_length=12, choices=Works)
    stage = models.CharField(_("阶段"), max_length=12, choices=WorksStage, default=WorksStage.RESERVE)
    total = models.FloatField(_("总投资"))
    year_plan = models.FloatField(_("当年计划投资"), null=True, blank=True)
    year_done = models.FloatField(_("当年完成投资"), null=True, blank=True)
    invested = models.FloatField(_("累计完成投资"), default=0)
    progress = models.FloatField(_("形象进度"), default=0)
    start_by = models.DateField(_("计划开工"), null=True, blank=True)
    finish_by = models.DateField(_("计划完工"), null=True, blank=True)
    started_on = models.DateField(_("实际开工"), null=True, blank=True)
    finished_on = models.DateField(_("实际完工"), null=True, blank=True)
    funding = models.CharField(_("资金来源"), max_length=200, blank=True)
    serves = models.CharField(_("服务的宗地或项目"), max_length=300, blank=True)
    blocked_by = models.CharField(_("受阻原因"), max_length=300, blank=True)

    area_lookup = "area__path"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("基础设施项目")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        faults = {}
        for name in ("total", "year_plan", "year_done", "invested"):
            value = getattr(self, name)
            if value is not None and value < 0:
                faults[name] = gettext("不能小于 0")
        if not 0 <= (self.progress or 0) <= 100:
            faults["progress"] = gettext("应在 0—100 之间")
        if self.start_by and self.finish_by and self.finish_by < self.start_by:
            faults["finish_by"] = gettext("不能早于计划开工")
        if self.started_on and self.finished_on and self.finished_on < self.started_on:
            faults["finished_on"] = gettext("不能早于实际开工")
        if faults:
            raise ValidationError(faults)

    def elapsed(self, day: dt.date) -> float | None:
        """Per cent of the planned time that is over; None without both dates."""
        if self.start_by is None or self.finish_by is None:
            return None
        whole = max((self.finish_by - self.start_by).days, 1)
        return min(max((day - self.start_by).days / whole * 100, 0.0), 100.0)

    def behind(self, day: dt.date) -> float | None:
        """Percentage points by which the progress is behind the time that is over; less than 0: ahead of it."""
        over = self.elapsed(day)
        return None if over is None or self.finished_on is not None else over - self.progress

    @property
    def standing(self) -> str:
        """How the progress stands against the time, in words."""
        gap = self.behind(timezone.localdate())
        if gap is None:
            return ""
        points = f"{abs(gap):.0f}"
        if gap >= 1:
            return gettext("落后 %(points)s 个百分点") % {"points": points}
        return gettext("超前 %(points)s 个百分点") % {"points": points} if gap <= -1 else gettext("同步")


class AgreementKind(models.TextChoices):
    ENCLAVE = "enclave", _("飞地")
    CO_BUILT = "co_built", _("共建园区")


class ZoneAgreement(RegisterRecord):
    """An agreement by which several areas share what is made in one: of a whole zone, or of one enterprise in it."""

    code = CodeField(_("协议编号"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类别"), max_length=12, choices=AgreementKind, default=AgreementKind.ENCLAVE)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("所在园区"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("只限一家企业"), help_text=_("空为整个园区"),
    )  # fmt: skip
    document = models.CharField(_("文件"), max_length=200, blank=True)
    exit_rule = models.CharField(_("退出约定"), max_length=300, blank=True)

    area_lookup = "area__path"
    travels_by = ("code",)

    class Meta:
        verbose_name = _("飞地协议")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Nothing is shared out twice: in a zone that is shared as a whole there is no other agreement."""
        if self.area_id is None or self.valid_from is None:
            return  # said by the fields
        if self.organisation is not None and not self.organisation.area.path.startswith(self.area.path):
            raise ValidationError({"organisation": gettext("这家企业不在所在园区里")})
        others = ZoneAgreement.objects.exclude(pk=self.pk).filter(Q(valid_to=None) | Q(valid_to__gte=self.valid_from))
        if self.valid_to is not None:
            others = others.filter(valid_from__lte=self.valid_to)
        for one in others.select_related("area"):
            near = one.area.path.startswith(self.area.path) or self.area.path.startswith(one.area.path)
            if near and (one.organisation_id is None or self.organisation_id in (None, one.organisation_id)):
                raise ValidationError(gettext("与协议 %(code)s 重叠：同一份产值不能分两次") % {"code": one.code})


class Shared(models.TextChoices):
    """What is shared (``data/sharing.yaml`` says which reported figures those are)."""

    OUTPUT = "output", _("产值")
    TAX = "tax", _("税收")
    ENERGY = "energy", _("能耗")


class AgreementShare(RegisterRecord):
    """What a partner gets of something, from a day to a day. What nobody gets stays where it is made, so that the parts
    make the whole."""

    agreement = models.ForeignKey(ZoneAgreement, models.PROTECT, related_name="shares", verbose_name=_("飞地协议"))
    what = models.CharField(_("分成的指标"), max_length=8, choices=Shared)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("分给"))
    percent = models.FloatField(_("比例"))

    area_lookup = ("agreement__area__path", "area__path")
    travels_by = ("agreement", "what", "area", "valid_from")

    class Meta:
        verbose_name = _("飞地分成")
        ordering = ["agreement__code", "what", "valid_from", "area__path"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "what", "area", "valid_from"], name="land_agreement_share_once"
            ),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="land_agreement_share_part"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.get_what_display()} {self.area.short_name}"

    def clean(self) -> None:
        """The partners' shares of one day are never more than the whole, and none is of the place itself."""
        if self.agreement_id is None or self.area_id is None or self.valid_from is None:
            return  # said by the fields
        if self.percent is None or not 0 < self.percent <= 100:
            raise ValidationError({"percent": gettext("应大于 0、不超过 100")})
        if self.area.path.startswith(self.agreement.area.path):
            raise ValidationError({"area": gettext("所在园区留下的部分不用登记")})
        others: Any = AgreementShare.objects.exclude(pk=self.pk).filter(agreement=self.agreement, what=self.what)
        rows = list(others.values_list("valid_from", "valid_to", "percent", "area_id"))
        last = self.valid_to or dt.date.max
        days = {self.valid_from, *(first for first, *_rest in rows if self.valid_from <= first <= last)}
        for day in days:
            held = [row for row in rows if row[0] <= day <= (row[1] or dt.date.max)]
            if any(area == self.area_id for *_rest, area in held):
                raise ValidationError({"area": gettext("该方在这段时间已有比例")})
            if sum(row[2] for row in held) + self.percent > 100 + 1e-9:
                raise ValidationError({"percent": gettext("各方比例之和超过 100 %")})
