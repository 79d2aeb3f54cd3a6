"""Build the small filled node of a release that upgrades are tested on (qiangqu/site/tests/release/).

    git worktree add /tmp/release 57b8720
    PYTHONPATH=/tmp/release .venv/bin/python tools/build_release_fixture.py 0.1.0

It runs the release's own code: a small demonstration (24 simulated enterprises, 13 months, two days of
devices) and one row in every table that the demonstration leaves empty, so that a migration of any table
meets a row. The answers of the release to `plan status` are kept beside it.
"""

import datetime as dt
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "qiangqu" / "site" / "tests" / "release"


def value_for(field: Any, model: Any) -> Any:
    """A value that ``field`` allows."""
    from django.db import models
    from django.utils import timezone

    if field.is_relation:
        if field.null:
            return None
        found = field.related_model._default_manager.first()
        if found is None:
            raise LookupError(f"{model.__name__}.{field.name}: no {field.related_model.__name__} to point at")
        return found
    if field.has_default():
        return field.get_default()
    if field.choices:
        return next(value for value, _label in field.flatchoices if value not in ("", None))
    if field.null:
        return None
    by_type: dict[type, Any] = {
        models.BooleanField: False,
        models.DateTimeField: timezone.now(),
        models.DateField: timezone.localdate(),
        models.TimeField: dt.time(9),
        models.DurationField: dt.timedelta(hours=1),
        models.UUIDField: uuid.uuid4(),
        models.JSONField: {},
        models.BinaryField: b"\x00\xff",
        models.FileField: "kept/one.txt",
        models.CharField: "样例"[: getattr(field, "max_length", None) or 2],
        models.TextField: "样例",
        models.IntegerField: 1,
        models.FloatField: 1.5,
        models.DecimalField: 1,
    }
    for kind, value in by_type.items():
        if isinstance(field, kind):
            return value
    raise LookupError(f"{model.__name__}.{field.name}: no value for a {type(field).__name__}")


def fill_empty_tables() -> list[str]:
    """One row in every empty table of our parts; gives the tables that stay empty, with the reason."""
    from django.apps import apps
    from django.db import transaction
    from django.db.models import Model

    left: list[str] = []
    for _round in range(3):  # rows that others point at come first
        left = []
        for model in apps.get_models(include_auto_created=False):
            if not model.__module__.startswith("qiangqu.") or model._default_manager.exists():
                continue
            try:
                values = {
                    f.name: value_for(f, model)
                    for f in model._meta.concrete_fields
                    if not (f.primary_key and f.get_internal_type() == "BigAutoField")
                }
                with transaction.atomic():
                    Model.save_base(model(**values), raw=True, force_insert=True)
            except Exception as error:
                left.append(f"{model._meta.db_table}: {type(error).__name__} {error}")
        if not left:
            break
    return left


def main() -> None:
    version = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ.update(QIANGQU_HOME=str(home), DJANGO_SETTINGS_MODULE="qiangqu.site.settings")
        import django

        django.setup()
        from django.db import connections

        from qiangqu.site.packs import find_pack

        # modules of release 0.1.0, from whose checkout this runs
        demonstration: Any = import_module("qiangqu.site.demonstration")
        devices: Any = import_module("qiangqu.telemetry.demonstration")
        demonstration.DESK_DAYS, devices.DAYS = 1, 2
        demonstration.prepare(find_pack("ningxia"), print, enterprises=24, months=13)
        for line in fill_empty_tables():
            print("left empty:", line)
        command = [sys.executable, "-m", "qiangqu", "plan", "status", "--format", "json", "--as-of", "2026-10-31"]
        status = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ).stdout
        (home / "plan_status.json").write_bytes(status)
        connections.close_all()
        with sqlite3.connect(home / "qiangqu.sqlite3") as database:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("VACUUM")
        with tarfile.open(TARGET / f"{version}.tar.xz", "w:xz", preset=9) as archive:
            for name in ("qiangqu.sqlite3", "lake", "media", "secret_key", "plan_status.json"):
                if (home / name).exists():
                    archive.add(home / name, name)
    print(TARGET / f"{version}.tar.xz", (TARGET / f"{version}.tar.xz").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
