"""What lets a user in, and how he came in: tokens, failures, known places, sessions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.identity import Stays

from .user import User


class ApiToken(models.Model):
    """Token 接口令牌: lets a program act as the user who made it. Only a hash is kept; the token is shown
    once.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("用户"))
    name = models.CharField(_("用途"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    expires_on = models.DateField(_("有效期至"))
    last_used_on = models.DateField(_("最近使用"), null=True, blank=True)

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("接口令牌")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class LoginFailure(models.Model):
    """An attempt that counts (a failed sign-in, a use of a public page), kept for a day to slow down
    guessing: see ``registry/throttle.py``.

    ``network`` is the address, or its /64; ``device`` the digest of a browser that the account knows ("": not
    known).
    """

    purpose = models.CharField(max_length=12, default="sign-in")
    username = models.CharField(max_length=150, blank=True, db_index=True)
    address = models.CharField(max_length=45, db_index=True)
    network = models.CharField(max_length=45, default="", db_index=True)
    device = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    inner = True
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("登录失败")


class KnownPlace(models.Model):
    """A place from which a user has signed in: ``value`` is a network, or the digest of a browser's secret.
    Forgotten with his password.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="known_places")
    value = models.CharField(max_length=64)
    last_at = models.DateTimeField()

    inner = True
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("登录地点")
        constraints = [models.UniqueConstraint(fields=["user", "value"], name="known_place_once")]


class SignIn(models.Model):
    """A session of a user, as he sees it on his page; ``digest`` is the key under which the session is
    stored.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name=_("用户"))
    digest = models.CharField(max_length=40, unique=True, editable=False)
    address = models.CharField(_("地址"), max_length=45)
    agent = models.CharField(_("浏览器"), max_length=200, blank=True)
    at = models.DateTimeField(_("登录时间"), auto_now_add=True)
    last_at = models.DateTimeField(_("最近使用"))

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("登录会话")
        ordering = ["-last_at"]
