from django.db import migrations

import qiangqu.base.crypto
from qiangqu.base.crypto import encrypt_anew


def encrypt_rows(apps, schema_editor):
    """What was kept in the clear until now."""
    for name, fields in {"Identity": ["data"]}.items():
        encrypt_anew(apps.get_model("cases", name)._base_manager.all(), fields)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="identity",
            name="data",
            field=qiangqu.base.crypto.EncryptedJSONField(default=dict, verbose_name="内容"),
        ),
        migrations.RunPython(encrypt_rows, elidable=False),
    ]
