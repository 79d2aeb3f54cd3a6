"""Facts are segments themselves, no copy of rows: what is left to note is which batches the indicators have taken
into account.
"""

from django.db import migrations, models
from django.utils import timezone

COPIES = ("facts", "facts_of_areas", "facts_out")


def forget_copies(apps, schema_editor):
    apps.get_model("formulas", "MirroredBatch").objects.filter(evaluated=False).delete()
    segments = apps.get_model("lake", "Segment").objects
    segments.filter(dataset__in=COPIES, retired_at__isnull=True).update(retired_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("facts", "0008_sealed"), ("formulas", "0002_indicator_subject"), ("lake", "0003_waiting_values")]

    operations = [
        migrations.RunPython(forget_copies, migrations.RunPython.noop),
        migrations.RemoveField("mirroredbatch", "rows"),
        migrations.RemoveField("mirroredbatch", "evaluated"),
        migrations.RenameModel("MirroredBatch", "EvaluatedBatch"),
        migrations.RenameField("evaluatedbatch", "mirrored_at", "evaluated_at"),
        migrations.AlterField(
            "evaluatedbatch", "evaluated_at", models.DateTimeField(auto_now_add=True, verbose_name="计入时间")
        ),
        migrations.AlterModelOptions(
            "evaluatedbatch", {"verbose_name": "已计入的批次", "verbose_name_plural": "已计入的批次"}
        ),
    ]
