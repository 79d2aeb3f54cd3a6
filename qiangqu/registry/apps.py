from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "qiangqu.registry"
    label = "registry"
    verbose_name = "名录"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.ui import menu, registers
        from qiangqu.ui.hooks import hooks

        from . import audit, roles
        from .access import area_in_scope
        from .models.history import as_of
        from .registers import REGISTERS
        from .roles import Action

        hooks.may = roles.may
        hooks.record = audit.record
        hooks.as_of = as_of
        hooks.last_writer = audit.last_writer
        hooks.area = area_in_scope

        registers.register(*REGISTERS)
        menu.register(
            menu.MenuItem("园区", _("区域与园区"), "areas-list", 20, Action.VIEW, ("areas-",)),
            menu.MenuItem("园区", _("宗地"), "parcels-list", 30, Action.VIEW, ("parcels-",)),
            menu.MenuItem("产业", _("产业与产业链"), "industries-list", 20, Action.VIEW, ("industries-",)),
            menu.MenuItem("产业", _("项目库"), "projects-list", 30, Action.VIEW, ("projects-",)),
            menu.MenuItem("企业", _("单位名录"), "organisations-list", 20, Action.VIEW, ("organisations-",)),
            menu.MenuItem("企业", _("认定"), "recognitions-list", 30, Action.VIEW, ("recognitions-",)),
            menu.MenuItem("系统", _("用户"), "users-list", 20, Action.MANAGE_USERS, ("users-",)),
            menu.MenuItem("系统", _("角色与权限"), "roles", 25, Action.MANAGE_USERS),
            menu.MenuItem(
                "系统", _("认定类别"), "recognition-kinds-list", 40, Action.EDIT_CODE_LISTS, ("recognition-kinds-",)
            ),
            menu.MenuItem("系统", _("项目类别"), "project-kinds-list", 41, Action.EDIT_CODE_LISTS, ("project-kinds-",)),
            menu.MenuItem("系统", _("审计记录"), "audit-list", 90, Action.READ_AUDIT, ("audit-",)),
        )
