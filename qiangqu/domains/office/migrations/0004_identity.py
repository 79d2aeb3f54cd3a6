"""Documents, meetings and what belongs to them get their identity."""

from django.db import migrations

from qiangqu.base.uid_migration import travelling


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_node"), ("office", "0003_body_posts")]

    operations = travelling(
        "office", "document", "documentfile", "circulation", "delivery", "meeting", "invitation", "meetingfile"
    )
