"""docs/extending.md is run: its blocks are put together to a part of their own, beside all others, and every
field of it does what the page says.
"""

import ast
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from qiangqu.base.part import Part, parts
from qiangqu.base.tests.homes import migrated

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = re.findall(r"^`((?:wells|qiangqu_demo)/[\w/.]+)`\n\n```(?:python|html)\n(.*?)^```", PAGE, re.M | re.S)
FIELDS = re.findall(r"^### (\w+)\n.*?^```python\n(.*?)^```", PAGE, re.M | re.S)
HEAD = """import datetime as dt

from django.utils.translation import gettext_lazy as _

from qiangqu.base.part import (
    Api, Card, Check, Command, Demonstration, Job, MenuItem, Middleware, Panel, Part, Permission, Receiver, Search, Section,
)

PART = Part(
    "wells",
    _("机井"),
"""
PROGRAM = """
import os, sys
import qiangqu.site.parts as listed
listed.PARTS = (*listed.PARTS[:-1], "wells", listed.PARTS[-1])
from qiangqu.site import cli
sys.exit(cli.main())
"""
CHECKS = """
import datetime as dt, os
import qiangqu_demo
qiangqu_demo.__path__.append("qiangqu_demo")  # the page's file beside those of the package
import qiangqu.site.parts as listed
listed.PARTS = (*listed.PARTS[:-1], "wells", listed.PARTS[-1])
os.environ["DJANGO_SETTINGS_MODULE"] = "qiangqu.site.settings"
import django
django.setup()
from pathlib import Path
from types import SimpleNamespace
from django.conf import settings
from django.core.management import call_command
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
call_command("migrate", run_syncdb=True, verbosity=0)

from qiangqu.base import jobs
from qiangqu.base.packs import Pack
from qiangqu.base.part import parts
from qiangqu.facts import uses
from qiangqu.facts.models import FactBatch
from qiangqu.facts.signals import facts_added
from qiangqu.messaging.notify import KNOWN_TOPICS
from qiangqu.registry.audit import ACTION_WORDS
from qiangqu.registry.roles import Action, may
from qiangqu.registry.tests import factories
from qiangqu.site import packs
from qiangqu.ui import attention, menu, search
from wells import periodic, rigs
from wells.models import Well

part = next(one for one in parts() if one.name == "wells")
for reference in part.references():
    assert reference.get() is not None, reference.text

# demonstration, pack
areas = factories.tree()
people = factories.users(areas)
told = []
for step in (part.demonstration.fill, part.demonstration.enact):
    part.reference(step)(areas["Z1"], told.append)
assert told == ["模拟机井 1 口"] and Well.objects.get().note == "（模拟）已巡查"
assert part.reference(part.demonstration.live)(dt.datetime.now()) == 0
folder = Path("pack")
folder.mkdir()
(folder / "pack.yaml").write_text("code: x\\n", encoding="utf-8")
(folder / "wells.csv").write_text("code,name,area,depth\\nW1,甲井,Z1,80\\nW2,乙井,Z3,deep\\n", encoding="utf-8")
own = part.reference(part.pack).get()
assert own in packs._readers()
assert [str(one) for one in own.check(Pack(folder))] == ["wells.csv 第3行 depth：井深应为整数米"], own.check(Pack(folder))
(folder / "wells.csv").write_text("code,name,area,depth\\nW1,甲井,Z1,80\\nW2,乙井,Z3,0\\n", encoding="utf-8")
for _again in range(2):
    own.load(Pack(folder), told.append)
assert told[-1] == "机井 3 口"

# permissions, menu, pages, registers, API
zone, leader, neighbour = people["zone"], people["leader"], people["neighbour"]
assert may(zone, Action.EDIT_WELLS) and not may(leader, Action.EDIT_WELLS) and may(people["admin"], Action.EDIT_WELLS)
shown = {str(section.label): [str(item.label) for item in section.items] for section in menu.visible_menu(zone)}
assert shown["水务"] == ["机井"] and "最深的机井" in shown["绿色"] and "水务" in shown
assert list(shown).index("绿色") < list(shown).index("水务") < list(shown).index("数据")
def client(user):
    one = Client()
    one.force_login(user)
    return one
assert client(zone).get("/wells/deepest/").content.decode() == "模拟机井 120 米"
assert client(neighbour).get("/wells/deepest/").content.decode() == "乙井 0 米"
assert "甲井" in client(zone).get("/wells/").content.decode() and "乙井" not in client(zone).get("/wells/").content.decode()
assert client(zone).get("/wells/new/").status_code == 200 and client(leader).get("/wells/new/").status_code == 403
assert client(zone).get("/api/v1/wells/deepest").json() == {"SIM-W1": 120.0}
assert client(neighbour).get("/api/v1/wells/wells").json()["count"] == 1
roles = client(people["admin"]).get("/roles/").content.decode()
assert "维护机井" in roles and "新建、修改和导入机井。" in roles

# an act with files and a number
from django.core.exceptions import PermissionDenied
from qiangqu.base.errors import ConflictError
from qiangqu.records.checking import checked
from qiangqu.registry.models import AuditEntry
from wells.sealing import seal
well = Well.objects.get(code="W1")
proof = checked("封填照片.pdf", b"%PDF-1.4 x")
def refused(error, *of):
    try:
        seal(*of)
    except error:
        return True
assert refused(PermissionDenied, well, neighbour, 2026, [proof])
assert seal(well, zone, 2026, [proof]) == "封填〔2026〕1号" and refused(ConflictError, well, zone, 2026)
assert seal(Well.objects.get(code="SIM-W1"), zone, 2026) == "封填〔2026〕2号"
assert AuditEntry.objects.filter(action="well_sealed").count() == 2
file = well.files.get()
assert client(zone).get(f"/files/{file.uid}").content == proof.data
assert client(neighbour).get(f"/files/{file.uid}").status_code == 404

# subjects: facts come in about wells, formulas count and sum them, and a number opens to them
from qiangqu.facts.importing import commit
from qiangqu.facts.models import Element, Fact
from qiangqu.formulas.evaluate import evaluate
from qiangqu.formulas.explain import explain
from qiangqu.formulas.models import Indicator
Element.objects.create(code="taken", name="取水量", unit="吨", kind="flow", aggregation="sum", subjects="well")
Path("taken.csv").write_text("要素,机井,时期,数值,单位\\n取水量,甲井,2025-05,3,吨\\n取水量,W2,2025-05,4,吨\\n", encoding="utf-8")
commit(Path("taken.csv"), None, key="taken")
assert set(Fact.objects.values_list("subject_kind", "value")) == {(100, 3.0), (100, 4.0)}
for code, formula, unit in (("n", "count(well, depth >= 80)", "个"), ("d", "sum(well.depth)", "千米"), ("t", "total(taken)", "吨")):
    Indicator.objects.create(code=code, name=code, unit=unit, formula=formula)
found = {(v.code, v.area): v.value for v in evaluate(["n", "d", "t"], ["R", "Z1", "Z3"], ["2025-05"])}
assert found == {
    ("n", "R"): 1, ("n", "Z1"): 1, ("n", "Z3"): 0, ("d", "R"): 0.08, ("d", "Z1"): 0.08, ("d", "Z3"): 0,
    ("t", "R"): 7, ("t", "Z1"): 3, ("t", "Z3"): 4,
}, found
assert [(r.name, r.value) for r in explain("d", "Z1", "2025-05", zone).rows.rows] == [("甲井", 80)]
page = client(zone).get("/indicators/d/explain?area=Z1&period=2025-05").content.decode()
assert f'href="/wells/{Well.objects.get(code="W1").pk}/"' in page and "甲井" in page
assert "机井" in client(zone).get("/facts/").content.decode()
assert [row["subject_name"] for row in client(neighbour).get("/api/v1/facts/facts?kind=well").json()["items"]] == ["乙井"]
assert client(neighbour).get("/api/v1/facts/facts?kind=shaft").status_code == 422
Indicator.objects.all().delete()

# search, panels, cards, attention, counters
assert [hit.title for hit in search.find("80", zone)] == ["甲井"]
assert search.find("80", neighbour) == []
enterprise = factories.enterprise(areas["Z1"], 1)
Well.objects.filter(code="W1").update(organisation=enterprise)
assert "甲井" in client(zone).get(f"/organisations/{enterprise.pk}/").content.decode()
assert "甲井" not in client(neighbour).get(f"/organisations/{enterprise.pk}/").content.decode()
assert "乙井没有井深" in [one.text for one in attention.alerts(neighbour, areas["Z3"])]
desk = client(neighbour).get("/").content.decode()
assert "待测机井" in desk and "乙井" in desk and "缺井深" in desk and "甲井" not in desk
assert "待测机井" not in client(leader).get("/").content.decode()
assert "/wells/counter/" in attention.counters(zone) and "/wells/counter/" not in attention.counters(leader)
assert client(neighbour).get("/wells/counter/").content == b"1"

# middleware, context
assert settings.MIDDLEWARE[-2:] == ["wells.around.WellMiddleware", "qiangqu.ui.once.OnceMiddleware"]
asked = client(zone).get("/wells/counter/")
assert asked.headers["X-Wells"] == str(zone.pk)
from django.template import engines
assert engines["django"].from_string("{{ well_word }}").render(request=asked.wsgi_request) == "机井"

# acts, topics, jobs, receivers, opens, joins
assert str(ACTION_WORDS["well_sealed"]) == "封填机井" and str(KNOWN_TOPICS["wells"]) == "机井"
job, report = (next(one for one in jobs.jobs() if one.name == name) for name in ("wells-count", "wells-report"))
assert job.work(dt.datetime.now()) == "3 口机井" and job.at is None and not job.long
assert report.at == dt.time(6, 30) and report.long
from qiangqu.site.doctor import ERROR, declared, examine
own_check = [one for one in declared(parts()) if one[0].name == "wells-depth"]
found = list(examine(own_check, dt.datetime.now(dt.UTC)))
assert found[0].state == ERROR and str(found[0].findings[0]) == "有 1 口机井没有井深：请到机井名录填写", found
facts_added.send("a sender", batch=FactBatch.objects.get())
assert [str(one) for one in periodic.SEEN] == ["taken.csv", "taken.csv"]
assert rigs.RIGS["rotary"]() == "旋挖钻机"
assert "取水量" in [one.name for one in uses.uses_of(SimpleNamespace(code="water_taken"), people["planner"])]
"""


