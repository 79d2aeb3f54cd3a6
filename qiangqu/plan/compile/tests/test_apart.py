"""Files that unpack to much, nest deep or take for ever end in a sentence, with bounded time and memory, and
the next file is read as before.
"""

import zipfile
import zlib
from io import BytesIO

import pytest

from qiangqu.plan.compile import DocumentError, apart, read_bytes, word_package

from .make_files import make_pdf
from .word_files import cell, p, package, part, row, t, table

GOOD = package(p(t("某市行动方案（2026—2030年）")) + p(t("到2030年，工业产值达到500亿元。")))


def pdf_of(stream: bytes, filters: bytes = b"/FlateDecode", pages: int = 1) -> bytes:
    """A PDF whose pages all show one packed stream."""
    kids = b" ".join(b"%d 0 R" % (5 + at) for at in range(pages))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 3 0 R >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *[page] * pages,
    ]
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def test_documents_are_read_and_compiled_apart() -> None:
    text, compiled = apart.compile_apart(GOOD, "计划.docx")
    assert "500亿元" in text and [one["value"] for one in compiled["targets"]] == [500]
    lines = ["某市行动方案（2026—2030年）", "到2030年，工业产值达到500亿元。"]
    assert [one["value"] for one in apart.compile_apart(make_pdf(lines), "计划.pdf")[1]["targets"]] == [500]
    long = "到2030年，工业产值达到500亿元。\n" + "各单位要认真落实。\n" * 2000
    assert not apart.is_quick(long.encode(), "a.txt")
    assert [one["value"] for one in apart.compile_apart(long.encode(), "a.txt")[1]["targets"]] == [500]


BOMBS = {
    "一个大部件.docx": lambda: package(" " * (word_package.MAX_PART + 1)),
    "许多元素.docx": lambda: package("<w:p/>" * 4_100_000),
    "层层嵌套.docx": lambda: package("<w:tbl><w:tr><w:tc>" * 3000 + "</w:tc></w:tr></w:tbl>" * 3000),
    "很宽的表.docx": lambda: package(table(*[row(*[cell("<w:p/>", '<w:gridSpan w:val="9999999"/>')] * 100)] * 200)),
    "很长的文字.docx": lambda: package(p(t("啊" * 4_000_000))),
    "样式循环.docx": lambda: package(
        p(t("甲"), '<w:pStyle w:val="a"/>') + p(t("乙" * 600_000)),
        {"s.xml": ("styles", part("styles", '<w:style w:styleId="a"><w:basedOn w:val="a"/></w:style>'))},
    ),
    "展开的页.pdf": lambda: pdf_of(zlib.compress(b"0 0 m 1 1 l S\n" * 6_000_000, 9)),
    "两次压缩.pdf": lambda: pdf_of(
        zlib.compress(zlib.compress(bytes(300_000_000), 9), 9), b"[/FlateDecode /FlateDecode]"
    ),
    "太多页.pdf": lambda: pdf_of(zlib.compress(b" "), pages=700),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unpacks_to_much_is_refused_in_a_sentence(name: str) -> None:
    data = BOMBS[name]()
    assert len(data) < 1_500_000
    with pytest.raises(DocumentError, match=r"过大|超过|过深") as caught:
        apart.compile_apart(data, name)
    assert name in str(caught.value) and "\n" not in str(caught.value)
    assert "500亿元" in apart.compile_apart(GOOD, "计划.docx")[0]


def test_too_many_entries_are_refused_before_any_is_opened() -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(word_package.MAX_ENTRIES + 1):
            archive.writestr(f"word/media/{number}.png", b"")
    with pytest.raises(DocumentError, match="过大"):
        read_bytes(buffer.getvalue(), "a.docx")


def test_a_declared_size_that_is_a_lie_gains_nothing() -> None:
    data = bytearray(GOOD)
    at = data.rfind(b"PK\x01\x02", 0, data.find(b"word/document.xml", data.find(b"PK\x01\x02")))
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(DocumentError):
        read_bytes(bytes(data), "a.docx")


def test_processor_time_memory_and_waiting_are_bounded() -> None:
    busy = pdf_of(zlib.compress(b"BT /F1 1 Tf (a) Tj ET\n" * 20_000, 9), pages=600)
    with pytest.raises(DocumentError, match="用时过长"):
        apart.compile_apart(busy, "a.pdf", cpu_seconds=1)
    with pytest.raises(DocumentError, match="过大"):
        apart.compile_apart(package("<w:p/>" * 3_000_000), "a.docx", memory=400 * 1024 * 1024)
    with pytest.raises(DocumentError, match="用时过长"):
        apart.compile_apart(busy, "a.pdf", wall_seconds=0)
    assert "500亿元" in apart.compile_apart(GOOD, "计划.docx")[0]
