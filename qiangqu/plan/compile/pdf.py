"""PDF documents: text line by line; ruled tables on pages that seem to hold one."""

import io
import logging
import re

from .readers import MAX_CHARACTERS, DocumentError

PAGE_NUMBER = re.compile(r"^[\s\-—–·.]*\d{1,4}[\s\-—–·.]*$")
# Only such pages pay for table detection, which costs about twenty times the plain text.
TABLE_WORDS = re.compile(r"(?:指\s*标|序\s*号)[\s\S]{0,400}?(?:单\s*位|20\d\d\s*年|目\s*标)")


def read_pdf(data: bytes, name: str, max_pages: int) -> str:
    """Text of a PDF; raises DocumentError when damaged, encrypted or too long."""
    import pypdf
    import pypdf.errors

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    if b"%PDF-" not in data[:1024]:
        raise DocumentError("文件不是 PDF 或已损坏，请重新导出", where=name)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentError("PDF 文件已加密，请取消密码后再上传", where=name)
        if len(reader.pages) > max_pages:
            raise DocumentError(f"PDF 超过 {max_pages} 页，请拆分后再编译", where=name)
        pages = []
        total = 0
        for page in reader.pages:
            text = page.extract_text() or ""
            total += len(text)
            if total > MAX_CHARACTERS:
                raise DocumentError(f"文字超过 {MAX_CHARACTERS // 10000} 万字，请拆分后再编译", where=name)
            pages.append(text)
    except (DocumentError, MemoryError):
        raise
    except (pypdf.errors.LimitReachedError, RecursionError) as error:
        raise DocumentError("PDF 内容展开后过大或层次过深，请重新导出或拆分后再上传", where=name) from error
    except Exception as error:  # pypdf raises many kinds (also plain ones) on damaged files
        raise DocumentError("PDF 文件已损坏，请重新导出", where=name) from error
    wanted = [i for i, text in enumerate(pages) if TABLE_WORDS.search(text)]
    for index, text in _pages_with_tables(data, wanted).items():
        pages[index] = text
    lines: list[str] = []
    for text in pages:
        lines.extend(line.rstrip() for line in text.splitlines() if not PAGE_NUMBER.match(line))
    return "\n".join(lines).replace("\x00", "")


def _pages_with_tables(data: bytes, indexes: list[int]) -> dict[int, str]:
    """Text of the given pages with each ruled table as tab-separated rows in its place."""
    if not indexes:
        return {}
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    found: dict[int, str] = {}
    try:
        with pdfplumber.open(io.BytesIO(data), pages=[i + 1 for i in indexes]) as document:
            for page in document.pages:
                tables = sorted(page.find_tables(), key=lambda table: table.bbox[1])
                tables = [t for t in tables if len(t.rows) > 1 and any(len(r.cells) > 1 for r in t.rows)]
                if not tables:
                    continue
                parts = []
                top = page.bbox[1]
                for table in tables:
                    above = max(table.bbox[1], top)
                    if above > top + 1:
                        parts.append(page.crop((page.bbox[0], top, page.bbox[2], above)).extract_text() or "")
                    for row in table.extract():
                        parts.append("\t".join(" ".join((cell or "").split()) for cell in row))
                    top = max(top, min(table.bbox[3], page.bbox[3]))
                if page.bbox[3] > top + 1:
                    parts.append(page.crop((page.bbox[0], top, page.bbox[2], page.bbox[3])).extract_text() or "")
                found[page.page_number - 1] = "\n".join(parts)
    except MemoryError:
        raise
    # the plain text of pypdf stays: a table that cannot be located is not an unreadable file
    except Exception:
        logging.getLogger(__name__).warning("table detection failed; plain text used", exc_info=True)
    return found
