import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Check, Command, Job, MenuItem, Middleware, Part, Permission

PART = Part(
    "site",
    _("站点"),
    section="系统",
    permissions=(
        Permission(
            "watch_node", _("查看节点体检"), _("查看本节点的磁盘、时钟、后台处理、备份等是否正常。"), ("system",)
        ),
    ),
    menu=(MenuItem(_("节点体检"), "node-doctor", 85, "watch_node"),),
    pages="page_urls",
    middleware=(
        Middleware("monitoring:MonitoringMiddleware", "first", 20),
        Middleware("api_errors:ApiErrorsMiddleware", "first", 30),
    ),
    commands=(
        Command("pack", "数据包：检查与载入。", "commands:pack_group"),
        Command("migrate", "建立或升级数据库。", "commands:migrate"),
        Command("serve", "提供网页与接口，直到 Ctrl-C。", "commands:serve"),
        Command(
            "demo",
            "演示：建库、载入数据包与公开数据、生成模拟园区数据、打印规划状态、启动网站。",
            "qiangqu_demo.commands:demo",
        ),
        Command(
            "backup", "把数据库与上传文件备份为一个文件（节点可继续工作；SQLite 存储）。", "commands:backup_command"
        ),
        Command(
            "restore",
            "把备份恢复到一个空文件夹 HOME；之后以 QIANGQU_HOME 指向它，并执行 qiangqu lake rebuild。",
            "commands:restore_command",
        ),
        Command(
            "doctor",
            "给本节点体检：逐项说出哪里不对、该怎么办（有错误时退出码为 1）。不改动数据。",
            "doctor:doctor",
            django=False,
        ),
        Command("part", "部分：新建一个领域的骨架。", "new_part:part_group", django=False),
        Command("keys", "数据库中加密内容的密钥。", "commands:keys_group"),
    ),
    checks=(
        Check("home", _("数据文件夹"), "node_checks:home", early=True),
        Check("packages", _("软件包"), "node_checks:packages", early=True),
        Check("disk", _("磁盘"), "node_checks:disk"),
        Check("database", _("数据库"), "node_checks:database"),
        Check("migrations", _("数据库版本"), "node_checks:migrations"),
        Check("clock", _("时钟"), "node_checks:clock"),
        Check("keys", _("密钥"), "node_checks:keys"),
        Check("web", _("网页设置"), "web_checks:web"),
        Check("proxy", _("代理"), "web_checks:proxy"),
        Check("site", _("站点地址与证书"), "web_checks:site", outward=True),
        Check("backups", _("备份"), "node_checks:backups"),
    ),
    jobs=(Job("demonstration-live", dt.timedelta(minutes=10), "qiangqu_demo.prepare:keep_alive", long=True),),
)
