"""Reading XML that strangers draw: no document type, no entities, no network, bounded in bytes, elements and
depth.
"""

from typing import Any

from lxml import etree

from qiangqu.base.errors import InputError

MAX_BYTES = 2 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 40
Element = Any  # lxml has no types of its own


def read_xml(text: str, name: str) -> Element:
    """The root element of ``text``. Raises InputError that names the file and what is wrong with it."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_BYTES:
        raise InputError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB", where=name)
    # a modeller never writes a document type; one that is there wants to expand entities or fetch files
    if b"<!DOCTYPE" in data.upper() or b"<!ENTITY" in data.upper():
        raise InputError("文件里有不允许的内容（DOCTYPE 或 ENTITY），请用流程设计器重新导出", where=name)
    if text.lstrip("\ufeff \t\r\n").startswith("<?xml"):
        # lxml refuses a declared encoding on text that is decoded already
        data = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"不是完整的 XML（{str(error)[:120]}）", where=name) from error
    _bound(root, name)
    return root


def _bound(root: Element, name: str) -> None:
    count, level = 0, [(root, 1)]
    while level:
        element, depth = level.pop()
        count += 1
        if count > MAX_ELEMENTS:
            raise InputError(f"元素超过 {MAX_ELEMENTS} 个，请把流程拆小", where=name)
        if depth > MAX_DEPTH:
            raise InputError(f"元素嵌套超过 {MAX_DEPTH} 层", where=name)
        level.extend((child, depth + 1) for child in element)


def local(element: Element) -> str:
    """The tag without its namespace."""
    return str(etree.QName(element).localname)


def namespace(element: Element) -> str:
    return str(etree.QName(element).namespace or "")
