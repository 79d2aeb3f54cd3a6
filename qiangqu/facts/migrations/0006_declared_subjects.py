# The kinds of subjects are those that parts declare: numbers 1 to 4 stay what they were in release 0.1.0.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("facts", "0005_batch_area_only"),
    ]

    operations = [
        migrations.AlterField(
            model_name="element",
            name="subjects",
            field=models.CharField(
                default="area,organisation",
                help_text="对象类型的代码，以逗号分隔",
                max_length=300,
                verbose_name="适用对象",
            ),
        ),
        migrations.AlterField(
            model_name="fact",
            name="subject_kind",
            field=models.PositiveSmallIntegerField(verbose_name="对象类型"),
        ),
    ]
