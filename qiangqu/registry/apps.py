from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "qiangqu.registry"
    label = "registry"
    verbose_name = "名录"

    def ready(self) -> None:
        from qiangqu.ui.hooks import hooks

        from . import audit, roles
        from .access import area_in_scope
        from .models.history import as_of

        hooks.may = roles.may
        hooks.record = audit.record
        hooks.as_of = as_of
        hooks.area = area_in_scope
