import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Command, Demonstration, Job, MenuItem, Part, Permission, Search

PART = Part(
    "plan",
    _("计划"),
    section="计划",
    permissions=(
        Permission("edit_plan", _("维护规划与目标"), _("导入计划文件，审核编译结果，修改目标及其分解。"), ("planner",)),
        Permission("report_progress", _("报告任务进展"), _("填写责任单位的举措进展。"), ("planner", "bureau", "zone")),
    ),
    menu=(
        MenuItem(_("驾驶舱"), "cockpit", 10, "view_plan", section="总览"),
        MenuItem(_("目标"), "plan-targets", 10, "view_plan", ("plan-target",)),
        MenuItem(_("举措"), "plan-measures", 20, "view_plan", ("plan-measure",)),
        MenuItem(_("责任单位"), "plan-units", 30, "view_plan", ("plan-unit",)),
        MenuItem(_("督办事项"), "plan-supervision", 32, "view_plan"),
        MenuItem(_("单位积分"), "plan-scoreboard", 33, "view_plan"),
        MenuItem(_("进展通报"), "plan-briefing", 35, "view_plan"),
        MenuItem(_("计划文件"), "plan-documents", 40, "edit_plan", ("plan-document", "plan-item")),
    ),
    cards=(Card("targets", "desk:targets", 10, "state", "view_plan"),),
    pages="urls",
    api=Api("/plan", "规划"),
    commands=(
        Command("plan", "计划：编译文件、导入审核、目标状态。", "commands:plan_group"),
        Command(
            "plan compile",
            "把计划文件 FILE（.txt .md .docx .pdf）编译成目标、举措和责任单位。",
            "compile_command:plan_compile",
            django=False,
        ),
    ),
    pack="pack",
    search=(Search("plan", "lookups:find", 10),),
    topics={"plan": _("计划")},
    jobs=(
        Job("plan-supervision", dt.timedelta(days=1), "supervision:keep_moving", at=dt.time(8, 0)),
        Job("plan-forecasts", dt.timedelta(minutes=1), "periodic:forecast_ahead", long=True),
    ),
    opens={"proposals": "proposals:register"},
    joins={
        "cases.contracts": {"supervision": "contract:CONTRACT"},
        "federation.kinds": {"progress": "travel:PROGRESS"},
    },
    demonstration=Demonstration(enact="qiangqu_demo.plan.desks:enact"),
)
