"""Every file that somebody sends passes the one check (:mod:`qiangqu.ui.uploads`): there is no other way in."""

import ast
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from qiangqu.base.errors import InputError
from qiangqu.facts.commands import import_command
from qiangqu.facts.models import ImportJob
from qiangqu.plan.models import PlanDocument, PlanUpload
from qiangqu.records.models import Attachment
from qiangqu.registry.tests import factories
from qiangqu.site.api import api
from qiangqu.telemetry import backfill
from qiangqu.ui.models import RegisterImport

ROOT = Path(__file__).resolve().parents[3]
READER = ROOT / "qiangqu" / "ui" / "uploads" / "__init__.py"
SOURCES = [
    path
    for package in ("qiangqu", "qiangqu_demo")
    for path in sorted((ROOT / package).rglob("*.py"))
    if path != READER and "tests" not in path.parts and "migrations" not in path.parts
]
#: what else gives the bytes of a request's files
WAYS = {"FILES", "MultiPartParser", "MultiPartParserError", "upload_handlers", "parse_file_upload"}


def ways_in(text: str) -> list[str]:
    """Where a module takes files past the check: names of :data:`WAYS`, and parameters of an API operation that
    are used for anything but ``Upload(parameter)``.
    """
    tree = ast.parse(text)
    found = [
        f"{node.lineno}: {node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in WAYS
    ]
    found += [
        f"{node.lineno}: {node.id}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in WAYS - {"FILES"}
    ]
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("django")
            and "uploadedfile" in (node.module or "")
        ):
            found.append(f"{node.lineno}: {node.module}")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found += _parameters(node)
    return found


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    names = {
        one.arg
        for one in (*function.args.args, *function.args.kwonlyargs)
        if one.annotation is not None and "UploadedFile" in ast.unparse(one.annotation)
    }
    sealed = {
        id(call.args[0])
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Upload" and call.args
    }
    return [
        f"{node.lineno}: {node.id}"
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id in names and id(node) not in sealed
    ]


@pytest.mark.parametrize(
    "text",
    [
        "def page(request): return request.FILES['x'].read()",
        "def page(request): f = getattr(request, 'x'); MultiPartParser(f)",
        "from django.core.files.uploadedfile import UploadedFile",
        "def operation(request, file: UploadedFile = File(...)): return file.read()",
        "def operation(request, files: list[UploadedFile]): return [Upload(f) for f in files]",
    ],
)
def test_the_search_finds_what_it_looks_for(text: str) -> None:
    assert ways_in(text)
    assert not ways_in("def operation(request, file: UploadedFile = File(...)): return check(Upload(file), TAKES)")


def test_nothing_but_the_reader_takes_files_from_a_request() -> None:
    found = {str(path.relative_to(ROOT)): ways for path in SOURCES if (ways := ways_in(path.read_text()))}
    assert not found, "ask qiangqu.ui.uploads.given(request, field) and check what it gives"
    assert "request.FILES" in READER.read_text()


def test_the_operations_that_take_a_file() -> None:
    """Of the API as it is served: another one belongs among the doors below."""
    paths = api.get_openapi_schema()["paths"]
    taking = [
        where
        for where, methods in paths.items()
        for one in methods.values()
        if "multipart/form-data" in one.get("requestBody", {}).get("content", {})
    ]
    assert taking == ["/api/v1/facts/imports"]


# ---------------------------------------------------------------- the scanner stands at every door

DOORS = {
    "facts": ("planner", "/facts/imports/", "表.csv", b"a,b\nEICAR,1\n"),
    "facts by API": ("planner", "/api/v1/facts/imports", "表.csv", b"a,b\nEICAR,1\n"),
    "register": ("planner", "/organisations/import/", "表.csv", b"a,b\nEICAR,1\n"),
    "little text": ("planner", "/plan/documents", "意见.txt", "到2030年，EICAR。".encode()),
    "large text": ("planner", "/plan/documents", "意见.txt", b"EICAR " * 100_000),
}


MORE = {"register": {"effective_from": "2026-01-01"}}


@pytest.fixture
def people(db: None, settings: Any, tmp_path: Path) -> dict[str, Any]:
    settings.MEDIA_ROOT = tmp_path / "media"
    script = tmp_path / "scanner.py"
    script.write_text("import sys; sys.exit(b'EICAR' in open(sys.argv[1], 'rb').read())")
    settings.QIANGQU_VIRUS_SCANNER = f"{sys.executable} {script}"
    return factories.users(factories.tree())


@pytest.mark.parametrize("door", DOORS)
def test_what_the_scanner_finds_is_not_kept(people: dict[str, Any], client: Client, door: str, settings: Any) -> None:
    who, address, name, data = DOORS[door]
    client.force_login(people[who])
    answer = client.post(
        address, {"file": SimpleUploadedFile(name, data), "files": SimpleUploadedFile(name, data)} | MORE.get(door, {})
    )
    said = answer.json()["detail"] if "api" in address else answer.content.decode()
    assert answer.status_code == 422 and "病毒扫描认为这个文件有害" in said and name in said
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    for model in (ImportJob, RegisterImport, PlanUpload, PlanDocument, Attachment):
        assert not model._default_manager.exists()


def test_files_named_on_the_command_line_are_scanned_too(people: dict[str, Any], tmp_path: Path) -> None:
    named = tmp_path / "历史.csv"
    named.write_text("MN,EICAR\n")
    for read in (backfill.fill, lambda path: import_command.callback(path, False, "table")):
        with pytest.raises(InputError, match="有害") as caught:
            read(named)
        assert caught.value.where == "历史.csv"
