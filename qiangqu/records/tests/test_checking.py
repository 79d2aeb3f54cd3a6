import io
import struct
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.records import store
from qiangqu.records.checking import MAX_FILES, check_file, check_files
from qiangqu.ui.uploads import Upload, safe_name, scanning
from qiangqu.ui.uploads.contents import OLE

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"


def upload(name: str, data: bytes) -> Upload:
    return Upload(SimpleUploadedFile(name, data))


def office(
    *extra: str, main: str = "word/document.xml", types: str = "<Types/>", packed: int = zipfile.ZIP_STORED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packed) as archive:
        archive.writestr("[Content_Types].xml", types)
        for name in (main, *extra):
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


def picture(kind: str, size: tuple[int, int] = (3, 2)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind)
    return buffer.getvalue()


def pdf(**password: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    if password:
        writer.encrypt(**password)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * (20 << 20))
    return buffer.getvalue()


def zip_with_password() -> bytes:
    """The bit that says "encrypted" in the local and the central header of each part (APPNOTE.TXT 4.4.4)."""
    data = bytearray(office())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(mark)
        while start >= 0:
            data[start + at] |= 1
            start = data.find(mark, start + 1)
    return bytes(data)


def huge_png() -> bytes:
    """A few bytes that say they are 20,000 × 20,000 pixels."""
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT")) + end


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("报告.pdf", PDF, "application/pdf"),
        ("限制打印.PDF", pdf(user_password="", owner_password="x"), "application/pdf"),
        ("a.docx", office(), "wordprocessingml.document"),
        ("a.xlsx", office(main="xl/workbook.xml"), "spreadsheetml.sheet"),
        ("a.pptx", office(main="ppt/presentation.xml"), "presentationml.presentation"),
        ("a.png", picture("PNG"), "image/png"),
        ("a.jpeg", picture("JPEG"), "image/jpeg"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_what_it_says_is_taken(name, data, kind) -> None:
    kept = check_file(upload(name, data))
    assert kept.content_type.endswith(kind) and kept.data == data and kept.name == name


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("virus.pdf", b"MZ\x90\x00" + b"\x00" * 200, "内容与扩展名"),
        ("page.png", b"<html><script>alert(1)</script>", "内容与扩展名"),
        ("jpeg.png", picture("JPEG"), "内容与扩展名"),
        ("half.png", picture("PNG")[:-8], "已损坏"),
        ("bent.png", picture("PNG").replace(b"IDATx", b"IDATy"), "已损坏"),
        ("huge.png", huge_png(), "像素过多"),
        ("macro.docx", office("word/vbaProject.bin"), "有宏"),
        ("macro4.xlsx", office("xl/macrosheets/sheet1.xml", main="xl/workbook.xml"), "有宏"),
        (
            "docm.docx",
            office(types="<x ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/>"),
            "有宏",
        ),
        ("sheet.xlsx", office(), "内容与扩展名"),
        ("broken.docx", b"PK\x03\x04zzzz", "内容与扩展名"),
        ("bomb.docx", bomb(), "解开后过大"),
        ("locked.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "密码"),
        ("old.docx", OLE + "WordDocument".encode("utf-16-le"), "内容与扩展名"),
        ("zip.docx", zip_with_password(), "密码"),
        ("locked.pdf", pdf(user_password="x"), "密码"),
        ("bad.pdf", PDF + b"trailer << /Encrypt 9 0 R >>", "已损坏"),
        ("setup.exe", PDF, "只能上传"),
        ("report.pdf.html", PDF, "只能上传"),
        ("noname", PDF, "只能上传"),
        ("empty.pdf", b"", "空的"),
        ("big.pdf", PDF + b"0" * (10 * 1024 * 1024), "超过"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_files_are_refused_by_a_sentence_that_names_them(name, data, said) -> None:
    with pytest.raises(InputError, match=said) as caught:
        check_file(upload(name, data))
    assert caught.value.where == name


def test_so_many_at_once() -> None:
    many = [upload(f"{n}.pdf", PDF) for n in range(MAX_FILES + 1)]
    assert len(check_files(many[:-1])) == MAX_FILES
    with pytest.raises(InputError, match="最多"):
        check_files(many)


@given(name=st.text(max_size=300))
def test_any_name_becomes_harmless(name) -> None:
    safe = safe_name(name)
    assert not set(safe) & set('/\\<>:"|?*') and safe not in (".", "..") and len(safe) <= 131
    assert all(c.isprintable() or c.isspace() for c in safe)


# ---------------------------------------------------------------- scanner


def scanner(settings, tmp_path: Path, program: str) -> None:
    script = tmp_path / "scanner.py"
    script.write_text(program)
    settings.QIANGQU_VIRUS_SCANNER = f"{sys.executable} {script} {{file}}"


LOOKS = (
    "import sys; data = open(sys.argv[1], 'rb').read(); print('Eicar FOUND'); sys.exit(1 if b'EICAR' in data else 0)"
)


def test_without_a_scanner_nothing_is_asked(settings) -> None:
    settings.QIANGQU_VIRUS_SCANNER = ""
    assert not scanning.is_on() and check_file(upload("a.pdf", PDF + b"EICAR"))


def test_the_scanner_decides(settings, tmp_path) -> None:
    scanner(settings, tmp_path, LOOKS)
    assert scanning.is_on() and check_file(upload("a.pdf", PDF)).name == "a.pdf"
    with pytest.raises(InputError, match="有害") as caught:
        check_file(upload("b.pdf", PDF + b"EICAR"))
    assert caught.value.where == "b.pdf"


def test_the_path_comes_last_where_the_command_does_not_say(settings, tmp_path) -> None:
    scanner(settings, tmp_path, LOOKS)
    settings.QIANGQU_VIRUS_SCANNER = settings.QIANGQU_VIRUS_SCANNER.removesuffix(" {file}")
    with pytest.raises(InputError, match="有害"):
        check_file(upload("b.pdf", PDF + b"EICAR"))


@pytest.mark.parametrize("program", ["import sys; sys.exit(2)", "import os; os.kill(os.getpid(), 9)"])
def test_a_scanner_that_fails_lets_nothing_in(settings, tmp_path, program) -> None:
    scanner(settings, tmp_path, program)
    with pytest.raises(InputError, match="扫描没有完成"):
        check_file(upload("a.pdf", PDF))


def test_a_scanner_that_is_not_there_or_too_slow_lets_nothing_in(settings, tmp_path, monkeypatch) -> None:
    settings.QIANGQU_VIRUS_SCANNER = str(tmp_path / "nowhere")
    with pytest.raises(InputError, match="扫描没有完成"):
        check_file(upload("a.pdf", PDF))
    monkeypatch.setattr(scanning, "SECONDS", 0.2)
    scanner(settings, tmp_path, "import signal; signal.pause()")
    with pytest.raises(InputError, match="扫描没有完成"):
        check_file(upload("a.pdf", PDF))


# ---------------------------------------------------------------- store


def test_a_content_lies_once_and_is_checked_when_read(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    one = check_file(upload("a.pdf", PDF))
    store.keep(one.data, one.sha256)
    store.keep(one.data, one.sha256)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [one.sha256]
    assert store.read(one.sha256, "a.pdf") == PDF
    store.path_of(one.sha256).write_bytes(b"%PDF-changed")
    with pytest.raises(InputError, match="改动"):
        store.read(one.sha256, "a.pdf")
    store.path_of(one.sha256).unlink()
    with pytest.raises(NotFoundError, match="不在存储中"):
        store.read(one.sha256, "a.pdf")


@pytest.mark.parametrize("folder", store.EARLIER)
def test_files_of_the_first_release_are_found_where_they_lie(settings, tmp_path, folder) -> None:
    settings.MEDIA_ROOT = tmp_path
    one = check_file(upload("a.pdf", PDF))
    old = tmp_path / folder / one.sha256[:2] / one.sha256
    old.parent.mkdir(parents=True)
    old.write_bytes(PDF)
    store.keep(one.data, one.sha256)
    assert store.read(one.sha256, "a.pdf") == PDF and not (tmp_path / store.FOLDER).exists()
