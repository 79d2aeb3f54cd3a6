"""The package of a Word document (ECMA-376 part 2): parts found by their relations, each read with a bound,
in one set of namespaces.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from lxml import etree

from .readers import DocumentError

MAX_ENTRIES = 10_000
MAX_UNPACKED = 200 * 1024 * 1024  # bytes, whole package as its directory declares it
TOO_LARGE = "Word 文件展开后过大或层次过深，请拆分后再上传"
MAX_TAGS = 4_000_000
MAX_PART = 48 * 1024 * 1024  # bytes of one XML part that is read

STRICT, TRANSITIONAL = "http://purl.oclc.org/ooxml/", "http://schemas.openxmlformats.org/"
SPACES = {
    "w": TRANSITIONAL + "wordprocessingml/2006/main",
    "m": TRANSITIONAL + "officeDocument/2006/math",
    "r": TRANSITIONAL + "officeDocument/2006/relationships",
    "a": TRANSITIONAL + "drawingml/2006/main",
    "wp": TRANSITIONAL + "drawingml/2006/wordprocessingDrawing",
    "dgm": TRANSITIONAL + "drawingml/2006/diagram",
    "c": TRANSITIONAL + "drawingml/2006/chart",
    "mc": TRANSITIONAL + "markup-compatibility/2006",
    "v": "urn:schemas-microsoft-com:vml",
}
_PREFIXES = {uri: prefix for prefix, uri in SPACES.items()}
_RELATION = "{" + TRANSITIONAL + "package/2006/relationships}Relationship"
_PARSER = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}


def q(name: str) -> str:
    """The full name of ``prefix:local``.

    >>> q("w:p").endswith("/wordprocessingml/2006/main}p")
    True
    """
    prefix, _colon, local = name.partition(":")
    return f"{{{SPACES[prefix]}}}{local}"


_kinds: dict[str, str] = {}


def kind(node: Any) -> str:
    """``prefix:local`` of an element in a namespace of :data:`SPACES`; its full name for another, "" for what
    is no element.
    """
    tag = node.tag
    if not isinstance(tag, str):
        return ""
    known = _kinds.get(tag)
    if known is None:
        uri, _brace, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        known = f"{_PREFIXES[uri]}:{local}" if uri in _PREFIXES else tag
        if len(_kinds) < 5000:  # names come from files
            _kinds[tag] = known
    return known


def child(node: Any, *path: str) -> Any:
    """The first child by each name in turn; None where one is missing."""
    for name in path:
        if node is None:
            return None
        node = node.find(q(name))
    return node


def attribute(node: Any, name: str = "w:val") -> str | None:
    found: str | None = node.get(q(name)) if node is not None else None
    return found


def value(node: Any, *path: str) -> str | None:
    """``w:val`` of the child that ``path`` leads to; None without it."""
    return attribute(child(node, *path))


def is_on(node: Any) -> bool:
    """Whether an on/off property that is present says on."""
    return (attribute(node) or "true").lower() not in ("0", "false", "off")


class Package:
    """An open .docx. ``main`` is the path of its main part. Raises DocumentError for what is no readable Word
    document.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            infos = self.archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise DocumentError("Word 文件已损坏，请重新导出 .docx", where=name) from error
        if any(info.flag_bits & 0x1 for info in infos):
            raise DocumentError("Word 文件已加密，请取消密码后再上传", where=name)
        if len(infos) > MAX_ENTRIES or sum(info.file_size for info in infos) > MAX_UNPACKED:
            raise DocumentError(TOO_LARGE, where=name)
        # names of parts are compared without case (ECMA-376 part 2, 6.3.5)
        self.entries = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
        self.main = next(iter(self.related("", "officeDocument")), "")
        if not self.main and "word/document.xml" in self.entries:
            self.main = "word/document.xml"
        if self.main.lower() not in self.entries:
            raise DocumentError("文件不是 Word 文档，请另存为 .docx", where=name)

    def data(self, part: str) -> bytes | None:
        """The bytes of a part; None when there is none."""
        info = self.entries.get(part.lower())
        if info is None:
            return None
        if info.file_size > MAX_PART:
            raise DocumentError(TOO_LARGE, where=self.name)
        try:
            return self.archive.read(info)  # never more than the directory declares
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error) as error:
            raise DocumentError("Word 文件已损坏，请重新导出 .docx", where=self.name) from error

    def tree(self, part: str) -> Any:
        """The root element of an XML part, in the namespaces of the transitional form; None when there is
        none.
        """
        data = self.data(part)
        if data is None:
            return None
        if data.count(b"<") > MAX_TAGS:  # each element takes some hundred bytes of memory
            raise DocumentError(TOO_LARGE, where=self.name)
        try:
            root = etree.fromstring(data, etree.XMLParser(**_PARSER))
        except etree.XMLSyntaxError as error:
            if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
                raise MemoryError from error
            if re.search("huge|depth|limit|loop", str(error), re.IGNORECASE):  # bounds of the parser itself
                raise DocumentError(TOO_LARGE, where=self.name) from error
            raise DocumentError("Word 文件已损坏，请重新导出 .docx", where=self.name) from error
        if root.getroottree().docinfo.doctype:
            raise DocumentError("Word 文件含有不允许的 DTD 声明，请用 Word 重新另存为 .docx", where=self.name)
        if data.find(STRICT.encode()) >= 0 or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            _transitional(root)
        return root

    def relations(self, part: str) -> Iterator[tuple[str, str, str, bool]]:
        """(id, kind, target, whether outside of the package) of each relation of a part ("" is the
        package).
        """
        folder, file = posixpath.split(part)
        root = self.tree(posixpath.join(folder, "_rels", f"{file}.rels"))
        for relation in root.iter(_RELATION) if root is not None else ():
            target = unquote(relation.get("Target") or "")
            outside = (relation.get("TargetMode") or "").lower() == "external"
            if not outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            yield relation.get("Id") or "", (relation.get("Type") or "").rpartition("/")[2], target, outside

    def related(self, part: str, what: str) -> list[str]:
        """Paths of the parts that ``part`` relates to by a kind (``styles``, ``footnotes`` …)."""
        return [target for _id, found, target, outside in self.relations(part) if found == what and not outside]


def _moved(uri: str) -> str:
    """A name of the strict form in the transitional one.

    >>> _moved("http://purl.oclc.org/ooxml/wordprocessingml/main")
    'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
    """
    first, _slash, rest = uri[len(STRICT) :].partition("/")
    return f"{TRANSITIONAL}{first}/2006/{rest}"


def _transitional(root: Any) -> None:
    mark = "{" + STRICT
    for node in root.iter(etree.Element):
        for name in [name for name in node.attrib if name.startswith(mark)]:
            uri, _brace, local = name[1:].partition("}")
            node.set(f"{{{_moved(uri)}}}{local}", node.attrib.pop(name))
        if node.tag.startswith(mark):
            uri, _brace, local = node.tag[1:].partition("}")
            node.tag = f"{{{_moved(uri)}}}{local}"
