from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, MenuItem, Part, Permission, Search

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
    menu=(MenuItem(_("园区评价"), "assessment-rounds", 30, "view_assessment", ("assessment-round", "assessment-zone")),),
    pages="urls",
    api=Api("/assessment", "园区评价"),
    search=(
        Search("assessment-rounds", "access:ROUND_FOUND.find", 180),
        Search("assessment-zones", "access:ZONE_FOUND.find", 181),
    ),
    declared=("rounds:ROUNDS", "objecting:ZONES"),
    acts={"assessment_round_opened": _("评价立项")},
    topics={"assessment": _("园区评价")},
    joins={"cases.subjects": {"assessment_round": "access:ROUND_FOUND.link", "assessment_zone": "access:ZONE_FOUND.link"}},
)  # fmt: skip
