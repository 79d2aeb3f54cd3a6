from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "qiangqu.registry"
    label = "registry"
    verbose_name = "名录"
