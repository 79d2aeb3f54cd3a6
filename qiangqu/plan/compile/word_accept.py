"""A tree of a Word part made what Word shows once all changes are accepted: alternatives chosen, fields shown
by their results, deletions gone.
"""

import re
from typing import Any

from .word_fields import shown_by_instruction
from .word_package import STRICT, TRANSITIONAL, attribute, child, kind, q, value

_UNDERSTOOD = (STRICT, TRANSITIONAL, "http://schemas.microsoft.com/", "urn:schemas-microsoft-com:")
_STORIES = {q(name) for name in ("w:txbxContent", "w:body", "w:footnote", "w:endnote", "w:hdr", "w:ftr")}
DEEPEST_FIELD = 50


def accept(root: Any) -> Any:
    """Change the tree; returns it. The marks of deleted paragraphs stay, so that their text can join the next
    one's.
    """
    _choose_alternatives(root)
    _drop_ignorable(root)
    _settle_fields(root)
    for node in list(root.iter(q("w:del"), q("w:moveFrom"))):
        # within properties the same names only mark a paragraph's end, a row or a list number
        if not kind(node.getparent()).endswith("Pr"):
            _remove(node)
    for row in list(root.iter(q("w:tr"))):
        if child(row, "w:trPr", "w:del") is not None:
            _remove(row)
    for cell in list(root.iter(q("w:tc"))):
        if child(cell, "w:tcPr", "w:cellDel") is not None:
            _remove(cell)
    return root


def mark_deleted(properties: Any) -> bool:
    """Whether the end of a paragraph (its ``w:pPr``) is deleted, so that the next one goes on in its line."""
    mark = child(properties, "w:rPr")
    return child(mark, "w:del") is not None or child(mark, "w:moveFrom") is not None


def _remove(node: Any) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _understands(uri: str | None) -> bool:
    return uri is not None and uri.startswith(_UNDERSTOOD)


def _unwrap(node: Any, content: Any) -> None:
    """Put the children of ``content`` in the place of ``node``."""
    if content is not None:
        for one in list(content):
            node.addprevious(one)
    _remove(node)


def _choose_alternatives(root: Any) -> None:
    """Of alternatives that hold the same in several forms, keep the first that Word knows (ECMA-376 part 3,
    7.6).
    """
    for node in list(root.iter(q("mc:AlternateContent"))):
        if node.getparent() is None:
            continue
        chosen = None
        for one in node:
            needs = (one.get("Requires") or "").split()
            if kind(one) == "mc:Choice" and all(_understands(one.nsmap.get(prefix)) for prefix in needs):
                chosen = one
                break
            if kind(one) == "mc:Fallback":
                chosen = one
                break
        _unwrap(node, chosen)


def _drop_ignorable(root: Any) -> None:
    """Remove what the file itself calls ignorable and Word does not know; of some only the wrapping
    (7.2–7.4).
    """
    uris = {root.nsmap.get(prefix) for prefix in (attribute(root, "mc:Ignorable") or "").split()}
    unknown = {uri for uri in uris if uri and not _understands(uri)}
    if not unknown:
        return
    kept = set()
    for name in (attribute(root, "mc:ProcessContent") or "").split():
        prefix, _colon, local = name.partition(":")
        kept.add((root.nsmap.get(prefix), local))
    for uri in unknown:
        for node in list(root.iter(f"{{{uri}}}*")):
            local = node.tag.rpartition("}")[2]
            _unwrap(node, node if {(uri, local), (uri, "*")} & kept else None)


def _settle_fields(root: Any) -> None:
    """Remove the instructions of fields; where a field shows what its instruction says, put that as text."""
    for node in list(root.iter(q("w:fldSimple"))):
        if not any(True for _one in node.iter(q("w:t"), q("w:drawing"), q("w:pict"), q("w:sym"))):
            text = shown_by_instruction(attribute(node, "w:instr") or "")
            if text:
                run = node.makeelement(q("w:r"))
                run.append(_text(node, text))
                node.append(run)
    # by story: fields that have begun, each with its first mark, what stood in its instruction and whether
    # its result has begun
    stacks: dict[Any, list[tuple[Any, list[Any], list[bool]]]] = {}
    for run in list(root.iter(q("w:r"))):
        story = next((one for one in run.iterancestors() if one.tag in _STORIES), root)
        stack = stacks.setdefault(story, [])
        for node in list(run):
            if kind(node) == "w:fldChar":
                _field_mark(node, stack)
            elif kind(node) != "w:rPr":
                for _begin, instruction, result in stack:
                    if not result:
                        instruction.append(node)
                        # the outermost takes it: it is hidden as a whole, and read again for what it shows
                        break


def _field_mark(node: Any, stack: list[tuple[Any, list[Any], list[bool]]]) -> None:
    what = attribute(node, "w:fldCharType")
    if what == "begin":
        if len(stack) < DEEPEST_FIELD:
            stack.append((node, [], []))
    elif what == "separate" and stack:
        stack[-1][2].append(True)
    elif what == "end" and stack:
        begin, instruction, result = stack.pop()
        said = "".join(one.text or "" for one in instruction if kind(one) in ("w:instrText", "w:t"))
        for one in instruction:
            _remove(one)
        if any(not above[2] for above in stack):
            return  # within another field's instruction
        chosen = child(begin, "w:ffData", "w:ddList")
        text = "" if result and chosen is None else shown_by_instruction(said)
        if chosen is not None and not re.search(r"\S", text):
            text = _chosen(chosen)
        if text:
            node.addprevious(_text(node, text))


def _chosen(choices: Any) -> str:
    """The entry that a drop-down form field shows."""
    entries = [attribute(one) or "" for one in choices.iter(q("w:listEntry"))]
    at = value(choices, "w:result") or value(choices, "w:default") or "0"
    return entries[int(at)] if at.isdecimal() and int(at) < len(entries) else ""


def _text(near: Any, text: str) -> Any:
    node = near.makeelement(q("w:t"))
    node.text = "".join(one for one in text if one.isprintable())
    return node


def hidden_drawing(node: Any) -> bool:
    """Whether a drawing or shape is not shown."""
    if kind(node) in ("wp:anchor", "wp:inline"):
        about = child(node, "wp:docPr")
        return about is not None and (about.get("hidden") or "false").lower() in ("1", "true", "on")
    style = (node.get("style") or "").replace(" ", "").lower()
    return "visibility:hidden" in style or "display:none" in style
