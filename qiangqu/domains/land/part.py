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
    declared=(
        "handling:CLUES",
        "importing:IMPORTS",
        "parcels:PARCELS",
        "promises:PROMISES",
    ),
    acts={
        "boundary_import_checked": _("检查界址文件"),
    },
    demonstration=Demonstration(fill="qiangqu_demo.land:fill", enact="qiangqu_demo.land:enact"),
)
