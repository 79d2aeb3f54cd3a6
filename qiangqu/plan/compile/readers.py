"""Read a plan document (.txt .md .docx .pdf) into plain text plus the few hints that only the format knows.

Table rows become one line each with cells parted by tabs; automatic paragraph numbers of Word become text,
because the reader of the document sees them. Spans of the compiled plan count characters of ``Source.text``.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from qiangqu.base.errors import QiangquError

MAX_BYTES = 10 * 1024 * 1024
MAX_CHARACTERS = 500_000
MAX_PAGES = 600
SUFFIXES = (".txt", ".md", ".docx", ".pdf")


class DocumentError(QiangquError):
    """The document cannot be read: wrong type, too large, empty, damaged or encrypted."""


@dataclass(frozen=True)
class Source:
    """``text`` as read; ``headings`` maps the start of a line to its heading level 1.. where the format says
    so, ``rows`` that of a row of a table to the spans of its cells (one merged with the cell above has the
    span of that)."""

    name: str
    text: str
    headings: dict[int, int] = field(default_factory=dict)
    rows: dict[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)


def read_file(path: str | Path) -> Source:
    """Read ``path``; raises DocumentError (one sentence in Chinese naming the file) when it cannot be
    read.
    """
    path = Path(path)
    name = path.name
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DocumentError(f"不支持“{suffix or '无扩展名'}”文件，请提供 .txt、.md、.docx 或 .pdf", where=name)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆分后再编译", where=name)
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError("文件不存在或无法打开，请检查路径和权限", where=name) from error
    return read_bytes(data, name)


def read_bytes(data: bytes, name: str) -> Source:
    """Read a document held in memory; the type is taken from the suffix of ``name``."""
    if len(data) > MAX_BYTES:
        raise DocumentError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请拆分后再编译", where=name)
    suffix = Path(name).suffix.lower()
    if not data.strip():
        raise DocumentError("文件是空的，请检查后重新上传", where=name)
    if suffix in (".txt", ".md"):
        source = Source(name, decode(data, name))
    elif suffix == ".docx":
        source = _read_docx(data, name)
    elif suffix == ".pdf":
        from .pdf import read_pdf

        source = Source(name, read_pdf(data, name, MAX_PAGES))
    else:
        raise DocumentError(f"不支持“{suffix or '无扩展名'}”文件，请提供 .txt、.md、.docx 或 .pdf", where=name)
    check_text(source.text, name)
    return source


def check_text(text: str, name: str) -> None:
    """Refuse a text that is empty or too long; raises DocumentError."""
    if not text.strip():
        raise DocumentError("文件里没有可读的文字（可能是扫描图片），请提供可复制文字的版本", where=name)
    if len(text) > MAX_CHARACTERS:
        raise DocumentError(f"文字超过 {MAX_CHARACTERS // 10000} 万字，请拆分后再编译", where=name)


def decode(data: bytes, name: str) -> str:
    """Decode utf-8 (with or without BOM), utf-16 with BOM or gb18030; binary content raises DocumentError."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise DocumentError("无法识别文字编码，请另存为 UTF-8 或 GB18030 文本", where=name)
    control = len(re.findall(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]", text))
    if "\x00" in text or control > len(text) * 0.02:
        raise DocumentError("文件内容不是文本，请确认文件类型", where=name)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_docx(data: bytes, name: str) -> Source:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise DocumentError("Word 文件已加密或是旧版 .doc 格式，请取消密码并另存为 .docx", where=name)
    if not data.startswith(b"PK"):
        raise DocumentError("文件不是 .docx（可能是改了扩展名的其他格式），请用 Word 打开并另存为 .docx", where=name)
    from .word import word_text

    try:
        text, headings, rows = word_text(data, name)
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # a damaged package breaks in many ways
        raise DocumentError("Word 文件已损坏，请重新导出 .docx", where=name) from error
    return Source(name, text.replace("\x00", ""), headings, rows)
