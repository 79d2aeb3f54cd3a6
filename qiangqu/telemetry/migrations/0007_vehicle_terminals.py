"""Terminals of vehicles (JT/T 808): their id, and the protocol."""

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
    ]
