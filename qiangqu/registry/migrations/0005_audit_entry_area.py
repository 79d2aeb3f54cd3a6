"""An audit entry names its area beside the path that it had then, so that who sees the entry goes by where
the area lies now.
"""

import django.db.models.deletion
from django.db import migrations, models


def areas_by_code(apps):
    """Ids of areas by every code that they have or once had; the present holder of a code counts."""
    found = dict(apps.get_model("registry", "HistoricalArea").objects.order_by("history_id").values_list("code", "id"))
    present = dict(apps.get_model("registry", "Area").objects.values_list("code", "pk"))
    living = set(present.values())
    return {code: pk for code, pk in found.items() if pk in living} | present


def name_areas(apps, schema_editor):
    entries = apps.get_model("registry", "AuditEntry").objects
    by_code = areas_by_code(apps)
    for path in entries.order_by().values_list("area_path", flat=True).distinct():
        code = path.strip("/").rpartition("/")[2]
        if code in by_code:
            entries.filter(area_path=path).update(area_id=by_code[code])


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_audit_positions")]

    operations = [
        migrations.AddField(
            "auditentry",
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
