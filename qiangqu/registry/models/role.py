"""A node's own roles 自定角色, beside the built-in ones that the parts' manifests describe."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qiangqu.base.fields import CodeField

from .history import RegisterRecord


class Role(models.TextChoices):
    """Built-in roles 内置角色; what each may do is the table in ``registry/roles.py``. A node's own roles are
    :class:`OwnRole`, each based on one of these.
    """

    LEADER = "leader", _("领导")
    PLANNER = "planner", _("规划人员")
    BUREAU = "bureau", _("市级部门")
    ZONE = "zone", _("园区人员")
    INSPECTOR = "inspector", _("检查人员")
    ENTERPRISE = "enterprise", _("企业")
    ADMIN = "admin", _("全权管理员")
    SYSTEM = "system", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    AUDITOR = "auditor", _("审计管理员")


#: the three offices 三员 of GB/T 22239-2019, 8.1.5.1-8.1.5.3: they keep the program and read no data by it
OFFICES = (Role.SYSTEM, Role.SECURITY, Role.AUDITOR)
#: roles that keep the program and do no work in it
KEEPERS = (Role.ADMIN, *OFFICES)


class OwnRole(RegisterRecord):
    """Role 角色 of this node: permissions that its administrator has chosen, based on a built-in role.

    The built-in one says at which desks its holders sit (cases, alarms, documents) and which permissions can be
    chosen (:func:`qiangqu.registry.roles.choosable`). It is ended, not deleted; ``permissions`` are codes.
    """

    code = CodeField(_("代码"), max_length=24, unique=True)
    name = models.CharField(_("名称"), max_length=20)
    name_en = models.CharField(_("英文名称"), max_length=40, blank=True)
    description = models.CharField(_("说明"), max_length=200, blank=True)
    base = models.CharField(_("基于"), max_length=12, choices=Role, editable=False)
    permissions = models.JSONField(_("权限"), default=list, blank=True)

    common_knowledge = True
    travels_by = ("code",)

    class Meta:
        verbose_name = _("自定角色")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def holds_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or self.valid_to >= day)

    def allows(self, action: str) -> bool:
        """Whether the role gives a permission today: one that was chosen and can still be."""
        return action in self.given

    @property
    def given(self) -> frozenset[str]:
        """The codes of the permissions that it gives today. Worked out once of one object."""
        from ..roles import choosable

        key = (timezone.localdate(), tuple(self.permissions), self.valid_from, self.valid_to)
        kept: tuple[Any, frozenset[str]] | None = self.__dict__.get("_given")
        if kept is None or kept[0] != key:
            found = choosable(self.base) & frozenset(self.permissions) if self.holds_on(key[0]) else frozenset()
            kept = self.__dict__["_given"] = (key, found)
        return kept[1]

    @property
    def permissions_told(self) -> str:
        """How many permissions it gives, for lists."""
        from ..roles import choosable

        return str(len(choosable(self.base) & frozenset(self.permissions)))
