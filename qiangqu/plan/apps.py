from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "qiangqu.plan"
    label = "plan"
    verbose_name = "计划"
