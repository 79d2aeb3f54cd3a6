import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Command, Demonstration, Job, MenuItem, Part, Permission, Search, Section

PART = Part(
    "safety",
    _("安全生产"),
    section="安全",
    sections=(Section("安全", _("安全"), "shield-check", 85),),
    permissions=(
        Permission("inspections", _("查看抽查"), _("查看检查名录和抽查，检查组成员录入检查结果。"), ("leader", "planner", "bureau", "zone", "inspector")),
        Permission("keep_rosters", _("维护检查名录"), _("登记检查对象、检查人员和回避关系。"), ("planner", "bureau", "zone")),
        Permission("prepare_draws", _("编制抽查"), _("写抽查事项、规则和公开值来源。"), ("planner", "bureau", "zone")),
        Permission("run_draws", _("承诺和抽取"), _("封存名单、抽取、公示、作废。"), ("leader", "planner", "bureau")),
    ),
    registers=("registers:REGISTERS",),
    menu=(
        MenuItem(_("抽查"), "draws", 10, "inspections", ("draw", "draw-new", "draw-edit")),
        MenuItem(_("检查"), "visits", 11, "inspections", ("visit",)),
        MenuItem(_("检查对象"), "inspection-subjects-list", 60, "inspections", ("inspection-subjects-",)),
        MenuItem(_("检查人员"), "inspectors-list", 61, "inspections", ("inspectors-",)),
        MenuItem(_("回避关系"), "inspector-conflicts-list", 62, "inspections", ("inspector-conflicts-",)),
    ),
    pages="urls",
    api=Api("/safety", "安全生产"),
    commands=(
        Command("safety", "安全生产：验证抽查。", "commands:safety"),
        Command("safety verify-draw", "验证一次抽查：结果是否由承诺和公开值唯一确定。", "verifying:verify_draw", django=False),
    ),
    search=(Search("draws", "access:DRAW_FOUND.find", 18),),
    acts={
        "draw_prepared": _("编制抽查"),
        "draw_changed": _("修改抽查"),
        "draw_committed": _("抽查承诺"),
        "draw_drawn": _("抽取"),
        "draw_opened": _("公开抽查名单"),
        "draw_published": _("公示抽查结果"),
        "draw_voided": _("作废抽查"),
        "visit_seen": _("查看检查名单"),
        "visit_entered": _("录入检查结果"),
        "visit_reassigned": _("改派检查人员"),
        "visit_replaced": _("改查替补对象"),
    },
    topics={"inspections": _("抽查")},
    jobs=(Job("safety-openings", dt.timedelta(minutes=1), "periodic:open_due"),),
    cards=(Card("inspections", "desk:inspections", 28, action="inspections"),),
    demonstration=Demonstration(enact="qiangqu_demo.safety:enact"),
)  # fmt: skip
