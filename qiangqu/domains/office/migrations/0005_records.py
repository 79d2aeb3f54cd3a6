"""Files and numbers of documents and meetings go to the part that all share. The bytes stay where they lie
(``MEDIA_ROOT/cases``).
"""

from django.db import migrations


def move_files(apps, owner, model):
    """The rows of a table of files, to the records whose they are."""
    kind, _made = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="office", model=owner)
    attachment = apps.get_model("records", "Attachment")
    attachment.objects.bulk_create(
        (
            attachment(
                uid=one.uid,
                origin_id=one.origin_id,
                owner_type=kind,
                owner_id=getattr(one, f"{owner}_id"),
                about=f"was:{owner}s:{one.pk}",  # the old number, that records.0002 takes out of it
                name=one.name,
                content_type=one.content_type,
                size=one.size,
                sha256=one.sha256,
                by_id=one.by_id,
                at=one.at,
                removed_at=getattr(one, "removed_at", None),
                simulated=getattr(one, owner).simulated,
            )
            for one in apps.get_model("office", model)
            .objects.select_related(owner)
            .order_by("pk")
            .iterator(chunk_size=1000)
        ),
        batch_size=1000,
    )


def move(apps, schema_editor):
    move_files(apps, "document", "DocumentFile")
    move_files(apps, "meeting", "MeetingFile")
    series = apps.get_model("records", "NumberSeries")
    for one in apps.get_model("office", "NumberSeries").objects.all():
        word, *rest = one.key.split(":")
        match word:
            case "out":
                name, year = f"document:{rest[0]}:{rest[1]}", rest[2]
            case "in":
                name, year = f"receipt:{rest[0]}", rest[1]
            case "ar":
                name, year = f"archive:{rest[0]}:{rest[2]}", rest[1]
            case _:
                raise ValueError(f"office_numberseries: unknown series {one.key!r}")
        series.objects.create(series=name, year=int(year), last=one.last)


class Migration(migrations.Migration):
    dependencies = [
        ("office", "0004_identity"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("records", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(move),
        migrations.DeleteModel(name="DocumentFile"),
        migrations.DeleteModel(name="MeetingFile"),
        migrations.DeleteModel(name="NumberSeries"),
    ]
