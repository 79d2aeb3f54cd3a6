"""Random inspections 双随机抽查: who may be inspected, who inspects, who keeps apart from whom; the draws, the visits
that come of them.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.crypto import EncryptedTextField
from qiangqu.base.fields import CodeField
from qiangqu.base.visibility import reach, within
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action

from ..terms import DrawState, Grade, Outcome

USER = settings.AUTH_USER_MODEL
#: of what is published within working days: 国发〔2019〕5号, as commonly quoted; each draw says its own
PUBLISH_WORKDAYS = 20


class InspectionSubject(RegisterRecord):
    """Subject 检查对象: an organisation on the roster, its risk grade and when it was last inspected."""

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="inspection_subject", verbose_name=_("单位")
    )
    grade = models.CharField(_("风险等级"), max_length=4, choices=Grade, db_index=True)
    last_inspected = models.DateField(_("最近检查日期"), null=True, blank=True)

    area_lookup = "organisation__area__path"
    seen_with = Action.INSPECTIONS
    travels_by = ("organisation",)

    class Meta:
        verbose_name = _("检查对象")
        ordering = ["organisation__code"]

    def __str__(self) -> str:
        return str(self.organisation)


class Inspector(RegisterRecord):
    """Inspector 检查人员 with unit and qualification."""

    code = CodeField(_("执法编号"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=40)
    area = models.ForeignKey(Area, models.PROTECT, related_name="inspectors", verbose_name=_("区域"))
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="inspectors", verbose_name=_("所在单位"))
    user = models.OneToOneField(
        USER, models.PROTECT, null=True, blank=True, related_name="inspector", verbose_name=_("平台用户")
    )
    certificate = models.CharField(_("证件"), max_length=60, blank=True)
    qualified_from = models.DateField(_("资格起始"))
    qualified_to = models.DateField(_("资格终止"), null=True, blank=True, help_text=_("最后一天；空表示没有期限"))

    area_lookup = "area__path"
    seen_with = Action.INSPECTIONS
    travels_by = ("code",)

    class Meta:
        verbose_name = _("检查人员")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(qualified_to=None) | Q(qualified_to__gte=F("qualified_from")),
                name="inspector_qualified_later",
                violation_error_message=_("资格终止应不早于资格起始"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class InspectorConflict(RegisterRecord):
    """Conflict 回避关系: this inspector is never sent to that organisation."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="conflicts", verbose_name=_("检查人员"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("回避的单位"))
    reason = models.CharField(_("回避原因"), max_length=200)
    declared_by = models.CharField(_("申报人"), max_length=60)

    area_lookup = "inspector__area__path"
    seen_with = Action.INSPECTIONS
    travels_by = ("inspector", "organisation")

    class Meta:
        verbose_name = _("回避关系")
        ordering = ["inspector__code", "organisation__code"]
        constraints = [models.UniqueConstraint(fields=["inspector", "organisation"], name="inspector_conflict_once")]

    def __str__(self) -> str:
        return f"{self.inspector} — {self.organisation}"


def first_rules() -> dict[str, Any]:
    """Rules of a draw (:func:`qiangqu.base.draw.check_rules`) as long as nobody has written others."""
    return {"team": 2, "max_load": 3, "quota": [[Grade.MAJOR.value, 1]]}


