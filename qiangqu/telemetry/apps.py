from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "qiangqu.telemetry"
    label = "telemetry"
    verbose_name = "遥测"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.registry import audit
        from qiangqu.registry.roles import Action
        from qiangqu.ui import menu, registers

        from .models import Device, Point
        from .pages.devices import PANELS
        from .pages.points import chart_panel
        from .registers import REGISTERS

        audit.name_actions(
            {
                "device_adopted": _("认领设备"),
                "device_command": _("下发设备命令"),
                "device_disabled": _("停用设备"),
                "devices_demonstration": _("建立模拟设备"),
                "device_records_pruned": _("清理过期设备记录"),
            }
        )
        registers.register(*REGISTERS)
        for panel in PANELS:
            registers.add_panel(Device, panel)
        registers.add_panel(Point, chart_panel)
        menu.register(
            menu.MenuItem("园区", _("设备实时"), "telemetry", 50, Action.VIEW),
            menu.MenuItem("园区", _("设备健康"), "telemetry-health", 51, Action.VIEW),
            menu.MenuItem("园区", _("设备"), "devices-list", 52, Action.VIEW, ("devices-",)),
            menu.MenuItem("园区", _("测点"), "points-list", 53, Action.VIEW, ("points-",)),
            menu.MenuItem(
                "园区",
                _("未登记设备"),
                "telemetry-quarantine",
                54,
                Action.EDIT_REGISTERS,
                ("telemetry-adopt",),
            ),
        )
