import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Command, Demonstration, Job, MenuItem, Part

DAY = dt.timedelta(days=1)

PART = Part(
    "environment",
    _("环境监测"),
    section="绿色",
    menu=(
        MenuItem(_("环境监测"), "environment", 10, "view", ("environment-station", "environment-outlet")),
        MenuItem(_("超标记录"), "environment-exceedances", 20, "view", ("environment-exceedance",)),
        MenuItem(_("许可排放总量"), "environment-totals", 30, "view", ("environment-total",)),
        MenuItem(_("数据完整率"), "environment-completeness", 40, "view"),
        MenuItem(_("固废台账"), "environment-waste", 50, "view", ("environment-waste-",)),
        MenuItem(_("监测站"), "stations-list", 60, "view", ("stations-",)),
        MenuItem(_("排放口"), "outlets-list", 61, "view", ("outlets-",)),
        MenuItem(_("监测项目"), "channels-list", 62, "view", ("channels-",)),
        MenuItem(_("许可排放量"), "permit-amounts-list", 63, "view", ("permit-amounts-",)),
    ),
    cards=(Card("exceedances", "desk:exceedances", 35, "state", "view"),),
    pages="urls",
    api=Api("/environment", "环境监测"),
    commands=(
        Command("environment", "环境监测：计算日结果与超标、汇入指标、建立演示数据。", "commands:environment_group"),
        Command(
            "environment demonstrate",
            "为一个园区建立模拟的监测站、排放口与读数（全部标明模拟数据）。AREA 是园区代码。",
            "qiangqu_demo.commands:environment",
        ),
    ),
    registers=("registers:REGISTERS",),
    subjects="subjects:SUBJECTS",
    declared=("keeping:WASTE",),
    acts={
        "exceedance_handled": _("处理超标记录"),
        "alarm_limits_copied": _("写入测点限值"),
        "waste_entered": _("登记固废台账"),
    },
    topics={"environment": _("环境")},
    jobs=(
        Job("environment-roll", dt.timedelta(hours=1), "periodic:roll_days"),
        Job("environment-limits", DAY, "periodic:limits", at=dt.time(2, 40)),
        Job("environment-facts", DAY, "periodic:publish_month", at=dt.time(4, 20)),
    ),
    joins={"telemetry.factor_names": {"environment": "factors:name_of"}},
    demonstration=Demonstration(
        fill="qiangqu_demo.environment.desk:fill", live="qiangqu_demo.environment.places:extend"
    ),
)
