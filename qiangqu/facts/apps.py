from django.apps import AppConfig


class FactsConfig(AppConfig):
    name = "qiangqu.facts"
    label = "facts"
    verbose_name = "事实"
