"""The one check of uploads: tables and texts (documents and pictures: ``records/tests/test_checking.py``)."""

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from qiangqu.base.errors import InputError
from qiangqu.ui.spreadsheets import RECORDS, write_xlsx
from qiangqu.ui.uploads import Takes, Upload, check, given, one_given, tables

TABLE = tables(RECORDS)
TEXT = Takes((".txt", ".md"), 100, "只收文字")


def sent(name: str, data: bytes) -> Upload:
    return Upload(SimpleUploadedFile(name, data))


def book(*parts: str, types: str = "") -> bytes:
    """A workbook with further parts."""
    made = io.BytesIO()
    write_xlsx(made, "表", ["名称"], [["甲"]])
    with zipfile.ZipFile(io.BytesIO(made.getvalue())) as source:
        held = {one: source.read(one) for one in source.namelist()}
    held["[Content_Types].xml"] += types.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in held.items():
            target.writestr(name, data)
        for name in parts:
            target.writestr(name, b"0" * (40 << 20) if "bomb" in name else b"x")
    return out.getvalue()


@pytest.mark.parametrize(("name", "data"), [("表.csv", "名称\n甲\n".encode()), ("表.XLSX", book())])
def test_a_table_is_taken_and_kept_as_it_came(name: str, data: bytes, tmp_path: Path) -> None:
    found = check(sent(name, data), TABLE)
    found.keep(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == data == found.data
    assert found.name == name and found.suffix == Path(name).suffix.lower() and found.size == len(data)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("宏.xlsx", book("xl/vbaProject.bin"), "有宏"),
        ("旧宏.xlsx", book("xl/macrosheets/sheet1.xml"), "有宏"),
        ("宏类型.xlsx", book(types="<!-- application/vnd.ms-excel.sheet.macroEnabled.main+xml -->"), "有宏"),
        ("炸弹.xlsx", book("xl/bomb.bin"), "解开后过大"),
        ("表.xlsm", book(), "扩展名"),
        ("表.csv", b"%PDF-1.4", "PDF"),
        ("图.xlsx", b"\x89PNG\r\n", "图片"),
        ("空.csv", b"", "空的"),
        ("大.csv", b"a,b\n" * (RECORDS.size // 4 + 1), "超过 12 MB"),
        ("...", b"a,b\n", "扩展名"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_or_hides_something_is_refused(name: str, data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        check(sent(name, data), TABLE)
    assert caught.value.where == (name.strip(".") or "?")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.txt", b"PK\x03\x04", "不符"),
        ("a.md", b" \n", "空的"),
        ("a.exe", b"x", "只收文字"),
        ("a.txt", b"x" * 101, "超过"),
    ],
)
def test_texts(name: str, data: bytes, said: str) -> None:
    assert check(sent("好.txt", "字".encode()), TEXT).data == "字".encode()
    with pytest.raises(InputError, match=said):
        check(sent(name, data), TEXT)


def test_tables_are_scanned(settings: Any, tmp_path: Path) -> None:
    script = tmp_path / "scanner.py"
    script.write_text("import sys; sys.exit(b'EICAR' in open(sys.argv[1], 'rb').read())")
    settings.QIANGQU_VIRUS_SCANNER = f"{sys.executable} {script}"
    assert check(sent("a.csv", b"a,b\n1,2\n"), TABLE).data == b"a,b\n1,2\n"
    with pytest.raises(InputError, match="有害"):
        check(sent("a.csv", b"a,b\nEICAR,2\n"), TABLE)


def test_an_unchecked_upload_cannot_be_read() -> None:
    request = RequestFactory().post("/", {"file": [SimpleUploadedFile("x/甲.txt", b"1")]})
    (found,) = given(request, "file")
    assert found.name == "甲.txt"
    assert [name for name in dir(found) if not name.startswith("_")] == ["name"]
    assert not given(request, "other")
    with pytest.raises(InputError, match="请选择"):
        one_given(request, "other")
