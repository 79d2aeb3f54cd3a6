"""Files and numbers of cases go to the part that all share. The bytes stay where they lie
(``MEDIA_ROOT/cases``), and are found there.
"""

from django.conf import settings
from django.db import migrations


def move(apps, schema_editor):
    kind, _made = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="cases", model="case")
    attachment = apps.get_model("records", "Attachment")
    old = apps.get_model("cases", "Attachment").objects.select_related("case").order_by("pk")
    attachment.objects.bulk_create(
        (
            attachment(
                uid=one.uid,
                origin_id=one.origin_id,
                owner_type=kind,
                owner_id=one.case_id,
                # with the old number, that records.0002 takes out of it
                about=f"step:{one.step_id} was:cases:{one.pk}" if one.step_id else f"was:cases:{one.pk}",
                name=one.name,
                content_type=one.content_type,
                size=one.size,
                sha256=one.sha256,
                by_id=one.by_id,
                at=one.at,
                simulated=one.case.simulated,
            )
            for one in old.iterator(chunk_size=1000)
        ),
        batch_size=1000,
    )
    series = apps.get_model("records", "NumberSeries")
    for one in apps.get_model("cases", "Counter").objects.all():
        # DC-2026 of release 0.1.0; DC-64-2026 since nodes have codes
        prefix, *node, year = one.key.split("-")
        series.objects.create(series=f"case:{prefix}", year=int(year), node="-".join(node), last=one.last)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_identity"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("records", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(move),
        migrations.DeleteModel(name="Attachment"),
        migrations.DeleteModel(name="Counter"),
    ]
