"""What kind of file an upload is, told by its content, and its parts in bounded memory and time. What people
upload is hostile: sizes are bounded, nothing is evaluated, and whatever is wrong with a file as a whole is an
InputError of one sentence with what to do."""

import re
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any
from xml.parsers import expat

from qiangqu.base.errors import InputError

MAX_PARTS = 2000
MAX_DIRECTORY = 1 << 20  # bytes of the list of parts
MAX_RATIO = 200  # spreadsheets shrink to a tenth or a thirtieth
MAX_TOKEN = 1 << 20  # bytes of one tag: more than 200 columns of text in an attribute never need
CHUNK = 1 << 16
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2
ZIP_MAGIC = b"PK\x03\x04"
BROKEN = "文件不是可读的 .xlsx，可能已损坏；请在 Excel 里另存为 .xlsx 后再试"
SHEET_BROKEN = "工作表已损坏，读不下去；请在 Excel 里另存为 .xlsx 后再试"
TOO_LARGE = "文件解开后过大，请只保留要导入的工作表"
SAVE = "请用 Excel 或 WPS 打开后另存为普通的 .xlsx（Excel 工作簿）"
#: what a broken part makes zipfile and the readers of its content raise
FAULTS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    OverflowError, NotImplementedError, RuntimeError, expat.ExpatError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader takes at most: bytes of the file, bytes of all its parts, characters of shared texts,
    columns, characters of a cell, seconds of processor time for reading."""

    size: int
    unpacked: int
    strings: int
    columns: int
    cell: int
    seconds: float


#: a table of records that a person keeps, and a long table of figures
RECORDS = Limits(12 << 20, 128 << 20, 16 << 20, 200, 4000, 30.0)
FIGURES = Limits(64 << 20, 1 << 30, 64 << 20, 100, 2000, 180.0)


@dataclass(slots=True)
class Budget:
    """What has been used of the limits."""

    limits: Limits
    unpacked: int = 0
    strings: int = 0
    seconds: float = field(default=0.0)

    def take(self, unpacked: int) -> None:
        """Raises InputError when the parts together are too large."""
        self.unpacked += unpacked
        if self.unpacked > self.limits.unpacked:
            raise InputError(TOO_LARGE)

    def take_text(self, length: int) -> None:
        """Counts a text that is kept (with what Python needs for it). Raises InputError when they are too
        many.
        """
        self.strings += length + 16
        if self.strings > self.limits.strings:
            raise InputError("文件里的文字过多，请只保留要导入的行和列，或分成几个文件")

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Counts processor time of this thread. Raises InputError when it was too much."""
        began = time.thread_time()
        yield
        self.seconds += time.thread_time() - began
        if self.seconds > self.limits.seconds:
            raise InputError("文件太复杂，读取时间过长；请只保留要导入的工作表，或分成几个文件")


# ---------------------------------------------------------------- kinds of files


def _ole(file: IO[bytes]) -> str:
    """[MS-CFB]: the names of streams stand in UTF-16 somewhere in the file."""
    file.seek(0)
    found: set[str] = set()
    tail = b""
    while chunk := file.read(1 << 20):
        text = tail + chunk
        found.update(
            name
            for name in ("EncryptedPackage", "Workbook", "WordDocument", "PowerPoint Document")
            if name.encode("utf-16-le") in text
        )
        tail = text[-64:]
    if "EncryptedPackage" in found:
        return (
            "文件加了密码，无法读取；请在 Excel 里去掉密码（文件 → 信息 → 保护工作簿 → 用密码进行加密），再存为 .xlsx"
        )
    if "WordDocument" in found or "PowerPoint Document" in found:
        return "这是旧版 Word 或 PowerPoint 文件，不是表格；请上传 .xlsx 或 .csv"
    if "Workbook" in found:
        return f"这是旧版 Excel 或 WPS 表格（.xls、.et）文件；{SAVE}"
    return "这是旧版 .xls 或加了密码的文件；请去掉密码并另存为 .xlsx"


