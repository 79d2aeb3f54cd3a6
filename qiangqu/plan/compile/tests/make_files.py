"""Documents in binary formats for the tests, made from text so that no binary file is kept in the
repository.
"""

import io
from collections.abc import Sequence


def make_pdf(lines: Sequence[str], *, password: str = "", ruled: Sequence[Sequence[str]] = ()) -> bytes:
    """A PDF of text lines (40 a page) in a font without glyphs but with a character map, which is what
    extraction reads.

    ``ruled``: rows of a table drawn with lines on the last page.
    """
    import pypdf

    pages = [list(lines[i : i + 40]) for i in range(0, len(lines), 40)] or [[]]
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    characters = sorted({c for line in lines for c in line} | {c for row in ruled for cell in row for c in cell})
    mapping = "\n".join(f"<{ord(c):04X}> <{ord(c):04X}>" for c in characters if ord(c) < 0x10000)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        + "".join(
            f"{len(chunk)} beginbfchar\n" + "\n".join(chunk) + "\nendbfchar\n"
            for chunk in (mapping.split("\n")[i : i + 100] for i in range(0, len(characters), 100))
        )
        + "endcmap end end"
    ).encode()
    to_unicode = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(cmap), cmap))
    descriptor = add(
        b"<< /Type /FontDescriptor /FontName /F /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    child = add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /F /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 /FontDescriptor %d 0 R >>"
        % descriptor
    )
    font = add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>"
        % (child, to_unicode)
    )
    contents = []
    for number, page in enumerate(pages):
        commands = ["BT /F1 10 Tf"]
        y = 800
        for line in page:
            commands.append(f"1 0 0 1 40 {y} Tm <{''.join(f'{ord(c):04X}' for c in line)}> Tj")
            y -= 16
        if ruled and number == len(pages) - 1:
            top = y - 10
            for index, row in enumerate(ruled):
                for column, cell in enumerate(row):
                    commands.append(
                        f"1 0 0 1 {44 + column * 120} {top - index * 20 - 14} Tm <{''.join(f'{ord(c):04X}' for c in cell)}> Tj"
                    )
            commands.append("ET")
            for index in range(len(ruled) + 1):
                commands.append(f"40 {top - index * 20} m {40 + len(ruled[0]) * 120} {top - index * 20} l S")
            for column in range(len(ruled[0]) + 1):
                commands.append(f"{40 + column * 120} {top} m {40 + column * 120} {top - len(ruled) * 20} l S")
        else:
            commands.append("ET")
        stream = "\n".join(commands).encode()
        contents.append(add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)))
    tree = len(objects) + len(contents) + 1
    kids = [
        add(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 %d 0 R >> >> /Contents %d 0 R >>"
            % (tree, font, content)
        )
        for content in contents
    ]
    assert add(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % k for k in kids))) == tree
    root = add(b"<< /Type /Catalog /Pages %d 0 R >>" % tree)
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for index, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (index, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    if not password:
        return bytes(out)
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(bytes(out))))
    writer.encrypt(password, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def make_docx(blocks: Sequence[str | Sequence[Sequence[str]]], *, numbered: Sequence[str] = ()) -> bytes:
    """A .docx of paragraphs (str) and tables (rows of cells); paragraphs in ``numbered`` get Word's automatic
    numbers.
    """
    from docx import Document

    document = Document()
    for block in blocks:
        if isinstance(block, str):
            style = "List Number" if block in numbered else None
            document.add_paragraph(block, style=style)
        else:
            table = document.add_table(rows=0, cols=len(block[0]))
            for row in block:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
