from django.apps import AppConfig


class TelemetryConfig(AppConfig):
    name = "qiangqu.telemetry"
    label = "telemetry"
    verbose_name = "遥测"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.registry import audit

        audit.name_actions(
            {
                "device_adopted": _("认领设备"),
                "device_command": _("下发设备命令"),
                "device_disabled": _("停用设备"),
            }
        )
