"""A batch names the area of whoever entered it, no longer the path that the area had then."""

import django.db.models.deletion
from django.db import migrations, models


def name_areas(apps, schema_editor):
    batches = apps.get_model("facts", "FactBatch").objects
    living = set(apps.get_model("registry", "Area").objects.values_list("pk", flat=True))
    former = apps.get_model("registry", "HistoricalArea").objects.order_by("history_id").values_list("code", "id")
    by_code = {code: pk for code, pk in former if pk in living}
    by_code |= dict(apps.get_model("registry", "Area").objects.values_list("code", "pk"))
    for path in batches.order_by().values_list("area_path", flat=True).distinct():
        code = path.strip("/").rpartition("/")[2]
        if code in by_code:
            batches.filter(area_path=path).update(area_id=by_code[code])


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_audit_entry_area"), ("facts", "0003_import_job_lease")]

    operations = [
        migrations.AddField(
            "factbatch",
            "area",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.area",
                verbose_name="区域",
            ),
        ),
        migrations.RunPython(name_areas, migrations.RunPython.noop),
    ]
