"""Values of running cases that a parallel line had put back to what they were before somebody corrected them
(releases up to the first kept a copy of the data in each line). The audit trail says what the last person
gave; a value that another part wrote since stays."""

from django.db import migrations

CHUNK = 500


def restore(apps, schema_editor):
    Case, Entry = apps.get_model("cases", "Case"), apps.get_model("registry", "AuditEntry")
    running = list(
        Case.objects.filter(status__in=("open", "suspended")).order_by("pk").values_list("pk", "number", "data")
    )
    for start in range(0, len(running), CHUNK):
        part = running[start : start + CHUNK]
        last = {number: {} for _pk, number, _data in part}
        entries = Entry.objects.filter(object_type="case", action="case_step_done", object_id__in=list(last))
        for number, detail in entries.order_by("pk").values_list("object_id", "detail"):
            form = detail.get("form") or {}
            before, after = form.get("before") or {}, form.get("after") or {}
            last[number] |= {key: (before.get(key), value) for key, value in after.items()}
        for pk, number, data in part:
            put_back = {
                key: after
                for key, (before, after) in last[number].items()
                if key in data and data[key] == before and before != after
            }
            if put_back:
                Case.objects.filter(pk=pk).update(data=data | put_back)


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_letters_issued"), ("registry", "0001_initial")]
    operations = [migrations.RunPython(restore, migrations.RunPython.noop)]
