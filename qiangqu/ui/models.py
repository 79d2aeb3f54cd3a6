import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays

from .background import Leased


class SavedView(models.Model):
    """Saved view 视图: a user's own choice of filters, order and columns of one list."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("用户")
    )
    register = models.CharField(_("列表"), max_length=40)
    name = models.CharField(_("名称"), max_length=40)
    query = models.CharField(_("条件"), max_length=1000)

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("视图")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "register", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class RegisterImport(Leased):
    """Import of a spreadsheet into a register 名录导入. Only its owner sees it. ``preview`` is what the file
    would do (JSON), ``language`` that in which its owner reads it."""

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("录入人"))
    register = models.CharField(_("列表"), max_length=40)
    file_name = models.CharField(_("文件名"), max_length=200)
    suffix = models.CharField(max_length=8)
    sha256 = models.CharField(_("文件校验"), max_length=64)
    effective_from = models.DateField(_("生效日期"))
    language = models.CharField(max_length=12)
    preview = models.JSONField(default=dict)

    seen_by = "user"
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("名录导入")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class Submission(models.Model):
    """A form that was sent, for a while: ``key`` is the digest of its number, user and content, ``answer``
    (encrypted) what was answered.

    See :mod:`qiangqu.ui.once`.
    """

    key = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)
    done_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("已提交的表单")
