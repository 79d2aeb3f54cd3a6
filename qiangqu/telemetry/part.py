import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import Api, Card, Check, Command, Demonstration, Job, MenuItem, Panel, Part, Permission

DAY, HOUR, MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)

STAFF = ("planner", "bureau", "zone")
PART = Part(
    "telemetry",
    _("设备与遥测"),
    section="园区",
    permissions=(
        Permission(
            "handle_alarms", _("处理报警（确认、搁置、关闭）"), _("确认、搁置、说明和关闭报警，并留下处理意见。"), STAFF
        ),
        Permission(
            "edit_alarm_rules", _("维护报警规则与通知渠道"), _("新建、试算和修改报警规则，登记通知渠道。"), STAFF
        ),
    ),
    menu=(
        MenuItem(_("报警台"), "alarms", 5, "view", ("alarm-page",), section="绿色"),
        MenuItem(
            _("报警规则"), "alarm-rules-list", 70, "edit_alarm_rules", ("alarm-rules-", "alarm-try"), section="绿色"
        ),
        MenuItem(_("通知渠道"), "alarm-channels-list", 71, "edit_alarm_rules", ("alarm-channels-",), section="绿色"),
        MenuItem(_("设备实时"), "telemetry", 50, "view"),
        MenuItem(_("设备健康"), "telemetry-health", 51, "view"),
        MenuItem(_("设备"), "devices-list", 52, "view", ("devices-",)),
        MenuItem(_("测点"), "points-list", 53, "view", ("points-",)),
        MenuItem(_("未登记设备"), "telemetry-quarantine", 54, "edit_registers", ("telemetry-adopt",)),
    ),
    cards=(Card("alarms", "alarms.desk:alarms", 30, "state", "view"),),
    pages="urls",
    api=Api("/telemetry", "遥测与报警"),
    commands=(
        Command(
            "gateway",
            "接收设备数据（HJ 212、JT/T 808、GB/T 26875、MQTT、Modbus TCP、OPC UA），提交后才应答，直到 Ctrl-C。",
            "commands:gateway",
        ),
        Command(
            "broker",
            "小型站点自带的 MQTT 服务器：用登记的设备账号启动 mosquitto，退出后重启，登记有变化时更新账号，直到 Ctrl-C。",
            "commands:broker",
        ),
        Command("devices", "设备：监测因子字典、设备状况、完整率、汇入指标、保留期。", "commands:devices_group"),
        Command(
            "devices demonstrate",
            "在演示库里建立模拟设备和一个月的小时数据（全部标明模拟数据；再次运行只补到现在）。",
            "qiangqu_demo.commands:devices",
        ),
        Command("alarms", "报警：判断、试算、载入规则。", "alarms.commands:alarms_group"),
        Command(
            "simulate devices",
            "模拟设备：按 HJ 212、MQTT 或 Modbus TCP 上报模拟数据，等待应答、重发、响应命令。",
            "commands:simulate_devices",
        ),
    ),
    registers=("registers:REGISTERS", "alarms.registers:REGISTERS"),
    panels=(
        Panel("telemetry.AlarmRule", "alarms.present:rule_panel"),
        Panel("telemetry.AlarmChannel", "alarms.present:channel_panel"),
        Panel("telemetry.Device", "pages.devices:state_panel"),
        Panel("telemetry.Device", "pages.devices:alarm_panel"),
        Panel("telemetry.Device", "pages.devices:completeness_panel"),
        Panel("telemetry.Device", "pages.devices:quality_panel"),
        Panel("telemetry.Device", "pages.devices:message_panel"),
        Panel("telemetry.Device", "pages.devices:command_panel"),
        Panel("telemetry.Point", "pages.points:chart_panel"),
    ),
    declared=("alarms.handle:ALARMS",),
    acts={
        "device_adopted": _("认领设备"),
        "device_command": _("下发设备命令"),
        "telemetry_backfilled": _("补录历史数据"),
        "device_disabled": _("停用设备"),
        "devices_demonstration": _("建立模拟设备"),
        "device_records_pruned": _("清理过期设备记录"),
        "alarm_channel_tested": _("发送测试消息"),
        "alarm_rules_loaded": _("载入报警规则"),
    },
    topics={"alarms": _("报警")},
    checks=(
        Check("gateway", _("网关"), "doctor:gateway"),
        Check("readings", _("读数的时刻"), "doctor:readings"),
    ),
    jobs=(
        Job("alarms-judge", dt.timedelta(seconds=1), "alarms.commands:judge"),
        Job("alarms-send", dt.timedelta(seconds=2), "alarms.commands:send"),
        Job("devices-roll", HOUR, "periodic:roll_days"),
        Job("devices-prune", DAY, "periodic:prune_records", at=dt.time(3, 10)),
        Job("lake-merge", MINUTE, "periodic:merge_segments", long=True),
        Job("lake-tidy", HOUR, "periodic:tidy_segments", long=True),
        Job("devices-facts", DAY, "periodic:publish_month", at=dt.time(4, 10)),
    ),
    attention={"alarms": "alarms.present:alerts"},
    counters={"alarms-counter": "view"},
    # names of factors that the register of factors does not have
    opens={"factor_names": "factor_names:register"},
    demonstration=Demonstration(fill="qiangqu_demo.telemetry:fill", live="qiangqu_demo.telemetry:live"),
)
