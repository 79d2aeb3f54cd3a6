"""Channels, exceedances and entries of waste get their identity."""

from django.db import migrations

from qiangqu.base.uid_migration import travelling


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_node"), ("environment", "0002_channel_by_its_place")]

    operations = travelling("environment", "channel", "exceedance", "wasteentry")
