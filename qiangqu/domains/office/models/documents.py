"""Documents 公文, in and out: the bodies that issue them, their versions and files, who was asked to read, to
whom they went, where they are kept.

Articles are those of 《党政机关公文处理工作条例》 (中办发〔2012〕14号). Only documents that are not
classified may be kept here (its article 29: classified ones go through channels and systems of their own), so
there is no field for a degree of secrecy.
"""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qiangqu.base.identity import Stays
from qiangqu.base.visibility import areas_of, on_line, reach, visible, within
from qiangqu.cases.models import Case, Step
from qiangqu.records.fields import Attachments
from qiangqu.records.models import Attachment
from qiangqu.registry.models import Area, Travelling
from qiangqu.registry.models.history import RegisterRecord
from qiangqu.registry.roles import Action

from ..documents.terms import (
    EDITABLE,
    UNFINISHED,
    DeliveryState,
    Direction,
    DocumentKind,
    DocumentState,
    Openness,
    Post,
    Retention,
    Urgency,
)

USER = settings.AUTH_USER_MODEL


class IssuingBody(RegisterRecord):
    """Issuing body 发文机关: in whose name documents go out, and whose register of receipts they come
    into.
    """

    area = models.ForeignKey(Area, models.PROTECT, related_name="issuing_bodies", verbose_name=_("区域"))
    name = models.CharField(_("机关名称"), max_length=60, unique=True, help_text=_("全称或规范化简称，用于署名"))
    mark = models.CharField(
        _("发文机关标志"),
        max_length=40,
        help_text=_("版头上的红字，如“××市工业和信息化局文件”（GB/T 9704—2012 7.2.4）"),
    )
    code_word = models.CharField(
        _("发文机关代字"),
        max_length=12,
        unique=True,
        validators=[RegexValidator(r"^[\u4e00-\u9fff]{2,12}\Z", _("代字是 2—12 个汉字"))],
        help_text=_("发文字号由代字、年份、顺序号组成（7.2.5）"),
    )
    fonds = models.CharField(
        _("全宗号"),
        max_length=12,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9]{1,12}\Z", _("全宗号由字母和数字组成"))],
        help_text=_("由同级档案馆给定，归档时用"),
    )

    area_lookup = "area__path"
    travels_by = ("code_word",)

    class Meta:
        verbose_name = _("发文机关")
        ordering = ["area__path", "name"]

    def __str__(self) -> str:
        return self.name


class BodyPost(models.Model):
    """Post 机关岗位: somebody who signs or examines for a body, from when and until when."""

    body = models.ForeignKey(IssuingBody, models.CASCADE, related_name="posts", verbose_name=_("发文机关"))
    user = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("人员"))
    post = models.CharField(pgettext_lazy("office", "岗位"), max_length=10, choices=Post)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    at = models.DateTimeField(_("登记时间"))
    ended_at = models.DateTimeField(_("离任时间"), null=True, blank=True)

    seen_through = "body"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("机关岗位")
        ordering = ["body", "post", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "user", "post"], condition=models.Q(ended_at=None), name="office_post_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.body} {self.get_post_display()} {self.user}"


