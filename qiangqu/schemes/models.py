"""Editions of schemes, and what people answer and mark where no formula gives a value."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.base.terms import TermField
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.models.node import Travelling

from .language import Scheme


class Edition(models.Model):
    """Edition 方案版本: one scheme file, from a day to a day. ``data`` is the file as it was checked; ``names``: its values
    in the file's order, because PostgreSQL keeps no order inside ``data``."""

    code = CodeField(_("方案代码"), max_length=60)
    edition = CodeField(_("版本"), max_length=20)
    title = TermField(_("名称"), max_length=120)
    subject = models.CharField(_("评价对象"), max_length=20)
    kind = models.CharField(_("类型"), max_length=12)
    since = models.DateField(_("选用起始日"))
    until = models.DateField(_("截止日"), null=True, blank=True)
    data = models.JSONField(_("内容"))
    names = models.JSONField(_("取值次序"), default=list, editable=False)
    order = models.PositiveIntegerField(_("次序"), default=0)
    changed_at = models.DateTimeField(_("修改时间"), auto_now=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("编制人"),
        help_text=_("空的是数据包的版本"),
    )  # fmt: skip
    reason = models.CharField(_("修改的理由"), max_length=500, blank=True, editable=False)

    common_knowledge = True
    travels_by = ("code", "edition")

    class Meta:
        verbose_name = _("方案版本")
        ordering = ["order", "code", "since"]
        constraints = [models.UniqueConstraint(fields=["code", "edition"], name="scheme_edition_once")]

    def __str__(self) -> str:
        return f"{self.title}"

    @property
    def scheme(self) -> Scheme:
        """What the edition says."""
        values = self.data.get("values", {})
        ordered = {name: values[name] for name in (*self.names, *values) if name in values}
        return Scheme.model_validate(self.data | ({"values": ordered} if ordered else {}))


class Reply(Travelling):
    """Reply 答复: an answer to a question of a questionnaire, or an expert's mark with its reason, about an
    organisation or an area. Only added: of one question the last of the latest day counts.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("区域"))
    question = CodeField(_("问题代码"), max_length=121)
    value = models.FloatField(_("答复"))
    reason = models.CharField(_("依据或理由"), max_length=500, blank=True)
    day = models.DateField(_("自哪天起"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("答复人")
    )
    at = models.DateTimeField(_("答复时间"), auto_now_add=True)
    simulated = models.BooleanField(_("模拟数据"), default=False)

    area_lookup = ("area__path", "organisation__area__path")
    organisation_lookup = "organisation_id"
    travels_by = "uid"

    class Meta:
        verbose_name = _("答复")
        ordering = ["pk"]
        indexes = [models.Index(fields=["question", "day"], name="reply_question")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation=None) ^ models.Q(area=None),
                name="reply_about_one",
                violation_error_message=_("答复只能关于一个单位或一个区域"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.value:g}"
