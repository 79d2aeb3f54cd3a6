"""The number that a file had in its table of release 0.1.0 gets a column: its address of that time leads to
it.

The migrations that put the tables together leave it in ``about``. A node that was upgraded by an unreleased
version before they did has lost the numbers, and files of 0.1.0 answer there under their new address only.
"""

from django.db import migrations, models

AT_ONCE = 1000


def take_out(apps, schema_editor):
    attachment = apps.get_model("records", "Attachment")
    last = 0
    while held := list(attachment.objects.filter(about__contains="was:", pk__gt=last).order_by("pk")[:AT_ONCE]):
        for one in held:
            about, _mark, one.earlier = one.about.rpartition("was:")
            one.about = about.strip()
        attachment.objects.bulk_update(held, ["about", "earlier"], batch_size=250)
        last = held[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0001_initial"),
        ("cases", "0006_records"),
        ("office", "0005_records"),
        ("plan", "0006_records"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="earlier",
            field=models.CharField(blank=True, default="", editable=False, max_length=40),
            preserve_default=False,
        ),
        migrations.RunPython(take_out, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("earlier", ""), _negated=True), fields=["earlier"], name="attachment_earlier"
            ),
        ),
    ]
