import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Command, Job, MenuItem, Part, Permission, Receiver, Search

PART = Part(
    "facts",
    _("事实"),
    section="数据",
    permissions=(
        Permission(
            "import_facts", _("导入数据"), _("上传数据文件并入库，审核企业填报。"), ("planner", "bureau", "zone")
        ),
        Permission(
            "withdraw_facts",
            _("撤回导入"),
            _("撤回整批导入的数据：撤回后不再计入，所更正的数恢复原值。"),
            ("planner", "bureau", "zone"),
        ),
        Permission("report_facts", _("填报本企业数据"), _("填写并提交本企业的报表。"), ("enterprise",)),
    ),
    menu=(
        MenuItem(_("统计要素"), "facts-elements", 10, "view", ("facts-element",)),
        MenuItem(_("事实"), "facts", 20, "view", ("facts-fact",)),
        MenuItem(_("报表填报"), "facts-reports", 30, "view", ("facts-report", "facts-form", "facts-returns")),
        MenuItem(_("导入"), "facts-imports", 40, "import_facts", ("facts-import",)),
        MenuItem(_("批次"), "facts-batches", 50, "view", ("facts-batch",)),
        MenuItem(_("来源"), "facts-sources", 60, "view", ("facts-source",)),
    ),
    cards=(Card("reports", "desk:reports", 20, action="view"),),
    pages="urls",
    api=Api("/facts", "事实"),
    commands=(Command("facts", "事实：导入、撤回。", "commands:facts_group"),),
    pack="pack",
    search=(Search("facts", "lookups:find", 60),),
    acts={
        "facts_added": _("录入事实"),
        "facts_withdrawn": _("撤回导入"),
        "facts_uploaded": _("上传导入文件"),
        "facts_confirmed": _("确认导入"),
        "facts_dropped": _("放弃导入"),
        "report_saved": _("保存填报草稿"),
        "report_submitted": _("提交填报"),
        "report_returned": _("退回填报"),
        "report_approved": _("填报入库"),
        "report_reopened": _("更正填报"),
    },
    topics={"reports": _("报表填报"), "imports": _("导入")},
    jobs=(
        Job("facts-reports", dt.timedelta(days=1), "owed:ask_for_reports", at=dt.time(8, 30)),
        Job("facts-imports", dt.timedelta(minutes=1), "jobs:take_up", long=True),
        Job("facts-seal-many", dt.timedelta(minutes=1), "jobs:seal_many", long=True),
        Job("facts-seal", dt.timedelta(days=1), "jobs:seal", at=dt.time(2, 30), long=True),
    ),
    attention={"reports": "owed:alerts"},
    counters={"facts-reports-counter": "view"},
    receivers=(Receiver("qiangqu.ui.background:job_ended", "telling:on_job_ended"),),
    opens={"uses": "uses:register"},
)
