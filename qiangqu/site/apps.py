from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "qiangqu.site"
    label = "site"
    verbose_name = "站点"
