"""The words of documents 公文: their kinds, urgency and openness, how they stand, how long they are kept.

Articles are those of 《党政机关公文处理工作条例》 (中办发〔2012〕14号).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Post(models.TextChoices):
    HEAD = "head", _("主要负责人（签发）")
    DEPUTY = "deputy", _("分管负责人（签发）")
    REVIEWER = "reviewer", _("审核人")


class Direction(models.TextChoices):
    IN = "in", _("收文")
    OUT = "out", _("发文")


class DocumentKind(models.TextChoices):
    """The 15 kinds 公文种类 of article 8."""

    RESOLUTION = "resolution", _("决议")
    DECISION = "decision", _("决定")
    ORDER = "order", _("命令（令）")
    COMMUNIQUE = "communique", _("公报")
    PROCLAMATION = "proclamation", _("公告")
    ANNOUNCEMENT = "announcement", _("通告")
    OPINION = "opinion", _("意见")
    NOTICE = "notice", _("通知")
    CIRCULAR = "circular", _("通报")
    REPORT = "report", _("报告")
    REQUEST = "request", _("请示")
    REPLY = "reply", _("批复")
    BILL = "bill", _("议案")
    LETTER = "letter", _("函")
    MINUTES = "minutes", _("纪要")


class Urgency(models.TextChoices):
    """Urgency 紧急程度, article 9 (三)."""

    NORMAL = "normal", _("平件")
    URGENT = "urgent", _("加急")
    MOST_URGENT = "most_urgent", _("特急")


class Openness(models.TextChoices):
    """Whether the public may have it 公开属性 (《政府信息公开条例》 articles 13, 16, 27)."""

    OPEN = "open", _("主动公开")
    ON_REQUEST = "on_request", _("依申请公开")
    CLOSED = "closed", _("不予公开")


class DocumentState(models.TextChoices):
    DRAFT = "draft", _("起草")
    IN_REVIEW = "in_review", _("审核签发中")
    TO_REVISE = "to_revise", _("退回修改")
    SIGNED = "signed", _("已签发")
    REFUSED = "refused", _("不予签发")
    ISSUED = "issued", _("已印发")
    REGISTERED = "registered", _("已登记")
    HANDLING = "handling", _("办理中")
    DONE = "done", _("已办结")
    SENT_BACK = "sent_back", _("已退文")


#: while its text may be changed
EDITABLE = (DocumentState.DRAFT, DocumentState.TO_REVISE)
#: not yet out or received: what the office of its own area works on
UNFINISHED = (
    DocumentState.DRAFT,
    DocumentState.IN_REVIEW,
    DocumentState.TO_REVISE,
    DocumentState.SIGNED,
    DocumentState.REFUSED,
)


class Retention(models.TextChoices):
    """Retention period 保管期限 and its code (DA/T 22—2015 5.4.2)."""

    PERMANENT = "Y", _("永久")
    YEARS_30 = "D30", _("30年")
    YEARS_10 = "D10", _("10年")


class DeliveryState(models.TextChoices):
    SENT = "sent", _("待签收")
    RECEIVED = "received", _("已签收")
    RETURNED = "returned", _("已退文")
    OUTSIDE = "outside", _("平台外送达")
