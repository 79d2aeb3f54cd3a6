import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Command, Job, Part

PART = Part(
    "site",
    _("站点"),
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
        Command("part", "部分：新建一个领域的骨架。", "new_part:part_group", django=False),
        Command("keys", "数据库中加密内容的密钥。", "commands:keys_group"),
    ),
    jobs=(Job("demonstration-live", dt.timedelta(minutes=10), "qiangqu_demo.prepare:keep_alive", long=True),),
)
