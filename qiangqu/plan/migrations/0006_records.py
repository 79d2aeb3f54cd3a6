"""Evidence of progress reports goes to the table of files that all share. The bytes stay where they lie
(``MEDIA_ROOT/evidence``).
"""

from django.db import migrations


def move(apps, schema_editor):
    kind, _made = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="plan", model="progressreport"
    )
    attachment = apps.get_model("records", "Attachment")
    old = apps.get_model("plan", "Evidence").objects.select_related("report").order_by("pk")
    attachment.objects.bulk_create(
        (
            attachment(
                uid=one.uid,
                origin_id=one.origin_id,
                owner_type=kind,
                owner_id=one.report_id,
                about=f"was:evidence:{one.pk}",  # the old number, that records.0002 takes out of it
                name=one.name,
                content_type=one.content_type,
                size=one.size,
                sha256=one.sha256,
                by_id=one.report.reported_by_id,
                at=one.report.reported_at,
            )
            for one in old.iterator(chunk_size=1000)
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("plan", "0005_identity"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("records", "0001_initial"),
    ]

    operations = [migrations.RunPython(move), migrations.DeleteModel(name="Evidence")]
