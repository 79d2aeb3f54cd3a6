from django.db import migrations

import qiangqu.base.crypto
from qiangqu.base.crypto import encrypt_anew


def encrypt_rows(apps, schema_editor):
    """What was kept in the clear until now."""
    for name, fields in {"Preference": ["robot_url", "robot_secret"]}.items():
        encrypt_anew(apps.get_model("messaging", name)._base_manager.all(), fields)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="preference",
            name="robot_secret",
            field=qiangqu.base.crypto.EncryptedTextField(blank=True, max_length=120, verbose_name="加签密钥"),
        ),
        migrations.AlterField(
            model_name="preference",
            name="robot_url",
            field=qiangqu.base.crypto.EncryptedTextField(blank=True, max_length=300, verbose_name="机器人地址"),
        ),
        migrations.RunPython(encrypt_rows, elidable=False),
    ]
