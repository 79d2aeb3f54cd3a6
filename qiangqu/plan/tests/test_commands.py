import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from qiangqu.plan.commands import plan_group
from qiangqu.plan.compile_command import plan_compile

pytestmark = pytest.mark.django_db
TEXT = """海澜省人民政府关于推进蓝色制造的意见
一、主要目标
到2033年，船舶产值达到150亿元以上，蓝色产业比重达到40%。
二、重点任务
1. 壮大船舶工业。每年新开项目120个以上。（责任单位：海澜省工业厅，东湾市人民政府）
"""


def run(*arguments: str, **more):
    if arguments[0] == "compile":  # a command of its own, which needs no settings
        return CliRunner().invoke(plan_compile, arguments[1:], **more)
    return CliRunner().invoke(plan_group, arguments, **more)


def test_status_json_is_one_document_and_nothing_else(put) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121})
    result = run("status", "--as-of", "2032-12-31", "--format", "json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["as_of"] == "2032-12-31" and len(document["targets"]) == 10
    assert document["targets"][0]["status"] == "on_track"


@pytest.mark.parametrize("width", ["80", "120", "200"])
def test_status_table_keeps_to_the_width_of_the_terminal(put, width) -> None:
    put("ship_output", {"2030": 100, "2031": 108, "2032": 121}, simulated=True)
    result = run("status", "--as-of", "2032-12-31", env={"COLUMNS": width})
    assert result.exit_code == 0 and max(map(cell_len, result.stdout.splitlines())) <= int(width)
    assert "船舶产值" in result.stdout and "无数据 9" in result.stdout and "含模拟数据" in result.stdout


def test_status_of_an_area_and_of_none(tiny) -> None:
    from qiangqu.base.errors import NotFoundError

    assert run("status", "--area", "990100", "--format", "json").exit_code == 0
    assert isinstance(run("status", "--area", "nowhere").exception, NotFoundError)
    assert run("status", "--as-of", "yesterday").exit_code == 2
    assert run("status", "--format", "xml").exit_code == 2


def test_compile_needs_no_settings_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """As a program of its own in an empty folder: no database, no home, no ``var/``."""
    (tmp_path / "方案.txt").write_text(TEXT, encoding="utf-8")
    root = Path(__file__).resolve().parents[3]
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    bare |= {"DJANGO_SETTINGS_MODULE": "no.such.settings", "QIANGQU_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
    command = [sys.executable, "-m", "qiangqu", "plan", "compile", "方案.txt", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["targets"] and "目标" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["方案.txt"]


def test_compile_to_stdout_and_to_a_file(tmp_path: Path) -> None:
    source = tmp_path / "plan.txt"
    source.write_text(TEXT, encoding="utf-8")
    result = run("compile", str(source))
    compiled = json.loads(result.stdout)
    assert result.exit_code == 0 and {"document", "targets", "tasks", "units"} == set(compiled)
    assert any(t["value"] == 150 and t["unit"] == "亿元" for t in compiled["targets"])
    out = tmp_path / "out.yaml"
    result = run("compile", str(source), "--format", "yaml", "-o", str(out))
    assert result.stdout == "" and "targets:" in out.read_text(encoding="utf-8")


def test_compile_of_bad_files(tmp_path: Path) -> None:
    from qiangqu.base.errors import QiangquError

    for name, content in (("no.txt", None), ("empty.txt", b""), ("x.exe", b"MZ"), ("broken.docx", b"PK\x03\x04zzz")):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        result = run("compile", str(path))
        assert isinstance(result.exception, QiangquError) and name in str(result.exception) and result.stdout == ""
    assert run("compile").exit_code == 2


def test_compile_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    from qiangqu.base.errors import UsageError

    source = tmp_path / "plan.txt"
    source.write_text(TEXT, encoding="utf-8")
    assert isinstance(run("compile", str(source), "-o", str(tmp_path / "no" / "x.json")).exception, UsageError)
