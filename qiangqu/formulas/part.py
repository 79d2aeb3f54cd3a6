from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Command, MenuItem, Panel, Part, Permission, Receiver, Search

PART = Part(
    "formulas",
    _("指标公式"),
    section="数据",
    permissions=(
        Permission(
            "view_plan",
            _("查看计划"),
            _("查看指标、目标、举措、督办事项和进展。"),
            ("leader", "planner", "bureau", "zone", "inspector"),
        ),
        Permission("edit_indicators", _("维护指标"), _("新建指标，修改指标的公式。"), ("planner",)),
    ),
    menu=(
        MenuItem(
            _("指标"),
            "indicators",
            10,
            "view_plan",
            ("indicator-detail", "indicator-records", "indicator-explain", "indicator-edit", "indicator-new"),
        ),
        MenuItem(_("区域对比"), "area-comparison", 21, "view_plan", section="园区"),
    ),
    cards=(Card("peers", "desk:peers", 20, "state", "view_plan"),),
    pages="urls",
    api=Api("/indicators", "指标"),
    commands=(
        Command("indicators", "指标：取值与重新计算。", "commands:indicators_group"),
        Command("explain", "说明一个值：公式、各项、分区域、明细行，直到来源。", "commands:explain_command"),
        Command("lake", "列存：已封存的事实与遥测数据。", "commands:lake_group"),
    ),
    pack="pack",
    panels=(
        *(Panel(f"registry.{model}", "ranking:panel") for model in ("Organisation", "Project", "Parcel")),
        Panel("registry.Area", "desk:standing_panel"),
    ),
    search=(Search("indicators", "lookups:find", 20),),
    acts={"indicator_created": _("新建指标"), "indicator_changed": _("修改指标")},
    receivers=(Receiver("qiangqu.facts.signals:facts_added", "refresh:after_facts"),),
    opens={"shares": "shares:register"},
    joins={"facts.uses": {"indicators": "lookups:uses"}},
)
