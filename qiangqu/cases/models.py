"""Cases 办件: kinds and their versions, cases, the steps that wait for people, clocks, opinions, and the
calendar of working days.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.base.crypto import EncryptedJSONField
from qiangqu.base.identity import Stays
from qiangqu.base.terms import TermField
from qiangqu.base.visibility import holdings, nothing, on_line, own_organisations, reach, within
from qiangqu.records.fields import Attachments
from qiangqu.registry.models import Area, Organisation, Role, Travelling
from qiangqu.registry.roles import Action

USER = settings.AUTH_USER_MODEL


class CaseKind(models.Model):
    """Kind 事项种类: what sort of case; its files are those of a version."""

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = TermField(_("名称"), max_length=40)
    current = models.ForeignKey(
        "KindVersion", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("现行版本")
    )
    active = models.BooleanField(_("启用"), default=True)
    public = models.BooleanField(_("对公众开放"), default=False)
    restricted = models.BooleanField(_("限经办人可见"), default=False)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("事项种类")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class KindVersion(Travelling):
    """Version 版本 of a kind: its files, never changed; cases that were opened under it run on under it."""

    kind = models.ForeignKey(CaseKind, models.CASCADE, related_name="versions", verbose_name=_("事项种类"))
    number = models.PositiveIntegerField(_("版本"))
    files = models.JSONField(_("文件"))
    sha256 = models.CharField(_("校验值"), max_length=64)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    made_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("修改人"))
    made_at = models.DateTimeField(_("修改时间"), auto_now_add=True)

    common_knowledge = True

    class Meta:
        verbose_name = _("事项版本")
        ordering = ["kind", "-number"]
        constraints = [models.UniqueConstraint(fields=["kind", "number", "origin"], name="kind_version_once")]

    def __str__(self) -> str:
        return f"{self.kind} v{self.number}"


class CaseStatus(models.TextChoices):
    OPEN = "open", _("办理中")
    SUSPENDED = "suspended", _("已暂停")
    CLOSED = "closed", _("已办结")
    WITHDRAWN = "withdrawn", _("已撤回")


class Light(models.TextChoices):
    GREEN = "green", _("正常")
    YELLOW = "yellow", _("预警")
    RED = "red", _("超期")


class Case(Travelling):
    """Case 办件: one piece of work under one version of a kind.

    ``state`` is SpiffWorkflow's, ``data`` what the forms said so far; ``revision`` rises with every act
    (optimistic lock); ``pauses`` are the days on which the clock stood still, ``[[first day, day of
    resumption or null], …]``.
    """

    # with the code of the node that gave it (those of release 0.1.0 without): qiangqu.cases.acts.opening
    number = models.CharField(_("编号"), max_length=30)
    kind = models.ForeignKey(CaseKind, models.PROTECT, related_name="cases", verbose_name=_("事项种类"))
    version = models.ForeignKey(KindVersion, models.PROTECT, related_name="cases", verbose_name=_("版本"))
    title = TermField(_("标题"), max_length=200)
    area = models.ForeignKey(Area, models.PROTECT, related_name="cases", verbose_name=_("区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="cases", verbose_name=_("申请单位")
    )
    subject = models.CharField(_("来由"), max_length=120, blank=True, db_index=True, help_text=_("如 target:CODE"))
    status = models.CharField(_("状态"), max_length=10, choices=CaseStatus, default=CaseStatus.OPEN)
    light = models.CharField(_("红黄绿"), max_length=6, choices=Light, default=Light.GREEN)
    opened_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="opened_cases", verbose_name=_("发起人")
    )
    opened_at = models.DateTimeField(_("发起时间"))
    last_at = models.DateTimeField(_("最近动作"))
    due_on = models.DateField(_("办结期限"), null=True, blank=True)
    limit_days = models.PositiveIntegerField(_("总时限（工作日）"), null=True, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    pauses = models.JSONField(_("暂停"), default=list, blank=True)
    data = models.JSONField(_("内容"), default=dict)
    state = models.JSONField(_("流程状态"), default=dict)
    revision = models.PositiveIntegerField(_("修订"), default=0)
    secret = models.CharField(max_length=64, blank=True, editable=False, help_text=_("公众查询码的校验值"))
    simulated = models.BooleanField(_("模拟数据"), default=False)

    attachments = Attachments(most=200)

    area_lookup = "area__path"
    organisation_lookup = "organisation_id"
    seen_with = Action.HANDLE_CASES

    @classmethod
    def visible_to(cls, viewer: Any, only: int | None = None) -> Q:
        """Cases in which the viewer has a part; of his areas those that he may view; his enterprise's own. Of
        restricted kinds only supervisors see others' cases. ``only``: asked of one case, quick however many
        wait at his desks."""
        open_kinds = Q(kind__restricted=False)
        seen = cls.with_part(viewer, only) | Q(organisation__in=own_organisations(viewer)) & open_kinds
        seen |= within("area__path", reach(viewer, Action.VIEW_CASES)) & open_kinds
        return seen | within("area__path", reach(viewer, Action.SUPERVISE_CASES))

    @classmethod
    def with_part(cls, viewer: Any, only: int | None = None) -> Q:
        """Cases that the viewer opened, of which he does or did a step, was asked, was told that one is late,
        or finds one on a desk of his.

        A part that he had in a post which he has left ends with it: one of his posts must lie on the line of
        the case's area, or the case or the step be his enterprise's.
        """
        steps, opinions = Step.objects.all(), Opinion.objects.filter(user=viewer.pk)
        if only is not None:
            steps, opinions = steps.filter(case=only), opinions.filter(case=only)
        own = own_organisations(viewer, Action.HANDLE_CASES)
        done = steps.filter(Q(assignee=viewer.pk) | Q(done_by=viewer.pk))
        told = nothing()
        for one in holdings(viewer, Action.HANDLE_CASES):
            if one.area_id is not None:
                told |= Q(escalated_role=one.role, escalated_area=one.area_id)
        on_desk = steps.filter(Step.at_desk(viewer) | told)
        personal = Q(opened_by=viewer.pk) | Q(pk__in=done.values("case")) | Q(pk__in=opinions.values("case"))
        ours = Q(opened_by=viewer.pk, organisation__in=own) | Q(
            pk__in=done.filter(desk_organisation__in=own).values("case")
        )
        return on_line(viewer, "area__path", Action.HANDLE_CASES) & personal | ours | Q(pk__in=on_desk.values("case"))

    class Meta:
        verbose_name = _("办件")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["number", "origin"], name="case_number_once")]
        indexes = [
            models.Index(fields=["opened_by", "-id"], name="case_by_opener"),
            models.Index(fields=["kind", "status", "-id"], name="case_by_kind"),
            models.Index(fields=["status", "light", "due_on"], name="case_by_light"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def running(self) -> bool:
        return self.status in (CaseStatus.OPEN, CaseStatus.SUSPENDED)


class StepStatus(models.TextChoices):
    OPEN = "open", _("待办")
    DONE = "done", _("已办")
    CANCELLED = "cancelled", _("已取消")
    RETURNED = "returned", _("已退回")


class Step(Travelling):
    """Step 步骤: a task that waits for a person, or waited.

    Its *desk* (岗位) says whose it is: users of a role in an area, users of an organisation, one user, or the
    public. ``since`` is the day on which its time began to run.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="steps", verbose_name=_("办件"))
    task_id = models.CharField(max_length=36, editable=False)
    node = models.CharField(_("步骤编号"), max_length=120)
    name = TermField(_("步骤"), max_length=120)
    status = models.CharField(_("状态"), max_length=10, choices=StepStatus, default=StepStatus.OPEN)
    desk_role = models.CharField(_("岗位"), max_length=12, choices=Role, blank=True)
    desk_area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("岗位区域")
    )
    desk_organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("岗位单位")
    )
    for_public = models.BooleanField(_("由公众办理"), default=False)
    assignee = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="steps", verbose_name=_("经办人")
    )
    claimed_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    opened_at = models.DateTimeField(_("到达时间"))
    since = models.DateField(_("起算日"))
    limit_days = models.PositiveIntegerField(_("时限（工作日）"), null=True, blank=True)
    due_on = models.DateField(_("期限"), null=True, blank=True)
    escalated_at = models.DateTimeField(_("升级时间"), null=True, blank=True)
    escalated_role = models.CharField(_("升级到的岗位"), max_length=12, choices=Role, blank=True)
    escalated_area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("升级到的区域")
    )
    done_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    done_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("办结人"))
    outcome = models.JSONField(_("办理结果"), default=dict, blank=True)
    revision = models.PositiveIntegerField(default=0)

    seen_through = "case"

    @classmethod
    def at_desk(cls, viewer: Any) -> Q:
        """Open steps that nobody has claimed and that lie on one of the viewer's desks."""
        desks = nothing()
        for one in holdings(viewer, Action.HANDLE_CASES):
            if one.area_id is not None:
                desks |= Q(desk_role=one.role, desk_area=one.area_id)
            if one.organisation_id is not None:
                desks |= Q(desk_organisation=one.organisation_id)
        return Q(status=StepStatus.OPEN, assignee=None) & desks

    class Meta:
        verbose_name = _("步骤")
        ordering = ["id"]
        constraints = [
            # a step that was returned to is the same task again: one open row at a time
            models.UniqueConstraint(fields=["case", "task_id"], condition=Q(status="open"), name="step_open_once"),
        ]
        indexes = [
            models.Index(fields=["assignee", "status", "due_on"], name="step_by_assignee"),
            models.Index(fields=["desk_area", "desk_role", "due_on"], name="step_by_desk", condition=Q(status="open")),
            models.Index(fields=["desk_organisation", "due_on"], name="step_by_unit", condition=Q(status="open")),
            models.Index(fields=["done_by", "-done_at"], name="step_by_doer"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"

    def held_over(self, day: dt.date, today: dt.date) -> bool:
        """Whether the step was in somebody's hands as ``day`` passed."""
        until = timezone.localdate(self.done_at) if self.done_at else today
        return timezone.localdate(self.opened_at) <= day < until


class TimerKind(models.TextChoices):
    PROCESS = "process", _("流程定时")
    REMIND = "remind", _("临期提醒")
    OVERDUE = "overdue", _("超期升级")
    CASE = "case", _("办结超期")


class Timer(models.Model):
    """Timer 定时: something that happens at a moment if nothing happens before. ``due_at`` None while the
    case's clock stands still.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="timers", verbose_name=_("办件"))
    kind = models.CharField(_("种类"), max_length=8, choices=TimerKind)
    step = models.ForeignKey(Step, models.CASCADE, null=True, blank=True, related_name="timers", verbose_name=_("步骤"))
    task_id = models.CharField(max_length=36, blank=True)
    since = models.DateField(_("起算日"))
    workdays = models.IntegerField(_("工作日数"), null=True, blank=True)
    due_at = models.DateTimeField(_("到期"), null=True, blank=True)
    worked_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    failure = models.CharField(_("未能处理的原因"), max_length=300, blank=True)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("定时")
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["due_at", "id"], name="timer_due", condition=Q(worked_at=None)),
        ]


class OpinionKind(models.TextChoices):
    OPINION = "opinion", _("意见")
    COUNTERSIGN = "countersign", _("会签")
    URGE = "urge", _("催办")
    RETURN = "return", _("退回")


class Opinion(Travelling):
    """Opinion 意见, urging, return; or a countersignature that was asked for (``asked_by``) and is given or
    still open (``answered_at``).
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="opinions", verbose_name=_("办件"))
    step = models.ForeignKey(
        Step, models.CASCADE, null=True, blank=True, related_name="opinions", verbose_name=_("步骤")
    )
    kind = models.CharField(_("种类"), max_length=12, choices=OpinionKind, default=OpinionKind.OPINION)
    user = models.ForeignKey(USER, models.PROTECT, null=True, related_name="opinions", verbose_name=_("用户"))
    text = models.TextField(_("内容"), max_length=2000, blank=True)
    agrees = models.BooleanField(_("同意"), null=True, blank=True)
    asked_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发起人")
    )
    at = models.DateTimeField(_("时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    seen_through = "case"

    class Meta:
        verbose_name = _("意见")
        ordering = ["id"]
        indexes = [models.Index(fields=["user", "kind", "answered_at"], name="opinion_owed")]
        constraints = [
            models.UniqueConstraint(
                fields=["step", "user"], condition=Q(kind="countersign", answered_at=None), name="countersign_once"
            )
        ]


class Letter(Travelling):
    """Letter 文书 that a step has issued: its text, number, date and the hash of the Word file that was made
    of it, kept with the attachments. Sending the step back makes it void (``voided_at``); it is never
    changed."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="letters", verbose_name=_("办件"))
    step = models.ForeignKey(
        Step, models.CASCADE, null=True, blank=True, related_name="letters", verbose_name=_("步骤")
    )
    name = TermField(_("文书代码"), max_length=40)
    title = TermField(_("文书"), max_length=200)
    number = models.CharField(_("文书编号"), max_length=40)
    text = models.TextField(_("内容"))
    sha256 = models.CharField(_("校验值"), max_length=64)
    issued_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+", verbose_name=_("发出人"))
    issued_at = models.DateTimeField(_("发出时间"))
    voided_at = models.DateTimeField(_("作废时间"), null=True, blank=True)

    seen_through = "case"

    class Meta:
        verbose_name = _("文书")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["number", "origin"], name="letter_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Identity(models.Model):
    """Identity 身份信息 of who opened a case and wants to stay unknown: seen by the named handler only, every
    look recorded.
    """

    case = models.OneToOneField(Case, models.CASCADE, related_name="identity", verbose_name=_("办件"))
    data = EncryptedJSONField(_("内容"), default=dict)

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Only who has claimed an open step of the case and may still handle it."""
        claimed = Step.objects.filter(status=StepStatus.OPEN, assignee=viewer.pk).exclude(claimed_at=None)
        seen = Case.objects.filter(Case.visible_to(viewer), pk__in=claimed.values("case"))
        return Q(case__in=seen.values("pk"))

    seen_with = Action.HANDLE_CASES
    travels_by = Stays.SEALED

    class Meta:
        verbose_name = _("身份信息")


class CalendarDay(models.Model):
    """Calendar day 日历: a day that is worked or not against the rule Monday–Friday, with the notice that
    says so.
    """

    day = models.DateField(_("日期"), unique=True)
    works = models.BooleanField(_("上班"))
    name = TermField(_("名称"), max_length=40, blank=True)
    source = models.CharField(_("依据"), max_length=120, blank=True)

    common_knowledge = True
    travels_by = ("day",)

    class Meta:
        verbose_name = _("工作日历")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
