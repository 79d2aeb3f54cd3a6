"""Ladders 企业梯度: schemes in the order in which an enterprise climbs them; nominations 认定申报 and their experts."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.crypto import EncryptedTextField
from qiangqu.base.fields import CodeField
from qiangqu.base.terms import TermField
from qiangqu.base.visibility import own_organisations, reach, within
from qiangqu.cases.models import Case
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation, Recognition, RecognitionKind
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action


class Ladder(models.Model):
    """Ladder 梯度: ``rungs`` are codes of schemes, the lowest first."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    title = TermField(_("名称"), max_length=60)
    rungs = models.JSONField(_("各级方案"))
    order = models.PositiveIntegerField(_("次序"), default=0)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("企业梯度")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.title


USER = settings.AUTH_USER_MODEL


class Expert(RegisterRecord):
    """Expert 评审专家: who may be drawn to review firms of the area, with the account by which marks are given."""

    code = CodeField(_("专家编号"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=40)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("工作单位"),
        help_text=_("在名录里的选单位；申报企业是本单位的，自动回避"),
    )  # fmt: skip
    field = models.CharField(_("专业"), max_length=80, blank=True)
    user = models.OneToOneField(
        USER, models.PROTECT, null=True, blank=True, related_name="expert", verbose_name=_("平台用户"),
        help_text=_("没有平台用户的不会被抽取"),
    )  # fmt: skip

    area_lookup = "area__path"
    seen_with = Action.KEEP_RECOGNITIONS
    travels_by = ("code",)

    class Meta:
        verbose_name = _("评审专家")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class NominationState(models.TextChoices):
    """How far a nomination is."""

    APPLIED = "applied", _("待推荐受理")
    SEALED = "sealed", _("待企业报数")
    REVIEW = "review", _("专家评审")
    DECIDING = "deciding", _("评审通过")
    PUBLIC = "public", _("公示")
    CLEARED = "cleared", _("公示无异议")
    GRANTED = "granted", _("已认定")
    REFUSED = "refused", _("未认定")
    REVOKED = "revoked", _("已撤销")


#: not yet decided
RUNNING = (
    NominationState.APPLIED, NominationState.SEALED, NominationState.REVIEW, NominationState.DECIDING,
    NominationState.PUBLIC, NominationState.CLEARED,
)  # fmt: skip


class Nomination(models.Model):
    """Nomination 认定申报: an enterprise asks for a title. ``standing`` is how it stood in the scheme on that day, and stays
    so; the draw of experts follows :mod:`qiangqu.base.draw`, with a lot that the enterprise names after the lists are
    sealed.
    """

    number = CodeField(_("申报编号"), max_length=60, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("申报企业"))
    kind = models.ForeignKey(RecognitionKind, models.PROTECT, related_name="+", verbose_name=_("认定类别"))
    scheme = CodeField(_("方案代码"), max_length=60)
    edition = CodeField(_("版本"), max_length=20)
    again = models.BooleanField(_("复核"), default=False)
    standing = models.JSONField(_("申报时的情况"), default=dict)
    statement = models.TextField(_("申报说明"), max_length=2000)
    contact = models.CharField(_("联系人和电话"), max_length=80)
    state = models.CharField(
        _("状态"), max_length=9, choices=NominationState, default=NominationState.APPLIED, db_index=True
    )
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+", verbose_name=_("办件"))
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("申报人"))
    at = models.DateTimeField(_("申报时间"))

    team = models.PositiveSmallIntegerField(_("专家人数"), default=0)
    experts_file = models.TextField(blank=True, editable=False)
    conflicts_file = models.TextField(blank=True, editable=False)
    nonce = EncryptedTextField(blank=True, editable=False)
    commit = models.CharField(_("承诺值"), max_length=64, blank=True, editable=False)
    lot = models.CharField(_("企业报数"), max_length=60, blank=True, editable=False)

    public_from = models.DateField(_("公示起始日期"), null=True, blank=True)
    public_to = models.DateField(_("公示截止日期"), null=True, blank=True)
    recognition = models.ForeignKey(Recognition, models.PROTECT, null=True, related_name="+", verbose_name=_("认定"))
    reason = models.CharField(_("说明"), max_length=1000, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=30)

    area_lookup = "organisation__area__path"
    travels_by = ("number",)

    @classmethod
    def visible_to(cls, viewer: Any) -> models.Q:
        """Those of his areas and of his enterprise, and those that he was drawn to review."""
        office = within("organisation__area__path", reach(viewer, Action.VIEW_SCHEMES))
        own = models.Q(organisation__in=own_organisations(viewer, Action.VIEW_SCHEMES))
        drawn = ExpertMark.objects.filter(expert__user=viewer.pk)
        return office | own | models.Q(pk__in=drawn.values("nomination"))

    class Meta:
        verbose_name = _("认定申报")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=models.Q(state__in=[str(one) for one in RUNNING]),
                name="nomination_once_at_a_time",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.organisation} · {self.kind}"


class ExpertMark(models.Model):
    """Mark 专家评审: an expert who was drawn, and what he said."""

    class State(models.TextChoices):
        """What the expert has done."""

        ASKED = "asked", _("待评审")
        GIVEN = "given", _("已评审")
        APART = "apart", _("回避")
        EXCUSED = "excused", _("因故替换")

    nomination = models.ForeignKey(Nomination, models.CASCADE, related_name="marks", verbose_name=_("认定申报"))
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="marks", verbose_name=_("评审专家"))
    place = models.PositiveSmallIntegerField(_("抽取次序"))
    state = models.CharField(_("评审"), max_length=7, choices=State, default=State.ASKED)
    agrees = models.BooleanField(_("同意认定"), null=True)
    points = models.FloatField(_("评分"), null=True)
    reason = models.CharField(_("理由"), max_length=1000, blank=True)
    at = models.DateTimeField(_("时间"), null=True)

    travels_by = ("nomination", "expert")

    @classmethod
    def visible_to(cls, viewer: Any) -> models.Q:
        """The office that keeps recognitions of the area, and the expert himself; never the enterprise."""
        office = within("nomination__organisation__area__path", reach(viewer, Action.KEEP_RECOGNITIONS))
        return office | models.Q(expert__user=viewer.pk)

    class Meta:
        verbose_name = _("专家评审")
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["nomination", "expert"], name="expert_mark_once")]

    def __str__(self) -> str:
        return f"{self.nomination} · {self.expert}"


class Objection(models.Model):
    """Objection 公示异议, raised within the dates, with its answer."""

    nomination = models.ForeignKey(Nomination, models.CASCADE, related_name="objections", verbose_name=_("认定申报"))
    text = models.CharField(_("异议和依据"), max_length=2000)
    contact = models.CharField(_("联系方式"), max_length=80)
    by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人"))
    at = models.DateTimeField(_("提出时间"))
    answer = models.CharField(_("核查结果"), max_length=2000, blank=True)
    founded = models.BooleanField(_("成立"), null=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("核查人"))
    answered_at = models.DateTimeField(_("核查时间"), null=True)

    travels_by = ("nomination", "at")

    @classmethod
    def visible_to(cls, viewer: Any) -> models.Q:
        """The office that keeps recognitions of the area, and who raised it."""
        office = within("nomination__organisation__area__path", reach(viewer, Action.KEEP_RECOGNITIONS))
        return office | models.Q(by=viewer.pk)

    class Meta:
        verbose_name = _("公示异议")
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["nomination", "at"], name="objection_once")]

    def __str__(self) -> str:
        return f"{self.nomination} {self.at:%Y-%m-%d}"
