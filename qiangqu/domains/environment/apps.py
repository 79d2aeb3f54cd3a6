from django.apps import AppConfig


class EnvironmentConfig(AppConfig):
    name = "qiangqu.domains.environment"
    label = "environment"
    verbose_name = "环境监测"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.messaging.notify import name_topics
        from qiangqu.registry.audit import name_actions
        from qiangqu.registry.roles import Action
        from qiangqu.telemetry import factor_names
        from qiangqu.ui import menu, registers

        from . import periodic
        from .factors import name_of
        from .registers import REGISTERS

        factor_names.register(name_of)

        name_topics({"environment": _("环境")})
        periodic.register()
        registers.register(*REGISTERS)
        name_actions(
            {
                "exceedance_handled": _("处理超标记录"),
                "alarm_limits_copied": _("写入测点限值"),
                "waste_entered": _("登记固废台账"),
                "waste_voided": _("作废固废台账记录"),
            }
        )
        menu.register(
            menu.MenuItem(
                "绿色", _("环境监测"), "environment", 10, Action.VIEW, ("environment-station", "environment-outlet")
            ),
            menu.MenuItem(
                "绿色", _("超标记录"), "environment-exceedances", 20, Action.VIEW, ("environment-exceedance",)
            ),
            menu.MenuItem("绿色", _("许可排放总量"), "environment-totals", 30, Action.VIEW, ("environment-total",)),
            menu.MenuItem("绿色", _("数据完整率"), "environment-completeness", 40, Action.VIEW),
            menu.MenuItem("绿色", _("固废台账"), "environment-waste", 50, Action.VIEW, ("environment-waste-",)),
            menu.MenuItem("绿色", _("监测站"), "stations-list", 60, Action.VIEW, ("stations-",)),
            menu.MenuItem("绿色", _("排放口"), "outlets-list", 61, Action.VIEW, ("outlets-",)),
            menu.MenuItem("绿色", _("监测项目"), "channels-list", 62, Action.VIEW, ("channels-",)),
            menu.MenuItem("绿色", _("许可排放量"), "permit-amounts-list", 63, Action.VIEW, ("permit-amounts-",)),
        )
