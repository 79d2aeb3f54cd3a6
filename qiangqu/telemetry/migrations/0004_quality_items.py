from django.db import migrations, models


class Migration(migrations.Migration):
    """Quality records name the item that they are about; those of earlier releases name none."""

    dependencies = [
        ("telemetry", "0003_contested_passwords"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="devicequality", name="telemetry_device_quality"),
        migrations.AddField(
            model_name="devicequality",
            name="item",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="数据项"),
        ),
        migrations.AddConstraint(
            model_name="devicequality",
            constraint=models.UniqueConstraint(
                fields=("device", "day", "what", "item", "refused"), name="telemetry_device_quality"
            ),
        ),
    ]
