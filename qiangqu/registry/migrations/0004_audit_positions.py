"""Entries of the audit trail get their place in the chain apart from their id: it is given after the act's
transaction.
"""

from django.db import migrations, models


def number(apps, schema_editor):
    apps.get_model("registry", "AuditEntry").objects.update(position=models.F("id"))


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_sign_in")]

    operations = [
        migrations.AddField(
            "auditentry",
            "position",
            models.BigIntegerField(editable=False, null=True, unique=True, verbose_name="链中位置"),
        ),
        migrations.AlterField(
            "auditentry", "hash", models.CharField(editable=False, max_length=64, null=True, unique=True)
        ),
        migrations.AlterField(
            "auditentry", "previous_hash", models.CharField(editable=False, max_length=64, null=True, unique=True)
        ),
        migrations.RunPython(number, migrations.RunPython.noop),
        migrations.AddIndex(
            "auditentry",
            models.Index(condition=models.Q(("position", None)), fields=["id"], name="registry_audit_unsealed"),
        ),
    ]
