"""The site is what its parts declare: every name in a manifest leads to code, permissions are what they were,
the program starts without them.
"""

import ast
import json
import os
import subprocess
import sys
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from django.test import Client
from django.urls import include, path, reverse

from qiangqu.base.part import Part, PartError, load, parts
from qiangqu.registry.models import KEEPERS, Role
from qiangqu.registry.roles import ALLOWED, PERMISSIONS, Action, may
from qiangqu.registry.tests import factories
from qiangqu.site.cli import build_program, command_of
from qiangqu.site.parts import PARTS
from qiangqu.site.urls import pages_of

ROOT = Path(__file__).resolve().parents[3]
#: the permissions of release 0.1.0
RELEASED = {
    "leader": "view view_plan handle_cases view_cases supervise_cases office",
    "planner": "view view_plan edit_registers edit_code_lists import_facts edit_indicators edit_plan report_progress read_audit handle_cases "
    "view_cases supervise_cases edit_case_kinds handle_alarms edit_alarm_rules office keep_documents",
    "bureau": "view view_plan edit_registers import_facts report_progress handle_cases view_cases handle_alarms edit_alarm_rules office "
    "keep_documents",
    "zone": "view view_plan edit_registers import_facts report_progress handle_cases view_cases handle_alarms edit_alarm_rules office "
    "keep_documents",
    "inspector": "view view_plan handle_cases view_cases office",
    "enterprise": "view report_facts handle_cases",
}


def test_every_folder_with_a_manifest_is_listed() -> None:
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in ROOT.glob("qiangqu*/**/part.py")
        if file.parent.name != "base"
    }
    assert found == set(PARTS) and len(PARTS) == len(set(PARTS))


@pytest.mark.parametrize("part", parts(), ids=lambda part: part.name)
def test_names_in_a_manifest_lead_to_code(part: Part) -> None:
    for reference in part.references():
        assert reference.get() is not None, reference.text


@pytest.mark.parametrize("part", parts(), ids=lambda part: part.name)
def test_menu_entries_and_counters_lead_to_pages(part: Part) -> None:
    for name in [*(item.url_name for item in part.menu), *part.counters]:
        assert reverse(name).startswith("/")


def test_two_parts_do_not_give_a_page_the_same_address_or_name(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        "one": [path("wells/<int:pk>/", Client, name="well"), path("list/", include([path("", Client, name="wells")]))],
        "two": [path("list/", Client, name="others")],
        "three": [path("other/", Client, name="well")],
    }
    for name, patterns in pages.items():
        module = types.ModuleType(f"seam_{name}")
        module.urls = SimpleNamespace(urlpatterns=patterns)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"seam_{name}", module)
        monkeypatch.setitem(sys.modules, f"seam_{name}.urls", module.urls)
    one, two, three = (Part(name, name, pages="urls", package=f"seam_{name}") for name in pages)
    assert len(pages_of([one])) == 1
    with pytest.raises(PartError, match="seam_two：地址“/list/”已由 one 使用"):
        pages_of([one, two])
    with pytest.raises(PartError, match="seam_three：页面名“well”已由 one 使用"):
        pages_of([one, three])


DECLARED = [(part.package, command) for part in load(PARTS) for command in part.commands]


@pytest.mark.parametrize("package, declared", DECLARED, ids=lambda value: getattr(value, "name", ""))
def test_commands_are_called_and_described_as_their_manifest_says(package: str, declared: click.Command) -> None:
    real = command_of(build_program(), *declared.name.split())
    assert real.name == declared.name.split()[-1]
    assert real.get_short_help_str(1000) == declared.help


def program(*arguments: str, cwd: Path) -> dict[str, Any]:
    """Runs the program in a process of its own and says which modules it needed."""
    code = (
        "import json, sys\n"
        "from qiangqu.site import cli\n"
        f"sys.argv = ['qiangqu', *{list(arguments)!r}]\n"
        "try:\n    cli.main()\n"
        "finally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QIANGQU_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=cwd,
        env=environment | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {"output": done.stdout, "modules": set(json.loads(done.stderr.splitlines()[-1]))}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["plan", "compile", "--help"], ["plan", "compile", "plan.txt"]], ids=" ".join
)
def test_help_and_the_compiler_need_no_settings_and_leave_nothing_behind(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_text("到2030年，规模以上工业企业达到1500家。\n", encoding="utf-8")
    ran = program(*arguments, cwd=tmp_path)
    assert not {"django.db.models", "qiangqu.site.settings"} & ran["modules"]
    assert not [name for name in ran["modules"] if name.startswith("qiangqu.") and name.endswith(".commands")]
    assert [file.name for file in tmp_path.iterdir()] == ["plan.txt"]


def test_each_role_may_what_it_could() -> None:
    # who has a permission that came later says its part's manifest
    known = set(" ".join(RELEASED.values()).split())
    assert {role: codes & known for role, codes in ALLOWED.items() if role not in KEEPERS} == {
        role: set(codes.split()) for role, codes in RELEASED.items()
    }
    assert ALLOWED[Role.ADMIN] == set(PERMISSIONS)


def test_a_permission_that_nobody_declares_is_an_error() -> None:
    assert Action.EDIT_PLAN == "edit_plan" and may.__module__ == "qiangqu.registry.roles"
    with pytest.raises(AttributeError, match="no part declares the permission edit_plam"):
        Action.EDIT_PLAM  # noqa: B018


def test_code_asks_for_permissions_of_its_own_part_or_of_one_before_it() -> None:
    declared: set[str] = set()
    for part in parts():
        declared |= {one.code for one in part.permissions}
        folder = ROOT.joinpath(*part.package.split("."))
        for file in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                asked = (
                    isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Action"
                )
                if asked and "tests" not in file.parts and node.attr.isupper():
                    assert node.attr.lower() in declared, f"{file.relative_to(ROOT)}:{node.lineno} {node.attr}"


@pytest.mark.django_db
def test_the_page_of_roles_and_ones_own_page_show_every_permission() -> None:
    admin = factories.user(Role.ADMIN, factories.tree()["R"])
    client = Client()
    client.force_login(admin)
    roles, account = client.get(reverse("roles")).content.decode(), client.get(reverse("account")).content.decode()
    for permission in PERMISSIONS.values():
        assert str(permission.title) in roles and str(permission.description) in roles
        assert str(permission.title) in account
