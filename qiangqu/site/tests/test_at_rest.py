"""What lies on disk: nobody but the node's user reads it, and the secrets in the database are encrypted with
keys outside it.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.db import connection

from qiangqu.base import crypto
from qiangqu.base.errors import InputError
from qiangqu.base.homes import made_once
from qiangqu.base.tests.homes import ROOT
from qiangqu.messaging.models import Preference
from qiangqu.registry.tests import factories
from qiangqu.site.commands import keys_group
from qiangqu.telemetry.models import Device, UnknownDevice


def raw(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def secrets_of(db: Any, settings: Any, tmp_path: Path) -> Device:
    settings.QIANGQU_FIELD_KEY_FILE = tmp_path / "field_keys"
    areas = factories.tree()
    Preference.objects.create(
        user=factories.user("zone", areas["Z1"]), robot_url="https://oapi.dingtalk.com/robot?access_token=SECRET"
    )
    UnknownDevice.objects.create(
        mn="U1", password="SECRET-U", first_seen="2026-01-01T00:00Z", last_seen="2026-01-01T00:00Z"
    )
    return Device.objects.create(
        mn="D1", name="d", area=areas["Z1"], password="SECRET1", key="0" * 32, valid_from=dt.date(2024, 1, 1)
    )


COLUMNS = [
    ("telemetry_device", "password"), ("telemetry_device", "key"), ("telemetry_historicaldevice", "password"),
    ("telemetry_unknowndevice", "password"), ("messaging_preference", "robot_url"),
]  # fmt: skip


def test_secrets_are_encrypted_and_read_back(secrets_of: Device) -> None:
    for table, column in COLUMNS:
        assert all(text.startswith(crypto.MARK) and "SECRET" not in text for text in raw(table, column)), table
    again = Device.objects.get()
    assert (again.password, again.key) == ("SECRET1", "0" * 32)
    assert list(Device.objects.values_list("password", flat=True)) == ["SECRET1"]
    assert Device.objects.exclude(password="").count() == 1 and Device.objects.filter(password="").count() == 0
    with pytest.raises(FieldError):
        Device.objects.filter(password__startswith="SEC").count()


def test_keys_are_rotated(secrets_of: Device, settings: Any) -> None:
    path = Path(settings.QIANGQU_FIELD_KEY_FILE)
    old, before = path.read_text(), raw("telemetry_device", "password")
    assert path.stat().st_mode & 0o777 == 0o600
    done = CliRunner().invoke(keys_group, ["rotate"])
    assert done.exit_code == 0, done.output
    assert path.read_text() != old and raw("telemetry_device", "password") != before
    assert path.stat().st_mode & 0o777 == 0o600
    assert Device.objects.get().password == "SECRET1" and "SECRET" in Preference.objects.get().robot_url
    path.write_text(old)
    crypto._in_file.cache_clear()
    with pytest.raises(InputError, match="字段密钥"):
        Device.objects.get()


def test_keys_in_the_environment(secrets_of: Device, settings: Any) -> None:
    old = Path(settings.QIANGQU_FIELD_KEY_FILE).read_text().strip()
    settings.QIANGQU_FIELD_KEYS = f"{Fernet.generate_key().decode()},{old}"
    assert Device.objects.get().password == "SECRET1"
    assert CliRunner().invoke(keys_group, ["encrypt"]).exit_code == 0
    settings.QIANGQU_FIELD_KEYS = settings.QIANGQU_FIELD_KEYS.partition(",")[0]
    assert Device.objects.get().password == "SECRET1"
    assert isinstance(CliRunner().invoke(keys_group, ["rotate"]).exception, InputError)
    settings.QIANGQU_FIELD_KEYS = "not a key"
    with pytest.raises(InputError):
        Device.objects.get()


def test_every_identity_of_a_complainant_is_encrypted(db: Any) -> None:
    fields = {model.__name__: names for model, names in crypto.encrypted_fields()}
    assert fields["Identity"] == ["data"]
    assert {
        "Device",
        "HistoricalDevice",
        "UnknownDevice",
        "AlarmChannel",
        "HistoricalAlarmChannel",
        "Preference",
    } <= set(fields)


def test_a_home_that_was_open_is_shut(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "media" / "cases").mkdir(parents=True)
    (home / "media" / "cases" / "photo").write_text("x")
    (home / "qiangqu.sqlite3").touch()
    for path in [home, *home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    kept = {
        name: value for name, value in os.environ.items() if name not in ("QIANGQU_DATABASE_URL", "QIANGQU_SECRET_KEY")
    }
    done = subprocess.run(
        [sys.executable, "-m", "qiangqu", "audit", "--help"],
        env=kept | {"QIANGQU_HOME": str(home), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    modes = {path.name: path.stat().st_mode & 0o777 for path in [home, *home.rglob("*")]}
    assert (home / "secret_key").exists()
    assert {modes[path.name] for path in [home, *home.rglob("*")] if path.is_dir()} == {0o700}
    assert {mode for name, mode in modes.items() if (home / name).is_file() or name == "photo"} == {0o600}


def test_of_many_processes_that_make_a_key_all_read_the_same(tmp_path: Path) -> None:
    program = (
        "import sys, uuid; from pathlib import Path; from qiangqu.base.homes import made_once; "
        "print(made_once(Path(sys.argv[1]), uuid.uuid4().hex))"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "key")], env=env, stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    told = {process.communicate()[0].decode().strip() for process in started}
    assert told == {made_once(tmp_path / "key", "never")} and json.dumps(list(told))
