import datetime as dt

from django.apps import AppConfig


def _take_up(_now: dt.datetime) -> str:
    """Imports into registers whose process was stopped go on."""
    from .registers.imports import WORK

    count = WORK.take_up()
    return f"{count} 个导入任务" if count else ""


class UiConfig(AppConfig):
    name = "qiangqu.ui"
    label = "ui"
    verbose_name = "界面"

    def ready(self) -> None:
        from qiangqu.base import jobs

        jobs.register("register-imports", dt.timedelta(minutes=1), _take_up, long=True)
