"""Alarms and what happened to them get their identity."""

from django.db import migrations, models

from qiangqu.base.uid_migration import travelling


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_node"), ("telemetry", "0005_encrypted_secrets")]

    operations = [
        *travelling("telemetry", "alarm", "alarmpoint", "alarmevent"),
        migrations.RemoveConstraint("alarm", "telemetry_alarm_open_once"),
        migrations.AddConstraint(
            "alarm",
            models.UniqueConstraint(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=("rule", "key", "origin"),
                name="telemetry_alarm_open_once",
            ),
        ),
    ]
