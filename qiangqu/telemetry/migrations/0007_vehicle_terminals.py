"""Terminals of vehicles (JT/T 808): their id, the protocol, and what their positions say."""

import django.core.validators
from django.db import migrations, models

PROTOCOLS = [
    ("hj212", "HJ 212"),
    ("mqtt", "MQTT"),
    ("sparkplug", "Sparkplug B"),
    ("modbus", "Modbus TCP"),
    ("opcua", "OPC UA"),
    ("jt808", "JT/T 808"),
]
FACTORS = (
    ("vlon", "经度", "°"),
    ("vlat", "纬度", "°"),
    ("vspeed", "车速", "km/h"),
    ("vcourse", "方向", "°"),
    ("valt", "高程", "m"),
    ("valarm", "报警标志", ""),
    ("vstatus", "状态标志", ""),
    ("vmileage", "里程", "km"),
    ("vfuel", "油量", "L"),
    ("vrecorder", "行驶记录速度", "km/h"),
    ("vevent", "需人工确认的报警事件", ""),
    ("vcargotemp", "罐体温度", "℃"),
    ("vsignals", "扩展车辆信号", ""),
    ("vio", "输入输出状态", ""),
    ("vradio", "无线信号强度", ""),
    ("vsatellites", "卫星数", ""),
    ("vad0", "模拟量 0", ""),
    ("vad1", "模拟量 1", ""),
)


def add_factors(apps, schema_editor):
    """The gateway names what positions say whether or not the dictionary of factors was loaded."""
    factor = apps.get_model("telemetry", "Factor")
    for code, name, unit in FACTORS:
        factor.objects.get_or_create(code=code, defaults={"name": name, "unit": unit, "medium": "vehicle"})


def protocol():
    return models.CharField(choices=PROTOCOLS, default="hj212", max_length=12, verbose_name="协议")


def serial():
    return models.CharField(
        blank=True,
        help_text="JT/T 808 终端注册时报出的 ID；相符的才得到鉴权码",
        max_length=30,
        validators=[
            django.core.validators.RegexValidator("^[0-9A-Za-z_.-]{0,30}\\Z", "终端 ID 只能由字母、数字和 _ . - 组成")
        ],
        verbose_name="终端 ID",
        default="",
    )


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0006_identity")]

    operations = [
        migrations.AddField("device", "serial", serial()),
        migrations.AddField("historicaldevice", "serial", serial()),
        migrations.AlterField("device", "protocol", protocol()),
        migrations.AlterField("historicaldevice", "protocol", protocol()),
        migrations.AlterField("unknowndevice", "protocol", protocol()),
        migrations.RunPython(add_factors, migrations.RunPython.noop),
    ]
