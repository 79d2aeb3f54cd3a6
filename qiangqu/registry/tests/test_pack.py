"""What the registry takes from a pack: a tiny pack of another province, its faults, and loading it twice."""

import datetime as dt
import shutil

import pytest

from qiangqu.base.packs import Pack
from qiangqu.registry import audit, pack
from qiangqu.registry.models import Area, AuditEntry, Industry, Organisation, ProjectKind, RecognitionKind, User

FILES = {
    "pack.yaml": "code: tiny\nname: 试验省计划\nregion: '990000'\nzones_stated: 1\n",
    "areas.csv": "code,parent,level,name,short_name,kind,lon,lat,valid_from,valid_to\n"
    "Z-1,990100,zone,甲开发区,甲区,省级,100.5,30.5,2015-06-01,\n990000,,region,试验省,试验,,,,,\n990100,990000,city,甲市,甲,,,,,\n",
    "units.csv": "code,name,short_name,kind,area,aliases,members\nU-1,省工业厅,工业厅,department,990000,工厅；省工厅,\n"
    "U-2,甲市政府,甲市,government,990100,,\nU-G,各单位,各单位,group,990000,,U-1;U-2\n",
    "industries.csv": "code,name,parent\nchain,某产业链,base\nbase,某产业,\n",
    "recognitions.yaml": "- {code: green, name: 绿色工厂, issuer: U-1, validity_years: 3, source: 某办法}\n",
    "project_kinds.yaml": "- {code: reno, name: 技术改造, source: 某办法}\n",
    "accounts.yaml": "- {username: p, name: 演示, role: planner, area: '990000', organisation: U-1, password_env: QQ_TEST_PASSWORD, demo_password: demo-pass}\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _errors(folder) -> list[str]:
    return [str(finding) for finding in pack.check(Pack(folder)) if finding.severity == "error"]


def test_a_right_pack_has_no_findings_that_stop_it(folder):
    assert _errors(folder) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("areas.csv", "990100,990000,city", "990100,990000,town", "level"),
        ("areas.csv", "Z-1,990100,zone", "Z-1,NONE,zone", "不在表中"),
        ("areas.csv", "990100,990000,city", "990100,Z-1,city", "成环"),
        ("areas.csv", "Z-1,990100", "z/1,990100", "大写字母"),
        ("areas.csv", "100.5", "east", "写法不对"),
        ("areas.csv", "2015-06-01", "June 2015", "写法不对"),
        ("areas.csv", "990000,,region", "990000,990000,region", "恰有一个"),
        ("units.csv", "department", "ministry", "kind"),
        ("units.csv", "U-2,甲市政府", "U-1,甲市政府", "重复"),
        ("units.csv", "U-1;U-2", "U-1;U-9", "U-9"),
        ("units.csv", "government,990100", "government,nowhere", "nowhere"),
        ("industries.csv", "某产业链,base", "某产业链,none", "none"),
        ("recognitions.yaml", "validity_years: 3", "validity_years: three", "validity_years"),
        ("recognitions.yaml", "name: 绿色工厂", "title: 绿色工厂", "缺少 code 或 name"),
        ("accounts.yaml", "role: planner", "role: king", "king"),
        ("pack.yaml", "990000", "880000", "880000"),
    ],
)
def test_each_fault_is_named(folder, name, old, new, sentence):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    errors = _errors(folder)
    assert any(sentence in error and name.split(".")[0] in error for error in errors), errors


def test_gaps_are_warnings(folder):
    (folder / "pack.yaml").write_text("code: tiny\nzones_stated: 3\n", encoding="utf-8")
    warnings = [str(f) for f in pack.check(Pack(folder)) if f.severity == "warning"]
    assert any("3 个，表中 1 个" in text for text in warnings)


@pytest.mark.django_db
def test_loading_twice_changes_nothing(folder):
    for _ in range(2):
        pack.load(Pack(folder), lambda text: None)
    zone = Area.objects.get(code="Z-1")
    assert zone.path == "/990000/990100/Z-1/" and zone.valid_from == dt.date(2015, 6, 1) and zone.history.count() == 1
    assert Area.objects.get(code="990000").valid_from == pack.SINCE_ALWAYS
    assert Industry.objects.get(code="chain").parent.code == "base"
    assert RecognitionKind.objects.get().issuer == "省工业厅" and ProjectKind.objects.get().source == "某办法"
    group = Organisation.objects.get(code="U-G")
    assert set(group.members.values_list("code", flat=True)) == {"U-1", "U-2"}
    assert Organisation.objects.get(code="U-1").aliases == "工厅;省工厅"
    assert Organisation.history.count() == 3
    assert AuditEntry.objects.filter(action="pack_loaded").count() == 1 and audit.verify()[1] is None


@pytest.mark.django_db
def test_a_changed_pack_makes_new_versions_only_of_what_changed(folder):
    pack.load(Pack(folder), lambda text: None)
    path = folder / "units.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("省工业厅", "省工信厅"), encoding="utf-8")
    pack.load(Pack(folder), lambda text: None)
    assert [version.name for version in Organisation.objects.get(code="U-1").history.all()] == ["省工信厅", "省工业厅"]
    assert Organisation.objects.get(code="U-2").history.count() == 1


@pytest.mark.django_db
def test_accounts_are_made_only_when_asked_and_take_the_password_of_the_environment(folder, monkeypatch):
    pack.load(Pack(folder), lambda text: None)
    assert not User.objects.exists()
    accounts = pack.load_accounts(Pack(folder), lambda text: None)
    assert [(a.username, a.password) for a in accounts] == [("p", "demo-pass")] and User.objects.get().check_password(
        "demo-pass"
    )
    monkeypatch.setenv("QQ_TEST_PASSWORD", "from-environment")
    pack.load_accounts(Pack(folder), lambda text: None)
    assert User.objects.get().check_password("from-environment")


def test_a_file_that_is_missing_is_a_finding_not_a_crash(folder):
    (folder / "units.csv").unlink()
    assert any("没有责任单位表" in str(f) for f in pack.check(Pack(folder)))
    shutil.rmtree(folder)
