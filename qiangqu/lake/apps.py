from django.apps import AppConfig


class LakeConfig(AppConfig):
    name = "qiangqu.lake"
    label = "lake"
    verbose_name = "数据湖"
