"""Text of Word outside of runs: words on shapes, diagrams (SmartArt), titles of charts, formulas."""

from collections.abc import Callable
from typing import Any

from .word_package import attribute, child, kind, q


def drawn_lines(node: Any, related: Callable[[str], Any]) -> list[str]:
    """The lines that a paragraph of a drawing, a text on a path, a diagram or a chart shows. ``related``
    gives the tree of a related part.
    """
    what = kind(node)
    if what == "v:textpath":
        return [text] if (text := " ".join((node.get("string") or "").split())) else []
    if what == "dgm:relIds":
        root = related(attribute(node, "r:dm") or "")
        return [] if root is None else _diagram(root)
    if what == "c:chart":
        root = related(attribute(node, "r:id") or "")
        return [] if root is None else _paragraphs(root)
    return _paragraph(node)


def _paragraphs(node: Any) -> list[str]:
    return [line for one in node.iter(q("a:p")) for line in _paragraph(one)]


def _paragraph(node: Any) -> list[str]:
    text = "".join("\n" if kind(one) == "a:br" else one.text or "" for one in node.iter(q("a:t"), q("a:br")))
    return [line for line in text.split("\n") if line.strip()]


def _diagram(root: Any) -> list[str]:
    """The texts of a diagram in the order of its tree."""
    points = {one.get("modelId"): one for one in root.iter(q("dgm:pt"))}
    below: dict[str, list[tuple[int, str]]] = {}
    placed = set()
    for link in root.iter(q("dgm:cxn")):
        if (link.get("type") or "parOf") == "parOf":
            at = link.get("srcOrd") or "0"
            below.setdefault(link.get("srcId") or "", []).append(
                (int(at) if at.isdecimal() else 0, link.get("destId") or "")
            )
            placed.add(link.get("destId"))
    waiting = [key for key in reversed(points) if key not in placed]
    seen: set[str | None] = set()
    lines: list[str] = []
    while waiting:
        key = waiting.pop()
        point = points.get(key)
        if point is None or key in seen:
            continue
        seen.add(key)
        text = child(point, "dgm:t")
        if text is not None:
            lines += _paragraphs(text)
        waiting += [one for _at, one in sorted(below.get(key or "", []), reverse=True)]
    for key, point in points.items():  # rings of links reach nothing from above
        if key not in seen and (text := child(point, "dgm:t")) is not None:
            lines += _paragraphs(text)
    return lines


# ---------------------------------------------------------------- formulas


def math_text(node: Any) -> str:
    """A formula in one line.

    >>> from lxml import etree
    >>> space = q("m:oMath")[1:-6]
    >>> run = "<m:r><m:t>{}</m:t></m:r>"
    >>> fraction = f"<m:f><m:num>{run.format(1)}</m:num><m:den>{run.format(2)}</m:den></m:f>"
    >>> math_text(etree.fromstring(f'<m:oMath xmlns:m="{space}">{run.format("x=")}{fraction}</m:oMath>'))
    'x=1/2'
    """
    what = kind(node)
    if not what or what.endswith("Pr"):
        return ""
    if what in ("m:t", "w:t"):
        return node.text or ""
    parts = {kind(one): math_text(one) for one in node} if what in _SHAPED else {}
    if what == "m:f":
        return f"{parts.get('m:num', '')}/{parts.get('m:den', '')}"
    if what == "m:sSup":
        base, power = parts.get("m:e", ""), parts.get("m:sup", "")
        # a power must not become further digits of its base
        return f"{base}^{power}" if base[-1:].isdigit() and power else base + power
    if what == "m:rad":
        return f"{parts.get('m:deg', '')}√{parts.get('m:e', '')}"
    if what == "m:nary":
        about = child(node, "m:naryPr")
        sign = attribute(child(about, "m:chr"), "m:val") or "∫"
        return sign + parts.get("m:sub", "") + parts.get("m:sup", "") + parts.get("m:e", "")
    if what == "m:d":
        about = child(node, "m:dPr")
        ends = [attribute(child(about, f"m:{name}"), "m:val") for name in ("begChr", "sepChr", "endChr")]
        begin, between, end = (given if given is not None else usual for given, usual in zip(ends, "(|)", strict=True))
        return begin + between.join(math_text(one) for one in node if kind(one) == "m:e") + end
    return "".join(math_text(one) for one in node)


_SHAPED = {"m:f", "m:sSup", "m:rad", "m:nary"}
