from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _

from qiangqu.base.errors import InputError

from .area import Area
from .organisation import Organisation

#: all that speaks for ``user`` ends, in the transaction of the act; parts with further keys (calendar addresses) delete them
access_ended = Signal()


class Role(models.TextChoices):
    """Roles 角色; what each may do is the table in ``registry/roles.py``."""

    LEADER = "leader", _("领导")
    PLANNER = "planner", _("规划人员")
    BUREAU = "bureau", _("市级部门")
    ZONE = "zone", _("园区人员")
    INSPECTOR = "inspector", _("检查人员")
    ENTERPRISE = "enterprise", _("企业")
    ADMIN = "admin", _("系统管理员")


class User(AbstractUser):
    """User 用户: a role, and the subtree of areas (or the one enterprise) that he sees."""

    display_name = models.CharField(_("姓名"), max_length=40, blank=True)
    role = models.CharField(_("角色"), max_length=12, choices=Role)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("管辖区域")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("所属单位")
    )

    # how often everything that speaks for this user was ended: part of what his sessions are bound to
    epoch = models.PositiveIntegerField(default=0, editable=False)

    area_lookup = "area__path"

    class Meta(AbstractUser.Meta):
        verbose_name = _("用户")  # type: ignore[assignment]
        verbose_name_plural = _("用户")  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.display_name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        found: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{found}.{self.epoch}" if self.epoch else found

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password, and switching a user off, end all that speaks for him, by whichever way it happens; nothing of it comes back."""
        if self.is_superuser and not self.role:
            # Django's own createsuperuser asks for neither: what it makes can do everything, everywhere
            self.role, self.area = Role.ADMIN, self.area or Area.objects.filter(parent=None).first()
            if self.area is None:
                raise InputError("还没有区域，请先载入数据包（qiangqu pack load），再建立管理员", where=self.username)
        fields = kwargs.get("update_fields")
        # a password that is only hashed anew at a sign-in is saved alone, with nothing pending
        ends = self.pk is not None and (
            getattr(self, "_password", None) is not None
            or (not self.is_active and (fields is None or "is_active" in fields))
        )
        with transaction.atomic():
            super().save(*args, **kwargs)
            if ends:
                self.end_access()

    def end_access(self) -> None:
        """End everything that speaks for this user: sessions, tokens, known browsers and what other parts have given out."""
        with transaction.atomic():
            User.objects.filter(pk=self.pk).update(epoch=models.F("epoch") + 1)
            self.refresh_from_db(fields=["epoch"])
            for rows in (self.api_tokens, self.known_places, self.sign_ins):
                rows.all().delete()
            access_ended.send(User, user=self)

    @property
    def scope_path(self) -> str:
        """Path of the top of the subtree that he sees; "" sees nothing."""
        return self.area.path if self.area else ""

    @property
    def speaks_for_organisation(self) -> bool:
        """Whether he sees only what is his own enterprise's."""
        return self.role == Role.ENTERPRISE


class ApiToken(models.Model):
    """Token 接口令牌: lets a program act as the user who made it. Only a hash is kept; the token is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("用户"))
    name = models.CharField(_("用途"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    expires_on = models.DateField(_("有效期至"))
    last_used_on = models.DateField(_("最近使用"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class LoginFailure(models.Model):
    """An attempt that counts (a failed sign-in, a use of a public page), kept for a day to slow down guessing: see ``registry/throttle.py``.

    ``network`` is the address, or its /64; ``device`` the digest of a browser that the account knows ("": not known).
    """

    purpose = models.CharField(max_length=12, default="sign-in")
    username = models.CharField(max_length=150, blank=True, db_index=True)
    address = models.CharField(max_length=45, db_index=True)
    network = models.CharField(max_length=45, default="", db_index=True)
    device = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("登录失败")
        verbose_name_plural = _("登录失败")


class KnownPlace(models.Model):
    """A place from which a user has signed in: ``value`` is a network, or the digest of a browser's secret. Forgotten with his password."""

    user = models.ForeignKey(User, models.CASCADE, related_name="known_places")
    value = models.CharField(max_length=64)
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("登录地点")
        verbose_name_plural = _("登录地点")
        constraints = [models.UniqueConstraint(fields=["user", "value"], name="known_place_once")]


class SignIn(models.Model):
    """A session of a user, as he sees it on his page; ``digest`` is the key under which the session is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name=_("用户"))
    digest = models.CharField(max_length=40, unique=True, editable=False)
    address = models.CharField(_("地址"), max_length=45)
    agent = models.CharField(_("浏览器"), max_length=200, blank=True)
    at = models.DateTimeField(_("登录时间"), auto_now_add=True)
    last_at = models.DateTimeField(_("最近使用"))

    class Meta:
        verbose_name = _("登录会话")
        verbose_name_plural = _("登录会话")
        ordering = ["-last_at"]
