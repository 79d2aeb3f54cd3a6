"""Rounds 评价轮次 of an assessment of zones: what was frozen, the marks, objections, what followed."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.base.visibility import reach, within
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation, User
from qiangqu.registry.models.node import Travelling
from qiangqu.registry.roles import Action
from qiangqu.schemes.models import Edition


class RoundState(models.TextChoices):
    OPEN = "open", _("编制中")
    FROZEN = "frozen", _("已冻结")
    OBJECTION = "objection", _("异议期")
    PUBLISHED = "published", _("已公布")
    VOID = "void", _("已作废")


#: in which the zones see their own drafts
SENT = (RoundState.OBJECTION, RoundState.PUBLISHED)


class Round(Travelling):
    """A round: an edition of a scheme, whom it assesses, and the day as of which their data are taken. ``scheme`` is
    the edition as it stood when the data were frozen."""

    number = models.CharField(_("轮次编号"), max_length=60)
    title = models.CharField(_("轮次名称"), max_length=120)
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("组织区域"))
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="+", verbose_name=_("评价方案"))
    scheme = models.JSONField(_("方案内容"), null=True, editable=False)
    day = models.DateField(_("数据截至日"))
    objection_days = models.PositiveSmallIntegerField(_("异议期（天）"), default=10)
    objection_until = models.DateField(_("异议截止日"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=RoundState, default=RoundState.OPEN)
    document = models.CharField(_("公布文号"), max_length=120, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("组织人"))
    opened_at = models.DateTimeField(_("立项时间"), auto_now_add=True)
    frozen_at = models.DateTimeField(_("冻结时间"), null=True, blank=True)
    sent_at = models.DateTimeField(_("初评送达时间"), null=True, blank=True)
    published_at = models.DateTimeField(_("公布时间"), null=True, blank=True)
    void_reason = models.CharField(_("作废理由"), max_length=300, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Who looks after the round's area; once the drafts are sent, who looks after a zone in it."""
        paths = reach(viewer, Action.VIEW_ASSESSMENT)
        own = ZoneResult.objects.filter(within("area__path", paths)).order_by().values("round")
        return within("area__path", paths) | Q(state__in=SENT, pk__in=own)

    @classmethod
    def lying_in(cls, path: str) -> Q:
        """Where it is held, and where its zones lie."""
        zones = ZoneResult.objects.filter(area__path__startswith=path).order_by().values("round")
        return Q(area__path__startswith=path) | Q(pk__in=zones)

    class Meta:
        verbose_name = _("评价轮次")
        ordering = ["-day", "-pk"]
        constraints = [models.UniqueConstraint(fields=["number", "origin"], name="assessment_number_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        return f"assessment_round:{self.pk}"


class ZoneResult(Travelling):
    """A zone in a round: its marks from the worst to the best case (``high`` None: nobody knows how much may be
    added), the draft that the zone was sent, its place among the others, its level."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="zones", verbose_name=_("评价轮次"))
    area = models.ForeignKey(Area, models.PROTECT, related_name="+", verbose_name=_("园区"))
    low = models.FloatField(_("得分下限"), null=True, blank=True)
    high = models.FloatField(_("得分上限"), null=True, blank=True)
    rank = models.PositiveIntegerField(_("最好名次"), null=True, blank=True)
    rank_worst = models.PositiveIntegerField(_("最差名次"), null=True, blank=True)
    level = models.CharField(_("等级"), max_length=120, blank=True)
    standing = models.CharField(_("结果"), max_length=8, blank=True)
    missing = models.PositiveSmallIntegerField(_("缺少的数据"), default=0)
    draft_low = models.FloatField(_("初评下限"), null=True, blank=True)
    draft_high = models.FloatField(_("初评上限"), null=True, blank=True)
    draft_rank = models.PositiveIntegerField(_("初评名次"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("确认人")
    )
    accepted_at = models.DateTimeField(_("确认无异议时间"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    area_lookup = "area__path"

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Who holds the round; once drafts are sent each zone its own; once it is published all who see the round."""
        paths = reach(viewer, Action.VIEW_ASSESSMENT)
        own = Q(round__state__in=SENT) & within("area__path", paths)
        mine = Round.objects.filter(
            pk__in=cls.objects.filter(within("area__path", paths)).order_by().values("round"),
            state=RoundState.PUBLISHED,
        )
        return within("round__area__path", paths) | own | Q(round__in=mine.order_by().values("pk"))

    class Meta:
        verbose_name = _("园区评价结果")
        ordering = ["round", "rank", "area__code"]
        constraints = [models.UniqueConstraint(fields=["round", "area"], name="assessment_zone_once")]

    def __str__(self) -> str:
        return f"{self.area} {self.round}"

    @property
    def title(self) -> str:
        return str(self)


class OfZone(Travelling):
    """What a zone's marks rest on and what came of them: seen by who holds the round, and by the zone itself once it
    has its draft; other zones see the marks, not what they rest on."""

    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    area_lookup = "result__area__path"

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        paths = reach(viewer, Action.VIEW_ASSESSMENT)
        own = Q(result__round__state__in=SENT) & within("result__area__path", paths)
        return within("result__round__area__path", paths) | own

    class Meta:
        abstract = True


class FrozenValue(OfZone):
    """A value of the scheme for a zone as it was known when the data were frozen, in the scheme's unit, between ``low``
    and ``high`` (None: missing), with where it came from. ``decided``: what a decision on an objection put in its
    place; the frozen value stays."""

    result = models.ForeignKey(ZoneResult, models.CASCADE, related_name="values", verbose_name=_("园区评价结果"))
    name = models.CharField(_("取值"), max_length=60)
    low = models.FloatField(_("冻结值下限"), null=True, blank=True)
    high = models.FloatField(_("冻结值上限"), null=True, blank=True)
    text = models.CharField(_("冻结文本"), max_length=200, blank=True)
    told = models.JSONField(_("来源"), default=dict)
    decided = models.FloatField(_("裁定值"), null=True, blank=True)
    objection = models.ForeignKey(
        "Objection", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("依据的异议")
    )

    class Meta:
        verbose_name = _("冻结的数据")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["result", "name"], name="frozen_value_once")]

    def __str__(self) -> str:
        return self.name


