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
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("管辖区域"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("所属单位")
    )

    area_lookup = "area__path"

    class Meta(AbstractUser.Meta):
        verbose_name = _("用户")
        verbose_name_plural = _("用户")

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
