import django.core.validators
from django.db import migrations

import qiangqu.base.crypto
from qiangqu.base.crypto import encrypt_anew


def encrypt_rows(apps, schema_editor):
    """What was kept in the clear until now."""
    for name, fields in {
        "Device": ["password", "key"],
        "HistoricalDevice": ["password", "key"],
        "UnknownDevice": ["password"],
        "AlarmChannel": ["url", "secret"],
        "HistoricalAlarmChannel": ["url", "secret"],
    }.items():
        encrypt_anew(apps.get_model("telemetry", name)._base_manager.all(), fields)


class Migration(migrations.Migration):
    dependencies = [
        ("telemetry", "0004_quality_items"),
    ]

    operations = [
        migrations.AlterField(
            model_name="alarmchannel",
            name="secret",
            field=qiangqu.base.crypto.EncryptedTextField(
                blank=True, help_text="钉钉“加签”的密钥；没有则留空", max_length=120, verbose_name="加签密钥"
            ),
        ),
        migrations.AlterField(
            model_name="alarmchannel",
            name="url",
            field=qiangqu.base.crypto.EncryptedTextField(
                help_text="机器人设置页给出的 https 地址", max_length=500, verbose_name="机器人地址"
            ),
        ),
        migrations.AlterField(
            model_name="device",
            name="key",
            field=qiangqu.base.crypto.EncryptedTextField(
                blank=True,
                help_text="HJ 212-2025 6.4.2；不加密的设备留空",
                max_length=32,
                validators=[
                    django.core.validators.RegexValidator("^([0-9A-Fa-f]{32})?\\Z", "密钥应为 32 位十六进制数")
                ],
                verbose_name="SM4 密钥",
            ),
        ),
        migrations.AlterField(
            model_name="device",
            name="password",
            field=qiangqu.base.crypto.EncryptedTextField(blank=True, max_length=40, verbose_name="访问密码 PW"),
        ),
        migrations.AlterField(
            model_name="historicalalarmchannel",
            name="secret",
            field=qiangqu.base.crypto.EncryptedTextField(
                blank=True, help_text="钉钉“加签”的密钥；没有则留空", max_length=120, verbose_name="加签密钥"
            ),
        ),
        migrations.AlterField(
            model_name="historicalalarmchannel",
            name="url",
            field=qiangqu.base.crypto.EncryptedTextField(
                help_text="机器人设置页给出的 https 地址", max_length=500, verbose_name="机器人地址"
            ),
        ),
        migrations.AlterField(
            model_name="historicaldevice",
            name="key",
            field=qiangqu.base.crypto.EncryptedTextField(
                blank=True,
                help_text="HJ 212-2025 6.4.2；不加密的设备留空",
                max_length=32,
                validators=[
                    django.core.validators.RegexValidator("^([0-9A-Fa-f]{32})?\\Z", "密钥应为 32 位十六进制数")
                ],
                verbose_name="SM4 密钥",
            ),
        ),
        migrations.AlterField(
            model_name="historicaldevice",
            name="password",
            field=qiangqu.base.crypto.EncryptedTextField(blank=True, max_length=40, verbose_name="访问密码 PW"),
        ),
        migrations.AlterField(
            model_name="unknowndevice",
            name="password",
            field=qiangqu.base.crypto.EncryptedTextField(blank=True, max_length=40, verbose_name="访问密码 PW"),
        ),
        migrations.RunPython(encrypt_rows, elidable=False),
    ]