class Draw(models.Model):
    """Draw 抽查. The lists are sealed when it is committed to; whom it hits stands nowhere before the start
    hour: it is computed when the names are opened.
    """

    number = CodeField(_("编号"), max_length=40, unique=True, editable=False)
    area = models.ForeignKey(Area, models.PROTECT, related_name="draws", verbose_name=_("区域"))
    title = models.CharField(_("抽查事项"), max_length=80)
    as_of = models.DateField(_("名录截止日期"), help_text=_("按这一天的名录抽取"))
    rules = models.JSONField(default=first_rules, editable=False)
    unseen_months = models.PositiveSmallIntegerField(
        _("久未检查（月）"), null=True, blank=True, help_text=_("超过所填月数未检查的，单列为“等级/久未检查”一层")
    )
    source = models.CharField(_("公开值来源"), max_length=200)
    fallback = models.CharField(
        _("备用来源"), max_length=200, blank=True, help_text=_("来源失效时使用；须事先写明，一并承诺")
    )
    value_due = models.DateTimeField(_("公开值公布时间"))
    starts_at = models.DateTimeField(_("检查开始时间"), help_text=_("此时才公开检查对象和检查人员"))
    publish_workdays = models.PositiveSmallIntegerField(
        _("公示时限（工作日）"),
        default=PUBLISH_WORKDAYS,
        help_text=_("检查结束后多少个工作日内公示；常引国发〔2019〕5号为 20 日，以本地规定为准"),
    )
    state = models.CharField(_("状态"), max_length=9, choices=DrawState, default=DrawState.PREPARED, db_index=True)

    # sealed with the commitment
    commit = models.CharField(_("承诺值"), max_length=64, blank=True, editable=False)
    hashes = models.JSONField(default=dict, editable=False)
    subjects_file = models.TextField(blank=True, editable=False)
    inspectors_file = models.TextField(blank=True, editable=False)
    conflicts_file = models.TextField(blank=True, editable=False)
    nonce = EncryptedTextField(blank=True, editable=False)
    committed_at = models.DateTimeField(_("承诺时间"), null=True, editable=False)
    committed_by = models.ForeignKey(
        USER, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("承诺人")
    )

    # drawn
    public_value = models.CharField(_("公开值"), max_length=200, blank=True, editable=False)
    signature = models.CharField(_("签名"), max_length=200, blank=True, editable=False)
    evidence = models.CharField(_("公开值出处"), max_length=300, blank=True, editable=False)
    by_fallback = models.CharField(_("改用备用来源的原因"), max_length=200, blank=True, editable=False)
    result_hash = models.CharField(_("结果哈希"), max_length=64, blank=True, editable=False)
    drawn_at = models.DateTimeField(_("抽取时间"), null=True, editable=False)
    drawn_by = models.ForeignKey(
        USER, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("抽取人")
    )

    opened_at = models.DateTimeField(_("公开名单时间"), null=True, editable=False)
    published_at = models.DateTimeField(_("公示时间"), null=True, editable=False)
    void_reason = models.CharField(_("作废原因"), max_length=200, blank=True, editable=False)
    prepared_by = models.ForeignKey(USER, models.PROTECT, editable=False, related_name="+", verbose_name=_("编制人"))
    prepared_at = models.DateTimeField(_("编制时间"), editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=20)

    area_lookup = "area__path"
    seen_with = Action.INSPECTIONS
    travels_by = ("number",)

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Those of his area's subtree, and those that send him somewhere."""
        sent = VisitMember.objects.filter(inspector__user=viewer.pk)
        return within("area__path", reach(viewer, Action.INSPECTIONS)) | Q(pk__in=sent.values("visit__draw"))

    class Meta:
        verbose_name = _("抽查")
        ordering = ["-prepared_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["commit"], condition=~Q(commit=""), name="draw_commit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def whole_source(self) -> str:
        """Source and fallback as they are committed to, in one line."""
        return f"{self.source}|{self.fallback}" if self.fallback else self.source


class Visit(models.Model):
    """Visit 检查: one drawn subject. There are none before the names are opened."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="visits")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="visits", verbose_name=_("检查对象"))
    place = models.PositiveSmallIntegerField(_("序号"))
    stratum = models.CharField(_("层"), max_length=40)
    short = models.BooleanField(_("人手不足"), default=False)
    instead_of = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("替补的对象")
    )
    replaced_because = models.CharField(_("替换原因"), max_length=200, blank=True)
    visited_on = models.DateField(_("检查日期"), null=True, blank=True)
    outcome = models.CharField(_("检查结果"), max_length=8, choices=Outcome, blank=True)
    findings = models.CharField(_("检查情况"), max_length=1000, blank=True)
    entered_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("录入人")
    )
    entered_at = models.DateTimeField(_("录入时间"), null=True, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    files = Attachments(most=60)

    area_lookup = "draw__area__path"
    seen_with = Action.INSPECTIONS
    travels_by = ("draw", "organisation")

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Published: whoever looks after the area. Before: who draws or prepares there, and who is sent."""
        office = [*reach(viewer, Action.RUN_DRAWS), *reach(viewer, Action.PREPARE_DRAWS)]
        sent = VisitMember.objects.filter(inspector__user=viewer.pk)
        published = Q(draw__state=DrawState.PUBLISHED) & within("draw__area__path", reach(viewer, Action.INSPECTIONS))
        return published | within("draw__area__path", office) | Q(pk__in=sent.values("visit"))

    class Meta:
        verbose_name = _("检查")
        ordering = ["-draw", "place"]
        constraints = [models.UniqueConstraint(fields=["draw", "organisation"], name="visit_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return f"{self.draw.number} {self.organisation}"

    @property
    def state(self) -> str:
        """``replaced``, ``done`` or ``open``."""
        return "replaced" if self.replaced_because else "done" if self.outcome else "open"

    @property
    def team(self) -> str:
        """The names of those who go."""
        return "、".join(one.inspector.name for one in self.members.all() if not one.left_because)


class VisitMember(models.Model):
    """Who goes on a visit; ``by_hand`` says why somebody does whom the draw did not name."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="members")
    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="memberships", verbose_name=_("检查人员"))
    place = models.PositiveSmallIntegerField()
    by_hand = models.CharField(_("改派原因"), max_length=200, blank=True)
    left_because = models.CharField(_("退出原因"), max_length=200, blank=True)
    signed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("改派人"))

    seen_through = "visit"
    travels_by = ("visit", "inspector")

    class Meta:
        verbose_name = _("检查组成员")
        ordering = ["visit", "place"]
        constraints = [models.UniqueConstraint(fields=["visit", "inspector"], name="visit_member_once")]

    def __str__(self) -> str:
        return str(self.inspector)
