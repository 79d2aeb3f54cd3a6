"""Attachments 附件 of any record, and number series 编号."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays
from qiangqu.base.visibility import has_place, nothing, subtree, visible
from qiangqu.registry.models import Travelling

from .fields import attachments_of


def owners() -> list[Any]:
    """The models whose records have files."""
    return [model for model in apps.get_models() if attachments_of(model) is not None]


class Attachment(Travelling):
    """Attachment 附件: that a record has a file. The file lies under ``MEDIA_ROOT`` by its SHA-256, once,
    however many records have it.

    ``name`` is the name as it was given, made harmless; ``content_type`` was found from the content.
    ``about`` says to what in its record it belongs, in the record's own words (of a case ``step:12``);
    ``earlier`` which file it was in release 0.1.0 (``cases:7``), on the node that was upgraded.
    """

    owner_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", editable=False)
    owner_id = models.PositiveBigIntegerField(editable=False)
    owner = GenericForeignKey("owner_type", "owner_id")
    about = models.CharField(max_length=60, blank=True, editable=False)
    title = models.CharField(_("名称"), max_length=150, blank=True)
    name = models.CharField(_("文件名"), max_length=150)
    content_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveIntegerField(_("大小"), help_text=_("字节"))
    sha256 = models.CharField(_("校验值"), max_length=64, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("上传人")
    )
    at = models.DateTimeField(_("上传时间"))
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)
    earlier = models.CharField(max_length=40, blank=True, editable=False)
    simulated = models.BooleanField(_("模拟数据"), default=False, editable=False)

    @classmethod
    def visible_to(cls, viewer: Any) -> Q:
        """Whoever sees the record sees its files."""
        condition = nothing()
        for model in owners():
            seen = visible(model._default_manager.all(), viewer).order_by().values("pk")
            condition |= Q(owner_type=ContentType.objects.get_for_model(model), owner_id__in=seen)
        return condition

    @classmethod
    def lying_in(cls, path: str) -> Q:
        """Files of records in the subtree at ``path``."""
        condition = nothing()
        for model in filter(has_place, owners()):
            there = model._default_manager.filter(subtree(model, path)).order_by().values("pk")
            condition |= Q(owner_type=ContentType.objects.get_for_model(model), owner_id__in=there)
        return condition

    class Meta:
        verbose_name = _("附件")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["owner_type", "owner_id", "id"], name="attachment_of_owner"),
            models.Index(fields=["earlier"], name="attachment_earlier", condition=~Q(earlier="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def heading(self) -> str:
        """What the file is: its title, else its name without the suffix."""
        return self.title or self.name.rpartition(".")[0] or self.name


class NumberSeries(models.Model):
    """The last number given out of one series 编号: in a year (0: the series never begins anew), at a node
    ("": the only one).
    """

    series = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField(default=0)
    node = models.CharField(max_length=20, blank=True)
    last = models.PositiveIntegerField(default=0)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year", "node"], name="number_series_once")]
