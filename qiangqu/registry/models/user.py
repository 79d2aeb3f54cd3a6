from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from .area import Area
from .organisation import Organisation


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

    area_lookup = "area__path"

    class Meta(AbstractUser.Meta):
        verbose_name = _("用户")  # type: ignore[assignment]
        verbose_name_plural = _("用户")  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.display_name or self.username

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
    """A failed sign-in, kept for a day to slow down guessing."""

    username = models.CharField(max_length=150, db_index=True)
    address = models.CharField(max_length=45, db_index=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("登录失败")
        verbose_name_plural = _("登录失败")
