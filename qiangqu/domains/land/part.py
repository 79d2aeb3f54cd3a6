import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Demonstration, Job, MenuItem, Panel, Part, Permission, Receiver, Search

PART = Part(
    "land",
    _("土地"),
    section="园区",
    permissions=(
        Permission(
            "edit_land", _("维护土地"), _("导入和修改宗地界址，处置闲置低效用地。"), ("planner", "bureau", "zone")
        ),
    ),
    menu=(
        MenuItem(_("宗地一张图"), "land-map", 40, "view", ("land-parcel",)),
        MenuItem(_("闲置低效用地"), "land-clues", 42, "view", ("land-clue",)),
        MenuItem(_("亩均效益"), "land-per-mu", 41, "view"),
        MenuItem(_("亩均差距"), "land-gap", 41, "view_plan"),
        MenuItem(_("土地合同"), "land-contracts-list", 43, "view", ("land-contracts-",)),
        MenuItem(_("履约监管"), "land-promises", 44, "view", ("land-promise",)),
        MenuItem(_("基础设施项目"), "infrastructure-list", 47, "view", ("infrastructure-",)),
        MenuItem(_("飞地协议"), "zone-agreements-list", 48, "view", ("zone-agreements-",)),
        MenuItem(_("飞地分成"), "agreement-shares-list", 49, "view", ("agreement-shares-",)),
        MenuItem(_("标准地指标"), "land-standards", 46, "view"),
        MenuItem(_("界址导入"), "boundary-imports", 45, "edit_land", ("boundary-import",)),
    ),
    pages="urls",
    api=Api("/land", "土地"),
    registers=("registers:REGISTERS",),
    cards=(
        Card("land-clues", "desk:clues", 45, action="edit_land"),
        Card("land-works", "desk:works", 47, action="edit_land"),
        Card("land-dates", "desk:promises", 46, action="edit_land"),
    ),
    jobs=(
        Job("land-clues", dt.timedelta(days=1), "idle:refresh", at=dt.time(5, 10)),
        Job("land-promises", dt.timedelta(days=1), "promises:refresh", at=dt.time(5, 0)),
    ),
    panels=(Panel("registry.Parcel", "lookups:land_of"), Panel("land.ZoneAgreement", "lookups:shares_of")),
    receivers=(Receiver("qiangqu.cases.signals:case_moving", "supplying:on_case_moving"),),
    joins={
        "federation.kinds": {"clue": "travel:CLUE"},
        "cases.contracts": {"land_supply": "supplying:CONTRACT"},
        "cases.subjects": {"land-parcel": "parcels:FOUND.link"},
        "cases.shown": {"land-parcel": "pages.promises:shown"},
        "formulas.shares": {"enclaves": "enclaves:shares"},
    },
    search=(
        Search("boundary-imports", "lookups:IMPORTS_FOUND.find", 170),
        Search("land-clues", "handling:FOUND.find", 171),
        Search("land-promises", "promises:FOUND.find", 172),
    ),
    acts={
        "boundary_import_checked": _("检查界址文件"),
        "boundary_import_rechecked": _("重新检查界址文件"),
        "boundary_import_dropped": _("放弃界址文件"),
        "boundary_import_stored": _("界址入库"),
        "parcel_outline_drawn": _("绘制宗地界址"),
        "parcel_outline_supply_opened": _("发起供地"),
        "parcel_outline_evidence_entered": _("记用地证据"),
        "parcel_outline_evidence_withdrawn": _("撤回用地证据"),
        "land_promise_judged": _("记履行情况"),
        "land_promise_noticed": _("催告土地违约"),
        "land_promise_penalised": _("追究土地违约责任"),
        "land_promise_taken_back": _("因违约收回土地"),
        "land_promise_postponed": _("变更土地履约期限"),
        "land_promise_released": _("免除土地履约事项"),
        "clue_investigated": _("发闲置土地调查通知书"),
        "clue_explained": _("记使用权人说明"),
        "clue_stopped": _("记停算期间"),
        "clue_determined": _("认定闲置低效用地"),
        "clue_charged": _("征缴土地闲置费"),
        "clue_extended": _("闲置土地延期"),
        "clue_taken_back": _("收回土地"),
        "clue_supplied": _("土地重新供应"),
        "clue_dismissed": _("结束闲置低效线索"),
    },
    demonstration=Demonstration(fill="qiangqu_demo.land:fill", enact="qiangqu_demo.land:enact"),
)
