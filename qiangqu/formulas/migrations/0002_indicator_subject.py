"""An indicator may have values for the records of a declared register; those of release 0.1.0 have them for
areas.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("formulas", "0001_initial")]

    operations = [
        migrations.AddField("indicator", "subject", models.CharField("取值对象", max_length=40, default="area")),
    ]
