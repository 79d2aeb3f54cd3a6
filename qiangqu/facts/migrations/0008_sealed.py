"""Facts may lie in segments of the lake: the id of a fact says its batch and its number there, and what it
supersedes may be sealed.
"""

import django.db.models.deletion
from django.db import migrations, models

AT_ONCE = 1_000_000  # ids


def place_facts(apps, schema_editor):
    """Ids that counted all facts become batch and number; nothing but ``supersedes`` refers to them."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE facts_fact SET supersedes_id = (SELECT o.batch_id * 4294967296 + o.number FROM facts_fact o "
            "WHERE o.id = facts_fact.supersedes_id) WHERE supersedes_id IS NOT NULL"
        )
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM facts_fact")
        (last,) = cursor.fetchone()
        for low in range(1, last + 1, AT_ONCE):
            cursor.execute(
                "UPDATE facts_fact SET id = batch_id * 4294967296 + number WHERE id BETWEEN %s AND %s",
                [low, min(low + AT_ONCE - 1, last)],
            )


class Migration(migrations.Migration):
    dependencies = [("facts", "0007_identity")]

    operations = [
        migrations.AddField("factbatch", "sealed", models.BooleanField(default=False, verbose_name="已封存")),
        migrations.AlterField(
            "fact",
            "supersedes",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="facts.fact",
                verbose_name="所更正的事实",
            ),
        ),
        migrations.RunPython(place_facts, migrations.RunPython.noop),
    ]
