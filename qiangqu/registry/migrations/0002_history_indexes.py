"""Indexes for lists as of a day: the newest version of a record by then is found by one look-up, without
sorting.

By hand, because simple_history gives historical models no way to declare an index over several columns.
"""

from django.db import migrations

TABLES = ("area", "organisation", "parcel", "project", "recognition")


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX registry_version_{name} ON registry_historical{name} (id, history_date DESC, history_id DESC)",
            f"DROP INDEX registry_version_{name}",
        )
        for name in TABLES
    ]
