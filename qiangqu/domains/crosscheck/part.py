import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Command, Demonstration, Job, MenuItem, Panel, Part, Permission, Search

PART = Part(
    "crosscheck",
    _("数据核查"),
    section="数据",
    permissions=(
        Permission(
            "crosscheck",
            _("数据核查"),
            _("查看上报数据与仪表对照的疑点，询问企业，作出结论。"),
            ("planner", "bureau", "zone"),
        ),
    ),
    menu=(MenuItem(_("数据核查"), "crosscheck-doubts", 35, "crosscheck", ("crosscheck-",)),),
    pages="urls",
    api=Api("/crosscheck", "数据核查"),
    commands=(Command("crosscheck", "数据核查：上报的数与仪表对照。", "commands:crosscheck_group"),),
    cards=(
        Card("crosscheck-doubts", "desk:doubts", 48, action="crosscheck"),
        Card("crosscheck-questions", "desk:questions", 12),
    ),
    jobs=(Job("crosscheck", dt.timedelta(days=1), "finding:refresh", at=dt.time(5, 40), long=True),),
    panels=(Panel("registry.Organisation", "lookups:panel"),),
    search=(Search("crosscheck-doubts", "handling:FOUND.find", 180),),
    topics={"crosscheck": _("数据核查")},
    joins={
        "plan.proposals": {"crosscheck": "handling:proposal_at"},
        "cases.subjects": {"crosscheck": "handling:FOUND.link"},
    },
    declared=("handling:DOUBTS",),
    demonstration=Demonstration(
        fill="qiangqu_demo.crosscheck.filling:fill", enact="qiangqu_demo.crosscheck.filling:enact"
    ),
)
