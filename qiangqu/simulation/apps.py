from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimulationConfig(AppConfig):
    name = "qiangqu.simulation"
    label = "simulation"
    verbose_name = _("模拟数据")

    def ready(self) -> None:
        from qiangqu.registry import audit

        audit.name_actions({"simulate": _("生成模拟数据")})
