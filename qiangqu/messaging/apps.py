import datetime as dt

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "qiangqu.messaging"
    label = "messaging"
    verbose_name = "消息"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from qiangqu.base import jobs
        from qiangqu.registry import audit
        from qiangqu.ui import menu

        from . import delivery

        audit.name_actions({"messages_preference": _("修改消息接收方式")})
        jobs.register("messaging-send", dt.timedelta(seconds=10), delivery.send_due)
        jobs.register("messaging-digest", dt.timedelta(days=1), delivery.digest, at=dt.time(8, 0))
        jobs.register("messaging-clear", dt.timedelta(days=1), delivery.clear_old, at=dt.time(3, 30))
        menu.register(menu.MenuItem("总览", _("消息"), "messages", 60, None, ("messages-settings",)))
