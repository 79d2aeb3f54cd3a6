import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Command, Job, Part

PART = Part(
    "federation",
    _("节点互联"),
    opens={"kinds": "kinds:register"},
    acts={
        "node_invited": _("邀请节点"),
        "node_confirmed": _("确认节点加入"),
        "node_joined": _("加入上级节点"),
        "node_revoked": _("撤销节点"),
    },
    commands=(
        Command("node invite", "邀请节点加入本节点之下：打印一次有效的邀请码。", "commands:invite"),
        Command("node confirm", "确认节点加入：先看两边屏幕上的字样是否相同。", "commands:confirm"),
        Command("node join", "加入上级节点。", "commands:join"),
        Command("node run", "与上下级节点交换，直到 Ctrl-C。", "commands:run"),
        Command("node status", "本节点与上下级：最近联系、时钟偏差、待处理、版本。", "commands:status"),
        Command("node revoke", "撤销下级节点。", "commands:revoke"),
    ),
    jobs=(Job("federation-parked", dt.timedelta(minutes=10), "jobs:retry"),),
)
