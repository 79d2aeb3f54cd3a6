import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Demonstration, Job, MenuItem, Panel, Part, Permission, Search

PART = Part(
    "policies",
    _("惠企政策"),
    section="企业",
    permissions=(
        Permission(
            "view_policies",
            _("查看惠企兑现"),
            _("查看管辖范围内企业可享受、已享受的惠企政策和金额；企业用户只看得到本企业的。"),
            ("leader", "planner", "bureau", "zone", "enterprise"),
        ),
        Permission("own_policies", _("查看本企业的惠企政策"), _("本企业可享受、接近和已得到的政策。"), ("enterprise",)),
        Permission(
            "edit_policies", _("制定惠企政策"), _("编写、发布、修订和停止惠企政策，调整预算。"), ("planner", "bureau", "zone")
        ),
        Permission(
            "handle_policies", _("办理惠企兑现"), _("审核申请，登记拨付和追回；不能办理本单位的。"), ("planner", "bureau", "zone")
        ),
    ),
    menu=(
        MenuItem(_("惠企政策"), "policies", 30, "view_policies", ("policy", "policy-new", "policy-edit", "policy-reach", "policy-for", "policy-effect")),
        MenuItem(_("惠企兑现"), "policy-benefits", 31, "view_policies", ("policy-benefit",)),
        MenuItem(_("我的政策"), "policies-of-firm", 29, "own_policies", ("policies-of",)),
    ),
    pages="urls",
    api=Api("/policies", "惠企政策"),
    pack="pack",
    demonstration=Demonstration(enact="qiangqu_demo.policies:enact"),
    cards=(Card("policies", "desk:card", 44, action="view_policies"),),
    jobs=(Job("policies", dt.timedelta(days=1), "settling:refresh", at=dt.time(4, 30), long=True),),
    panels=(Panel("registry.Organisation", "firms:panel"),),
    search=(Search("policies", "publishing:FOUND.find", 165),),
    declared=("publishing:POLICIES", "handling:BENEFITS"),
    acts={"policy_made": _("起草惠企政策"), "policy_settled": _("计算惠企政策"), "pack_policies": _("载入惠企政策")},
    joins={"cases.subjects": {"policy": "publishing:FOUND.link", "policy-benefit": "handling:FOUND.link"}},
    topics={"policies": _("惠企政策")},
)  # fmt: skip
