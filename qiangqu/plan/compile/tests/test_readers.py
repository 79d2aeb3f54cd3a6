"""Formats, encodings and bad input: a clear sentence instead of a crash."""

import io
import zipfile
from pathlib import Path

import pytest

from qiangqu.base.errors import QiangquError
from qiangqu.plan.compile import DocumentError, compile_file, compile_source, compile_text, read_bytes

from .make_files import make_docx, make_pdf

PLAN = [
    "临海市制造业提升行动方案（2024—2026年）",
    "一、主要目标",
    "到2026年，规模以上工业增加值达到500亿元，研发投入强度提高到3.2%。",
    "二、重点任务",
    "1.培育优质企业。培育专精特新企业80家以上。（责任单位：市工业和信息化局、市科技局）",
    "2.推进技术改造。每年实施技改项目60个。（责任单位：市工业和信息化局）",
]


def _keys(plan: dict) -> list[tuple]:
    return [(t["indicator"], t["comparator"], t["value"], t["unit"], t["year"], t["measure"]) for t in plan["targets"]]


EXPECTED = [
    ("规模以上工业增加值", ">=", 500, "亿元", 2026, 0),
    ("研发投入强度", ">=", 3.2, "%", 2026, 0),
    ("专精特新企业", ">=", 80, "家", 2026, 1),
    ("技改项目", ">=", 60, "个", 2026, 2),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_of_text(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "计划.txt"
    path.write_bytes("\r\n".join(PLAN).encode(encoding))
    plan = compile_file(path)
    assert _keys(plan) == EXPECTED
    assert [t["units"] for t in plan["tasks"]] == [["市工业和信息化局", "市科技局"], ["市工业和信息化局"]]


def test_word_with_table(tmp_path: Path) -> None:
    table = [
        ["指标", "单位", "2023年", "2026年"],
        ["工业投资", "亿元", "120", "≥180"],
        ["万元产值能耗", "吨标准煤", "0.5", "0.42"],
    ]
    path = tmp_path / "计划.docx"
    path.write_bytes(make_docx([*PLAN[:3], table, *PLAN[3:]]))
    found = _keys(compile_file(path))
    assert found[:2] == EXPECTED[:2]
    assert found[2:4] == [("工业投资", ">=", 180, "亿元", 2026, 0), ("万元产值能耗", "<=", 0.42, "吨标准煤", 2026, 0)]
    assert found[4:] == EXPECTED[2:]


def test_word_automatic_numbers_are_text(tmp_path: Path) -> None:
    body = [line.removeprefix("1.").removeprefix("2.") for line in PLAN]
    path = tmp_path / "计划.docx"
    path.write_bytes(make_docx(body, numbered=body[4:]))
    plan = compile_file(path)
    assert [(t["no"], t["title"]) for t in plan["tasks"]] == [(1, "培育优质企业"), (2, "推进技术改造")]
    assert _keys(plan) == EXPECTED


def test_pdf(tmp_path: Path) -> None:
    path = tmp_path / "计划.pdf"
    lines = [part for line in PLAN for part in (line[i : i + 40] for i in range(0, len(line), 40))]
    path.write_bytes(make_pdf(lines))
    assert _keys(compile_file(path)) == EXPECTED


def test_pdf_with_ruled_table(tmp_path: Path) -> None:
    rows = [
        ["指标", "单位", "2023年", "2026年"],
        ["工业投资", "亿元", "120", "180"],
        ["上云企业", "家", "300", "500以上"],
    ]
    path = tmp_path / "计划.pdf"
    path.write_bytes(make_pdf([*PLAN[:3], "专栏 主要指标"], ruled=rows))
    found = _keys(compile_file(path))
    assert ("工业投资", ">=", 180, "亿元", 2026, 0) in found
    assert ("上云企业", ">=", 500, "家", 2026, 0) in found
    assert not [key for key in found if key[2] in (120, 300)]


def _plain_docx_parts(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


BAD = {
    "空.txt": b"",
    "只有空白.txt": b" \n\t\n",
    "二进制.txt": bytes(range(256)) * 20,
    "空字节.md": b"plan\x00plan" * 50,
    "大.txt": "计".encode() * (4 * 1024 * 1024),
    "类型.xls": b"abc",
    "没有扩展名": b"abc",
    "损坏.docx": b"PK\x03\x04" + b"\x00" * 500,
    "不是.docx": _plain_docx_parts(**{"hello.txt": b"hi"}),
    "坏内容.docx": _plain_docx_parts(**{"word/document.xml": b"<not xml", "[Content_Types].xml": b"<x/>"}),
    "旧版或加密.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "空文档.docx": make_docx([]),
    "损坏.pdf": b"%PDF-1.7\n" + b"garbage " * 200,
    "不是.pdf": b"hello world " * 30,
    "加密.pdf": make_pdf(PLAN, password="secret"),
    "空白.pdf": make_pdf([]),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name])
    with pytest.raises(DocumentError) as caught:
        compile_file(path)
    assert isinstance(caught.value, QiangquError)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    if "加密" in name:
        assert "加密" in caught.value.message


def test_missing_file_and_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "没有.txt", tmp_path / "目录.txt"):
        if "目录" in path.name:
            path.mkdir()
        with pytest.raises(DocumentError):
            compile_file(path)


def test_encrypted_zip_entry_is_named_encrypted() -> None:
    data = bytearray(_plain_docx_parts(**{"word/document.xml": b"<x/>"}))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = data.find(mark)
        data[at + (6 if mark == b"PK\x03\x04" else 8)] |= 0x1
    with pytest.raises(DocumentError, match="加密"):
        read_bytes(bytes(data), "a.docx")


def test_compile_text_refuses_empty() -> None:
    with pytest.raises(DocumentError):
        compile_text("  \n")


def test_same_result_twice() -> None:
    text = "\n".join(PLAN)
    assert compile_text(text) == compile_text(text) == compile_source(read_bytes(text.encode(), "x.txt"))
