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
        Command("node invite", "邀请节点 CODE 加入本节点之下：打印一次有效、24 小时内用的邀请码。", "commands:invite"),
        Command("node confirm", "确认节点 CODE 加入：先看两边屏幕上的字样是否相同。", "commands:confirm"),
        Command(
            "node join", "加入上级节点：URL 是上级的地址（https://主机:端口），TOKEN 是它给的邀请码。", "commands:join"
        ),
        Command("node run", "与上下级交换：封存本节点的内容，呼叫上级，应答下级，直到 Ctrl-C。", "commands:run"),
        Command("node status", "本节点与上下级：最近联系、时钟偏差、待处理、版本。", "commands:status"),
        Command("node revoke", "撤销下级节点 CODE：不再接受它的新内容和呼叫，已有的内容仍然有效。", "commands:revoke"),
    ),
    jobs=(Job("federation-parked", dt.timedelta(minutes=10), "jobs:retry"),),
)
