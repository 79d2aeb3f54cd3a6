"""Sources and batches get their identity: a uid and the node that they come from. Facts are numbered in their
batch.
"""

from django.db import migrations, models

from qiangqu.base.uid_migration import travelling

AT_ONCE = 500_000  # ids


def number_facts(apps, schema_editor):
    ranges = apps.get_model("facts", "FactBatch").objects.exclude(first_fact=None).order_by("pk")
    done = 0
    with schema_editor.connection.cursor() as cursor:
        for batch, first, last in ranges.values_list("pk", "first_fact", "last_fact"):
            numbered = 0
            for low in range(first, last + 1, AT_ONCE):
                cursor.execute(
                    "UPDATE facts_fact SET number = s.n FROM (SELECT id, %s + ROW_NUMBER() OVER (ORDER BY id) AS n "
                    "FROM facts_fact WHERE batch_id = %s AND id BETWEEN %s AND %s) s WHERE facts_fact.id = s.id",
                    [numbered, batch, low, min(low + AT_ONCE - 1, last)],
                )
                numbered += cursor.rowcount
            done += numbered
        cursor.execute("SELECT COUNT(*) FROM facts_fact")
        (stored,) = cursor.fetchone()
    if done != stored:
        raise RuntimeError(f"有 {stored - done} 条事实不在任何批次的范围内，无法编号：数据库有损，请从备份恢复后再升级")


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_node"), ("facts", "0006_declared_subjects")]

    operations = [
        *travelling("facts", "source", "factbatch"),
        migrations.RemoveConstraint("source", "source_once"),
        migrations.AddConstraint(
            "source", models.UniqueConstraint(fields=("title", "url", "published_on", "origin"), name="source_once")
        ),
        # added as SQLite adds a column in place: the table of facts is not written anew for it
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL("ALTER TABLE facts_fact ADD COLUMN number integer NOT NULL DEFAULT 0")],
            [
                migrations.AddField(
                    "fact", "number", models.PositiveIntegerField(editable=False, verbose_name="批次内序号")
                )
            ],
        ),
        migrations.RunPython(number_facts, migrations.RunPython.noop),
        migrations.AlterField("factbatch", "key", models.CharField(max_length=80, verbose_name="批次键")),
        migrations.AddConstraint(
            "factbatch", models.UniqueConstraint(fields=("key", "origin"), name="fact_batch_once")
        ),
    ]
