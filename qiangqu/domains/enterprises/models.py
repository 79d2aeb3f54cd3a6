"""Ladders 企业梯度: schemes in the order in which an enterprise climbs them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField
from qiangqu.base.terms import TermField


class Ladder(models.Model):
    """Ladder 梯度: ``rungs`` are codes of schemes, the lowest first."""

    code = CodeField(_("代码"), max_length=40, unique=True)
    title = TermField(_("名称"), max_length=60)
    rungs = models.JSONField(_("各级方案"))
    order = models.PositiveIntegerField(_("次序"), default=0)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("企业梯度")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.title
