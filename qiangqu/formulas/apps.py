from django.apps import AppConfig


class FormulasConfig(AppConfig):
    name = "qiangqu.formulas"
    label = "formulas"
    verbose_name = "指标公式"
