from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "qiangqu.ui"
    label = "ui"
    verbose_name = "界面"
