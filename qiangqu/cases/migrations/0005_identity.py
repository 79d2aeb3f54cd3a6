"""Cases and what belongs to them get their identity; numbers are unique of a node."""

from django.db import migrations, models

from qiangqu.base.uid_migration import travelling


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_node"), ("cases", "0004_values_put_back")]

    operations = [
        *travelling("cases", "kindversion", "case", "step", "opinion", "attachment", "letter"),
        migrations.RemoveConstraint("kindversion", "kind_version_once"),
        migrations.AddConstraint(
            "kindversion", models.UniqueConstraint(fields=("kind", "number", "origin"), name="kind_version_once")
        ),
        migrations.AlterField("case", "number", models.CharField(max_length=30, verbose_name="编号")),
        migrations.AddConstraint("case", models.UniqueConstraint(fields=("number", "origin"), name="case_number_once")),
        migrations.AlterField("letter", "number", models.CharField(max_length=40, verbose_name="文书编号")),
        migrations.AddConstraint(
            "letter", models.UniqueConstraint(fields=("number", "origin"), name="letter_number_once")
        ),
    ]
