from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "qiangqu.telemetry"
    label = "telemetry"
    verbose_name = "遥测"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.messaging.notify import name_topics
        from qiangqu.registry import audit
        from qiangqu.registry.roles import Action
        from qiangqu.ui import attention, menu, registers

        from . import periodic
        from .alarms import present
        from .alarms.registers import REGISTERS as ALARM_REGISTERS
        from .models import Device, Point
        from .pages.devices import PANELS
        from .pages.points import chart_panel
        from .registers import REGISTERS

        periodic.register()
        registers.register(*REGISTERS, *ALARM_REGISTERS)
        registers.add_panel(present.AlarmRule, present.rule_panel)
        registers.add_panel(present.AlarmChannel, present.channel_panel)
        attention.register("alarms", present.alerts)
        name_topics({"alarms": _("报警")})
        attention.register_counter("alarms-counter", Action.VIEW)
        menu.register(
            menu.MenuItem("绿色", _("报警台"), "alarms", 5, Action.VIEW, ("alarm-page",)),
            menu.MenuItem(
                "绿色", _("报警规则"), "alarm-rules-list", 70, Action.EDIT_ALARM_RULES, ("alarm-rules-", "alarm-try")
            ),
            menu.MenuItem(
                "绿色", _("通知渠道"), "alarm-channels-list", 71, Action.EDIT_ALARM_RULES, ("alarm-channels-",)
            ),
        )
        audit.name_actions(
            {
                "device_adopted": _("认领设备"),
                "device_command": _("下发设备命令"),
                "telemetry_backfilled": _("补录历史数据"),
                "device_disabled": _("停用设备"),
                "devices_demonstration": _("建立模拟设备"),
                "device_records_pruned": _("清理过期设备记录"),
                "alarm_acknowledged": _("确认报警"),
                "alarm_commented": _("报警说明"),
                "alarm_shelved": _("搁置报警"),
                "alarm_unshelved": _("取消搁置报警"),
                "alarm_closed": _("关闭报警"),
                "alarm_channel_tested": _("发送测试消息"),
                "alarm_rules_loaded": _("载入报警规则"),
            }
        )
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
