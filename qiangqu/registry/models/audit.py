from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .area import Area
from .node import HERE, Node


class AuditEntry(models.Model):
    """Audit entry 审计记录: one act of one user; each carries the hash of the one before, so that a change or
    a gap is seen.

    Rows are only added, by :func:`qiangqu.registry.audit.record`; their place in the chain is given to them
    once, by :func:`qiangqu.registry.audit.seal`. Each node has a chain of its own.
    """

    at = models.DateTimeField(_("时间"), db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("用户")
    )
    action = models.CharField(_("动作"), max_length=60, db_index=True)
    object_type = models.CharField(_("对象类型"), max_length=60, blank=True)
    object_id = models.CharField(_("对象"), max_length=80, blank=True)
    # where the area lay then: part of the hash. Who sees the entry goes by the area itself, wherever it has
    # been moved since
    area_path = models.CharField(_("区域路径"), max_length=120, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("区域"))
    detail = models.JSONField(_("内容"), default=dict)
    origin = models.ForeignKey(
        Node, models.PROTECT, default=HERE, editable=False, db_index=False, related_name="+", verbose_name=_("来源节点")
    )
    # whether the hash has the node's code in it: not in entries that are older than that, or than the code
    names_node = models.BooleanField(default=False, editable=False)
    position = models.BigIntegerField(_("链中位置"), null=True, editable=False)
    previous_hash = models.CharField(max_length=64, null=True, editable=False)
    hash = models.CharField(max_length=64, unique=True, null=True, editable=False)

    area_lookup = "area__path"
    seen_with = "read_audit"
    travels_by = ("origin", "position")

    class Meta:
        verbose_name = _("审计记录")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["origin", "position"], name="audit_place_once"),
            models.UniqueConstraint(fields=["origin", "previous_hash"], name="audit_follows_once"),
        ]
        indexes = [
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["id"], condition=models.Q(position=None), name="registry_audit_unsealed"),
        ]

    def __str__(self) -> str:
        from ..audit import ACTION_WORDS  # parts bring their words; the module reads this model

        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M:%S} {ACTION_WORDS.get(self.action, self.action)}"