class ExpertMark(OfZone):
    """An expert's mark with its reason. Only added: of one expert and value the last counts, and of several experts
    their mean."""

    result = models.ForeignKey(ZoneResult, models.CASCADE, related_name="marks", verbose_name=_("园区评价结果"))
    name = models.CharField(_("取值"), max_length=60)
    mark = models.FloatField(_("评分"))
    reason = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("专家"))
    at = models.DateTimeField(_("评分时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("专家评分")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.mark:g}"


class ObjectionState(models.TextChoices):
    OPEN = "open", _("待裁定")
    UPHELD = "upheld", _("成立，已更正")
    REJECTED = "rejected", _("不成立")
    WITHDRAWN = "withdrawn", _("已撤回")


class Objection(OfZone):
    """Objection 异议 of a zone to its draft: to a value (``name``, with what it claims) or to the whole, with evidence;
    what was decided, why, and what it did to the marks (``effect``)."""

    result = models.ForeignKey(ZoneResult, models.CASCADE, related_name="objections", verbose_name=_("园区评价结果"))
    number = models.PositiveSmallIntegerField(_("序号"))
    name = models.CharField(_("取值"), max_length=60, blank=True)
    claimed = models.FloatField(_("主张的数"), null=True, blank=True)
    text = models.CharField(_("异议内容"), max_length=1000)
    state = models.CharField(_("状态"), max_length=10, choices=ObjectionState, default=ObjectionState.OPEN)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人"))
    at = models.DateTimeField(_("提出时间"), auto_now_add=True)
    reason = models.CharField(_("裁定理由"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("裁定人")
    )
    decided_at = models.DateTimeField(_("裁定时间"), null=True, blank=True)
    effect = models.JSONField(_("对得分的影响"), default=dict, blank=True)

    files = Attachments(most=20)

    class Meta:
        verbose_name = _("评价异议")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["result", "number"], name="assessment_objection_once")]

    def __str__(self) -> str:
        return f"{self.result.area} {self.number}"


class MeasureKind(models.TextChoices):
    PROMOTION = "promotion", _("推荐升级")
    REWARD = "reward", _("激励")
    WARNING = "warning", _("预警约谈")
    RECTIFY = "rectify", _("限期整改")
    DEMOTION = "demotion", _("降级或退出")
    OPERATOR = "operator", _("运营公司退出")


class FollowUp(OfZone):
    """What follows from a published result 结果运用: by whom, until when. A supervised task can be made of it."""

    result = models.ForeignKey(ZoneResult, models.CASCADE, related_name="measures", verbose_name=_("园区评价结果"))
    number = models.PositiveSmallIntegerField(_("序号"))
    kind = models.CharField(_("结果运用"), max_length=10, choices=MeasureKind)
    text = models.CharField(_("要求"), max_length=500)
    basis = models.CharField(_("依据"), max_length=300)
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    operator = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("运营公司")
    )
    due_on = models.DateField(_("完成期限"))
    done_on = models.DateField(_("完成日期"), null=True, blank=True)
    done = models.CharField(_("完成情况"), max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人"))
    at = models.DateTimeField(_("登记时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("评价结果运用")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["result", "number"], name="assessment_measure_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.text}"[:120]

    @property
    def subject(self) -> str:
        """How a supervised task names it."""
        return f"assessment_zone:{self.result_id}:{self.number}"


class ZonePosition(models.Model):
    """Where a zone stood in a scheme from a moment on 位次变动, between rounds: a row whenever it moved, with the values
    that moved it. Only added."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="+", verbose_name=_("园区"))
    code = models.CharField(_("方案代码"), max_length=60)
    edition = models.CharField(_("版本"), max_length=20)
    at = models.DateTimeField(_("时间"))
    low = models.FloatField(_("得分下限"))
    high = models.FloatField(_("得分上限"), null=True, blank=True)
    rank = models.PositiveIntegerField(_("最好名次"))
    rank_worst = models.PositiveIntegerField(_("最差名次"))
    values = models.JSONField(_("所用的数"), default=dict)
    moved = models.JSONField(_("变动的数"), default=list)
    simulated = models.BooleanField(_("模拟数据"), default=False)

    area_lookup = "area__path"
    seen_with = Action.VIEW_ASSESSMENT
    travels_by = Stays.COMPUTED

    class Meta:
        verbose_name = _("园区位次变动")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["code", "area", "at"], name="position_latest")]

    def __str__(self) -> str:
        return f"{self.area} {self.code} {self.at:%Y-%m-%d %H:%M}"
