import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Command, Demonstration, Job, MenuItem, Panel, Part, Permission

PART = Part(
    "vehicles",
    _("危险货物车辆"),
    section="安全",
    permissions=(
        Permission("vehicles", _("查看危险货物车辆"), _("查看车辆位置、轨迹、驾押人员和运单；查看轨迹记入审计。"), ("leader", "planner", "bureau", "zone", "inspector", "enterprise")),
        Permission("edit_vehicles", _("维护危险货物车辆"), _("新建、修改和导入车辆、人员、许可、运单和围栏。"), ("planner", "bureau", "zone")),
    ),
    menu=(
        MenuItem(_("车辆地图"), "vehicle-map", 30, "vehicles", ("vehicle-track",)),
        MenuItem(_("危险货物车辆"), "vehicles-list", 70, "vehicles", ("vehicles-",)),
        MenuItem(_("驾押人员"), "vehicle-crew-list", 71, "vehicles", ("vehicle-crew-",)),
        MenuItem(_("运输许可"), "vehicle-permits-list", 72, "vehicles", ("vehicle-permits-",)),
        MenuItem(_("电子运单"), "vehicle-trips-list", 73, "vehicles", ("vehicle-trips-",)),
        MenuItem(_("电子围栏"), "vehicle-fences-list", 74, "vehicles", ("vehicle-fences-",)),
    ),
    pages="urls",
    api=Api("/vehicles", "危险货物车辆"),
    commands=(
        Command("vehicles", "危险货物车辆：报警规则，判断围栏。", "commands:vehicles_group"),
        Command("vehicles simulate", "演示库的模拟罐车按 JT/T 808 注册、鉴权、上报，从园区驶出围栏（标明模拟数据）。", "qiangqu_demo.commands:tanker"),
    ),
    registers=("registers:REGISTERS",),
    panels=(
        Panel("vehicles.Vehicle", "lookups:way_of"),
        Panel("vehicles.Vehicle", "lookups:looks_of"),
        Panel("registry.Organisation", "lookups:vehicles_of"),
    ),
    acts={"vehicle_track_seen": _("查看车辆轨迹")},
    jobs=(Job("vehicles-judge", dt.timedelta(seconds=1), "periodic:judge_positions"),),
    demonstration=Demonstration(fill="qiangqu_demo.vehicles:fill", enact="qiangqu_demo.vehicles:enact", live="qiangqu_demo.vehicles:live"),
)  # fmt: skip
