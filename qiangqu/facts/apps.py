from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    name = "qiangqu.facts"
    label = "facts"
    verbose_name = "事实"

    def ready(self) -> None:
        from qiangqu.registry import audit

        audit.name_actions({"facts_added": _("录入事实")})
