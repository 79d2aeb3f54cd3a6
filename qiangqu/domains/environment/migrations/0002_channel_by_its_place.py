"""A channel is seen by whoever sees its outlet or station: it keeps no copy of their area and enterprise any
more.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("environment", "0001_initial")]

    operations = [
        migrations.RemoveField("channel", "area_path"),
        migrations.RemoveField("channel", "owner"),
    ]
