from django.db import models
from django.utils.translation import gettext_lazy as _


class Wording(models.Model):
    """Wording 译名: a Chinese word of a pack's data in another language (:mod:`qiangqu.base.terms`)."""

    language = models.CharField(_("语言"), max_length=10)
    text = models.CharField(_("中文"), max_length=400)
    words = models.CharField(_("译文"), max_length=800)

    common_knowledge = True
    travels_by = ("language", "text")

    class Meta:
        verbose_name = _("译名")
        ordering = ["language", "text"]
        constraints = [models.UniqueConstraint(fields=["language", "text"], name="wording_once")]

    def __str__(self) -> str:
        return self.text
