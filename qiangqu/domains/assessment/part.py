import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Demonstration, Job, MenuItem, Part, Permission, Receiver, Search

PART = Part(
    "assessment",
    _("园区评价"),
    section="园区",
    permissions=(
        Permission(
            "view_assessment", _("查看园区评价"), _("查看评价轮次；园区看自己的初评和公布的排名。"),
            ("leader", "planner", "bureau", "zone"),
        ),
        Permission("run_assessment", _("组织园区评价"), _("立项、冻结数据、送初评、裁定异议、公布和结果运用。"), ("planner",)),
        Permission("mark_assessment", _("园区评价专家评分"), _("给方案中的专家评分项打分并写理由，不能评自己的园区。"), ("planner", "bureau")),
        Permission("object_assessment", _("提出评价异议"), _("代表园区确认初评或提出异议。"), ("zone",)),
    ),
    menu=(
        MenuItem(_("园区评价"), "assessment-rounds", 30, "view_assessment", ("assessment-round", "assessment-zone", "assessment-compare")),
        MenuItem(_("如果今天评"), "assessment-now", 31, "view_assessment"),
    ),
    pages="urls",
    api=Api("/assessment", "园区评价"),
    search=(
        Search("assessment-rounds", "access:ROUND_FOUND.find", 180),
        Search("assessment-zones", "access:ZONE_FOUND.find", 181),
    ),
    cards=(
        Card("assessment-answer", "desk:to_answer", 32, action="object_assessment"),
        Card("assessment-rounds", "desk:under_way", 33, action="run_assessment"),
        Card("assessment-follow", "desk:to_follow", 34, action="view_assessment"),
    ),
    jobs=(
        Job("assessment-alarms", dt.timedelta(minutes=15), "measured:answer"),
        Job("assessment-positions", dt.timedelta(minutes=15), "live:note"),
    ),
    receivers=(Receiver("qiangqu.telemetry.signals:alarms_raised", "measured:on_alarms_raised"),),
    declared=("rounds:ROUNDS", "outcomes:ZONES"),
    acts={"assessment_round_opened": _("评价立项"), "scheme_counted": _("按报警台账答复评价")},
    topics={"assessment": _("园区评价")},
    joins={
        "cases.subjects": {"assessment_round": "access:ROUND_FOUND.link", "assessment_zone": "access:ZONE_FOUND.link"},
        "plan.proposals": {"assessment_zone": "outcomes:proposal_at"},
    },
    demonstration=Demonstration(enact="qiangqu_demo.assessment:enact"),
)  # fmt: skip
