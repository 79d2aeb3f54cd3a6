import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import (
    Api,
    Card,
    Command,
    Demonstration,
    Job,
    MenuItem,
    Panel,
    Part,
    Permission,
    Receiver,
    Search,
)

PART = Part(
    "emergency",
    _("应急管理"),
    section="安全",
    permissions=(
        Permission(
            "emergency", _("查看应急"), _("查看应急预案、资源、突发事件、演练和选址方案，答复发给本人的通知。"),
            ("leader", "planner", "bureau", "zone", "inspector"),
        ),
        Permission(
            "keep_emergency", _("维护应急资源"), _("登记预案、队伍、装备、物资和场所，办理出入库，登记演练，编制选址方案。"),
            ("planner", "bureau", "zone"),
        ),
        Permission(
            "command_emergency", _("指挥应急处置"), _("登记突发事件，定级、通知、调用资源、终止响应和评估。"),
            ("leader", "planner", "bureau", "zone"),
        ),
    ),
    registers=("registers:REGISTERS",),
    menu=(
        MenuItem(_("突发事件"), "emergency-events", 30, "emergency", ("emergency-event",)),
        MenuItem(_("应急演练"), "emergency-drills", 32, "emergency", ("emergency-drill",)),
        MenuItem(_("应急选址"), "sitings", 33, "emergency", ("siting",)),
        MenuItem(_("应急预案"), "emergency-plans-list", 70, "emergency", ("emergency-plans-", "plan-calls-", "plan-steps-")),
        MenuItem(_("救援队伍"), "rescue-teams-list", 71, "emergency", ("rescue-teams-",)),
        MenuItem(_("应急装备"), "emergency-equipment-list", 72, "emergency", ("emergency-equipment-",)),
        MenuItem(_("应急物资"), "supply-stock", 73, "emergency", ("supply-batches-", "supply-batch", "supply-items-")),
        MenuItem(_("应急场所"), "emergency-places-list", 74, "emergency", ("emergency-places-",)),
        MenuItem(_("防护目标"), "protected-points-list", 75, "emergency", ("protected-points-",)),
    ),
    pages="urls",
    api=Api("/emergency", "应急管理"),
    commands=(Command("roads", "道路网：导入、查看、换用。", "commands:roads"),),
    search=(
        Search("emergency-events", "access:EVENT_FOUND.find", 19),
        Search("emergency-drills", "access:DRILL_FOUND.find", 20),
    ),
    cards=(
        Card("emergency-events", "desk:events", 5, action="emergency"),
        Card("emergency-stores", "desk:stores", 48, action="keep_emergency"),
    ),
    panels=(
        Panel("emergency.EmergencyPlan", "lookups:plan_panel"),
        Panel("emergency.SupplyBatch", "lookups:batch_panel"),
    ),
    declared=("handling.closing:DRILLS", "handling.opening:EVENTS", "handling.resources:REQUESTS", "siting.planning:SITINGS", "stock:BATCHES",),
    acts={
        "emergency_event_opened": _("登记突发事件"),
        "emergency_drill_planned": _("登记演练"),
        "roads_loaded": _("导入道路网"),
        "roads_retired": _("停用道路网"),
        "siting_made": _("编制选址方案"),
    },
    topics={"emergency": _("应急")},
    jobs=(
        Job("emergency-unanswered", dt.timedelta(minutes=1), "periodic:remind"),
        Job("emergency-due", dt.timedelta(days=1), "periodic:due", at=dt.time(7, 0)),
        Job("siting-orphans", dt.timedelta(minutes=1), "periodic:sitings", long=True),
    ),
    receivers=(Receiver("qiangqu.ui.background:job_ended", "siting.solving:on_ended"),),
    joins={
        "cases.subjects": {
            "emergency_drill": "access:DRILL_FOUND.link",
            "emergency_event": "access:EVENT_FOUND.link",
            "siting": "access:SITING_FOUND.link",
        },
        "plan.proposals": {
            "emergency_drill": "handling.closing:proposal_at_drill",
            "emergency_event": "handling.closing:proposal_at_event",
            "siting": "siting.planning:proposal_at",
        },
    },
    demonstration=Demonstration(enact="qiangqu_demo.emergency:enact"),
)  # fmt: skip