def _zip(file: IO[bytes]) -> str:
    """What an archive is that is no workbook, "" for one that may be."""
    try:
        _check_directory(file)
    except InputError as error:
        return error.message
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as container:
            parts = container.infolist()
            if len(parts) > MAX_PARTS:
                return TOO_LARGE
            names = {part.filename for part in parts}
            if any(part.flag_bits & 1 for part in parts):
                return "这是加了密码的压缩文件；请解开后上传其中的 .xlsx 或 .csv"
            mime = container.open("mimetype").read(100).decode("ascii", "replace") if "mimetype" in names else ""
    except FAULTS:
        return BROKEN
    if "opendocument.spreadsheet" in mime:
        return f"这是 OpenDocument 表格（.ods）；{SAVE}"
    if "xl/workbook.bin" in names:
        return f"这是 Excel 二进制工作簿（.xlsb）；{SAVE}"
    if any(name.startswith("word/") for name in names) or "opendocument.text" in mime:
        return "这是 Word 文档，不是表格；请上传 .xlsx 或 .csv"
    if any(name.startswith("ppt/") for name in names) or mime.startswith("application/vnd.oasis"):
        return "这是演示文稿或其他文档，不是表格；请上传 .xlsx 或 .csv"
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names) or "Index.zip" in names:
        return "这是 Apple Numbers 表格；请在 Numbers 里导出为 Excel（.xlsx）"
    if "[Content_Types].xml" not in names and any(name.lower().endswith((".xlsx", ".xls", ".csv")) for name in names):
        return "这是压缩文件，里面有表格；请解开后上传其中的 .xlsx 或 .csv"
    return ""


