"""Word packages made from XML, for what python-docx cannot write: tracked changes, boxes, fields,
alternatives.
"""

import io
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:nn="urn:somebody:else" mc:Ignorable="nn"'
)
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def strict(text: str) -> str:
    """XML in the namespaces of the strict form."""
    for part in ("wordprocessingml", "officeDocument", "drawingml"):
        text = text.replace(f"schemas.openxmlformats.org/{part}/2006/", f"purl.oclc.org/ooxml/{part}/")
    return text


def package(
    body: str,
    parts: dict[str, tuple[str, str | bytes]] | None = None,
    *,
    main: str = "word/document.xml",
    as_strict: bool = False,
) -> bytes:
    """A .docx with ``body`` as its text. ``parts``: file beside the main part → (kind of relation, content);
    the relation's id is the file name.
    """
    document = f'<?xml version="1.0" encoding="UTF-8"?><w:document {NAMESPACES}><w:body>{body}</w:body></w:document>'
    relations = "".join(
        f'<Relationship Id="{file}" Type="{_RELATIONS}{kind}" Target="{file}"/>'
        for file, (kind, _c) in (parts or {}).items()
    )
    folder, _slash, name = main.rpartition("/")
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_RELATIONS}officeDocument" Target="{main}"/></Relationships>',
        main: document,
        f"{folder}/_rels/{name}.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}</Relationships>',
    }
    files |= {f"{folder}/{file}": content for file, (_kind, content) in (parts or {}).items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, strict(content) if as_strict and isinstance(content, str) else content)
    return buffer.getvalue()


def part(tag: str, content: str) -> str:
    return f"<w:{tag} {NAMESPACES}>{content}</w:{tag}>"


def t(text: str, properties: str = "") -> str:
    return f'<w:r>{f"<w:rPr>{properties}</w:rPr>" if properties else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def p(content: str, properties: str = "") -> str:
    return f"<w:p>{f'<w:pPr>{properties}</w:pPr>' if properties else ''}{content}</w:p>"


def tracked(kind: str, content: str) -> str:
    """``kind``: ins, del, moveFrom or moveTo."""
    if kind in ("del", "moveFrom"):
        content = (
            content.replace("<w:t>", "<w:delText>").replace("<w:t ", "<w:delText ").replace("</w:t>", "</w:delText>")
        )
    return f'<w:{kind} w:id="1" w:author="A" w:date="2026-01-01T00:00:00Z">{content}</w:{kind}>'


def mark(kind: str) -> str:
    """Paragraph properties that say that its end was inserted, deleted or moved."""
    return f'<w:rPr><w:{kind} w:id="2" w:author="A" w:date="2026-01-01T00:00:00Z"/></w:rPr>'


def field(instruction: str, result: str | None) -> str:
    """A complex field; ``result`` None is one without."""
    middle = "" if result is None else f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">{instruction}</w:instrText></w:r>'
        f'{middle}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def box(content: str) -> str:
    """A run with a text box as Word writes it: the same text for new and for old programs."""
    shape = f"<wps:wsp><wps:txbx><w:txbxContent>{content}</w:txbxContent></wps:txbx></wps:wsp>"
    drawing = f'<w:drawing><wp:anchor><wp:docPr id="1" name="b"/><a:graphic><a:graphicData>{shape}</a:graphicData></a:graphic></wp:anchor></w:drawing>'
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps">{drawing}</mc:Choice>'
        f"<mc:Fallback>{vml(content)}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def vml(content: str) -> str:
    return f"<w:pict><v:shape><v:textbox><w:txbxContent>{content}</w:txbxContent></v:textbox></v:shape></w:pict>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{''.join(cells)}</w:tr>"


def cell(content: str, properties: str = "") -> str:
    return f"<w:tc>{f'<w:tcPr>{properties}</w:tcPr>' if properties else ''}{content or '<w:p/>'}</w:tc>"


def sdt(content: str) -> str:
    return f'<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>'
