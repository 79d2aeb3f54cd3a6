import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Command, Job, MenuItem, Part, Permission, Receiver

PART = Part(
    "federation",
    _("节点互联"),
    section="系统",
    permissions=(
        Permission(
            "view_nodes", _("查看节点互联"), _("查看各节点最近联系、待送、待处理、时钟、磁盘和日志。"), ("planner",)
        ),
        Permission(
            "settle_conflicts", _("处理节点冲突"), _("两个节点对同一条记录写得不同时，选定采用哪一版。"), ("planner",)
        ),
    ),
    menu=(
        MenuItem(_("节点互联"), "federation", 82, "view_nodes", ("federation-node", "federation-log")),
        MenuItem(_("节点冲突"), "federation-conflicts", 83, "settle_conflicts", ("federation-conflict",)),
    ),
    pages="urls",
    api=Api("/nodes", "节点互联"),
    opens={"kinds": "kinds:register"},
    joins={
        "ui.hooks": {"off": "condition:missing"},
        "federation.kinds": {"facts": "facts:FACTS", "facts-part": "facts:PART", "facts-withdrawn": "facts:WITHDRAWAL"},
    },
    receivers=(Receiver("qiangqu.facts.signals:facts_added", "facts:on_facts"),),
    acts={
        "node_invited": _("邀请节点"),
        "node_confirmed": _("确认节点加入"),
        "node_joined": _("加入上级节点"),
        "node_revoked": _("撤销节点"),
        "node_went_on": _("由这一份节点继续"),
        "node_accepted": _("认定继续的一份节点"),
        "node_stopped": _("停用这一份节点"),
        "conflict_settled": _("处理节点冲突"),
    },
    commands=(
        Command("node invite", "邀请节点 CODE 加入本节点之下：打印一次有效、24 小时内用的邀请码。", "commands:invite"),
        Command("node confirm", "确认节点 CODE 加入：先看两边屏幕上的字样是否相同。", "commands:confirm"),
        Command(
            "node join", "加入上级节点：URL 是上级的地址（https://主机:端口），TOKEN 是它给的邀请码。", "commands:join"
        ),
        Command("node run", "与上下级交换：封存本节点的内容，呼叫上级，应答下级，直到 Ctrl-C。", "commands:run"),
        Command("node status", "本节点与上下级：最近联系、时钟偏差、待处理、版本。", "commands:status"),
        Command(
            "node go-on",
            "两份同样的节点（复制、快照、恢复备份）中由这一份继续：换用新的启动标识，打印上级要输入的标识。",
            "commands:go_on",
        ),
        Command(
            "node accept", "下级节点 CODE 有两份时，认定标识为 WORD 的那一份继续，另一份不再接受。", "commands:accept"
        ),
        Command(
            "node stop",
            "这一份节点不再与上级交换（两份同样的节点中不继续的那一份）；本机照常工作。",
            "commands:stop",
        ),
        Command("node revoke", "撤销下级节点 CODE：不再接受它的新内容和呼叫，已有的内容仍然有效。", "commands:revoke"),
    ),
    jobs=(
        Job("federation-parked", dt.timedelta(minutes=10), "jobs:retry"),
        Job("federation-facts", dt.timedelta(minutes=1), "facts:job"),
    ),
)
