"""What of a plan has no natural key gets its identity."""

from django.db import migrations

from qiangqu.base.uid_migration import travelling


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_node"), ("plan", "0004_plan_uploads")]

    operations = travelling("plan", "plandocument", "compileditem", "progressreport", "evidence", "responsibility")
