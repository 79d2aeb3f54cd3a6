"""What a node keeps of its exchange with others: batches as they came, their tips, what they say, and what waits."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays


class Inner(models.Model):
    """Bookkeeping of the exchange: no page lists it by itself, and it never leaves the node."""

    inner = True
    travels_by = Stays.WORK

    class Meta:
        abstract = True


class Standing(Inner):
    """Standing 本节点状态: how this node stands in the tree (one row, :data:`STANDING`; none: it works alone)."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    epoch = models.CharField(max_length=40)
    lease = models.CharField(max_length=40, default="0")
    next = models.CharField(max_length=40, blank=True)
    stopped = models.BooleanField(_("已停用"), default=False)
    parent = models.CharField(_("上级节点"), max_length=8, blank=True)
    url = models.CharField(_("上级地址"), max_length=200, blank=True)
    reached_at = models.DateTimeField(_("最近联系上级"), null=True)
    trouble = models.CharField(_("联系上级的问题"), max_length=200, blank=True)
    #: batches up to this one (their ids here) were seen at the parent
    agreed = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("本节点状态")
        verbose_name_plural = _("本节点状态")


STANDING = 1


class Peer(Inner):
    """Peer 节点: a node of the tree that this one knows, itself among them: its key, its card (who says so), and
    of a child its seat and last contact."""

    code = models.CharField(_("节点"), max_length=8, unique=True)
    parent = models.CharField(_("上级节点"), max_length=8, blank=True)
    key = models.CharField(_("签名公钥"), max_length=64)
    card = models.TextField(_("节点名片"))
    card_signature = models.CharField(max_length=128)
    instance = models.CharField(max_length=40, blank=True)
    lease = models.CharField(max_length=40, default="0")
    previous = models.CharField(max_length=40, blank=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True)
    contact_at = models.DateTimeField(_("最近联系"), null=True)
    offset = models.FloatField(_("时钟偏差（秒）"), null=True)
    parked = models.PositiveIntegerField(_("对方待处理"), default=0)
    version = models.CharField(_("版本"), max_length=40, blank=True)
    agreed = models.PositiveBigIntegerField(default=0)
    #: what the node (or the one above it) last said of its state: :mod:`.condition`
    area = models.CharField(_("区域代码"), max_length=40, blank=True)
    condition = models.JSONField(_("状况"), default=dict)
    heard_at = models.DateTimeField(_("状况时间"), null=True)

    class Meta:
        verbose_name = _("节点互联")
        verbose_name_plural = _("节点互联")


class Invitation(Inner):
    """Invitation 邀请: a token that lets one node join, once, within a day; then what it asked for, until an
    operator has compared the words and confirmed."""

    code = models.CharField(_("节点"), max_length=8, unique=True)
    area = models.CharField(_("区域代码"), max_length=40, blank=True)
    token_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField(_("有效期至"))
    key = models.CharField(max_length=64, blank=True)
    request = models.TextField(blank=True)
    instance = models.CharField(max_length=40, blank=True)
    certificate = models.TextField(blank=True)

    class Meta:
        verbose_name = _("节点邀请")
        verbose_name_plural = _("节点邀请")


class Batch(Inner):
    """Batch 批: as it was signed, by whom ever; ``body`` is null when it was let go, the header never is."""

    hash = models.CharField(max_length=64, unique=True)
    origin = models.CharField(max_length=8)
    lane = models.CharField(max_length=20)
    epoch = models.CharField(max_length=80)
    seq = models.PositiveBigIntegerField()
    signed = models.BinaryField()
    signature = models.BinaryField()
    body = models.BinaryField(null=True)
    stored_at = models.DateTimeField(auto_now_add=True)
    applied = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("批")
        verbose_name_plural = _("批")
        indexes = [
            models.Index(fields=["origin", "lane", "epoch", "seq"], name="federation_batch_log"),
            models.Index(fields=["id"], condition=models.Q(applied=False), name="federation_batch_to_apply"),
        ]


class Tip(Inner):
    """Tip 末端: a batch that none follows."""

    origin = models.CharField(max_length=8)
    lane = models.CharField(max_length=20)
    epoch = models.CharField(max_length=80)
    seq = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("末端")
        verbose_name_plural = _("末端")
        indexes = [models.Index(fields=["origin", "lane", "epoch"], name="federation_tip_log")]


class Outgoing(Inner):
    """Outgoing 待封: an entry that an act left, in its own transaction; sealing takes the row away."""

    lane = models.CharField(max_length=20)
    line = models.BinaryField()

    class Meta:
        verbose_name = _("待封内容")
        verbose_name_plural = _("待封内容")


class Said(Inner):
    """Said 条目: one entry by which a record is known, once, however often it came. ``waits`` is empty, or what a
    parked entry waits for."""

    origin = models.CharField(max_length=8)
    uid = models.CharField(max_length=80)
    record = models.CharField(_("记录"), max_length=90, db_index=True)
    line = models.BinaryField()
    lanes = models.JSONField(default=list)
    reason = models.CharField(_("原因"), max_length=20, blank=True)
    waits = models.CharField(_("等待"), max_length=100, blank=True, db_index=True)

    class Meta:
        verbose_name = _("条目")
        verbose_name_plural = _("条目")
        constraints = [models.UniqueConstraint(fields=["origin", "uid"], name="federation_said_once")]


class Known(Inner):
    """Known 记录状态: what the entries of a record come to: who its home is, which entry counts, what lies in its
    conflict box."""

    record = models.CharField(_("记录"), max_length=90, unique=True)
    kind = models.CharField(max_length=80)
    home = models.CharField(_("主管节点"), max_length=8)
    term = models.PositiveIntegerField()
    revision = models.PositiveBigIntegerField()
    head = models.CharField(max_length=80)
    moving = models.CharField(max_length=8, blank=True)
    closed = models.CharField(max_length=200, blank=True)
    box = models.JSONField(_("冲突"), default=list)
    boxed = models.PositiveIntegerField(default=0, db_index=True)

    class Meta:
        verbose_name = _("记录状态")
        verbose_name_plural = _("记录状态")