def _text_kind(start: bytes) -> str:
    """What a file that is text is, "" when it is no markup."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = start.decode("utf-16", "ignore")
    else:
        text = start.decode("utf-8", "ignore")
    text = text.lstrip("\ufeff \t\r\n").lower()
    if "urn:schemas-microsoft-com:office:spreadsheet" in text or 'progid="excel.sheet"' in text:
        return f"这是“XML 电子表格 2003”文件；{SAVE}"
    if text.startswith(("<!doctype html", "<html", "<table", "<meta", "<style", "<head", "<body", "<div")) or re.match(
        r"<\?xml[^>]*>\s*<(!doctype )?html", text
    ):
        return f"这是网页（HTML）内容，只是改了扩展名；{SAVE}"
    if text.startswith("mime-version:") and "multipart" in text:
        return f"这是网页归档（MHTML）内容，只是改了扩展名；{SAVE}"
    if text.startswith("<?xml"):
        return f"这是 XML 文件，不是表格；{SAVE}"
    if text.startswith("{\\rtf"):
        return "这是 RTF 文档，不是表格；请上传 .xlsx 或 .csv"
    if text.startswith(("{", "[{")):
        return "这是 JSON 文本，不是表格；请上传 .xlsx 或 .csv"
    if text.startswith(("id;pwxl", "id;p")):
        return f"这是 SYLK 文件；{SAVE}"
    return ""


_MAGIC = (
    (b"%PDF", "这是 PDF 文件，不是表格；请上传 .xlsx 或 .csv"),
    (b"\x1f\x8b", "这是压缩文件；请解开后上传其中的 .xlsx 或 .csv"),
    (b"Rar!", "这是压缩文件；请解开后上传其中的 .xlsx 或 .csv"),
    (b"7z\xbc\xaf\x27\x1c", "这是压缩文件；请解开后上传其中的 .xlsx 或 .csv"),
    (b"PK\x05\x06", "这是空的压缩文件；请重新导出后再试"),
    (b"\x89PNG", "这是图片，不是表格；请上传 .xlsx 或 .csv"),
    (b"\xff\xd8\xff", "这是图片，不是表格；请上传 .xlsx 或 .csv"),
    (b"GIF8", "这是图片，不是表格；请上传 .xlsx 或 .csv"),
    (b"\x09\x00\x04\x00", f"这是很旧的 Excel（.xls）文件；{SAVE}"),
    (b"\x09\x02\x06\x00", f"这是很旧的 Excel（.xls）文件；{SAVE}"),
    (b"\x09\x04\x06\x00", f"这是很旧的 Excel（.xls）文件；{SAVE}"),
    (b"\x09\x08", f"这是旧版 Excel（.xls）文件；{SAVE}"),
    (b"\x00\x00\x02\x00", "这是 Lotus 1-2-3 文件；请另存为 .xlsx"),
)


def kind_of(file: IO[bytes], suffix: str) -> str:
    """``xlsx`` or ``csv``: what the content is, which has to be what ``suffix`` (".xlsx", ".csv", else other)
    says.

    Raises InputError that names what the file is and what to do.
    """
    file.seek(0)
    start = file.read(8192)
    file.seek(0)
    if not start:
        raise InputError("文件是空的，请重新导出后上传")
    other = ""
    if start.startswith(OLE_MAGIC):
        other = _ole(file)
    elif start.startswith(ZIP_MAGIC):
        other = _zip(file)
        if not other and suffix == ".csv":
            other = "这不是 CSV 文本，而是 .xlsx 或压缩文件；请改正扩展名"
        elif not other and suffix != ".xlsx":
            other = f"这个文件的扩展名是“{suffix[:10]}”，内容是 Excel 工作簿；请另存为 .xlsx"
    else:
        other = next((sentence for magic, sentence in _MAGIC if start.startswith(magic)), "") or _text_kind(start)
        if not other and suffix != ".csv":
            other = _no_workbook(start, suffix)
    file.seek(0)
    if other:
        raise InputError(other)
    return suffix[1:]


def _no_workbook(start: bytes, suffix: str) -> str:
    marked = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if not marked and b"\0" in start:
        return BROKEN if suffix == ".xlsx" else "这不是表格文件；只接受 .csv、.xlsx 文件"
    lines = start.decode("utf-16" if marked else "gb18030", "ignore").splitlines()[:5]
    if any(mark in line for line in lines for mark in ",\t;"):
        return "这是 CSV（逗号或制表符分隔）文本，只是扩展名不同；请把扩展名改为 .csv，或用 Excel 打开后另存为 .xlsx"
    return BROKEN if suffix == ".xlsx" else "只接受 .csv、.xlsx 文件"


# ---------------------------------------------------------------- parts of a workbook


def open_container(file: IO[bytes], budget: Budget) -> zipfile.ZipFile:
    """The archive of a workbook. Raises InputError for a damaged one and for one that unpacks to too much,
    before anything is unpacked.
    """
    _check_directory(file)
    file.seek(0)
    try:
        container = zipfile.ZipFile(file)
        try:
            _check_parts(container, budget)
        except BaseException:
            container.close()
            raise
    except InputError:
        raise
    except FAULTS as error:
        raise InputError(BROKEN) from error
    return container


def _check_directory(file: IO[bytes]) -> None:
    """The list of parts is read whole by zipfile, however long it is (APPNOTE.TXT 4.3.16: its size stands at
    the end of the file).
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise InputError(BROKEN)
    if int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY:
        raise InputError(TOO_LARGE)


def _check_parts(container: zipfile.ZipFile, budget: Budget) -> None:
    parts = container.infolist()
    total = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    bomb = total > 16 << 20 and total > MAX_RATIO * max(packed, 1)
    if len(parts) > MAX_PARTS or total > budget.limits.unpacked or bomb:
        raise InputError(TOO_LARGE)
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with container.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(4096).upper():
                    _no_doctype()


def _no_doctype(*_about: Any) -> None:
    # a workbook has no document type; a file that has one tries to expand entities
    raise InputError("文件里有不允许的内容（DOCTYPE），请在 Excel 里另存为 .xlsx")


def feed(stream: IO[bytes], parser: expat.XMLParserType, budget: Budget) -> Iterator[None]:
    """Give a part to ``parser`` piece by piece; yields after each. Linear in the part's size: a tag longer
    than :data:`MAX_TOKEN` is refused, since expat looks at an unfinished one again with every piece."""
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.buffer_text = True
    fed = 0
    while chunk := stream.read(CHUNK):
        budget.take(len(chunk))
        fed += len(chunk)
        with budget.timed():
            parser.Parse(chunk, False)
        if fed - parser.CurrentByteIndex > MAX_TOKEN:
            raise InputError(SHEET_BROKEN)
        yield
    with budget.timed():
        parser.Parse(b"", True)
    yield