class Document(Travelling):
    """Document 公文. Once issued or received its text and figures stand; only its handling goes on, until it
    is archived.
    """

    direction = models.CharField(_("方向"), max_length=3, choices=Direction)
    body = models.ForeignKey(IssuingBody, models.PROTECT, related_name="documents", verbose_name=_("机关"))
    kind = models.CharField(_("文种"), max_length=14, choices=DocumentKind)
    title = models.CharField(_("标题"), max_length=120)
    urgency = models.CharField(_("紧急程度"), max_length=12, choices=Urgency, default=Urgency.NORMAL)
    openness = models.CharField(_("公开属性"), max_length=10, choices=Openness, default=Openness.ON_REQUEST)
    restricted = models.BooleanField(_("限知悉范围"), default=False)
    state = models.CharField(_("状态"), max_length=10, choices=DocumentState, db_index=True)
    # out: issuing body's number; in: the number that the sender gave
    number = models.CharField(_("发文字号"), max_length=60, blank=True, db_index=True)
    dated = models.DateField(_("成文日期"), null=True, blank=True)
    # out
    upward = models.BooleanField(_("上行文"), default=False)
    addressees = models.CharField(_("主送机关"), max_length=300, blank=True)
    copies_to = models.CharField(_("抄送机关"), max_length=500, blank=True)
    text = models.TextField(_("正文"), blank=True)
    remark = models.CharField(_("附注"), max_length=200, blank=True)
    signer = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签发人"))
    text_sha256 = models.CharField(_("签发时正文校验值"), max_length=64, blank=True)
    issued_on = models.DateField(_("印发日期"), null=True, blank=True)
    copies = models.PositiveIntegerField(_("印制份数"), null=True, blank=True)
    # in
    sender = models.CharField(_("来文单位"), max_length=80, blank=True)
    receipt = models.CharField(_("收文编号"), max_length=30, blank=True, db_index=True)
    received_on = models.DateField(_("收文日期"), null=True, blank=True)
    pages = models.PositiveIntegerField(_("页数"), null=True, blank=True)
    answer_by = models.DateField(_("来文要求办结日期"), null=True, blank=True)
    # archive
    archive_code = models.CharField(_("档号"), max_length=60, blank=True, db_index=True)
    retention = models.CharField(_("保管期限"), max_length=3, choices=Retention, blank=True)
    archived_at = models.DateTimeField(_("归档时间"), null=True, blank=True)

    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("办件"))
    answers_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies", verbose_name=_("答复的来文")
    )
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("拟稿（登记）人"))
    created_at = models.DateTimeField(_("登记时间"))
    revision = models.PositiveIntegerField(default=0)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    #: annexes 附件 of one that goes out, scans 扫描件 of one that came in
    files = Attachments(most=30)

    area_lookup = "body__area__path"
    seen_with = Action.OFFICE

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """What is finished and not restricted is seen in its area's subtree; an unfinished one only in the
        office of its own area and by those whom its review asks; a restricted one only by its keepers, by
        those who took part and by those to whom it was given to read.

        A part that he had in a post which he has left ends with it: one of his posts must lie on the line of
        the document's area.
        """
        unfinished = Q(state__in=UNFINISHED)
        general = ~unfinished & within("body__area__path", reach(viewer, Action.OFFICE))
        general |= unfinished & Q(body__area__in=areas_of(viewer, Action.OFFICE))
        steps = Step.objects.filter(Q(assignee=viewer.pk) | Q(done_by=viewer.pk), case__isnull=False)
        read = Circulation.objects.filter(user=viewer.pk)
        personal = (
            Q(case__in=steps.values("case")) | Q(pk__in=read.values("document")) | Q(created_by=viewer.pk)
        ) & on_line(viewer, "body__area__path", Action.OFFICE)
        keeps = Q(body__area__in=areas_of(viewer, Action.KEEP_DOCUMENTS))
        return Q(restricted=False) & general | keeps | personal

    class Meta:
        verbose_name = _("公文")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["direction", "state", "-id"], name="document_list"),
            models.Index(fields=["body", "-id"], name="document_of_body"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=Q(direction="out") & ~Q(number=""), name="document_number_once"
            ),
            models.UniqueConstraint(fields=["body", "receipt"], condition=~Q(receipt=""), name="document_receipt_once"),
            models.UniqueConstraint(
                fields=["body", "sender", "number"],
                condition=Q(direction="in") & ~Q(number="") & ~Q(state="sent_back"),
                name="document_received_once",
            ),
            models.UniqueConstraint(fields=["archive_code"], condition=~Q(archive_code=""), name="archive_code_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_out(self) -> bool:
        return self.direction == Direction.OUT

    @property
    def subject(self) -> str:
        """How cases name it."""
        return f"document:{self.pk}"

    @property
    def kept_files(self) -> "models.QuerySet[Attachment]":
        """Its files but those that were taken off."""
        return self.files.filter(removed_at=None)

    @property
    def letterhead(self) -> str:
        """发文机关标志 (7.2.4); of minutes ××纪要 (10.3)."""
        if self.kind == DocumentKind.MINUTES:
            return f"{self.body.name if self.is_out else self.sender}{DocumentKind.MINUTES.label}"
        return self.body.mark if self.is_out else f"{self.sender}文件"

    @property
    def editable(self) -> bool:
        """Whether the draft may still be changed."""
        return self.is_out and self.state in EDITABLE


class DocumentVersion(models.Model):
    """Version 稿次: every state of a draft that was saved."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("稿次"))
    content = models.JSONField(_("内容"))
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("修改人"))
    at = models.DateTimeField(_("修改时间"))

    seen_through = "document"
    travels_by = ("document", "number")

    class Meta:
        verbose_name = _("稿次")
        ordering = ["document", "-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="document_version_once")]


class Circulation(Travelling):
    """Circulation 传阅: one person asked to read one document, and what came of it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="circulations")
    user = models.ForeignKey(USER, models.PROTECT, related_name="circulations", verbose_name=_("传阅对象"))
    asked_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name=_("送阅人"))
    asked_at = models.DateTimeField(_("送阅时间"))
    due_on = models.DateField(_("阅毕期限"), null=True, blank=True)
    opened_at = models.DateTimeField(_("首次打开"), null=True, blank=True)
    read_at = models.DateTimeField(_("阅毕时间"), null=True, blank=True)
    opinion = models.CharField(_("阅后意见"), max_length=500, blank=True)

    seen_through = "document"

    class Meta:
        verbose_name = _("传阅")
        ordering = ["id"]
        indexes = [models.Index(fields=["user", "read_at"], name="circulation_of_user")]
        constraints = [models.UniqueConstraint(fields=["document", "user"], name="circulation_once")]


class Delivery(Travelling):
    """Delivery 分送: an issued document to one addressee. ``to`` None: a body outside the platform, named in
    ``name``.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="deliveries")
    to = models.ForeignKey(
        IssuingBody, models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name=_("收文机关")
    )
    name = models.CharField(_("分送单位"), max_length=80)
    main = models.BooleanField(_("主送"), default=True)
    state = models.CharField(_("状态"), max_length=8, choices=DeliveryState)
    sent_at = models.DateTimeField(_("分送时间"))
    answered_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    answered_by = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签收人")
    )
    reason = models.CharField(_("退文理由"), max_length=300, blank=True)
    incoming = models.OneToOneField(
        Document, models.PROTECT, null=True, blank=True, related_name="came_by", verbose_name=_("收文")
    )

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Who sees the document, and the office to which it was sent."""
        documents = visible(Document.objects.all(), viewer)
        return Q(document__in=documents.order_by().values("pk")) | Q(
            to__area__in=areas_of(viewer, Action.KEEP_DOCUMENTS)
        )

    class Meta:
        verbose_name = _("分送")
        ordering = ["id"]
        indexes = [models.Index(fields=["to", "state", "-id"], name="delivery_inbox")]
        constraints = [
            models.UniqueConstraint(fields=["document", "to"], condition=Q(to__isnull=False), name="delivery_once")
        ]