def keywords() -> list[tuple[str, str]]:
    """The fields that the page sets, and their values as written."""
    calls = [ast.parse(example, mode="eval").body for _name, example in FIELDS]
    return [(str(one.arg), ast.unparse(one.value)) for call in calls for one in call.keywords]  # type: ignore[attr-defined]


def run(folder: Path, *arguments: str) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("QIANGQU_", "DJANGO_", "PYTEST_"))}
    environment = kept | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "QIANGQU_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_field_of_the_manifest_is_described_with_an_example() -> None:
    described = [name for name, _example in FIELDS]
    assert sorted(described) == sorted({one.name for one in fields(Part)} - {"name", "title", "package"})
    assert [name for name, _value in keywords()] == described
    assert all(f"`{part.name}.{point}`" in PAGE for part in parts() for point in part.opens)
    # no code on the page that is not run
    assert PAGE.count("```python") + PAGE.count("```html") == len(FIELDS) + len(FILES)


def test_the_part_on_the_page_works(tmp_path: Path) -> None:
    for name, text in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "wells" / "__init__.py").touch()
    manifest = HEAD + "".join(f"    {name}={value},\n" for name, value in keywords()) + ")\n"
    (tmp_path / "wells" / "part.py").write_text(manifest, encoding="utf-8")
    (tmp_path / "checks.py").write_text(CHECKS, encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    # the pure command needs no home; the listing shows what the manifest says
    assert run(tmp_path, "program.py", "wells", "volume", "10", "2") == "31.4\n"
    assert "机井：最深的一口。" in run(tmp_path, "program.py", "--help")
    assert not (tmp_path / "home").exists()
    (tmp_path / "home").mkdir()
    migrated(tmp_path / "home")
    run(tmp_path, "checks.py")
    assert run(tmp_path, "program.py", "wells", "deepest") == "模拟机井\n"
    assert "一口井的容积（立方米）。" in run(tmp_path, "program.py", "wells", "--help")
