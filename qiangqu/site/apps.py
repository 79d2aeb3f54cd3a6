import datetime as dt

from django.apps import AppConfig

from qiangqu.base import jobs


class SiteConfig(AppConfig):
    name = "qiangqu.site"
    label = "site"
    verbose_name = "站点"

    def ready(self) -> None:
        jobs.register("demonstration-live", dt.timedelta(minutes=10), _keep_alive, long=True)


def _keep_alive(now: dt.datetime) -> str:
    from .demonstration import keep_alive

    return keep_alive(now)
