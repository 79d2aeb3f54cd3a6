"""The path that the area of a batch had then is gone. Apart from filling the area: PostgreSQL alters no table
with checks pending.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("facts", "0004_batch_area")]

    operations = [migrations.RemoveField("factbatch", "area_path")]
