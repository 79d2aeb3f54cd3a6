import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Card, Check, Command, Job, MenuItem, Part

DAY = dt.timedelta(days=1)

PART = Part(
    "messaging",
    _("消息"),
    section="总览",
    menu=(MenuItem(_("消息"), "messages", 60, None, ("messages-settings",)),),
    cards=(Card("messages", "desk:messages", 60),),
    pages="urls",
    context=("context:unread_messages",),
    commands=(
        Command(
            "worker",
            "做定时任务：到期的流程定时、提醒与升级、消息外发与汇总等，直到 Ctrl-C。可以同时开几个。",
            "commands:worker",
        ),
    ),
    acts={"messages_preference": _("修改消息接收方式")},
    checks=(
        Check("worker", _("后台处理"), "doctor:worker"),
        Check("mail", _("邮件"), "doctor:mail"),
        Check("mail-server", _("邮件服务器"), "doctor:mail_server", outward=True),
    ),
    jobs=(
        Job("messaging-send", dt.timedelta(seconds=10), "delivery:send_due"),
        Job("messaging-digest", DAY, "delivery:digest", at=dt.time(8, 0)),
        Job("messaging-clear", DAY, "delivery:clear_old", at=dt.time(3, 30)),
    ),
)
