"""Facts 事实: one observed value each, its source and its batch. Facts are only ever added."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.periods import Period, from_key
from qiangqu.base.visibility import in_subtree, nothing, reach, visible, within
from qiangqu.facts import subjects
from qiangqu.registry.models import HERE, Area, Travelling

from .element import Element


class Source(Travelling):
    """Source 来源: the publication, document or report that states a value."""

    title = models.CharField(_("标题"), max_length=200)
    url = models.CharField(_("网址"), max_length=500, blank=True)
    published_on = models.CharField(
        _("发布日期"), max_length=10, blank=True, help_text=_("2024-07-23，或仅年月 2024-06")
    )

    common_knowledge = True

    class Meta:
        verbose_name = _("来源")
        ordering = ["-published_on", "title"]
        constraints = [models.UniqueConstraint(fields=["title", "url", "published_on", "origin"], name="source_once")]

    def __str__(self) -> str:
        return self.title


class BatchKind(models.TextChoices):
    PACK = "pack", _("数据包")
    IMPORT = "import", _("文件导入")
    FORM = "form", _("表单填报")
    API = "api", _("接口")
    SIMULATION = "simulation", _("模拟")
    WITHDRAWAL = "withdrawal", _("撤回")


class FactBatch(Travelling):
    """Batch 批次: facts that came in together, all or nothing. ``key`` recognises a repeat on the node where
    it came in.
    """

    key = models.CharField(_("批次键"), max_length=80)
    kind = models.CharField(_("方式"), max_length=12, choices=BatchKind)
    file_name = models.CharField(_("文件名"), max_length=200, blank=True)
    sha256 = models.CharField(_("文件校验"), max_length=64, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("录入人")
    )
    created_at = models.DateTimeField(_("录入时间"), auto_now_add=True)
    simulated = models.BooleanField(_("模拟数据"), default=False)
    rows = models.PositiveIntegerField(_("新增事实数"), default=0)
    repeats = models.PositiveIntegerField(_("重复行数"), default=0)
    corrections = models.PositiveIntegerField(_("更正数"), default=0)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    #: its rows lie in segments of the lake (qiangqu.facts.sealing), none in the table below
    sealed = models.BooleanField(_("已封存"), default=False)
    # of release 0.1.0: the least and the greatest of the ids that its facts had then; old addresses lead on by
    # them
    first_fact = models.PositiveBigIntegerField(null=True, editable=False)
    last_fact = models.PositiveBigIntegerField(null=True, editable=False)
    # of whoever entered them; what concerns the whole lies at the top of the tree
    area = models.ForeignKey(Area, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("区域"))

    # a withdrawal 撤回 is itself a batch, without facts: who, when, and why (``note``)
    withdraws = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="withdrawal", verbose_name=_("所撤回的批次")
    )

    area_lookup = "area__path"

    class Meta:
        verbose_name = _("批次")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["key", "origin"], name="fact_batch_once")]

    def __str__(self) -> str:
        return self.file_name or self.note or self.key

    @classmethod
    def of_key(cls, key: str) -> "FactBatch | None":
        """The batch that came in on this node under ``key`` and was not withdrawn."""
        return cls.objects.filter(key=cls.key_now(key), origin=HERE).first()

    @classmethod
    def key_now(cls, key: str) -> str:
        """``key``, with the number of the attempt when batches of that key were withdrawn: what was withdrawn may
        come in again.
        """
        stem = f"{key[:76]}~"
        attempts = cls.objects.filter(origin=HERE, withdrawal__isnull=False)
        attempts = attempts.filter(models.Q(key=key) | models.Q(key__startswith=stem))
        taken = set(attempts.values_list("key", flat=True))
        again = (f"{stem}{attempt}" for attempt in range(2, len(taken) + 2))
        return next(one for one in (key, *again) if one not in taken)

    def withdrawn_by(self, end: dt.datetime | None) -> bool:
        """Whether the batch had been withdrawn by ``end`` (None: now)."""
        taken = getattr(self, "withdrawal", None)
        return taken is not None and (end is None or taken.created_at <= end)


class FactQuerySet(models.QuerySet["Fact"]):
    """Refuses what would change or remove facts."""

    def update(self, **kwargs: object) -> int:
        raise PermissionDenied("事实只增不改：更正请另加一条并注明所更正的事实")

    def bulk_update(self, *args: object, **kwargs: object) -> int:
        raise PermissionDenied("事实只增不改：更正请另加一条并注明所更正的事实")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise PermissionDenied("事实只增不删")


class Fact(models.Model):
    """Fact 事实 that waits to be sealed: element, subject, period, value (in the element's unit), and where it
    came from. Most facts lie in segments: read them by :mod:`qiangqu.facts.reading` only.

    It is the ``number``-th row of its batch (from 1, as the batch was written); its id says the same
    (:mod:`qiangqu.facts.ids`).

    A correction is a new fact whose ``supersedes`` names the one it replaces, wherever that lies. The subject is
    ``subject_kind`` (the number of a declared :class:`qiangqu.base.subjects.Subject`) + ``subject_id`` (the id in
    that register). When several sources state a cell, :mod:`qiangqu.facts.current` says which counts. ``period``
    is a :class:`qiangqu.base.periods.Period` key. Foreign keys carry no index of their own: the one index below
    serves drill-down.
    """

    id = models.BigAutoField(primary_key=True)
    # ingest has checked that batch and element exist, and PROTECT keeps them
    batch = models.ForeignKey(
        FactBatch, models.PROTECT, related_name="facts", verbose_name=_("批次"), db_index=False, db_constraint=False
    )
    number = models.PositiveIntegerField(_("批次内序号"), editable=False)
    element = models.ForeignKey(
        Element, models.PROTECT, related_name="facts", verbose_name=_("要素"), db_index=False, db_constraint=False
    )
    subject_kind = models.PositiveSmallIntegerField(_("对象类型"))
    subject_id = models.PositiveIntegerField(_("对象"))
    period_key = models.PositiveIntegerField(_("时期"))
    value = models.FloatField(_("数值"))
    supersedes = models.ForeignKey(
        "self",
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("所更正的事实"),
        db_index=False,
        db_constraint=False,  # the one replaced may be sealed
    )
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="facts", verbose_name=_("来源"), db_index=False
    )
    row = models.PositiveIntegerField(_("源文件行号"), null=True, blank=True)
    precedence = models.SmallIntegerField(
        _("取用"), default=0, help_text=_("同一格有几个来源时：1 取用，-1 备查，0 按发布日期")
    )
    stated = models.CharField(_("原文数值"), max_length=60, blank=True, help_text=_("换算前的数值与单位"))
    note = models.CharField(_("备注"), max_length=300, blank=True)

    objects = FactQuerySet.as_manager()

    travels_by = ("batch", "number")

    @classmethod
    def visible_to(cls, viewer: Any) -> models.Q:
        """Whoever sees what a fact is about sees the fact; who sees the whole tree needs no filter."""
        tops = reach(viewer)
        if tops and not Area.objects.exclude(within("path", tops)).exists():
            return models.Q()
        return cls._about(lambda records: visible(records, viewer))

    @classmethod
    def lying_in(cls, path: str) -> models.Q:
        return cls._about(lambda records: in_subtree(records, path))

    @classmethod
    def _about(cls, narrowed: Callable[[Any], Any]) -> models.Q:
        """Facts about subjects of the registers, each narrowed."""
        about = nothing()
        for number, model in subjects.models().items():
            records = narrowed(model.objects.all()).order_by().values("pk")
            about |= models.Q(subject_kind=number, subject_id__in=records)
        return about

    class Meta:
        verbose_name = _("事实")
        indexes = [
            models.Index(fields=["element", "period_key", "subject_kind", "subject_id"], name="fact_cell"),
            # only what was published has a source: few rows beside those that enterprises report
            models.Index(fields=["source", "id"], name="fact_source", condition=models.Q(source__isnull=False)),
        ]
        constraints = [
            # also the index by which one asks whether a fact still stands; two corrections of one fact cannot
            # both be stored
            models.UniqueConstraint(
                fields=["supersedes"], name="fact_superseded_once", condition=models.Q(supersedes__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.element_id} {self.subject_kind}:{self.subject_id} {self.period.code} = {self.value}"

    @property
    def period(self) -> Period:
        return from_key(self.period_key)

    def save(self, *args: object, **kwargs: object) -> None:
        if self.pk is not None and not self._state.adding:
            raise PermissionDenied("事实只增不改：更正请另加一条并注明所更正的事实")
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise PermissionDenied("事实只增不删")
